//! `[[accounting]]`: the sources of invoices and credit notes.

mod csv;
mod fattureincloud;
mod vtiger;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use csv::{CsvColumns, CsvKinds, CsvSource};
pub use fattureincloud::FattureInCloud;
pub use vtiger::VtigerInvoices;

use super::problem::Report;

/// A source of invoices and credit notes; its `kind` says which.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schemars(inline)]
pub enum AccountingSource {
    /// Fatture in Cloud.
    #[serde(rename = "fattureincloud")]
    FattureInCloud(FattureInCloud),
    /// The invoices of vTiger itself.
    Vtiger(VtigerInvoices),
    /// CSV files.
    Csv(CsvSource),
}

impl AccountingSource {
    /// The name that distinguishes it from the other sources.
    pub fn name(&self) -> &str {
        match self {
            Self::FattureInCloud(source) => &source.name,
            Self::Vtiger(source) => &source.name,
            Self::Csv(source) => &source.name,
        }
    }
}

/// Names by which `sirank auth` knows CRMs.
const RESERVED: [&str; 2] = ["hubspot", "vtiger"];

/// Checks every source, and that no two share a name.
pub(super) fn check(sources: &[AccountingSource], report: &mut Report<'_>) {
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
        if RESERVED.contains(&name) && matches!(source, AccountingSource::FattureInCloud(_)) {
            report.add(
                &key,
                format!("`{name}` is the name of a CRM"),
                "Give the source another name: `sirank auth` tells systems apart by it",
            );
        }
        match source {
            AccountingSource::FattureInCloud(source) => source.check(&section, report),
            AccountingSource::Vtiger(source) => source.check(&section, report),
            AccountingSource::Csv(source) => source.check(&section, report),
        }
    }
}

/// The key of a source: `accounting[0]`.
pub(super) fn section(index: usize) -> String {
    format!("accounting[{index}]")
}
