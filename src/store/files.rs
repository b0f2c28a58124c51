//! The files beside each other that make a state: for their owner alone, who is the owner of the folder.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

/// Opens a file for reading and writing; creates it with mode 0600 where there is none. SQLite gives its companions the
/// mode and the owner of the state.
pub(super) fn open_private(path: &Path) -> std::io::Result<File> {
    loop {
        match options().create_new(true).open(path) {
            Ok(file) => {
                give_to_owner_of_folder(&file, path);
                return Ok(file);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        match options().open(path) {
            // Somebody removed it in between.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            other => return other,
        }
    }
}

/// Creates a file with mode 0600; an error where there is one already.
pub(super) fn create_private(path: &Path) -> std::io::Result<File> {
    options().create_new(true).open(path)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// What root creates in the folder of a service has to be the service's, which could not open it otherwise. Everybody
/// else may not give files away, and need not.
#[cfg(unix)]
fn give_to_owner_of_folder(file: &File, path: &Path) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (Ok(own), Ok(folder)) = (file.metadata(), folder.metadata()) else { return };
    if own.uid() == 0 && folder.uid() != 0 {
        // Refused, it is as it would be without: the file works for whoever made it.
        let _ = fchown(file, Some(folder.uid()), Some(folder.gid()));
    }
}

#[cfg(not(unix))]
fn give_to_owner_of_folder(_file: &File, _path: &Path) {}
