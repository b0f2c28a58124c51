//! `[schedule]`: how often the daemon works.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often the daemon works.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Schedule {
    /// Minutes from the start of a run to the start of the next.
    #[schemars(range(min = 1, max = 10080))]
    pub interval_minutes: u32,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { interval_minutes: 60 }
    }
}
