//! The state of one account: an embedded SQLite database with mode 0600.
//!
//! # Guarantees
//! A committed write survives a kill at any moment. One process writes at a time ([`Store::open`] takes a lock that ends
//! with the process); any number may read beside it ([`Store::open_for_reading`]).

mod backup;
mod cards;
mod companies;
mod deals;
mod duplicates;
mod error;
mod failed;
mod file_index;
mod files;
mod history;
mod journal;
mod ledger;
mod lock;
mod moves;
mod news;
mod owners;
mod plans;
mod quotas;
mod record_changes;
mod retention;
mod runs;
mod standing;
mod tasks;
#[cfg(test)]
mod tests;
mod undone;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior};

pub use backup::BackupError;
pub use cards::CardRow;
pub use companies::CompanyRow;
pub use error::StoreError;
pub use failed::FailedWrite;
pub use file_index::StoredFiles;
pub use history::WriteRow;
pub use ledger::{DocumentRow, LedgerRow, PartyRow};
pub use lock::HeldBy;
pub use plans::{ChangeState, PlanRow, PlanState, Settlement, StoredChange};
pub use record_changes::{Journaled, RefusedRecord};
pub use retention::{Pruned, Retention};
pub use runs::{Feed, Phase, Pull, RunOutcome, RunRow};
pub use standing::StoreStanding;
pub use undone::UndoneValue;

const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_last_contacts.sql"),
    include_str!("migrations/0003_changed_deals.sql"),
    include_str!("migrations/0004_history.sql"),
    include_str!("migrations/0005_owner_names.sql"),
    include_str!("migrations/0006_cards.sql"),
    include_str!("migrations/0007_tasks.sql"),
    include_str!("migrations/0008_sources.sql"),
];

/// What a log that had to grow is cut back to.
const LOG_BYTES: u32 = 16 << 20;

/// How long a writer waits for another connection's short transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// An open state.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
    path: PathBuf,
    /// Held for as long as this store may write.
    lock: Option<lock::InstanceLock>,
}

impl Store {
    /// Opens the state for writing; creates it, or brings it up to this version, where needed.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = lock::InstanceLock::take(path)?;
        files::open_private(path).map_err(|error| StoreError::unopenable(path, path, error))?;
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
        .map_err(StoreError::at(path))?;
        let mut store = Self { connection: Mutex::new(connection), path: path.into(), lock: Some(lock) };
        store.prepare().map_err(StoreError::at(path))?;
        store.migrate()?;
        Ok(store)
    }

    /// Opens the state for reading, beside whoever writes it. It has to exist.
    pub fn open_for_reading(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing(path.into()));
        }
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
        .map_err(StoreError::at(path))?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(StoreError::at(path))?;
        // One snapshot for all that a command reads, whatever the writer does meanwhile.
        connection.execute_batch("BEGIN").map_err(StoreError::at(path))?;
        let store = Self { connection: Mutex::new(connection), path: path.into(), lock: None };
        match store.version()? {
            version if version == MIGRATIONS.len() => Ok(store),
            version if version > MIGRATIONS.len() => Err(StoreError::Newer(path.into())),
            _ => Err(StoreError::Older(path.into())),
        }
    }

    /// Where the state is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic while the lock was held leaves no half-written state: SQLite rolls the transaction back.
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn prepare(&mut self) -> Result<(), rusqlite::Error> {
        let connection = self.connection();
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // Before there is any table: an existing state becomes one that can shrink when it is pruned.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
        // FULL: a mark that a write is about to be sent has to be on disk before it is sent.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "cache_size", -16_384)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(())
    }

    fn version(&self) -> Result<usize, StoreError> {
        let connection = self.connection();
        let version: i64 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(StoreError::at(&self.path))?;
        Ok(usize::try_from(version).unwrap_or(usize::MAX))
    }

    fn migrate(&self) -> Result<(), StoreError> {
        let version = self.version()?;
        if version > MIGRATIONS.len() {
            return Err(StoreError::Newer(self.path.clone()));
        }
        for (done, migration) in MIGRATIONS.iter().enumerate().skip(version) {
            self.write(|transaction| {
                transaction.execute_batch(migration)?;
                transaction.pragma_update(None, "user_version", done + 1)
            })?;
        }
        Ok(())
    }

    /// Runs a transaction: all of it, or nothing.
    fn write<T>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection();
        let run = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        run().map_err(StoreError::at(&self.path))
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>) -> Result<T, StoreError> {
        work(&self.connection()).map_err(StoreError::at(&self.path))
    }

    /// A remembered text.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
                .query_row([key], |row| row.get(0))
                .optional()
        })
    }

    /// Remembers a text.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .prepare_cached("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2")?
                .execute([key, value])
                .map(drop)
        })
    }
}
