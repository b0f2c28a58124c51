//! Counters of quotas that outlive a process: daily, hourly, monthly.

use crate::ports::QuotaLedger;

use super::Store;

impl QuotaLedger for Store {
    fn count(&self, quota: &str, period: &str) -> Result<u64, String> {
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
