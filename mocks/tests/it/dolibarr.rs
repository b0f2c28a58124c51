//! Every recorded request of a real Dolibarr 20.0.2, sent to the mock: the same answer has to come back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use chrono_tz::Tz;
use serde_json::Value;
use sirank_mocks::clock::Clock;
use sirank_mocks::dolibarr::{Dolibarr, Ledger, NewInvoice, User};

use crate::http::client;

const KEY: &str = "recorded-key";
/// How many recordings there are.
const ALL: usize = 38;
/// What a server in another zone recorded of the same database.
const ROME: &str = "_server_tz_rome";
/// When `status` was recorded.
const STATUS_AT: i64 = 1_795_324_159;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recorded/dolibarr")
}

fn recordings() -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|end| end == "json"));
    files
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), serde_json::from_str(&text).unwrap())
        })
        .collect()
}

async fn start(ledger: Ledger, zone: Tz) -> Dolibarr {
    let clock = Clock::frozen_at(DateTime::from_timestamp(STATUS_AT, 0).unwrap());
    let builder = Dolibarr::builder().key(KEY, User::default()).ledger(ledger).zone(zone);
    builder.clock(clock).start().await.unwrap()
}

async fn send(erp: &Dolibarr, request: &Value) -> (u16, Option<String>, Value) {
    let url = format!("{}{}", erp.base_url(), request["path"].as_str().unwrap());
    let query = request["query"].as_object().into_iter().flatten();
    let query: Vec<(String, String)> = query
        .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    let mut sent = client().request(request["method"].as_str().unwrap().parse().unwrap(), url).query(&query);
    for (name, value) in request["headers"].as_object().unwrap() {
        let value = value.as_str().unwrap().replace("REDACTED", KEY);
        sent = sent.header(name, value);
    }
    match &request["body"] {
        Value::Null => {}
        Value::String(text) => sent = sent.body(text.clone()),
        body => sent = sent.body(body.to_string()),
    }
    let response = sent.send().await.unwrap();
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
    let text = response.text().await.unwrap();
    (status, kind, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Without what depends on the address that the server was reached at.
fn comparable(mut body: Value) -> Value {
    let rows: Vec<&mut Value> = match &mut body {
        Value::Array(rows) => rows.iter_mut().collect(),
        row => vec![row],
    };
    for row in rows {
        if let Value::Object(fields) = row {
            fields.remove("online_payment_url");
        }
    }
    body
}

#[tokio::test]
async fn every_recording_is_answered_as_it_was() {
    if !folder().exists() {
        eprintln!("skipped: there are no recordings at {}", folder().display());
        return;
    }
    let recordings = recordings();
    assert_eq!(recordings.len(), ALL);
    let mut ledger = Ledger::default();
    for (_, exchange) in recordings.iter().filter(|(name, _)| !name.ends_with(ROME)) {
        ledger.take_over(exchange);
    }
    let in_utc = start(ledger.clone(), Tz::UTC).await;
    let in_rome = start(ledger.clone(), Tz::Europe__Rome).await;
    // One invoice was created while there were fewer.
    for id in 1009..1100 {
        ledger.delete_invoice(id);
    }
    let earlier = start(ledger, Tz::UTC).await;
    let mut failures = Vec::new();
    for (name, exchange) in &recordings {
        let erp = match name.as_str() {
            "invoice_create" => &earlier,
            name if name.ends_with(ROME) => &in_rome,
            _ => &in_utc,
        };
        let (status, kind, body) = send(erp, &exchange["request"]).await;
        let response = &exchange["response"];
        if response["status"] != status {
            failures.push(format!("{name}: status {status}"));
        }
        let recorded = response["headers"].as_array().unwrap().iter();
        let mut recorded =
            recorded.filter(|pair| pair[0].as_str().unwrap().eq_ignore_ascii_case("content-type"));
        if recorded.next().map(|pair| pair[1].as_str().unwrap()) != kind.as_deref() {
            failures.push(format!("{name}: content type {kind:?}"));
        }
        let recorded =
            if response["body_json"].is_null() { &response["body_text"] } else { &response["body_json"] };
        let (recorded, body) = (comparable(recorded.clone()), comparable(body));
        if recorded != body {
            let count = |body: &Value| body.as_array().map_or(1, Vec::len);
            let place = match (recorded.as_array(), body.as_array()) {
                (Some(recorded), Some(body)) => {
                    recorded.iter().zip(body).position(|(one, other)| one != other)
                }
                _ => None,
            };
            failures.push(format!(
                "{name}: {} rows recorded, {} answered, the first that differs is {place:?}",
                count(&recorded),
                count(&body)
            ));
        }
    }
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
}

#[tokio::test]
async fn releases_differ_as_their_programs_do() {
    let mut ledger = Ledger::default();
    let new = NewInvoice { kind: 0, status: 1, customer: 1, date: "2026-01-31", net: "10.00000000" };
    ledger.add_invoice(&new, STATUS_AT);
    for (release, status, fields) in [(14, 404, 18), (20, 200, 1), (22, 200, 1)] {
        let builder = Dolibarr::builder().key(KEY, User::default()).ledger(ledger.clone()).release(release);
        let erp = builder.start().await.unwrap();
        let get = async |query: &str| {
            let url = format!("{}/api/index.php/invoices?{query}", erp.base_url());
            let response = client().get(url).header("DOLAPIKEY", KEY).send().await.unwrap();
            (response.status().as_u16(), response.json::<Value>().await.unwrap())
        };
        assert_eq!(get("page=1").await.0, status, "{release}");
        let (_, rows) = get("properties=id").await;
        assert_eq!(rows[0].as_object().unwrap().len(), fields, "{release}");
        let (_, paged) = get("pagination_data=true").await;
        assert_eq!(paged.is_object(), release == 22);
    }
}
