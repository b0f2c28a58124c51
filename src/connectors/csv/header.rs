//! Finding columns by their name.

use std::path::Path;

use super::input::InputError;
use super::records::Record;

/// The names of the columns of a file, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    names: Vec<String>,
}

/// Where the columns that are wanted stand, in the order in which they were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns<const N: usize> {
    positions: [usize; N],
    /// How many fields a record of the file has.
    pub width: usize,
}

impl<const N: usize> Columns<N> {
    /// Where each stands.
    pub fn positions(&self) -> [usize; N] {
        self.positions
    }

    /// The wanted fields of a record.
    pub fn of<'block>(&self, record: &Record<'block>) -> [&'block [u8]; N] {
        self.positions.map(|position| record.field(position))
    }
}

impl Header {
    /// The names in the first record of a file.
    pub(super) fn of(record: &Record<'_>) -> Self {
        let names = (0..record.len()).map(|position| text_of(record.field(position))).collect();
        Self { names }
    }

    /// The header of a file without names.
    pub(super) fn unnamed(width: usize) -> Self {
        Self { names: vec![String::new(); width] }
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// Where columns stand that have to be there, each once.
    pub fn require<const N: usize>(&self, file: &Path, names: [&str; N]) -> Result<Columns<N>, InputError> {
        let missing: Vec<String> =
            names.iter().filter(|name| !self.has(name)).map(ToString::to_string).collect();
        if !missing.is_empty() {
            return Err(InputError::MissingColumns { file: file.into(), missing, hint: self.hint() });
        }
        let mut positions = [0; N];
        for (position, name) in positions.iter_mut().zip(names) {
            *position = self.position(file, name)?.unwrap_or_default();
        }
        Ok(Columns { positions, width: self.width() })
    }

    /// Where a column stands that may be absent and may be told by its position: `#1` for the first one, where no column
    /// is called so.
    pub(super) fn find(&self, file: &Path, name: &str) -> Result<Option<usize>, InputError> {
        if name.is_empty() {
            return Ok(None);
        }
        if let Some(found) = self.position(file, name)? {
            return Ok(Some(found));
        }
        let position = name.strip_prefix('#').and_then(|number| number.parse::<usize>().ok());
        Ok(position.and_then(|number| number.checked_sub(1)).filter(|position| *position < self.width()))
    }

    /// The error that these columns are not there.
    pub(super) fn lacks(&self, file: &Path, missing: Vec<String>) -> InputError {
        InputError::MissingColumns { file: file.into(), missing, hint: self.hint() }
    }

    /// Where a column stands that may be absent.
    pub fn position(&self, file: &Path, name: &str) -> Result<Option<usize>, InputError> {
        let mut found = (0..self.names.len()).filter(|position| self.names[*position] == name);
        let first = found.next();
        if found.next().is_some() {
            return Err(InputError::RepeatedColumn { file: file.into(), column: name.to_owned() });
        }
        Ok(first)
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// What the header has instead of what was looked for.
    fn hint(&self) -> String {
        if self.names.iter().any(|name| name.contains('\r')) {
            return "its lines end with a carriage return alone: save it with line ends of Windows or Unix"
                .into();
        }
        if self.names.first().is_some_and(|name| name.starts_with("sep=")) {
            return "its first line tells spreadsheets the separator: pass over it with `lines_before = 1`"
                .into();
        }
        let only = self.names.first().filter(|_| self.names.len() == 1);
        let separator = [(',', "commas"), (';', "semicolons"), ('\t', "tabs"), ('|', "vertical bars")]
            .into_iter()
            .find(|(separator, _)| only.is_some_and(|name| name.contains(*separator)));
        match separator {
            Some((_, separators)) => {
                format!("it seems to be separated by {separators}, which is not what was expected")
            }
            None if self.names.iter().all(String::is_empty) => {
                format!("it is read without a header and has {} columns, from #1 on", self.names.len())
            }
            None => format!("it has {}", self.names.join(", ")),
        }
    }
}

/// Bytes of a file as text for people.
pub(super) fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
