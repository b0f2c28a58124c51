//! What the builders and the handles of all mocks have in common.

use std::io;
use std::time::Duration;

use super::server::{self, App, Running};
use crate::clock::Clock;

/// Where a mock listens, by which clock, and how late it answers.
#[derive(Debug, Default)]
pub(crate) struct Setup {
    pub(crate) clock: Clock,
    pub(crate) latency: Duration,
    pub(crate) port: u16,
}

impl Setup {
    pub(crate) async fn start<A: App>(self, app: A) -> io::Result<Running<A>> {
        server::start(app, self.clock, self.latency, self.port).await
    }
}

/// Methods of a builder that holds a `setup`.
macro_rules! builder_methods {
    () => {
        /// Real time that every answer takes.
        #[must_use]
        pub fn latency(mut self, latency: std::time::Duration) -> Self {
            self.setup.latency = latency;
            self
        }

        /// The clock; the machine's by default.
        #[must_use]
        pub fn clock(mut self, clock: crate::clock::Clock) -> Self {
            self.setup.clock = clock;
            self
        }

        /// A fixed port; a free one by default.
        #[must_use]
        pub fn port(mut self, port: u16) -> Self {
            self.setup.port = port;
            self
        }
    };
}

/// Methods of a handle that holds the `running` server.
macro_rules! handle_methods {
    () => {
        /// `http://127.0.0.1:PORT`
        pub fn base_url(&self) -> String {
            format!("http://{}", self.running.address)
        }

        /// The mock's clock.
        pub fn clock(&self) -> &crate::clock::Clock {
            &self.running.shared.clock
        }

        /// Other real time that every answer takes from now on.
        pub fn set_latency(&self, latency: std::time::Duration) {
            let millis = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
            self.running.shared.latency_ms.store(millis, std::sync::atomic::Ordering::Relaxed);
        }

        /// Changes the script of faults.
        pub fn faults<T>(&self, change: impl FnOnce(&mut crate::faults::Faults) -> T) -> T {
            change(&mut self.running.shared.lock().faults)
        }

        /// All requests so far.
        pub fn requests(&self) -> Vec<crate::journal::RequestEntry> {
            self.running.shared.lock().journal.entries().to_vec()
        }

        /// How many requests there were so far.
        pub fn request_count(&self) -> usize {
            self.running.shared.lock().journal.entries().len()
        }

        /// The counters.
        pub fn stats(&self) -> crate::journal::Stats {
            self.running.shared.lock().journal.stats()
        }

        /// All writes so far.
        pub fn writes(&self) -> crate::journal::WriteLog {
            self.running.shared.lock().app.writes.clone()
        }

        /// Forgets requests and writes, not what the mock holds.
        pub fn forget(&self) {
            let mut core = self.running.shared.lock();
            core.journal.clear();
            core.app.writes.clear();
        }

        /// Whether request bodies are kept in the request log.
        pub fn record_bodies(&self, on: bool) {
            self.running.shared.lock().journal.record_bodies = on;
        }

        /// Stops it and waits until the port is free.
        pub async fn shutdown(mut self) {
            self.running.stopped().await;
        }
    };
}

pub(crate) use {builder_methods, handle_methods};
