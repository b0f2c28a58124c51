//! Settle: changes whose outcome is unknown are looked up in the CRM, never sent again blindly.

use std::collections::HashMap;

use crate::clock::now;
use crate::domain::company::CompanyRecord;
use crate::domain::ids::{CompanyId, PlanId};
use crate::domain::plan::{CompanyChange, FieldChange};
use crate::domain::value::{Blanks, Value};
use crate::events::{Event, emit};
use crate::ports::CompanyLookup;
use crate::store::{ChangeState, Settlement, StoredChange};

use super::{Engine, EngineError};

/// How a record compares with a change that is to be, or may have been, written to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// Every intended value is there.
    InPlace,
    /// Every value is as it was when the plan was made.
    Untouched,
    /// Something else: somebody was there.
    Moved,
}

impl Engine<'_> {
    /// Settles every change, of whichever plan, that may or may not have reached the CRM.
    pub(super) async fn settle_unknown(&self) -> Result<(), EngineError> {
        for plan in self.store.unsettled_plans()? {
            loop {
                let unknown = self.store.changes_in(&plan, ChangeState::Sending, self.crm.traits().batch)?;
                if unknown.is_empty() {
                    break;
                }
                self.go_on()?;
                self.look_up(&plan, &unknown).await?;
            }
        }
        Ok(())
    }

    /// Looks up one batch of changes and settles them. Those that did not arrive wait to be sent again.
    async fn look_up(&self, plan: &PlanId, unknown: &[StoredChange]) -> Result<(), EngineError> {
        let blanks = self.crm.traits().blanks;
        let records = self.records_of(unknown).await?;
        let settlements: Vec<Settlement<'_>> = unknown
            .iter()
            .map(|stored| {
                let state = match records.get(&stored.change.company) {
                    None => ChangeState::Gone,
                    Some(record) => match compare(record, &stored.change, blanks) {
                        Comparison::InPlace => ChangeState::Applied,
                        Comparison::Untouched => ChangeState::Pending,
                        Comparison::Moved => ChangeState::Moved,
                    },
                };
                Settlement { change: stored, state, refusal: None }
            })
            .collect();
        let count = |state| settlements.iter().filter(|settlement| settlement.state == state).count() as u64;
        emit(&Event::UnknownSettled {
            applied: count(ChangeState::Applied),
            not_applied: count(ChangeState::Pending),
            moved: count(ChangeState::Moved),
            gone: count(ChangeState::Gone),
        });
        self.store.settle(plan, &settlements, now())?;
        self.note_looked_up(unknown, &records)?;
        for settlement in &settlements {
            if settlement.state == ChangeState::Moved {
                emit(&Event::CompanyMoved { company: settlement.change.change.company.as_str() });
            }
        }
        Ok(())
    }

    /// The companies of some changes as they are now; those that are no more are left out.
    pub(super) async fn records_of(
        &self,
        changes: &[StoredChange],
    ) -> Result<HashMap<CompanyId, CompanyRecord>, EngineError> {
        let ids: Vec<CompanyId> = changes.iter().map(|stored| stored.change.company.clone()).collect();
        let found = self.crm.read(&ids).await?;
        Ok(found
            .into_iter()
            .filter_map(|lookup| match lookup {
                CompanyLookup::Found(record) => Some((record.id.clone(), *record)),
                CompanyLookup::Gone(_) => None,
            })
            .collect())
    }
}

/// Compares a record with a change.
pub(super) fn compare(record: &CompanyRecord, change: &CompanyChange, blanks: Blanks) -> Comparison {
    let held = |figure| -> Option<&Value> {
        record.observed.iter().find(|(held, _)| *held == figure).map(|(_, value)| value)
    };
    let holds = |field: &FieldChange, value: Option<&Value>| {
        blanks.alike(field.figure.describe().kind, held(field.figure), value)
    };
    if change.fields.iter().all(|field| holds(field, field.intended.as_ref())) {
        Comparison::InPlace
    } else if change.fields.iter().all(|field| holds(field, field.observed.as_ref())) {
        Comparison::Untouched
    } else {
        Comparison::Moved
    }
}
