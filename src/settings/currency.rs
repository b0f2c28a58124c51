//! `[currency]`: the base currency and what others are worth.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::number::Exact;
use super::problem::Report;

/// The base currency and what others are worth.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Currencies {
    /// The currency of the ledger and of every figure.
    pub base: CurrencyCode,
    /// Units of a currency for one unit of the base currency, for documents that state no rate of their own:
    /// `USD = "1.08"`.
    pub rates: BTreeMap<CurrencyCode, Exact>,
}

/// An ISO 4217 code: three upper-case letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CurrencyCode(String);

/// A text that is no currency code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no currency code: write the three letters of ISO 4217, such as \"EUR\"")]
pub struct InvalidCurrency(String);

impl CurrencyCode {
    /// The three letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for CurrencyCode {
    fn default() -> Self {
        Self("EUR".into())
    }
}

impl FromStr for CurrencyCode {
    type Err = InvalidCurrency;
    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        let code = text.trim().to_ascii_uppercase();
        if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            Ok(Self(code))
        } else {
            Err(InvalidCurrency(text.to_owned()))
        }
    }
}

impl TryFrom<String> for CurrencyCode {
    type Error = InvalidCurrency;
    fn try_from(text: String) -> Result<Self, InvalidCurrency> {
        text.parse()
    }
}

impl From<CurrencyCode> for String {
    fn from(code: CurrencyCode) -> Self {
        code.0
    }
}

impl fmt::Display for CurrencyCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl JsonSchema for CurrencyCode {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "CurrencyCode".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "currency", "pattern": "^[A-Za-z]{3}$" })
    }
}

impl Currencies {
    pub(super) fn check(&self, report: &mut Report<'_>) {
        for (currency, rate) in &self.rates {
            let key = format!("currency.rates.{currency}");
            if rate.0 <= Decimal::ZERO {
                report.add(&key, format!("the rate is {rate}"), "A rate is above zero");
            }
            if *currency == self.base && rate.0 != Decimal::ONE {
                report.add(
                    &key,
                    format!("{currency} is the base currency, so its rate is 1, not {rate}"),
                    "Remove it",
                );
            }
        }
    }
}
