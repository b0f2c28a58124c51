//! The documents of several files, page by page, from any place on.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use super::input::InputError;
use super::paged::PagedFile;
use super::rows::Rows;
use super::source::CsvSourceConfig;
use crate::domain::document::DocumentDraft;
use crate::files;
use crate::ports::{Cursor, Trouble};

/// How many rows one page reads.
const PAGE: usize = 5_000;
/// A signature longer than this is told by its hash.
const LONG: usize = 200;

/// The files of a source as they are now, in the order in which they are read.
pub(super) fn files_of(config: &CsvSourceConfig) -> Result<Vec<PathBuf>, Trouble> {
    let mut all = Vec::new();
    for path in &config.files {
        let mut files = files::matching(path).map_err(|error| Trouble::Input(error.to_string()))?;
        if config.latest_only {
            files.drain(..files.len().saturating_sub(1));
        }
        all.append(&mut files);
    }
    Ok(all)
}

/// What tells these files from others, and from themselves after they were changed.
pub(super) fn signature(files: &[PathBuf]) -> Result<String, InputError> {
    let of = |file: &PathBuf| {
        let unreadable = |source| InputError::Unreadable { file: file.clone(), source };
        files::signature(file).map_err(unreadable)
    };
    let each = files.iter().map(of).collect::<Result<Vec<_>, _>>()?.join(" ");
    if each.len() <= LONG {
        return Ok(each);
    }
    let mut hasher = DefaultHasher::new();
    each.hash(&mut hasher);
    Ok(format!("{}-{:016x}", files.len(), hasher.finish()))
}

/// The next row: the file's number and the line on which it begins, or any line before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub file: usize,
    pub line: u64,
}

impl Place {
    /// Where reading begins.
    pub(super) const START: Self = Self { file: 0, line: 0 };

    /// The cursor knows the files, so that a place in other ones is not taken for one in these.
    pub(super) fn cursor(self, files: &str) -> Cursor {
        Cursor(format!("{}:{}:{files}", self.file, self.line))
    }

    /// The place, and the signature of the files that it is in.
    pub(super) fn parse(text: &str) -> Option<(Self, &str)> {
        let (file, rest) = text.split_once(':')?;
        let (line, files) = rest.split_once(':')?;
        Some((Self { file: file.parse().ok()?, line: line.parse().ok()? }, files))
    }
}

/// One of the files, open.
pub(super) struct Reading {
    number: usize,
    file: PagedFile,
    rows: Rows,
}

impl Reading {
    pub(super) fn at(config: &CsvSourceConfig, files: &[PathBuf], place: Place) -> Result<Self, Trouble> {
        let path = files.get(place.file).ok_or_else(|| {
            Trouble::Configuration(format!("there is no file {} any more; read them anew", place.file + 1))
        })?;
        let file = PagedFile::open(path, config.form, place.line)?;
        let rows = Rows::of(path, file.header(), config)?;
        Ok(Self { number: place.file, file, rows })
    }

    pub(super) fn place(&self) -> Place {
        Place { file: self.number, line: self.file.line() }
    }

    /// The next documents, of this file only.
    pub(super) fn page(&mut self, config: &CsvSourceConfig) -> Result<Vec<DocumentDraft>, Trouble> {
        self.documents(config, PAGE)
    }

    /// The documents of so many rows.
    pub(super) fn documents(
        &mut self,
        config: &CsvSourceConfig,
        rows: usize,
    ) -> Result<Vec<DocumentDraft>, Trouble> {
        let mut drafts = Vec::new();
        let Self { file, rows: of_file, .. } = self;
        file.read(rows, |record| drafts.extend(of_file.draft(record, config)))?;
        Ok(drafts)
    }

    /// The line of the first text that is not UTF-8, in the next part of the file.
    pub(super) fn not_utf_8(&mut self) -> Result<Option<u64>, Trouble> {
        Ok(self.file.not_utf_8()?)
    }

    /// Goes on to the next row there is, in this file or a later one. False: there is none.
    pub(super) fn skip_to_more(
        &mut self,
        config: &CsvSourceConfig,
        files: &[PathBuf],
    ) -> Result<bool, Trouble> {
        while !self.file.has_more()? {
            let next = self.number + 1;
            if next >= files.len() {
                return Ok(false);
            }
            *self = Self::at(config, files, Place { file: next, line: 0 })?;
        }
        Ok(true)
    }
}
