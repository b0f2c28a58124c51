//! One value of a CRM property, in a canonical text form per kind, so that equal values have equal texts.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::money::Money;
use super::time::Day;

/// What kind of value a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// A decimal number.
    Number,
    /// An amount of money in the CRM's currency.
    Currency,
    /// A calendar date.
    Date,
    /// True or false.
    Flag,
    /// One of a fixed list of options.
    Choice,
    /// One line of text.
    Text,
}

/// What the properties of a CRM hold where no value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Blanks {
    /// Nothing: an empty number is another thing than zero.
    #[default]
    Empty,
    /// An empty number reads back as zero and an empty flag as false, so neither can be told from the other.
    Zero,
}

impl Blanks {
    /// Whether a property that holds one value cannot be told from one that holds the other.
    pub fn alike(self, kind: ValueKind, one: Option<&Value>, other: Option<&Value>) -> bool {
        one == other || self.is_blank(kind, one) && self.is_blank(kind, other)
    }

    /// Whether a property cannot be told from an empty one.
    pub fn is_blank(self, kind: ValueKind, value: Option<&Value>) -> bool {
        let Some(value) = value else { return true };
        self == Self::Zero
            && match kind {
                ValueKind::Number | ValueKind::Currency => value.as_str() == "0",
                ValueKind::Flag => value.as_str() == "false",
                ValueKind::Date | ValueKind::Choice | ValueKind::Text => false,
            }
    }
}

/// A value in canonical text: numbers without trailing zeros, dates as `YYYY-MM-DD`, flags as `true` or `false`.
///
/// There is no empty value: a property without one is an `Option`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Value(Box<str>);

impl Value {
    /// A number; `12.50` and `12.5` are the same value.
    pub fn number(number: Decimal) -> Self {
        Self(number.normalize().to_string().into())
    }

    /// An amount of money.
    pub fn money(money: Money) -> Self {
        Self::number(money.amount())
    }

    /// A calendar date.
    pub fn date(day: Day) -> Self {
        Self(day.to_string().into())
    }

    /// True or false.
    pub fn flag(flag: bool) -> Self {
        Self(if flag { "true" } else { "false" }.into())
    }

    /// The internal name of an option.
    pub fn choice(name: &str) -> Self {
        Self(name.into())
    }

    /// A text; `None` if it is blank.
    pub fn text(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.into()))
    }

    /// Reads a value that a CRM delivered as text. `None` if it is blank.
    ///
    /// A text that is no value of the kind is kept as it is: it then differs from every value that sirank intends and
    /// is put right by the next write.
    pub fn observed(kind: ValueKind, text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        Some(match kind {
            ValueKind::Number | ValueKind::Currency => {
                let number = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
                number.map_or_else(|_| Self(text.into()), Self::number)
            }
            ValueKind::Date | ValueKind::Flag | ValueKind::Choice | ValueKind::Text => Self(text.into()),
        })
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
