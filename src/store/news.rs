//! Whether the snapshot or the ledger says anything else than when figures were last computed from them.
//!
//! # Guarantees
//! What is stored and the note that it is news are one transaction, so no kill separates them.

use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::{OptionalExtension, Transaction};

use super::{Store, StoreError};

/// Under this name the state remembers that something has changed since the last computation.
const NEWS: &str = "news";
/// Under this name the state remembers what was computed last.
const COMPUTED: &str = "computed";

impl Store {
    /// Whether anything that figures depend on was stored since [`Store::note_computed`].
    pub fn has_news(&self) -> Result<bool, StoreError> {
        Ok(self.meta(NEWS)?.is_some())
    }

    /// Has the next run compute anew, whatever it reads.
    pub fn set_news(&self) -> Result<(), StoreError> {
        self.write(|transaction| note_news(transaction, true))
    }

    /// What was computed last, as it was noted.
    pub fn computed(&self) -> Result<Option<String>, StoreError> {
        self.meta(COMPUTED)
    }

    /// Notes what was computed from all that is stored: nothing of it is news any more.
    pub fn note_computed(&self, what: &str) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute("DELETE FROM meta WHERE key = ?1", [NEWS])?;
            set_meta(transaction, COMPUTED, what)
        })
    }
}

/// Notes, in the transaction that stores it, whether what is stored is news.
pub(super) fn note_news(transaction: &Transaction<'_>, news: bool) -> Result<(), rusqlite::Error> {
    if news { set_meta(transaction, NEWS, "yes") } else { Ok(()) }
}

/// Notes whether the rows of a query are others than at the last call under this name.
pub(super) fn note_news_of(
    transaction: &Transaction<'_>,
    name: &str,
    query: &str,
) -> Result<(), rusqlite::Error> {
    let mut hasher = DefaultHasher::new();
    let mut statement = transaction.prepare_cached(query)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        row.get_ref(0)?.as_str()?.hash(&mut hasher);
    }
    let digest = format!("{:016x}", hasher.finish());
    let known: Option<String> = transaction
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    note_news(transaction, known.as_ref() != Some(&digest))?;
    set_meta(transaction, name, &digest)
}

fn set_meta(transaction: &Transaction<'_>, key: &str, value: &str) -> Result<(), rusqlite::Error> {
    transaction
        .prepare_cached(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        )?
        .execute([key, value])
        .map(drop)
}
