//! A client without any knowledge of the vendors.

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use sirank_mocks::clock::Clock;
use sirank_mocks::hubspot::{Builder, HubSpot, Kind, Pipeline, Portal, Property};

pub(crate) const TOKEN: &str = "pat-eu1-test";

/// A client of one mock.
pub(crate) struct Api {
    client: Client,
    base_url: String,
    pub(crate) token: String,
}

/// Status and JSON body; null where the body is not JSON.
pub(crate) type Answer = (u16, Value);

/// A client that follows no redirect.
#[expect(clippy::disallowed_methods, reason = "the mocks know nothing of the product's clients")]
pub(crate) fn client() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

impl Api {
    pub(crate) fn new(base_url: String, token: &str) -> Self {
        let client = client();
        Self { client, base_url, token: token.to_owned() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base_url)).bearer_auth(&self.token)
    }

    pub(crate) async fn raw(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        read(self.request(Method::GET, path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        read(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        read(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        read(self.request(Method::PATCH, path).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        read(self.request(Method::PUT, path).json(&body)).await
    }
}

pub(crate) async fn read(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

pub(crate) fn noon() -> Clock {
    Clock::frozen_at("2026-11-22T12:00:00Z".parse().unwrap())
}

/// A portal with `companies` companies (ids from 1000001), a flag, an enumeration, a unique key and a sales pipeline.
pub(crate) fn portal(companies: usize) -> Portal {
    let mut portal = Portal::new();
    portal.add_owner(71, "anna@example.com", false);
    portal.add_pipeline(Pipeline::plain("sales", "Sales"));
    portal.add_property(Kind::Company, Property::choice("cluster", &[("A", "A"), ("B", "B")]));
    portal.add_property(Kind::Company, Property::flag("cold"));
    portal.add_property(Kind::Company, Property::number("revenue"));
    portal.add_property(Kind::Company, Property::date("last_purchase"));
    portal.add_property(Kind::Deal, Property::text("wakeup_key").group("dealinformation").unique());
    for number in 0..companies {
        portal.add(Kind::Company, 1_700_000_000_000, &[("name", &format!("Company {number}"))]);
    }
    portal
}

pub(crate) fn builder(companies: usize) -> Builder {
    HubSpot::builder().token(TOKEN).seed(portal(companies)).clock(noon())
}

pub(crate) async fn start(builder: Builder) -> (HubSpot, Api) {
    let hub = builder.start().await.unwrap();
    let api = Api::new(hub.base_url(), TOKEN);
    (hub, api)
}

pub(crate) const COMPANIES: &str = "/crm/objects/2026-09/companies";
pub(crate) const DEALS: &str = "/crm/objects/2026-09/0-3";

/// The first company of [`portal`].
pub(crate) const FIRST: &str = "1000001";
