//! `[crm]`: which CRM the figures are written to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which CRM companies are read from and figures are written to.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CrmChoice {
    /// The CRM: `hubspot`, `vtiger`, or `csv` for files. Its own settings are in the section of its name.
    pub kind: CrmKind,
}

/// A CRM that sirank can work with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum CrmKind {
    /// HubSpot.
    #[default]
    Hubspot,
    /// vTiger CRM.
    Vtiger,
    /// CSV files.
    Csv,
}
