//! Inactivity and cold customers (source: `SiComputer`).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::cluster::Potential;
use super::super::rules::Rules;
use super::super::time::Day;
use super::CompanyFacts;

/// Why an inactive customer is not cold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColdExclusion {
    /// Its category is an excluded one.
    Category,
    /// It has an open deal in a watched pipeline.
    OpenDeal,
    /// Its potential is lost.
    Lost,
}

impl ColdExclusion {
    /// Every exclusion, in the order in which they apply.
    pub const ALL: [Self; 3] = [Self::Category, Self::OpenDeal, Self::Lost];

    /// The internal name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::OpenDeal => "open_deal",
            Self::Lost => "lost",
        }
    }
}

impl fmt::Display for ColdExclusion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// Whether the last purchase is more than the set number of days ago; the number itself is not inactive.
pub(super) fn is_inactive(rules: &Rules, as_of: Day, last_purchase: Option<Day>) -> bool {
    last_purchase.is_some_and(|last| as_of.days_since(last) > rules.inactive_after_days)
}

/// The first exclusion that applies to an inactive customer.
pub(super) fn cold_exclusion(
    rules: &Rules,
    facts: &CompanyFacts,
    potential: Option<Potential>,
) -> Option<ColdExclusion> {
    if facts.excluded_category {
        Some(ColdExclusion::Category)
    } else if facts.open_deal {
        Some(ColdExclusion::OpenDeal)
    } else if rules.cold.exclude_lost && potential == Some(Potential::Lost) {
        Some(ColdExclusion::Lost)
    } else {
        None
    }
}
