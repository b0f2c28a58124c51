//! CSV files: as a source of documents, as a CRM, and as the input of `sirank compute`.

mod header;
mod input;
mod output;
mod records;

pub use header::{Columns, Header};
pub use input::{Block, CsvInput, InputError};
pub use output::AtomicFile;
pub use records::{Record, Records};

#[cfg(test)]
mod tests;
