//! Counters of quotas that outlive a process: daily, hourly, monthly.

use crate::ports::QuotaLedger;

use rusqlite::OptionalExtension;

use super::{Store, StoreError};

impl Store {
    /// The calls of a period so far. Beside the process that writes the state, a few calls (`sirank check`) are not
    /// added: what the servers tell to that process holds them.
    fn counted(&self, quota: &str, period: &str) -> Result<u64, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT calls FROM quota_counts WHERE quota = ?1 AND period = ?2")?
                .query_row([quota, period], |row| row.get::<_, i64>(0))
                .optional()
        })
        .map(|calls| calls.unwrap_or_default().unsigned_abs())
    }
}

impl QuotaLedger for Store {
    fn count(&self, quota: &str, period: &str) -> Result<u64, String> {
        if self.lock.is_none() {
            return self.counted(quota, period).map(|calls| calls + 1).map_err(|error| error.to_string());
        }
        self.write(|transaction| {
            transaction
                .prepare_cached("DELETE FROM quota_counts WHERE quota = ?1 AND period <> ?2")?
                .execute([quota, period])?;
            transaction
                .prepare_cached(
                    "INSERT INTO quota_counts (quota, period, calls) VALUES (?1, ?2, 1)
                     ON CONFLICT (quota, period) DO UPDATE SET calls = calls + 1 RETURNING calls",
                )?
                .query_row([quota, period], |row| row.get::<_, i64>(0))
        })
        .map(i64::unsigned_abs)
        .map_err(|error| error.to_string())
    }
}
