//! Contacts: who has to be contacted directly by when, from the store alone.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::cluster::Cluster;
use crate::domain::contact_plan::{Contact, FallsTo, Selection};
use crate::domain::explanation::Explainer;
use crate::domain::ids::OwnerId;
use crate::domain::owner::{OwnerName, Owners};
use crate::domain::time::Day;
use crate::store::{Store, StoreError};

use super::analyse::{Listed, analyse};
use super::matched::for_each_company;
use super::preflight::ACCOUNT;
use super::{EngineError, Policy};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ContactRequest {
    /// The day to compute for.
    pub as_of: Day,
    /// Due on this day at the latest; what is overdue is always among them.
    pub until: Day,
    /// Only what is overdue.
    pub overdue_only: bool,
    /// Only of these clusters; none given: all.
    pub clusters: Vec<Cluster>,
    /// Only of these owners, each an id, a name or an e-mail address; none given: all.
    pub owners: Vec<String>,
}

/// Who has to be contacted by when.
#[derive(Clone, Debug, Serialize)]
pub struct ContactPlan {
    /// The day it is for.
    pub as_of: Day,
    /// The last day that is looked at.
    pub until: Day,
    /// The account, for people.
    pub account: String,
    /// The currency of its amounts.
    pub currency: String,
    /// What falls to each active owner, by name.
    pub owners: Vec<OwnerContacts>,
    /// What is due and nobody's.
    pub without_owner: Vec<Contact>,
    /// Companies that need a key account and have no active owner, due or not.
    pub to_assign: Vec<Contact>,
}

/// What falls to one owner.
#[derive(Clone, Debug, Serialize)]
pub struct OwnerContacts {
    /// The owner.
    pub owner: OwnerId,
    /// The name, where the CRM says it.
    pub name: Option<String>,
    /// The e-mail address, where the CRM says it.
    pub email: Option<String>,
    /// The companies, by the day they are due on.
    pub contacts: Vec<Contact>,
}

impl ContactPlan {
    /// The contacts of a day, from what was pulled last.
    pub fn of(store: &Store, policy: &Policy, request: &ContactRequest) -> Result<Self, EngineError> {
        let owners = Owners { active: store.active_owners()?, names: store.owner_names()? };
        let selection = Selection {
            owners: wanted_owners(store, request, &owners)?,
            clusters: (!request.clusters.is_empty()).then(|| request.clusters.iter().copied().collect()),
            until: request.until,
            overdue_only: request.overdue_only,
        };
        let mut plan = Self {
            as_of: request.as_of,
            until: request.until,
            account: store.meta(ACCOUNT)?.unwrap_or_default(),
            currency: policy.currency.base.clone(),
            owners: Vec::new(),
            without_owner: Vec::new(),
            to_assign: Vec::new(),
        };
        let mut by_owner: BTreeMap<OwnerId, Vec<Contact>> = BTreeMap::new();
        for mut contact in all_contacts(store, policy, request.as_of)? {
            if !selection.takes(&contact) {
                continue;
            }
            let who = contact.owner.as_ref().and_then(|owner| owners.names.get(owner));
            contact.owner_name = who.and_then(OwnerName::for_people).map(str::to_owned);
            match contact.falls_to.clone() {
                FallsTo::Owner(owner) => by_owner.entry(owner).or_default().push(contact),
                FallsTo::Nobody => plan.without_owner.push(contact),
                FallsTo::Assignment => plan.to_assign.push(contact),
            }
        }
        plan.owners =
            by_owner.into_iter().map(|(owner, contacts)| of_owner(&owners, owner, contacts)).collect();
        // Of two with one name the ids decide, which is the order that they are in.
        plan.owners.sort_by_key(|one| one.for_people().to_lowercase());
        plan.without_owner.sort_by(Contact::by_due_day);
        plan.to_assign.sort_by(Contact::by_weight);
        Ok(plan)
    }

    /// Everything that is due, owner by owner.
    pub fn due(&self) -> impl Iterator<Item = &Contact> {
        self.owners.iter().flat_map(|owner| &owner.contacts).chain(&self.without_owner)
    }
}

impl OwnerContacts {
    /// What people know the owner by; the id where the CRM says nothing else.
    pub fn for_people(&self) -> &str {
        self.name.as_deref().or(self.email.as_deref()).unwrap_or(self.owner.as_str())
    }
}

fn of_owner(owners: &Owners, owner: OwnerId, mut contacts: Vec<Contact>) -> OwnerContacts {
    contacts.sort_by(Contact::by_due_day);
    let OwnerName { name, email } = owners.names.get(&owner).cloned().unwrap_or_default();
    OwnerContacts { owner, name, email, contacts }
}

/// The owners whom the texts of a request mean; none where all are asked for. An id that the CRM does not list any more
/// still is that of the companies that it stands in.
fn wanted_owners(
    store: &Store,
    request: &ContactRequest,
    owners: &Owners,
) -> Result<Option<BTreeSet<OwnerId>>, EngineError> {
    let mut wanted = BTreeSet::new();
    for text in &request.owners {
        let mut meant = owners.meant_by(text);
        if meant.is_empty() {
            let id = OwnerId::from(text.trim());
            for_each_company(store, |_, row| -> Result<(), StoreError> {
                meant.extend(row.record.owner.filter(|owner| *owner == id));
                Ok(())
            })?;
        }
        if meant.is_empty() {
            let what =
                format!("no owner has the id, name or e-mail address `{text}` in what was pulled last");
            return Err(EngineError::NotFound(what));
        }
        wanted.append(&mut meant);
    }
    Ok((!request.owners.is_empty()).then_some(wanted))
}

fn all_contacts(store: &Store, policy: &Policy, as_of: Day) -> Result<Vec<Contact>, StoreError> {
    let explainer = Explainer::new(policy.language, &policy.currency.base);
    let mut contacts = Vec::new();
    analyse(store, policy, as_of, |row, listed| -> Result<(), StoreError> {
        if let Listed::Figures { facts, figures, .. } = listed {
            contacts.extend(Contact::of(&policy.rules, &explainer, &row.record, facts, figures));
        }
        Ok(())
    })?;
    Ok(contacts)
}
