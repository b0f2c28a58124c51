//! `sirank backup`.

use serde_json::json;

use crate::cli::args::BackupArgs;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::{Output, grouped};
use crate::cli::wiring::Context;

/// Copies the state into a file.
pub(in crate::cli) fn run(context: &Context, args: &BackupArgs, out: &mut Output) -> Result<Exit, CliError> {
    let store = context.open_store_for_reading()?;
    let bytes = store.backup(&args.file, args.force)?;
    let file = args.file.display().to_string();
    out.print(&json!({ "file": file, "bytes": bytes }), |_| {
        format!("{file}: {} bytes, whole and verified", grouped(&bytes.to_string()))
    })?;
    Ok(Exit::Done)
}
