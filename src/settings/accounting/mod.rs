//! `[[accounting]]`: the sources of invoices and credit notes.

mod csv;
mod dolibarr;
mod fatturapa;
mod fattureincloud;
mod hubspot;
mod odoo;
mod sql;
mod table;
mod vtiger;
mod won_deals;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use csv::{CsvEncoding, CsvSource};
pub use dolibarr::{Dolibarr, DolibarrCustomerId};
pub use fatturapa::FatturaPa;
pub use fattureincloud::FattureInCloud;
pub use hubspot::HubspotInvoices;
pub use odoo::{Odoo, OdooProtocol};
pub use sql::{SqlEngine, SqlMode, SqlSource};
pub use table::{TableColumns, TableKinds, TableSigns, TableStatuses};
pub use vtiger::VtigerInvoices;
pub use won_deals::WonDeals;

use super::crm::CrmKind;
use super::matching::Duplicates;
use super::problem::Report;
use crate::domain::keys::VatNumber;

/// A source of invoices and credit notes; its `kind` says which.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schemars(inline)]
pub enum AccountingSource {
    /// Fatture in Cloud.
    #[serde(rename = "fattureincloud")]
    FattureInCloud(FattureInCloud),
    /// A folder of e-invoices.
    #[serde(rename = "fatturapa")]
    FatturaPa(FatturaPa),
    /// The invoices of vTiger itself.
    Vtiger(VtigerInvoices),
    /// The commerce invoices of the HubSpot that is the CRM.
    Hubspot(HubspotInvoices),
    /// The won deals of the CRM, as purchases.
    WonDeals(WonDeals),
    /// CSV files.
    Csv(Box<CsvSource>),
    /// Dolibarr.
    Dolibarr(Dolibarr),
    /// Odoo.
    Odoo(Odoo),
    /// A query to a database.
    Sql(Box<SqlSource>),
}

impl AccountingSource {
    /// The name that distinguishes it from the other sources.
    pub fn name(&self) -> &str {
        match self {
            Self::FattureInCloud(source) => &source.name,
            Self::FatturaPa(source) => &source.name,
            Self::Vtiger(source) => &source.name,
            Self::Hubspot(source) => &source.name,
            Self::WonDeals(source) => &source.name,
            Self::Csv(source) => &source.name,
            Self::Dolibarr(source) => &source.name,
            Self::Odoo(source) => &source.name,
            Self::Sql(source) => &source.name,
        }
    }

    /// Who issued its documents, where the settings say so: a VAT number.
    pub fn seller(&self) -> Option<&str> {
        match self {
            Self::FattureInCloud(source) => source.seller.as_deref(),
            // Each invoice of a folder says so itself, and deals have no numbers to compare.
            Self::FatturaPa(_) | Self::WonDeals(_) => None,
            Self::Vtiger(source) => source.seller.as_deref(),
            Self::Hubspot(source) => source.seller.as_deref(),
            Self::Csv(source) => source.seller.as_deref(),
            Self::Dolibarr(source) => source.seller.as_deref(),
            Self::Odoo(source) => source.seller.as_deref(),
            Self::Sql(source) => source.seller.as_deref(),
        }
    }

    /// Whether its documents name a company of this CRM by the company's id there.
    pub fn is_of(&self, crm: CrmKind) -> bool {
        match self {
            Self::Vtiger(_) => crm == CrmKind::Vtiger,
            Self::Hubspot(_) => crm == CrmKind::Hubspot,
            Self::WonDeals(_) => crm != CrmKind::Csv,
            _ => false,
        }
    }
}

/// Names by which `sirank auth` knows CRMs.
const RESERVED: [&str; 2] = ["hubspot", "vtiger"];

/// Checks every source, and that no two share a name.
pub(super) fn check(
    sources: &[AccountingSource],
    crm: CrmKind,
    duplicates: Duplicates,
    report: &mut Report<'_>,
) {
    let mut names = BTreeMap::new();
    for (index, source) in sources.iter().enumerate() {
        let section = section(index);
        let name = source.name();
        let key = format!("{section}.name");
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            report.add(&key, format!("`{name}` is no name"), "Use letters, digits, `-` and `_`");
        }
        if let Some(first) = names.insert(name, index) {
            report.add(
                &key,
                format!("source {} is called `{name}` too", first + 1),
                "Give every source a name of its own: documents are told apart by it",
            );
        }
        if let Some(seller) = source.seller()
            && VatNumber::normalised(seller, None).is_none()
        {
            report.add(
                &format!("{section}.seller"),
                format!("`{seller}` is no VAT number"),
                "Write it with its country, such as IT01234567897",
            );
        }
        if RESERVED.contains(&name) && matches!(source, AccountingSource::FattureInCloud(_)) {
            report.add(
                &key,
                format!("`{name}` is the name of a CRM"),
                "Give the source another name: `sirank auth` tells systems apart by it",
            );
        }
        match source {
            AccountingSource::FattureInCloud(source) => source.check(&section, report),
            AccountingSource::FatturaPa(source) => source.check(&section, report),
            AccountingSource::Vtiger(source) => source.check(&section, report),
            AccountingSource::Hubspot(_) if !source.is_of(crm) => report.add(
                &format!("{section}.kind"),
                "the invoices of HubSpot can be read only where HubSpot is the CRM".to_owned(),
                "Set crm.kind to \"hubspot\", or take another source",
            ),
            AccountingSource::WonDeals(_) if !source.is_of(crm) => report.add(
                &format!("{section}.kind"),
                "two CSV files hold no won deals".to_owned(),
                "Set crm.kind to \"hubspot\" or \"vtiger\", or take another source",
            ),
            AccountingSource::Hubspot(_) | AccountingSource::WonDeals(_) => {}
            AccountingSource::Csv(source) => source.check(&section, report),
            AccountingSource::Dolibarr(source) => source.check(&section, report),
            AccountingSource::Odoo(source) => source.check(&section, report),
            AccountingSource::Sql(source) => {
                if source.mode == SqlMode::Aggregated
                    && sources.len() > 1
                    && duplicates == Duplicates::CountOnce
                {
                    report.add(
                        &format!("{section}.mode"),
                        "a document of another source cannot be found among sums, so it would count twice",
                        "Use mode = \"rows\" with matching.duplicates = \"count_once\", or let the query leave out what \
                         other sources hold and set duplicates to \"report\"",
                    );
                }
                source.check(&section, report);
            }
        }
    }
}

/// The key of a source: `accounting[0]`.
pub(super) fn section(index: usize) -> String {
    format!("accounting[{index}]")
}
