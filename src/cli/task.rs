//! Commands that change something: they need the state for themselves, or the service that holds it does them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::daemon::handover;
use crate::domain::time::Day;
use crate::engine::{Engine, Progress};
use crate::store::{Store, StoreError};

use super::args::{ApplyArgs, BackfillArgs, ScopeArgs, SetupArgs, UndoArgs};
use super::commands;
use super::error::CliError;
use super::exit_code::Exit;
use super::format::Format;
use super::output::Output;
use super::wiring::{Context, Systems};

/// A command that changes something, as it is handed to the service.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// `sirank setup`.
    Setup(SetupArgs),
    /// `sirank backfill`.
    Backfill(BackfillArgs),
    /// `sirank plan`.
    Plan(ScopeArgs),
    /// `sirank apply`.
    Apply(ApplyArgs),
    /// `sirank undo`.
    Undo(UndoArgs),
}

/// What a task works with.
pub(crate) struct Work<'a> {
    /// The configuration.
    pub(crate) context: &'a Context,
    /// The state.
    pub(crate) store: &'a Arc<Store>,
    /// The systems.
    pub(crate) systems: &'a Systems,
    /// Who is told how far it has come.
    pub(crate) progress: &'a dyn Progress,
    /// The day to compute for, where it is not today.
    pub(crate) as_of: Option<Day>,
}

impl Work<'_> {
    /// The engine.
    pub(crate) fn engine(&self) -> Engine<'_> {
        self.systems.engine_telling(self.context, self.store, self.progress)
    }

    /// Today, in the business zone.
    pub(crate) fn today(&self) -> Day {
        self.context.today()
    }

    /// The day to compute for.
    pub(crate) fn as_of(&self) -> Day {
        self.as_of.unwrap_or_else(|| self.context.as_of())
    }
}

impl Task {
    /// The command's name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Setup(_) => "setup",
            Self::Backfill(_) => "backfill",
            Self::Plan(_) => "plan",
            Self::Apply(_) => "apply",
            Self::Undo(_) => "undo",
        }
    }

    /// Whether it is long work that nobody waits for at the keyboard.
    pub(super) fn is_patient(&self) -> bool {
        matches!(self, Self::Backfill(_) | Self::Apply(_))
    }

    /// Does it.
    pub(crate) async fn perform(&self, work: &Work<'_>, out: &mut Output) -> Result<Exit, CliError> {
        match self {
            Self::Setup(args) => commands::setup::run(work, args, out).await,
            Self::Backfill(args) => commands::backfill::run(work, args, out).await,
            Self::Plan(args) => commands::plan::run(work, args, out).await,
            Self::Apply(args) => commands::apply::run(work, args, out).await,
            Self::Undo(args) => commands::undo::run(work, args, out).await,
        }
    }
}

/// Does a task here, or has the service do it that holds the state.
pub(super) async fn run(
    context: Context,
    task: &Task,
    format: Format,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let context = &if task.is_patient() { context.patient() } else { context };
    match context.open_store() {
        Ok(store) => {
            let systems = context.systems(&store)?;
            let progress = context.progress();
            let work =
                Work { context, store: &store, systems: &systems, progress: progress.as_ref(), as_of: None };
            task.perform(&work, out).await
        }
        Err(CliError::Store(StoreError::Held { path, by })) => {
            let request = handover::Request::new(task.clone(), context.given_as_of(), format);
            let progress = context.progress();
            match handover::ask(&path, &request, progress.as_ref(), out).await? {
                Some(exit) => Ok(exit),
                None => Err(StoreError::Held { path, by }.into()),
            }
        }
        Err(error) => Err(error),
    }
}
