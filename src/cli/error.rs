//! Why a command failed: a message for people and an exit code for scripts.

use crate::compute::ComputeError;
use crate::engine::EngineError;
use crate::notify::WayError;
use crate::ports::CallError;
use crate::settings::SettingsError;
use crate::store::{BackupError, StoreError};

use super::exit_code::Exit;

/// A failure of a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The configuration.
    #[error("{0}")]
    Settings(#[from] SettingsError),
    /// The engine.
    #[error("{0}")]
    Engine(#[from] EngineError),
    /// A remote system or a file.
    #[error("{0}")]
    Call(#[from] CallError),
    /// The state.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The copy of the state.
    #[error("{0}")]
    Backup(#[from] BackupError),
    /// A way of notifications.
    #[error("{0}")]
    Notify(#[from] WayError),
    /// The two-file computation.
    #[error("{0}")]
    Compute(#[from] ComputeError),
    /// An argument that the parser lets through but that means nothing.
    #[error("{0}")]
    Usage(String),
    /// Results could not be written.
    #[error("the results could not be written: {0}")]
    Output(#[from] std::io::Error),
    /// The service that was asked to do it could not.
    #[error("{message}")]
    Service {
        /// What it said.
        message: String,
        /// The exit code that it would have ended with.
        exit: Exit,
    },
    /// Something of this machine.
    #[error("{0}")]
    Machine(String),
}

impl CliError {
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Settings(_) | Self::Notify(_) => Exit::Configuration,
            Self::Engine(error) => error.into(),
            Self::Call(error) => (&error.trouble).into(),
            Self::Store(error) => error.into(),
            Self::Compute(error) => error.into(),
            Self::Usage(_) | Self::Backup(BackupError::Exists(_) | BackupError::Itself(_)) => Exit::Usage,
            Self::Service { exit, .. } => *exit,
            Self::Output(_) | Self::Machine(_) | Self::Backup(_) => Exit::Failure,
        }
    }
}
