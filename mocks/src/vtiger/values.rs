//! What becomes of a value on its way into the database: little is refused, much is changed in silence.

use std::str::FromStr;

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use super::field::{Field, Type};

/// A value as a person or a seed gives it: kept at the column's full precision.
pub(crate) fn given(field: &Field, text: &str) -> Option<String> {
    stored(field, &Value::String(text.to_owned()), u32::MAX)
}

/// A value as sent, rounded to the user's number of decimals first. None: stored as empty.
pub(crate) fn stored(field: &Field, sent: &Value, user_decimals: u32) -> Option<String> {
    let text = plain(sent);
    let kept = match field.kind {
        Type::Integer | Type::Double | Type::Currency => {
            let rounds = if field.percent { u32::MAX } else { user_decimals };
            return number(field, &text, rounds).filter(|kept| field.null || *kept != field.zero());
        }
        Type::Boolean => return truth(&text).then(|| "1".to_owned()),
        Type::Date => day(&text)?.to_string(),
        Type::Reference | Type::Owner => record_number(&text).filter(|id| *id > 0)?.to_string(),
        Type::Text if field.name == "description" && text.contains("<script") => {
            text.replace('&', "&amp;").replace('<', "&amp;lt;").replace('>', "&amp;gt;")
        }
        _ => cut(&three_bytes(&text), field),
    };
    (!kept.is_empty()).then_some(kept)
}

/// A JSON value as PHP makes a string of it.
pub(crate) fn plain(sent: &Value) -> String {
    match sent {
        Value::Null | Value::Bool(false) => String::new(),
        Value::Bool(true) => "1".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(_) | Value::Object(_) => "Array".to_owned(),
    }
}

/// The number behind the x of an id, or the number alone.
pub(crate) fn record_number(text: &str) -> Option<u64> {
    text.rsplit_once('x').map_or(text, |(_, number)| number).parse().ok()
}

fn truth(text: &str) -> bool {
    text == "1" || text.eq_ignore_ascii_case("on")
}

/// ISO, or the user's dd-mm-yyyy.
fn day(text: &str) -> Option<NaiveDate> {
    let head = text.get(..10).unwrap_or(text);
    ["%Y-%m-%d", "%d-%m-%Y"].into_iter().find_map(|format| NaiveDate::parse_from_str(head, format).ok())
}

/// The old three-byte utf8 has no place for a character of four bytes.
pub(crate) fn three_bytes(text: &str) -> String {
    if text.chars().all(|letter| letter.len_utf8() < 4) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.len_utf8() < 4 {
            out.push(letter);
        } else {
            out.push_str("????");
        }
    }
    out
}

fn cut(text: &str, field: &Field) -> String {
    let length = field.length.unwrap_or(255);
    if field.kind == Type::Text && length > 60_000 {
        // A TEXT column counts bytes.
        let mut end = text.len().min(length);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        return text.get(..end).unwrap_or_default().to_owned();
    }
    text.chars().take(length).collect()
}

/// A number as text with the column's decimals; what is none is zero.
fn number(field: &Field, text: &str, user_decimals: u32) -> Option<String> {
    let value = leading_number(text);
    let round =
        |value: Decimal, to: u32| value.round_dp_with_strategy(to, RoundingStrategy::MidpointAwayFromZero);
    let rounded = round(round(value, user_decimals.min(20)), field.decimals);
    let most = largest(field)?;
    let mut kept = rounded.clamp(-most, most);
    kept.rescale(field.decimals);
    Some(if kept.is_zero() { field.zero() } else { kept.to_string() })
}

/// The largest number that the column holds.
fn largest(field: &Field) -> Option<Decimal> {
    if field.kind == Type::Integer {
        return Some(Decimal::from(i32::MAX));
    }
    let digits = field.digits.min(18) as usize;
    let nines = "9".repeat(digits);
    let text = match field.decimals {
        0 => nines,
        decimals => format!("{nines}.{}", "9".repeat(decimals as usize)),
    };
    Decimal::from_str(&text).ok()
}

/// What PHP reads from the beginning of a text; a comma without a point before it makes it zero.
pub(crate) fn leading_number(text: &str) -> Decimal {
    let text = text.trim();
    if text.split_once(',').is_some_and(|(before, _)| !before.contains('.')) {
        return Decimal::ZERO;
    }
    let mut end = 0;
    let mut point = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '-' | '+' if at == 0 => {}
            '.' if !point => point = true,
            '0'..='9' => {}
            _ => break,
        }
        end = at + 1;
    }
    let head = text.get(..end).unwrap_or_default().trim_end_matches('.');
    Decimal::from_str(head).unwrap_or_else(|_| {
        let long =
            head.len() > 25 && head.trim_start_matches(['-', '+']).starts_with(|d: char| d.is_ascii_digit());
        if long && head.starts_with('-') {
            Decimal::MIN
        } else if long {
            Decimal::MAX
        } else {
            Decimal::ZERO
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::custom::{CustomField, UiType};
    use super::*;

    fn kept(field: &CustomField, sent: &Value, decimals: u32) -> String {
        let field = field.field("cf_1".into());
        let empty = if field.kind.is_number() { field.zero() } else { String::new() };
        stored(&field, sent, decimals).unwrap_or(empty)
    }

    #[test]
    fn numbers_are_rounded_to_the_users_decimals_and_bad_ones_are_zero() {
        let field = CustomField::decimal("x", 10, 4);
        let table = [
            ("12.34567", 2, "12.3500"),
            ("12.34567", 5, "12.3457"),
            ("12,35", 2, "0.0000"),
            ("1.234,56", 2, "1.2300"),
            ("abc", 2, "0.0000"),
            ("", 2, "0.0000"),
            ("123456789012345.5", 2, "99999999999.9999"),
            ("-0.005", 2, "-0.0100"),
        ];
        for (sent, decimals, read) in table {
            assert_eq!(kept(&field, &json!(sent), decimals), read, "{sent}");
        }
        assert_eq!(kept(&CustomField::new("x", UiType::Integer), &json!("3.7"), 2), "4");
        assert_eq!(kept(&field, &json!(12.5), 2), "12.5000");
        assert_eq!(kept(&field, &Value::Null, 2), "0.0000");
    }

    #[test]
    fn other_values() {
        let flag = CustomField::new("x", UiType::Checkbox);
        for (sent, read) in [
            (json!("1"), "1"),
            (json!("on"), "1"),
            (json!(true), "1"),
            (json!("yes"), ""),
            (json!("true"), ""),
            (json!(false), ""),
            (json!("no"), ""),
        ] {
            assert_eq!(kept(&flag, &sent, 2), read, "{sent}");
        }
        let date = CustomField::new("x", UiType::Date);
        assert_eq!(kept(&date, &json!("31-10-2026"), 2), "2026-10-31");
        assert_eq!(kept(&date, &json!("2026-10-31"), 2), "2026-10-31");
        let text = CustomField::text("x", 5);
        assert_eq!(kept(&text, &json!("à&bcdefg"), 2), "à&bcd");
        assert_eq!(kept(&text, &json!("😀"), 2), "????");
    }
}
