//! Scripted faults, over the wire and over the control endpoints.

use reqwest::Method;
use serde_json::{Value, json};
use sirank_mocks::faults::{Action, Fault};
use sirank_mocks::hubspot::Kind;

use crate::http::{COMPANIES, FIRST, builder, start};

#[tokio::test]
async fn errors_before_and_after_the_write_took_effect() {
    let (hub, api) = start(builder(1)).await;
    let path = format!("{COMPANIES}/{FIRST}");
    let write = |value: &str| api.patch(&path, json!({"properties": {"cluster": value}}));
    hub.faults(|faults| {
        faults.add(Fault::status(502).kind("update"));
        faults.add(Fault::status(504).kind("update").after_effect());
    });
    assert_eq!(write("A").await.0, 502);
    assert_eq!(hub.value(Kind::Company, 1_000_001, "cluster"), None);
    assert_eq!(write("A").await.0, 504);
    assert_eq!(hub.value(Kind::Company, 1_000_001, "cluster").as_deref(), Some("A"));
    assert_eq!(write("B").await.0, 200);
    assert_eq!(hub.writes().all().len(), 2);
    assert_eq!(hub.stats().faults, 2);
}

#[tokio::test]
async fn broken_answers() {
    let (hub, api) = start(builder(5)).await;
    for action in [Action::Reset, Action::CutBody { keep: 20 }] {
        hub.faults(|faults| faults.add(Fault::new(action.clone())));
        let sent = api.request(Method::GET, COMPANIES).send().await;
        let failed = match sent {
            Err(_) => true,
            Ok(response) => response.bytes().await.is_err(),
        };
        assert!(failed, "{action:?}");
        assert_eq!(api.get(COMPANIES).await.0, 200, "the next request is answered");
    }
    assert_eq!(hub.requests()[0].status, 0);
    hub.faults(|faults| faults.add(Fault::new(Action::MalformedJson)));
    assert_eq!(api.get(COMPANIES).await, (200, Value::Null));
    hub.faults(|faults| faults.add(Fault::new(Action::HtmlPage { status: 200 })));
    let page = api.raw(COMPANIES).await;
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    hub.faults(|faults| faults.add(Fault::new(Action::EmptyBody)));
    assert_eq!(api.get(COMPANIES).await, (200, Value::Null));
    hub.faults(|faults| faults.add(Fault::new(Action::OversizedBody { bytes: 100_000 })));
    assert!(api.raw(COMPANIES).await.content_length().unwrap() > 100_000);
    let to = "http://127.0.0.1:9*".to_owned();
    hub.faults(|faults| faults.add(Fault::new(Action::Redirect { status: 307, to })));
    let redirect = api.raw(COMPANIES).await;
    assert_eq!(redirect.headers()["location"], format!("http://127.0.0.1:9{COMPANIES}"));
    hub.faults(|faults| faults.add(Fault::new(Action::Slow { ms: 1 })));
    assert_eq!(api.get(COMPANIES).await.0, 200);
    hub.faults(|faults| faults.add(Fault::new(Action::ExpireToken)));
    assert_eq!(api.get(COMPANIES).await.0, 401);
    assert_eq!(api.get(COMPANIES).await.0, 401, "from now on");
}

#[tokio::test]
async fn other_processes_script_and_look_through_the_control_endpoints() {
    let (hub, api) = start(builder(2)).await;
    let script = json!([{"what": "status", "status": 429, "retry_after": 7, "kind": "list"}, {"what": "status", "status": 477}]);
    assert_eq!(api.post("/_mock/faults", script).await.0, 200);
    let refused = api.raw(COMPANIES).await;
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    assert_eq!(api.get(COMPANIES).await.0, 477);
    api.patch(&format!("{COMPANIES}/{FIRST}"), json!({"properties": {"cluster": "A"}})).await;
    let edit = json!({"properties": {"cluster": "B"}});
    assert_eq!(api.patch(&format!("/_mock/records/companies/{FIRST}"), edit).await.0, 200);
    let (_, writes) = api.get(&format!("/_mock/writes?object=companies&id={FIRST}")).await;
    assert_eq!((&writes[0]["by"], &writes[1]["by"]), (&json!("api"), &json!("person")));
    let merge = json!({"winner": FIRST, "loser": "1000002"});
    assert_eq!(api.post("/_mock/records/companies/merge", merge).await.0, 200);
    let (_, state) = api.get("/_mock/state").await;
    assert_eq!(state["objects"]["companies"]["live"], 1);
    let (_, counters) = api.get("/_mock/stats").await;
    assert_eq!(
        (&counters["requests"], &counters["throttled"], &counters["writes"]),
        (&json!(3), &json!(1), &json!(3))
    );
    let (_, clock) = api.post("/_mock/clock", json!({"advance_ms": 90_000})).await;
    assert_eq!(clock["now"], "2026-11-22T12:01:30.000Z");
    let (_, record) = api.get(&format!("/_mock/records/companies/{FIRST}")).await;
    assert_eq!(record["properties"]["cluster"], "B");
    assert_eq!(api.get("/_mock/nothing").await.0, 404);
    hub.shutdown().await;
}
