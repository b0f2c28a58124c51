//! A consistent copy of the state, beside whoever writes it.
//!
//! SQLite's own backup copies the pages as one reader sees them at one moment: the writer goes on meanwhile, nothing is
//! sorted anew as `VACUUM INTO` would, and a state of a gigabyte takes seconds. All pages in one step: in small ones it
//! would begin again whenever the service writes.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{Store, files};

/// Why no copy was made.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file of that name.
    #[error("{} exists already: name another file, or overwrite it with --force", .0.display())]
    Exists(PathBuf),
    /// The file is the state itself, or one beside it.
    #[error("{} is the state itself: name another file", .0.display())]
    Itself(PathBuf),
    /// The copy cannot be written.
    #[error("the copy {} cannot be written: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// SQLite could not make the copy.
    #[error("the copy {} could not be made: {error}; nothing of it was kept", path.display())]
    Copy {
        /// The file.
        path: PathBuf,
        /// Why.
        error: rusqlite::Error,
    },
    /// The copy is not what it should be.
    #[error(
        "the copy is damaged ({0}), so nothing of it was kept: look at the disk, and whether the state is intact"
    )]
    Damaged(String),
}

impl Store {
    /// Copies the state into a file with mode 0600. It has its name only once it is whole, verified and on disk.
    ///
    /// Returns how many bytes it has.
    pub fn backup(&self, target: &Path, overwrite: bool) -> Result<u64, BackupError> {
        let file = |error| BackupError::File { path: target.into(), error };
        if self.is_own(target) {
            return Err(BackupError::Itself(target.into()));
        }
        if !overwrite && target.symlink_metadata().is_ok() {
            return Err(BackupError::Exists(target.into()));
        }
        let unfinished = Unfinished::beside(target).map_err(file)?;
        self.copy_into(&unfinished.path)
            .map_err(|error| BackupError::Copy { path: target.into(), error })?
            .map_or(Ok(()), |damage| Err(BackupError::Damaged(damage)))?;
        let copy = File::open(&unfinished.path).map_err(file)?;
        copy.sync_all().map_err(file)?;
        let bytes = copy.metadata().map_err(file)?.len();
        std::fs::rename(&unfinished.path, target).map_err(file)?;
        if let Some(folder) = folder_of(target) {
            // The name itself has to survive a power cut; where folders cannot be synced there is nothing to add.
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(bytes)
    }

    /// Copies the pages, and tells what is wrong with the copy.
    fn copy_into(&self, path: &Path) -> Result<Option<String>, rusqlite::Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut copy = Connection::open_with_flags(path, flags)?;
        {
            let source = self.connection();
            let backup = Backup::new(&source, &mut copy)?;
            if backup.step(-1)? != StepResult::Done {
                return Ok(Some("the state was locked".to_owned()));
            }
        }
        // One file, without companions: the first opening makes them again.
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        let verdict: String = copy.pragma_query_value(None, "integrity_check", |row| row.get(0))?;
        let orphans: usize = copy.prepare("PRAGMA foreign_key_check")?.query_map([], |_| Ok(()))?.count();
        Ok(match (verdict.as_str(), orphans) {
            ("ok", 0) => None,
            ("ok", _) => Some(format!("{orphans} rows without the one that they belong to")),
            _ => Some(verdict),
        })
    }

    fn is_own(&self, target: &Path) -> bool {
        let Ok(target) = target.canonicalize() else { return false };
        ["", "-wal", "-shm", ".lock"].iter().any(|ending| {
            let mut own = self.path().as_os_str().to_owned();
            own.push(ending);
            Path::new(&own).canonicalize().is_ok_and(|own| own == target)
        })
    }
}

/// A copy that has not its name yet: removed, unless it was renamed.
struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    fn beside(target: &Path) -> std::io::Result<Self> {
        let mut path = target.as_os_str().to_owned();
        path.push(format!(".{}.part", std::process::id()));
        let path = PathBuf::from(path);
        files::create_private(&path).map(|_| Self { path })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It is not there any more where everything went well.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn folder_of(path: &Path) -> Option<&Path> {
    path.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}
