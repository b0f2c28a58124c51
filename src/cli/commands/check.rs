//! `sirank check`.

use super::auth;
use crate::cli::args::Common;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::wiring::{self, Context};
use crate::engine::CheckReport;

/// The configuration alone.
pub(in crate::cli) fn offline(common: &Common, out: &mut Output) -> Result<Exit, CliError> {
    let loaded = wiring::load(common)?;
    let findings = loaded.findings().into_iter().chain(auth::findings(&loaded)).collect();
    let report = CheckReport { findings, ..CheckReport::default() };
    out.print(&report, render::check)?;
    out.note("The live systems were not asked: `sirank check` does that.")?;
    Ok(if report.passed() { Exit::Done } else { Exit::Configuration })
}

/// The configuration against the live systems.
pub(in crate::cli) async fn live(context: &Context, out: &mut Output) -> Result<Exit, CliError> {
    let store = context.open_store_if_free()?;
    let systems = context.systems(&store)?;
    let mut report = systems.engine(context, &store).check().await;
    // After the systems were asked: a token may have been renewed, or found to be lost.
    report.findings.extend(auth::findings(context.loaded()));
    report.findings.sort_by_key(|finding| finding.severity);
    out.print(&report, render::check)?;
    // A system that could not be used says more of what to do than the findings of the others.
    Ok(match report.failures.first() {
        Some(error) => (&error.trouble).into(),
        None if report.passed() => Exit::Done,
        None => Exit::Configuration,
    })
}
