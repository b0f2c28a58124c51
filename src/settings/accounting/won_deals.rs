//! Won deals of the CRM as purchases.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The won deals of the CRM, for companies whose accounting cannot be read.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct WonDeals {
    /// What the source is called, here and in reports; no other source may have the name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The property of deals with the net amount: its name, in vTiger also its label.
    #[serde(default = "amount")]
    #[schemars(length(min = 1))]
    pub amount_property: String,
    /// The pipelines whose won deals are purchases, by id or label. Without it all are but the Wake Up pipeline, whose won
    /// deals never are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipelines: Option<Vec<String>>,
}

fn amount() -> String {
    "amount".into()
}
