//! Pages of rows: filter, sort, page, fields.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::failure::{Failure, Outcome};
use super::query::{Condition, lookup, number_of, parse};
use crate::http::{Call, Reply};

/// What a list may be filtered and sorted by, and how its rows look unasked.
pub(crate) struct Shape {
    pub(crate) path: &'static str,
    pub(crate) filterable: &'static [&'static str],
    pub(crate) sortable: &'static [&'static str],
    /// Fields that only `fieldset=detailed` or `fields` shows.
    pub(crate) detailed: &'static [&'static str],
    /// Fields that are null in other rows.
    pub(crate) nulled: &'static [&'static str],
}

fn number(call: &Call, name: &str, default: usize, most: usize) -> Result<usize, Failure> {
    let Some(text) = call.param(name) else { return Ok(default) };
    match text.parse::<usize>() {
        Ok(value) if (1..=most).contains(&value) => Ok(value),
        _ => Err(Failure::invalid(name, &format!("Il valore deve essere compreso tra 1 e {most}."))),
    }
}

fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => number_of(left).cmp(&number_of(right)),
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        _ => left.to_string().cmp(&right.to_string()),
    }
}

fn sort(rows: &mut [&Value], keys: &[&str], shape: &Shape) -> Result<(), Failure> {
    for key in keys {
        if !shape.sortable.contains(&key.trim_start_matches('-')) {
            return Err(Failure::invalid("sort", &format!("Campo non ordinabile: {key}")));
        }
    }
    rows.sort_by(|left, right| {
        keys.iter().fold(Ordering::Equal, |so_far, key| {
            let field = key.trim_start_matches('-');
            let order = compare(lookup(left, field), lookup(right, field));
            so_far.then(if key.starts_with('-') { order.reverse() } else { order })
        })
    });
    Ok(())
}

/// A row with the fields that were asked for.
pub(crate) fn trim(row: &Value, call: &Call, shape: &Shape, detailed: bool) -> Result<Value, Failure> {
    let asked = call.list("fields");
    if !asked.is_empty() {
        if asked.iter().all(|name| matches!(*name, "items_list" | "payments_list")) {
            return Err(Failure::new(500, "Errore interno."));
        }
        let mut shown = Map::new();
        for name in asked {
            let top = name.split('.').next().unwrap_or(name);
            if let Some(value) = row.get(top) {
                shown.insert(top.to_owned(), value.clone());
            }
        }
        return Ok(Value::Object(shown));
    }
    let detailed = match call.param("fieldset") {
        Some("detailed") => true,
        Some("basic" | "fic_view") => false,
        Some(other) => return Err(Failure::invalid("fieldset", &format!("Valore non valido: {other}"))),
        None => detailed,
    };
    let mut shown = row.clone();
    if let (Value::Object(fields), false) = (&mut shown, detailed) {
        shape.detailed.iter().for_each(|name| drop(fields.remove(*name)));
        for name in shape.nulled {
            fields.insert((*name).to_owned(), Value::Null);
        }
    }
    Ok(shown)
}

/// The answer to a list, from all rows that its path selects. The order unasked is the newest first.
pub(crate) fn list<'a>(
    call: &Call,
    rows: impl DoubleEndedIterator<Item = &'a Value>,
    shape: &Shape,
) -> Outcome {
    let condition: Option<Condition> =
        call.param("q").filter(|q| !q.is_empty()).map(|q| parse(q, shape.filterable)).transpose()?;
    let mut found: Vec<&Value> =
        rows.rev().filter(|row| condition.as_ref().is_none_or(|condition| condition.holds(row))).collect();
    sort(&mut found, &call.list("sort"), shape)?;
    let page = number(call, "page", 1, usize::MAX)?;
    let size = number(call, "per_page", 50, 100)?;
    let total = found.len();
    let last = total.div_ceil(size).max(1);
    let skipped = (page - 1).saturating_mul(size);
    let shown: Vec<Value> = found
        .into_iter()
        .skip(skipped)
        .take(size)
        .map(|row| trim(row, call, shape, false))
        .collect::<Result<_, _>>()?;
    let (from, to) =
        if shown.is_empty() { (None, None) } else { (Some(skipped + 1), Some(skipped + shown.len())) };
    let url = |wanted: bool, page: usize| if wanted { json!(format!("page={page}")) } else { Value::Null };
    Ok(Reply::json(
        200,
        &json!({
            "current_page": page, "data": shown, "first_page_url": "page=1", "from": from, "last_page": last,
            "last_page_url": format!("page={last}"), "next_page_url": url(page < last, page + 1), "path": shape.path,
            "per_page": size, "prev_page_url": url(page > 1, page.saturating_sub(1)), "to": to, "total": total,
        }),
    ))
}
