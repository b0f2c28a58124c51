//! The control endpoints of this mock: a look at the CRM, and what people do in it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::access::Found;
use super::app::VTigerApp;
use super::custom::CustomField;
use super::field::Field;
use super::user::Language;
use super::write::Written;
use crate::http::control::ok;
use crate::http::{Call, Reply};
use crate::journal::Actor;

pub(crate) fn answer(app: &mut VTigerApp, call: &Call, now: i64) -> Option<Reply> {
    let parts = call.parts();
    let rest = parts.get(1..)?;
    let body = call.json().ok().and_then(|body| body.as_object().cloned()).unwrap_or_default();
    let done = |done: bool| Reply::json(if done { 200 } else { 404 }, &json!({"ok": done}));
    match (call.method.as_str(), rest) {
        ("GET", ["state"]) => Some(state(app)),
        ("POST", ["sessions", "end"]) => {
            end_sessions(app, &body);
            Some(ok())
        }
        ("PATCH", ["users", name]) => Some(done(change_user(app, name, &body))),
        ("POST", ["private"]) => {
            let module = body.get("module").and_then(Value::as_str)?.to_owned();
            if body.get("on").and_then(Value::as_bool).unwrap_or(true) {
                app.crm.private.insert(module);
            } else {
                app.crm.private.remove(&module);
            }
            Some(ok())
        }
        ("GET", ["fields", module]) => fields(app, module),
        ("POST", ["fields", module]) => Some(add_field(app, module, Value::Object(body))),
        ("POST", ["fields", module, field, "values"]) => {
            let value = body.get("value").and_then(Value::as_str)?;
            Some(done(app.crm.add_picklist_value(module, field, value)))
        }
        ("PATCH", ["fields", module, field]) => Some(done(change_field(app, module, field, &body))),
        ("GET", ["records", module]) => Some(records(app, call, module)),
        ("GET", ["records", module, id]) => record(app, module, number(id)?),
        ("POST", ["records", module]) => Some(add(app, module, &body, now)),
        ("PATCH", ["records", module, id]) => {
            let values = texts(&body);
            Some(done(person_edits(app, module, number(id)?, &borrowed(&values), now)))
        }
        ("DELETE", ["records", module, id]) => Some(done(person_deletes(app, module, number(id)?, now))),
        _ => None,
    }
}

fn number(id: &str) -> Option<u64> {
    super::values::record_number(id)
}

fn texts(body: &Map<String, Value>) -> Vec<(String, String)> {
    body.iter().map(|(name, value)| (name.clone(), super::values::plain(value))).collect()
}

fn borrowed(values: &[(String, String)]) -> Vec<(&str, &str)> {
    values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// `{}` now, `{"after": n}` after so many further requests, `{"user": "name"}` one user's.
fn end_sessions(app: &mut VTigerApp, body: &Map<String, Value>) {
    if let Some(after) = body.get("after").and_then(Value::as_u64) {
        app.sessions.end_after = Some(after);
        return;
    }
    let user = body.get("user").and_then(Value::as_str);
    let id = user.and_then(|name| app.crm.users.values().find(|held| held.name == name)).map(|held| held.id);
    if user.is_none() || id.is_some() {
        app.sessions.end_all(id);
    }
}

/// Preferences and rights of a user: only what is named changes. Fields are named as `Module.field`.
fn change_user(app: &mut VTigerApp, name: &str, body: &Map<String, Value>) -> bool {
    let Some(user) = app.crm.users.values_mut().find(|user| user.name == name) else { return false };
    let flag = |name: &str| body.get(name).and_then(Value::as_bool);
    let list = |name: &str| -> Option<Vec<String>> {
        let entries = body.get(name)?.as_array()?;
        Some(entries.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    let fields = |name: &str| -> Option<BTreeSet<(String, String)>> {
        let pairs = list(name)?.into_iter();
        let pairs = pairs.filter_map(|field| {
            field.split_once('.').map(|(module, field)| (module.to_owned(), field.to_owned()))
        });
        Some(pairs.collect())
    };
    user.admin = flag("admin").unwrap_or(user.admin);
    user.active = flag("active").unwrap_or(user.active);
    if let Some(key) = body.get("access_key").and_then(Value::as_str) {
        key.clone_into(&mut user.access_key);
    }
    if let Some(decimals) = body.get("currency_decimals") {
        user.currency_decimals = decimals.as_u64().and_then(|number| u32::try_from(number).ok());
    }
    if let Some(language) = body.get("language").and_then(Value::as_str) {
        user.language = if language == "it_it" { Language::Italian } else { Language::English };
    }
    let profile = &mut user.profile;
    if let Some(modules) = list("hidden_modules") {
        profile.hidden_modules = modules.into_iter().collect();
    }
    if let Some(modules) = list("read_only_modules") {
        profile.read_only_modules = modules.into_iter().collect();
    }
    if let Some(hidden) = fields("hidden_fields") {
        profile.hidden_fields = hidden;
    }
    if let Some(protected) = fields("read_only_fields") {
        profile.read_only_fields = protected;
    }
    true
}

fn state(app: &VTigerApp) -> Reply {
    let mut modules = Map::new();
    for (module, table) in app.crm.schema.modules.iter().zip(&app.crm.tables) {
        if module.id_prefix.is_some() && module.is_entity {
            let custom: Map<String, Value> = module
                .fields
                .iter()
                .filter(|field| field.custom)
                .map(|field| (field.name.clone(), json!(field.label)))
                .collect();
            let shown = json!({"live": table.records().len(), "deleted": table.deleted.len(), "custom_fields": custom});
            modules.insert(module.name.clone(), shown);
        }
    }
    Reply::json(
        200,
        &json!({
            "modules": modules, "users": app.crm.users.len(),
            "sessions": app.sessions.open_sessions(), "logins": app.sessions.logins,
        }),
    )
}

fn fields(app: &VTigerApp, module: &str) -> Option<Reply> {
    let module = app.crm.schema.named(module)?;
    let show = |field: &Field| {
        let values: Vec<&str> = field.values.iter().map(super::field::Choice::value).collect();
        json!({"name": field.name, "label": field.label, "custom": field.custom, "values": values})
    };
    let shown: Vec<Value> = module.fields.iter().map(show).collect();
    Some(Reply::json(200, &json!(shown)))
}

/// An administrator adds a field: a [`CustomField`] as JSON.
fn add_field(app: &mut VTigerApp, module: &str, body: Value) -> Reply {
    let field: CustomField = match serde_json::from_value(body) {
        Ok(field) => field,
        Err(error) => return Reply::json(400, &json!({"error": error.to_string()})),
    };
    match app.crm.add_field(module, &field) {
        Ok(name) => Reply::json(201, &json!({"name": name})),
        Err(error) => Reply::json(409, &json!({"error": error})),
    }
}

fn change_field(app: &mut VTigerApp, module: &str, field: &str, body: &Map<String, Value>) -> bool {
    let flag = |name: &str| body.get(name).and_then(Value::as_bool);
    let mut known = app.crm.schema.named(module).is_some_and(|module| module.field_at(field).is_some());
    if let Some(active) = flag("active") {
        known &= app.crm.set_field_active(module, field, active);
    }
    if let Some(mandatory) = flag("mandatory") {
        known &= app.crm.set_field_mandatory(module, field, mandatory);
    }
    known
}

/// All values of a record as `retrieve` shows them to an administrator.
fn full(app: &VTigerApp, module: usize, id: u64) -> Value {
    let fields = &app.crm.schema.modules[module].fields;
    let shown =
        fields.iter().enumerate().filter(|(_, field)| !field.line && !field.extra).map(|(at, field)| {
            let value = app.crm.read_text(module, id, at);
            (field.name.clone(), value.map_or(Value::Null, Value::String))
        });
    Value::Object(shown.collect())
}

fn record(app: &VTigerApp, module: &str, id: u64) -> Option<Reply> {
    let at = app.crm.schema.id_of(module)?;
    app.crm.tables[at].get(id)?;
    Some(Reply::json(200, &full(app, at, id)))
}

/// `?where=field&is=value` narrows.
fn records(app: &VTigerApp, call: &Call, module: &str) -> Reply {
    let Some(at) = app.crm.schema.id_of(module) else {
        return Reply::json(404, &json!({"error": format!("no module {module}")}));
    };
    let wanted = call.param("where").zip(call.param("is"));
    let all = app.crm.tables[at].records().keys().map(|id| full(app, at, *id));
    let shown: Vec<Value> = all
        .filter(|record| {
            wanted.is_none_or(|(name, value)| record.get(name).and_then(Value::as_str) == Some(value))
        })
        .collect();
    Reply::json(200, &json!(shown))
}

/// A person makes a record; its owner is `assigned_user_id`, else the first user.
fn add(app: &mut VTigerApp, module: &str, body: &Map<String, Value>, now: i64) -> Reply {
    let Some(at) = app.crm.schema.id_of(module) else {
        return Reply::json(404, &json!({"error": format!("no module {module}")}));
    };
    let values = texts(body);
    let owner = app.crm.users.keys().next().copied().unwrap_or(1);
    let id = app.crm.add(module, now, owner, &borrowed(&values));
    app.crm.put(module, id, &[("source", "CRM")]);
    let found = Found { module: at, id };
    app.log(&person(found, "create", body.clone(), Vec::new()), Actor::Person, 0, now);
    let prefix = app.crm.schema.prefix(module).to_owned();
    Reply::json(201, &json!({"id": format!("{prefix}x{id}")}))
}

fn person(found: Found, action: &'static str, sent: Map<String, Value>, changed: Vec<String>) -> Written {
    Written { found, action, sent, changed }
}

/// A person edits a record: no checks, `modifiedtime` moves.
pub(crate) fn person_edits(
    app: &mut VTigerApp,
    module: &str,
    id: u64,
    values: &[(&str, &str)],
    now: i64,
) -> bool {
    let Some(at) = app.crm.schema.id_of(module) else { return false };
    let seen = app.crm.schema.modules[at].fields.len();
    let Some(record) = app.crm.tables[at].get_mut(id) else { return false };
    record.saved(record.modified_by, now.div_euclid(1000), seen);
    let changed = app.crm.put(module, id, values);
    let sent = values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    app.log(&person(Found { module: at, id }, "update", sent, changed), Actor::Person, 0, now);
    true
}

/// A person deletes a record, with all that follows from it.
pub(crate) fn person_deletes(app: &mut VTigerApp, module: &str, id: u64, now: i64) -> bool {
    let Some(at) = app.crm.schema.id_of(module) else { return false };
    let done = app.crm.delete(module, id, now);
    if done {
        app.log(&person(Found { module: at, id }, "delete", Map::new(), Vec::new()), Actor::Person, 0, now);
    }
    done
}
