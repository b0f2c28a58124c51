//! A plain client of the mock vTiger, for the tests of this folder.

use reqwest::{Client, Response};
use serde_json::{Map, Value, json};
use sirank_mocks::seed::{ACCESS_KEY, vtiger_cluster301};
use sirank_mocks::vtiger::{Builder, Crm, CustomField, Language, User, VTiger, login_proof};

use crate::http::client;

/// A session, or none yet.
#[derive(Clone)]
pub(crate) struct Api {
    client: Client,
    base: String,
    pub(crate) session: String,
}

impl Api {
    pub(crate) fn new(crm: &VTiger) -> Self {
        Self { client: client(), base: format!("{}/webservice.php", crm.base_url()), session: String::new() }
    }

    pub(crate) async fn raw_get(&self, pairs: &[(&str, &str)]) -> Response {
        self.client.get(&self.base).query(pairs).send().await.unwrap()
    }

    pub(crate) async fn raw_post(&self, pairs: &[(&str, &str)]) -> Response {
        self.client.post(&self.base).form(pairs).send().await.unwrap()
    }

    /// A GET operation of the session.
    pub(crate) async fn get(&self, operation: &str, pairs: &[(&str, &str)]) -> Value {
        let mut all = vec![("operation", operation), ("sessionName", self.session.as_str())];
        all.extend_from_slice(pairs);
        body(self.raw_get(&all).await).await
    }

    /// A POST operation of the session.
    pub(crate) async fn post(&self, operation: &str, pairs: &[(&str, &str)]) -> Value {
        let mut all = vec![("operation", operation), ("sessionName", self.session.as_str())];
        all.extend_from_slice(pairs);
        body(self.raw_post(&all).await).await
    }

    pub(crate) async fn token(&self, user: &str) -> String {
        let answer = body(self.raw_get(&[("operation", "getchallenge"), ("username", user)]).await).await;
        answer["result"]["token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn answer(&self, user: &str, token: &str, key: &str) -> Value {
        let proof = login_proof(token, key);
        let form = [("operation", "login"), ("username", user), ("accessKey", &proof)];
        body(self.raw_post(&form).await).await
    }

    pub(crate) async fn login(&mut self, user: &str, key: &str) {
        let token = self.token(user).await;
        let answer = self.answer(user, &token, key).await;
        self.session = answer["result"]["sessionName"].as_str().unwrap().to_owned();
    }

    pub(crate) async fn query(&self, query: &str) -> Vec<Value> {
        let answer = self.get("query", &[("query", query)]).await;
        answer["result"].as_array().unwrap_or_else(|| panic!("{query}: {answer}")).clone()
    }

    pub(crate) async fn query_error(&self, query: &str) -> String {
        let answer = self.get("query", &[("query", query)]).await;
        answer["error"]["code"].as_str().unwrap_or_else(|| panic!("{query}: {answer}")).to_owned()
    }

    pub(crate) async fn revise(&self, element: Value) -> Value {
        self.post("revise", &[("element", &element.to_string())]).await
    }

    /// A request under `/_mock/`.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let url = self.base.replace("/webservice.php", path);
        let response = self.client.request(method.parse().unwrap(), url).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
    }
}

pub(crate) async fn body(response: Response) -> Value {
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

pub(crate) fn admin() -> User {
    User::new(1, "admin", ACCESS_KEY).admin()
}

/// A small CRM: ten organizations, two with opportunities.
pub(crate) fn small() -> Crm {
    let mut crm = Crm::new();
    crm.add_user(admin());
    let fields = [
        CustomField::decimal("SiRank", 10, 4),
        CustomField::picklist("Cluster", &["A", "B"]),
        CustomField::text("Tax code", 16),
    ];
    for field in &fields {
        crm.add_field("Accounts", field).unwrap();
    }
    crm.set_next_id(101);
    for number in 1..=10 {
        let name = format!("Azienda {number}");
        crm.add("Accounts", 1_600_000_000_000, 1, &[("accountname", &name), ("bill_city", "Forlì")]);
    }
    for related in ["101", "102"] {
        crm.add(
            "Potentials",
            1_600_000_000_000,
            1,
            &[("potentialname", "Fornitura"), ("related_to", related), ("sales_stage", "Prospecting")],
        );
    }
    crm
}

pub(crate) async fn start(builder: Builder) -> (VTiger, Api) {
    let crm = builder.start().await.unwrap();
    let mut api = Api::new(&crm);
    api.login("admin", ACCESS_KEY).await;
    (crm, api)
}

#[tokio::test]
async fn reads_and_writes_the_seeded_crm() {
    let fields = [("Accounts", CustomField::decimal("SiRank", 10, 4))];
    let seeded = vtiger_cluster301(&fields, Language::English).unwrap();
    let (crm, api) = start(VTiger::builder().crm(seeded)).await;
    let described = api.get("describe", &[("elementType", "Accounts")]).await;
    let fields_described = described["result"]["fields"].as_array().unwrap();
    let score = fields_described.iter().find(|field| field["label"] == "SiRank").unwrap();
    assert_eq!(score["type"]["name"], "double");
    let name = score["name"].as_str().unwrap();
    let mut last = "11x0".to_owned();
    let mut found = Vec::new();
    loop {
        let page = format!("select id,{name} from Accounts where id > '{last}' order by id limit 0,100;");
        let rows = api.query(&page).await;
        let Some(end) = rows.last() else { break };
        last = end["id"].as_str().unwrap().to_owned();
        found.extend(rows);
    }
    assert_eq!(found.len(), 301);
    let sent: Map<String, Value> =
        [("id".into(), json!(last)), (name.into(), json!("12.34567"))].into_iter().collect();
    let answer = api.revise(Value::Object(sent)).await;
    assert_eq!(answer["result"][name], "12.3457");
    let read = api.get("retrieve", &[("id", &last)]).await;
    assert_eq!(read["result"][name], "12.3457");
    assert_eq!(crm.writes().of("Accounts", &last).len(), 1);
    assert_eq!(crm.stats().by_kind["query Accounts"], 5);
    assert_eq!(crm.logins(), 1);
}
