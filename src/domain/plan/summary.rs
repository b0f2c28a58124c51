//! What a plan comes to, accumulated company by company: for people, and for the guards.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::catalogue::Figure;
use super::super::cluster::Cluster;
use super::super::company::CompanyRecord;
use super::super::ids::RunId;
use super::super::value::{Blanks, Value};
use super::{ChangeReason, CompanyChange, FieldChange};

/// A move of a company from a cluster to another, or to and from none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ClusterMove {
    /// What the CRM holds; none also where that is no cluster.
    pub from: Option<Cluster>,
    /// What it should hold.
    pub to: Option<Cluster>,
}

impl fmt::Display for ClusterMove {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |cluster: Option<Cluster>| cluster.map_or("none", Cluster::as_str);
        write!(out, "{}>{}", name(self.from), name(self.to))
    }
}

impl From<ClusterMove> for String {
    fn from(moved: ClusterMove) -> Self {
        moved.to_string()
    }
}

impl TryFrom<String> for ClusterMove {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let end = |name: &str| match name {
            "none" => Some(None),
            letter => Cluster::from_letter(letter).map(Some),
        };
        let ends = text.split_once('>').and_then(|(from, to)| Some((end(from)?, end(to)?)));
        ends.map(|(from, to)| Self { from, to })
            .ok_or_else(|| format!("`{text}` is no move between clusters"))
    }
}

/// What a plan does with cards of the Wake Up pipeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardCounts {
    /// Cards that are made.
    pub created: u64,
    /// Cards that move, or close.
    pub moved: u64,
    /// Of them, those that close although nobody bought.
    #[serde(default)]
    pub closing: u64,
    /// Cards that were open before.
    #[serde(default)]
    pub open: u64,
    /// Cold customers that wait for a later run, since there are as many cards as the settings allow.
    pub waiting: u64,
}

/// What a plan does with tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCounts {
    /// Tasks that are made.
    pub created: u64,
    /// Tasks that are ticked off.
    pub closed: u64,
    /// Overdue contacts that wait for a later run, since there are as many tasks as the settings allow.
    pub waiting: u64,
    /// Appointments and won deals that lead to no task, since nobody active could do it.
    pub without_owner: u64,
}

/// What a plan comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSummary {
    /// What is done with cards.
    #[serde(default)]
    pub cards: CardCounts,
    /// What is done with tasks.
    #[serde(default)]
    pub tasks: TaskCounts,
    /// Companies that were compared, changed or not.
    pub companies: u64,
    /// Of them, those that have a cluster in the CRM.
    pub with_cluster: u64,
    /// Values that they hold in sirank's properties.
    pub observed_values: u64,
    /// Companies that change.
    pub changed: u64,
    /// Values to write, by figure.
    pub fields: BTreeMap<Figure, u64>,
    /// Values to write, by reason.
    pub reasons: BTreeMap<ChangeReason, u64>,
    /// Companies whose cluster changes, by move. A first cluster is one, from none.
    pub cluster_moves: BTreeMap<ClusterMove, u64>,
    /// Companies whose cluster changes from one that the CRM holds.
    pub cluster_changes: u64,
    /// Values that are emptied.
    pub cleared_values: u64,
    /// Companies that are cleared since they have no figures any more.
    pub cleared_companies: u64,
    /// Values that would be written again although they were taken back, by the run that was undone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub undone: BTreeMap<RunId, u64>,
    /// Companies that are left out for now: the CRM refused the same values lately.
    #[serde(default)]
    pub waiting: u64,
}

impl PlanSummary {
    /// Counts a company that was compared, with its change if there is one.
    pub fn add(&mut self, record: &CompanyRecord, change: Option<&CompanyChange>, blanks: Blanks) {
        self.companies += 1;
        self.with_cluster += u64::from(record.observed.iter().any(|(figure, _)| *figure == Figure::Cluster));
        let held = |(figure, value): &&(Figure, Value)| !blanks.is_blank(figure.describe().kind, Some(value));
        self.observed_values +=
            u64::try_from(record.observed.iter().filter(held).count()).unwrap_or(u64::MAX);
        let Some(change) = change else { return };
        self.changed += 1;
        for field in &change.fields {
            self.add_field(field);
        }
        let cleared = change
            .fields
            .iter()
            .any(|field| matches!(field.reason, ChangeReason::ClearedNoKey | ChangeReason::ClearedAmbiguous));
        self.cleared_companies += u64::from(cleared);
    }

    /// All values to write.
    pub fn values(&self) -> u64 {
        self.fields.values().sum()
    }

    fn add_field(&mut self, field: &FieldChange) {
        *self.fields.entry(field.figure).or_default() += 1;
        *self.reasons.entry(field.reason).or_default() += 1;
        self.cleared_values += u64::from(field.is_clear());
        if field.figure == Figure::Cluster {
            let cluster = |value: Option<&super::Value>| value.and_then(|v| Cluster::from_letter(v.as_str()));
            let moved =
                ClusterMove { from: cluster(field.observed.as_ref()), to: cluster(field.intended.as_ref()) };
            *self.cluster_moves.entry(moved).or_default() += 1;
            self.cluster_changes += u64::from(field.observed.is_some());
        }
    }
}
