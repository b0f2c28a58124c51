//! `sirank explain`.

use crate::cli::args::ExplainArgs;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::wiring::Context;
use crate::domain::ids::CompanyId;
use crate::engine::{Explained, Found, find};
use crate::store::Store;

/// Explains one company.
pub(in crate::cli) fn run(context: &Context, args: &ExplainArgs, out: &mut Output) -> Result<Exit, CliError> {
    let store = context.open_store_for_reading()?;
    let Some(id) = company_named(&store, &args.company, out)? else { return Ok(Exit::Usage) };
    let explained = Explained::of(&store, context.policy(), context.as_of(), &id)?
        .ok_or_else(|| unknown(&args.company))?;
    out.print(&explained, |explained| render::explained(explained, context.currency()))?;
    Ok(Exit::Done)
}

/// The company that a text names; none where several fit, which are listed. One that is gone is still known by its id, as
/// long as the journal holds what was written to it.
pub(in crate::cli) fn company_named(
    store: &Store,
    text: &str,
    out: &mut Output,
) -> Result<Option<CompanyId>, CliError> {
    match find(store, text)? {
        Found::One(id) => Ok(Some(id)),
        Found::Several(hits) => {
            out.print(&hits, |hits| render::hits(hits))?;
            Ok(None)
        }
        Found::Nothing => {
            let id = CompanyId::from(text.trim());
            if store.changes_of(&id, 1)?.is_empty() { Err(unknown(text)) } else { Ok(Some(id)) }
        }
    }
}

fn unknown(text: &str) -> CliError {
    CliError::Usage(format!("no company has the id, VAT number or name `{text}` in what was pulled last"))
}
