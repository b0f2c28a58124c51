//! One value: what a key takes, and reading it strictly, so that a number is never taken for a text or the reverse.

use std::path::Path;
use std::str::FromStr;

use config::ValueKind;
use serde_json::Value as Json;

use super::base_url::BaseUrl;
use super::contact::Interval;
use super::currency::CurrencyCode;
use super::nearest;
use super::notify::Mailbox;
use super::number::{Exact, Share};
use super::origin::Origin;
use super::problem::Problem;
use super::schedule::Pattern;
use super::server::Address;
use super::time::Zone;

/// What a key takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    Text { shortest: usize, longest: usize },
    Secret,
    Choice(Vec<String>),
    Integer { least: i64, most: i64 },
    Flag,
    Decimal,
    Share,
    Months,
    Url,
    Path,
    Zone,
    Cron,
    Address,
    Mailbox,
    Currency,
}

/// A value as its layer wrote it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given<'a> {
    /// A text in quotes.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A number with a decimal point, as its digits stand in the file.
    Float(&'a str),
    /// True or false.
    Flag(bool),
    /// Something that no key takes, named for people.
    Other(&'static str),
    /// A text of which nothing says the type: the value of an environment variable.
    Untyped(&'a str),
}

/// What is wrong with a value, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) message: String,
    pub(super) advice: String,
}

impl Complaint {
    pub(super) fn new(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { message: message.into(), advice: advice.into() }
    }

    /// The problem that the value of a key is, from this place.
    pub(super) fn about(self, place: Origin, key: String) -> Problem {
        Problem { place, key, message: self.message, advice: self.advice }
    }
}

impl Leaf {
    /// What the JSON schema of a type says that it takes.
    pub(super) fn from_schema(schema: &Json) -> Self {
        if schema["writeOnly"] == Json::Bool(true) {
            return Self::Secret;
        }
        if let Some(choices) = choices(schema) {
            return Self::Choice(choices);
        }
        match schema["format"].as_str().unwrap_or_default() {
            "decimal" => return Self::Decimal,
            "share" => return Self::Share,
            "months" => return Self::Months,
            "uri" => return Self::Url,
            "path" => return Self::Path,
            "time-zone" => return Self::Zone,
            "cron" => return Self::Cron,
            "socket-address" => return Self::Address,
            "mailbox" => return Self::Mailbox,
            "currency" => return Self::Currency,
            _ => {}
        }
        let number = |name: &str| schema[name].as_i64();
        let length = |name: &str| schema[name].as_u64().and_then(|length| usize::try_from(length).ok());
        match schema["type"].as_str().unwrap_or_default() {
            "boolean" => Self::Flag,
            "integer" => Self::Integer {
                least: number("minimum").unwrap_or(i64::MIN),
                most: number("maximum").unwrap_or(i64::MAX),
            },
            _ => Self::Text {
                shortest: length("minLength").unwrap_or(0),
                longest: length("maxLength").unwrap_or(usize::MAX),
            },
        }
    }

    /// Reads a value. A relative path is taken from `directory`.
    pub(super) fn read(&self, given: Given<'_>, directory: &Path) -> Result<ValueKind, Complaint> {
        match (self, given) {
            (Self::Text { shortest, longest }, Given::Text(text) | Given::Untyped(text)) => {
                sized(text, *shortest, *longest)
            }
            (Self::Secret, Given::Text(text) | Given::Untyped(text)) => sized(text, 1, usize::MAX),
            (Self::Choice(choices), Given::Text(text) | Given::Untyped(text)) => choice(text, choices),
            (Self::Flag, Given::Flag(flag)) => Ok(flag.into()),
            (Self::Flag, Given::Untyped("true")) => Ok(true.into()),
            (Self::Flag, Given::Untyped("false")) => Ok(false.into()),
            (Self::Integer { least, most }, Given::Integer(number)) => ranged(number, *least, *most),
            (Self::Integer { least, most }, Given::Untyped(text)) => match text.trim().parse() {
                Ok(number) => ranged(number, *least, *most),
                Err(_) => Err(self.mismatch(given)),
            },
            (Self::Decimal, Given::Text(text) | Given::Untyped(text) | Given::Float(text)) => {
                canonical::<Exact>(text)
            }
            (Self::Decimal, Given::Integer(number)) => canonical::<Exact>(&number.to_string()),
            (Self::Share, Given::Text(text) | Given::Untyped(text) | Given::Float(text)) => {
                canonical::<Share>(text)
            }
            (Self::Share, Given::Integer(number)) => canonical::<Share>(&number.to_string()),
            (Self::Months, Given::Integer(number)) => self.months(number, given),
            (Self::Months, Given::Text(Interval::NONE) | Given::Untyped(Interval::NONE)) => {
                Ok(Interval::NONE.into())
            }
            (Self::Months, Given::Untyped(text)) => match text.trim().parse() {
                Ok(number) => self.months(number, given),
                Err(_) => Err(self.mismatch(given)),
            },
            (Self::Url, Given::Text(text) | Given::Untyped(text)) => canonical::<BaseUrl>(text),
            (Self::Zone, Given::Text(text) | Given::Untyped(text)) => canonical::<Zone>(text),
            (Self::Cron, Given::Text(text) | Given::Untyped(text)) => canonical::<Pattern>(text),
            (Self::Address, Given::Text(text) | Given::Untyped(text)) => canonical::<Address>(text),
            (Self::Mailbox, Given::Text(text) | Given::Untyped(text)) => canonical::<Mailbox>(text),
            (Self::Currency, Given::Text(text) | Given::Untyped(text)) => canonical::<CurrencyCode>(text),
            (Self::Path, Given::Text(text) | Given::Untyped(text)) => path(text, directory),
            _ => Err(self.mismatch(given)),
        }
    }

    fn months(&self, number: i64, given: Given<'_>) -> Result<ValueKind, Complaint> {
        Interval::from_months(number).map(|_| number.into()).ok_or_else(|| self.mismatch(given))
    }

    /// A value of the wrong type.
    fn mismatch(&self, given: Given<'_>) -> Complaint {
        let expected = match self {
            Self::Text { .. } | Self::Secret => "a text in quotes",
            Self::Choice(_) => "one of a few words in quotes",
            Self::Integer { .. } => "a whole number without quotes",
            Self::Flag => "true or false, without quotes",
            Self::Decimal | Self::Share => "a decimal number, best in quotes",
            Self::Months => "a whole number of months from 1 to 1200, or \"none\"",
            Self::Url => "a URL in quotes",
            Self::Path => "a path in quotes",
            Self::Zone => "the name of a time zone in quotes",
            Self::Cron => "a pattern of cron in quotes",
            Self::Address => "an address with a port in quotes",
            Self::Mailbox => "an e-mail address in quotes",
            Self::Currency => "a currency code in quotes",
        };
        let found = match given {
            _ if *self == Self::Secret => "something else".to_owned(),
            Given::Text(text) => format!("the text \"{text}\""),
            Given::Untyped(text) => format!("`{text}`"),
            Given::Integer(number) => format!("the number {number}"),
            Given::Float(text) => format!("the number {text}"),
            Given::Flag(flag) => format!("{flag}"),
            Given::Other(name) => name.to_owned(),
        };
        let advice = match (self, given) {
            (Self::Text { .. } | Self::Choice(_), Given::Integer(number)) => {
                format!("Put it in quotes: \"{number}\"")
            }
            (Self::Text { .. } | Self::Choice(_), Given::Float(text)) => {
                format!("Put it in quotes: \"{text}\"")
            }
            (Self::Secret, _) => "Put it in quotes".to_owned(),
            (Self::Integer { .. }, Given::Text(text)) if text.trim().parse::<i64>().is_ok() => {
                format!("Remove the quotes: {}", text.trim())
            }
            (Self::Flag, Given::Text(text @ ("true" | "false"))) => format!("Remove the quotes: {text}"),
            _ => String::new(),
        };
        Complaint::new(format!("expected {expected}, found {found}"), advice)
    }
}

/// The words of an enumeration: a list, or a list of documented constants.
fn choices(schema: &Json) -> Option<Vec<String>> {
    let word = |word: &Json| word.as_str().map(str::to_owned);
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(word).collect();
    }
    let alternatives = schema["oneOf"].as_array()?;
    let mut words = Vec::new();
    for alternative in alternatives {
        match alternative["enum"].as_array() {
            Some(several) => words.extend(several.iter().filter_map(word)),
            None => words.push(word(&alternative["const"])?),
        }
    }
    Some(words)
}

fn sized(text: &str, shortest: usize, longest: usize) -> Result<ValueKind, Complaint> {
    let length = text.chars().count();
    if length > longest {
        return Err(Complaint::new(
            format!("the text has {length} characters"),
            format!("Write at most {longest}"),
        ));
    }
    if length < shortest {
        return Err(Complaint::new("the text is empty", "Write a value, or remove the key"));
    }
    Ok(text.into())
}

fn ranged(number: i64, least: i64, most: i64) -> Result<ValueKind, Complaint> {
    if (least..=most).contains(&number) {
        Ok(number.into())
    } else {
        Err(Complaint::new(
            format!("{number} is out of range"),
            format!("Write a whole number from {least} to {most}"),
        ))
    }
}

fn choice(text: &str, choices: &[String]) -> Result<ValueKind, Complaint> {
    if choices.iter().any(|choice| choice == text) {
        return Ok(text.into());
    }
    let advice = nearest::choice(text, choices.iter().map(String::as_str))
        .map(|nearest| format!("Did you mean \"{nearest}\"?"))
        .unwrap_or_default();
    Err(Complaint::new(format!("\"{text}\" is none of {}", choices.join(", ")), advice))
}

/// A text in the form that its type writes.
fn canonical<T: FromStr<Err: ToString> + ToString>(text: &str) -> Result<ValueKind, Complaint> {
    match text.parse::<T>() {
        Ok(value) => Ok(ValueKind::String(value.to_string())),
        Err(error) => Err(Complaint::new(error.to_string(), "")),
    }
}

fn path(text: &str, directory: &Path) -> Result<ValueKind, Complaint> {
    if text.trim().is_empty() {
        return Err(Complaint::new("the path is empty", "Write a path, or remove the key"));
    }
    match directory.join(text).into_os_string().into_string() {
        Ok(path) => Ok(path.into()),
        Err(_) => Err(Complaint::new(
            "the directory of the file has a name that is not UTF-8",
            "Write an absolute path, or rename the directory",
        )),
    }
}
