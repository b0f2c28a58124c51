//! Which overdue contacts become tasks in this run: the most important ones of each owner, as many as the settings allow.

use std::collections::BTreeMap;

use super::TaskRules;
use crate::domain::contact_plan::Contact;
use crate::domain::ids::OwnerId;

/// Chooses the new contact tasks of a run: by cluster, then SiRank, then the company's id.
///
/// Keeps at most twice as many contacts of an owner as one run may make tasks for it, whatever number is shown to it.
#[derive(Debug)]
pub struct ContactChooser {
    per_owner: usize,
    open_per_owner: usize,
    per_run: usize,
    kept: BTreeMap<OwnerId, Vec<Contact>>,
    /// Contact tasks that are open, by owner.
    open: BTreeMap<OwnerId, usize>,
    seen: u64,
}

impl ContactChooser {
    /// One that nothing has been shown to.
    pub fn new(rules: &TaskRules) -> Self {
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        Self {
            per_owner: size(rules.per_owner),
            open_per_owner: size(rules.open_per_owner),
            per_run: size(rules.per_run),
            kept: BTreeMap::new(),
            open: BTreeMap::new(),
            seen: 0,
        }
    }

    /// Counts a task that stays open.
    pub fn stays_open(&mut self, owner: &OwnerId) {
        *self.open.entry(owner.clone()).or_default() += 1;
    }

    /// Shows it a contact that falls to an owner.
    pub fn add(&mut self, owner: &OwnerId, contact: Contact) {
        self.seen += 1;
        let of_owner = self.kept.entry(owner.clone()).or_default();
        of_owner.push(contact);
        if of_owner.len() > self.per_owner.saturating_mul(2) {
            keep_the_first(of_owner, self.per_owner);
        }
    }

    /// The chosen ones, the most important first, and how many wait for a later run. `may`: whether a contact still may
    /// become a task.
    pub fn finish(mut self, may: impl Fn(&Contact) -> bool) -> (Vec<(OwnerId, Contact)>, u64) {
        let mut chosen = Vec::new();
        for (owner, mut contacts) in self.kept {
            let open = self.open.remove(&owner).unwrap_or_default();
            let before = contacts.len();
            contacts.retain(&may);
            self.seen -= (before - contacts.len()) as u64;
            keep_the_first(&mut contacts, self.per_owner.min(self.open_per_owner.saturating_sub(open)));
            chosen.extend(contacts.into_iter().map(|contact| (owner.clone(), contact)));
        }
        chosen.sort_by(|(_, one), (_, other)| one.by_weight(other));
        chosen.truncate(self.per_run);
        let waiting = self.seen - chosen.len() as u64;
        (chosen, waiting)
    }

    #[cfg(test)]
    pub(super) fn kept(&self, owner: &OwnerId) -> usize {
        self.kept.get(owner).map_or(0, Vec::len)
    }
}

fn keep_the_first(contacts: &mut Vec<Contact>, most: usize) {
    contacts.sort_by(Contact::by_weight);
    contacts.truncate(most);
}
