//! What tells a file from another one under the same name, and from itself after it was changed, without reading it.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::input::InputError;

/// The size, the time of the last change and, where there is one, the number of each file, as one text.
pub(super) fn signature(files: &[PathBuf]) -> Result<String, InputError> {
    let each = files.iter().map(|file| of_file(file)).collect::<Result<Vec<_>, _>>()?;
    Ok(each.join(" "))
}

fn of_file(file: &Path) -> Result<String, InputError> {
    let unreadable = |source| InputError::Unreadable { file: file.into(), source };
    let metadata = file.metadata().map_err(unreadable)?;
    let changed = metadata.modified().map_err(unreadable)?;
    let changed = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{}-{}-{}", metadata.len(), changed.as_nanos(), number(&metadata)))
}

#[cfg(unix)]
fn number(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> u64 {
    0
}
