//! Lists: who sees what, filter, order, page, fields.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::User;
use super::app::DolibarrApp;
use super::failure::{Failure, Outcome};
use super::filter::{self, Columns, Fault};
use super::ledger::{Row, shown};
use crate::http::{Call, Reply};

/// Rows in a page, where the request does not say.
const DEFAULT_LIMIT: usize = 100;
/// From this release on, rows can be trimmed.
const TRIMS: u32 = 17;
/// From this release on, a list may come with its page.
const PAGINATES: u32 = 22;

/// What tells one list from the other.
struct Kind {
    columns: Columns,
    /// Its name in an error.
    name: &'static str,
    syntax_at: &'static str,
    column_at: &'static str,
}

const INVOICES: Kind = Kind {
    columns: filter::INVOICE,
    name: "invoice",
    syntax_at: "api_invoices.class.php:237",
    column_at: "api_invoices.class.php:280",
};
const THIRD_PARTIES: Kind = Kind {
    columns: filter::THIRD_PARTY,
    name: "thirdparties",
    syntax_at: "api_thirdparties.class.php:190",
    column_at: "api_thirdparties.class.php:231",
};

impl DolibarrApp {
    pub(crate) fn invoices(&self, call: &Call, user: &User) -> Outcome {
        if !user.reads_invoices {
            return Err(Failure::call(403, "", "api_invoices.class.php:164"));
        }
        let wanted: Vec<&str> = call.list("thirdparty_ids");
        let status = call.param("status").and_then(|status| match status {
            "draft" => Some("0"),
            "unpaid" => Some("1"),
            "paid" => Some("2"),
            "cancelled" => Some("3"),
            _ => None,
        });
        let rows = listed(call, &self.ledger.invoices, &INVOICES, |row| {
            let customer = row.get("socid").and_then(Value::as_str).unwrap_or_default();
            sees(user, customer)
                && (wanted.is_empty() || wanted.contains(&customer))
                && status.is_none_or(|status| row.get("status").and_then(Value::as_str) == Some(status))
        })?;
        if rows.is_empty() && self.release < TRIMS {
            return Err(Failure::call(404, "No invoice found", "api_invoices.class.php:220"));
        }
        Ok(self.page(call, rows))
    }

    pub(crate) fn third_parties(&self, call: &Call, user: &User) -> Outcome {
        if !user.reads_third_parties {
            return Err(Failure::call(403, "", "api_thirdparties.class.php:148"));
        }
        let modes: Option<&[&str]> = match call.param("mode") {
            Some("1") => Some(&["1", "3"]),
            Some("2") => Some(&["2", "3"]),
            Some("3") => Some(&["0"]),
            _ => None,
        };
        let rows = listed(call, &self.ledger.third_parties, &THIRD_PARTIES, |row| {
            let text = |field: &str| row.get(field).and_then(Value::as_str).unwrap_or_default();
            sees(user, text("id")) && modes.is_none_or(|modes| modes.contains(&text("client")))
        })?;
        if rows.is_empty() {
            return Err(Failure::call(404, "Thirdparties not found", "api_thirdparties.class.php:237"));
        }
        Ok(self.page(call, rows))
    }

    fn page(&self, call: &Call, rows: Vec<&Row>) -> Reply {
        let wanted = call.list("properties");
        let trims = self.release >= TRIMS && !wanted.is_empty();
        let rows: Vec<Value> = rows
            .into_iter()
            .map(|row| {
                let mut row = shown(row, self.zone);
                row.retain(|field, _| !trims || wanted.contains(&field.as_str()));
                Value::Object(row)
            })
            .collect();
        let body = if self.release >= PAGINATES && call.flag("pagination_data") {
            let limit = number(call, "limit").unwrap_or(DEFAULT_LIMIT);
            let page = number(call, "page").unwrap_or(0);
            json!({"pagination": {"total": rows.len(), "page": page, "page_count": 1, "limit": limit}, "data": rows})
        } else {
            Value::Array(rows)
        };
        Reply::raw(200, "application/json; charset=utf-8", body.to_string())
    }
}

/// The rows of the list that hold, in order: all of them, for the page to be cut from.
fn listed<'a>(
    call: &Call,
    rows: &'a BTreeMap<u64, Row>,
    kind: &Kind,
    holds: impl Fn(&Row) -> bool,
) -> Result<Vec<&'a Row>, Failure> {
    let unknown = |name: &str, clause: &str| {
        let said = format!("Error when retrieve {} list : Unknown column '{name}' in '{clause}'", kind.name);
        Failure::call(503, said, kind.column_at)
    };
    let condition = match call.param("sqlfilters").filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => Some(filter::parse(text, kind.columns).map_err(|fault| match fault {
            Fault::UnknownColumn(name) => unknown(&name, "WHERE"),
            Fault::Syntax => Failure::call(
                400,
                format!(
                    "Error when validating parameter sqlfilters -> Bad syntax of the search string: ({text})"
                ),
                kind.syntax_at,
            ),
        })?),
    };
    let mut found: Vec<&Row> = rows
        .values()
        .filter(|row| holds(row) && condition.as_ref().is_none_or(|condition| condition.holds(row)))
        .collect();
    let mut fields = Vec::new();
    let directions = call.list("sortorder");
    let mut descending = false;
    for (at, name) in call.list("sortfield").into_iter().enumerate() {
        descending = directions.get(at).map_or(descending, |word| word.eq_ignore_ascii_case("desc"));
        let column = filter::field(kind.columns, name).ok_or_else(|| unknown(name, "ORDER BY"))?;
        fields.push((column, descending));
    }
    found.sort_by(|one, other| {
        fields.iter().fold(Ordering::Equal, |order, ((column, field), descending)| {
            order.then_with(|| {
                let text = |row: &Row| filter::stored(row, column, field).unwrap_or_default();
                let ordered = filter::compare(&text(one), &text(other), false);
                if *descending { ordered.reverse() } else { ordered }
            })
        })
    });
    let limit = number(call, "limit").unwrap_or(DEFAULT_LIMIT);
    if limit > 0 {
        let page = number(call, "page").unwrap_or(0);
        found = found.into_iter().skip(limit.saturating_mul(page)).take(limit).collect();
    }
    Ok(found)
}

/// Whether a user may see what belongs to a third party.
fn sees(user: &User, third_party: &str) -> bool {
    let is = |id: &u64| id.to_string() == third_party;
    user.of_third_party.as_ref().is_none_or(is)
        && user.sees_only.as_ref().is_none_or(|own| own.iter().any(is))
}

fn number(call: &Call, name: &str) -> Option<usize> {
    call.param(name)?.parse().ok()
}
