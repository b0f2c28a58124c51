//! How a run ended, as far as notices depend on it.

use super::notice::Cause;
use crate::domain::time::Day;
use crate::engine::{EngineError, RunReport};
use crate::ports::{CallError, Trouble};
use crate::store::RunOutcome;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It did what it was to do.
    Well,
    /// Its plan waits for approval.
    Held {
        /// The plan.
        plan: String,
        /// The day that it is for.
        as_of: Day,
        /// What the guards object.
        objections: Vec<String>,
    },
    /// It failed.
    Failed {
        /// What tells this failure from others; the same as long as it lasts.
        key: String,
        /// What kind of trouble it is.
        cause: Cause,
        /// Why, for people.
        reason: String,
        /// The run, where it had begun.
        run: Option<String>,
    },
    /// A system accepts the credentials no more.
    Lost {
        /// The system.
        system: String,
        /// What it said, and what to do.
        advice: String,
    },
    /// It was asked to stop: nothing is known of how it would have ended.
    Stopped,
}

impl Ended {
    /// How a run ended; `run` is its id, where it had begun.
    pub fn of(result: Result<&RunReport, &EngineError>, run: Option<&str>) -> Self {
        match result {
            Ok(report) => match report.outcome {
                RunOutcome::Held => Self::Held {
                    plan: report.plan.id.to_string(),
                    as_of: report.plan.as_of,
                    objections: report.plan.objections.clone(),
                },
                RunOutcome::Done | RunOutcome::DoneWithFailures => Self::Well,
                RunOutcome::Stopped | RunOutcome::Failed => Self::Stopped,
            },
            Err(EngineError::Stopped) => Self::Stopped,
            Err(EngineError::Call(CallError { system, trouble: Trouble::Unauthorized(advice), .. })) => {
                Self::Lost { system: system.clone(), advice: advice.clone() }
            }
            Err(error) => {
                let (key, cause) = kind(error);
                Self::Failed { key, cause, reason: error.to_string(), run: run.map(str::to_owned) }
            }
        }
    }

    /// The name of its notice, for the log.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Well | Self::Stopped => "recovered",
            Self::Held { .. } => "plan_held",
            Self::Failed { .. } => "run_failed",
            Self::Lost { .. } => "authorization_lost",
        }
    }
}

/// What tells a failure from others, without what differs from run to run (ids, times), and what kind of trouble it is.
fn kind(error: &EngineError) -> (String, Cause) {
    match error {
        EngineError::Store(_) => ("state".to_owned(), Cause::State),
        EngineError::Preflight(_) => ("preflight".to_owned(), Cause::Configuration),
        EngineError::Stopped | EngineError::NotFound(_) | EngineError::Overtaken(_) => {
            ("other".to_owned(), Cause::Other)
        }
        EngineError::Call(CallError { system, trouble, .. }) => {
            let (word, cause) = match trouble {
                Trouble::Configuration(_) => ("configuration", Cause::Configuration),
                Trouble::Input(_) => ("input", Cause::Configuration),
                Trouble::Unauthorized(_) => ("unauthorized", Cause::Permission),
                Trouble::Forbidden { .. } => ("forbidden", Cause::Permission),
                Trouble::Unavailable { .. } => ("unavailable", Cause::Passing),
                Trouble::QuotaSpent { .. } => ("quota", Cause::Passing),
                Trouble::Malformed(_) => ("malformed", Cause::Passing),
                Trouble::Refused { .. } => ("refused", Cause::Other),
                Trouble::State(_) => ("state", Cause::State),
            };
            (format!("{system} {word}"), cause)
        }
    }
}
