//! What operations ask of a state, beside whoever writes it.

use rusqlite::OptionalExtension;
use serde_json::Value;

use super::runs::RunRow;
use super::{PlanRow, Store, StoreError};

/// How a state stands.
#[derive(Clone, Debug, Default)]
pub struct StoreStanding {
    /// The newest run.
    pub last_run: Option<RunRow>,
    /// When the last run ended that did what it was to do.
    pub last_good: Option<String>,
    /// What the newest computation found over all companies, as JSON.
    pub analysis: Option<Value>,
    /// Plans that wait for approval.
    pub held: Vec<PlanRow>,
    /// Companies whose values the CRM refused, waiting to be tried again.
    pub failed: u64,
    /// Companies in the CRM.
    pub companies: u64,
    /// Size of the database and its log.
    pub bytes: u64,
}

impl Store {
    /// How the state stands now.
    pub fn standing(&self) -> Result<StoreStanding, StoreError> {
        let last_good = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT max(ended) FROM runs WHERE outcome IN ('done', 'done_with_failures')
                     AND command NOT LIKE '%--dry-run%' AND command NOT IN ('plan', 'undo')",
                )?
                .query_row([], |row| row.get::<_, Option<String>>(0))
        })?;
        let analysis = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT summary -> '$.analysis' FROM runs
                     WHERE summary -> '$.analysis' IS NOT NULL AND summary -> '$.analysis' <> 'null'
                     ORDER BY id DESC LIMIT 1",
                )?
                .query_row([], |row| row.get::<_, String>(0))
                .optional()
        })?;
        let size = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |file| file.len());
        let mut log = self.path().as_os_str().to_owned();
        log.push("-wal");
        Ok(StoreStanding {
            last_run: self.runs(1)?.pop(),
            last_good,
            analysis: analysis.and_then(|text| serde_json::from_str(&text).ok()),
            held: self.held_plans()?,
            failed: self.failed_count()?,
            companies: self.company_count()?,
            bytes: size(self.path()) + size(log.as_ref()),
        })
    }
}
