//! Deal pipelines and their stages.

use serde_json::{Value, json};

use crate::clock::iso;

/// One stage.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The internal id: a string on the wire, numeric for stages made by the API.
    pub id: String,
    /// What people see.
    pub label: String,
    /// Its place.
    pub display_order: i64,
    /// "0.0" is closed lost, "1.0" closed won.
    pub probability: String,
    /// Milliseconds since the epoch.
    pub created_ms: i64,
    /// Milliseconds since the epoch.
    pub updated_ms: i64,
}

impl Stage {
    /// A stage with its probability from 0.0 to 1.0.
    pub fn new(id: &str, label: &str, display_order: i64, probability: &str) -> Self {
        Self {
            id: id.to_owned(),
            label: label.to_owned(),
            display_order,
            probability: probability.to_owned(),
            created_ms: 0,
            updated_ms: 0,
        }
    }

    /// Won or lost.
    pub fn is_closed(&self) -> bool {
        matches!(self.probability.as_str(), "0.0" | "1.0" | "0" | "1")
    }

    /// Won.
    pub fn is_won(&self) -> bool {
        matches!(self.probability.as_str(), "1.0" | "1")
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id, "label": self.label, "displayOrder": self.display_order,
            "metadata": {"isClosed": self.is_closed().to_string(), "probability": self.probability},
            "createdAt": iso(self.created_ms), "updatedAt": iso(self.updated_ms), "archived": false,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        })
    }
}

/// One pipeline.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The internal id.
    pub id: String,
    /// What people see.
    pub label: String,
    /// Its place.
    pub display_order: i64,
    /// In display order.
    pub stages: Vec<Stage>,
    /// Milliseconds since the epoch.
    pub created_ms: i64,
    /// Milliseconds since the epoch.
    pub updated_ms: i64,
}

impl Pipeline {
    /// A pipeline with these stages.
    pub fn new(id: &str, label: &str, stages: Vec<Stage>) -> Self {
        Self {
            id: id.to_owned(),
            label: label.to_owned(),
            display_order: 0,
            stages,
            created_ms: 0,
            updated_ms: 0,
        }
    }

    /// A pipeline with two open stages, a won one and a lost one: `{id}_new`, `{id}_offer`, `{id}_won`, `{id}_lost`.
    pub fn plain(id: &str, label: &str) -> Self {
        let stage = |suffix: &str, label: &str, at, probability| {
            Stage::new(&format!("{id}_{suffix}"), label, at, probability)
        };
        let stages = vec![
            stage("new", "New", 0, "0.2"),
            stage("offer", "Offer sent", 1, "0.6"),
            stage("won", "Closed won", 2, "1.0"),
            stage("lost", "Closed lost", 3, "0.0"),
        ];
        Self::new(id, label, stages)
    }

    /// A stage by id.
    pub fn stage(&self, id: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == id)
    }

    /// The first stage that is not closed.
    pub fn open_stage(&self) -> Option<&Stage> {
        self.stages.iter().find(|stage| !stage.is_closed())
    }

    pub(crate) fn to_json(&self) -> Value {
        let stages: Vec<Value> = self.stages.iter().map(Stage::to_json).collect();
        json!({
            "id": self.id, "label": self.label, "displayOrder": self.display_order, "stages": stages,
            "createdAt": iso(self.created_ms), "updatedAt": iso(self.updated_ms), "archived": false,
        })
    }
}
