//! `sirank backfill`.

use crate::cli::args::{BackfillArgs, ScopeArgs};
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::field_names::FieldNames;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::task::Work;
use crate::domain::ids::CompanyId;
use crate::engine::{DRY_RUN, Reading, Request, Scope};
use crate::events::{Event, emit};

/// Pulls everything, computes, plans, and applies unless it is a dry run.
pub(in crate::cli) async fn run(
    work: &Work<'_>,
    args: &BackfillArgs,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let request = Request {
        command: if args.dry_run { DRY_RUN } else { "backfill" },
        as_of: work.as_of(),
        today: work.today(),
        reading: Reading::Whole,
        scope: scope(&args.scope),
        apply: !args.dry_run,
        resume: args.resume,
    };
    let report = work.engine().run(&request).await?;
    let shown = render::Shown::of_dry_run(args.dry_run, work.store, &report.plan.id)?;
    if let Err(error) = work.engine().tidy() {
        // The work is done; the next run tidies up as well.
        emit(&Event::JournalNotPruned { reason: &error.to_string() });
    }
    let names = FieldNames::of(work.store)?;
    out.print(&report, |report| render::run(report, &shown, &names))?;
    Ok(report.outcome.into())
}

/// The companies that were named.
pub(in crate::cli) fn scope(args: &ScopeArgs) -> Scope {
    Scope { companies: args.company.iter().map(|id| CompanyId::from(id.trim())).collect(), limit: args.limit }
}
