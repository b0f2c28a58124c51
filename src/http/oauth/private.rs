//! Files for the eyes of the state's owner alone, also where root writes them for a service with a user of its own.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Replaces a file as a whole: after a crash at any moment the old content or the new one is there.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let new = beside(path, ".new");
    match std::fs::remove_file(&new) {
        // Left by a crash.
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut file = create(&new, folder)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    // The rename itself has to survive, too.
    File::open(folder)?.sync_all()
}

/// Opens a file that is there for its lock alone.
pub(super) fn open_for_lock(path: &Path) -> io::Result<File> {
    match create(path, folder_of(path)) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => File::open(path),
        other => other,
    }
}

/// Another file in the same folder.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Creates a file that is not there, never following a link that somebody put in its place.
fn create(path: &Path, folder: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    owned_like(&file, folder)?;
    Ok(file)
}

/// Gives a new file to the owner of its folder: what root writes beside a service has to be the service's.
#[cfg(unix)]
fn owned_like(file: &File, folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let (folder, own) = (std::fs::metadata(folder)?, file.metadata()?);
    if own.uid() == folder.uid() {
        return Ok(());
    }
    match std::os::unix::fs::fchown(file, Some(folder.uid()), Some(folder.gid())) {
        // Only root may give files away. Anybody else who may write here keeps the file.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        other => other,
    }
}
