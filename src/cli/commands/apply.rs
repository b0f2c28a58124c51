//! `sirank apply`.

use crate::cli::args::ApplyArgs;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::field_names::FieldNames;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::wiring::Context;

/// Applies a stored plan.
pub(in crate::cli) async fn run(
    context: &Context,
    args: &ApplyArgs,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let store = context.open_store()?;
    let systems = context.systems(&store)?;
    let report = systems.engine(context, &store).apply_plan(&args.plan, context.today()).await?;
    let names = FieldNames::of(&store)?;
    out.print(&report, |report| render::run(report, &[], &names))?;
    Ok(report.outcome.into())
}
