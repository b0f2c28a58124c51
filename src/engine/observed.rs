//! The snapshot follows what was written and what was looked up, so that reading it once more tells nothing new.

use std::collections::HashMap;

use crate::domain::company::CompanyRecord;
use crate::domain::ids::CompanyId;
use crate::ports::{CompanyWrite, WriteOutcome};
use crate::store::StoredChange;

use super::{Engine, EngineError};

impl Engine<'_> {
    /// Brings the snapshot up to what became of a batch of writes.
    pub(super) fn note_outcomes(
        &self,
        writes: &[CompanyWrite],
        outcomes: &[WriteOutcome],
    ) -> Result<(), EngineError> {
        let (mut written, mut gone) = (Vec::new(), Vec::new());
        for (write, outcome) in writes.iter().zip(outcomes) {
            match outcome {
                WriteOutcome::Applied(version) => written.push((write.clone(), *version)),
                WriteOutcome::Gone => gone.push(write.id.clone()),
                WriteOutcome::Refused { .. } | WriteOutcome::Unknown => {}
            }
        }
        self.store.note_observed(&written)?;
        self.store.forget_companies(&gone)?;
        Ok(())
    }

    /// Brings the snapshot up to what a look-up of some companies found.
    pub(super) fn note_looked_up(
        &self,
        changes: &[StoredChange],
        found: &HashMap<CompanyId, CompanyRecord>,
    ) -> Result<(), EngineError> {
        let blanks = self.crm.traits().blanks;
        for stored in changes {
            let company = &stored.change.company;
            match found.get(company) {
                Some(record) => self.store.refresh_company(record, blanks)?,
                None => drop(self.store.forget_companies(std::slice::from_ref(company))?),
            }
        }
        Ok(())
    }
}
