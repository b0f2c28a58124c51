//! The control endpoints that every mock has: `/_mock/...`. They are neither limited nor logged.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use super::server::{App, Shared};
use super::{Call, Reply};
use crate::faults::Fault;
use crate::journal::as_json;

pub(crate) fn answer<A: App>(shared: &Shared<A>, call: &Call) -> Reply {
    let parts = call.parts();
    let rest = parts.get(1..).unwrap_or_default();
    match (call.method.as_str(), rest) {
        ("GET", ["stats"]) => stats(shared),
        ("DELETE", ["stats"]) => {
            let mut core = shared.lock();
            core.journal.clear();
            core.app.writes().clear();
            ok()
        }
        ("GET", ["requests"]) => requests(shared, call),
        ("GET", ["writes"]) => writes(shared, call),
        ("GET", ["faults"]) => Reply::json(200, &as_json(&shared.lock().faults.pending())),
        ("POST", ["faults"]) => script(shared, call),
        ("DELETE", ["faults"]) => {
            shared.lock().faults.clear();
            ok()
        }
        ("GET", ["clock"]) => clock(shared),
        ("POST", ["clock"]) => {
            shared.clock.advance(Duration::from_millis(number(call, "advance_ms")));
            clock(shared)
        }
        ("POST", ["latency"]) => {
            shared.latency_ms.store(number(call, "ms"), Ordering::Relaxed);
            ok()
        }
        ("POST", ["record-bodies"]) => {
            let wanted = body(call).get("on").and_then(Value::as_bool).unwrap_or(true);
            shared.lock().journal.record_bodies = wanted;
            ok()
        }
        _ => {
            let now = shared.clock.now_ms();
            let answered = shared.lock().app.control(call, now);
            answered.unwrap_or_else(|| {
                Reply::json(404, &json!({"error": format!("no control at {}", call.path)}))
            })
        }
    }
}

pub(crate) fn ok() -> Reply {
    Reply::json(200, &json!({"ok": true}))
}

fn body(call: &Call) -> Value {
    call.json().unwrap_or(Value::Null)
}

/// A number of the JSON body or of the query.
fn number(call: &Call, name: &str) -> u64 {
    let in_query = || call.param(name).and_then(|text| text.parse().ok());
    body(call).get(name).and_then(Value::as_u64).or_else(in_query).unwrap_or(0)
}

fn clock<A: App>(shared: &Shared<A>) -> Reply {
    let now = shared.clock.now_ms();
    Reply::json(200, &json!({"now_ms": now, "now": crate::clock::iso(now)}))
}

fn stats<A: App>(shared: &Shared<A>) -> Reply {
    let mut core = shared.lock();
    let mut stats = as_json(&core.journal.stats());
    let writes = core.app.writes().all();
    let without_change =
        writes.iter().filter(|write| write.action == "update" && write.changed.is_empty()).count();
    if let Value::Object(fields) = &mut stats {
        fields.insert("writes".into(), json!(writes.len()));
        fields.insert("writes_without_change".into(), json!(without_change));
    }
    Reply::json(200, &stats)
}

fn requests<A: App>(shared: &Shared<A>, call: &Call) -> Reply {
    let since = number(call, "since");
    let core = shared.lock();
    let wanted: Vec<_> = core
        .journal
        .entries()
        .iter()
        .filter(|entry| entry.no > since && call.param("kind").is_none_or(|kind| kind == entry.kind))
        .collect();
    Reply::json(200, &as_json(&wanted))
}

fn writes<A: App>(shared: &Shared<A>, call: &Call) -> Reply {
    let since = number(call, "since");
    let mut core = shared.lock();
    let wanted: Vec<_> = core
        .app
        .writes()
        .all()
        .iter()
        .filter(|entry| entry.seq > since)
        .filter(|entry| call.param("object").is_none_or(|object| object == entry.object))
        .filter(|entry| call.param("id").is_none_or(|id| id == entry.id))
        .collect();
    Reply::json(200, &as_json(&wanted))
}

fn script<A: App>(shared: &Shared<A>, call: &Call) -> Reply {
    let parsed: Result<Vec<Fault>, _> = match body(call) {
        Value::Array(faults) => faults.into_iter().map(serde_json::from_value).collect(),
        fault => serde_json::from_value(fault).map(|fault| vec![fault]),
    };
    match parsed {
        Ok(faults) => {
            let mut core = shared.lock();
            for fault in faults {
                core.faults.add(fault);
            }
            ok()
        }
        Err(error) => Reply::json(400, &json!({"error": error.to_string()})),
    }
}
