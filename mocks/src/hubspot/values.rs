//! Which values a property takes, and how they are stored.

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::failure::Detail;
use super::schema::Property;
use crate::clock::{instant, iso};

const LONGEST_TEXT: usize = 65_536;
const DAY_MS: i64 = 86_400_000;

/// A value as it will be stored, with the warning that it earned.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) value: String,
    pub(crate) warning: Option<Value>,
}

/// Turns a JSON value into the text that the vendor works on: numbers and booleans become text, the rest is refused.
pub(crate) fn text_of(name: &str, value: &Value) -> Result<String, Detail> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(Detail::new(
            name,
            "INVALID_TYPE",
            format!("Cannot deserialize value of type `java.lang.String` from {value} for property {name}"),
        )),
    }
}

/// Checks a value that is not empty against its definition. `normalises`: since 2026-09 odd dates are put right.
pub(crate) fn check(
    property: &Property,
    text: &str,
    normalises: bool,
    reformat: bool,
) -> Result<Stored, Detail> {
    let plain = |value: String| Stored { value, warning: None };
    let name = property.name.as_str();
    match property.data_type.as_str() {
        "number" => number(name, text, reformat).map(plain),
        "date" => date(name, text, normalises),
        "datetime" => datetime(name, text, normalises),
        "bool" => match text {
            "true" | "false" => Ok(plain(text.to_owned())),
            _ => Err(not_an_option(property, text)),
        },
        "enumeration" if !property.external_options => choice(property, text).map(plain),
        _ if text.chars().count() > LONGEST_TEXT => Err(Detail::new(
            name,
            "INVALID_LENGTH",
            format!("Property value for {name} was too long. It was {} characters", text.chars().count()),
        )),
        _ => Ok(plain(text.to_owned())),
    }
}

fn number(name: &str, text: &str, reformat: bool) -> Result<String, Detail> {
    let parsed: Decimal = text
        .parse()
        .map_err(|_| Detail::new(name, "INVALID_NUMBER", format!("{text} was not a valid number.")))?;
    Ok(if reformat { parsed.normalize().to_string() } else { text.to_owned() })
}

fn not_an_option(property: &Property, text: &str) -> Detail {
    let allowed: Vec<&str> = property.options.iter().map(|option| option.value.as_str()).collect();
    Detail::new(
        &property.name,
        "INVALID_OPTION",
        format!("{text} was not one of the allowed options: [{}]", allowed.join(", ")),
    )
}

fn choice(property: &Property, text: &str) -> Result<String, Detail> {
    let known = |wanted: &str| property.options.iter().any(|option| option.value == wanted);
    let several = property.field_type == "checkbox";
    let all_known =
        if several { text.split(';').filter(|one| !one.is_empty()).all(known) } else { known(text) };
    if all_known { Ok(text.to_owned()) } else { Err(not_an_option(property, text)) }
}

fn normalised(name: &str, raw: &str, value: &str) -> Value {
    json!({
        "category": "PROPERTY_VALUE_NORMALIZED",
        "message": format!("The value of {name} was normalized."),
        "context": {"propertyName": [name], "rawValue": [raw], "normalizedValue": [value]},
    })
}

fn date(name: &str, text: &str, normalises: bool) -> Result<Stored, Detail> {
    if NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() && text.len() == 10 {
        return Ok(Stored { value: text.to_owned(), warning: None });
    }
    let ms = millis(text).ok_or_else(|| invalid_date(name, text))?;
    let value = instant(ms).format("%Y-%m-%d").to_string();
    let is_midnight_ms = text.parse::<i64>().is_ok() && ms % DAY_MS == 0;
    if is_midnight_ms {
        return Ok(Stored { value, warning: None });
    }
    if !normalises {
        return Err(invalid_date(name, text));
    }
    let warning = Some(normalised(name, text, &value));
    Ok(Stored { value, warning })
}

fn datetime(name: &str, text: &str, normalises: bool) -> Result<Stored, Detail> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(Stored { value: format!("{}T00:00:00.000Z", day.format("%Y-%m-%d")), warning: None });
    }
    let ms = millis(text).ok_or_else(|| invalid_date(name, text))?;
    let seconds = text.parse::<i64>().is_ok_and(|number| number.abs() < 100_000_000_000 && number != 0);
    let value = iso(ms);
    if seconds && !normalises {
        return Err(invalid_date(name, text));
    }
    let warning = seconds.then(|| normalised(name, text, &value));
    Ok(Stored { value, warning })
}

fn invalid_date(name: &str, text: &str) -> Detail {
    Detail::new(name, "INVALID_DATE", format!("{text} was not a valid date."))
}

/// Milliseconds of an instant given as milliseconds, seconds or ISO text.
pub(crate) fn millis(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        let looks_like_seconds = number.abs() < 100_000_000_000 && number % DAY_MS != 0;
        return Some(if looks_like_seconds { number * 1000 } else { number });
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.timestamp_millis());
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(property: &Property, text: &str) -> Result<String, String> {
        check(property, text, true, true).map(|stored| stored.value).map_err(|detail| detail.code)
    }

    #[test]
    fn takes_and_refuses_values() {
        assert_eq!(stored(&Property::number("n"), "12.50").as_deref(), Ok("12.5"));
        assert_eq!(stored(&Property::number("n"), "1,5").as_deref(), Err(&"INVALID_NUMBER".to_owned()));
        assert_eq!(stored(&Property::flag("f"), "1").as_deref(), Err(&"INVALID_OPTION".to_owned()));
        assert_eq!(stored(&Property::flag("f"), "True").as_deref(), Err(&"INVALID_OPTION".to_owned()));
        assert_eq!(
            stored(&Property::choice("c", &[("A", "A")]), "a").as_deref(),
            Err(&"INVALID_OPTION".to_owned())
        );
        assert_eq!(stored(&Property::date("d"), "1763769600000").as_deref(), Ok("2025-11-22"));
        assert_eq!(stored(&Property::date("d"), "22/11/2025").as_deref(), Err(&"INVALID_DATE".to_owned()));
    }

    #[test]
    fn odd_dates_are_normalised_with_a_warning_since_2026_09_and_refused_before() {
        let day = Property::date("d");
        let odd = check(&day, "2025-11-22T10:00:00Z", true, true).unwrap();
        assert_eq!(odd.value, "2025-11-22");
        assert_eq!(odd.warning.unwrap()["category"], "PROPERTY_VALUE_NORMALIZED");
        assert!(check(&day, "2025-11-22T10:00:00Z", false, true).is_err());
    }
}
