//! What was written in a span of time, in the order of the runs that wrote it.

use crate::domain::ids::PlanId;
use crate::domain::plan::CompanyChange;

use super::companies::from_json;
use super::{ChangeState, Store, StoreError};

impl Store {
    /// The plans of which something may have been applied after a moment, in the order of the runs that applied them.
    ///
    /// A plan that was begun takes the place of all earlier ones but of those that wait for approval. So of the older ones
    /// only the newest was still being applied after that moment, and those that a later run applied by hand.
    pub fn plans_applied_since(&self, after: &str) -> Result<Vec<PlanId>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id FROM plans
                     WHERE id >= coalesce((SELECT max(id) FROM plans WHERE created <= ?1 AND state <> 'held'), '')
                     OR applied_by IN (SELECT id FROM runs WHERE ended IS NULL OR ended > ?1)
                     ORDER BY coalesce(applied_by, run), id",
                )?
                .query_map([after], |row| row.get::<_, String>(0).map(PlanId::new))?
                .collect()
        })
    }

    /// The next changes of a plan that were applied after one moment and up to another, behind a place in the plan.
    pub fn applied_between(
        &self,
        plan: &PlanId,
        after: &str,
        through: &str,
        place: Option<u32>,
        most: usize,
    ) -> Result<Vec<(u32, CompanyChange)>, StoreError> {
        let place = place.map_or(-1, i64::from);
        let applied = ChangeState::Applied as u8;
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT seq, change FROM changes
                     WHERE plan = ?1 AND seq > ?2 AND state = {applied} AND settled > ?3 AND settled <= ?4
                     ORDER BY seq LIMIT ?5"
                ))?
                .query_map((plan.as_str(), place, after, through, most), |row| {
                    Ok((row.get(0)?, from_json(row, 1)?))
                })?
                .collect()
        })
    }
}
