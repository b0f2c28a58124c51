//! Odoo's JSON, as it is: `false` stands where nothing is. Private to the connector.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// An invoice or credit note: `account.move`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Move {
    #[serde(default)]
    pub(super) id: Field,
    #[serde(default)]
    pub(super) name: Field,
    #[serde(default, rename = "move_type")]
    pub(super) kind: Field,
    #[serde(default)]
    pub(super) state: Field,
    #[serde(default)]
    pub(super) invoice_date: Field,
    /// The customer itself, where `partner_id` may be a contact or an address of it.
    #[serde(default)]
    pub(super) commercial_partner_id: Link,
    /// In the company's currency; below zero for credit notes.
    #[serde(default)]
    pub(super) amount_untaxed_signed: Field,
    /// UTC, to the second.
    #[serde(default)]
    pub(super) write_date: Field,
    /// What the exchange system said, with the Italian module.
    #[serde(default)]
    pub(super) l10n_it_edi_state: Field,
}

/// A customer: `res.partner`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Partner {
    #[serde(default)]
    pub(super) id: Field,
    #[serde(default)]
    pub(super) name: Field,
    #[serde(default)]
    pub(super) vat: Field,
    #[serde(default)]
    pub(super) l10n_it_codice_fiscale: Field,
    #[serde(default)]
    pub(super) country_id: Link,
    #[serde(default)]
    pub(super) write_date: Field,
}

/// `res.country`
#[derive(Debug, Deserialize)]
pub(super) struct Country {
    #[serde(default)]
    pub(super) id: Field,
    #[serde(default)]
    pub(super) code: Field,
}

/// `res.company`
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Company {
    #[serde(default)]
    pub(super) id: Field,
    #[serde(default)]
    pub(super) name: Field,
    #[serde(default)]
    pub(super) currency_id: Link,
}

/// What `fields_get` answers: the fields that there are, each with what was asked of it.
pub(super) type Fields = BTreeMap<String, Box<RawValue>>;

/// An answer of `/jsonrpc` that is no error.
#[derive(Debug, Deserialize)]
pub(super) struct Rpc<T> {
    pub(super) result: T,
}

/// A text or a number as it is written; none where `false` or null stands. What is neither is its JSON, so that one odd
/// field never makes a whole page unreadable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Field(pub(super) Option<String>);

impl Field {
    /// Its text, trimmed; none where it is blank.
    pub(super) fn text(&self) -> Option<&str> {
        self.0.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    pub(super) fn owned(&self) -> Option<String> {
        self.text().map(str::to_owned)
    }

    /// As an id.
    pub(super) fn number(&self) -> Option<u64> {
        self.text()?.parse().ok()
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        match raw.get() {
            "false" | "null" => Ok(Self(None)),
            json if json.starts_with('"') => {
                serde_json::from_str(json).map(|text| Self(Some(text))).map_err(serde::de::Error::custom)
            }
            json => Ok(Self(Some(json.to_owned()))),
        }
    }
}

/// A record that another one names: `[id, "name"]`, or the id alone; none where `false` stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) id: Option<u64>,
    pub(super) name: Option<String>,
}

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let json = raw.get();
        if let Ok((id, name)) = serde_json::from_str::<(u64, Field)>(json) {
            return Ok(Self { id: Some(id), name: name.0 });
        }
        Ok(Self { id: serde_json::from_str(json).ok(), name: None })
    }
}
