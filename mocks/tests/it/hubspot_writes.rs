//! Writes: partial failures, values, rules, the write log.

use serde_json::{Value, json};
use sirank_mocks::hubspot::{Kind, MergedWrite, Need, Rule};

use crate::http::{Api, COMPANIES, DEALS, FIRST, builder, start};

async fn update(api: &Api, inputs: Value) -> (u16, Value) {
    api.post(&format!("{COMPANIES}/batch/update"), json!({"inputs": inputs})).await
}

#[tokio::test]
async fn without_trace_ids_one_bad_input_fails_the_batch() {
    let (hub, api) = start(builder(2)).await;
    let good = json!({"id": FIRST, "properties": {"cluster": "A"}});
    let bad = json!({"id": "1000002", "properties": {"cluster": "a"}});
    let (status, body) = update(&api, json!([good, bad])).await;
    assert_eq!((status, &body["category"]), (400, &json!("VALIDATION_ERROR")));
    assert_eq!(body["errors"][0]["code"], "INVALID_OPTION");
    assert!(body["correlationId"].is_string());
    assert!(hub.writes().all().is_empty());
    let missing = json!([good, {"id": "5", "properties": {"cluster": "A"}}]);
    assert_eq!(update(&api, missing).await.0, 400);
}

#[tokio::test]
async fn with_unique_trace_ids_failures_stand_alone() {
    let (hub, api) = start(builder(2)).await;
    let inputs = json!([
        {"id": FIRST, "objectWriteTraceId": "t1", "properties": {"cluster": "A", "revenue": "12.50"}},
        {"id": "1000002", "objectWriteTraceId": "t2", "properties": {"nonsense": "1"}},
        {"id": "5", "objectWriteTraceId": "t3", "properties": {"cluster": "A"}},
    ]);
    let (status, body) = update(&api, inputs).await;
    assert_eq!((status, &body["numErrors"]), (207, &json!(2)));
    assert_eq!(body["results"][0]["objectWriteTraceId"], "t1");
    assert_eq!(body["results"][0]["properties"]["revenue"], "12.5", "numbers come back reformatted");
    assert_eq!(body["errors"][0]["errors"][0]["code"], "PROPERTY_DOESNT_EXIST");
    assert_eq!(body["errors"][0]["context"]["objectWriteTraceId"], json!(["t2"]));
    assert_eq!(body["errors"][1]["category"], "OBJECT_NOT_FOUND");
    assert_eq!(body["errors"][1]["context"]["ids"], json!(["5"]));
    let log = hub.writes();
    let entry = log.of("companies", FIRST)[0];
    assert_eq!(entry.trace_id.as_deref(), Some("t1"));
    assert_eq!(entry.changed, ["cluster", "revenue"]);
    let same = json!([
        {"id": FIRST, "objectWriteTraceId": "t", "properties": {"cluster": "A"}},
        {"id": "1000002", "objectWriteTraceId": "t", "properties": {"nonsense": "1"}},
    ]);
    assert_eq!(update(&api, same).await.0, 400, "the trace ids are not unique");
}

#[tokio::test]
async fn a_write_of_the_same_value_moves_the_change_date_and_is_logged_as_one() {
    let (hub, api) = start(builder(1)).await;
    update(&api, json!([{"id": FIRST, "properties": {"cluster": "A"}}])).await;
    let before = hub.value(Kind::Company, 1_000_001, "hs_lastmodifieddate").unwrap();
    hub.clock().advance(std::time::Duration::from_mins(1));
    update(&api, json!([{"id": FIRST, "properties": {"cluster": "A"}}])).await;
    assert_ne!(hub.value(Kind::Company, 1_000_001, "hs_lastmodifieddate").unwrap(), before);
    assert_eq!(hub.writes().written_twice("companies")[FIRST], 2);
    assert!(hub.writes().all()[1].changed.is_empty());
    update(&api, json!([{"id": FIRST, "properties": {"cluster": ""}}])).await;
    assert_eq!(hub.value(Kind::Company, 1_000_001, "cluster"), None);
}

#[tokio::test]
async fn values_are_checked_like_the_vendor_checks_them() {
    let (_hub, api) = start(builder(1)).await;
    for (property, value, code) in [
        ("cold", json!("1"), "INVALID_OPTION"),
        ("cold", json!("True"), "INVALID_OPTION"),
        ("revenue", json!("1.000,50"), "INVALID_NUMBER"),
        ("last_purchase", json!("22/11/2026"), "INVALID_DATE"),
        ("hs_num_open_deals", json!("1"), "READ_ONLY_VALUE"),
        ("notes_last_contacted", json!("2026-01-01"), "READ_ONLY_VALUE"),
        ("hubspot_owner_id", json!("999"), "INVALID_OWNER_ID"),
        ("cluster", json!(null), "INVALID_TYPE"),
        ("cluster", json!(["A"]), "INVALID_TYPE"),
        ("name", json!("x".repeat(65_537)), "INVALID_LENGTH"),
    ] {
        let (status, body) =
            api.patch(&format!("{COMPANIES}/{FIRST}"), json!({"properties": {property: value}})).await;
        assert_eq!((status, body["errors"][0]["code"].as_str()), (400, Some(code)), "{property} {value}");
        assert_eq!(body["errors"][0]["context"]["propertyName"], json!([property]));
    }
    let odd = json!({"properties": {"last_purchase": "2026-11-22T08:30:00Z", "revenue": 12}});
    let (status, body) = api.patch(&format!("{COMPANIES}/{FIRST}"), odd).await;
    assert_eq!((status, &body["properties"]["last_purchase"]), (200, &json!("2026-11-22")));
    assert_eq!(body["warnings"][0]["category"], "PROPERTY_VALUE_NORMALIZED");
    assert_eq!(body["properties"]["revenue"], "12");
}

#[tokio::test]
async fn admin_rules_hold_since_2026_09_only() {
    let (hub, api) = start(builder(1).versions(&["2026-03", "2026-09"])).await;
    hub.change(|portal| {
        let always = Rule { kind: Kind::Company, property: "cluster".into(), need: Need::OnCreate };
        let need = Need::When { property: "cold".into(), value: "true".into() };
        portal.rules = vec![always, Rule { kind: Kind::Company, property: "revenue".into(), need }];
    });
    let new = json!({"properties": {"name": "x"}});
    let (status, body) = api.post(COMPANIES, new.clone()).await;
    assert_eq!((status, &body["errors"][0]["code"]), (400, &json!("MISSING_REQUIRED_PROPERTY")));
    assert_eq!(body["errors"][0]["context"]["propertyName"], json!(["cluster"]));
    assert_eq!(api.post("/crm/objects/2026-03/companies", new).await.0, 201);
    let (status, body) =
        api.patch(&format!("{COMPANIES}/{FIRST}"), json!({"properties": {"cold": "true"}})).await;
    assert_eq!((status, &body["errors"][0]["code"]), (400, &json!("MISSING_CONDITIONAL_REQUIRED_PROPERTY")));
}

#[tokio::test]
async fn upserts_only_by_an_own_unique_property() {
    let (hub, api) = start(builder(1)).await;
    let path = format!("{DEALS}/batch/upsert");
    let input = |key: &str| json!({"id": key, "idProperty": "wakeup_key", "properties": {"dealname": key}});
    let (status, first) = api.post(&path, json!({"inputs": [input("k1")]})).await;
    assert_eq!((status, &first["results"][0]["new"]), (200, &json!(true)));
    let (_, again) = api.post(&path, json!({"inputs": [input("k1")]})).await;
    assert_eq!(again["results"][0]["new"], json!(false));
    assert_eq!(again["results"][0]["id"], first["results"][0]["id"]);
    assert_eq!(hub.portal(|portal| portal.space(Kind::Deal).records.len()), 1);
    let by_domain = json!({"inputs": [{"id": "x.it", "idProperty": "domain", "properties": {}}]});
    assert_eq!(api.post(&format!("{COMPANIES}/batch/upsert"), by_domain).await.0, 400);
}

#[tokio::test]
async fn deals_keep_pipeline_and_stage_together() {
    let (hub, api) = start(builder(1)).await;
    let foreign = json!({"properties": {"dealname": "x", "dealstage": "sales_new"}});
    assert_eq!(api.post(DEALS, foreign).await.0, 400, "the default pipeline is used when none is sent");
    let deal = json!({"properties": {"dealname": "x", "pipeline": "sales", "dealstage": "sales_new"}});
    let (_, made) = api.post(DEALS, deal).await;
    let id = made["id"].as_str().unwrap();
    let alone = json!({"properties": {"pipeline": "default"}});
    assert_eq!(api.patch(&format!("{DEALS}/{id}"), alone).await.0, 400);
    let lost = json!({"properties": {"dealstage": "sales_lost"}});
    assert_eq!(api.patch(&format!("{DEALS}/{id}"), lost).await.0, 200);
    let value = |name: &str| hub.value(Kind::Deal, id.parse().unwrap(), name);
    assert_eq!(value("hs_is_closed").as_deref(), Some("true"));
    assert_eq!(value("closedate").as_deref(), Some("2026-11-22T12:00:00.000Z"));
}

#[tokio::test]
async fn activities_echo_on_their_company() {
    let (hub, api) = start(builder(1)).await;
    let links = json!([{"to": {"id": FIRST}, "types": [{"associationTypeId": 192}]}]);
    let task = json!({"properties": {"hs_task_subject": "Call"}, "associations": links});
    assert_eq!(
        api.post("/crm/objects/2026-09/tasks", task.clone()).await.0,
        400,
        "a task needs hs_timestamp"
    );
    let mut dated = task;
    dated["properties"]["hs_timestamp"] = json!("2026-12-01T09:00:00Z");
    assert_eq!(api.post("/crm/objects/2026-09/tasks", dated).await.0, 201);
    let value = |name: &str| hub.value(Kind::Company, 1_000_001, name).unwrap();
    assert_eq!(value("notes_last_updated"), "2026-11-22T12:00:00.000Z");
    assert_eq!(value("hs_lastmodifieddate"), "2026-11-22T12:00:00.000Z");
}

#[tokio::test]
async fn merged_ids_are_not_found_by_writes_unless_told_otherwise() {
    let (hub, api) = start(builder(2)).await;
    hub.person_merges(Kind::Company, 1_000_002, 1_000_001);
    let input = json!([{"id": FIRST, "objectWriteTraceId": "a", "properties": {"cluster": "A"}}]);
    let (status, body) = update(&api, input.clone()).await;
    assert_eq!((status, &body["errors"][0]["category"]), (207, &json!("OBJECT_NOT_FOUND")));
    hub.options(|options| options.merged_write = MergedWrite::Winner);
    assert_eq!(update(&api, input).await.0, 200);
    assert_eq!(hub.value(Kind::Company, 1_000_002, "cluster").as_deref(), Some("A"));
}
