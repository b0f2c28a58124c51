//! The commerce invoices of HubSpot itself as a source of documents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The commerce invoices of the HubSpot that is the CRM.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct HubspotInvoices {
    /// What the source is called, here and in reports; no other source may have the name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Who issued its documents, a VAT number: for telling whether another source holds them too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub seller: Option<String>,
    /// The property of invoices with the net amount. Without it `hs_amount_billed` is read, which may include tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub amount_property: Option<String>,
}
