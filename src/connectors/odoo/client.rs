//! Odoo's models over one of two protocols.
//!
//! Records are read by what comes behind an id, in the order of their ids: an offset would pass over what moves while pages
//! are read.

use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::config::Protocol;
use super::wire::{Company, Country, Field, Fields, Move, Partner, Rpc};
use crate::http::{Call, Class, HttpFailure, Stack};

/// What stands for the API key in a body of JSON-RPC.
pub(super) const KEY: &str = "{the API key}";
/// A page that is too large is asked for again in parts of this many.
const PARTS: u64 = 4;

pub(super) type Answered<T> = Result<T, Box<HttpFailure>>;

/// The protocol that is spoken.
#[derive(Clone, Copy, Debug)]
enum Spoken {
    Json2,
    /// With the id of the user of the key.
    JsonRpc(u64),
}

pub(super) struct Client {
    /// The key goes in a header.
    pub(super) json2: Stack,
    /// The key goes in the body.
    pub(super) jsonrpc: Stack,
    pub(super) protocol: Protocol,
    pub(super) database: Option<String>,
    pub(super) username: Option<String>,
    pub(super) page: u64,
    spoken: Mutex<Option<Spoken>>,
}

/// What is asked of a model.
pub(super) struct Question {
    pub(super) operation: &'static str,
    pub(super) model: &'static str,
    pub(super) domain: Vec<Value>,
    pub(super) fields: Vec<&'static str>,
    pub(super) order: &'static str,
    pub(super) limit: u64,
}

impl Client {
    pub(super) fn new(json2: Stack, jsonrpc: Stack, config: &super::OdooConfig) -> Self {
        Self {
            json2,
            jsonrpc,
            protocol: config.protocol,
            database: config.database.clone(),
            username: config.username.clone(),
            page: config.page.max(1),
            spoken: Mutex::default(),
        }
    }

    /// The protocol's name and, in JSON-RPC, whether the key is good.
    pub(super) async fn protocol_name(&self) -> Answered<&'static str> {
        Ok(match self.spoken().await? {
            Spoken::Json2 => "JSON-2",
            Spoken::JsonRpc(_) => "JSON-RPC",
        })
    }

    pub(super) async fn companies(&self) -> Answered<Vec<Company>> {
        let context = json!({});
        let arguments =
            json!({"domain": [], "fields": ["name", "currency_id"], "order": "id", "context": context});
        self.call("companies.list", "res.company", "search_read", arguments).await
    }

    pub(super) async fn countries(&self) -> Answered<Vec<Country>> {
        let arguments = json!({"domain": [], "fields": ["code"], "context": {"active_test": false}});
        self.call("countries.list", "res.country", "search_read", arguments).await
    }

    /// Which of these fields a model has, as far as the user may see them.
    pub(super) async fn fields(&self, model: &'static str, wanted: &[&'static str]) -> Answered<Fields> {
        let arguments = json!({"allfields": wanted, "attributes": ["type"]});
        self.call("fields.list", model, "fields_get", arguments).await
    }

    pub(super) async fn moves(&self, question: Question) -> Answered<Vec<Move>> {
        self.search(question).await
    }

    pub(super) async fn partners(&self, question: Question) -> Answered<Vec<Partner>> {
        self.search(question).await
    }

    async fn search<T: DeserializeOwned>(&self, question: Question) -> Answered<Vec<T>> {
        let Question { operation, model, domain, fields, order, limit } = question;
        let mut limit = limit.max(1);
        loop {
            let arguments = json!({
                "domain": domain, "fields": fields, "order": order, "limit": limit,
                // What was archived has invoices all the same.
                "context": {"active_test": false},
            });
            match self.call(operation, model, "search_read", arguments).await {
                Err(failure) if failure.class == Class::TooLarge && limit > 1 => {
                    limit = (limit / PARTS).max(1);
                }
                answered => return answered,
            }
        }
    }

    async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        model: &str,
        method: &str,
        arguments: Value,
    ) -> Answered<T> {
        match self.spoken().await? {
            Spoken::Json2 => self.json2.json(&self.json2_call(operation, model, method, &arguments)?).await,
            Spoken::JsonRpc(user) => {
                let database = self.database.as_deref().unwrap_or_default();
                let args = json!([database, user, KEY, model, method, [], arguments]);
                self.rpc(operation, "object", "execute_kw", &args).await
            }
        }
    }

    fn json2_call(
        &self,
        operation: &'static str,
        model: &str,
        method: &str,
        arguments: &Value,
    ) -> Answered<Call> {
        let call = Call::query_by_post(operation, format!("json/2/{model}/{method}"));
        let call = call.with_json(arguments).map_err(|error| unsendable(operation, &error))?;
        Ok(match &self.database {
            Some(database) => call.with_header("X-Odoo-Database", database.clone()),
            None => call,
        })
    }

    async fn rpc<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        service: &str,
        method: &str,
        args: &Value,
    ) -> Answered<T> {
        let params = json!({"service": service, "method": method, "args": args});
        let body = json!({"jsonrpc": "2.0", "method": "call", "params": params, "id": 1});
        let call = Call::query_by_post(operation, "jsonrpc");
        let call = call.with_json(&body).map_err(|error| unsendable(operation, &error))?;
        Ok(self.jsonrpc.json::<Rpc<T>>(&call).await?.result)
    }

    async fn spoken(&self) -> Answered<Spoken> {
        if let Some(spoken) = *self.locked() {
            return Ok(spoken);
        }
        let spoken = match self.protocol {
            Protocol::Json2 => Spoken::Json2,
            Protocol::Auto if self.has_json2().await? => Spoken::Json2,
            Protocol::Auto | Protocol::JsonRpc => self.login().await?,
        };
        *self.locked() = Some(spoken);
        Ok(spoken)
    }

    /// Whether the server has JSON-2: it does not know the path otherwise, and says so by a web page, or sends elsewhere.
    async fn has_json2(&self) -> Answered<bool> {
        let call = self.json2_call("protocol", "res.users", "context_get", &json!({}))?;
        match self.json2.send(&call).await {
            Ok(_) => Ok(true),
            Err(failure) => match failure.answer.as_ref().map(|answer| answer.status) {
                Some(404 | 405 | 301..=308) => Ok(false),
                _ => Err(failure),
            },
        }
    }

    async fn login(&self) -> Answered<Spoken> {
        let operation = "login";
        let (Some(database), Some(username)) = (&self.database, &self.username) else {
            let class = Class::Refused { code: "JSON_RPC".to_owned() };
            let message = "this server speaks JSON-RPC, which needs `database` and `username` of the source beside the API \
                           key; give them, or check base_url";
            return Err(HttpFailure::found(operation, class, message));
        };
        let user: Field = self.rpc(operation, "common", "login", &json!([database, username, KEY])).await?;
        user.number().map(Spoken::JsonRpc).ok_or_else(|| {
            let message = format!(
                "Odoo refuses {username} with this API key on the database {database}. Make a key in the preferences of \
                 that user (Account Security > New API Key) and set it as token, token_file or token_env"
            );
            HttpFailure::found(operation, Class::Unauthorized, message)
        })
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Option<Spoken>> {
        self.spoken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unsendable(operation: &'static str, error: &serde_json::Error) -> Box<HttpFailure> {
    HttpFailure::found(operation, Class::Malformed, error.to_string())
}
