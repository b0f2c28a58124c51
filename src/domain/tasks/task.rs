//! A task as the CRM holds it, and what tells sirank's from all others.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::company::Version;
use crate::domain::ids::{CompanyId, DealId, OwnerId, TaskId};
use crate::domain::time::Day;

/// What a task asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// A card reached the appointment: the owner of the company prepares it.
    Appointment,
    /// A deal was won: its owner asks the customer for feedback.
    Feedback,
    /// A contact is overdue: the owner of the company contacts it.
    Contact,
}

impl TaskKind {
    /// Every kind, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Appointment, Self::Feedback, Self::Contact];

    /// Its word in keys and reports: `appointment`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Appointment => "appointment",
            Self::Feedback => "feedback",
            Self::Contact => "contact",
        }
    }
}

/// What tells a task of sirank's from all others, for ever: what it asks for, and because of what.
///
/// It stands in the task's text between `[sirank ` and `]`: neither CRM has fields of one's own for tasks that can be
/// relied on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TaskKey {
    kind: TaskKind,
    about: String,
}

const OPENING: &str = "[sirank ";
const CLOSING: char = ']';

impl TaskKey {
    /// The word by which a search finds every marker.
    pub const WORD: &'static str = "sirank";

    /// The task that follows from a card in the stage of the appointment: one for ever.
    pub fn appointment(card: &DealId) -> Self {
        Self { kind: TaskKind::Appointment, about: card.to_string() }
    }

    /// The task that follows from a won deal: one for ever.
    pub fn feedback(deal: &DealId) -> Self {
        Self { kind: TaskKind::Feedback, about: deal.to_string() }
    }

    /// The task that an overdue contact leads to on a day: a company gets at most one a day.
    pub fn contact(company: &CompanyId, day: Day) -> Self {
        Self { kind: TaskKind::Contact, about: format!("{company}@{day}") }
    }

    /// A key as [`fmt::Display`] writes it; none for anything else.
    pub fn read(text: &str) -> Option<Self> {
        let (kind, about) = text.trim().split_once(':')?;
        let kind = TaskKind::ALL.into_iter().find(|known| known.key() == kind)?;
        (!about.is_empty()).then(|| Self { kind, about: about.to_owned() })
    }

    /// The key in the text of a task: the last marker counts. None where a person made the task, or took the marker out.
    pub fn find(text: &str) -> Option<Self> {
        text.rsplit(OPENING).find_map(|behind| Self::read(behind.split_once(CLOSING)?.0))
    }

    /// A text in which nothing can be taken for a marker: names are people's.
    pub fn without_markers(text: &str) -> String {
        text.replace('[', "(")
    }

    /// What it asks for.
    pub const fn kind(&self) -> TaskKind {
        self.kind
    }

    /// As it stands in the text of a task.
    pub fn marker(&self) -> String {
        format!("{OPENING}{self}{CLOSING}")
    }
}

impl fmt::Display for TaskKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.kind.key(), self.about)
    }
}

impl From<TaskKey> for String {
    fn from(key: TaskKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for TaskKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::read(&text).ok_or_else(|| format!("`{text}` is no key of a task"))
    }
}

/// A task of sirank's in the CRM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// sirank's key.
    pub key: TaskKey,
    /// Every company that it is filed under.
    pub companies: Vec<CompanyId>,
    /// Whose it is.
    pub owner: Option<OwnerId>,
    /// Whether it is done.
    pub done: bool,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// The day on which it was last changed, in the business zone.
    pub changed_on: Day,
    /// Which state of the record this is, where the CRM says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
}

/// A won deal of a watched pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WonDeal {
    /// The deal.
    pub id: DealId,
    /// Its name.
    pub name: String,
    /// Its owner, active or not.
    pub owner: Option<OwnerId>,
    /// Every company that it is associated with.
    pub companies: Vec<CompanyId>,
    /// The day on which it was won, in the business zone.
    pub won_on: Day,
}
