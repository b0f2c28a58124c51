//! Single records: list, get, create, update, archive.

use std::ops::Bound;

use serde_json::{Map, Value, json};

use super::context::{Context, Outcome, body};
use super::failure::Failure;
use super::kind::Kind;
use super::links::{default_type, inline_name};
use super::options::MergedWrite;
use super::portal::Portal;
use super::record::Record;
use super::write;
use crate::clock::iso;
use crate::http::{Call, Reply};

/// A record as answers show it. `asked` empty: the default properties.
pub(crate) fn render(portal: &Portal, kind: Kind, record: &Record, asked: &[&str]) -> Map<String, Value> {
    let mut values = Map::new();
    let mut show = |name: &str| {
        values.insert(name.to_owned(), json!(portal.value(kind, record, name)));
    };
    let schema = &portal.space(kind).schema;
    let defaults = if asked.is_empty() { kind.defaults() } else { &[] };
    let system = [kind.created_property(), "hs_lastmodifieddate", "hs_object_id"];
    asked.iter().filter(|name| schema.properties.contains_key(**name)).for_each(|name| show(name));
    defaults.iter().chain(&system).for_each(|name| show(name));
    let mut shown = Map::new();
    shown.insert("id".into(), json!(record.id.to_string()));
    shown.insert("properties".into(), Value::Object(values));
    shown.insert("createdAt".into(), json!(iso(record.created_ms)));
    shown.insert("updatedAt".into(), json!(iso(record.updated_ms)));
    shown.insert("archived".into(), json!(record.archived_ms.is_some()));
    if let Some(at) = record.archived_ms {
        shown.insert("archivedAt".into(), json!(iso(at)));
    }
    let account = &portal.account;
    let url = format!(
        "https://{}/contacts/{}/record/{}/{}",
        account.ui_domain,
        account.portal_id,
        kind.type_id(),
        record.id
    );
    shown.insert("url".into(), json!(url));
    shown
}

/// The cursor of lists: opaque, and of a form that has to be escaped in a URL.
fn cursor(id: u64) -> String {
    format!("{id:x}+==")
}

fn read_cursor(text: &str) -> Result<u64, Failure> {
    let inner = text.strip_suffix("+==").and_then(|hex| u64::from_str_radix(hex, 16).ok());
    inner.ok_or_else(|| Failure::invalid(format!("Invalid paging cursor: {text}")))
}

pub(crate) fn read_limit(call: &Call, default: usize, most: usize) -> Result<usize, Failure> {
    let Some(text) = call.param("limit") else { return Ok(default) };
    match text.parse::<usize>() {
        Ok(limit) if (1..=most).contains(&limit) => Ok(limit),
        _ => Err(Failure::invalid(format!("Invalid limit: {text}. It has to be from 1 to {most}"))),
    }
}

/// `paging.next` with its cursor and a link.
pub(crate) fn paging(call: &Call, after: &str) -> Value {
    let escaped = after.replace('+', "%2B").replace('=', "%3D");
    json!({"next": {"after": after, "link": format!("https://api.hubapi.com{}?after={escaped}", call.path)}})
}

fn inline_links(ctx: &Context<'_>, call: &Call, kind: Kind, id: u64) -> Map<String, Value> {
    let mut shown = Map::new();
    for to in call.list("associations").into_iter().filter_map(Kind::parse) {
        let links = ctx.portal.links.of(kind, id, to);
        let most = ctx.options.inline_associations;
        let results: Vec<Value> = links
            .iter()
            .take(most)
            .flat_map(|link| link.types.iter().map(move |type_id| (link.to, *type_id)))
            .map(|(other, type_id)| json!({"id": other.to_string(), "type": inline_name(kind, to, type_id)}))
            .collect();
        if results.is_empty() {
            continue;
        }
        let mut entry = json!({"results": results});
        if let (true, Some(last)) = (links.len() > most, links.get(most.saturating_sub(1))) {
            entry["paging"] = paging(call, &last.to.to_string());
        }
        shown.insert(to.plural().to_owned(), entry);
    }
    shown
}

fn history(portal: &Portal, kind: Kind, record: &Record, names: &[&str]) -> Value {
    let mut shown = Map::new();
    for name in names {
        let value = portal.value(kind, record, name).unwrap_or_default();
        let at = iso(record.updated_ms);
        shown.insert((*name).to_owned(), json!([{"value": value, "timestamp": at, "sourceType": "CRM_UI"}]));
    }
    Value::Object(shown)
}

fn with_extras(ctx: &Context<'_>, call: &Call, kind: Kind, record: &Record) -> Value {
    let mut shown = render(ctx.portal, kind, record, &call.list("properties"));
    let links = inline_links(ctx, call, kind, record.id);
    if !links.is_empty() {
        shown.insert("associations".into(), Value::Object(links));
    }
    let with_history = call.list("propertiesWithHistory");
    if !with_history.is_empty() {
        shown.insert("propertiesWithHistory".into(), history(ctx.portal, kind, record, &with_history));
    }
    Value::Object(shown)
}

pub(crate) fn list(ctx: &Context<'_>, call: &Call, kind: Kind) -> Outcome {
    let most = if call.list("propertiesWithHistory").is_empty() { 100 } else { 50 };
    let limit = read_limit(call, 10, most)?;
    let after = call.param("after").filter(|text| !text.is_empty()).map(read_cursor).transpose()?;
    let space = ctx.portal.space(kind);
    let table = if call.flag("archived") { &space.archived } else { &space.records };
    let start = after.map_or(Bound::Unbounded, Bound::Excluded);
    let page: Vec<&Record> =
        table.range((start, Bound::Unbounded)).map(|(_, record)| record).take(limit + 1).collect();
    let results: Vec<Value> =
        page.iter().take(limit).map(|record| with_extras(ctx, call, kind, record)).collect();
    let mut answer = json!({"results": results});
    if let (true, Some(last)) = (page.len() > limit, page.get(limit - 1)) {
        answer["paging"] = paging(call, &cursor(last.id));
    }
    Ok(Reply::json(200, &answer))
}

/// The live record that an id (or the value of a unique property) stands for.
pub(crate) fn resolve(
    ctx: &Context<'_>,
    kind: Kind,
    text: &str,
    id_property: Option<&str>,
    reading: bool,
) -> Result<u64, Failure> {
    let space = ctx.portal.space(kind);
    let missing = || Failure::not_found("Object", text);
    if let Some(property) = id_property.filter(|name| *name != "hs_object_id") {
        if !space.schema.properties.get(property).is_some_and(|held| held.unique) {
            let message = format!("Property {property} is a non-unique {} property", kind.type_id());
            return Err(Failure::invalid(message));
        }
        return space.holder(property, text).ok_or_else(missing);
    }
    let id: u64 = text.parse().map_err(|_| Failure::invalid(format!("{text} is not a valid object ID")))?;
    if space.records.contains_key(&id) {
        return Ok(id);
    }
    let follows =
        if reading { ctx.options.merged_read } else { ctx.options.merged_write == MergedWrite::Winner };
    let heir = space.winner(id).filter(|heir| follows && space.records.contains_key(heir));
    heir.ok_or_else(missing)
}

pub(crate) fn get(ctx: &Context<'_>, call: &Call, kind: Kind, id: &str) -> Outcome {
    let space = ctx.portal.space(kind);
    let record = if call.flag("archived") {
        id.parse().ok().and_then(|id: u64| space.archived.get(&id))
    } else {
        let id = resolve(ctx, kind, id, call.param("idProperty"), true)?;
        space.records.get(&id)
    };
    let record = record.ok_or_else(|| Failure::not_found("Object", id))?;
    Ok(Reply::json(200, &with_extras(ctx, call, kind, record)))
}

/// The `properties` object of an input.
pub(crate) fn properties(input: &Map<String, Value>) -> Result<Map<String, Value>, Failure> {
    match input.get("properties") {
        Some(Value::Object(values)) => Ok(values.clone()),
        _ => Err(Failure::invalid("Invalid input JSON: some required fields were not set: [properties]")),
    }
}

/// The `associations` of a new record, checked.
pub(crate) fn new_links(
    ctx: &Context<'_>,
    kind: Kind,
    input: &Map<String, Value>,
) -> Result<Vec<(Kind, u64, u32)>, Failure> {
    let mut found = Vec::new();
    for entry in input.get("associations").and_then(Value::as_array).into_iter().flatten() {
        let text =
            entry.pointer("/to/id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
        let text = text.ok_or_else(|| Failure::invalid("Invalid input JSON: associations need to.id"))?;
        for held in entry.get("types").and_then(Value::as_array).into_iter().flatten() {
            let type_id = held.get("associationTypeId").and_then(Value::as_u64).unwrap_or(0);
            let type_id = u32::try_from(type_id).unwrap_or(0);
            let to = Kind::ALL
                .into_iter()
                .find(|to| super::links::types(kind, *to).iter().any(|link| link.id == type_id))
                .ok_or_else(|| {
                    Failure::invalid(format!("No association type {type_id} from {}", kind.singular()))
                })?;
            let id = resolve(ctx, to, &text, None, true)?;
            found.push((to, id, type_id));
        }
    }
    Ok(found)
}

/// The answer to a write: the default properties and those written, with warnings.
pub(crate) fn written(
    ctx: &Context<'_>,
    kind: Kind,
    id: u64,
    checked: &write::Checked,
    trace_id: Option<&str>,
) -> Map<String, Value> {
    let Some(record) = ctx.portal.space(kind).records.get(&id) else { return Map::new() };
    let names: Vec<&str> =
        checked.values.iter().map(|(name, _)| &**name).chain(kind.defaults().iter().copied()).collect();
    let mut shown = render(ctx.portal, kind, record, &names);
    if let Some(trace_id) = trace_id {
        shown.insert("objectWriteTraceId".into(), json!(trace_id));
    }
    if !checked.warnings.is_empty() {
        shown.insert("warnings".into(), json!(checked.warnings));
    }
    shown
}

pub(crate) fn create(ctx: &mut Context<'_>, call: &Call, kind: Kind) -> Outcome {
    let input = body(call)?;
    let checked = write::check(ctx, kind, None, &properties(&input)?)?;
    let links = new_links(ctx, kind, &input)?;
    let trace_id = input.get("objectWriteTraceId").and_then(Value::as_str);
    let id = write::create(ctx, kind, &checked, &links, trace_id);
    Ok(Reply::json(201, &Value::Object(written(ctx, kind, id, &checked, trace_id))))
}

pub(crate) fn update(ctx: &mut Context<'_>, call: &Call, kind: Kind, id: &str) -> Outcome {
    let input = body(call)?;
    let id = resolve(ctx, kind, id, call.param("idProperty"), false)?;
    let checked = write::check(ctx, kind, Some(id), &properties(&input)?)?;
    let trace_id = input.get("objectWriteTraceId").and_then(Value::as_str);
    write::update(ctx, kind, id, &checked, trace_id);
    Ok(Reply::json(200, &Value::Object(written(ctx, kind, id, &checked, trace_id))))
}

/// Archiving is idempotent: an unknown id is 204 as well.
pub(crate) fn archive(ctx: &mut Context<'_>, kind: Kind, id: &str) -> Reply {
    if let Ok(id) = id.parse()
        && ctx.portal.archive(kind, id, ctx.now)
    {
        ctx.log(kind.plural(), id, "archive", None, &Map::new(), Vec::new());
    }
    Reply::empty(204)
}

/// `PUT .../{type}/{id}/associations/default/{toType}/{toId}` and the labelled form.
pub(crate) fn associate(
    ctx: &mut Context<'_>,
    from: (Kind, &str),
    to: (Kind, &str),
    type_ids: Option<Vec<u32>>,
) -> Outcome {
    let from_id = resolve(ctx, from.0, from.1, None, true)?;
    let to_id = resolve(ctx, to.0, to.1, None, true)?;
    let default = default_type(from.0, to.0).map(|link| link.id);
    let wanted = type_ids.unwrap_or_else(|| default.into_iter().collect());
    for type_id in &wanted {
        if !ctx.portal.links.add((from.0, from_id), (to.0, to_id), *type_id) {
            return Err(Failure::invalid(format!("No association type {type_id} between these objects")));
        }
    }
    ctx.log(from.0.plural(), from_id, "associate", None, &Map::new(), vec![to_id.to_string()]);
    write::echo(ctx, from.0, to.0, to_id);
    let body = json!({
        "fromObjectTypeId": from.0.type_id(), "fromObjectId": from_id.to_string(),
        "toObjectTypeId": to.0.type_id(), "toObjectId": to_id.to_string(), "labels": [],
    });
    Ok(Reply::json(201, &body))
}
