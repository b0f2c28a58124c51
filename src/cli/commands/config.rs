//! `sirank config`.

use crate::cli::args::{Common, ConfigArgs};
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::Output;
use crate::cli::wiring;
use crate::settings::schema_text;

/// Prints the effective configuration, or its schema.
pub(in crate::cli) fn run(common: &Common, args: &ConfigArgs, out: &mut Output) -> Result<Exit, CliError> {
    if args.schema {
        out.text(&schema_text())?;
        return Ok(Exit::Done);
    }
    let loaded = wiring::load(common)?;
    out.print(&loaded.effective_json(), |_| loaded.effective_text())?;
    Ok(Exit::Done)
}
