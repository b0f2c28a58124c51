//! The mock's own clock: it may run with the machine's, start elsewhere, stand still and be pushed forward. Or it is one
//! that it shares with other processes: a file of eight bytes, milliseconds since 1970, which only moves forward.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};

/// A clock shared by a mock and the test that drives it. Clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
enum Inner {
    Own { base_ms: i64, running_since: Option<Instant>, shift_ms: AtomicI64 },
    Shared(File),
}

impl Clock {
    /// The machine's clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of the mocks that reads the machine's clock"
    )]
    pub fn system() -> Self {
        Self::starting_at(Utc::now())
    }

    /// A clock that shows `start` now and runs from there.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self::new(start, Some(Instant::now()))
    }

    /// A clock that stands at `instant` until it is advanced.
    pub fn frozen_at(instant: DateTime<Utc>) -> Self {
        Self::new(instant, None)
    }

    /// A clock that others share: it shows what the file says, and begins at `start` where there is no such file.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn shared(file: &Path, start: DateTime<Utc>) -> io::Result<Self> {
        let is_new = !file.exists();
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(file)?;
        if is_new {
            file.write_all_at(&start.timestamp_millis().to_le_bytes(), 0)?;
        }
        Ok(Self(Arc::new(Inner::Shared(file))))
    }

    fn new(at: DateTime<Utc>, running_since: Option<Instant>) -> Self {
        let base_ms = at.timestamp_millis();
        Self(Arc::new(Inner::Own { base_ms, running_since, shift_ms: AtomicI64::new(0) }))
    }

    /// Pushes the clock forward.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        match &*self.0 {
            Inner::Own { shift_ms, .. } => {
                shift_ms.fetch_add(by, Ordering::SeqCst);
            }
            Inner::Shared(file) => push(file, |now| now.saturating_add(by)),
        }
    }

    /// Pushes the clock forward to a moment, unless that has passed.
    pub fn advance_to(&self, ms: i64) {
        match &*self.0 {
            Inner::Own { shift_ms, .. } => {
                shift_ms.fetch_add((ms - self.now_ms()).max(0), Ordering::SeqCst);
            }
            Inner::Shared(file) => push(file, |_| ms),
        }
    }

    /// Whether other processes read it too: then nobody waits for it, but moves it.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(*self.0, Inner::Shared(_))
    }

    /// Milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        match &*self.0 {
            Inner::Own { base_ms, running_since, shift_ms } => {
                let ran = running_since.map_or(0, |since| since.elapsed().as_millis());
                base_ms + i64::try_from(ran).unwrap_or(i64::MAX) + shift_ms.load(Ordering::SeqCst)
            }
            Inner::Shared(file) => read(file),
        }
    }

    /// The instant it shows.
    pub fn now(&self) -> DateTime<Utc> {
        instant(self.now_ms())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// Moves a shared clock, never back, while nobody else does.
fn push(file: &File, to: impl FnOnce(i64) -> i64) {
    // A clock that cannot be moved stands still; whoever drives it notices.
    if file.lock().is_ok() {
        let now = read(file);
        let then = to(now);
        if then > now {
            let _ = file.write_all_at(&then.to_le_bytes(), 0);
        }
        let _ = file.unlock();
    }
}

fn read(file: &File) -> i64 {
    let mut bytes = [0; 8];
    // Eight bytes are read whole or not at all.
    let _ = file.read_exact_at(&mut bytes, 0);
    i64::from_le_bytes(bytes)
}

/// The instant of so many milliseconds since the epoch.
pub(crate) fn instant(ms: i64) -> DateTime<Utc> {
    Utc.timestamp_millis_opt(ms).single().unwrap_or_default()
}

/// `Sun, 22 Nov 2026 10:00:00 GMT`, as a `Date` header has it.
pub(crate) fn http_date(ms: i64) -> String {
    instant(ms).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// `2026-11-22T10:00:00.000Z`
pub(crate) fn iso(ms: i64) -> String {
    instant(ms).to_rfc3339_opts(SecondsFormat::Millis, true)
}
