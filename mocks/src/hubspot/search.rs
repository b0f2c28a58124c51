//! Search: 200 per page, 10,000 per query, one sort, and an index that lags behind.

use std::ops::Bound;

use serde_json::{Map, Value, json};

use super::context::{Context, Outcome, body, strings};
use super::failure::Failure;
use super::filter::{Field, Filter, Indexed, field, groups};
use super::kind::Kind;
use super::objects::render;
use crate::http::{Call, Reply};

const LARGEST_PAGE: usize = 200;
const LAST_RESULT: usize = 10_000;

struct Sort {
    name: String,
    data_type: String,
    descending: bool,
}

fn sort(ctx: &Context<'_>, kind: Kind, fields: &Map<String, Value>) -> Result<Option<Sort>, Failure> {
    let list = fields.get("sorts").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let first = match list {
        [] => return Ok(None),
        [one] => one,
        _ => return Err(Failure::invalid("Only one sort is allowed")),
    };
    let (name, descending) = match first {
        Value::String(text) => (text.trim_start_matches('-').to_owned(), text.starts_with('-')),
        other => (
            other.get("propertyName").and_then(Value::as_str).unwrap_or_default().to_owned(),
            other.get("direction").and_then(Value::as_str) == Some("DESCENDING"),
        ),
    };
    let Some(property) = ctx.portal.space(kind).schema.properties.get(name.as_str()) else {
        return Err(Failure::invalid(format!(
            "There was a problem with the request. No property {name} to sort by"
        )));
    };
    Ok(Some(Sort { data_type: property.data_type.clone(), name, descending }))
}

/// `limit` and `after`, within the bounds of a query.
fn window(fields: &Map<String, Value>) -> Result<(usize, usize), Failure> {
    let number = |name: &str, default: usize| match fields.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::String(text)) if text.is_empty() => Ok(default),
        Some(Value::String(text)) => {
            text.parse().map_err(|_| Failure::invalid(format!("{name} has to be an integer, not {text}")))
        }
        Some(other) => other
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .ok_or_else(|| Failure::invalid(format!("{name} has to be an integer, not {other}"))),
    };
    let (limit, after) = (number("limit", 10)?, number("after", 0)?);
    if limit > LARGEST_PAGE {
        return Err(Failure::invalid(format!("The limit {limit} is above the maximum of {LARGEST_PAGE}")));
    }
    if after + limit > LAST_RESULT {
        return Err(Failure::invalid(format!(
            "Paging is limited to the first {LAST_RESULT} results of a query"
        )));
    }
    Ok((limit, after))
}

fn holds_text(entry: Indexed<'_>, query: &str) -> bool {
    ["name", "domain", "phone", "dealname"]
        .iter()
        .filter_map(|name| entry.props.get(name))
        .any(|value| value.to_lowercase().contains(query))
}

fn matches<'a>(ctx: &'a Context<'_>, kind: Kind, groups: &[Vec<Filter>], query: &str) -> Vec<Indexed<'a>> {
    let above = match groups {
        [only] => only.iter().find_map(Filter::above_id),
        _ => None,
    };
    let start = above.map_or(Bound::Unbounded, Bound::Excluded);
    let portal = &*ctx.portal;
    portal
        .space(kind)
        .records
        .range((start, Bound::Unbounded))
        .filter_map(|(_, record)| {
            let (props, updated_ms) = record.searchable(ctx.now)?;
            Some(Indexed { record, props, updated_ms })
        })
        .filter(|entry| {
            groups.is_empty()
                || groups.iter().any(|group| group.iter().all(|filter| filter.holds(portal, kind, *entry)))
        })
        .filter(|entry| query.is_empty() || holds_text(*entry, query))
        .collect()
}

pub(crate) fn search(ctx: &Context<'_>, call: &Call, kind: Kind) -> Outcome {
    let fields = body(call)?;
    let (limit, after) = window(&fields)?;
    let groups = groups(ctx.portal, kind, &fields)?;
    let sort = sort(ctx, kind, &fields)?;
    let query = fields.get("query").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let mut found = matches(ctx, kind, &groups, &query);
    if let Some(sort) = sort {
        if sort.name != "hs_object_id" {
            found.sort_by_cached_key(|entry| sort_key(ctx, kind, *entry, &sort));
        }
        if sort.descending {
            found.reverse();
        }
    }
    let asked = strings(&fields, "properties");
    let results: Vec<Value> =
        found.iter().skip(after).take(limit).map(|entry| shown(ctx, kind, *entry, &asked)).collect();
    let mut answer = json!({"total": found.len(), "results": results});
    let next = after + limit;
    if limit > 0 && next < found.len() {
        answer["paging"] = json!({"next": {"after": next.to_string()}});
    }
    Ok(Reply::json(200, &answer))
}

fn sort_key(ctx: &Context<'_>, kind: Kind, entry: Indexed<'_>, sort: &Sort) -> (bool, Option<Field>) {
    let held = field(ctx.portal, kind, entry, &sort.name, &sort.data_type);
    (held.is_none(), held)
}

/// A result as the index knows it, which may be older than the record.
fn shown(ctx: &Context<'_>, kind: Kind, entry: Indexed<'_>, asked: &[&str]) -> Value {
    let mut record = entry.record.clone();
    record.props = entry.props.clone();
    record.updated_ms = entry.updated_ms;
    Value::Object(render(ctx.portal, kind, &record, asked))
}
