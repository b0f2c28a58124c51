//! `sirank setup`.

use crate::cli::args::SetupArgs;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::task::Work;

/// Creates what is missing in the CRM.
pub(in crate::cli) async fn run(
    work: &Work<'_>,
    args: &SetupArgs,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let report = work.engine().setup(args.dry_run).await?;
    out.print(&report, |report| render::setup(report, args.dry_run))?;
    // What is left to a person keeps every run from beginning, so a script has to know.
    let ready = args.dry_run || report.is_complete();
    Ok(if ready { Exit::Done } else { Exit::Configuration })
}
