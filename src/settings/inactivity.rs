//! `[inactivity]`: when a customer is inactive.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When a customer is inactive.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Inactivity {
    /// Days since the last purchase after which (not at which) a customer is inactive.
    #[schemars(range(min = 1, max = 36500))]
    pub days: u32,
}

impl Default for Inactivity {
    fn default() -> Self {
        Self { days: 180 }
    }
}
