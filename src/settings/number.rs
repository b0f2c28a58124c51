//! Exact decimals: amounts, weights, rates and shares. Quoted text or bare numbers, never through a float.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// The pattern of an exact decimal in the schema.
const DECIMAL_PATTERN: &str = r"^[+-]?[0-9]+(\.[0-9]+)?$";

/// A decimal exactly as written: plain digits, `.` for the decimal point, no exponent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(pub Decimal);

/// A share from zero to one, exactly as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(Decimal);

/// A text that is no exact decimal, or no share.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNumber {
    /// Something else than digits and a decimal point, or too many digits.
    #[error("`{0}` is not a plain decimal number: write digits with a decimal point, such as \"1234.50\"")]
    NotDecimal(String),
    /// Not between zero and one.
    #[error("{0} is not a share: it lies between 0 and 1, such as \"0.25\" for a quarter")]
    NotShare(Decimal),
}

impl Share {
    /// The share as a decimal.
    pub const fn get(self) -> Decimal {
        self.0
    }

    /// A share of so many hundredths, at most a hundred.
    pub(super) fn percent(hundredths: u8) -> Self {
        Self(Decimal::new(i64::from(hundredths.min(100)), 2).normalize())
    }
}

impl FromStr for Exact {
    type Err = InvalidNumber;

    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        let text = text.trim();
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) {
            return Err(InvalidNumber::NotDecimal(text.to_owned()));
        }
        Decimal::from_str_exact(text.strip_prefix('+').unwrap_or(text))
            .map(Self)
            .map_err(|_| InvalidNumber::NotDecimal(text.to_owned()))
    }
}

impl FromStr for Share {
    type Err = InvalidNumber;

    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        let Exact(number) = text.parse()?;
        if (Decimal::ZERO..=Decimal::ONE).contains(&number) {
            Ok(Self(number))
        } else {
            Err(InvalidNumber::NotShare(number))
        }
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Reads a number type from its text or from a whole number.
struct NumberVisitor<T>(std::marker::PhantomData<T>);

impl<T: FromStr<Err = InvalidNumber>> Visitor<'_> for NumberVisitor<T> {
    type Value = T;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a decimal number in quotes or a whole number")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        number.to_string().parse().map_err(E::custom)
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        number.to_string().parse().map_err(E::custom)
    }
}

macro_rules! as_number {
    ($($type:ident, $format:literal);+) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(NumberVisitor(std::marker::PhantomData))
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": ["string", "number"], "format": $format, "pattern": DECIMAL_PATTERN })
            }
        }
    )+};
}

as_number!(Exact, "decimal"; Share, "share");
