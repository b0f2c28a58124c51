//! Taking records apart: RFC 4180, with `\n` and `\r\n` as line ends and any separator.
//!
//! A quotation mark opens a quoted field only as the first byte of the field; elsewhere it is an ordinary character, as
//! spreadsheets write it. Blank lines are no records. Fields are trimmed of blanks.

use memchr::{memchr, memchr2, memrchr};

const LINE_END: u8 = b'\n';

/// What separates and encloses fields: ASCII characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What separates fields.
    pub separator: u8,
    /// What encloses fields with separators or line breaks in them; none: no character is special.
    pub quote: Option<u8>,
}

impl Dialect {
    /// Commas and quotation marks.
    pub const PLAIN: Self = Self { separator: b',', quote: Some(b'"') };

    /// The character that opens quoted fields in these bytes; none where it does not occur.
    fn quote_in(self, bytes: &[u8]) -> Option<u8> {
        self.quote.filter(|quote| memchr(*quote, bytes).is_some())
    }
}

impl Default for Dialect {
    fn default() -> Self {
        Self::PLAIN
    }
}

/// Where the last whole record of some bytes ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordEnd {
    /// Behind its line end; none if no record ends in these bytes.
    pub at: Option<usize>,
    /// Whether the bytes end inside a quoted field.
    pub in_quotes: bool,
}

/// Where the last whole record ends in bytes that begin with a record.
pub(super) fn last_record_end(bytes: &[u8], dialect: Dialect) -> RecordEnd {
    let Some(quote) = dialect.quote_in(bytes) else {
        return RecordEnd { at: memrchr(LINE_END, bytes).map(|end| end + 1), in_quotes: false };
    };
    let mut at = None;
    let mut next = 0;
    let mut field_start = true;
    while next < bytes.len() {
        if field_start && bytes[next] == quote {
            match after_quoted(bytes, next + 1, quote) {
                Some(end) => next = end,
                None => return RecordEnd { at, in_quotes: true },
            }
            field_start = false;
            continue;
        }
        match memchr2(dialect.separator, LINE_END, &bytes[next..]) {
            None => break,
            Some(offset) => {
                next += offset + 1;
                if bytes[next - 1] == LINE_END {
                    at = Some(next);
                }
                field_start = true;
            }
        }
    }
    RecordEnd { at, in_quotes: false }
}

/// Behind the quotation mark that closes a quoted part which begins at `from`.
fn after_quoted(bytes: &[u8], mut from: usize, quote: u8) -> Option<usize> {
    loop {
        let found = from + memchr(quote, bytes.get(from..)?)?;
        if bytes.get(found + 1) == Some(&quote) {
            from = found + 2;
        } else {
            return Some(found + 1);
        }
    }
}

/// One record: its fields, and the line on which it begins.
#[derive(Debug)]
pub struct Record<'block> {
    bytes: &'block [u8],
    fields: &'block [(usize, usize)],
    /// The line of the file.
    pub line: u64,
    /// The last line of the file that it reaches to.
    last_line: u64,
    /// Whether a mark that closes a quoted part with line breaks in it is followed by something else than a separator.
    goes_on: bool,
}

impl<'block> Record<'block> {
    /// How many fields it has.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether it has no field; never so for a record of [`Records`].
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The last line of what seems to be several rows that stray quotation marks have made one; none where it is one row of
    /// so many fields.
    pub(super) fn swallows(&self, width: usize) -> Option<u64> {
        let is_odd = self.goes_on || self.len() != width;
        (self.last_line > self.line && is_odd).then_some(self.last_line)
    }

    /// The field at a position, trimmed; empty where there is none.
    pub fn field(&self, position: usize) -> &'block [u8] {
        self.fields.get(position).map_or(&[], |&(start, end)| self.bytes[start..end].trim_ascii())
    }
}

/// A place in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Bytes from the beginning of what was read.
    pub(super) offset: usize,
    /// The line of the file.
    pub(super) line: u64,
}

/// The records of a block, one after the other.
///
/// Quoted fields are unescaped in place: no byte is copied elsewhere and nothing is allocated per record.
#[derive(Debug)]
pub struct Records<'block> {
    bytes: &'block mut [u8],
    separator: u8,
    /// The character that opens quoted fields, if it occurs at all.
    quote: Option<u8>,
    at: usize,
    line: u64,
    goes_on: bool,
    fields: Vec<(usize, usize)>,
}

impl<'block> Records<'block> {
    /// The records of bytes that hold whole records and begin on a line of the file.
    pub fn new(bytes: &'block mut [u8], first_line: u64, dialect: Dialect) -> Self {
        let quote = dialect.quote_in(bytes);
        Self {
            bytes,
            separator: dialect.separator,
            quote,
            at: 0,
            line: first_line,
            goes_on: false,
            fields: Vec::with_capacity(16),
        }
    }

    /// The next record; none at the end of the block.
    #[expect(
        clippy::should_implement_trait,
        reason = "a record borrows from the reader, which Iterator cannot say"
    )]
    pub fn next(&mut self) -> Option<Record<'_>> {
        self.skip_blank_lines();
        if self.at >= self.bytes.len() {
            return None;
        }
        let line = self.line;
        self.fields.clear();
        self.goes_on = false;
        match self.quote {
            Some(quote) => self.split_quoted(quote),
            None => self.split_plain(),
        }
        // The line end of the record itself is behind it.
        let last_line = self.line - 1;
        Some(Record { bytes: self.bytes, fields: &self.fields, line, last_line, goes_on: self.goes_on })
    }

    /// Where the next record begins.
    pub fn position(&self) -> Position {
        Position { offset: self.at, line: self.line }
    }

    fn skip_blank_lines(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            let rest = &self.bytes[self.at..];
            let length = memchr(LINE_END, rest).map_or(rest.len(), |end| end + 1);
            if !rest[..length].trim_ascii().is_empty() {
                return;
            }
            self.at += length;
            self.line += 1;
        }
    }

    fn split_plain(&mut self) {
        let start = self.at;
        let end = memchr(LINE_END, &self.bytes[start..]).map_or(self.bytes.len(), |length| start + length);
        let mut field = start;
        for (offset, byte) in self.bytes[start..end].iter().enumerate() {
            if *byte == self.separator {
                self.fields.push((field, start + offset));
                field = start + offset + 1;
            }
        }
        self.fields.push((field, end));
        self.at = (end + 1).min(self.bytes.len());
        self.line += 1;
    }

    fn split_quoted(&mut self, quote: u8) {
        loop {
            let field = if self.bytes.get(self.at) == Some(&quote) {
                self.take_quoted_field(quote)
            } else {
                self.take_plain_field()
            };
            self.fields.push(field);
            let delimiter = self.bytes.get(self.at).copied();
            self.at = (self.at + 1).min(self.bytes.len());
            if delimiter != Some(self.separator) {
                self.line += 1;
                return;
            }
        }
    }

    /// Leaves `at` on the delimiter behind the field.
    fn take_plain_field(&mut self) -> (usize, usize) {
        let start = self.at;
        self.at = self.delimiter_from(start);
        (start, self.at)
    }

    /// Leaves `at` on the delimiter behind the field. What follows the closing mark belongs to the field.
    fn take_quoted_field(&mut self, mark: u8) -> (usize, usize) {
        let start = self.at + 1;
        let first_line = self.line;
        let (mut read, mut write) = (start, start);
        loop {
            let quote = memchr(mark, &self.bytes[read..]).map_or(self.bytes.len(), |offset| read + offset);
            self.line += memchr::memchr_iter(LINE_END, &self.bytes[read..quote]).count() as u64;
            self.bytes.copy_within(read..quote, write);
            write += quote - read;
            if self.bytes.get(quote + 1) == Some(&mark) {
                self.bytes[write] = mark;
                write += 1;
                read = quote + 2;
            } else {
                read = (quote + 1).min(self.bytes.len());
                break;
            }
        }
        let end = self.delimiter_from(read);
        self.goes_on |= self.line > first_line && !self.bytes[read..end].trim_ascii().is_empty();
        self.bytes.copy_within(read..end, write);
        self.at = end;
        (start, write + end - read)
    }

    fn delimiter_from(&self, from: usize) -> usize {
        memchr2(self.separator, LINE_END, &self.bytes[from..])
            .map_or(self.bytes.len(), |offset| from + offset)
    }
}
