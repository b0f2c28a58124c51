//! The control endpoints of this mock: a look at the companies, and what people do in them.

use serde_json::{Map, Value, json};

use super::app::{FattureApp, Written};
use crate::consent::Person;
use crate::http::control::ok;
use crate::http::{Call, Reply};
use crate::journal::Actor;

pub(crate) fn answer(app: &mut FattureApp, call: &Call, now: i64) -> Option<Reply> {
    let parts = call.parts();
    let rest = parts.get(1..)?;
    match (call.method.as_str(), rest) {
        ("GET", ["state"]) => Some(state(app)),
        ("PATCH", ["c", company, "issued_documents", id]) => {
            let fields = call.json().ok()?.as_object()?.clone();
            let done = edit(app, company.parse().ok()?, id.parse().ok()?, &fields, now);
            Some(Reply::json(if done { 200 } else { 404 }, &json!({"ok": done})))
        }
        ("DELETE", ["c", company, "issued_documents", id]) => {
            let done = delete(app, company.parse().ok()?, id.parse().ok()?, now);
            Some(Reply::json(if done { 200 } else { 404 }, &json!({"ok": done})))
        }
        ("DELETE", ["c", company, "bin"]) => {
            app.company(company.parse().ok()?)?.bin.clear();
            Some(ok())
        }
        ("POST", ["oauth", "revoke"]) => {
            app.revoke_authorisations();
            Some(ok())
        }
        ("POST", ["oauth", "person"]) => {
            let body = call.json().unwrap_or_default();
            let denies = body.get("denies").and_then(Value::as_bool).unwrap_or(false);
            app.oauth.as_mut()?.person = if denies { Person::Denies } else { Person::Allows };
            Some(ok())
        }
        _ => None,
    }
}

fn state(app: &FattureApp) -> Reply {
    let shown: Vec<Value> = app
        .companies
        .iter()
        .map(|company| {
            json!({
                "id": company.id, "clients": company.clients.len(), "documents": company.documents.len(),
                "bin": company.bin.len(),
            })
        })
        .collect();
    Reply::json(200, &json!({"companies": shown}))
}

/// A person edits a document in the vendor's pages.
pub(crate) fn edit(
    app: &mut FattureApp,
    company: u64,
    id: u64,
    fields: &Map<String, Value>,
    now: i64,
) -> bool {
    let done = app.company(company).is_some_and(|company| company.edit(id, fields, now));
    if done {
        let sent = fields.clone();
        let object = "issued_documents";
        app.log(now, Written { by: Actor::Person, request: 0, object, id, action: "update", sent });
    }
    done
}

/// A person moves a document to the bin.
pub(crate) fn delete(app: &mut FattureApp, company: u64, id: u64, now: i64) -> bool {
    let done = app.company(company).is_some_and(|company| company.delete(id));
    if done {
        let object = "issued_documents";
        app.log(
            now,
            Written { by: Actor::Person, request: 0, object, id, action: "archive", sent: Map::new() },
        );
    }
    done
}
