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
    /// Hours after which all companies are read again, where the CRM otherwise tells what has changed.
    #[schemars(range(min = 1, max = 720))]
    pub whole_hours: u32,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { interval_minutes: 60, whole_hours: 24 }
    }
}
