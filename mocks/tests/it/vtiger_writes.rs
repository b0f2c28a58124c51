//! What becomes of writes, in silence or not.

use serde_json::{Value, json};
use sirank_mocks::faults::{Action, Fault};
use sirank_mocks::vtiger::{CustomField, UiType, VTiger};

use crate::vtiger::{admin, small, start};

#[tokio::test]
async fn much_is_changed_and_little_refused() {
    let (crm, api) = start(VTiger::builder().crm(small())).await;
    let answer = api
        .revise(json!({
            "id": "11x101", "cf_854": "12.34567", "cf_856": "Z", "cf_858": "0123456789ABCDEFGH",
            "phone": "à", "employees": "molti", "nothing": "x", "createdtime": "2000-01-01 00:00:00",
        }))
        .await;
    let result = &answer["result"];
    assert_eq!(result["cf_854"], "12.3500", "two decimals by default");
    assert_eq!(result["cf_856"], "Z", "not in the picklist");
    assert_eq!(result["cf_858"], "0123456789ABCDEF");
    assert_eq!(result["employees"], "0");
    assert_eq!(result["createdtime"], "2020-09-13 12:26:40");
    crm.change(|held| held.add_user(admin().decimals(5)));
    let answer = api.revise(json!({"id": "11x101", "cf_854": "12.34567"})).await;
    assert_eq!(answer["result"]["cf_854"], "12.3457");
    let writes = crm.writes();
    let changed = &writes.of("Accounts", "11x101")[1].changed;
    assert_eq!(changed, &["cf_854"]);
}

#[tokio::test]
async fn every_revise_moves_the_time_of_change() {
    let (crm, api) = start(VTiger::builder().crm(small())).await;
    let before = crm.value("Accounts", 101, "modifiedtime").unwrap();
    let answer = api.revise(json!({"id": "11x101", "bill_city": "Forlì"})).await;
    assert!(answer["result"]["modifiedtime"].as_str().unwrap() > before.as_str());
    assert_eq!(crm.writes().all()[0].changed, Vec::<String>::new());
    let stats = api.control("GET", "/_mock/stats", Value::Null).await.1;
    assert_eq!(stats["writes_without_change"], 1);
}

#[tokio::test]
async fn a_name_that_is_taken_refuses_every_save() {
    let (crm, api) = start(VTiger::builder().crm(small())).await;
    let duplicate = json!({"message": "Duplicate(s) detected!", "code": 0});
    let renamed = api.revise(json!({"id": "11x101", "accountname": "AZIENDA 2"})).await;
    assert_eq!(renamed["error"], duplicate);
    crm.before("revise Accounts", 1, |held| {
        held.put("Accounts", 103, &[("accountname", "Azienda 4")]);
    });
    assert_eq!(api.revise(json!({"id": "11x103", "phone": "1"})).await["success"], true);
    assert_eq!(api.revise(json!({"id": "11x103", "phone": "2"})).await["error"], duplicate);
}

#[tokio::test]
async fn deleting_an_organization_takes_some_along_and_leaves_some_behind() {
    let mut seeded = small();
    let invoice = seeded.add("Invoice", 1_600_000_000_000, 1, &[("subject", "FT 1"), ("account_id", "101")]);
    let event = seeded.add("Events", 1_600_000_000_000, 1, &[("subject", "Visita"), ("parent_id", "101")]);
    let (crm, api) = start(VTiger::builder().crm(seeded)).await;
    crm.before("revise", 0, |held| {
        held.delete("Accounts", 101, 1_600_000_001_000);
    });
    let gone = api.revise(json!({"id": "11x101", "phone": "1"})).await;
    assert_eq!(gone["error"]["code"], "ACCESS_DENIED");
    assert_eq!(crm.value("Invoice", invoice, "account_id"), None, "null");
    let left = api.query("select id,account_id from Invoice where subject='FT 1';").await;
    assert_eq!(left[0]["account_id"], Value::Null);
    assert_eq!(api.query("select id from Potentials;").await.len(), 1);
    assert!(api.query("select id from Events;").await.is_empty());
    let out_of_reach = api.get("retrieve", &[("id", &format!("18x{event}"))]).await;
    assert_eq!(out_of_reach["error"]["code"], "INVALID_ID_ATTRIBUTE");
}

#[tokio::test]
async fn faults_before_and_after_the_write_took_effect() {
    let (crm, api) = start(VTiger::builder().crm(small())).await;
    crm.faults(|faults| {
        faults.add(Fault::status(500).kind("revise"));
        faults.add(Fault::status(500).kind("revise Accounts").after_effect());
        faults.add(Fault::new(Action::HtmlPage { status: 200 }).kind("revise"));
        faults.add(Fault::new(Action::EmptyBody).kind("revise").after_effect());
        faults.add(Fault::status(503).kind("revise Potentials"));
    });
    let phone = || crm.value("Accounts", 101, "phone").unwrap();
    let mut seen = Vec::new();
    for number in 1..=4 {
        let element = json!({"id": "11x101", "phone": number.to_string()}).to_string();
        let form =
            [("operation", "revise"), ("sessionName", api.session.as_str()), ("element", element.as_str())];
        let response = api.raw_post(&form).await;
        let status = response.status().as_u16();
        seen.push((status, response.text().await.unwrap().len() > 20, phone()));
    }
    let text = String::from;
    assert_eq!(
        seen,
        [(500, false, text("")), (500, false, text("2")), (200, true, text("2")), (200, false, text("4")),]
    );
    assert_eq!(crm.stats().faults, 4);
    assert_eq!(crm.faults(|faults| faults.pending().len()), 1, "no opportunity was revised");
}

#[tokio::test]
async fn an_administrator_adds_fields_and_values_one_at_a_time() {
    let (crm, api) = start(VTiger::builder().crm(small()).field("Accounts", score())).await;
    let label = |name: &str| {
        let name = name.to_owned();
        crm.crm(|held| held.field_named("Accounts", &name).map(str::to_owned))
    };
    assert_eq!(label("SiRank").as_deref(), Some("cf_854"), "the label was taken");
    let field = json!({"label": "Fase", "ui_type": "Picklist", "values": ["Esplorazione"]});
    let (status, made) = api.control("POST", "/_mock/fields/Accounts", field.clone()).await;
    assert_eq!((status, &made["name"]), (201, &json!("cf_860")));
    assert_eq!(api.control("POST", "/_mock/fields/Accounts", field).await.0, 409);
    let path = "/_mock/fields/Accounts/cf_860/values";
    assert_eq!(api.control("POST", path, json!({"value": "Espansione"})).await.0, 200);
    let described = api.get("describe", &[("elementType", "Accounts")]).await;
    let fields = described["result"]["fields"].as_array().unwrap();
    let phase = fields.iter().find(|field| field["label"] == "Fase").unwrap();
    assert_eq!(phase["type"]["picklistValues"].as_array().unwrap().len(), 2);
    let rights = json!({"admin": false, "read_only_fields": ["Accounts.cf_860"]});
    assert_eq!(api.control("PATCH", "/_mock/users/admin", rights).await.0, 200);
    let answer = api.revise(json!({"id": "11x101", "cf_860": "Espansione", "phone": "5"})).await;
    assert_eq!((&answer["result"]["cf_860"], &answer["result"]["phone"]), (&json!(""), &json!("5")));
}

fn score() -> CustomField {
    CustomField::new("SiRank", UiType::Decimal)
}

#[tokio::test]
async fn update_damages_descriptions_and_revise_does_not() {
    let mut seeded = small();
    seeded.put("Accounts", 101, &[("description", "perché <no> & sì")]);
    let (crm, api) = start(VTiger::builder().crm(seeded)).await;
    let description = || crm.value("Accounts", 101, "description").unwrap();
    api.revise(json!({"id": "11x101", "phone": "1"})).await;
    assert_eq!(description(), "perché <no> & sì");
    let whole = json!({"id": "11x101", "accountname": "Azienda 1", "assigned_user_id": "19x1"}).to_string();
    let answer = api.post("update", &[("element", &whole)]).await;
    assert_eq!(answer["result"]["description"], "perché <no> & sì", "the answer does not tell");
    assert_eq!(description(), "perch&eacute; &lt;no&gt; &amp; s&igrave;");
    api.post("update", &[("element", &whole)]).await;
    assert_eq!(description(), "perch&amp;eacute; &amp;lt;no&amp;gt; &amp;amp; s&amp;igrave;");
}
