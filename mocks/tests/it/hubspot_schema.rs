//! Property definitions, groups, pipelines, the plan's limits.

use serde_json::json;
use sirank_mocks::hubspot::{Kind, Plan};

use crate::http::{DEALS, builder, start};

const PROPERTIES: &str = "/crm/properties/2026-09/companies";
const PIPELINES: &str = "/crm/pipelines/2026-09/deals";

#[tokio::test]
async fn properties_need_their_group_and_exist_once() {
    let (_hub, api) = start(builder(0)).await;
    let options = json!([{"label": "A", "value": "A", "displayOrder": 0, "hidden": false}]);
    let new = json!({"name": "sirank_x", "label": "X", "type": "enumeration", "fieldType": "select",
        "groupName": "sirank", "options": options});
    assert_eq!(api.post(PROPERTIES, new.clone()).await.0, 400, "no such group");
    let group = json!({"name": "sirank", "label": "SiRank"});
    assert_eq!(api.post(&format!("{PROPERTIES}/groups"), group.clone()).await.0, 201);
    assert_eq!(api.post(&format!("{PROPERTIES}/groups"), group).await.0, 409);
    let mut incomplete = new.clone();
    incomplete["options"] = json!([{"label": "A", "value": "A", "displayOrder": 0}]);
    assert_eq!(api.post(PROPERTIES, incomplete).await.0, 400, "hidden is required");
    assert_eq!(api.post(PROPERTIES, new.clone()).await.0, 201);
    let (status, body) = api.post(PROPERTIES, new).await;
    assert_eq!((status, &body["category"]), (409, &json!("OBJECT_ALREADY_EXISTS")));
    assert_eq!(body["subCategory"], "Properties.PROPERTY_WITH_NAME_EXISTS");
    let flag = json!({"name": "f", "label": "F", "type": "bool", "fieldType": "booleancheckbox", "groupName": "sirank"});
    assert_eq!(api.post(PROPERTIES, flag).await.0, 400, "a bool needs both options");
}

#[tokio::test]
async fn options_are_replaced_and_archived_names_come_back_as_they_were() {
    let (_hub, api) = start(builder(0)).await;
    let path = format!("{PROPERTIES}/cluster");
    let options = json!([{"label": "C", "value": "C", "displayOrder": 0, "hidden": false}]);
    let (status, changed) = api.patch(&path, json!({"options": options})).await;
    assert_eq!((status, changed["options"].as_array().unwrap().len()), (200, 1));
    assert_eq!(api.delete(&path).await.0, 204);
    assert_eq!(api.get(&path).await.0, 404);
    assert_eq!(api.get(&format!("{path}?archived=true")).await.0, 200);
    let other = json!({"name": "cluster", "label": "Other", "type": "string", "fieldType": "text",
        "groupName": "companyinformation"});
    let (status, restored) = api.post(PROPERTIES, other).await;
    assert_eq!(
        (status, &restored["type"], &restored["label"]),
        (201, &json!("enumeration"), &json!("cluster"))
    );
    assert_eq!(api.delete(&format!("{PROPERTIES}/name")).await.0, 400);
}

#[tokio::test]
async fn the_plan_limits_properties_and_pipelines() {
    let (hub, api) = start(builder(0)).await;
    hub.change(|portal| portal.plan = Plan { custom_properties: 4, pipelines: 2, ..Plan::default() });
    let new = json!({"name": "x", "label": "X", "type": "string", "fieldType": "text",
        "groupName": "companyinformation"});
    let (status, body) = api.post(PROPERTIES, new).await;
    assert_eq!((status, &body["subCategory"]), (400, &json!("Properties.PROPERTY_LIMIT_EXCEEDED")));
    let (_, limits) = api.get("/crm/limits/2026-09/custom-properties").await;
    let companies = &limits["byObjectType"][0];
    assert_eq!((&companies["limit"], &companies["usage"]), (&json!(4), &json!(4)));
    let (_, limits) = api.get("/crm/limits/2026-09/pipelines").await;
    assert_eq!(limits["hasReachedLimit"], json!(true));
    let stages = json!([{"label": "One", "displayOrder": 0, "metadata": {"probability": "0.2"}}]);
    assert_eq!(
        api.post(PIPELINES, json!({"label": "Wake", "displayOrder": 1, "stages": stages})).await.0,
        400
    );
}

#[tokio::test]
async fn pipelines_want_probabilities_as_text_and_editing_one_moves_its_deals() {
    let (hub, api) = start(builder(0)).await;
    let stage = |label: &str, probability: serde_json::Value| json!({"label": label, "displayOrder": 0, "metadata": {"probability": probability}});
    let new = |stages: serde_json::Value| json!({"label": "Wake Up", "displayOrder": 9, "stages": stages});
    assert_eq!(api.post(PIPELINES, new(json!([stage("One", json!(0.2))]))).await.0, 400);
    assert_eq!(api.post(PIPELINES, new(json!([stage("One", json!("0.25"))]))).await.0, 400);
    let stages = json!([stage("One", json!("0.2")), stage("Won", json!("1.0"))]);
    let (status, made) = api.post(PIPELINES, new(stages.clone())).await;
    assert_eq!(status, 201);
    assert_eq!(made["stages"][1]["metadata"], json!({"isClosed": "true", "probability": "1.0"}));
    assert_eq!(api.post(PIPELINES, new(stages)).await.0, 409);
    let (id, first) = (made["id"].as_str().unwrap(), &made["stages"][0]["id"]);
    let deal = json!({"properties": {"dealname": "x", "pipeline": id, "dealstage": first}});
    let (_, deal) = api.post(DEALS, deal).await;
    hub.clock().advance(std::time::Duration::from_secs(5));
    assert_eq!(api.patch(&format!("{PIPELINES}/{id}"), json!({"label": "Awake"})).await.0, 200);
    let moved = hub.value(Kind::Deal, deal["id"].as_str().unwrap().parse().unwrap(), "hs_lastmodifieddate");
    assert_eq!(moved.as_deref(), Some("2026-11-22T12:00:05.000Z"));
}
