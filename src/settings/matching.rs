//! `[matching]`: how documents find their company.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::duplicates::DuplicateRule;
use crate::domain::rules::AmbiguousKeys;

/// How documents find their company.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Matching {
    /// What a key means that several companies hold: `skip` (none of them gets figures, all are listed) or `oldest`.
    pub ambiguous: Ambiguous,
    /// What a document means that two sources hold, known by seller, year, number and kind: `report` (both count, and it is
    /// reported) or `count_once` (it counts for the source that is configured first).
    pub duplicates: Duplicates,
}

/// What a document means that two sources hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Duplicates {
    /// Both count, and it is reported.
    #[default]
    Report,
    /// It counts for the source that is configured first.
    CountOnce,
}

impl From<Duplicates> for DuplicateRule {
    fn from(choice: Duplicates) -> Self {
        match choice {
            Duplicates::Report => Self::Report,
            Duplicates::CountOnce => Self::CountOnce,
        }
    }
}

/// What a key means that several companies hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Ambiguous {
    /// None of the companies gets figures; all are listed.
    #[default]
    Skip,
    /// The oldest company by creation date, then id.
    Oldest,
}

impl From<Ambiguous> for AmbiguousKeys {
    fn from(choice: Ambiguous) -> Self {
        match choice {
            Ambiguous::Skip => Self::Skip,
            Ambiguous::Oldest => Self::Oldest,
        }
    }
}
