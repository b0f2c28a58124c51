//! Log lines on standard error: text for people, JSON for machines.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::prelude::*;

/// How log lines look and how many there are.
#[derive(Clone, Debug)]
pub struct LogRequest {
    /// JSON or text.
    pub json: bool,
    /// The filter: a level, or `target=level` pairs separated by commas.
    pub filter: String,
}

/// Whether standard error is a terminal.
pub fn on_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Begins to log. Only the first call has an effect.
pub fn init(request: &LogRequest) {
    let filter = EnvFilter::try_new(&request.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let started = if request.json {
        let layer = tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(true)
            .with_span_events(FmtSpan::NONE)
            .with_writer(std::io::stderr);
        registry.with(layer).try_init()
    } else {
        let layer = tracing_subscriber::fmt::layer()
            .with_target(false)
            .with_ansi(on_terminal())
            .with_writer(std::io::stderr);
        registry.with(layer).try_init()
    };
    // A second start in one process (tests) keeps the first.
    drop(started);
}
