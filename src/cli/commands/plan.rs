//! `sirank plan`.

use serde_json::json;

use crate::cli::args::ScopeArgs;
use crate::cli::commands::backfill::scope;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::field_names::FieldNames;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::task::Work;
use crate::engine::{PLAN, Reading, Request};

/// How many changes are taken from the store at once.
const CHUNK: usize = 1_000;

/// Makes a plan of a new pull and shows it whole.
pub(in crate::cli) async fn run(
    work: &Work<'_>,
    args: &ScopeArgs,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let request = Request {
        command: PLAN,
        as_of: work.as_of(),
        today: work.today(),
        reading: Reading::Whole,
        scope: scope(args),
        apply: false,
        resume: false,
    };
    let report = work.engine().run(&request).await?;
    out.row(&json!({ "plan": report.plan }), |_| render::plan_heading(&report))?;
    let names = FieldNames::of(work.store)?;
    let mut after = None;
    loop {
        let chunk = work.store.changes_after(&report.plan.id, after, CHUNK)?;
        let Some(last) = chunk.last() else { break };
        after = Some(last.seq);
        for stored in &chunk {
            out.row(&stored.change, |change| render::change(change, &names))?;
        }
    }
    let mut after = None;
    loop {
        let chunk = work.store.card_changes_after(&report.plan.id, after, CHUNK)?;
        let Some(last) = chunk.last() else { break };
        after = Some(last.seq);
        for stored in &chunk {
            out.row(&stored.change, render::card)?;
        }
    }
    out.note(&render::plan_footer(&report))?;
    Ok(report.outcome.into())
}
