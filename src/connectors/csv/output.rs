//! Writing files that are either there in full or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file that takes the place of its target when it is complete; until then the target is as it was.
///
/// It is written beside the target under another name, for the owner alone (mode 0600), and renamed by
/// [`AtomicFile::commit`]. Dropped before that, it is removed. A target that is no regular file, as `/dev/null` or a
/// named pipe, is written directly, since it cannot be replaced.
#[derive(Debug)]
pub struct AtomicFile {
    writer: BufWriter<File>,
    /// The temporary file and its target; none where the target is written directly.
    rename: Option<(PathBuf, PathBuf)>,
}

impl AtomicFile {
    /// Begins to write a file.
    pub fn create(target: &Path) -> io::Result<Self> {
        if fs::metadata(target).is_ok_and(|target| !target.is_file()) {
            let file = OpenOptions::new().write(true).open(target)?;
            return Ok(Self { writer: BufWriter::new(file), rename: None });
        }
        // A symbolic link stays one: what it points to is replaced.
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_path_buf());
        let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy().into_owned();
        let temporary = target.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        Ok(Self { writer: BufWriter::with_capacity(1 << 16, file), rename: Some((temporary, target)) })
    }

    /// Puts the complete file in the place of its target.
    pub fn commit(mut self) -> io::Result<()> {
        self.writer.flush()?;
        if let Some((temporary, target)) = &self.rename {
            self.writer.get_ref().sync_all()?;
            fs::rename(temporary, target)?;
            self.rename = None;
        }
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some((temporary, _)) = &self.rename {
            // Whoever drops it already has an error to tell; a file that stays behind is told apart by its name.
            let _ = fs::remove_file(temporary);
        }
    }
}
