//! What vTiger made of a value that was sent to it. It takes almost anything and says nothing.

use rust_decimal::Decimal;

use super::fields::{Field, FigureField};
use super::labels::decoded;
use crate::domain::value::{Blanks, Value, ValueKind};

/// A value that is not held as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Altered {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// Looks at one field of the answer to a write; `decimals` are the user's own for currencies, where they are known. None:
/// the field holds what was sent.
pub(super) fn altered(
    held: &FigureField,
    field: &Field,
    sent: Option<&Value>,
    answer: Option<&str>,
    decimals: Option<u32>,
) -> Option<Altered> {
    let stored = answer.and_then(|text| held.observed(text));
    if answer.is_some() && Blanks::Zero.alike(held.kind, sent, stored.as_ref()) {
        return None;
    }
    let what = match answer.map(|text| what(held.kind, sent, text.trim())) {
        None => What::Hidden,
        Some(What::Rounded) if enough(decimals, sent) => What::RoundedByField,
        Some(what) => what,
    };
    Some(what.altered(field, sent.map_or("nothing", Value::as_str), answer))
}

/// The same for a text, a picklist value among them, in a field that holds no figure.
pub(super) fn text_altered(field: &Field, sent: &str, answer: Option<&str>) -> Option<Altered> {
    let stored = answer.map(str::trim);
    if stored.is_some_and(|stored| stored == sent.trim() || decoded(stored) == decoded(sent)) {
        return None;
    }
    let what = stored.map_or(What::Hidden, |stored| text(sent, stored));
    Some(what.altered(field, sent, stored))
}

/// What happened to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Rounded,
    /// Not by the user's preferences, which leave all decimals.
    RoundedByField,
    Cut,
    TooLarge,
    Changed,
    NotStored,
    Hidden,
}

impl What {
    fn altered(self, field: &Field, sent: &str, stored: Option<&str>) -> Altered {
        let stored = stored.map(str::trim).filter(|text| !text.is_empty()).unwrap_or("nothing");
        let message = format!(
            "{}: `{}` was sent and `{}` is stored: {}",
            field.for_people(),
            shown(sent),
            shown(stored),
            self.advice()
        );
        Altered { code: self.code(), message }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Rounded | Self::RoundedByField => "ROUNDED",
            Self::Cut => "CUT",
            Self::TooLarge | Self::Changed => "CHANGED_BY_SERVER",
            Self::NotStored | Self::Hidden => "NOT_STORED",
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::Rounded => {
                "give the API user more currency decimals (My Preferences > Number Of Currency Decimals), and the field \
                 as many decimal places"
            }
            Self::RoundedByField => "give the field as many Decimal Places",
            Self::Cut => "the field is too short; make one of the type Text Area, or a longer one",
            Self::TooLarge => "the field is too short for this number; make a longer one",
            Self::Changed => "the server changes such a text; please report this",
            Self::NotStored => {
                "let the API user edit the field in its profile, and look for a workflow that puts another value into it"
            }
            Self::Hidden => {
                "the API user does not see the field; make it visible and editable in its profile"
            }
        }
    }
}

/// Whether the user's decimals keep the number that was sent.
fn enough(decimals: Option<u32>, sent: Option<&Value>) -> bool {
    let sent = sent.and_then(|sent| sent.as_str().parse::<Decimal>().ok());
    decimals.zip(sent).is_some_and(|(decimals, sent)| decimals >= sent.normalize().scale())
}

fn what(kind: ValueKind, sent: Option<&Value>, stored: &str) -> What {
    let Some(sent) = sent.map(Value::as_str) else { return What::NotStored };
    match kind {
        ValueKind::Number | ValueKind::Currency => number(sent, stored),
        ValueKind::Text | ValueKind::Choice => text(sent, stored),
        ValueKind::Date | ValueKind::Flag => What::NotStored,
    }
}

fn number(sent: &str, stored: &str) -> What {
    let numbers = sent.parse::<Decimal>().ok().zip(stored.parse::<Decimal>().ok());
    let Some((sent, stored)) = numbers else { return What::NotStored };
    let rounded = (0..sent.normalize().scale()).any(|places| {
        let by = Decimal::new(1, places);
        stored.normalize().scale() <= places && (sent - stored).abs() < by
    });
    let all_nines = stored.abs() < sent.abs()
        && !stored.is_zero()
        && stored.to_string().trim_start_matches('-').bytes().all(|byte| byte == b'9' || byte == b'.');
    match (all_nines, rounded) {
        (true, _) => What::TooLarge,
        (false, true) => What::Rounded,
        (false, false) => What::NotStored,
    }
}

fn text(sent: &str, stored: &str) -> What {
    let without_wide = |text: &str| -> String {
        text.chars().map(|c| if u32::from(c) > 0xFFFF { "????".to_owned() } else { c.to_string() }).collect()
    };
    if stored.is_empty() {
        What::NotStored
    } else if sent.starts_with(stored) {
        What::Cut
    } else if stored == without_wide(sent) || decoded(stored) == decoded(sent) {
        What::Changed
    } else {
        What::NotStored
    }
}

/// A value in a message: not too long.
fn shown(text: &str) -> String {
    const LENGTH: usize = 60;
    if text.chars().count() <= LENGTH {
        return text.to_owned();
    }
    text.chars().take(LENGTH).chain(std::iter::once('…')).collect()
}
