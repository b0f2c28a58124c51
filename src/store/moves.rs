//! What was written in a span of time, in the order in which it was planned.

use crate::domain::ids::PlanId;
use crate::domain::plan::CompanyChange;

use super::companies::from_json;
use super::{ChangeState, Store, StoreError};

impl Store {
    /// The next changes that were applied after one moment and up to another, behind a place in the journal.
    ///
    /// A plan that was begun takes the place of all earlier ones, so at most the newest of those that are older than the
    /// span was still being applied in it: nothing before that one is looked at.
    pub fn applied_between(
        &self,
        after: &str,
        through: &str,
        place: Option<&(PlanId, u32)>,
        most: usize,
    ) -> Result<Vec<((PlanId, u32), CompanyChange)>, StoreError> {
        let (plan, seq) = place.map_or(("", -1), |(plan, seq)| (plan.as_str(), i64::from(*seq)));
        let applied = ChangeState::Applied as u8;
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT plan, seq, change FROM changes
                     WHERE plan >= coalesce((SELECT max(id) FROM plans WHERE created <= ?1), '')
                     AND (plan, seq) > (?3, ?4) AND state = {applied} AND settled > ?1 AND settled <= ?2
                     ORDER BY plan, seq LIMIT ?5"
                ))?
                .query_map((after, through, plan, seq, most), |row| {
                    Ok(((PlanId::new(row.get::<_, String>(0)?), row.get(1)?), from_json(row, 2)?))
                })?
                .collect()
        })
    }
}
