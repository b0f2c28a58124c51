//! From an id to a record that this user may touch: the checks of every operation on one record, in their order.

use super::crm::Crm;
use super::failure::{Failure, Outcome};
use super::schema::ModuleId;
use super::user::User;

/// A record that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) module: ModuleId,
    pub(crate) id: u64,
}

impl Crm {
    /// Splits `11x30`; none where it is not of that form or the module is unknown.
    pub(crate) fn split(&self, id: &str) -> Option<Found> {
        let (prefix, number) = id.split_once('x')?;
        Some(Found { module: self.schema.by_prefix(prefix)?, id: number.parse().ok()? })
    }

    /// The record behind an id. What is malformed is answered by the caller.
    pub(crate) fn found(&self, user: &User, asked: Found) -> Outcome<Found> {
        let module = &self.schema.modules[asked.module];
        if matches!(module.name.as_str(), "Users" | "Groups" | "Currency" | "LineItem") {
            let exists = match module.name.as_str() {
                "LineItem" => self.lines.get(asked.id).is_some(),
                name => self.exists(name, asked.id),
            };
            let allowed = exists && user.sees_module(&module.name);
            return if allowed { Ok(asked) } else { Err(Failure::denied()) };
        }
        let held = self.module_of(asked.id).ok_or_else(Failure::denied)?;
        if !user.sees_module(&self.schema.modules[held].name) {
            return Err(Failure::denied());
        }
        let record = self.tables[held].get(asked.id).ok_or_else(Failure::denied)?;
        if held != asked.module || record.unreachable {
            return Err(Failure::invalid_id());
        }
        if !self.sees(user, &module.name, record.owner) {
            return Err(Failure::foreign());
        }
        Ok(asked)
    }

    /// The same for a change.
    pub(crate) fn changeable(&self, user: &User, asked: Found) -> Outcome<Found> {
        let found = self.found(user, asked)?;
        if !user.writes_module(&self.schema.modules[found.module].name) {
            return Err(Failure::foreign());
        }
        Ok(found)
    }
}
