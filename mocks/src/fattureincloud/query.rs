//! `q`: a small language of conditions, and what a record looks like through it.

use rust_decimal::Decimal;
use serde_json::Value;

use super::failure::Failure;
use super::lexer::{Word, refused, words};

/// A condition over a record.
#[derive(Debug)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Compare { field: String, operator: String, value: Literal },
}

/// What a field is compared with.
#[derive(Debug)]
pub(crate) enum Literal {
    Null,
    Text(String),
    Number(Decimal),
    Bool(bool),
}

struct Parser<'a> {
    words: Vec<Word>,
    at: usize,
    fields: &'a [&'a str],
}

/// Parses a `q`. A field that may not be filtered by is an error.
pub(crate) fn parse(text: &str, fields: &[&str]) -> Result<Condition, Failure> {
    let mut parser = Parser { words: words(text)?, at: 0, fields };
    let condition = parser.any()?;
    match parser.peek() {
        None => Ok(condition),
        Some(word) => Err(refused(&format!("{word:?}"))),
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at)
    }

    fn next(&mut self) -> Option<Word> {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        word
    }

    fn takes(&mut self, key: &str) -> bool {
        let found = matches!(self.peek(), Some(Word::Key(word)) if word == key);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Condition, Failure> {
        let mut parts = vec![self.all()?];
        while self.takes("or") {
            parts.push(self.all()?);
        }
        Ok(Condition::Any(parts))
    }

    fn all(&mut self) -> Result<Condition, Failure> {
        let mut parts = vec![self.one()?];
        while self.takes("and") {
            parts.push(self.one()?);
        }
        Ok(Condition::All(parts))
    }

    fn one(&mut self) -> Result<Condition, Failure> {
        match self.next() {
            Some(Word::Open) => {
                let inner = self.any()?;
                match self.next() {
                    Some(Word::Close) => Ok(inner),
                    _ => Err(refused("manca una parentesi")),
                }
            }
            Some(Word::Field(field)) if self.fields.contains(&field.as_str()) => self.compare(field),
            Some(Word::Field(field)) => Err(refused(&format!("campo {field}"))),
            other => Err(refused(&format!("{other:?}"))),
        }
    }

    fn compare(&mut self, field: String) -> Result<Condition, Failure> {
        let operator = self.operator()?;
        if let "is null" | "is not null" = operator.as_str() {
            return Ok(Condition::Compare { field, operator, value: Literal::Null });
        }
        let value = match self.next() {
            Some(Word::Text(text)) => Literal::Text(text),
            Some(Word::Number(number)) => Literal::Number(number),
            Some(Word::Key(key)) if key == "true" || key == "false" => Literal::Bool(key == "true"),
            Some(Word::Key(key)) if key == "null" => Literal::Null,
            other => return Err(refused(&format!("{other:?}"))),
        };
        Ok(Condition::Compare { field, operator, value })
    }

    fn operator(&mut self) -> Result<String, Failure> {
        let Some(Word::Key(first)) = self.next() else { return Err(refused("manca un operatore")) };
        let negated = first == "not";
        let word = if negated { self.next() } else { Some(Word::Key(first)) };
        let operator = match word {
            Some(Word::Key(key)) if key == "like" || key == "contains" => key,
            Some(Word::Key(key)) if (key == "starts" || key == "ends") && !negated && self.takes("with") => {
                key
            }
            Some(Word::Key(key)) if key == "is" && !negated => {
                let not = self.takes("not");
                if !self.takes("null") {
                    return Err(refused("is"));
                }
                return Ok(if not { "is not null" } else { "is null" }.to_owned());
            }
            Some(Word::Key(key)) if !negated && !key.starts_with(char::is_alphabetic) => key,
            other => return Err(refused(&format!("{other:?}"))),
        };
        Ok(if negated { format!("not {operator}") } else { operator })
    }
}

/// A value by its dotted name.
pub(crate) fn lookup<'a>(record: &'a Value, field: &str) -> &'a Value {
    field.split('.').try_fold(record, |value, name| value.get(name)).unwrap_or(&Value::Null)
}

pub(crate) fn number_of(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            text.parse().ok().or_else(|| Decimal::from_scientific(&text).ok())
        }
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_lowercase(),
        Value::Null => String::new(),
        other => other.to_string().to_lowercase(),
    }
}

impl Condition {
    pub(crate) fn holds(&self, record: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(record)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(record)),
            Self::Compare { field, operator, value } => compare(lookup(record, field), operator, value),
        }
    }
}

fn compare(held: &Value, operator: &str, wanted: &Literal) -> bool {
    match operator {
        "is null" => return held.is_null(),
        "is not null" => return !held.is_null(),
        _ if held.is_null() => return false,
        _ => {}
    }
    let (ordering, text) = match wanted {
        Literal::Null => return (operator == "=") == held.is_null(),
        Literal::Bool(flag) => {
            let same = held.as_bool() == Some(*flag);
            return if operator == "=" { same } else { !same };
        }
        Literal::Number(number) => (number_of(held).map(|own| own.cmp(number)), number.to_string()),
        Literal::Text(text) => {
            let text = text.to_lowercase();
            (Some(text_of(held).cmp(&text)), text)
        }
    };
    let own = text_of(held);
    match operator {
        "=" => ordering.is_some_and(std::cmp::Ordering::is_eq),
        "<>" | "!=" => ordering.is_some_and(std::cmp::Ordering::is_ne),
        "<" => ordering.is_some_and(std::cmp::Ordering::is_lt),
        "<=" => ordering.is_some_and(std::cmp::Ordering::is_le),
        ">" => ordering.is_some_and(std::cmp::Ordering::is_gt),
        ">=" => ordering.is_some_and(std::cmp::Ordering::is_ge),
        "like" => like(&own, &text),
        "not like" => !like(&own, &text),
        "contains" => own.contains(&text),
        "not contains" => !own.contains(&text),
        "starts" => own.starts_with(&text),
        "ends" => own.ends_with(&text),
        _ => false,
    }
}

/// SQL's LIKE, with `%` for any text.
fn like(text: &str, pattern: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('%') else { return text == pattern };
    let Some(text) = text.strip_prefix(head) else { return false };
    text.char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .any(|at| like(text.get(at..).unwrap_or_default(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FIELDS: &[&str] = &["date", "amount_net", "entity.name", "updated_at", "next_due_date"];

    fn holds(q: &str) -> bool {
        let record = json!({"date": "2026-03-01", "amount_net": 120.5, "next_due_date": null,
            "updated_at": "2026-03-02 10:00:00", "entity": {"name": "L'Oca S.r.l."}});
        parse(q, FIELDS).unwrap().holds(&record)
    }

    #[test]
    fn reads_the_language() {
        assert!(holds("date >= '2026-01-01' and date < '2026-04-01'"));
        assert!(holds("date = '2025-01-01' or (amount_net > 120 AND amount_net <= 120.50)"));
        assert!(holds("entity.name = 'L''Oca S.r.l.'"));
        assert!(holds("entity.name contains 'oca' and entity.name not like '%spa'"));
        assert!(holds("entity.name starts with 'l' and entity.name ends with 'l.'"));
        assert!(holds("next_due_date is null and date is not null"));
        assert!(holds("updated_at >= '2026-03-02 00:00:00'"));
        assert!(!holds("amount_net <> 120.5"));
    }

    #[test]
    fn refuses_what_the_server_refuses() {
        for q in [
            "subject = 'x'",
            "date = 2026-01-01",
            "date == 'x'",
            "date >",
            "(date = 'x'",
            "Date = 'x'",
            "date Is null",
        ] {
            assert!(parse(q, FIELDS).is_err(), "{q}");
        }
    }
}
