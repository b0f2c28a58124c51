//! How long the journal is kept: by age, by size, and what of the quiet runs.
//!
//! # Guarantees
//! Deleted in small transactions, the oldest first, so that a kill leaves a shorter journal and nothing else. Never
//! deleted: plans that wait or are under way, writes that were not settled, refused writes that stand, and what the
//! newest runs wrote, so that they can be undone.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use serde::Serialize;

use crate::clock::stamp;

use super::{Store, StoreError};

/// How much of the journal is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days.
    pub days: u32,
    /// The most MiB that plans with their changes may take.
    pub mib: u32,
}

impl Default for Retention {
    /// A little more than a year, and a gigabyte.
    fn default() -> Self {
        Self { days: 400, mib: 1024 }
    }
}

/// What was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// Runs.
    pub runs: u64,
    /// Plans.
    pub plans: u64,
    /// Changes in them.
    pub changes: u64,
    /// Bytes that the file gave back.
    pub bytes: u64,
}

/// Of the runs that wrote something, so many of the newest can always be undone.
const UNDOABLE_RUNS: u32 = 20;
/// Of the runs in which nothing changed, so many of the newest are kept.
const QUIET_RUNS: u32 = 1_000;
/// Rows in one transaction.
const CHUNK: u32 = 2_000;
/// A state of up to so many bytes is rewritten to become one that can shrink; a larger one only where most of it is free.
const REWRITTEN_BYTES: u64 = 128 << 20;
/// So many free bytes are left in the file: the next runs need them.
const SPARE_BYTES: u64 = 8 << 20;
/// Pages that are given back at once.
const PAGES_AT_ONCE: u32 = 4_096;

/// Plans that nothing needs any more: `?1` are the newest that were written from.
const EXPENDABLE: &str = "
    SELECT p.id, p.created, p.bytes FROM plans p
    WHERE p.state IN ('applied', 'superseded')
      AND p.id NOT IN (SELECT w.id FROM plans w
                       WHERE EXISTS (SELECT 1 FROM changes c WHERE c.plan = w.id AND c.state = 2)
                       ORDER BY w.id DESC LIMIT ?1)
      AND p.id NOT IN (SELECT w.id FROM plans w
                       WHERE EXISTS (SELECT 1 FROM record_changes k WHERE k.plan = w.id AND k.state = 2)
                       ORDER BY w.id DESC LIMIT ?1)
      AND p.id NOT IN (SELECT plan FROM failed_writes)
      AND p.id NOT IN (SELECT DISTINCT plan FROM record_changes WHERE state = 1)
      AND p.id NOT IN (SELECT DISTINCT plan FROM changes WHERE state = 1)
      AND p.run <> (SELECT max(id) FROM runs)
    ORDER BY p.id";

/// Runs without any plan that is kept; the newest is never one, since it may be gone on with.
const WITHOUT_PLAN: &str = "
    SELECT r.id FROM runs r
    WHERE r.id <> (SELECT max(id) FROM runs)
      AND NOT EXISTS (SELECT 1 FROM plans p WHERE p.run = r.id)
      AND NOT EXISTS (SELECT 1 FROM plans p WHERE p.applied_by = r.id)";

/// Runs that planned and wrote nothing.
const QUIET: &str = "
    SELECT r.id FROM runs r
    WHERE r.id <> (SELECT max(id) FROM runs)
      AND NOT EXISTS (SELECT 1 FROM plans p WHERE p.applied_by = r.id)
      AND NOT EXISTS (SELECT 1 FROM plans p WHERE p.run = r.id
                      AND (p.state NOT IN ('applied', 'superseded') OR p.undoes IS NOT NULL
                           OR EXISTS (SELECT 1 FROM changes c WHERE c.plan = p.id)
                           OR EXISTS (SELECT 1 FROM record_changes k WHERE k.plan = p.id)))";

impl Store {
    /// Deletes what is older or more than is to be kept, and gives the space back.
    pub fn prune(&self, keep: Retention, now: DateTime<Utc>) -> Result<Pruned, StoreError> {
        let mut pruned = Pruned::default();
        let oldest = stamp(now - TimeDelta::days(keep.days.into()));
        self.thin_quiet_runs(&mut pruned)?;
        let most = u64::from(keep.mib) << 20;
        let mut size = self.journal_bytes()?;
        for (plan, created, bytes) in self.expendable_plans()? {
            if created >= oldest && size <= most {
                break;
            }
            self.delete_plan(&plan, &mut pruned)?;
            size = size.saturating_sub(bytes);
        }
        let old = self.ids(&format!("{WITHOUT_PLAN} AND r.started < ?1"), &oldest)?;
        self.delete_runs(&old, &mut pruned)?;
        pruned.bytes = self.give_space_back()?;
        Ok(pruned)
    }

    /// About how many bytes plans with their changes take.
    pub fn journal_bytes(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            connection.query_row("SELECT coalesce(sum(bytes), 0) FROM plans", [], |row| row.get(0))
        })
    }

    fn thin_quiet_runs(&self, pruned: &mut Pruned) -> Result<(), StoreError> {
        let quiet = self.ids(&format!("{QUIET} ORDER BY r.id DESC LIMIT -1 OFFSET ?1"), QUIET_RUNS)?;
        for chunk in quiet.chunks(CHUNK as usize) {
            let plans = self.write(|transaction| {
                let mut delete = transaction.prepare_cached("DELETE FROM plans WHERE run = ?1")?;
                chunk.iter().map(|run| delete.execute([run])).sum::<Result<usize, _>>()
            })?;
            pruned.plans += plans as u64;
        }
        self.delete_runs(&quiet, pruned)
    }

    fn expendable_plans(&self) -> Result<Vec<(String, String, u64)>, StoreError> {
        self.read(|connection| {
            connection
                .prepare(EXPENDABLE)?
                .query_map([UNDOABLE_RUNS], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        })
    }

    pub(super) fn delete_plan(&self, plan: &str, pruned: &mut Pruned) -> Result<(), StoreError> {
        loop {
            let deleted = self.write(|transaction| {
                transaction
                    .prepare_cached(
                        "DELETE FROM changes WHERE rowid IN
                         (SELECT rowid FROM changes WHERE plan = ?1 ORDER BY seq LIMIT ?2)",
                    )?
                    .execute((plan, CHUNK))
            })?;
            pruned.changes += deleted as u64;
            if deleted < CHUNK as usize {
                break;
            }
        }
        let deleted =
            self.write(|transaction| transaction.execute("DELETE FROM plans WHERE id = ?1", [plan]))?;
        pruned.plans += deleted as u64;
        Ok(())
    }

    fn delete_runs(&self, runs: &[String], pruned: &mut Pruned) -> Result<(), StoreError> {
        for chunk in runs.chunks(CHUNK as usize) {
            let deleted = self.write(|transaction| {
                let mut delete = transaction.prepare_cached("DELETE FROM runs WHERE id = ?1")?;
                chunk.iter().map(|run| delete.execute([run])).sum::<Result<usize, _>>()
            })?;
            pruned.runs += deleted as u64;
        }
        Ok(())
    }

    fn ids(&self, query: &str, parameter: impl rusqlite::ToSql) -> Result<Vec<String>, StoreError> {
        self.read(|connection| connection.prepare(query)?.query_map([parameter], |row| row.get(0))?.collect())
    }

    /// Gives the memory of the database's cache back: a service idles between its runs.
    pub fn release_memory(&self) -> Result<(), StoreError> {
        self.read(|connection| connection.execute_batch("PRAGMA shrink_memory"))
    }

    /// Returns by how many bytes the file became shorter.
    fn give_space_back(&self) -> Result<u64, StoreError> {
        let before = self.read(Space::of)?;
        if before.free() <= SPARE_BYTES.max(before.all() / 10) {
            return Ok(0);
        }
        if before.can_shrink {
            let spare = u32::try_from(SPARE_BYTES / before.page).unwrap_or(u32::MAX);
            let mut left = u32::try_from(before.free_pages).unwrap_or(u32::MAX).saturating_sub(spare);
            while left > 0 {
                let pages = left.min(PAGES_AT_ONCE);
                self.read(|connection| {
                    connection.execute_batch(&format!("PRAGMA incremental_vacuum({pages})"))
                })?;
                left -= pages;
            }
        } else if before.all() <= REWRITTEN_BYTES || before.free() >= before.all() / 2 {
            // States of older versions cannot shrink. Rewriting one takes its used size once more on disk, and seconds
            // for each hundred MiB, once: not for a large one that would hardly become smaller. Its free pages are used
            // again in any case.
            self.read(|connection| connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; VACUUM"))?;
        }
        self.read(|connection| connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)"))?;
        let after = self.read(Space::of)?;
        Ok(before.all().saturating_sub(after.all()))
    }
}

/// How large the file is, and what of it is free.
struct Space {
    page: u64,
    pages: u64,
    free_pages: u64,
    can_shrink: bool,
}

impl Space {
    fn of(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u64>(0));
        Ok(Self {
            page: number("page_size")?.max(1),
            pages: number("page_count")?,
            free_pages: number("freelist_count")?,
            can_shrink: number("auto_vacuum")? == 2,
        })
    }

    fn all(&self) -> u64 {
        self.pages * self.page
    }

    fn free(&self) -> u64 {
        self.free_pages * self.page
    }
}
