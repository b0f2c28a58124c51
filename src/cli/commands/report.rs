//! `sirank report`.

use crate::cli::args::ReportArgs;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::wiring::Context;
use crate::engine::Report;

/// Prints the matrix, key figures and the reconciliation of what was pulled last.
pub(in crate::cli) fn run(context: &Context, args: &ReportArgs, out: &mut Output) -> Result<Exit, CliError> {
    let store = context.open_store_for_reading()?;
    let report = Report::of(&store, context.policy(), context.as_of(), args.companies)?;
    out.print(&report, |report| render::report(report, context.currency()))?;
    Ok(Exit::Done)
}
