//! The catalogue of figures: each described once. Property creation, plans, report headings and the documentation come
//! from it.

use serde::{Deserialize, Serialize};

use super::value::ValueKind;

/// A figure that sirank writes to a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// SiRank.
    Score,
    /// The cell of the customer matrix.
    Cluster,
    /// The revenue band.
    RevenueBand,
    /// Revenue of the window of 36 months.
    #[serde(rename = "revenue_36m")]
    Revenue36m,
    /// Revenue of the window of 12 months.
    #[serde(rename = "revenue_12m")]
    Revenue12m,
    /// Purchase days in the window of 12 months.
    #[serde(rename = "purchase_days_12m")]
    PurchaseDays12m,
    /// First purchase day.
    FirstPurchase,
    /// Last purchase day.
    LastPurchase,
    /// No purchase for more than 180 days.
    #[serde(rename = "inactive_180d")]
    Inactive180d,
    /// Inactive and not excluded.
    ColdCustomer,
    /// Why an inactive customer is not cold.
    ColdExclusion,
    /// What the cluster asks for.
    Action,
    /// When the next direct contact is due.
    NextContactDue,
    /// Whether that day has passed.
    ContactOverdue,
    /// Whether a cluster that needs an active owner lacks one.
    KeyAccountMissing,
    /// The relationship phase.
    Phase,
    /// What a customer brought in a year while it was active.
    RevenueLastActive,
    /// Lifetime value.
    Ltv,
    /// Why the score and the cluster are what they are.
    Explanation,
}

/// The language of what users of the CRM see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Italian.
    It,
}

/// A text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// In English.
    pub en: &'static str,
    /// In Italian.
    pub it: &'static str,
}

impl Label {
    /// The text in a language.
    pub const fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::It => self.it,
        }
    }
}

/// One option of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChoiceOption {
    /// The internal name, as in [`super::value::Value`].
    pub name: &'static str,
    /// What people read.
    pub label: Label,
}

/// The description of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// The figure.
    pub figure: Figure,
    /// The name without the configured prefix.
    pub name: &'static str,
    /// What kind of value it has.
    pub kind: ValueKind,
    /// Its label.
    pub label: Label,
    /// What it means, in a sentence or two.
    pub definition: Label,
    /// The options of a choice; empty for other kinds.
    pub options: &'static [ChoiceOption],
}
