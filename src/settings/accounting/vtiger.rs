//! The invoices of vTiger itself as a source of documents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::problem::Report;
use crate::settings::reading::check_disjoint;

/// The module Invoices of the vTiger that the section `vtiger` describes.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct VtigerInvoices {
    /// What the source is called, here and in reports; no other source may have the name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Who issued its documents, a VAT number: for telling whether another source holds them too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub seller: Option<String>,
    /// The statuses of invoices that are void.
    #[serde(default = "void")]
    pub void_statuses: Vec<String>,
    /// The statuses of credit notes. An invoice below zero is one whatever its status.
    #[serde(default = "credit_notes")]
    pub credit_note_statuses: Vec<String>,
    /// The statuses of invoices that are not issued yet.
    #[serde(default)]
    pub draft_statuses: Vec<String>,
    /// The field with the number that people know an invoice by, by label or name, if it is not the Invoice No.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub number_field: Option<String>,
}

fn void() -> Vec<String> {
    vec!["Cancel".into()]
}

fn credit_notes() -> Vec<String> {
    vec!["Credit Invoice".into()]
}

impl VtigerInvoices {
    pub(super) fn check(&self, section: &str, report: &mut Report<'_>) {
        let lists = [
            ("void_statuses", &self.void_statuses),
            ("credit_note_statuses", &self.credit_note_statuses),
            ("draft_statuses", &self.draft_statuses),
        ];
        check_disjoint(section, &lists, report);
    }
}
