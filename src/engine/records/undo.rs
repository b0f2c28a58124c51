//! Undo of what a run did with records: what is as the run left it is taken back; everything else was touched by somebody,
//! and stays.

use serde::Serialize;

use crate::domain::ids::{CompanyId, PlanId};
use crate::domain::plan::RecordChange;
use crate::engine::{Engine, EngineError};
use crate::store::ChangeState;

use super::Records;

/// Changes that are read again at once.
const CHUNK: usize = 100;

/// A record of an undone run that stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordLeft {
    /// What it is: `card`.
    pub kind: &'static str,
    /// The company.
    pub company: CompanyId,
    /// The record's id; none: it is no more.
    pub record: Option<String>,
}

impl Engine<'_> {
    /// Adds to a plan what of another one's records can be taken back, beginning with the number `from`; returns what
    /// stays, and the number behind the last.
    pub(in crate::engine) async fn plan_record_undo<R: Records>(
        &self,
        records: &R,
        id: &PlanId,
        target: &PlanId,
        from: u32,
    ) -> Result<(Vec<RecordLeft>, u32), EngineError> {
        let (mut left, mut back) = (Vec::new(), Vec::new());
        let mut after = None;
        loop {
            let chunk = self.store.record_changes_after::<R::Change>(target, after, CHUNK)?;
            let Some(last) = chunk.last() else { break };
            after = Some(last.seq);
            self.go_on()?;
            // What was found in place without having been sent is somebody else's doing.
            let done: Vec<_> = chunk
                .into_iter()
                .filter(|stored| stored.state == ChangeState::Applied && stored.attempts > 0)
                .collect();
            let found = records.find(&done).await?;
            for stored in &done {
                match records.taken_back(&stored.change, &found) {
                    Some(change) => back.push(change),
                    None => left.push(RecordLeft {
                        kind: R::Change::KIND,
                        company: stored.change.company().clone(),
                        record: records.there(&stored.change, &found),
                    }),
                }
            }
        }
        self.store.add_record_changes(id, from, &back)?;
        Ok((left, from + u32::try_from(back.len()).unwrap_or(u32::MAX)))
    }
}
