//! `[potential]`: what a company without a potential is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::rules::MissingPotential;

/// What a company without a potential is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PotentialRule {
    /// What an unset or unknown potential means: `skip` (no cluster, the company is listed) or `low`.
    pub missing: Missing,
}

/// What an unset or unknown potential means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Missing {
    /// No cluster; the company is listed.
    #[default]
    Skip,
    /// As if it were low.
    Low,
}

impl From<Missing> for MissingPotential {
    fn from(choice: Missing) -> Self {
        match choice {
            Missing::Skip => Self::Skip,
            Missing::Low => Self::Low,
        }
    }
}
