//! `sirank check`.

use crate::cli::args::Common;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::wiring::{self, Context};
use crate::engine::{CheckReport, EngineError};

/// The configuration alone.
pub(in crate::cli) fn offline(common: &Common, out: &mut Output) -> Result<Exit, CliError> {
    let loaded = wiring::load(common)?;
    let report = CheckReport { findings: loaded.findings(), coverage: Vec::new() };
    out.print(&report, render::check)?;
    out.note("The live systems were not asked: `sirank check` does that.")?;
    Ok(if report.passed() { Exit::Done } else { Exit::Configuration })
}

/// The configuration against the live systems.
pub(in crate::cli) async fn live(context: &Context, out: &mut Output) -> Result<Exit, CliError> {
    let store = context.open_store()?;
    let systems = context.systems(&store)?;
    let report = match systems.engine(context, &store).check().await {
        Err(EngineError::Call(error)) => return Err(error.into()),
        other => other?,
    };
    out.print(&report, render::check)?;
    Ok(if report.passed() { Exit::Done } else { Exit::Configuration })
}
