//! A folder of e-invoices as a source of documents.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::keys::{TaxCode, VatNumber};
use crate::settings::path::PathText;
use crate::settings::problem::Report;

/// A folder of Italian e-invoices (FatturaPA): .xml, .xml.p7m and .zip, in it and in those below it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct FatturaPa {
    /// What the source is called, here and in reports; no other source may have the name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The folder.
    #[schemars(with = "PathText")]
    pub folder: PathBuf,
    /// The VAT numbers of the company: only invoices that one of them issued are read, whatever else is in the folder.
    #[schemars(length(min = 1))]
    pub own_vat_numbers: Vec<String>,
    /// Its tax codes, where it shares a VAT number with other companies of a group: what those issued is left out.
    #[serde(default)]
    pub own_tax_codes: Vec<String>,
    /// Whether sales of assets (TD26) count as revenue.
    #[serde(default)]
    pub count_asset_sales: bool,
    /// Seconds for which a file has to be as it is before it is read: one that is still being written is left for later.
    #[serde(default = "settle_seconds")]
    #[schemars(range(min = 0, max = 600))]
    pub settle_seconds: u32,
}

fn settle_seconds() -> u32 {
    5
}

impl FatturaPa {
    /// How long a file has to be as it is before it is read.
    pub fn settle(&self) -> Duration {
        Duration::from_secs(self.settle_seconds.into())
    }

    pub(super) fn check(&self, section: &str, report: &mut Report<'_>) {
        if self.own_vat_numbers.is_empty() {
            report.add(
                &format!("{section}.own_vat_numbers"),
                "is empty, so no invoice would be the company's own".to_owned(),
                "Write the VAT numbers under which the company invoices, such as IT01234567897",
            );
        }
        for number in
            self.own_vat_numbers.iter().filter(|number| VatNumber::normalised(number, None).is_none())
        {
            report.add(
                &format!("{section}.own_vat_numbers"),
                format!("`{number}` is no VAT number"),
                "Write it with its country, such as IT01234567897",
            );
        }
        for code in self.own_tax_codes.iter().filter(|code| TaxCode::normalised(code).is_none()) {
            report.add(
                &format!("{section}.own_tax_codes"),
                format!("`{code}` is no tax code"),
                "Write the 16 characters of a person's code or the 11 digits of a company's",
            );
        }
    }
}
