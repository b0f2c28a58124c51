//! Domains, Odoo's conditions: `["field", "operator", value]`, joined by and unless `"|"` or `"!"` stands before them.

use std::cmp::Ordering;

use serde_json::Value;

use super::books::Row;
use super::failure::Failure;

/// Whether a record fulfils a domain.
pub(crate) fn holds(domain: &[Value], fields: &[&str], row: &Row) -> Result<bool, Failure> {
    let mut rest = domain;
    let mut all = true;
    while !rest.is_empty() {
        let (one, behind) = term(rest, fields, row)?;
        all &= one;
        rest = behind;
    }
    Ok(all)
}

fn term<'a>(domain: &'a [Value], fields: &[&str], row: &Row) -> Result<(bool, &'a [Value]), Failure> {
    let (first, rest) = domain.split_first().ok_or_else(|| Failure::value("a domain ends too early"))?;
    match first {
        Value::String(sign) if sign == "!" => term(rest, fields, row).map(|(one, rest)| (!one, rest)),
        Value::String(sign) if sign == "|" || sign == "&" => {
            let (one, rest) = term(rest, fields, row)?;
            let (other, rest) = term(rest, fields, row)?;
            Ok((if sign == "|" { one || other } else { one && other }, rest))
        }
        Value::Array(leaf) => leaf_holds(leaf, fields, row).map(|holds| (holds, rest)),
        other => Err(Failure::value(&format!("Invalid leaf {other}"))),
    }
}

fn leaf_holds(leaf: &[Value], fields: &[&str], row: &Row) -> Result<bool, Failure> {
    let [Value::String(field), Value::String(operator), wanted] = leaf else {
        return Err(Failure::value("Invalid leaf"));
    };
    if !fields.contains(&field.as_str()) {
        return Err(Failure::value(&format!("Invalid field {field} in leaf")));
    }
    let own = own(row, field);
    let order = |wanted: &Value| compare(&own, wanted);
    Ok(match operator.as_str() {
        "=" => own == *wanted,
        "!=" => own != *wanted,
        ">" => order(wanted) == Some(Ordering::Greater),
        ">=" => matches!(order(wanted), Some(Ordering::Greater | Ordering::Equal)),
        "<" => order(wanted) == Some(Ordering::Less),
        "<=" => matches!(order(wanted), Some(Ordering::Less | Ordering::Equal)),
        "in" => wanted.as_array().is_some_and(|all| all.contains(&own)),
        "not in" => !wanted.as_array().is_some_and(|all| all.contains(&own)),
        other => return Err(Failure::value(&format!("Invalid operator {other}"))),
    })
}

/// A field as conditions see it: a link is the id that it names.
fn own(row: &Row, field: &str) -> Value {
    match row.get(field) {
        Some(Value::Array(link)) => link.first().cloned().unwrap_or(Value::Bool(false)),
        Some(value) => value.clone(),
        None => Value::Bool(false),
    }
}

pub(crate) fn compare(own: &Value, other: &Value) -> Option<Ordering> {
    match (own, other) {
        (Value::String(own), Value::String(other)) => Some(own.cmp(other)),
        (Value::Number(own), Value::Number(other)) => own.as_f64()?.partial_cmp(&other.as_f64()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn domains_are_polish() {
        let row = json!({"id": 5, "state": "posted", "company_id": [1, "X"], "date": false,
            "write_date": "2026-11-22 10:00:00"});
        let Value::Object(row) = row else { panic!() };
        let fields = ["id", "state", "company_id", "date", "write_date"];
        for (domain, expected) in [
            (json!([]), true),
            (json!([["id", ">", 4], ["company_id", "=", 1]]), true),
            (json!(["|", ["id", "=", 1], ["state", "in", ["posted"]]]), true),
            (json!(["!", ["state", "=", "posted"]]), false),
            (json!([["write_date", ">=", "2026-11-22 10:00:00"], ["date", "=", false]]), true),
            (json!([["write_date", ">", "2026-11-22 10:00:00"]]), false),
        ] {
            assert_eq!(holds(domain.as_array().unwrap(), &fields, &row).unwrap(), expected, "{domain}");
        }
        assert!(holds(&[json!(["no", "=", 1])], &fields, &row).is_err());
    }
}
