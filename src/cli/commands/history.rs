//! `sirank history`.

use crate::cli::args::HistoryArgs;
use crate::cli::commands::explain::company_named;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::wiring::Context;
use crate::engine::history;

/// Prints every value that was written to one company.
pub(in crate::cli) fn run(context: &Context, args: &HistoryArgs, out: &mut Output) -> Result<Exit, CliError> {
    let store = context.open_store_for_reading()?;
    let Some(company) = company_named(&store, &args.company, out)? else { return Ok(Exit::Usage) };
    let mut entries = history(&store, &company, context.settings().language)?;
    let all = entries.len();
    entries.truncate(args.limit);
    out.print(&entries, |entries| render::history(entries, &company, all))?;
    Ok(Exit::Done)
}
