//! The 301 companies of the customer matrix as a HubSpot portal.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;

use crate::hubspot::{Kind, Pipeline, Portal, Property};

const COMPANIES: &str = include_str!("../../data/cluster-301/companies.csv");
const DOCUMENTS: &str = include_str!("../../data/cluster-301/documents.csv");
const EXPECTED: &str = include_str!("../../data/cluster-301/expected.csv");

/// Seed data that cannot be read.
#[derive(Debug)]
pub struct SeedError(String);

impl SeedError {
    pub(crate) fn new(what: &str) -> Self {
        Self(what.to_owned())
    }
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed data: {}", self.0)
    }
}

impl std::error::Error for SeedError {}

impl From<csv::Error> for SeedError {
    fn from(error: csv::Error) -> Self {
        Self(error.to_string())
    }
}

/// A line of `companies.csv`.
#[derive(Clone, Debug, Deserialize)]
pub struct CompanyRow {
    /// C0001 ...
    pub company_id: String,
    /// Name.
    pub name: String,
    /// With country prefix.
    pub vat_number: String,
    /// high, low, lost or empty.
    pub potential: String,
    /// Category or empty.
    pub category: String,
    /// yes or no.
    pub d_and_p: String,
    /// owner-1 ... or empty.
    pub owner: String,
    /// Day.
    pub created: String,
    /// Day or empty.
    pub last_contacted: String,
    /// Joined by |.
    pub open_deal_pipelines: String,
}

/// A line of `documents.csv`.
#[derive(Clone, Debug, Deserialize)]
pub struct DocumentRow {
    /// D00001 ...
    pub document_id: String,
    /// The customer's.
    pub vat_number: String,
    /// Day.
    pub date: String,
    /// invoice or `credit_note`.
    pub kind: String,
    /// Positive.
    pub net_amount: String,
}

/// The companies.
pub fn company_rows() -> Result<Vec<CompanyRow>, SeedError> {
    Ok(csv::Reader::from_reader(COMPANIES.as_bytes()).deserialize().collect::<Result<_, _>>()?)
}

/// The documents.
pub fn document_rows() -> Result<Vec<DocumentRow>, SeedError> {
    Ok(csv::Reader::from_reader(DOCUMENTS.as_bytes()).deserialize().collect::<Result<_, _>>()?)
}

/// The figures of every company on 2013-12-31, as the file holds them.
pub fn expected_csv() -> &'static str {
    EXPECTED
}

/// The owner's id of `owner-N`: 70,000,000 + N. The user id is another number.
pub fn owner_id(owner: &str) -> Option<u64> {
    let number: u64 = owner.strip_prefix("owner-")?.parse().ok()?;
    Some(70_000_000 + number)
}

/// The properties that people fill in: potential, category, D&P, the keys of the accounting system.
pub(crate) fn people_properties(portal: &mut Portal) {
    let group = "companyinformation";
    let potential = Property::choice("potential", &[("high", "High"), ("low", "Low"), ("lost", "Lost")]);
    for property in [
        potential.label("Potential"),
        Property::text("customer_category").label("Customer category"),
        Property::flag("d_and_p").label("D&P"),
        Property::text("vat_number").label("VAT number"),
        Property::text("tax_code").label("Tax code"),
        Property::text("accounting_id").label("Accounting customer id"),
        Property::text("company_ref").label("Company id of the data set"),
    ] {
        portal.add_property(Kind::Company, property.group(group));
    }
}

fn midnight_ms(day: &str) -> Option<i64> {
    let day = chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    // Noon, so that the calendar day is the same in every European zone.
    Some(day.and_hms_opt(12, 0, 0)?.and_utc().timestamp_millis())
}

/// The data set as a portal.
///
/// Companies have `potential`, `customer_category`, `d_and_p`, `vat_number`, `company_ref` (C0001 ...), an owner,
/// `createdate` and `notes_last_contacted` at noon UTC of their days. Pipelines `sales`, `ecommerce` and `other` have
/// the stages of [`Pipeline::plain`]; every entry of `open_deal_pipelines` is one open deal of its company.
pub fn cluster301() -> Result<Portal, SeedError> {
    let rows = company_rows()?;
    let mut portal = Portal::new();
    people_properties(&mut portal);
    for name in ["sales", "ecommerce", "other"] {
        portal.add_pipeline(Pipeline::plain(name, name));
    }
    let owners: BTreeSet<&str> =
        rows.iter().map(|row| row.owner.as_str()).filter(|owner| !owner.is_empty()).collect();
    for owner in owners {
        let id = owner_id(owner).ok_or_else(|| SeedError(format!("owner {owner}")))?;
        portal.add_owner(id, &format!("{owner}@example.com"), false);
    }
    for row in &rows {
        let created =
            midnight_ms(&row.created).ok_or_else(|| SeedError(format!("created {}", row.created)))?;
        let owner = owner_id(&row.owner).map(|id| id.to_string()).unwrap_or_default();
        let contacted = match row.last_contacted.as_str() {
            "" => String::new(),
            day => format!("{day}T12:00:00.000Z"),
        };
        let values = [
            ("name", row.name.as_str()),
            ("vat_number", row.vat_number.as_str()),
            ("potential", row.potential.as_str()),
            ("customer_category", row.category.as_str()),
            ("d_and_p", if row.d_and_p == "yes" { "true" } else { "false" }),
            ("company_ref", row.company_id.as_str()),
            ("hubspot_owner_id", owner.as_str()),
            ("notes_last_contacted", contacted.as_str()),
        ];
        let company = portal.add(Kind::Company, created, &values);
        for pipeline in row.open_deal_pipelines.split('|').filter(|name| !name.is_empty()) {
            open_deal(&mut portal, company, &row.name, pipeline, created);
        }
    }
    Ok(portal)
}

/// An open deal of a company in a pipeline made by [`Pipeline::plain`].
pub(crate) fn open_deal(portal: &mut Portal, company: u64, name: &str, pipeline: &str, at_ms: i64) -> u64 {
    let deal_name = format!("{name} - {pipeline}");
    let stage = format!("{pipeline}_new");
    let values = [("dealname", deal_name.as_str()), ("pipeline", pipeline), ("dealstage", stage.as_str())];
    let deal = portal.add(Kind::Deal, at_ms, &values);
    portal.associate((Kind::Deal, deal), (Kind::Company, company));
    deal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_301_companies_and_their_open_deals() {
        let portal = cluster301().unwrap();
        assert_eq!(portal.space(Kind::Company).records.len(), 301);
        assert_eq!(portal.space(Kind::Deal).records.len(), 31);
        assert_eq!(portal.owners.len(), 6);
        let first = portal.space(Kind::Company).records.values().next().unwrap();
        assert_eq!(first.props.get("vat_number"), Some("IT99000000010"));
        assert_eq!(portal.value(Kind::Company, first, "createdate").unwrap(), "2009-08-12T12:00:00.000Z");
        assert_eq!(document_rows().unwrap().len(), 2677);
    }
}
