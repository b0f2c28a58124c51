//! Apply: a stored plan is sent, batch by batch. No choices are made here.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::Serialize;

use crate::clock::{self, now};
use crate::domain::ids::PlanId;
use crate::domain::tasks::TaskChange;
use crate::domain::wake_up::CardChange;
use crate::events::{Event, emit};
use crate::ports::{CompanyWrite, WriteOutcome};
use crate::store::{ChangeState, PlanState, Settlement, StoredChange};

use super::settle::{Comparison, compare};
use super::{Engine, EngineError};

mod silence;

use self::silence::{Round, Silence};

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
    /// What became of the cards.
    pub cards: RecordsApplied,
    /// What became of the tasks.
    pub tasks: RecordsApplied,
}

/// What became of what a plan does with records of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecordsApplied {
    /// Records that are as intended now.
    pub applied: u64,
    /// Records that the CRM refused to make or to change.
    pub refused: u64,
    /// Records, or their companies, that are no more.
    pub gone: u64,
    /// Records that somebody changed, or made, meanwhile.
    pub moved: u64,
    /// Records that were not sent.
    pub pending: u64,
}

impl RecordsApplied {
    fn of(counts: Vec<(ChangeState, u64)>) -> Self {
        let mut applied = Self::default();
        for (state, count) in counts {
            match state {
                ChangeState::Pending | ChangeState::Sending => applied.pending += count,
                ChangeState::Applied => applied.applied += count,
                ChangeState::Refused => applied.refused += count,
                ChangeState::Gone => applied.gone += count,
                ChangeState::Moved => applied.moved += count,
            }
        }
        applied
    }
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
        self.apply_all_records(plan).await?;
        self.store.set_plan_state(plan, PlanState::Applied)?;
        let applied = self.applied(plan)?;
        let Applied { applied: done, refused, gone, moved, .. } = applied;
        emit(&Event::PlanApplied { applied: done, refused, gone, moved });
        Ok(applied)
    }

    /// What has become of a plan's changes so far.
    pub fn applied(&self, plan: &PlanId) -> Result<Applied, EngineError> {
        let RecordsApplied { applied, refused, gone, moved, pending } =
            RecordsApplied::of(self.store.change_counts(plan)?);
        let cards = RecordsApplied::of(self.store.record_counts::<CardChange>(plan)?);
        let tasks = RecordsApplied::of(self.store.record_counts::<TaskChange>(plan)?);
        Ok(Applied { applied, refused, gone, moved, pending, cards, tasks })
    }

    async fn send_until_settled(&self, plan: &PlanId, observed: DateTime<Utc>) -> Result<(), EngineError> {
        let mut silence = Silence::default();
        loop {
            self.settle_unknown().await?;
            self.refuse_unanswered(plan, &silence)?;
            if self.store.changes_in(plan, ChangeState::Pending, 1)?.is_empty() {
                return Ok(());
            }
            let round = self.send_pending(plan, observed, &silence).await?;
            silence.note(round);
            if silence.lasts() {
                return Err(silence.error(self.crm.traits().name).into());
            }
            self.wait_out(&silence).await?;
        }
    }

    /// Sends what is pending, as many batches at once as the CRM takes. The first failure ends it, after the calls that
    /// are under way; so does the first call without an answer, so that its changes are looked up before more is sent.
    async fn send_pending(
        &self,
        plan: &PlanId,
        observed: DateTime<Utc>,
        silence: &Silence,
    ) -> Result<Round, EngineError> {
        let traits = self.crm.traits();
        let mut under_way = FuturesUnordered::new();
        let mut round = Round::default();
        let mut failure = None;
        loop {
            while failure.is_none() && round.unanswered.is_empty() && under_way.len() < traits.concurrency {
                if let Err(stopped) = self.go_on() {
                    failure = Some(stopped);
                    break;
                }
                let pending = self.store.changes_in(plan, ChangeState::Pending, traits.batch)?;
                let batch = silence.narrowed(pending, traits.batch);
                if batch.is_empty() {
                    break;
                }
                self.store.mark_sending(plan, &batch, now())?;
                under_way.push(self.send_batch(plan, batch, observed));
            }
            match under_way.next().await {
                None => break,
                Some(Ok(sent)) => round.add(sent),
                Some(Err(error)) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(round), Err)
    }

    /// Gives a CRM that does not answer a moment. A request to stop ends the wait.
    async fn wait_out(&self, silence: &Silence) -> Result<(), EngineError> {
        let Some(rounds) = silence.rounds() else { return Ok(()) };
        tokio::select! {
            () = clock::sleep(self.policy.silence_pause * rounds) => Ok(()),
            () = self.stop.cancelled() => self.go_on(),
        }
    }

    async fn send_batch(
        &self,
        plan: &PlanId,
        batch: Vec<StoredChange>,
        observed: DateTime<Utc>,
    ) -> Result<Round, EngineError> {
        let oldest = TimeDelta::from_std(self.policy.reread_after).unwrap_or(TimeDelta::MAX);
        let stale = now().signed_duration_since(observed) > oldest;
        let untouched =
            if stale { self.leave_out_moved(plan, &batch).await? } else { batch.iter().collect() };
        let round = self.send(plan, &untouched).await?;
        self.progress.advance((batch.len() - round.unanswered.len()) as u64);
        Ok(round)
    }

    async fn send(&self, plan: &PlanId, batch: &[&StoredChange]) -> Result<Round, EngineError> {
        if batch.is_empty() {
            return Ok(Round::answered());
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
        self.note_outcomes(&writes, &outcomes)?;
        let settlements: Vec<Settlement<'_>> = batch
            .iter()
            .zip(outcomes)
            .filter_map(|(stored, outcome)| {
                let (state, refusal) = match outcome {
                    WriteOutcome::Applied(_) => (ChangeState::Applied, None),
                    WriteOutcome::Gone => (ChangeState::Gone, None),
                    WriteOutcome::Refused { code, message } => (ChangeState::Refused, Some((code, message))),
                    WriteOutcome::Unknown => return None,
                };
                Some(Settlement { change: stored, state, refusal })
            })
            .collect();
        for settlement in &settlements {
            if let Some((code, message)) = &settlement.refusal {
                let company = settlement.change.change.company.as_str();
                emit(&Event::WriteRefused { company, code, reason: message });
            }
        }
        self.store.settle(plan, &settlements, now())?;
        let unanswered = |stored: &&&StoredChange| {
            settlements.iter().all(|settlement| settlement.change.seq != stored.seq)
        };
        let unanswered = batch.iter().filter(unanswered).map(|stored| stored.seq).collect();
        Ok(Round { answered: !settlements.is_empty(), unanswered })
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
        let blanks = self.crm.traits().blanks;
        let mut untouched = Vec::with_capacity(batch.len());
        let mut settlements = Vec::new();
        for stored in batch {
            let state = match records.get(&stored.change.company) {
                None => ChangeState::Gone,
                Some(record) => match compare(record, &stored.change, blanks) {
                    Comparison::Untouched => {
                        untouched.push(stored);
                        continue;
                    }
                    Comparison::InPlace => ChangeState::Applied,
                    Comparison::Moved => ChangeState::Moved,
                },
            };
            if state == ChangeState::Moved {
                emit(&Event::CompanyMoved { company: stored.change.company.as_str() });
            }
            settlements.push(Settlement { change: stored, state, refusal: None });
        }
        self.store.settle(plan, &settlements, now())?;
        self.note_looked_up(batch, &records)?;
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

    /// A change that was sent alone again and again while others got through counts as refused.
    fn refuse_unanswered(&self, plan: &PlanId, silence: &Silence) -> Result<(), EngineError> {
        for seq in silence.given_up() {
            let after = seq.checked_sub(1);
            let found = self.store.changes_after(plan, after, 1)?;
            let settlements: Vec<_> = found
                .iter()
                .filter(|change| change.state == ChangeState::Pending)
                .map(|change| {
                    emit(&Event::WriteUnanswered { company: change.change.company.as_str() });
                    Settlement { change, state: ChangeState::Refused, refusal: Some(silence::refusal()) }
                })
                .collect();
            self.store.settle(plan, &settlements, now())?;
        }
        Ok(())
    }
}

fn write_of(plan: &PlanId, stored: &StoredChange) -> CompanyWrite {
    CompanyWrite {
        id: stored.change.company.clone(),
        trace: format!("{plan}-{}-{}", stored.seq, stored.attempts + 1),
        values: stored.change.fields.iter().map(|field| (field.figure, field.intended.clone())).collect(),
    }
}
