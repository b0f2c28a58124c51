//! Search: filters, bounds, lag.

use std::time::Duration;

use serde_json::{Value, json};
use sirank_mocks::hubspot::Kind;

use crate::http::{COMPANIES, FIRST, builder, start};

fn filter(property: &str, operator: &str, value: &str) -> Value {
    json!({"filterGroups": [{"filters": [{"propertyName": property, "operator": operator, "value": value}]}]})
}

#[tokio::test]
async fn operators() {
    let (hub, api) = start(builder(3)).await;
    hub.change(|portal| {
        portal.put(Kind::Company, 1_000_001, &[("cluster", "A"), ("revenue", "9")]);
        portal.put(
            Kind::Company,
            1_000_002,
            &[("cluster", "B"), ("revenue", "10"), ("name", "Vetreria Alfa")],
        );
    });
    let path = format!("{COMPANIES}/search");
    for (body, total) in [
        (filter("cluster", "EQ", "A"), 1),
        (filter("cluster", "NEQ", "A"), 1),
        (filter("revenue", "GT", "9"), 1),
        (filter("revenue", "LTE", "10.00"), 2),
        (filter("name", "CONTAINS_TOKEN", "vetr*"), 1),
        (filter("cluster", "HAS_PROPERTY", ""), 2),
        (filter("cluster", "NOT_HAS_PROPERTY", ""), 1),
        (filter("createdate", "GTE", "1700000000000"), 3),
        (filter("createdate", "GT", "1700000000000"), 0),
        (
            json!({"filterGroups": [{"filters": [{"propertyName": "cluster", "operator": "IN", "values": ["A", "B"]}]}]}),
            2,
        ),
        (
            json!({"filterGroups": [{"filters": [
            {"propertyName": "revenue", "operator": "BETWEEN", "value": "9.5", "highValue": "11"}]}]}),
            1,
        ),
        (json!({"query": "vetreria"}), 1),
    ] {
        let (status, found) = api.post(&path, body.clone()).await;
        assert_eq!((status, &found["total"]), (200, &json!(total)), "{body}");
    }
    let (_, sorted) =
        api.post(&path, json!({"sorts": [{"propertyName": "revenue", "direction": "DESCENDING"}]})).await;
    assert_eq!(sorted["results"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn bounds() {
    let (_hub, api) = start(builder(3)).await;
    let path = format!("{COMPANIES}/search");
    let many: Vec<Value> =
        (0..7).map(|_| json!({"propertyName": "name", "operator": "EQ", "value": "x"})).collect();
    for bad in [
        json!({"limit": 201}),
        json!({"limit": 200, "after": "9801"}),
        json!({"after": "x"}),
        json!({"sorts": ["name", "cluster"]}),
        json!({"filterGroups": [{"filters": many}]}),
        filter("nonsense", "EQ", "x"),
        filter("name", "LIKE", "x"),
        json!({"filterGroups": [{"filters": [{"propertyName": "revenue", "operator": "EQ", "value": 9}]}]}),
    ] {
        assert_eq!(api.post(&path, bad.clone()).await.0, 400, "{bad}");
    }
    let (_, page) = api.post(&path, json!({"limit": 2})).await;
    assert_eq!(page["paging"]["next"]["after"], "2");
    let (_, rest) = api.post(&path, json!({"limit": 2, "after": "2"})).await;
    assert_eq!((rest["results"].as_array().unwrap().len(), rest.get("paging")), (1, None));
}

#[tokio::test]
async fn the_index_lags_behind_on_the_mocks_clock() {
    let (hub, api) = start(builder(1).search_lag(Duration::from_secs(30))).await;
    let path = format!("{COMPANIES}/search");
    api.patch(&format!("{COMPANIES}/{FIRST}"), json!({"properties": {"cluster": "A"}})).await;
    api.post(COMPANIES, json!({"properties": {"name": "New"}})).await;
    let total = async |body: Value| api.post(&path, body).await.1["total"].as_u64().unwrap();
    assert_eq!(total(json!({})).await, 1, "the new one is not indexed yet");
    assert_eq!(total(filter("cluster", "EQ", "A")).await, 0);
    assert_eq!(
        api.get(&format!("{COMPANIES}/{FIRST}?properties=cluster")).await.1["properties"]["cluster"],
        "A"
    );
    hub.clock().advance(Duration::from_secs(30));
    assert_eq!(total(json!({})).await, 2);
    assert_eq!(total(filter("cluster", "EQ", "A")).await, 1);
    hub.person_archives(Kind::Company, 1_000_001);
    assert_eq!(total(json!({})).await, 1);
}
