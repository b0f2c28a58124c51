//! `[matching]`: how documents find their company.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::rules::AmbiguousKeys;

/// How documents find their company.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Matching {
    /// What a key means that several companies hold: `skip` (none of them gets figures, all are listed) or `oldest`.
    pub ambiguous: Ambiguous,
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
