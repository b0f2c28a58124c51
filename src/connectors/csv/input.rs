//! Reading CSV files: plain or gzip, in blocks that end where a record ends, so that blocks can be parsed side by side.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::encoding::{Encoding, as_utf_8};
use super::header::Header;
use super::records::{Dialect, Position, Record, RecordEnd, Records, last_record_end};
use crate::ports::Trouble;

/// How much is read at a time.
const BLOCK: usize = 2 << 20;
/// A record longer than this is taken for a file that is no CSV file, or for a quotation mark that is never closed.
const LONGEST_RECORD: usize = 16 << 20;

/// Why a CSV file cannot be used. Nothing was written when one of these is returned.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The file cannot be opened or read.
    #[error("{}: cannot be read: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file has no header.
    #[error("{}: is empty; its first line has to name the columns", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// The file is not in an encoding that is read.
    #[error("{}: is {encoding} text; save it as UTF-8, or name its encoding in the settings of the source", file.display())]
    Encoding {
        /// The file.
        file: PathBuf,
        /// What it seems to be.
        encoding: &'static str,
    },
    /// Columns are missing.
    #[error("{}: the header lacks {}; {hint}", file.display(), quoted_list(missing))]
    MissingColumns {
        /// The file.
        file: PathBuf,
        /// The columns that were looked for in vain.
        missing: Vec<String>,
        /// What the header has, and what may be wrong with it.
        hint: String,
    },
    /// A column that is needed occurs twice.
    #[error("{}: the header has the column `{column}` twice; rename or remove one", file.display())]
    RepeatedColumn {
        /// The file.
        file: PathBuf,
        /// The column.
        column: String,
    },
    /// A quotation mark is opened and never closed, or a line has no end.
    #[error(
        "{}: row {row}: a quotation mark is opened and never closed, or the row does not end; \
         write a quotation mark inside a field twice (\"\")",
        file.display()
    )]
    EndlessRecord {
        /// The file.
        file: PathBuf,
        /// The line on which the record begins.
        row: u64,
    },
    /// Quotation marks make several rows one.
    #[error(
        "{}: rows {row} to {last}: quotation marks make them one row, so what is between them would be lost; \
         write a quotation mark inside a field twice (\"\"); a source whose fields are never enclosed has quote = \"\"",
        file.display()
    )]
    Misquoted {
        /// The file.
        file: PathBuf,
        /// The line on which the record begins.
        row: u64,
        /// The line on which it ends.
        last: u64,
    },
    /// The file is larger than what can be counted.
    #[error("{}: holds more than can be computed at once: {what}", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// What there is too much of.
        what: &'static str,
    },
}

impl InputError {
    /// That a record is one, and not several that stray quotation marks have swallowed.
    pub fn unless_one(record: &Record<'_>, width: usize, file: &Path) -> Result<(), Self> {
        record
            .swallows(width)
            .map_or(Ok(()), |last| Err(Self::Misquoted { file: file.to_path_buf(), row: record.line, last }))
    }
}

impl From<InputError> for Trouble {
    fn from(error: InputError) -> Self {
        Self::Input(error.to_string())
    }
}

fn quoted_list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("the column{} {}", if quoted.len() == 1 { "" } else { "s" }, quoted.join(", "))
}

/// A part of a file: whole records.
#[derive(Debug)]
pub struct Block {
    /// The number of the block in its file, from zero.
    pub index: usize,
    /// The line of the file on which the first record begins that is not read yet; the header is on line 1.
    pub first_line: u64,
    bytes: Vec<u8>,
    /// How many of its bytes have been read.
    read: usize,
    dialect: Dialect,
}

impl Block {
    /// Its records that are not read yet.
    pub fn records(&mut self) -> Records<'_> {
        Records::new(&mut self.bytes[self.read..], self.first_line, self.dialect)
    }

    /// Goes on to a position that its records told: what is before it is read.
    pub fn advance_to(&mut self, position: Position) {
        self.read += position.offset;
        self.first_line = position.line;
    }

    /// Passes over the records that begin before a line of the file. True: something is left behind them.
    pub fn pass_over(&mut self, line: u64) -> bool {
        let mut records = self.records();
        // The line is looked at before a record is read: reading unescapes it, so it cannot be read twice.
        while records.position().line < line && records.next().is_some() {}
        let position = records.position();
        self.advance_to(position);
        !self.is_read()
    }

    /// Whether nothing of it is left.
    pub fn is_read(&self) -> bool {
        self.read >= self.bytes.len()
    }

    /// The line of the first text in it that is not UTF-8; none where all of it is.
    pub(super) fn not_utf_8(&self) -> Option<u64> {
        let fault = std::str::from_utf8(&self.bytes[self.read..]).err()?;
        Some(self.first_line + lines_in(&self.bytes[self.read..][..fault.valid_up_to()]))
    }

    /// How many bytes it holds.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it holds nothing; never so for a block of a file.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Its memory, to be lent to [`CsvInput::next_block`].
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// What separates and encloses fields.
    pub dialect: Dialect,
    /// How its characters are written.
    pub encoding: Encoding,
    /// Whether its first row names the columns; else they are known by their positions alone.
    pub header: bool,
    /// How many lines stand before the first row.
    pub lines_before: u32,
}

impl Default for Form {
    /// RFC 4180 with a header, in UTF-8.
    fn default() -> Self {
        Self { dialect: Dialect::PLAIN, encoding: Encoding::Utf8, header: true, lines_before: 0 }
    }
}

/// An open CSV file whose header has been read.
pub struct CsvInput {
    file: PathBuf,
    dialect: Dialect,
    header: Header,
    reader: Box<dyn Read + Send>,
    /// What was read beyond the last whole record.
    carry: Vec<u8>,
    /// The line on which `carry` begins.
    line: u64,
    /// The number of the next block.
    index: usize,
}

impl CsvInput {
    /// Opens a file, plain or gzip by its content, and reads its header.
    pub fn open(file: &Path) -> Result<Self, InputError> {
        Self::open_as(file, Form::default())
    }

    /// The same for a file that is written in another form.
    pub fn open_as(file: &Path, form: Form) -> Result<Self, InputError> {
        let reader = decompressed(file).and_then(|reader| as_utf_8(reader, form.encoding));
        let mut input = Self {
            file: file.to_path_buf(),
            dialect: form.dialect,
            header: Header::default(),
            reader: reader.map_err(|source| unreadable(file, source))?,
            carry: Vec::new(),
            line: 1,
            index: 0,
        };
        let mut first =
            input.next_block(Vec::new())?.ok_or_else(|| InputError::Empty { file: file.into() })?;
        refuse_foreign_encoding(file, &first.bytes)?;
        if first.bytes.starts_with(b"\xEF\xBB\xBF") {
            first.bytes.drain(..3);
        }
        let before = end_of_lines(&first.bytes, form.lines_before);
        first.bytes.drain(..before);
        let Position { offset, line } = input.take_header(&mut first.bytes, form)?;
        first.bytes.drain(..offset);
        first.bytes.append(&mut input.carry);
        input.carry = first.bytes;
        input.line = line;
        input.index = 0;
        Ok(input)
    }

    /// Reads the first row as the header, and tells where the rows begin.
    fn take_header(&mut self, bytes: &mut [u8], form: Form) -> Result<Position, InputError> {
        let first_line = 1 + u64::from(form.lines_before);
        // Reading unescapes a row, so one that has to be read again is read from a copy.
        let mut copy = if form.header { Vec::new() } else { bytes.to_vec() };
        let bytes = if form.header { bytes } else { copy.as_mut_slice() };
        let mut records = Records::new(bytes, first_line, form.dialect);
        let Some(record) = records.next() else {
            return Err(InputError::Empty { file: self.file.clone() });
        };
        if form.header {
            self.header = Header::of(&record);
            return Ok(records.position());
        }
        self.header = Header::unnamed(record.len());
        Ok(Position { offset: 0, line: first_line })
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The names of the columns.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next part of the file; none at its end. `reuse` lends its memory.
    pub fn next_block(&mut self, reuse: Vec<u8>) -> Result<Option<Block>, InputError> {
        let mut bytes = reuse;
        bytes.clear();
        bytes.append(&mut self.carry);
        loop {
            let read = (&mut self.reader)
                .take(BLOCK as u64)
                .read_to_end(&mut bytes)
                .map_err(|source| unreadable(&self.file, source))?;
            let end = last_record_end(&bytes, self.dialect);
            if read == 0 {
                return self.last_block(bytes, end);
            }
            if let Some(end) = end.at {
                self.carry.extend_from_slice(&bytes[end..]);
                bytes.truncate(end);
                return Ok(Some(self.block(bytes)));
            }
            if bytes.len() > LONGEST_RECORD {
                return Err(self.endless(&bytes, end));
            }
        }
    }

    /// What is left at the end of the file: the last record may lack its line end.
    fn last_block(&mut self, bytes: Vec<u8>, end: RecordEnd) -> Result<Option<Block>, InputError> {
        if end.in_quotes {
            return Err(self.endless(&bytes, end));
        }
        Ok((!bytes.is_empty()).then(|| self.block(bytes)))
    }

    fn block(&mut self, bytes: Vec<u8>) -> Block {
        let dialect = self.dialect;
        let block = Block { index: self.index, first_line: self.line, bytes, read: 0, dialect };
        self.index += 1;
        self.line += lines_in(&block.bytes);
        block
    }

    fn endless(&self, bytes: &[u8], end: RecordEnd) -> InputError {
        let whole = &bytes[..end.at.unwrap_or(0)];
        InputError::EndlessRecord { file: self.file.clone(), row: self.line + lines_in(whole) }
    }
}

impl std::fmt::Debug for CsvInput {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CsvInput")
            .field("file", &self.file)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

/// The bytes of a file; a gzip file, known by its first two bytes, is decompressed.
fn decompressed(file: &Path) -> io::Result<Box<dyn Read + Send>> {
    let mut raw = File::open(file)?;
    let mut magic = Vec::new();
    (&mut raw).take(2).read_to_end(&mut magic)?;
    let gzip = magic == [0x1f, 0x8b];
    let whole = Cursor::new(magic).chain(raw);
    Ok(if gzip {
        Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, whole)))
    } else {
        Box::new(whole)
    })
}

fn lines_in(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Behind so many lines.
fn end_of_lines(bytes: &[u8], lines: u32) -> usize {
    let Some(last) = (lines as usize).checked_sub(1) else { return 0 };
    memchr::memchr_iter(b'\n', bytes).nth(last).map_or(bytes.len(), |end| end + 1)
}

/// Without a mark at its beginning, UTF-16 is known by the zeros in its first line.
fn refuse_foreign_encoding(file: &Path, bytes: &[u8]) -> Result<(), InputError> {
    let marked = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if marked || line.contains(&0) {
        return Err(InputError::Encoding { file: file.into(), encoding: "UTF-16" });
    }
    Ok(())
}

fn unreadable(file: &Path, source: io::Error) -> InputError {
    InputError::Unreadable { file: file.into(), source }
}
