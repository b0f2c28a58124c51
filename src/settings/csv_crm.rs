//! `[csv]`: two files in the place of a CRM.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Report;

/// The files that stand in for a CRM with `crm.kind = "csv"`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CsvCrm {
    /// The companies, one a row, by header name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub companies: Option<PathBuf>,
    /// Where the figures are kept that are written to the companies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub figures: Option<PathBuf>,
}

impl CsvCrm {
    /// Both files, or what is missing.
    pub(super) fn files(&self, report: &mut Report<'_>) -> Option<(PathBuf, PathBuf)> {
        if self.companies.is_none() {
            report.add(
                "csv.companies",
                "no file of companies is given for `crm.kind = \"csv\"`",
                "Write its path",
            );
        }
        if self.figures.is_none() {
            report.add(
                "csv.figures",
                "no file for the figures is given for `crm.kind = \"csv\"`",
                "Write its path; the file need not exist",
            );
        }
        self.companies.clone().zip(self.figures.clone())
    }
}
