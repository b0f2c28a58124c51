//! `sirank explain`.

use crate::cli::args::ExplainArgs;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::wiring::Context;
use crate::engine::{Explained, Found, find};

/// Explains one company.
pub(in crate::cli) fn run(context: &Context, args: &ExplainArgs, out: &mut Output) -> Result<Exit, CliError> {
    let store = context.open_store_for_reading()?;
    let nothing = || {
        CliError::Usage(format!(
            "no company has the id, VAT number or name `{}` in what was pulled last",
            args.company
        ))
    };
    let id = match find(&store, &args.company)? {
        Found::Nothing => return Err(nothing()),
        Found::One(id) => id,
        Found::Several(hits) => {
            out.print(&hits, |hits| render::hits(hits))?;
            return Ok(Exit::Usage);
        }
    };
    let explained = Explained::of(&store, context.policy(), context.as_of(), &id)?.ok_or_else(nothing)?;
    out.print(&explained, |explained| render::explained(explained, context.currency()))?;
    Ok(Exit::Done)
}
