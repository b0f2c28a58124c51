//! `sirank apply`.

use crate::cli::args::ApplyArgs;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::field_names::FieldNames;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::task::Work;

/// Applies a stored plan.
pub(in crate::cli) async fn run(
    work: &Work<'_>,
    args: &ApplyArgs,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let report = work.engine().apply_plan(&args.plan, work.today()).await?;
    let names = FieldNames::of(work.store)?;
    out.print(&report, |report| render::run(report, &render::Shown::default(), &names))?;
    Ok(report.outcome.into())
}
