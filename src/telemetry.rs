//! Log lines on standard error: text for people, JSON for machines.

mod line;

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::prelude::*;

use self::line::JsonLine;

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
            .fmt_fields(JsonFields::new())
            .event_format(JsonLine)
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
