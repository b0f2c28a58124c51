//! `sirank check`.

use crate::cli::args::Common;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::wiring::{self, Context};
use crate::engine::{CheckReport, EngineError};
use crate::ports::{Finding, Severity};

/// The configuration alone.
pub(in crate::cli) fn offline(common: &Common, out: &mut Output) -> Result<Exit, CliError> {
    let loaded = wiring::load(common)?;
    let problems = loaded.connection_problems();
    let findings: Vec<Finding> = problems
        .iter()
        .map(|problem| Finding {
            severity: Severity::Error,
            place: problem.key.clone(),
            what: problem.message.clone(),
            advice: problem.advice.clone(),
        })
        .collect();
    let report = CheckReport { findings, coverage: Vec::new() };
    out.print(&report, |report| match report.passed() {
        true => {
            "The configuration is valid. The live systems were not asked: `sirank check` does that.".into()
        }
        false => render::check(report),
    })?;
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
