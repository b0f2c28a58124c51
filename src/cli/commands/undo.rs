//! `sirank undo`.

use crate::cli::args::UndoArgs;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::field_names::FieldNames;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::task::Work;

/// Puts back what a run wrote.
pub(in crate::cli) async fn run(
    work: &Work<'_>,
    args: &UndoArgs,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let report = work.engine().undo(&args.run, work.today(), !args.dry_run).await?;
    let shown = render::Shown::of_dry_run(args.dry_run, work.store, &report.report.plan.id)?;
    let names = FieldNames::of(work.store)?;
    out.print(&report, |report| render::undo(report, &shown, &names))?;
    Ok(report.report.outcome.into())
}
