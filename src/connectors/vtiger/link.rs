//! One installation as the connector and its source of invoices share it: sessions, and what is known of its modules.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::SYSTEM;
use super::classify::VtigerDialect;
use super::client::{Answered, Client, malformed};
use super::config::VtigerConfig;
use super::fields::Module;
use super::quota::Quotas;
use super::session::Door;
use crate::http::{Answer, Class, ClientError, HttpFailure, Lane, Placement, Stack, Transport};
use crate::ports::{CallError, Trouble};

pub(super) const ACCOUNTS: &str = "Accounts";
pub(super) const POTENTIALS: &str = "Potentials";
pub(super) const CONTACTS: &str = "Contacts";
pub(super) const EVENTS: &str = "Events";
/// Tasks; everything else of a calendar is an event.
pub(super) const CALENDAR: &str = "Calendar";
pub(super) const EMAILS: &str = "Emails";
pub(super) const INVOICE: &str = "Invoice";
pub(super) const USERS: &str = "Users";
pub(super) const GROUPS: &str = "Groups";
pub(super) const CURRENCY: &str = "Currency";

/// The parameter that carries the session.
const SESSION: &str = "sessionName";

pub(super) struct Link {
    pub(super) client: Client,
    pub(super) quotas: Quotas,
    /// The modules that were asked about; none for those that the user does not see.
    modules: Mutex<BTreeMap<&'static str, Option<Arc<Module>>>>,
}

impl Link {
    pub(super) fn new(config: &VtigerConfig) -> Result<Self, ClientError> {
        let transport = Transport::new(&config.client)?;
        let account = format!("{} {}", account_id(config), config.username);
        let quotas = Quotas::new(config.quotas, config.zone, &account, &config.ledger);
        let dialect = VtigerDialect::new(quotas.clone());
        let mut stack = Stack::builder(SYSTEM, transport, dialect, config.wall.clone())
            .placement(Placement::Parameter(SESSION))
            .policy(config.policy.clone())
            .lane(Lane::GENERAL, [quotas.minute.clone()]);
        if let Some(hourly) = &quotas.hourly {
            stack = stack.budget(hourly.clone());
        }
        let stack = Arc::new(stack.budget(quotas.daily.clone()).build());
        let (username, key) = (config.username.clone(), config.access_key.clone());
        let door = Arc::new(Door::new(stack.clone(), username, key, config.policy.base));
        let client = Client::new(stack, door, config.sessions, quotas.clone());
        Ok(Self { client, quotas, modules: Mutex::default() })
    }

    /// A module; none where the user does not see it.
    pub(super) async fn visible(&self, name: &'static str) -> Answered<Option<Arc<Module>>> {
        let known = self.known().get(name).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let module = match self.client.describe(name).await {
            Ok(described) => Some(Arc::new(Module::of(described).ok_or_else(|| {
                malformed("modules.describe", &format!("the module {name} tells no prefix of its ids"))
            })?)),
            Err(failure) if is_invisible(&failure) => None,
            Err(failure) => return Err(failure),
        };
        self.known().insert(name, module.clone());
        Ok(module)
    }

    /// A module as it was last asked about, where it was.
    pub(super) fn seen(&self, name: &str) -> Option<Arc<Module>> {
        self.known().get(name).cloned().flatten()
    }

    /// A module that nothing can be done without.
    pub(super) async fn needed(&self, name: &'static str) -> Answered<Arc<Module>> {
        self.visible(name).await?.ok_or_else(|| {
            let class = Class::Forbidden { missing: vec![name.to_owned()] };
            let message = format!("the API user does not see the module {name}");
            HttpFailure::found("modules.describe", class, message)
        })
    }

    /// Asks about the modules anew from now on.
    pub(super) fn forget(&self) {
        self.known().clear();
    }

    /// Asks about one module anew from now on.
    pub(super) fn forget_one(&self, name: &str) {
        self.known().remove(name);
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<&'static str, Option<Arc<Module>>>> {
        self.modules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What tells one installation from another, wherever it is reached through: host and path.
pub(super) fn account_id(config: &VtigerConfig) -> String {
    let url = &config.client.base_url;
    format!("{}{}", url.host_str().unwrap_or_default(), url.path().trim_end_matches('/'))
}

/// Whether a module is kept from the user, which vTiger tells as it tells of one that does not exist.
fn is_invisible(failure: &HttpFailure) -> bool {
    said_by_vtiger(failure) && matches!(failure.class, Class::Forbidden { .. } | Class::NotFound)
}

/// Whether vTiger itself refuses a call: its refusals come with a status of success.
pub(super) fn said_by_vtiger(failure: &HttpFailure) -> bool {
    failure.answer.as_ref().is_some_and(Answer::is_success)
}

/// A failure while something was done to a module, which is named where the user lacks a permission.
pub(super) fn during(doing: &'static str, module: &'static str) -> impl Fn(Box<HttpFailure>) -> CallError {
    move |failure| {
        let mut error = failure.during(SYSTEM, doing);
        if let Trouble::Forbidden { missing, .. } = &mut error.trouble
            && missing.is_empty()
            && said_by_vtiger(&failure)
        {
            missing.push(module.to_owned());
        }
        error
    }
}
