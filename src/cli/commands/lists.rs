//! `sirank unmatched`, `sirank rejected`, `sirank failed`.

use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::field_names::FieldNames;
use crate::cli::output::Output;
use crate::cli::render::{self, Failed};
use crate::cli::wiring::Context;
use crate::engine::{refused_lately, rejected_documents, unmatched_documents};

/// Documents that are no company's.
pub(in crate::cli) fn unmatched(context: &Context, out: &mut Output) -> Result<Exit, CliError> {
    let store = context.open_store_for_reading()?;
    let documents = unmatched_documents(&store, context.policy(), context.as_of())?;
    out.print(&documents, |documents| render::unmatched(documents))?;
    Ok(Exit::Done)
}

/// Documents that could not be used.
pub(in crate::cli) fn rejected(context: &Context, out: &mut Output) -> Result<Exit, CliError> {
    let store = context.open_store_for_reading()?;
    let documents = rejected_documents(&store)?;
    out.print(&documents, |documents| render::rejected(documents))?;
    Ok(Exit::Done)
}

/// Writes that the CRM refused: figures that still stand, cards and tasks of the last day.
pub(in crate::cli) fn failed(context: &Context, out: &mut Output) -> Result<Exit, CliError> {
    let store = context.open_store_for_reading()?;
    let figures = store.failed_writes()?.into_iter().map(Failed::Figures);
    let records = refused_lately(&store)?.into_iter().map(Failed::Record);
    let failed: Vec<Failed> = figures.chain(records).collect();
    let names = FieldNames::of(&store)?;
    out.print(&failed, |failed| render::failed(failed, &names))?;
    Ok(Exit::Done)
}
