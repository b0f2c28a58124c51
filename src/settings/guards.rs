//! `[guards]`: when a plan is held for approval.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::Share;

/// When a plan is held for approval instead of being applied.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GuardRules {
    /// Held if it changes the cluster of more than this share of the companies that have one.
    pub max_cluster_change_share: Share,
    /// Held if it clears more than this share of the values that stand in the CRM.
    pub max_clear_share: Share,
    /// Held if a source delivers less than this share of the documents that it delivered the last time, or the CRM of
    /// the companies.
    pub min_feed_share: Share,
    /// Held if it closes more than this share of the open cards of the Wake Up pipeline although nobody bought, and more
    /// than ten.
    pub max_card_close_share: Share,
}

impl Default for GuardRules {
    fn default() -> Self {
        Self {
            max_cluster_change_share: Share::percent(20),
            max_clear_share: Share::percent(10),
            min_feed_share: Share::percent(80),
            max_card_close_share: Share::percent(50),
        }
    }
}
