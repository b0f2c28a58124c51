//! What can go wrong with the state.

use std::path::{Path, PathBuf};

use super::lock::HeldBy;

/// A failure of the state; nothing is half-written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no state yet.
    #[error("there is no state at {} yet: run `sirank backfill` (with --dry-run to write nothing to the CRM) first", .0.display())]
    Missing(PathBuf),
    /// The file cannot be created or opened.
    #[error("the state {} cannot be opened: {error}; check the folder and its permissions (key store.path)", path.display())]
    Unopenable {
        /// The state.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A newer version wrote it.
    #[error("the state {} was written by a newer version of sirank; use that version", .0.display())]
    Newer(PathBuf),
    /// An older version wrote it, and this is a reading command.
    #[error("the state {} was written by an older version of sirank; `sirank backfill` or `sirank run` brings it up to date", .0.display())]
    Older(PathBuf),
    /// Another process writes it.
    #[error("the state {} is in use by {by}; stop it, or wait until it has ended", path.display())]
    Held {
        /// The state.
        path: PathBuf,
        /// Who.
        by: HeldBy,
    },
    /// The disk is full, or the file may not grow.
    #[error("the state {} could not be written: the disk is full, or its files may not grow; everything written before is intact: make room and start again", .0.display())]
    Full(PathBuf),
    /// Anything else that SQLite reports.
    #[error("the state {} could not be used: {error}; everything written before is intact", path.display())]
    Database {
        /// The state.
        path: PathBuf,
        /// What SQLite says.
        error: rusqlite::Error,
    },
}

impl StoreError {
    /// Why `file`, the state itself or a companion of it, could not be created or written.
    pub(super) fn unopenable(state: &Path, file: &Path, error: std::io::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match error.kind() {
            FileTooLarge | QuotaExceeded | StorageFull => Self::Full(state.into()),
            _ => Self::Unopenable { path: file.into(), error },
        }
    }

    /// What SQLite reported about the state at `path`.
    pub(super) fn at(path: &Path) -> impl Fn(rusqlite::Error) -> Self + '_ {
        move |error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full(path.into()),
            // A limit on the file's size (RLIMIT_FSIZE, a quota) surfaces as a failed write.
            Some(rusqlite::ErrorCode::SystemIoFailure)
                if matches!(
                    error.sqlite_error().map(|error| error.extended_code),
                    Some(
                        rusqlite::ffi::SQLITE_IOERR_WRITE
                            | rusqlite::ffi::SQLITE_IOERR_FSYNC
                            | rusqlite::ffi::SQLITE_IOERR_TRUNCATE
                            | rusqlite::ffi::SQLITE_IOERR_SHMSIZE
                    )
                ) =>
            {
                Self::Full(path.into())
            }
            _ => Self::Database { path: path.into(), error },
        }
    }
}
