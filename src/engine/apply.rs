//! Apply: a stored plan is sent, batch by batch. No choices are made here.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::Serialize;
use tracing::{info, warn};

use crate::clock::now;
use crate::domain::ids::PlanId;
use crate::ports::{CompanyWrite, WriteOutcome};
use crate::store::{ChangeState, PlanState, Settlement, StoredChange};

use super::settle::{Comparison, compare};
use super::{Engine, EngineError};

/// How often a change is sent before it counts as refused: its outcome was unknown each time, and it never arrived.
const MOST_ATTEMPTS: u32 = 5;

/// What became of a plan's changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Companies that hold the intended values now.
    pub applied: u64,
    /// Companies whose values the CRM refused.
    pub refused: u64,
    /// Companies that are no more.
    pub gone: u64,
    /// Companies of which somebody changed a value meanwhile: planned again by the next run.
    pub moved: u64,
    /// Companies that were not sent.
    pub pending: u64,
}

impl Engine<'_> {
    /// Sends every change of a plan that has not been settled. `observed` is when the CRM was read: values older than
    /// the policy allows are read again before they are written over.
    pub(super) async fn apply_changes(
        &self,
        plan: &PlanId,
        observed: DateTime<Utc>,
    ) -> Result<Applied, EngineError> {
        self.store.set_plan_state(plan, PlanState::Applying)?;
        let total = self.store.change_counts(plan)?.iter().map(|(_, count)| count).sum();
        self.progress.begin("writing companies", Some(total));
        let result = self.send_until_settled(plan, observed).await;
        self.progress.end();
        result?;
        self.store.set_plan_state(plan, PlanState::Applied)?;
        let applied = self.applied(plan)?;
        info!(
            applied = applied.applied,
            refused = applied.refused,
            gone = applied.gone,
            moved = applied.moved,
            "Plan applied."
        );
        Ok(applied)
    }

    /// What has become of a plan's changes so far.
    pub fn applied(&self, plan: &PlanId) -> Result<Applied, EngineError> {
        let mut applied = Applied::default();
        for (state, count) in self.store.change_counts(plan)? {
            match state {
                ChangeState::Pending | ChangeState::Sending => applied.pending += count,
                ChangeState::Applied => applied.applied += count,
                ChangeState::Refused => applied.refused += count,
                ChangeState::Gone => applied.gone += count,
                ChangeState::Moved => applied.moved += count,
            }
        }
        Ok(applied)
    }

    async fn send_until_settled(&self, plan: &PlanId, observed: DateTime<Utc>) -> Result<(), EngineError> {
        loop {
            self.settle_unknown().await?;
            self.refuse_exhausted(plan)?;
            if self.store.changes_in(plan, ChangeState::Pending, 1)?.is_empty() {
                return Ok(());
            }
            self.send_pending(plan, observed).await?;
        }
    }

    /// Sends what is pending, as many batches at once as the CRM takes. The first failure ends it, after the calls that
    /// are under way.
    async fn send_pending(&self, plan: &PlanId, observed: DateTime<Utc>) -> Result<(), EngineError> {
        let traits = self.crm.traits();
        let mut under_way = FuturesUnordered::new();
        let mut failure = None;
        loop {
            while failure.is_none() && under_way.len() < traits.concurrency {
                if let Err(stopped) = self.go_on() {
                    failure = Some(stopped);
                    break;
                }
                let batch = self.store.changes_in(plan, ChangeState::Pending, traits.batch)?;
                if batch.is_empty() {
                    break;
                }
                self.store.mark_sending(plan, &batch, now())?;
                under_way.push(self.send_batch(plan, batch, observed));
            }
            match under_way.next().await {
                None => break,
                Some(Ok(())) => {}
                Some(Err(error)) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(()), Err)
    }

    async fn send_batch(
        &self,
        plan: &PlanId,
        batch: Vec<StoredChange>,
        observed: DateTime<Utc>,
    ) -> Result<(), EngineError> {
        let oldest = TimeDelta::from_std(self.policy.reread_after).unwrap_or(TimeDelta::MAX);
        let stale = now().signed_duration_since(observed) > oldest;
        let untouched =
            if stale { self.leave_out_moved(plan, &batch).await? } else { batch.iter().collect() };
        self.send(plan, &untouched).await?;
        self.progress.advance(batch.len() as u64);
        Ok(())
    }

    async fn send(&self, plan: &PlanId, batch: &[&StoredChange]) -> Result<(), EngineError> {
        if batch.is_empty() {
            return Ok(());
        }
        let writes: Vec<CompanyWrite> = batch.iter().map(|stored| write_of(plan, stored)).collect();
        let outcomes = match self.crm.write(&writes).await {
            Ok(outcomes) => outcomes,
            Err(error) => {
                // The port promises that nothing of the batch was written.
                self.settle_all(plan, batch, ChangeState::Pending)?;
                return Err(error.into());
            }
        };
        let settlements: Vec<Settlement<'_>> = batch
            .iter()
            .zip(outcomes)
            .filter_map(|(stored, outcome)| {
                let (state, refusal) = match outcome {
                    WriteOutcome::Applied => (ChangeState::Applied, None),
                    WriteOutcome::Gone => (ChangeState::Gone, None),
                    WriteOutcome::Refused { code, message } => (ChangeState::Refused, Some((code, message))),
                    WriteOutcome::Unknown => return None,
                };
                Some(Settlement { change: stored, state, refusal })
            })
            .collect();
        for settlement in &settlements {
            if let Some((code, message)) = &settlement.refusal {
                warn!(company = %settlement.change.change.company, code, message, "The CRM refused a write.");
            }
        }
        self.store.settle(plan, &settlements, now())?;
        Ok(())
    }

    /// Reads the companies again and leaves out those that are not as the plan saw them.
    async fn leave_out_moved<'b>(
        &self,
        plan: &PlanId,
        batch: &'b [StoredChange],
    ) -> Result<Vec<&'b StoredChange>, EngineError> {
        let records = match self.records_of(batch).await {
            Ok(records) => records,
            Err(error) => {
                self.settle_all(plan, &batch.iter().collect::<Vec<_>>(), ChangeState::Pending)?;
                return Err(error);
            }
        };
        let mut untouched = Vec::with_capacity(batch.len());
        let mut settlements = Vec::new();
        for stored in batch {
            let state = match records.get(&stored.change.company) {
                None => ChangeState::Gone,
                Some(record) => match compare(record, &stored.change) {
                    Comparison::Untouched => {
                        untouched.push(stored);
                        continue;
                    }
                    Comparison::InPlace => ChangeState::Applied,
                    Comparison::Moved => ChangeState::Moved,
                },
            };
            if state == ChangeState::Moved {
                warn!(company = %stored.change.company,
                    "A value was changed by somebody else since the plan was made; it is planned again by the next run.");
            }
            settlements.push(Settlement { change: stored, state, refusal: None });
        }
        self.store.settle(plan, &settlements, now())?;
        Ok(untouched)
    }

    fn settle_all(
        &self,
        plan: &PlanId,
        batch: &[&StoredChange],
        state: ChangeState,
    ) -> Result<(), EngineError> {
        let settlements: Vec<_> =
            batch.iter().map(|change| Settlement { change, state, refusal: None }).collect();
        Ok(self.store.settle(plan, &settlements, now())?)
    }

    fn refuse_exhausted(&self, plan: &PlanId) -> Result<(), EngineError> {
        let exhausted = self.store.exhausted_changes(plan, MOST_ATTEMPTS)?;
        let refusal = || {
            let message = format!("sent {MOST_ATTEMPTS} times without an answer, and never found in place");
            Some(("NO_ANSWER".to_owned(), message))
        };
        let settlements: Vec<_> = exhausted
            .iter()
            .map(|change| Settlement { change, state: ChangeState::Refused, refusal: refusal() })
            .collect();
        Ok(self.store.settle(plan, &settlements, now())?)
    }
}

fn write_of(plan: &PlanId, stored: &StoredChange) -> CompanyWrite {
    CompanyWrite {
        id: stored.change.company.clone(),
        trace: format!("{plan}-{}-{}", stored.seq, stored.attempts + 1),
        values: stored.change.fields.iter().map(|field| (field.figure, field.intended.clone())).collect(),
    }
}
