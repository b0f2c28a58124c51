//! `sirank runs`.

use crate::cli::args::RunsArgs;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::wiring::Context;

/// Prints what each run did.
pub(in crate::cli) fn run(context: &Context, args: &RunsArgs, out: &mut Output) -> Result<Exit, CliError> {
    let store = context.open_store_for_reading()?;
    let runs = store.runs(args.limit)?;
    out.print(&runs, |runs| render::runs(runs))?;
    Ok(Exit::Done)
}
