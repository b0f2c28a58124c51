//! What is told, as a value: it waits in the state until it is sent, in whichever language is configured then.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use crate::domain::time::Day;

/// A way to tell people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// E-mail.
    Email,
    /// Microsoft Teams.
    Teams,
    /// Slack.
    Slack,
}

impl Channel {
    /// Its name in the log and the metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Teams => "teams",
            Self::Slack => "slack",
        }
    }
}

/// What kind of trouble a run met: says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A remote system, or its quota: it passes by itself.
    Passing,
    /// A permission is missing.
    Permission,
    /// The configuration, or what it points to.
    Configuration,
    /// The machine or the state on it.
    State,
    /// Anything else.
    Other,
}

/// Something that people are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A run failed.
    RunFailed {
        /// When it ended.
        at: DateTime<Utc>,
        /// The run, where it had begun.
        run: Option<String>,
        /// Why.
        reason: String,
        /// What kind of trouble it is.
        cause: Cause,
        /// Since when it is so, where it was told before.
        since: Option<DateTime<Utc>>,
    },
    /// A plan waits for approval.
    PlanHeld {
        /// The plan.
        plan: String,
        /// The day that it is for.
        as_of: Day,
        /// What the guards object.
        objections: Vec<String>,
    },
    /// A system accepts the credentials no more.
    AuthorizationLost {
        /// When that was noticed.
        at: DateTime<Utc>,
        /// The system.
        system: String,
        /// What it said, and what to do.
        advice: String,
    },
    /// A run went well after one that did not.
    Recovered {
        /// When it ended.
        at: DateTime<Utc>,
        /// When the trouble was first told.
        since: DateTime<Utc>,
    },
    /// What became of customers.
    Digest(Digest),
}

impl Notice {
    /// Its name in the log and the metrics.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::RunFailed { .. } => "run_failed",
            Self::PlanHeld { .. } => "plan_held",
            Self::AuthorizationLost { .. } => "authorization_lost",
            Self::Recovered { .. } => "recovered",
            Self::Digest(_) => "digest",
        }
    }
}
