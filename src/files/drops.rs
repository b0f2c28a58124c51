//! Which files there are, and whether they are whole.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// Why it cannot be told which files there are.
#[derive(Debug, thiserror::Error)]
pub enum NoFiles {
    /// The folder cannot be listed.
    #[error("{}: cannot be listed: {source}", folder.display())]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No file has such a name.
    #[error("{}: no file there has such a name; mend `files`, or put the first file there", pattern.display())]
    None {
        /// The path with its `*`.
        pattern: PathBuf,
    },
}

/// The files of a path whose last part may have a `*`, which stands for any text: those of that folder that match, by their
/// names. A hidden file matches a pattern that begins with a dot alone. A path without `*` is itself, there or not.
///
/// # Errors
/// Where there is a `*` and the folder cannot be listed, or nothing in it matches.
pub fn matching(path: &Path) -> Result<Vec<PathBuf>, NoFiles> {
    let Some(pattern) = path.file_name().and_then(|name| name.to_str()).filter(|name| name.contains('*'))
    else {
        return Ok(vec![path.to_path_buf()]);
    };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let unreadable = |source| NoFiles::Unreadable { folder: folder.to_path_buf(), source };
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let matches = name.to_str().is_some_and(|name| matches(pattern, name));
        // What a link leads to is what counts; what has gone since is no file.
        if matches && entry.path().metadata().is_ok_and(|metadata| metadata.is_file()) {
            files.push(entry.path());
        }
    }
    if files.is_empty() {
        return Err(NoFiles::None { pattern: path.to_path_buf() });
    }
    files.sort_unstable();
    Ok(files)
}

/// Whether a name is what a pattern says.
fn matches(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

/// How long to wait until a file has been left alone for so long that it has probably stopped growing; none where it has,
/// or where its time lies in the future, which says nothing.
pub fn until_settled(file: &Path, now: DateTime<Utc>, settle: Duration) -> io::Result<Option<Duration>> {
    let changed: DateTime<Utc> = file.metadata()?.modified()?.into();
    let Ok(left_alone) = (now - changed).to_std() else { return Ok(None) };
    Ok(settle.checked_sub(left_alone).filter(|wait| !wait.is_zero()))
}
