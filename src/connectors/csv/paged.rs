//! A CSV file read page by page, from any line on.

use std::path::Path;

use super::header::Header;
use super::input::{Block, CsvInput, Form, InputError};
use super::records::Record;

/// An open file, with the part of it that is being read.
pub(super) struct PagedFile {
    input: CsvInput,
    block: Option<Block>,
    line: u64,
}

impl PagedFile {
    /// Opens a file and passes over the rows before a line.
    pub(super) fn open(file: &Path, form: Form, line: u64) -> Result<Self, InputError> {
        let mut open = Self { input: CsvInput::open_as(file, form)?, block: None, line };
        while open.fill()? {
            let Some(block) = &mut open.block else { break };
            if block.pass_over(line) {
                break;
            }
        }
        Ok(open)
    }

    /// The names of the columns.
    pub(super) fn header(&self) -> &Header {
        self.input.header()
    }

    /// The line on which the next row begins, or one before it.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Reads the next rows, at most `rows` of them.
    ///
    /// # Errors
    /// Also where quotation marks make several rows one: those between them would be lost.
    pub(super) fn read(&mut self, rows: usize, mut each: impl FnMut(&Record<'_>)) -> Result<(), InputError> {
        let mut read = 0;
        let width = self.input.header().width();
        while read < rows && self.fill()? {
            let Some(block) = &mut self.block else { break };
            let mut records = block.records();
            while read < rows {
                let Some(record) = records.next() else { break };
                InputError::unless_one(&record, width, self.input.file())?;
                each(&record);
                read += 1;
            }
            let position = records.position();
            block.advance_to(position);
            self.line = block.first_line;
        }
        Ok(())
    }

    /// The line of the first text that is not UTF-8, in the next part of the file.
    pub(super) fn not_utf_8(&mut self) -> Result<Option<u64>, InputError> {
        self.fill()?;
        Ok(self.block.as_ref().and_then(Block::not_utf_8))
    }

    /// Whether anything is left.
    pub(super) fn has_more(&mut self) -> Result<bool, InputError> {
        self.fill()
    }

    /// Makes sure that there is a block to read from. False: the file is at its end.
    fn fill(&mut self) -> Result<bool, InputError> {
        if self.block.as_ref().is_none_or(Block::is_read) {
            self.block = self.input.next_block(Vec::new())?;
        }
        Ok(self.block.is_some())
    }
}
