//! Sending records: each batch is compared with what the CRM holds now, marked, sent and settled. What got no answer is
//! looked up before it may be sent again, so that nothing is ever made twice.

use chrono::TimeDelta;

use crate::clock::now;
use crate::domain::ids::PlanId;
use crate::domain::plan::{RecordCall, RecordChange};
use crate::engine::{Engine, EngineError};
use crate::ports::{CallError, RecordOutcome, Trouble};
use crate::store::{ChangeState, Settlement, StoredChange};

use super::Records;

/// How often a record is sent without an answer before it counts as refused.
const MOST_ATTEMPTS: u32 = 5;
/// How many rounds without any answer the CRM is down after.
const MOST_SILENT_ROUNDS: u32 = 4;

/// How many changes got no answer, and how many are settled.
#[derive(Clone, Copy, Default)]
struct Sent {
    unanswered: u64,
    settled: u64,
}

impl Engine<'_> {
    /// Sends what a plan does with records of one kind.
    pub(in crate::engine) async fn apply_records<R: Records>(
        &self,
        plan: &PlanId,
        records: &R,
    ) -> Result<(), EngineError> {
        let total: u64 = self.store.record_counts::<R::Change>(plan)?.iter().map(|(_, count)| count).sum();
        if total == 0 {
            return Ok(());
        }
        self.progress.begin(R::DOING, Some(total));
        let result = self.send_records(plan, records).await;
        self.progress.end();
        result
    }

    async fn send_records<R: Records>(&self, plan: &PlanId, records: &R) -> Result<(), EngineError> {
        let mut silent_rounds = 0;
        loop {
            self.settle_unknown_records(records).await?;
            self.go_on()?;
            // As many as one reading compares with what is there: a reading takes more than a writing.
            let traits = records.traits();
            let pending = self.store.record_changes_in::<R::Change>(
                plan,
                ChangeState::Pending,
                traits.read_batch.max(traits.batch),
            )?;
            let Some(call) = pending.first().map(|stored| stored.change.call()) else { return Ok(()) };
            let same: Vec<_> =
                pending.into_iter().take_while(|stored| stored.change.call() == call).collect();
            let sent = self.send_compared(plan, records, call, &same).await?;
            self.progress.advance(sent.settled);
            silent_rounds = if sent.unanswered > 0 && sent.settled == 0 { silent_rounds + 1 } else { 0 };
            if silent_rounds >= MOST_SILENT_ROUNDS {
                return Err(silence(self.crm.traits().name, R::DOING).into());
            }
        }
    }

    /// Sends changes of one kind that are as the plan saw them.
    async fn send_compared<R: Records>(
        &self,
        plan: &PlanId,
        records: &R,
        call: RecordCall,
        changes: &[StoredChange<R::Change>],
    ) -> Result<Sent, EngineError> {
        let read = now();
        let fresh_for = TimeDelta::from_std(self.policy.reread_after).unwrap_or(TimeDelta::MAX);
        let found = records.find(changes).await?;
        let mut settled = Vec::new();
        let mut untouched = Vec::new();
        for stored in changes {
            match records.state_of(&found, &stored.change) {
                ChangeState::Pending if stored.attempts >= MOST_ATTEMPTS => settled.push(given_up(stored)),
                ChangeState::Pending => untouched.push(stored),
                state => settled.push(Settlement { change: stored, state, refusal: None }),
            }
        }
        self.settle_found(plan, records, &settled, &found)?;
        let mut sent = Sent { unanswered: 0, settled: settled.len() as u64 };
        for batch in untouched.chunks(records.traits().batch.max(1)) {
            self.go_on()?;
            let got = self.send_record_batch(plan, records, call, batch, &found).await?;
            sent.settled += got;
            sent.unanswered = batch.len() as u64 - got;
            // What got no answer is looked up before anything more is sent; what was read long ago is read again.
            if sent.unanswered > 0 || now().signed_duration_since(read) > fresh_for {
                break;
            }
        }
        Ok(sent)
    }

    /// Sends one batch; how many of it are settled.
    async fn send_record_batch<R: Records>(
        &self,
        plan: &PlanId,
        records: &R,
        call: RecordCall,
        batch: &[&StoredChange<R::Change>],
        found: &R::Found,
    ) -> Result<u64, EngineError> {
        self.store.mark_records_sending(plan, batch, now())?;
        let outcomes = match records.send(plan, call, batch).await {
            Ok(outcomes) => outcomes,
            // Figures go on being written although these may not be.
            Err(CallError { trouble: trouble @ Trouble::Forbidden { .. }, .. }) => {
                let (code, message) = ("FORBIDDEN".to_owned(), trouble.to_string());
                vec![RecordOutcome::Refused { code, message }; batch.len()]
            }
            Err(error) => {
                let back: Vec<_> = batch
                    .iter()
                    .map(|change| Settlement { change, state: ChangeState::Pending, refusal: None })
                    .collect();
                self.store.settle_records(plan, &back, now())?;
                return Err(error.into());
            }
        };
        let mut settled = Vec::new();
        for (change, outcome) in batch.iter().zip(outcomes) {
            let (state, refusal) = match outcome {
                RecordOutcome::Applied(id, version) => {
                    records.note_written(&change.change, &id, version, found)?;
                    (ChangeState::Applied, None)
                }
                RecordOutcome::Gone => (ChangeState::Gone, None),
                RecordOutcome::Refused { code, message } => {
                    records.tell_refused(&change.change, &code, &message);
                    (ChangeState::Refused, Some((code, message)))
                }
                RecordOutcome::Unknown => continue,
            };
            settled.push(Settlement { change, state, refusal });
        }
        self.store.settle_records(plan, &settled, now())?;
        Ok(settled.len() as u64)
    }
}

fn given_up<C>(stored: &StoredChange<C>) -> Settlement<'_, C> {
    let message = format!("sent {MOST_ATTEMPTS} times without an answer, and never found in place");
    let refusal = Some(("NO_ANSWER".to_owned(), message));
    Settlement { change: stored, state: ChangeState::Refused, refusal }
}

fn silence(system: &str, doing: &str) -> CallError {
    let message = format!(
        "{MOST_SILENT_ROUNDS} rounds of writes in a row got no answer, and none of them arrived; the work can be resumed"
    );
    let trouble = Trouble::Unavailable { message, retry_after: None };
    CallError { system: system.to_owned(), operation: doing.to_owned(), trouble }
}
