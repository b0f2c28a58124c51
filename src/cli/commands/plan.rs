//! `sirank plan`.

use serde::Serialize;
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
use crate::store::{StoreError, StoredChange};

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
    let (store, plan) = (work.store, &report.plan.id);
    rows(out, |after| store.changes_after(plan, after, CHUNK), |change| render::change(change, &names))?;
    rows(out, |after| store.record_changes_after(plan, after, CHUNK), render::card)?;
    rows(out, |after| store.record_changes_after(plan, after, CHUNK), render::task)?;
    out.note(&render::plan_footer(&report))?;
    Ok(report.outcome.into())
}

/// Shows changes chunk by chunk, as they are read.
fn rows<C: Serialize>(
    out: &mut Output,
    chunk: impl Fn(Option<u32>) -> Result<Vec<StoredChange<C>>, StoreError>,
    render: impl Fn(&C) -> String,
) -> Result<(), CliError> {
    let mut after = None;
    loop {
        let changes = chunk(after)?;
        let Some(last) = changes.last() else { return Ok(()) };
        after = Some(last.seq);
        for stored in &changes {
            out.row(&stored.change, &render)?;
        }
    }
}
