//! A folder of Italian e-invoices (FatturaPA) as a source of documents: XML files, signed envelopes of them, and archives
//! of both, as an ERP, an intermediary or the tax portal hands them out.
//!
//! What a file holds is remembered in the state ([`crate::ports::FileIndex`]); the folder is looked through by every
//! reading, which works on network drives too, where the system tells nobody of changes.

mod config;
mod envelope;
mod fields;
mod file;
mod invoice;
mod record;
mod scan;
mod source;
mod survey;
#[cfg(test)]
mod tests;
mod text;
mod xml;

pub use config::{FatturaPaConfig, Own};
pub use file::read_bytes;
pub use source::FatturaPa;
