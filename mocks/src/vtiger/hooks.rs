//! What happens in the CRM between two requests: people do not wait for a run to end.

use std::fmt;

use super::crm::Crm;
use crate::faults::is_kind;

type Change = Box<dyn FnOnce(&mut Crm) + Send>;

struct Hook {
    kind: String,
    skip: u32,
    change: Change,
}

/// Changes that wait for a request.
#[derive(Default)]
pub(crate) struct Hooks(Vec<Hook>);

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} hooks", self.0.len())
    }
}

impl Hooks {
    pub(crate) fn add(&mut self, kind: &str, skip: u32, change: impl FnOnce(&mut Crm) + Send + 'static) {
        self.0.push(Hook { kind: kind.to_owned(), skip, change: Box::new(change) });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The changes that are due before a request of this kind.
    pub(crate) fn due(&mut self, kind: &str) -> Vec<Change> {
        let mut due = Vec::new();
        let mut waiting = Vec::new();
        for mut hook in self.0.drain(..) {
            if !is_kind(&hook.kind, kind) {
                waiting.push(hook);
            } else if hook.skip > 0 {
                hook.skip -= 1;
                waiting.push(hook);
            } else {
                due.push(hook.change);
            }
        }
        self.0 = waiting;
        due
    }
}
