//! `sirank backfill`.

use crate::cli::args::{BackfillArgs, ScopeArgs};
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::field_names::FieldNames;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::wiring::Context;
use crate::domain::ids::CompanyId;
use crate::engine::{DRY_RUN, Reading, Request, Scope};

/// Pulls everything, computes, plans, and applies unless it is a dry run.
pub(in crate::cli) async fn run(
    context: &Context,
    args: &BackfillArgs,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let store = context.open_store()?;
    let systems = context.systems(&store)?;
    let engine = systems.engine(context, &store);
    let request = Request {
        command: if args.dry_run { DRY_RUN } else { "backfill" },
        as_of: context.as_of(),
        today: context.today(),
        reading: Reading::Whole,
        scope: scope(&args.scope),
        apply: !args.dry_run,
        resume: args.resume,
    };
    let report = engine.run(&request).await?;
    let changes = if args.dry_run {
        store.changes_after(&report.plan.id, None, render::MOST_CHANGES)?
    } else {
        Vec::new()
    };
    let names = FieldNames::of(&store)?;
    out.print(&report, |report| render::run(report, &changes, &names))?;
    Ok(report.outcome.into())
}

/// The companies that were named.
pub(in crate::cli) fn scope(args: &ScopeArgs) -> Scope {
    Scope { companies: args.company.iter().map(|id| CompanyId::from(id.trim())).collect(), limit: args.limit }
}
