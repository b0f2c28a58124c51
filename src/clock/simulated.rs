//! A clock from outside, for tests that live through a month in a minute: a file of eight bytes, milliseconds since 1970,
//! that a test, the mock servers and the program share. It only moves forward.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

static CLOCK: OnceLock<Clock> = OnceLock::new();

/// How long, in real time, somebody who waits for an appointment looks away from the clock.
const GLANCE: Duration = Duration::from_millis(1);

pub(super) struct Clock {
    file: File,
    began: (DateTime<Utc>, Instant),
}

/// From now on the time is what the file says.
///
/// # Errors
/// When the file cannot be opened.
pub fn simulate(file: &Path) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(file)?;
    let now = read(&file);
    // Only the first call has an effect.
    let _ = CLOCK.set(Clock { file, began: (now, Instant::now()) });
    Ok(())
}

pub(super) fn clock() -> Option<&'static Clock> {
    CLOCK.get()
}

/// Lets a moment of real time pass.
pub(super) async fn glance() {
    tokio::time::sleep(GLANCE).await;
}

impl Clock {
    pub(super) fn now(&self) -> DateTime<Utc> {
        read(&self.file)
    }

    pub(super) fn instant(&self) -> Instant {
        let (wall, instant) = self.began;
        instant + self.now().signed_duration_since(wall).to_std().unwrap_or_default()
    }

    /// Moves the clock on, unless somebody else has done so meanwhile.
    pub(super) async fn pass(&self, time: Duration) {
        // The file knows no part of a millisecond: rounded down, a short wait would never come to its end.
        let millis = i64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(0);
        let until = self.now() + TimeDelta::milliseconds(millis);
        // Others get their turn first: what waits less goes first.
        glance().await;
        if self.file.lock().is_ok() {
            if read(&self.file) < until {
                // A clock that cannot be moved stands still; the test that drives it notices.
                let _ = self.file.write_all_at(&until.timestamp_millis().to_le_bytes(), 0);
            }
            let _ = self.file.unlock();
        }
    }
}

fn read(file: &File) -> DateTime<Utc> {
    let mut bytes = [0; 8];
    // Eight bytes are read whole or not at all; a file that has gone leaves the clock at its origin.
    let _ = file.read_exact_at(&mut bytes, 0);
    DateTime::from_timestamp_millis(i64::from_le_bytes(bytes)).unwrap_or_default()
}
