//! What the API user may see and write of a module, told without writing anything.

use super::Vtiger;
use super::client::Answered;
use super::fields::Module;
use crate::http::{Class, HttpFailure};

/// Records that sirank makes itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) module: &'static str,
    /// For people: `opportunities`.
    pub(super) plural: &'static str,
    /// The stock fields that a new one has a value in.
    pub(super) fields: &'static [&'static str],
}

impl Vtiger {
    /// What is not found is not there only for a user who would see it.
    pub(super) async fn sees_every(&self, module: &'static str) -> Answered<()> {
        if self.link.client.identity().await?.is_admin != Some(false) {
            return Ok(());
        }
        let class = Class::Forbidden { missing: vec![format!("{module}: see all records")] };
        let message = format!("the user `{}` is no administrator any more", self.config.username);
        Err(HttpFailure::found("session.login", class, message))
    }

    /// Whether the user may make and change records, the fields that sirank fills among them. Asks vTiger anew.
    pub(super) async fn may_write_all(&self, kind: Kind) -> Answered<()> {
        let Kind { module, plural, .. } = kind;
        self.link.forget_one(module);
        let (missing, message) = match self.link.visible(module).await? {
            None => {
                let message = format!(
                    "the API user `{}` does not see the module {module}, so sirank makes no {plural}: switch it on in \
                     Settings > Module Manager, and for the user's role in Settings > Profiles",
                    self.config.username
                );
                (vec![format!("{module}: see")], message)
            }
            Some(found) => {
                let message = format!(
                    "the API user `{}` may not create and edit {plural} with all that sirank fills in: make it an \
                     administrator in Settings > Users, and look at the fields in Settings > Module Layouts & Fields",
                    self.config.username
                );
                (lacking(kind, &found), message)
            }
        };
        if missing.is_empty() {
            return Ok(());
        }
        Err(HttpFailure::found("modules.describe", Class::Forbidden { missing }, message))
    }
}

fn lacking(kind: Kind, module: &Module) -> Vec<String> {
    let name = kind.module;
    let mut missing = Vec::new();
    if !module.creatable {
        missing.push(format!("{name}: create"));
    }
    if !module.editable {
        missing.push(format!("{name}: edit"));
    }
    missing.extend(kind.fields.iter().filter_map(|field| match module.field(field) {
        Some(found) if found.editable => None,
        Some(found) => Some(format!("{name}.{}: edit", found.for_people())),
        None => Some(format!("{name}.{field}: see")),
    }));
    missing
}
