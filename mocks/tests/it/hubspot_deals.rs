//! Deals: made in batches with their company, kept apart by a unique key, closed, merged and archived.

use serde_json::{Value, json};
use sirank_mocks::hubspot::{Kind, Need, Rule};

use crate::http::{Api, DEALS, FIRST, builder, start};

const SECOND: &str = "1000002";

fn new_deal(trace: &str, company: &str, key: &str) -> Value {
    let types = [341, 5].map(|id| json!({"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": id}));
    json!({
        "objectWriteTraceId": trace,
        "properties": {"dealname": key, "pipeline": "sales", "dealstage": "sales_new", "wakeup_key": key},
        "associations": [{"to": {"id": company}, "types": types}],
    })
}

async fn create(api: &Api, inputs: &[Value]) -> (u16, Value) {
    api.post(&format!("{DEALS}/batch/create"), json!({"inputs": inputs})).await
}

#[tokio::test]
async fn a_batch_makes_deals_with_their_company_and_refuses_each_by_its_trace() {
    let (hub, api) = start(builder(2)).await;
    let inputs = [
        new_deal("a", FIRST, "k1"),
        new_deal("b", SECOND, "k1"),
        new_deal("c", "77", "k2"),
        new_deal("d", SECOND, "k3"),
    ];
    let (status, body) = create(&api, &inputs).await;
    assert_eq!((status, &body["numErrors"]), (207, &json!(2)));
    let taken = &body["errors"][0];
    assert_eq!(taken["errors"][0]["code"], "CONFLICTING_UNIQUE_VALUE");
    assert_eq!(taken["context"]["objectWriteTraceId"], json!(["b"]));
    let made = body["results"].as_array().unwrap();
    let first = made.iter().find(|deal| deal["objectWriteTraceId"] == "a").unwrap()["id"].as_str().unwrap();
    assert!(taken["errors"][0]["message"].as_str().unwrap().contains(first), "it names the holder: {taken}");
    assert_eq!(body["errors"][1]["category"], "OBJECT_NOT_FOUND");
    assert_eq!(body["errors"][1]["context"]["objectWriteTraceId"], json!(["c"]));
    let company = hub.portal(|portal| portal.links.primary_company(first.parse().unwrap()));
    assert_eq!(company.map(|id| id.to_string()).as_deref(), Some(FIRST));

    let without_traces = inputs.map(|mut input| {
        input.as_object_mut().unwrap().remove("objectWriteTraceId");
        input
    });
    assert_eq!(create(&api, &without_traces).await.0, 400);
    assert_eq!(hub.portal(|portal| portal.space(Kind::Deal).records.len()), 2);
}

#[tokio::test]
async fn deals_are_read_by_their_key_and_archived_in_a_batch() {
    let (hub, api) = start(builder(2)).await;
    create(&api, &[new_deal("a", FIRST, "k1"), new_deal("b", SECOND, "k2")]).await;
    let by_key = |key: &str| json!({"properties": ["wakeup_key"], "propertiesWithHistory": [], "idProperty": "wakeup_key", "inputs": [{"id": key}]});
    let (_, read) = api.post(&format!("{DEALS}/batch/read"), by_key("k2")).await;
    let id = read["results"][0]["id"].clone();
    let archive = json!({"inputs": [{"id": id}, {"id": "5"}]});
    assert_eq!(api.post(&format!("{DEALS}/batch/archive"), archive).await.0, 204);
    assert_eq!(api.post(&format!("{DEALS}/batch/read"), by_key("k2")).await.0, 207);
    assert_eq!(create(&api, &[new_deal("c", SECOND, "k2")]).await.0, 201, "the key is free again");
    assert_eq!(hub.portal(|portal| portal.space(Kind::Deal).records.len()), 2);
}

#[tokio::test]
async fn a_merge_of_companies_brings_their_deals_together() {
    let (hub, api) = start(builder(2)).await;
    create(&api, &[new_deal("a", FIRST, "k1"), new_deal("b", SECOND, "k2")]).await;
    assert!(hub.person_merges(Kind::Company, 1_000_001, 1_000_002));
    let path = "/crm/associations/2026-09/companies/deals/batch/read";
    let (_, body) = api.post(path, json!({"inputs": [{"id": FIRST}]})).await;
    assert_eq!(body["results"][0]["to"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_person_who_closes_a_deal_closes_it_now() {
    let (hub, api) = start(builder(1)).await;
    let mut deal = new_deal("a", FIRST, "k1");
    deal["properties"]["closedate"] = json!("2027-01-31T00:00:00.000Z");
    let (_, made) = create(&api, &[deal]).await;
    let id: u64 = made["results"][0]["id"].as_str().unwrap().parse().unwrap();
    let closed = || hub.value(Kind::Deal, id, "closedate");
    assert!(hub.person_edits(Kind::Deal, id, &[("dealstage", "sales_offer")]));
    assert_eq!(closed().as_deref(), Some("2027-01-31T00:00:00.000Z"));
    assert!(hub.person_edits(Kind::Deal, id, &[("dealstage", "sales_lost")]));
    assert_eq!(closed().as_deref(), Some("2026-11-22T12:00:00.000Z"));
    assert_eq!(hub.value(Kind::Deal, id, "hs_is_closed").as_deref(), Some("true"));
}

#[tokio::test]
async fn required_properties_are_asked_of_new_deals() {
    let (hub, api) = start(builder(1)).await;
    hub.change(|portal| {
        portal.rules = vec![Rule { kind: Kind::Deal, property: "dealtype".into(), need: Need::OnCreate }];
    });
    let (status, body) = create(&api, &[new_deal("a", FIRST, "k1")]).await;
    assert_eq!((status, &body["errors"][0]["errors"][0]["code"]), (207, &json!("MISSING_REQUIRED_PROPERTY")));
}

#[tokio::test]
async fn contacts_move_the_last_contact_of_a_company_and_never_back() {
    let (hub, _) = start(builder(1)).await;
    let company = 1_000_001;
    let last = || hub.value(Kind::Company, company, "notes_last_contacted");
    assert!(hub.person_contacts(company, 1_795_000_000_000));
    assert_eq!(last().as_deref(), Some("2026-11-18T11:06:40.000Z"));
    assert!(hub.person_contacts(company, 1_794_000_000_000));
    assert_eq!(last().as_deref(), Some("2026-11-18T11:06:40.000Z"));
    assert_eq!(hub.value(Kind::Company, company, "num_notes").as_deref(), Some("2"));
    assert_eq!(
        hub.value(Kind::Company, company, "hs_lastmodifieddate").as_deref(),
        Some("2026-11-22T12:00:00.000Z")
    );
    assert!(!hub.person_contacts(5, 0));
}
