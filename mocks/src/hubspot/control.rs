//! The control endpoints of this mock: a look at the portal, and what people do in it.

use serde_json::{Map, Value, json};

use super::app::HubSpotApp;
use super::auth::Token;
use super::kind::Kind;
use super::objects::render;
use super::write;
use crate::clock::iso;
use crate::consent::Person;
use crate::http::control::ok;
use crate::http::{Call, Reply};
use crate::journal::Actor;

pub(crate) fn answer(app: &mut HubSpotApp, call: &Call, now: i64) -> Option<Reply> {
    let parts = call.parts();
    let rest = parts.get(1..)?;
    let body = call.json().ok().and_then(|body| body.as_object().cloned()).unwrap_or_default();
    match (call.method.as_str(), rest) {
        ("GET", ["state"]) => Some(state(app)),
        ("GET", ["records", kind]) => Some(records(app, call, Kind::parse(kind)?)),
        ("GET", ["records", kind, id]) => record(app, Kind::parse(kind)?, id.parse().ok()?),
        ("POST", ["records", kind]) => Some(add(app, Kind::parse(kind)?, &body, now)),
        ("PATCH", ["records", kind, id]) => Some(edit(app, Kind::parse(kind)?, id.parse().ok()?, &body, now)),
        ("POST", ["records", kind, "merge"]) => {
            let id = |name: &str| body.get(name).and_then(Value::as_str).and_then(|text| text.parse().ok());
            let done = merge(app, Kind::parse(kind)?, id("winner")?, id("loser")?, now);
            Some(Reply::json(if done { 200 } else { 404 }, &json!({"ok": done})))
        }
        ("POST", ["records", kind, id, "archive"]) => {
            let done = archive(app, Kind::parse(kind)?, id.parse().ok()?, now);
            Some(Reply::json(if done { 200 } else { 404 }, &json!({"ok": done})))
        }
        ("POST", ["records", "companies", id, "contact"]) => Some(contact(app, id.parse().ok()?, &body, now)),
        ("POST", ["tokens"]) => {
            let token = Token {
                expires_ms: body.get("expires_ms").and_then(Value::as_i64),
                requests_left: body.get("requests_left").and_then(Value::as_u64),
                oauth: body.get("oauth").and_then(Value::as_bool).unwrap_or(false),
                scopes: body
                    .get("scopes")
                    .and_then(Value::as_array)
                    .map(|list| list.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            };
            app.tokens.0.insert(body.get("token")?.as_str()?.to_owned(), token);
            Some(ok())
        }
        ("POST", ["tokens", "expire"]) => {
            app.tokens.expire(body.get("token")?.as_str()?, i64::MIN);
            Some(ok())
        }
        ("POST", ["oauth", "revoke"]) => {
            app.revoke_authorisations();
            Some(ok())
        }
        ("POST", ["oauth", "person"]) => {
            let denies = body.get("denies").and_then(Value::as_bool).unwrap_or(false);
            app.oauth.as_mut()?.person = if denies { Person::Denies } else { Person::Allows };
            Some(ok())
        }
        _ => None,
    }
}

fn state(app: &HubSpotApp) -> Reply {
    let mut kinds = Map::new();
    for kind in Kind::ALL {
        let space = app.portal.space(kind);
        let custom: Vec<&str> = space
            .schema
            .properties
            .values()
            .filter(|property| !property.standard)
            .map(|property| property.name.as_str())
            .collect();
        let groups: Vec<&String> = space.schema.groups.keys().collect();
        let shown = json!({
            "live": space.records.len(), "archived": space.archived.len(), "merged": space.merged,
            "custom_properties": custom, "groups": groups,
        });
        kinds.insert(kind.plural().to_owned(), shown);
    }
    let pipelines: Vec<Value> = app.portal.pipelines.iter().map(super::Pipeline::to_json).collect();
    Reply::json(
        200,
        &json!({"objects": kinds, "pipelines": pipelines, "used_today": app.throttle.used_today()}),
    )
}

/// All values of a record with its associations.
fn full(app: &HubSpotApp, kind: Kind, id: u64) -> Option<Value> {
    let space = app.portal.space(kind);
    let record = space.records.get(&id).or_else(|| space.archived.get(&id))?;
    let names: Vec<&str> = record.props.iter().map(|(name, _)| name).collect();
    let mut shown = render(&app.portal, kind, record, &names);
    let mut links = Map::new();
    for to in Kind::ALL {
        let ids: Vec<String> =
            app.portal.links.of(kind, id, to).iter().map(|link| link.to.to_string()).collect();
        if !ids.is_empty() {
            links.insert(to.plural().to_owned(), json!(ids));
        }
    }
    shown.insert("associated".into(), Value::Object(links));
    Some(Value::Object(shown))
}

fn record(app: &HubSpotApp, kind: Kind, id: u64) -> Option<Reply> {
    full(app, kind, id).map(|shown| Reply::json(200, &shown))
}

/// `?where=property&is=value` narrows; without it all records come, the archived ones not.
fn records(app: &HubSpotApp, call: &Call, kind: Kind) -> Reply {
    let wanted = call.param("where").zip(call.param("is"));
    let ids = app
        .portal
        .space(kind)
        .records
        .values()
        .filter(|record| wanted.is_none_or(|(name, value)| record.props.get(name) == Some(value)))
        .map(|record| record.id);
    let shown: Vec<Value> = ids.filter_map(|id| full(app, kind, id)).collect();
    Reply::json(200, &json!(shown))
}

/// A person makes a record: `{"properties": {...}, "associate": [["companies", "1"]]}`.
fn add(app: &mut HubSpotApp, kind: Kind, body: &Map<String, Value>, now: i64) -> Reply {
    let empty = Map::new();
    let sent = body.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let values: Vec<(&str, &str)> =
        sent.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
    let pairs = body.get("associate").and_then(Value::as_array).into_iter().flatten();
    let to: Vec<(Kind, u64)> = pairs
        .filter_map(|pair| {
            let to = pair.get(0).and_then(Value::as_str).and_then(Kind::parse);
            to.zip(pair.get(1).and_then(Value::as_str).and_then(|text| text.parse().ok()))
        })
        .collect();
    let id = person_adds(app, kind, &values, &to, now);
    Reply::json(201, &json!({"id": id.to_string()}))
}

/// A person makes a record, associated with others: no checks.
pub(crate) fn person_adds(
    app: &mut HubSpotApp,
    kind: Kind,
    values: &[(&str, &str)],
    to: &[(Kind, u64)],
    now: i64,
) -> u64 {
    let id = app.portal.add(kind, now, values);
    for to in to {
        app.portal.associate((kind, id), *to);
    }
    let sent = values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let mut ctx = app.context("2026-09", now, 0, Actor::Person);
    ctx.log(kind.plural(), id, "create", None, &sent, Vec::new());
    write::echo_of_activity(&mut ctx, kind, id);
    id
}

/// A person edits a record: no checks, the change date moves, search lags.
pub(crate) fn person_edits(
    app: &mut HubSpotApp,
    kind: Kind,
    id: u64,
    values: &[(&str, &str)],
    now: i64,
) -> bool {
    if !app.portal.space(kind).records.contains_key(&id) {
        return false;
    }
    app.context("2026-09", now, 0, Actor::Person).touch(kind, id);
    let closes = app.portal.would_close(kind, id, values);
    let mut changed = app.portal.put(kind, id, values);
    if closes {
        changed.extend(app.portal.put(kind, id, &[("closedate", &iso(now))]));
    }
    let sent: Map<String, Value> =
        values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let mut ctx = app.context("2026-09", now, 0, Actor::Person);
    ctx.log(kind.plural(), id, "update", None, &sent, changed);
    write::echo_of_activity(&mut ctx, kind, id);
    true
}

/// A person calls, meets or writes to a company: the activity moves what the company says of its last contact.
pub(crate) fn person_contacts(app: &mut HubSpotApp, company: u64, at_ms: i64, now: i64) -> bool {
    let Some(record) = app.portal.space(Kind::Company).records.get(&company) else { return false };
    let at = iso(at_ms);
    let latest = record.props.get("notes_last_contacted").filter(|before| **before > *at).map(str::to_owned);
    let latest = latest.unwrap_or(at);
    let notes: u64 = record.props.get("num_notes").and_then(|text| text.parse().ok()).unwrap_or(0) + 1;
    let values = [
        ("notes_last_contacted", latest.as_str()),
        ("notes_last_updated", &iso(now)),
        ("num_notes", &notes.to_string()),
    ];
    person_edits(app, Kind::Company, company, &values, now)
}

fn contact(app: &mut HubSpotApp, id: u64, body: &Map<String, Value>, now: i64) -> Reply {
    let at = body.get("at_ms").and_then(Value::as_i64).unwrap_or(now);
    let done = person_contacts(app, id, at, now);
    Reply::json(if done { 200 } else { 404 }, &json!({"ok": done}))
}

fn edit(app: &mut HubSpotApp, kind: Kind, id: u64, body: &Map<String, Value>, now: i64) -> Reply {
    let empty = Map::new();
    let sent = body.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let values: Vec<(&str, &str)> =
        sent.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default())).collect();
    let done = person_edits(app, kind, id, &values, now);
    Reply::json(if done { 200 } else { 404 }, &json!({"ok": done}))
}

pub(crate) fn merge(app: &mut HubSpotApp, kind: Kind, winner: u64, loser: u64, now: i64) -> bool {
    let done = app.portal.merge(kind, winner, loser, now);
    if done {
        let sent = Map::from_iter([("loser".to_owned(), json!(loser.to_string()))]);
        app.context("2026-09", now, 0, Actor::Person).log(
            kind.plural(),
            winner,
            "merge",
            None,
            &sent,
            Vec::new(),
        );
    }
    done
}

pub(crate) fn archive(app: &mut HubSpotApp, kind: Kind, id: u64, now: i64) -> bool {
    let done = app.portal.archive(kind, id, now);
    if done {
        app.context("2026-09", now, 0, Actor::Person).log(
            kind.plural(),
            id,
            "archive",
            None,
            &Map::new(),
            Vec::new(),
        );
    }
    done
}
