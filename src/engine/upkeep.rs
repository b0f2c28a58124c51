//! Upkeep of the state: how long the journal is kept, and what is tried again because somebody mended the account.

use std::fmt::Write;

use crate::clock::now;
use crate::events::{Event, emit};
use crate::ports::Survey;
use crate::store::Pruned;

use super::{Engine, EngineError};

/// Under this name the state remembers how the properties of the figures were defined.
const DEFINITIONS: &str = "figure_definitions";

impl Engine<'_> {
    /// Deletes what of the journal is older or more than is to be kept. Once a day is enough.
    pub fn tidy(&self) -> Result<Pruned, EngineError> {
        let pruned = self.store.prune(self.policy.retention, now())?;
        if pruned != Pruned::default() {
            let Pruned { runs, plans, changes, bytes } = pruned;
            emit(&Event::JournalPruned { runs, plans, changes, bytes });
        }
        Ok(pruned)
    }

    /// Where a property of a figure is defined otherwise than before, what the CRM refused is tried again at once.
    pub(super) fn notice_mended_properties(&self, survey: &Survey) -> Result<(), EngineError> {
        let definitions = definitions(survey);
        let before = self.store.meta(DEFINITIONS)?;
        if before.as_deref() == Some(&definitions) {
            return Ok(());
        }
        if before.is_some() {
            let companies = self.store.retry_all_now()? as u64;
            if companies > 0 {
                emit(&Event::RefusedWritesDue { companies });
            }
        }
        Ok(self.store.set_meta(DEFINITIONS, &definitions)?)
    }
}

/// How the properties of the figures are defined, in one order.
fn definitions(survey: &Survey) -> String {
    let mut text = String::new();
    for name in survey.figure_properties.values() {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{name} {:?}", survey.properties.get(name));
    }
    text
}
