//! Which organization a record is about: itself, the one of an opportunity, or the one where a person works.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Vtiger;
use super::client::Answered;
use super::fields::Module;
use super::link::{ACCOUNTS, CONTACTS, Link, POTENTIALS};
use super::query::{Query, RecordId};
use super::wire::Row;
use crate::domain::ids::CompanyId;

/// The modules that lead to organizations.
pub(super) struct Relations<'a> {
    link: &'a Link,
    organizations: u64,
    potentials: Option<Arc<Module>>,
    contacts: Option<Arc<Module>>,
}

impl<'a> Relations<'a> {
    pub(super) async fn of(vtiger: &'a Vtiger) -> Answered<Self> {
        Self::over(&vtiger.link).await
    }

    pub(super) async fn over(link: &'a Link) -> Answered<Self> {
        let (potentials, contacts) = (link.visible(POTENTIALS).await?, link.visible(CONTACTS).await?);
        Ok(Self { link, organizations: link.needed(ACCOUNTS).await?.prefix, potentials, contacts })
    }

    /// The organization of each record that leads to one.
    pub(super) async fn organizations_of(
        &self,
        records: &BTreeSet<RecordId>,
    ) -> Answered<BTreeMap<RecordId, CompanyId>> {
        let mut leads: BTreeMap<RecordId, RecordId> = BTreeMap::new();
        if let Some(potentials) = &self.potentials {
            let columns = ["related_to", "contact_id"].into_iter();
            let columns = columns.filter(|name| potentials.field(name).is_some());
            let query = Query::of(POTENTIALS).columns(columns);
            let of_module = of_module(records, potentials.prefix);
            let rows = self.link.client.among("opportunities.read", &query, &of_module).await?;
            leads.extend(rows.iter().filter_map(|(id, row)| Some((*id, parent(row)?))));
        }
        let people: BTreeSet<RecordId> = records.iter().chain(leads.values()).copied().collect();
        if let Some(contacts) = &self.contacts {
            let query = Query::of(CONTACTS).columns(["account_id"]);
            let of_module = of_module(&people, contacts.prefix);
            let rows = self.link.client.among("contacts.read", &query, &of_module).await?;
            leads.extend(rows.iter().filter_map(|(id, row)| Some((*id, id_in(row, "account_id")?))));
        }
        let lead = |id: RecordId| leads.get(&id).copied().unwrap_or(id);
        Ok(records
            .iter()
            .map(|id| (*id, lead(lead(*id))))
            .filter(|(_, led)| led.module == self.organizations)
            .map(|(id, led)| (id, CompanyId::new(led.to_string())))
            .collect())
    }
}

/// What an opportunity is about: an organization, else a person.
pub(super) fn parent(row: &Row) -> Option<RecordId> {
    id_in(row, "related_to").or_else(|| id_in(row, "contact_id"))
}

/// A reference; none where it is empty or leads nowhere.
pub(super) fn id_in(row: &Row, field: &str) -> Option<RecordId> {
    row.text(field)?.parse().ok()
}

fn of_module(records: &BTreeSet<RecordId>, module: u64) -> Vec<RecordId> {
    records.iter().copied().filter(|id| id.module == module).collect()
}
