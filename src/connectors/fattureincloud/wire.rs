//! Fatture in Cloud's JSON, as it is: every field may be null. Private to the connector.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) current_page: Option<u64>,
    pub(super) last_page: Option<u64>,
    pub(super) total: Option<u64>,
    pub(super) data: Vec<T>,
}

/// An issued document, as far as it is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    pub(super) id: Option<Scalar>,
    pub(super) number: Option<Scalar>,
    pub(super) numeration: Option<String>,
    pub(super) date: Option<String>,
    pub(super) entity: Option<Entity>,
    pub(super) currency: Option<Currency>,
    pub(super) amount_net: Option<Scalar>,
    pub(super) ei_status: Option<String>,
    /// Asked for only where changes are read: local time, without a zone.
    pub(super) updated_at: Option<String>,
}

/// The documents in the bin: all of them, in one answer.
#[derive(Debug, Deserialize)]
pub(super) struct Bin {
    pub(super) data: Vec<Binned>,
}

/// A document that was deleted.
#[derive(Debug, Deserialize)]
pub(super) struct Binned {
    pub(super) id: Option<Scalar>,
}

/// The customer as it was when the document was issued.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Entity {
    pub(super) id: Option<Scalar>,
    pub(super) name: Option<String>,
    pub(super) vat_number: Option<Scalar>,
    pub(super) tax_code: Option<Scalar>,
    pub(super) country: Option<String>,
    pub(super) country_iso: Option<String>,
}

/// A document's currency.
#[derive(Debug, Deserialize)]
pub(super) struct Currency {
    pub(super) id: Option<String>,
    /// Units of this currency for 1 EUR.
    pub(super) exchange_rate: Option<Scalar>,
}

/// The companies of a token.
#[derive(Debug, Deserialize)]
pub(super) struct UserCompanies {
    pub(super) data: CompanyList,
}

#[derive(Debug, Deserialize)]
pub(super) struct CompanyList {
    pub(super) companies: Option<Vec<Company>>,
}

/// A company of a token. The answer also holds an access token of it, which is not read.
#[derive(Debug, Deserialize)]
pub(super) struct Company {
    pub(super) id: Option<Scalar>,
    pub(super) name: Option<String>,
    /// Of an accountant: the companies of its customers.
    pub(super) controlled_companies: Option<Vec<Company>>,
}

/// A number or a text, whichever the vendor sends, as it is written: a number never passes through binary floating point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    /// A JSON number's own digits.
    Number(String),
    /// A text.
    Text(String),
}

impl Scalar {
    /// Its text, trimmed; none where it is blank.
    pub(super) fn text(&self) -> Option<&str> {
        let (Self::Number(text) | Self::Text(text)) = self;
        Some(text.trim()).filter(|text| !text.is_empty())
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let json = raw.get();
        match json.as_bytes().first() {
            Some(b'"') => serde_json::from_str(json).map(Self::Text).map_err(serde::de::Error::custom),
            Some(b'-' | b'0'..=b'9') => Ok(Self::Number(json.to_owned())),
            _ => Err(serde::de::Error::custom("neither a number nor a text")),
        }
    }
}
