//! Quiet cycles: where neither side has changed, a run ends after its reads.
//!
//! Figures depend on the snapshot, the ledger, the rules and the day. The store notes in the transaction that stores
//! something whether it is news ([`crate::store::Store::has_news`]); the rest is one text, the basis. Where there is no news
//! and the basis is that of the last computation, a new one would come to the same plan, of which everything is in place.

use serde::{Deserialize, Serialize};

use crate::clock::now;
use crate::domain::ids::PlanId;
use crate::domain::tasks::TaskChange;
use crate::domain::wake_up::CardChange;
use crate::store::{ChangeState, PlanRow, PlanState};

use super::changes::{fingerprint, json};
use super::{Engine, EngineError, Reading, Request};

/// What was computed last.
#[derive(Debug, Serialize, Deserialize)]
struct Computed {
    /// Everything but the records that it rests on.
    basis: String,
    plan: PlanId,
}

impl Engine<'_> {
    /// The last plan, where computing again would come to the same one and there is nothing left to do of it: it is in
    /// place, or waits for approval.
    pub(super) fn nothing_new(&self, request: &Request) -> Result<Option<PlanRow>, EngineError> {
        let usual = request.reading == Reading::Changes && request.apply && request.scope.is_whole();
        if !usual || self.store.has_news()? || self.store.has_due_retry(now())? {
            return Ok(None);
        }
        let computed = self.store.computed()?.and_then(|text| serde_json::from_str::<Computed>(&text).ok());
        let Some(computed) = computed.filter(|computed| computed.basis == self.basis(request)) else {
            return Ok(None);
        };
        let Some(plan) = self.store.plan(computed.plan.as_str())? else { return Ok(None) };
        let nothing_left = match plan.state {
            PlanState::Held => true,
            PlanState::Applied => {
                let counts = self.store.change_counts(&plan.id)?;
                let cards = self.store.record_counts::<CardChange>(&plan.id)?;
                let tasks = self.store.record_counts::<TaskChange>(&plan.id)?;
                counts.iter().chain(&cards).chain(&tasks).all(|(state, count)| {
                    *count == 0 || matches!(state, ChangeState::Applied | ChangeState::Gone)
                })
            }
            PlanState::Draft | PlanState::Ready | PlanState::Applying | PlanState::Superseded => false,
        };
        Ok(nothing_left.then_some(plan))
    }

    /// Notes that a plan was computed from all that is stored.
    pub(super) fn note_computed(&self, request: &Request, plan: &PlanId) -> Result<(), EngineError> {
        if !request.scope.is_whole() {
            return Ok(());
        }
        let computed = Computed { basis: self.basis(request), plan: plan.clone() };
        Ok(self.store.note_computed(&json(&computed))?)
    }

    /// Everything but the records that a plan rests on.
    fn basis(&self, request: &Request) -> String {
        let policy = self.policy;
        let sources: Vec<_> = self.sources.iter().map(|source| source.name()).collect();
        let rules = (&policy.rules, &policy.currency, &policy.figures, policy.language, &policy.guards);
        let wake_up = format!("{:?} {:?}", policy.wake_up, policy.tasks);
        let account =
            (&policy.watched_pipelines, &policy.excluded_categories, &policy.inputs, sources, wake_up);
        let program = (env!("CARGO_PKG_VERSION"), self.crm.traits().loopback);
        fingerprint(&(request.as_of, request.today, rules, account, program))
    }
}
