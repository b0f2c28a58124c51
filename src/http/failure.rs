//! A call that failed for good, and what it means for its caller.

use std::fmt;
use std::time::Duration;

use super::answer::Answer;
use super::retry::Class;
use crate::ports::{CallError, Trouble};

/// Whether a failed call may have changed the outside world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It certainly changed nothing.
    NotApplied,
    /// It was sent, and nobody knows: look it up before sending it again.
    Unknown,
}

/// A call that failed after the retries that made sense.
#[derive(Debug)]
pub struct HttpFailure {
    /// The operation of the call.
    pub operation: &'static str,
    /// What the last attempt came to.
    pub class: Class,
    /// What happened, for people, with the server's correlation id.
    pub message: String,
    /// Whether it may have been applied.
    pub outcome: Outcome,
    /// The last answer, where there was one: for connectors that take refusals apart.
    pub answer: Option<Answer>,
    /// How many attempts were made.
    pub attempts: u32,
}

impl HttpFailure {
    /// A failure that the connector itself finds in an answer that came: nothing was changed by it.
    pub fn found(operation: &'static str, class: Class, message: impl Into<String>) -> Box<Self> {
        let (message, outcome) = (message.into(), Outcome::NotApplied);
        Box::new(Self { operation, class, message, outcome, answer: None, attempts: 1 })
    }

    /// The failure in the vocabulary of the ports.
    pub fn trouble(&self) -> Trouble {
        let message = self.to_string();
        match &self.class {
            Class::Unauthorized => Trouble::Unauthorized(self.message.clone()),
            Class::Forbidden { missing } => {
                Trouble::Forbidden { missing: missing.clone(), message: self.message.clone() }
            }
            Class::QuotaSpent { quota, until } => {
                Trouble::QuotaSpent { quota: quota.clone(), until: until.clone() }
            }
            Class::Throttled { after, .. } | Class::Locked { after } => unavailable(message, Some(*after)),
            Class::Overloaded { after } => unavailable(message, *after),
            Class::Unreachable | Class::Lost => unavailable(message, None),
            Class::NotCounted => Trouble::State(self.message.clone()),
            Class::Malformed | Class::TooLarge | Class::Ok | Class::Partial => Trouble::Malformed(message),
            Class::NotFound => {
                Trouble::Refused { code: "NOT_FOUND".to_owned(), message: self.message.clone() }
            }
            Class::Refused { code } => Trouble::Refused { code: code.clone(), message: self.message.clone() },
        }
    }

    /// The failure as an error of the ports; `doing` is for people: `reading companies`.
    pub fn during(&self, system: &str, doing: &str) -> CallError {
        CallError { system: system.to_owned(), operation: doing.to_owned(), trouble: self.trouble() }
    }
}

fn unavailable(message: String, retry_after: Option<Duration>) -> Trouble {
    Trouble::Unavailable { message, retry_after }
}

impl fmt::Display for HttpFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        if self.outcome == Outcome::Unknown {
            out.write_str("; outcome unknown: it may have been applied")?;
        }
        match self.attempts {
            0 | 1 => Ok(()),
            attempts => write!(out, " (after {attempts} attempts)"),
        }
    }
}

impl std::error::Error for HttpFailure {}
