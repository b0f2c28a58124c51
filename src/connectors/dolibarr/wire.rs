//! Dolibarr's JSON, as it is: every field may be null or missing. Private to the connector.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// An invoice, as far as it is read.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Invoice {
    pub(super) id: Option<Scalar>,
    #[serde(rename = "ref")]
    pub(super) reference: Option<Scalar>,
    pub(super) socid: Option<Scalar>,
    #[serde(rename = "type")]
    pub(super) kind: Option<Scalar>,
    pub(super) status: Option<Scalar>,
    /// The same under its old name.
    pub(super) statut: Option<Scalar>,
    pub(super) close_code: Option<Scalar>,
    /// Unix seconds of midnight in the server's time zone.
    pub(super) date: Option<Scalar>,
    /// Unix seconds of the column `tms`, which itself comes as null.
    pub(super) date_modification: Option<Scalar>,
    /// In the company's currency.
    pub(super) total_ht: Option<Scalar>,
    pub(super) multicurrency_code: Option<Scalar>,
    /// Units of the invoice's currency for one unit of the company's.
    pub(super) multicurrency_tx: Option<Scalar>,
    /// In the invoice's currency.
    pub(super) multicurrency_total_ht: Option<Scalar>,
}

/// A third party, as far as it is read.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ThirdParty {
    pub(super) id: Option<Scalar>,
    pub(super) name: Option<Scalar>,
    pub(super) tva_intra: Option<Scalar>,
    pub(super) country_code: Option<Scalar>,
    pub(super) code_client: Option<Scalar>,
    pub(super) idprof1: Option<Scalar>,
    pub(super) idprof2: Option<Scalar>,
    pub(super) idprof3: Option<Scalar>,
    pub(super) idprof4: Option<Scalar>,
    pub(super) idprof5: Option<Scalar>,
    pub(super) idprof6: Option<Scalar>,
    pub(super) date_modification: Option<Scalar>,
    #[serde(default)]
    pub(super) array_options: Extra,
}

/// Extra fields: an object, or `[]` where there are none.
#[derive(Debug, Default)]
pub(super) struct Extra(pub(super) BTreeMap<String, Option<Scalar>>);

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
        Ok(Self(raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()))
    }
}

/// `GET /status`.
#[derive(Debug, Deserialize)]
pub(super) struct Status {
    pub(super) success: StatusBody,
}

#[derive(Debug, Deserialize)]
pub(super) struct StatusBody {
    pub(super) dolibarr_version: Option<Scalar>,
}

/// `GET /users/info`.
#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) login: Option<Scalar>,
    /// The third party that an external user belongs to.
    pub(super) socid: Option<Scalar>,
    /// Permissions by module, where they are told: `rights.societe.client.voir`.
    #[serde(default)]
    pub(super) rights: Value,
}

/// A text, a number, or something else that stands where one of them is expected, as it is written: a number never passes
/// through binary floating point, and one odd field never makes a whole page unreadable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scalar(pub(super) String);

impl Scalar {
    /// Its text, trimmed; none where it is blank.
    pub(super) fn text(&self) -> Option<&str> {
        Some(self.0.trim()).filter(|text| !text.is_empty())
    }
}

/// The text of an optional scalar, trimmed; none where it is blank.
pub(super) fn text(scalar: Option<&Scalar>) -> Option<&str> {
    scalar.and_then(Scalar::text)
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let json = raw.get();
        if json.starts_with('"') {
            return serde_json::from_str(json).map(Self).map_err(serde::de::Error::custom);
        }
        Ok(Self(json.to_owned()))
    }
}
