//! Associations over HTTP: labels, batches.

use serde_json::{Map, Value, json};

use super::context::{Context, Outcome, body};
use super::failure::Failure;
use super::kind::Kind;
use super::links::{Link, default_type, types};
use super::objects::{associate, read_limit, resolve};
use super::options::IdForm;
use crate::clock::iso;
use crate::http::{Call, Reply};

const MOST_READS: usize = 1_000;
const MOST_WRITES: usize = 2_000;

pub(crate) fn labels(from: Kind, to: Kind) -> Reply {
    let results: Vec<Value> = types(from, to)
        .into_iter()
        .map(|link| json!({"category": "HUBSPOT_DEFINED", "typeId": link.id, "label": link.label}))
        .collect();
    Reply::json(200, &json!({"results": results}))
}

fn show(ctx: &Context<'_>, from: Kind, to: Kind, link: &Link) -> Value {
    let known = types(from, to);
    let shown: Vec<Value> = link
        .types
        .iter()
        .map(|type_id| {
            let label = known.iter().find(|held| held.id == *type_id).and_then(|held| held.label);
            json!({"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": label})
        })
        .collect();
    let to_id = match ctx.options.to_object_id {
        IdForm::Number => json!(link.to),
        IdForm::Text => json!(link.to.to_string()),
    };
    json!({"toObjectId": to_id, "associationTypes": shown})
}

/// One page of what a record is associated with.
fn page(
    ctx: &Context<'_>,
    from: (Kind, u64),
    to: Kind,
    after: Option<&str>,
    size: usize,
) -> (Vec<Value>, Option<Value>) {
    let after: u64 = after.and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut links: Vec<&Link> = ctx.portal.links.of(from.0, from.1, to).iter().collect();
    links.sort_by_key(|link| link.to);
    links.retain(|link| link.to > after);
    let results = links.iter().take(size).map(|link| show(ctx, from.0, to, link)).collect();
    let last = links.get(size.saturating_sub(1)).filter(|_| links.len() > size);
    let paging = last.map(|last| json!({"next": {"after": last.to.to_string()}}));
    (results, paging)
}

fn inputs(fields: &Map<String, Value>, most: usize) -> Result<&[Value], Failure> {
    let list = fields.get("inputs").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if list.len() > most {
        return Err(Failure::invalid(format!("The maximum number of inputs is {most}, got {}", list.len())));
    }
    Ok(list)
}

fn id_of(entry: &Value, pointer: &str) -> String {
    match entry.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn answer(ctx: &Context<'_>, results: &[Value], errors: &[Value], success: u16) -> Reply {
    let mut answer = json!({
        "status": "COMPLETE", "results": results, "startedAt": iso(ctx.now), "completedAt": iso(ctx.now),
    });
    if errors.is_empty() {
        return Reply::json(success, &answer);
    }
    answer["numErrors"] = json!(errors.len());
    answer["errors"] = json!(errors);
    Reply::json(207, &answer)
}

/// Inputs without associations are not in the results: they are errors of a 207.
pub(crate) fn batch_read(ctx: &Context<'_>, call: &Call, from: Kind, to: Kind) -> Outcome {
    let fields = body(call)?;
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for entry in inputs(&fields, MOST_READS)? {
        let text = id_of(entry, "/id");
        let id: u64 = text.parse().unwrap_or(0);
        let after = entry.get("after").and_then(Value::as_str);
        let (links, paging) = page(ctx, (from, id), to, after, ctx.options.association_page);
        if links.is_empty() {
            let message = format!("No {} is associated with {} {text}.", to.singular(), from.singular());
            let failure = Failure {
                sub_category: Some("crm.associations.NO_ASSOCIATIONS_FOUND"),
                ..Failure::new(404, "OBJECT_NOT_FOUND", message)
            };
            errors.push(failure.with("fromObjectId", &[&text]).entry(None, None));
            continue;
        }
        let mut result = json!({"from": {"id": text}, "to": links});
        if let Some(paging) = paging {
            result["paging"] = paging;
        }
        results.push(result);
    }
    results.reverse();
    Ok(answer(ctx, &results, &errors, 200))
}

fn type_ids(entry: &Value) -> Vec<u32> {
    entry
        .get("types")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|held| held.get("associationTypeId").and_then(Value::as_u64))
        .filter_map(|id| u32::try_from(id).ok())
        .collect()
}

/// `default`: the unlabeled type, whatever is sent.
pub(crate) fn batch_create(
    ctx: &mut Context<'_>,
    call: &Call,
    from: Kind,
    to: Kind,
    default: bool,
) -> Outcome {
    let fields = body(call)?;
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for entry in inputs(&fields, MOST_WRITES)?.to_vec() {
        let (from_id, to_id) = (id_of(&entry, "/from/id"), id_of(&entry, "/to/id"));
        let wanted = if default { None } else { Some(type_ids(&entry)) };
        match associate(ctx, (from, &from_id), (to, &to_id), wanted) {
            Ok(_) => results.push(json!({
                "fromObjectTypeId": from.type_id(), "fromObjectId": from_id,
                "toObjectTypeId": to.type_id(), "toObjectId": to_id, "labels": [],
            })),
            Err(failure) => errors.push(failure.entry(Some(&from_id), None)),
        }
    }
    Ok(answer(ctx, &results, &errors, 201))
}

pub(crate) fn batch_archive(ctx: &mut Context<'_>, call: &Call, from: Kind, to: Kind) -> Outcome {
    let fields = body(call)?;
    for entry in inputs(&fields, MOST_WRITES)?.to_vec() {
        let from_id: u64 = id_of(&entry, "/from/id").parse().unwrap_or(0);
        for other in entry.get("to").and_then(Value::as_array).into_iter().flatten() {
            let to_id: u64 = id_of(other, "/id").parse().unwrap_or(0);
            ctx.portal.links.remove((from, from_id), (to, to_id));
        }
    }
    Ok(Reply::empty(204))
}

/// `GET /crm/objects/{ver}/{type}/{id}/associations/{toType}`
pub(crate) fn of_record(ctx: &Context<'_>, call: &Call, from: Kind, id: &str, to: Kind) -> Outcome {
    let size = read_limit(call, 500, 500)?;
    let id = resolve(ctx, from, id, None, true)?;
    let (results, paging) = page(ctx, (from, id), to, call.param("after"), size);
    let mut answer = json!({"results": results});
    if let Some(paging) = paging {
        answer["paging"] = paging;
    }
    Ok(Reply::json(200, &answer))
}

/// `PUT /crm/objects/{ver}/{type}/{id}/associations/{toType}/{toId}`: the body is the set of types.
pub(crate) fn put(ctx: &mut Context<'_>, call: &Call, from: (Kind, &str), to: (Kind, &str)) -> Outcome {
    let specs = call.json().map_err(|error| Failure::bad_json(&error))?;
    if !specs.is_array() {
        return Err(Failure::invalid("Invalid input JSON: an array of association types is expected"));
    }
    let wanted = type_ids(&json!({"types": specs}));
    associate(ctx, from, to, Some(wanted))
}

pub(crate) fn put_default(ctx: &mut Context<'_>, from: (Kind, &str), to: (Kind, &str)) -> Outcome {
    let reply = associate(ctx, from, to, None)?;
    let type_id = default_type(from.0, to.0).map(|link| link.id);
    let result = json!({
        "from": {"id": from.1}, "to": {"id": to.1},
        "associationSpec": {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id},
    });
    let answer = answer(ctx, &[result], &[], 200);
    Ok(Reply { headers: reply.headers, ..answer })
}

pub(crate) fn delete(ctx: &mut Context<'_>, from: (Kind, &str), to: (Kind, &str)) -> Outcome {
    let from_id = resolve(ctx, from.0, from.1, None, true)?;
    let to_id = resolve(ctx, to.0, to.1, None, true)?;
    ctx.portal.links.remove((from.0, from_id), (to.0, to_id));
    Ok(Reply::empty(204))
}
