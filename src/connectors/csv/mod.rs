//! CSV files: as a source of documents, as a CRM, and as the input of `sirank compute`.

mod company_rows;
mod crm;
mod documents;
mod encoding;
mod figures_file;
mod header;
mod input;
mod output;
mod paged;
mod records;
mod rows;
mod source;

use std::path::Path;

pub use company_rows::CompanyColumns;
pub use crm::{CsvCrm, CsvCrmConfig};
pub use encoding::Encoding;
pub use header::{Columns, Header};
pub use input::{Block, CsvInput, Form, InputError};
pub use output::AtomicFile;
pub use records::{Dialect, Position, Record, Records};
pub use source::{CsvSource, CsvSourceConfig};

#[cfg(test)]
mod tests;

/// The name of a file for messages about its rows.
pub fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

/// What to say of a record that has too many or too few fields.
pub fn wrong_width(record: &Record<'_>, width: usize) -> String {
    format!(
        "has {} fields where the header has {width} columns; a separator inside a field needs quotation marks around it",
        record.len()
    )
}
