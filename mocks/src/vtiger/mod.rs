//! A mock vTiger CRM: the webservice of the open source release 8.4.0 as it was recorded.
//!
//! ```ignore
//! let crm = VTiger::builder().user(User::new(1, "admin", "key").admin()).crm(seeded).start().await?;
//! crm.faults(|faults| faults.add(Fault::status(500).kind("revise").after_effect()));
//! let base = crm.base_url();
//! assert!(crm.writes().of("Accounts", "11x30").is_empty());
//! ```
//!
//! Contacts, Emails and Services were never recorded: their fields, and that an e-mail is one row for each thing that
//! it is about, are from general knowledge of vTiger 8 and unverified. So is the body of vTiger Cloud's 429.

mod access;
mod app;
mod cloud;
mod collate;
mod condition;
mod control;
mod crm;
mod custom;
mod describe;
mod entities;
mod failure;
mod field;
mod hooks;
mod input;
mod invoice;
mod invoice_show;
mod json;
mod lexer;
mod lines;
mod md5;
mod options;
mod pace;
mod parser;
mod query;
mod read;
mod related;
mod schema;
mod sessions;
mod show;
mod sync;
mod table;
mod user;
mod values;
mod write;

use std::io;

pub use crm::Crm;
pub use custom::{CustomField, UiType};
pub use invoice::InvoiceLine;
pub use options::{CloudLimits, Options};
pub use pace::{Pace, Rate};
pub use user::{Currency, Group, Language, Profile, User};

use self::app::VTigerApp;
use crate::http::mock::{Setup, builder_methods, handle_methods};
use crate::http::server::Running;

/// What a login sends as `accessKey` for a challenge.
pub fn login_proof(token: &str, access_key: &str) -> String {
    md5::hex(&format!("{token}{access_key}"))
}

/// How a mock is started.
#[derive(Debug, Default)]
pub struct Builder {
    crm: Crm,
    users: Vec<User>,
    fields: Vec<(String, CustomField)>,
    options: Options,
    setup: Setup,
}

impl Builder {
    /// The CRM to begin with.
    #[must_use]
    pub fn crm(mut self, crm: Crm) -> Self {
        self.crm = crm;
        self
    }

    /// A user who may log in; repeatable. The first number is usually the administrator's: 1.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self
    }

    /// A field that an administrator added to a module; repeatable. A label that the module has already is passed over.
    #[must_use]
    pub fn field(mut self, module: &str, field: CustomField) -> Self {
        self.fields.push((module.to_owned(), field));
        self
    }

    /// How long requests take; at once by default.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.options.pace = Some(pace);
        self
    }

    /// The limits of vTiger Cloud; none by default.
    #[must_use]
    pub fn cloud(mut self, limits: CloudLimits) -> Self {
        self.options.cloud = limits;
        self
    }

    /// Changes whatever else can be chosen.
    #[must_use]
    pub fn options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    builder_methods!();

    /// Starts listening on loopback.
    pub async fn start(self) -> io::Result<VTiger> {
        let mut crm = self.crm;
        for user in self.users {
            crm.add_user(user);
        }
        for (module, field) in &self.fields {
            // A label that is taken is the field of the seed.
            let _taken = crm.add_field(module, field);
        }
        let running = self.setup.start(VTigerApp::new(crm, self.options)).await?;
        Ok(VTiger { running })
    }
}

/// A running mock. Dropping it stops it.
pub struct VTiger {
    running: Running<VTigerApp>,
}

impl VTiger {
    /// How to start one.
    pub fn builder() -> Builder {
        Builder::default()
    }

    handle_methods!();

    /// Looks at the CRM.
    pub fn crm<T>(&self, look: impl FnOnce(&Crm) -> T) -> T {
        look(&self.running.shared.lock().app.crm)
    }

    /// Changes the CRM behind the API's back: no checks, no log, `modifiedtime` stays.
    pub fn change<T>(&self, change: impl FnOnce(&mut Crm) -> T) -> T {
        change(&mut self.running.shared.lock().app.crm)
    }

    /// Changes the options while it runs; cloud limits by [`VTiger::set_cloud`] only.
    pub fn options(&self, change: impl FnOnce(&mut Options)) {
        let mut core = self.running.shared.lock();
        change(&mut core.app.options);
        core.app.sessions.idle_ms = core.app.options.session_idle_ms;
    }

    /// Other cloud limits from now on; what was used so far is forgotten.
    pub fn set_cloud(&self, limits: CloudLimits) {
        self.running.shared.lock().app.cloud = cloud::Cloud::new(limits);
    }

    /// A value as `retrieve` shows it to an administrator.
    pub fn value(&self, module: &str, id: u64, field: &str) -> Option<String> {
        self.crm(|crm| crm.value(module, id, field))
    }

    /// A person edits a record: nothing is checked, `modifiedtime` moves. False: there is none.
    pub fn person_edits(&self, module: &str, id: u64, values: &[(&str, &str)]) -> bool {
        let now = self.clock().now_ms();
        control::person_edits(&mut self.running.shared.lock().app, module, id, values, now)
    }

    /// A person deletes a record, with all that follows from it. False: there is none.
    pub fn person_deletes(&self, module: &str, id: u64) -> bool {
        let now = self.clock().now_ms();
        control::person_deletes(&mut self.running.shared.lock().app, module, id, now)
    }

    /// Changes the CRM just before a request of this kind is carried out, after `skip` of them have passed: a person
    /// renames or deletes what a run is about to write. Like [`VTiger::change`], behind the API's back.
    pub fn before(&self, kind: &str, skip: u32, change: impl FnOnce(&mut Crm) + Send + 'static) {
        self.running.shared.lock().app.hooks.add(kind, skip, change);
    }

    /// Ends every session now.
    pub fn end_sessions(&self) {
        self.running.shared.lock().app.sessions.end_all(None);
    }

    /// Ends every session after so many further requests; 0: at the next one.
    pub fn end_sessions_after(&self, requests: u64) {
        self.running.shared.lock().app.sessions.end_after = Some(requests);
    }

    /// Opens a session without a login, under this name.
    pub fn open_session(&self, name: &str, user: u64) {
        let now = self.clock().now_ms();
        self.running.shared.lock().app.sessions.open(name, user, now);
    }

    /// Registers an application for `wsapp_get` under this key.
    pub fn register_application(&self, key: &str) {
        self.running.shared.lock().app.applications.add(key);
    }

    /// The names of the open sessions.
    pub fn sessions(&self) -> std::collections::BTreeSet<String> {
        self.running.shared.lock().app.sessions.names()
    }

    /// Successful logins so far.
    pub fn logins(&self) -> u64 {
        self.running.shared.lock().app.sessions.logins
    }
}
