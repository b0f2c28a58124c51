//! `[cold]`: which inactive customers are not cold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which inactive customers are not cold.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cold {
    /// Categories whose companies are never cold, as the CRM has them.
    pub excluded_categories: Vec<String>,
    /// Deal pipelines, by id or label, in which an open deal keeps a company from being cold. Without this key every
    /// pipeline is watched; with an empty list none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watched_pipelines: Option<Vec<String>>,
    /// Whether a company of lost potential is never cold.
    pub exclude_lost: bool,
}

impl Default for Cold {
    fn default() -> Self {
        Self { excluded_categories: Vec::new(), watched_pipelines: None, exclude_lost: true }
    }
}
