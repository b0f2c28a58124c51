//! The exit codes: what scripts and service files may depend on.

use std::process::ExitCode;

use crate::compute::ComputeError;
use crate::engine::EngineError;
use crate::ports::Trouble;
use crate::store::{RunOutcome, StoreError};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// An unexpected failure.
    Failure = 1,
    /// Wrong usage of the command line.
    Usage = 2,
    /// The configuration, or what it points to, is invalid; nothing was written.
    Configuration = 3,
    /// Authentication or permission was refused.
    Permission = 4,
    /// A remote system was unavailable, or the run was stopped; the work can be resumed.
    Unavailable = 5,
    /// A guard held the plan for approval.
    Held = 6,
    /// Done, but some records were refused or rejected.
    DoneWithFailures = 7,
    /// Another instance holds the state.
    HeldByOther = 8,
}

impl Exit {
    /// The exit of a code; whatever is none is a failure.
    pub(crate) fn from_code(code: u8) -> Self {
        let all = [
            Self::Done,
            Self::Failure,
            Self::Usage,
            Self::Configuration,
            Self::Permission,
            Self::Unavailable,
            Self::Held,
            Self::DoneWithFailures,
            Self::HeldByOther,
        ];
        all.into_iter().find(|exit| *exit as u8 == code).unwrap_or(Self::Failure)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<RunOutcome> for Exit {
    fn from(outcome: RunOutcome) -> Self {
        match outcome {
            RunOutcome::Done => Self::Done,
            RunOutcome::DoneWithFailures => Self::DoneWithFailures,
            RunOutcome::Held => Self::Held,
            RunOutcome::Stopped => Self::Unavailable,
            RunOutcome::Failed => Self::Failure,
        }
    }
}

impl From<&Trouble> for Exit {
    fn from(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Configuration(_) | Trouble::Input(_) => Self::Configuration,
            Trouble::Unauthorized(_) | Trouble::Forbidden { .. } => Self::Permission,
            Trouble::Unavailable { .. } | Trouble::QuotaSpent { .. } | Trouble::Malformed(_) => {
                Self::Unavailable
            }
            Trouble::Refused { .. } | Trouble::State(_) => Self::Failure,
        }
    }
}

impl From<&StoreError> for Exit {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Held { .. } => Self::HeldByOther,
            StoreError::Missing(_) | StoreError::Older(_) | StoreError::Newer(_) => Self::Configuration,
            StoreError::Unopenable { .. } | StoreError::Full(_) | StoreError::Database { .. } => {
                Self::Failure
            }
        }
    }
}

impl From<&EngineError> for Exit {
    fn from(error: &EngineError) -> Self {
        match error {
            EngineError::Store(error) => error.into(),
            EngineError::Call(error) => (&error.trouble).into(),
            EngineError::Preflight(_) => Self::Configuration,
            EngineError::Stopped => Self::Unavailable,
            EngineError::NotFound(_) | EngineError::Overtaken(_) => Self::Usage,
        }
    }
}

impl From<&ComputeError> for Exit {
    fn from(error: &ComputeError) -> Self {
        match error {
            ComputeError::Input(_) => Self::Configuration,
            ComputeError::Output { .. } | ComputeError::Threads(_) => Self::Failure,
        }
    }
}
