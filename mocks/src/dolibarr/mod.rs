//! A mock of Dolibarr's REST API: invoices and third parties, as a real 20.0.2 was recorded, and what releases 14, 16 and 22
//! do otherwise.
//!
//! ```ignore
//! let erp = Dolibarr::builder().key("key", User::default()).ledger(ledger).zone(chrono_tz::Europe::Rome).start().await?;
//! erp.faults(|faults| faults.add(Fault::status(503).kind("invoices_list")));
//! ```

mod app;
mod failure;
mod filter;
mod ledger;
mod list;

use std::collections::BTreeMap;
use std::io;

use chrono_tz::Tz;

pub use ledger::{Ledger, NewInvoice, NewThirdParty};

use self::app::DolibarrApp;
use crate::http::mock::{Setup, builder_methods, handle_methods};
use crate::http::server::Running;
use crate::journal::WriteLog;

/// A user with an API key, and what it may see.
#[derive(Clone, Debug)]
pub struct User {
    /// The name it logs in by.
    pub login: String,
    /// Whether it may read customer invoices.
    pub reads_invoices: bool,
    /// Whether it may read third parties.
    pub reads_third_parties: bool,
    /// The third parties that it is the sales representative of; none: it may see all customers.
    pub sees_only: Option<Vec<u64>>,
    /// Whether it may see its own card, and so its permissions.
    pub sees_itself: bool,
    /// The third party that it belongs to, where it is an external user.
    pub of_third_party: Option<u64>,
}

impl Default for User {
    /// One that sees everything.
    fn default() -> Self {
        Self {
            login: "sirank".to_owned(),
            reads_invoices: true,
            reads_third_parties: true,
            sees_only: None,
            sees_itself: true,
            of_third_party: None,
        }
    }
}

/// How a mock is started.
#[derive(Debug)]
pub struct Builder {
    ledger: Ledger,
    keys: BTreeMap<String, User>,
    zone: Tz,
    release: u32,
    setup: Setup,
}

impl Builder {
    /// A user by its API key; repeatable.
    #[must_use]
    pub fn key(mut self, key: &str, user: User) -> Self {
        self.keys.insert(key.to_owned(), user);
        self
    }

    /// What it holds at the start.
    #[must_use]
    pub fn ledger(mut self, ledger: Ledger) -> Self {
        self.ledger = ledger;
        self
    }

    /// The time zone of the server: UTC by default.
    #[must_use]
    pub fn zone(mut self, zone: Tz) -> Self {
        self.zone = zone;
        self
    }

    /// The release that it behaves like: 20 by default.
    #[must_use]
    pub fn release(mut self, release: u32) -> Self {
        self.release = release;
        self
    }

    builder_methods!();

    /// Starts listening on loopback.
    pub async fn start(self) -> io::Result<Dolibarr> {
        let app = DolibarrApp {
            ledger: self.ledger,
            keys: self.keys,
            zone: self.zone,
            release: self.release,
            writes: WriteLog::default(),
        };
        let running = self.setup.start(app).await?;
        Ok(Dolibarr { running })
    }
}

/// A running mock. Dropping it stops it.
pub struct Dolibarr {
    running: Running<DolibarrApp>,
}

impl Dolibarr {
    /// How to start one.
    pub fn builder() -> Builder {
        Builder {
            ledger: Ledger::default(),
            keys: BTreeMap::new(),
            zone: Tz::UTC,
            release: 20,
            setup: Setup::default(),
        }
    }

    handle_methods!();

    /// Looks at or changes what it holds behind the API's back: change times stay.
    pub fn ledger<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> T {
        change(&mut self.running.shared.lock().app.ledger)
    }

    /// A person changes a field of an invoice, as the API names it.
    pub fn person_edits_invoice(&self, id: u64, field: &str, value: &str) {
        self.changed(|ledger, at| ledger.edit_invoice(id, field, value, at));
    }

    /// A person changes a field of a third party, as the API names it.
    pub fn person_edits_third_party(&self, id: u64, field: &str, value: &str) {
        self.changed(|ledger, at| ledger.edit_third_party(id, field, value, at));
    }

    /// A person issues an invoice; returns its id.
    pub fn person_issues(&self, new: &NewInvoice<'_>) -> u64 {
        self.changed(|ledger, at| ledger.add_invoice(new, at))
    }

    fn changed<T>(&self, change: impl FnOnce(&mut Ledger, i64) -> T) -> T {
        let now = self.clock().now_ms();
        let app = &mut self.running.shared.lock().app;
        let at = ledger::local(now, app.zone);
        change(&mut app.ledger, at)
    }
}
