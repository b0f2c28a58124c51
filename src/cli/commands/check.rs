//! `sirank check`.

use tokio_util::sync::CancellationToken;

use super::auth;
use crate::cli::args::Common;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::Output;
use crate::cli::render;
use crate::cli::wiring::{self, Context};
use crate::engine::CheckReport;
use crate::notify::Notifier;
use crate::ports::{Finding, Severity};

/// That the service cannot notify anybody as it is configured, and so does not start.
fn unusable(error: &CliError) -> Finding {
    let (place, what) = ("notify".to_owned(), error.to_string());
    Finding { severity: Severity::Error, place, what, advice: String::new() }
}

/// The configuration alone.
pub(in crate::cli) fn offline(common: &Common, out: &mut Output) -> Result<Exit, CliError> {
    let loaded = wiring::load(common)?;
    let mut findings: Vec<Finding> = loaded.findings().into_iter().chain(auth::findings(&loaded)).collect();
    findings.extend(match wiring::notifier(&loaded, &CancellationToken::new()) {
        Ok(notifier) => notifier.as_ref().map(Notifier::configured).unwrap_or_default(),
        // The findings of the configuration say so already.
        Err(CliError::Settings(_)) => Vec::new(),
        Err(error) => vec![unusable(&error)],
    });
    findings.sort_by_key(|finding| finding.severity);
    let report = CheckReport { findings, ..CheckReport::default() };
    out.print(&report, render::check)?;
    out.note("The live systems were not asked: `sirank check` does that.")?;
    Ok(if report.passed() { Exit::Done } else { Exit::Configuration })
}

/// The configuration against the live systems.
pub(in crate::cli) async fn live(context: &Context, out: &mut Output) -> Result<Exit, CliError> {
    let store = context.open_store_if_free()?;
    let systems = context.systems(&store)?;
    let mut report = systems.engine(context, &store).check().await;
    // After the systems were asked: a token may have been renewed, or found to be lost.
    report.findings.extend(auth::findings(context.loaded()));
    report.findings.extend(match context.notifier() {
        Ok(None) => Vec::new(),
        Ok(Some(notifier)) => notifier.findings().await,
        Err(error) => vec![unusable(&error)],
    });
    report.findings.sort_by_key(|finding| finding.severity);
    out.print(&report, render::check)?;
    // A system that could not be used says more of what to do than the findings of the others.
    Ok(match report.failures.first() {
        Some(error) => (&error.trouble).into(),
        None if report.passed() => Exit::Done,
        None => Exit::Configuration,
    })
}
