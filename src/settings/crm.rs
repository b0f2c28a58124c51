//! `[crm]`: which CRM the figures are written to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which CRM companies are read from and figures are written to.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CrmChoice {
    /// The CRM: `hubspot`, or `csv` for files. Its own settings are in the section of its name.
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
    /// CSV files.
    Csv,
}

/// What to say of a CRM that other versions know and this one does not.
pub(super) fn later(key: &str, kind: &str) -> Option<String> {
    (key == "crm.kind" && kind == "vtiger")
        .then(|| "This version does not work with vTiger yet: use \"hubspot\" or \"csv\"".to_owned())
}
