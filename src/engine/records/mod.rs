//! Records of sirank's own, cards and tasks, whatever their kind: sent, looked up where their outcome is unknown, and taken
//! back.

mod apply;
mod undo;

use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::FutureExt;

use crate::clock::now;
use crate::domain::company::Version;
use crate::domain::ids::PlanId;
use crate::domain::plan::{RecordCall, RecordChange};
use crate::domain::tasks::TaskChange;
use crate::domain::wake_up::CardChange;
use crate::events::{Event, emit};
use crate::ports::{CallError, RecordOutcome, RecordTraits, Trouble};
use crate::store::{ChangeState, Journaled, RefusedRecord, Settlement, Store, StoreError, StoredChange};

use super::{Engine, EngineError};

pub use undo::RecordLeft;

/// A record that the CRM refused is not tried again for so long.
pub(super) const REFUSED_REST: TimeDelta = TimeDelta::hours(24);

/// The cards and tasks that the CRM refused so lately that they are not tried again yet.
pub fn refused_lately(store: &Store) -> Result<Vec<RefusedRecord>, StoreError> {
    store.refused_records(now() - REFUSED_REST)
}

/// Figures go on being written where the CRM does not let sirank read or write cards or tasks: that is told, and left.
/// What ends every call ends the run. Whether it went well.
pub(super) fn unless_hindered(kind: &str, result: Result<(), EngineError>) -> Result<bool, EngineError> {
    let Err(error) = result else { return Ok(true) };
    let EngineError::Call(CallError { trouble, .. }) = &error else { return Err(error) };
    if matches!(trouble, Trouble::Unauthorized(_) | Trouble::QuotaSpent { .. } | Trouble::State(_)) {
        return Err(error);
    }
    emit(&Event::RecordsHindered { kind, reason: &error.to_string() });
    Ok(false)
}

/// The same of writing, after the figures: a CRM that is down ends the run, which can be resumed.
fn unless_refused(kind: &str, result: Result<(), EngineError>) -> Result<bool, EngineError> {
    match result {
        Err(EngineError::Call(CallError {
            trouble: Trouble::Unavailable { .. } | Trouble::Malformed(_),
            ..
        })) => result.map(|()| true),
        result => unless_hindered(kind, result),
    }
}

/// One kind of record in one account.
#[async_trait]
pub(super) trait Records: Sync {
    /// What a plan does with one.
    type Change: Journaled + Send + Sync;
    /// What tells one from all others.
    type Id: Clone + Send + Sync;
    /// Those that some changes are about, as the CRM holds them now.
    type Found: Send + Sync;

    /// What is being done: `writing cards`.
    const DOING: &'static str;

    /// What the engine has to know of the calls.
    fn traits(&self) -> RecordTraits;

    /// Reads what some changes are about.
    async fn find(&self, changes: &[StoredChange<Self::Change>]) -> Result<Self::Found, CallError>;

    /// What has become of a change, by what is there: pending where nothing of it is.
    fn state_of(&self, found: &Self::Found, change: &Self::Change) -> ChangeState;

    /// Sends changes of one kind; one outcome for each, in their order.
    async fn send(
        &self,
        plan: &PlanId,
        call: RecordCall,
        changes: &[&StoredChange<Self::Change>],
    ) -> Result<Vec<RecordOutcome<Self::Id>>, CallError>;

    /// Brings the snapshot up to a record that was written.
    fn note_written(
        &self,
        change: &Self::Change,
        id: &Self::Id,
        version: Option<Version>,
        found: &Self::Found,
    ) -> Result<(), StoreError>;

    /// Brings the snapshot up to a record that was found in a state; `sent`: whether sirank ever sent the change.
    fn note_found(
        &self,
        change: &Self::Change,
        state: ChangeState,
        sent: bool,
        found: &Self::Found,
    ) -> Result<(), StoreError>;

    /// What takes back a change that was made; none where somebody has touched the record since.
    fn taken_back(&self, change: &Self::Change, found: &Self::Found) -> Option<Self::Change>;

    /// What the record of a change is called, where it is still there.
    fn there(&self, change: &Self::Change, found: &Self::Found) -> Option<String>;

    /// Tells that the CRM refused a change.
    fn tell_refused(&self, change: &Self::Change, code: &str, reason: &str);

    /// Tells how changes whose outcome was unknown were settled.
    fn tell_settled(&self, applied: u64, not_applied: u64);
}

impl Engine<'_> {
    /// Settles every change of a record that may or may not have reached the CRM.
    pub(super) async fn settle_all_unknown_records(&self) -> Result<(), EngineError> {
        if let Some(cards) = self.card_records()? {
            unless_hindered(CardChange::KIND, self.settle_unknown_records(&cards).await)?;
        }
        if let Some(tasks) = self.task_records() {
            unless_hindered(TaskChange::KIND, self.settle_unknown_records(&tasks).await)?;
        }
        Ok(())
    }

    /// Sends what a plan does with cards, then with tasks.
    pub(super) async fn apply_all_records(&self, plan: &PlanId) -> Result<(), EngineError> {
        // Boxed: rarely needed, and large.
        if let Some(cards) = self.card_records()? {
            unless_refused(CardChange::KIND, self.apply_records(plan, &cards).boxed().await)?;
        }
        if let Some(tasks) = self.task_records() {
            unless_refused(TaskChange::KIND, self.apply_records(plan, &tasks).boxed().await)?;
        }
        Ok(())
    }

    /// Settles every change of one kind of record, of whichever plan, that may or may not have reached the CRM.
    pub(super) async fn settle_unknown_records<R: Records>(&self, records: &R) -> Result<(), EngineError> {
        let most = records.traits().read_batch.max(1);
        for plan in self.store.plans_with_unknown_records::<R::Change>()? {
            loop {
                let unknown = self.store.record_changes_in::<R::Change>(&plan, ChangeState::Sending, most)?;
                if unknown.is_empty() {
                    break;
                }
                self.go_on()?;
                let found = records.find(&unknown).await?;
                let settled: Vec<_> = unknown
                    .iter()
                    .map(|change| {
                        let state = records.state_of(&found, &change.change);
                        Settlement { change, state, refusal: None }
                    })
                    .collect();
                let count = |state| settled.iter().filter(|one| one.state == state).count() as u64;
                records.tell_settled(count(ChangeState::Applied), count(ChangeState::Pending));
                self.settle_found(&plan, records, &settled, &found)?;
            }
        }
        Ok(())
    }

    fn settle_found<R: Records>(
        &self,
        plan: &PlanId,
        records: &R,
        settled: &[Settlement<'_, R::Change>],
        found: &R::Found,
    ) -> Result<(), EngineError> {
        for settlement in settled {
            let sent = settlement.change.attempts > 0;
            records.note_found(&settlement.change.change, settlement.state, sent, found)?;
        }
        Ok(self.store.settle_records(plan, settled, now())?)
    }
}

/// What identifies the sending of a change in traces.
pub(super) fn trace<C: RecordChange>(plan: &PlanId, stored: &StoredChange<C>) -> String {
    format!("{plan}-{}{}-{}", C::KIND, stored.seq, stored.attempts + 1)
}
