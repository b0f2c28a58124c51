//! One writer per state: a lock on a file beside it, which the kernel releases when the process ends, however it ends.

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::files;

/// Who holds a state, as far as it said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBy(pub String);

impl fmt::Display for HeldBy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { out.write_str("another instance") } else { write!(out, "{}", self.0) }
    }
}

/// The right to write a state.
#[derive(Debug)]
pub(super) struct InstanceLock {
    file: File,
}

impl Drop for InstanceLock {
    /// A process that is just being started still shares the file: closing it would not end the lock before that one runs
    /// its own program.
    fn drop(&mut self) {
        // Where it fails, the end of the process ends the lock.
        let _ = self.file.unlock();
    }
}

impl InstanceLock {
    pub(super) fn take(state: &Path) -> Result<Self, StoreError> {
        let path = lock_path(state);
        let unopenable = |error| StoreError::unopenable(state, &path, error);
        let mut file = files::open_private(&path).map_err(unopenable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is a courtesy: an unreadable note leaves the message without a name.
                let _ = file.take(200).read_to_string(&mut holder);
                return Err(StoreError::Held { path: state.into(), by: HeldBy(holder.trim().into()) });
            }
            Err(TryLockError::Error(error)) => return Err(unopenable(error)),
        }
        let note = || -> std::io::Result<()> {
            file.set_len(0)?;
            file.rewind()?;
            write!(file, "process {}", std::process::id())
        };
        let mut note = note;
        note().map_err(unopenable)?;
        Ok(Self { file })
    }
}

fn lock_path(state: &Path) -> PathBuf {
    let mut path = state.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}
