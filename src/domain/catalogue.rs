//! The catalogue of figures: each described once. Property creation, plans, report headings and the documentation come
//! from it.

use serde::{Deserialize, Serialize};

use super::value::ValueKind;

mod descriptions;

/// A figure that sirank writes to a company.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
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

impl Figure {
    /// Every figure, in the order of the table of properties.
    pub const ALL: [Self; 19] = [
        Self::Score,
        Self::Cluster,
        Self::RevenueBand,
        Self::Revenue36m,
        Self::Revenue12m,
        Self::PurchaseDays12m,
        Self::FirstPurchase,
        Self::LastPurchase,
        Self::Inactive180d,
        Self::ColdCustomer,
        Self::ColdExclusion,
        Self::Action,
        Self::NextContactDue,
        Self::ContactOverdue,
        Self::KeyAccountMissing,
        Self::Phase,
        Self::RevenueLastActive,
        Self::Ltv,
        Self::Explanation,
    ];

    /// Its description.
    pub fn describe(self) -> &'static Description {
        // The declaration, `ALL` and the descriptions have one order; a test holds them together.
        &descriptions::DESCRIPTIONS[self as usize]
    }

    /// Its name without a prefix: `revenue_36m`.
    pub fn name(self) -> &'static str {
        self.describe().name
    }

    /// The name of its property: `sirank_revenue_36m` with the prefix `sirank_`.
    pub fn property_name(self, prefix: &str) -> String {
        format!("{prefix}{}", self.name())
    }

    /// The figure of a name without a prefix.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|figure| figure.name() == name)
    }
}

impl std::fmt::Display for Figure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::super::cluster::{Action, Cluster, RevenueBand};
    use super::super::figures::{ColdExclusion, Phase};
    use super::*;

    #[test]
    fn every_figure_is_described_once_under_the_name_that_it_is_serialised_by() {
        for (place, figure) in Figure::ALL.into_iter().enumerate() {
            assert_eq!(figure.describe().figure, figure);
            assert_eq!(descriptions::DESCRIPTIONS[place].figure, figure, "the order of the table");
            assert_eq!(serde_json::to_value(figure).unwrap(), figure.name());
            assert_eq!(Figure::from_name(figure.name()), Some(figure));
            for text in [figure.describe().label, figure.describe().definition] {
                assert!(!text.en.trim().is_empty() && !text.it.trim().is_empty(), "{figure}");
            }
        }
        assert_eq!(Figure::from_name("sirank_score"), None);
        assert_eq!(Figure::Revenue36m.property_name("sirank_"), "sirank_revenue_36m");
    }

    #[test]
    fn people_can_type_every_label_into_the_screens_of_every_crm() {
        // vTiger 7 and 8 refuse these in labels of fields, and some of them in values of picklists.
        let refused = ['&', '<', '>', ':', '\'', '"', ',', '_', '#'];
        let labels = Figure::ALL.map(Figure::describe).into_iter().flat_map(|description| {
            std::iter::once(description.label).chain(description.options.iter().map(|option| option.label))
        });
        for text in labels.flat_map(|label| [label.en, label.it]) {
            assert!(!text.contains(refused), "{text}");
        }
    }

    #[test]
    fn options_are_the_values_that_the_computation_gives() {
        let names = |figure: Figure| figure.describe().options.iter().map(|o| o.name).collect::<Vec<_>>();
        assert_eq!(names(Figure::Cluster), Cluster::ALL.map(Cluster::as_str));
        assert_eq!(names(Figure::RevenueBand), RevenueBand::ALL.map(RevenueBand::as_str));
        assert_eq!(names(Figure::Action), Action::ALL.map(Action::as_str));
        assert_eq!(names(Figure::Phase), Phase::ALL.map(Phase::as_str));
        assert_eq!(names(Figure::ColdExclusion), ColdExclusion::ALL.map(ColdExclusion::as_str));
        for figure in Figure::ALL {
            let description = figure.describe();
            assert_eq!(description.kind == ValueKind::Choice, !description.options.is_empty(), "{figure}");
        }
    }
}
