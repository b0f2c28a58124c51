//! The owners of companies: who is active, which figures rest on, and who they are, which people read.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ids::OwnerId;
use crate::domain::owner::OwnerName;

use super::news::note_news;
use super::{Store, StoreError};

impl Store {
    /// Replaces the active owners.
    pub fn set_active_owners(&self, owners: &BTreeSet<OwnerId>) -> Result<(), StoreError> {
        if self.active_owners()? == *owners {
            return Ok(());
        }
        self.write(|transaction| {
            note_news(transaction, true)?;
            transaction.execute("DELETE FROM active_owners", [])?;
            let mut insert = transaction.prepare_cached("INSERT INTO active_owners (id) VALUES (?1)")?;
            owners.iter().try_for_each(|owner| insert.execute([owner.as_str()]).map(drop))
        })
    }

    /// The active owners.
    pub fn active_owners(&self) -> Result<BTreeSet<OwnerId>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT id FROM active_owners")?
                .query_map([], |row| row.get::<_, String>(0).map(OwnerId::new))?
                .collect()
        })
    }

    /// Replaces what the owners are called. It is no news: no figure rests on it.
    pub fn set_owner_names(&self, names: &BTreeMap<OwnerId, OwnerName>) -> Result<(), StoreError> {
        if self.owner_names()? == *names {
            return Ok(());
        }
        self.write(|transaction| {
            transaction.execute("DELETE FROM owner_names", [])?;
            let mut insert = transaction
                .prepare_cached("INSERT INTO owner_names (id, name, email) VALUES (?1, ?2, ?3)")?;
            names
                .iter()
                .try_for_each(|(id, who)| insert.execute((id.as_str(), &who.name, &who.email)).map(drop))
        })
    }

    /// What the owners are called.
    pub fn owner_names(&self) -> Result<BTreeMap<OwnerId, OwnerName>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT id, name, email FROM owner_names")?
                .query_map([], |row| {
                    let who = OwnerName { name: row.get(1)?, email: row.get(2)? };
                    Ok((OwnerId::new(row.get::<_, String>(0)?), who))
                })?
                .collect()
        })
    }
}
