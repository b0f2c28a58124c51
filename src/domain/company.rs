//! A company as the CRM holds it, free of any vendor's wire format.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::catalogue::Figure;
use super::ids::{CompanyId, OwnerId};
use super::time::Day;
use super::value::{Blanks, Value};

/// One company as pulled from the CRM: what people filled in, and what stands in the properties of sirank's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyRecord {
    /// The CRM's id.
    pub id: CompanyId,
    /// The company's name, possibly empty.
    pub name: String,
    /// The day on which the record was created in the CRM, in the business zone.
    pub created: Option<Day>,
    /// The keys as they stand in the CRM, not normalised.
    pub keys: CompanyKeysText,
    /// The potential as it stands in the CRM.
    pub potential: Option<String>,
    /// The category as it stands in the CRM.
    pub category: Option<String>,
    /// The D&P mark as it stands in the CRM.
    pub d_and_p: Option<String>,
    /// The owner, active or not.
    pub owner: Option<OwnerId>,
    /// The day of the last direct contact, in the business zone.
    pub last_contact: Option<Day>,
    /// The moment of the last direct contact, where the CRM says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_contact_at: Option<DateTime<Utc>>,
    /// The values of sirank's own properties; a figure without a value is left out.
    pub observed: Vec<(Figure, Value)>,
    /// Which state of the record this is, where the CRM says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
}

/// A state of a record of the CRM: of two of the same record, the later one is greater. Two equal ones are the same state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub i64);

#[cfg(test)]
impl CompanyRecord {
    /// A company of which nothing but its id and name is known, for tests.
    pub(crate) fn named(id: &str, name: &str) -> Self {
        Self {
            id: CompanyId::from(id),
            name: name.to_owned(),
            created: None,
            keys: CompanyKeysText::default(),
            potential: None,
            category: None,
            d_and_p: None,
            owner: None,
            last_contact: None,
            last_contact_at: None,
            observed: Vec::new(),
            version: None,
        }
    }
}

impl CompanyRecord {
    /// Whether another reading of this company says the same of it, whatever the version; a property of the CRM that
    /// cannot be told from an empty one is the same as an empty one.
    pub fn says_the_same(&self, other: &Self, blanks: Blanks) -> bool {
        let held = |record: &Self, figure: Figure| {
            record.observed.iter().find(|(held, _)| *held == figure).map(|(_, value)| value.clone())
        };
        let figures = self.observed.iter().chain(&other.observed).map(|(figure, _)| *figure);
        let same_figures = figures.into_iter().all(|figure| {
            let (one, another) = (held(self, figure), held(other, figure));
            blanks.alike(figure.describe().kind, one.as_ref(), another.as_ref())
        });
        let apart = |record: &Self| Self { observed: Vec::new(), version: None, ..record.clone() };
        same_figures && (apart(self) == apart(other))
    }

    /// Puts values in the place of those of sirank's own properties.
    pub fn observe(&mut self, values: impl IntoIterator<Item = (Figure, Option<Value>)>) {
        for (figure, value) in values {
            self.observed.retain(|(held, _)| *held != figure);
            self.observed.extend(value.map(|value| (figure, value)));
        }
        self.observed.sort_by_key(|(figure, _)| *figure);
    }
}

/// The texts by which documents find their company.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyKeysText {
    /// The accounting system's customer id.
    pub customer_id: Option<String>,
    /// The company's own id, where the CRM's invoices name their customer by it: then the CRM is an accounting system
    /// too, and this is its customer id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_id: Option<String>,
    /// The VAT number.
    pub vat_number: Option<String>,
    /// The Italian tax code.
    pub tax_code: Option<String>,
    /// The country of the record: an ISO 3166 alpha-2 code, or anything else.
    pub country: Option<String>,
}
