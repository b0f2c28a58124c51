//! `sirank demo`: the whole thing against embedded mock servers, over real HTTP on loopback.

use sirank_mocks::fattureincloud::FattureInCloud;
use sirank_mocks::hubspot::{HubSpot, Limits};
use sirank_mocks::seed;

use crate::cli::args::{Common, DemoArgs};
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::wiring::Context;
use crate::domain::time::Day;
use crate::engine::{Report, Request, RunReport, Scope};
use crate::settings::{Environment, LoadRequest, Settings};

/// The day that the data is made for: the end of the period that the source's matrix shows.
const AS_OF: (i32, u32, u32) = (2013, 12, 31);

/// A credential of the mock servers; they run on loopback, for as long as the demo does.
const TOKEN: &str = "demo-token";

/// Set-up, backfill, matrix, and a second backfill that writes nothing.
pub(in crate::cli) async fn run(common: &Common, _args: &DemoArgs, out: &mut Output) -> Result<Exit, CliError> {
    let failed = |what: &str, error: &dyn std::fmt::Display| CliError::Machine(format!("{what}: {error}"));
    let portal = seed::cluster301().map_err(|error| failed("the demo data", &error))?;
    let hubspot = HubSpot::builder().token(TOKEN).seed(portal).limits(Limits::professional()).start().await;
    let hubspot = hubspot.map_err(|error| failed("the mock of HubSpot could not be started", &error))?;
    let books = seed::cluster301_books().map_err(|error| failed("the demo data", &error))?;
    let accounting = FattureInCloud::builder().token(TOKEN).seed(books).start().await;
    let accounting =
        accounting.map_err(|error| failed("the mock of Fatture in Cloud could not be started", &error))?;

    let folder = tempfile_folder()?;
    let result = play(common, out, &hubspot, &accounting, &folder).await;
    // The demo leaves nothing behind; that a temporary folder could not be removed is no failure of it.
    let _ = std::fs::remove_dir_all(&folder);
    hubspot.shutdown().await;
    accounting.shutdown().await;
    result
}
