//! What was read of the files of a source: [`FileIndex`].

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use rusqlite::{OptionalExtension, Row, Transaction};

use crate::domain::ids::SourceName;
use crate::ports::{FileIndex, FileReading, FileRecord, FileSignature, KeyedRecords, KnownRecord};

use super::{Store, StoreError};

/// The files of one source, in the state.
#[derive(Clone, Debug)]
pub struct StoredFiles {
    store: Arc<Store>,
    source: SourceName,
}

impl StoredFiles {
    /// The files of a source.
    pub fn new(store: Arc<Store>, source: SourceName) -> Self {
        Self { store, source }
    }

    fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>, i64) -> Result<T, rusqlite::Error>,
    ) -> Result<T, String> {
        let done = self.store.write(|transaction| {
            let source = source_number(transaction, &self.source)?;
            work(transaction, source)
        });
        done.map_err(|error: StoreError| error.to_string())
    }

    fn read<T: Default>(
        &self,
        work: impl FnOnce(&rusqlite::Connection, i64) -> Result<T, rusqlite::Error>,
    ) -> Result<T, String> {
        let done = self.store.read(|connection| {
            let no = connection
                .prepare_cached("SELECT no FROM file_sources WHERE name = ?1")?
                .query_row([self.source.as_str()], |row| row.get(0))
                .optional()?;
            no.map_or_else(|| Ok(T::default()), |no| work(connection, no))
        });
        done.map_err(|error| error.to_string())
    }
}

impl FileIndex for StoredFiles {
    fn keep_if_read_as(&self, reading: &str) -> Result<(), String> {
        self.write(|transaction, source| {
            let known: String = transaction
                .prepare_cached("SELECT reading FROM file_sources WHERE no = ?1")?
                .query_row([source], |row| row.get(0))?;
            if known != reading {
                // Keys stay, each as changed: one that no file holds in the new reading is gone.
                let keys = keys_of(transaction, "SELECT key FROM file_keys WHERE source = ?1", [source])?;
                transaction.execute("DELETE FROM files WHERE source = ?1", [source])?;
                move_on(transaction, source, &keys)?;
                transaction
                    .execute("UPDATE file_sources SET reading = ?2 WHERE no = ?1", (source, reading))?;
            }
            Ok(())
        })
    }

    fn files(&self, visit: &mut dyn FnMut(&str, &FileSignature)) -> Result<(), String> {
        self.read(|connection, source| {
            let mut query =
                connection.prepare_cached("SELECT path, signature FROM files WHERE source = ?1")?;
            let mut rows = query.query([source])?;
            while let Some(row) = rows.next()? {
                visit(row.get_ref(0)?.as_str()?, &FileSignature(row.get(1)?));
            }
            Ok(())
        })
    }

    fn put(&self, readings: &[FileReading]) -> Result<(), String> {
        self.write(|transaction, source| {
            let mut keys = BTreeSet::new();
            for reading in readings {
                put_file(transaction, source, reading, &mut keys)?;
            }
            move_on(transaction, source, &keys)
        })
    }

    fn forget(&self, paths: &[String]) -> Result<(), String> {
        self.write(|transaction, source| {
            let mut keys = BTreeSet::new();
            for path in paths {
                forget_file(transaction, source, path, &mut keys)?;
            }
            move_on(transaction, source, &keys)
        })
    }

    fn position(&self) -> Result<u64, String> {
        self.read(|connection, source| {
            connection
                .prepare_cached("SELECT position FROM file_sources WHERE no = ?1")?
                .query_row([source], |row| row.get(0))
        })
    }

    fn keys_after(&self, key: Option<&str>, limit: usize) -> Result<Vec<KeyedRecords>, String> {
        self.read(|connection, source| {
            // In the order of the index, and from a place in it: nothing is sorted or passed over. No key is empty.
            let mut query = connection.prepare_cached(
                "SELECT f.path, r.content,
                     EXISTS (SELECT 1 FROM file_refusals x WHERE x.source = r.source AND x.name IN (r.name, r.archive)),
                     r.part, r.key
                 FROM file_records r JOIN files f ON f.no = r.file
                 WHERE r.source = ?1 AND r.key > ?2 ORDER BY r.key",
            )?;
            let mut rows = query.query((source, key.unwrap_or_default()))?;
            let mut page: Vec<(String, Vec<Placed>)> = Vec::new();
            while let Some(row) = rows.next()? {
                let key = row.get_ref(4)?.as_str()?;
                let is_full = page.len() == limit;
                match page.last_mut() {
                    Some((last, records)) if last == key => records.push(placed(row)?),
                    _ if is_full => break,
                    _ => page.push((key.to_owned(), vec![placed(row)?])),
                }
            }
            Ok(page.into_iter().map(|(key, records)| in_order(key, records)).collect())
        })
    }

    fn changed(&self, positions: Range<u64>, limit: usize) -> Result<Vec<(u64, KeyedRecords)>, String> {
        self.read(|connection, source| {
            let keys: Vec<(u64, String)> = connection
                .prepare_cached(
                    "SELECT position, key FROM file_keys WHERE source = ?1 AND position >= ?2 AND position < ?3
                     ORDER BY position LIMIT ?4",
                )?
                .query_map((source, positions.start, positions.end, limit), |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect::<Result<_, _>>()?;
            let with_records =
                |(position, key)| Ok((position, keyed(connection, source, key)?));
            keys.into_iter().map(with_records).collect()
        })
    }
}

fn source_number(transaction: &Transaction<'_>, source: &SourceName) -> Result<i64, rusqlite::Error> {
    transaction
        .prepare_cached("INSERT OR IGNORE INTO file_sources (name, reading, position) VALUES (?1, '', 0)")?
        .execute([source.as_str()])?;
    transaction
        .prepare_cached("SELECT no FROM file_sources WHERE name = ?1")?
        .query_row([source.as_str()], |row| row.get(0))
}

fn keys_of(
    transaction: &Transaction<'_>,
    query: &str,
    parameters: impl rusqlite::Params,
) -> Result<BTreeSet<String>, rusqlite::Error> {
    transaction.prepare_cached(query)?.query_map(parameters, |row| row.get(0))?.collect()
}

/// Forgets a file, and adds the keys that this changes: its own, and those of the files that it refused.
fn forget_file(
    transaction: &Transaction<'_>,
    source: i64,
    path: &str,
    keys: &mut BTreeSet<String>,
) -> Result<(), rusqlite::Error> {
    let no: Option<i64> = transaction
        .prepare_cached("SELECT no FROM files WHERE source = ?1 AND path = ?2")?
        .query_row((source, path), |row| row.get(0))
        .optional()?;
    let Some(no) = no else { return Ok(()) };
    keys.extend(keys_of(transaction, "SELECT key FROM file_records WHERE file = ?1", [no])?);
    keys.extend(keys_of(
        transaction,
        "SELECT r.key FROM file_refusals f JOIN file_records r ON r.source = f.source AND r.name = f.name
         WHERE f.file = ?1
         UNION SELECT r.key FROM file_refusals f JOIN file_records r ON r.source = f.source AND r.archive = f.name
         WHERE f.file = ?1",
        [no],
    )?);
    transaction.prepare_cached("DELETE FROM files WHERE no = ?1")?.execute([no]).map(drop)
}

/// Takes a file in, in place of what was known of it, and adds the keys that this changes.
fn put_file(
    transaction: &Transaction<'_>,
    source: i64,
    reading: &FileReading,
    keys: &mut BTreeSet<String>,
) -> Result<(), rusqlite::Error> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO files (source, path, signature) VALUES (?1, ?2, ?3) ON CONFLICT (source, path) DO NOTHING",
    )?;
    let file = (source, &reading.path, &reading.signature.0);
    if insert.execute(file)? == 0 {
        if reading.is_withheld {
            return put_beside(transaction, file, reading, keys);
        }
        forget_file(transaction, source, &reading.path, keys)?;
        insert.execute(file)?;
    }
    let no = transaction.last_insert_rowid();
    let mut insert = transaction.prepare_cached(
        "INSERT INTO file_records (file, part, source, name, archive, key, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (part, record) in reading.records.iter().enumerate() {
        let FileRecord { name, archive, key, content } = record;
        insert.execute((no, part, source, name, archive, key, content))?;
        keys.insert(record.key.clone());
    }
    for name in &reading.refuses {
        transaction
            .prepare_cached("INSERT OR IGNORE INTO file_refusals (file, source, name) VALUES (?1, ?2, ?3)")?
            .execute((no, source, name))?;
        keys.extend(keys_of(
            transaction,
            "SELECT key FROM file_records WHERE source = ?1 AND name = ?2
             UNION SELECT key FROM file_records WHERE source = ?1 AND archive = ?2",
            (source, name),
        )?);
    }
    Ok(())
}

/// Takes in why a known file cannot be read now. What was known of it stays.
fn put_beside(
    transaction: &Transaction<'_>,
    file: (i64, &String, &String),
    reading: &FileReading,
    keys: &mut BTreeSet<String>,
) -> Result<(), rusqlite::Error> {
    let no: i64 = transaction
        .prepare_cached("UPDATE files SET signature = ?3 WHERE source = ?1 AND path = ?2 RETURNING no")?
        .query_row(file, |row| row.get(0))?;
    let mut put = transaction.prepare_cached(
        "INSERT INTO file_records (file, part, source, name, archive, key, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (file, part) DO UPDATE SET content = ?7 WHERE content <> ?7",
    )?;
    // Before the first of its own records.
    for (part, record) in (1..).zip(&reading.records) {
        let FileRecord { name, archive, key, content } = record;
        if put.execute((no, -part, file.0, name, archive, key, content))? > 0 {
            keys.insert(key.clone());
        }
    }
    Ok(())
}

/// Gives keys the next positions.
fn move_on(
    transaction: &Transaction<'_>,
    source: i64,
    keys: &BTreeSet<String>,
) -> Result<(), rusqlite::Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let mut position: i64 = transaction
        .prepare_cached("SELECT position FROM file_sources WHERE no = ?1")?
        .query_row([source], |row| row.get(0))?;
    let mut put = transaction.prepare_cached(
        "INSERT INTO file_keys (source, key, position) VALUES (?1, ?2, ?3)
         ON CONFLICT (source, key) DO UPDATE SET position = ?3",
    )?;
    for key in keys {
        position += 1;
        put.execute((source, key, position))?;
    }
    transaction
        .prepare_cached("UPDATE file_sources SET position = ?2 WHERE no = ?1")?
        .execute((source, position))
        .map(drop)
}

fn keyed(
    connection: &rusqlite::Connection,
    source: i64,
    key: String,
) -> Result<KeyedRecords, rusqlite::Error> {
    let records = connection
        .prepare_cached(
            "SELECT f.path, r.content,
                 EXISTS (SELECT 1 FROM file_refusals x WHERE x.source = r.source AND x.name IN (r.name, r.archive)), r.part
             FROM file_records r JOIN files f ON f.no = r.file WHERE r.source = ?1 AND r.key = ?2",
        )?
        .query_map((source, &key), placed)?
        .collect::<Result<_, _>>()?;
    Ok(in_order(key, records))
}

/// A record with its place in its file.
type Placed = (i64, KnownRecord);

fn placed(row: &Row<'_>) -> Result<Placed, rusqlite::Error> {
    Ok((row.get(3)?, KnownRecord { path: row.get(0)?, content: row.get(1)?, refused: row.get(2)? }))
}

/// By the path of their files and their place in them.
fn in_order(key: String, mut records: Vec<Placed>) -> KeyedRecords {
    records
        .sort_by(|(part, record), (other_part, other)| (&record.path, part).cmp(&(&other.path, other_part)));
    KeyedRecords { key, records: records.into_iter().map(|(_, record)| record).collect() }
}
