//! What a source of files remembers of them between readings, so that no file is opened twice.
//!
//! Files hold records, each under a key that is the same wherever the record occurs: a document that is in three files
//! is three records of one key. A file may also refuse others by their name, as the notification of an authority does.
//! Every key whose records, or their refusals, change gets a new position; so what has changed since a position is a list
//! of keys, whatever happened to the files in between.

use std::ops::Range;

/// Tells a file from itself after it was changed, without opening it: its size, time and number as one text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileSignature(pub String);

/// One file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReading {
    /// Where it is: what tells it from all others of the source.
    pub path: String,
    /// What it was when it was read.
    pub signature: FileSignature,
    /// What it holds; nothing where it is none of the files that are looked for.
    pub records: Vec<FileRecord>,
    /// The names of the files that it declares refused.
    pub refuses: Vec<String>,
    /// Whether the system did not let read it: what was known of it stays, and the records say why, beside that.
    pub is_withheld: bool,
}

/// One record of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecord {
    /// The name of the innermost file that it is in, by which it may be refused: a part of an archive has its own.
    pub name: String,
    /// The name of the archive that this file is in, which may be refused as a whole.
    pub archive: Option<String>,
    /// What it is the same as, wherever it occurs.
    pub key: String,
    /// What it says: the connector's own.
    pub content: String,
}

/// A key with every record that there is of it; none where its last file has gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedRecords {
    /// The key.
    pub key: String,
    /// Its records, by the path of their files and their place in them.
    pub records: Vec<KnownRecord>,
}

/// A record as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownRecord {
    /// The file that it is in.
    pub path: String,
    /// What it says.
    pub content: String,
    /// Whether a file of the source refuses the one that it is in, or its archive.
    pub refused: bool,
}

/// Keeps what was read of the files of one source. Every method that changes something does so as a whole or not at all.
///
/// # Errors
/// Everywhere: where the state cannot be read or kept, in words for people.
pub trait FileIndex: Send + Sync {
    /// Forgets everything, unless it was read in this way: the connector's settings and version as one text.
    fn keep_if_read_as(&self, reading: &str) -> Result<(), String>;

    /// Visits every file that is known.
    fn files(&self, visit: &mut dyn FnMut(&str, &FileSignature)) -> Result<(), String>;

    /// Takes readings in, each in place of what was known of its file.
    fn put(&self, readings: &[FileReading]) -> Result<(), String>;

    /// Forgets files that are no more.
    fn forget(&self, paths: &[String]) -> Result<(), String>;

    /// The position of the last change; 0 before the first one.
    fn position(&self) -> Result<u64, String>;

    /// The next keys that have records, in their order, after a key; at most so many.
    fn keys_after(&self, key: Option<&str>, limit: usize) -> Result<Vec<KeyedRecords>, String>;

    /// The next keys whose last change is in a range of positions, with that position, in the order of the positions; at
    /// most so many. Also keys that have no record any more.
    fn changed(&self, positions: Range<u64>, limit: usize) -> Result<Vec<(u64, KeyedRecords)>, String>;
}
