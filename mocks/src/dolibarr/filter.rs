//! `sqlfilters`: conditions `(t.column:operator:value)` in parentheses with `and` and `or`.

use std::cmp::Ordering;

use chrono::DateTime;
use rust_decimal::Decimal;
use serde_json::Value;

use super::ledger::Row;

/// The columns of a table and the fields that show them.
pub(crate) type Columns = &'static [(&'static str, &'static str)];

pub(crate) const INVOICE: Columns = &[
    ("rowid", "id"),
    ("ref", "ref"),
    ("entity", "entity"),
    ("fk_soc", "socid"),
    ("type", "type"),
    ("fk_statut", "status"),
    ("close_code", "close_code"),
    ("datef", "date"),
    ("datec", "date_creation"),
    ("tms", "date_modification"),
    ("total_ht", "total_ht"),
    ("multicurrency_code", "multicurrency_code"),
    ("fk_facture_source", "fk_facture_source"),
];

pub(crate) const THIRD_PARTY: Columns = &[
    ("rowid", "id"),
    ("nom", "name"),
    ("entity", "entity"),
    ("client", "client"),
    ("fournisseur", "fournisseur"),
    ("status", "status"),
    ("code_client", "code_client"),
    ("tva_intra", "tva_intra"),
    ("siren", "idprof1"),
    ("siret", "idprof2"),
    ("tms", "date_modification"),
    ("datec", "date_creation"),
];

/// Columns of the type date or datetime.
const TIMES: [&str; 3] = ["datef", "datec", "tms"];

/// Why a filter is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Syntax,
    UnknownColumn(String),
}

/// A condition on a record.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Is { column: &'static str, field: &'static str, operator: String, values: Vec<String> },
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

/// The field that shows a column; the alias `t.` may be left out.
pub(crate) fn field(columns: Columns, name: &str) -> Option<(&'static str, &'static str)> {
    let name = name.trim();
    let name = name.strip_prefix("t.").unwrap_or(name);
    columns.iter().find(|(column, _)| *column == name).copied()
}

pub(crate) fn parse(text: &str, columns: Columns) -> Result<Condition, Fault> {
    let mut parser = Parser { rest: text.trim(), columns };
    let condition = parser.any()?;
    if parser.rest.trim().is_empty() { Ok(condition) } else { Err(Fault::Syntax) }
}

struct Parser<'a> {
    rest: &'a str,
    columns: Columns,
}

impl Parser<'_> {
    fn takes(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        let matches = rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        if matches {
            self.rest = rest.get(word.len()..).unwrap_or_default();
        }
        matches
    }

    fn any(&mut self) -> Result<Condition, Fault> {
        let mut all = vec![self.all()?];
        while self.takes("or") {
            all.push(self.all()?);
        }
        Ok(Condition::Any(all))
    }

    fn all(&mut self) -> Result<Condition, Fault> {
        let mut all = vec![self.one()?];
        while self.takes("and") {
            all.push(self.one()?);
        }
        Ok(Condition::All(all))
    }

    fn one(&mut self) -> Result<Condition, Fault> {
        if !self.takes("(") {
            return Err(Fault::Syntax);
        }
        if self.rest.trim_start().starts_with('(') {
            let inner = self.any()?;
            return if self.takes(")") { Ok(inner) } else { Err(Fault::Syntax) };
        }
        let (inner, rest) = self.rest.split_once(')').ok_or(Fault::Syntax)?;
        self.rest = rest;
        let mut parts = inner.splitn(3, ':');
        let (Some(name), Some(operator), Some(value)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Fault::Syntax);
        };
        let operator = operator.trim().to_ascii_lowercase();
        if !["=", "!=", "<>", "<", "<=", ">", ">=", "in", "notin", "like"].contains(&operator.as_str()) {
            return Err(Fault::Syntax);
        }
        let (column, field) =
            field(self.columns, name).ok_or_else(|| Fault::UnknownColumn(name.trim().to_owned()))?;
        let unquoted = |text: &str| text.trim().trim_matches('\'').to_owned();
        let values = match operator.as_str() {
            "in" | "notin" => value.split(',').map(unquoted).collect(),
            _ => vec![unquoted(value)],
        };
        Ok(Condition::Is { column, field, operator, values })
    }
}

impl Condition {
    pub(crate) fn holds(&self, row: &Row) -> bool {
        match self {
            Self::All(all) => all.iter().all(|condition| condition.holds(row)),
            Self::Any(any) => any.iter().any(|condition| condition.holds(row)),
            Self::Is { column, field, operator, values } => {
                let own = stored(row, column, field);
                let order = |value: &String| Some(compare(own.as_ref()?, value, TIMES.contains(column)));
                let is = |wanted: &[Ordering]| {
                    values.first().and_then(order).is_some_and(|found| wanted.contains(&found))
                };
                match operator.as_str() {
                    "=" => is(&[Ordering::Equal]),
                    "!=" | "<>" => is(&[Ordering::Less, Ordering::Greater]),
                    "<" => is(&[Ordering::Less]),
                    "<=" => is(&[Ordering::Less, Ordering::Equal]),
                    ">" => is(&[Ordering::Greater]),
                    ">=" => is(&[Ordering::Greater, Ordering::Equal]),
                    "in" => values.iter().any(|value| order(value) == Some(Ordering::Equal)),
                    "notin" => !values.iter().any(|value| order(value) == Some(Ordering::Equal)),
                    _ => own.is_some_and(|own| {
                        let pattern = values.first().map_or("", |value| value.trim_matches('%'));
                        own.to_lowercase().contains(&pattern.to_lowercase())
                    }),
                }
            }
        }
    }
}

/// The database's text of a column; none: NULL.
pub(crate) fn stored(row: &Row, column: &str, field: &str) -> Option<String> {
    match row.get(field)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(seconds) if TIMES.contains(&column) => {
            let time = DateTime::from_timestamp(seconds.as_i64()?, 0)?;
            let form = if column == "datef" { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M:%S" };
            Some(time.format(form).to_string())
        }
        other => Some(other.to_string()),
    }
}

/// As the database compares: numbers as numbers, times as times, texts whatever their case.
pub(crate) fn compare(own: &str, value: &str, is_time: bool) -> Ordering {
    if is_time {
        return digits_of_time(own).cmp(&digits_of_time(value));
    }
    match (own.parse::<Decimal>(), value.parse::<Decimal>()) {
        (Ok(own), Ok(value)) => own.cmp(&value),
        _ => own.to_lowercase().cmp(&value.to_lowercase()),
    }
}

/// `20261122`, `2026-11-22` and `2026-11-22 00:00:00` are one moment.
fn digits_of_time(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    format!("{digits:0<14}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_as_the_database_would() {
        let row = serde_json::json!({"id": "42", "type": "2", "status": "1", "date": 1_693_526_400,
            "date_modification": 1_795_323_986, "close_code": null, "multicurrency_code": "USD"});
        let Value::Object(row) = row else { panic!() };
        for (text, holds) in [
            ("(t.rowid:>:41)", true),
            ("(t.rowid:>:042)", false),
            ("(t.type:=:2)", true),
            ("(t.tms:>:'20261122')", true),
            ("(t.tms:>=:'2026-11-22 05:06:26')", true),
            ("(t.tms:>=:'2026-11-22 05:06:27')", false),
            ("((t.datef:>=:'2023-09-01') and (t.datef:<:'2023-10-01') and (t.fk_statut:in:1,2))", true),
            ("((t.rowid:=:1) or (t.rowid:=:42))", true),
            ("(t.multicurrency_code:=:'usd')", true),
            ("(t.close_code:!=:'x')", false),
        ] {
            assert_eq!(parse(text, INVOICE).unwrap().holds(&row), holds, "{text}");
        }
        for text in ["t.datef>'2026-01-01'", "(t.rowid:>:1", "(t.rowid)", "(t.rowid:~:1)", ""] {
            assert_eq!(parse(text, INVOICE).unwrap_err(), Fault::Syntax, "{text}");
        }
        assert_eq!(parse("(t.no:=:1)", INVOICE).unwrap_err(), Fault::UnknownColumn("t.no".to_owned()));
    }
}
