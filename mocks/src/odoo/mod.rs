//! A mock of Odoo's external API, from its documents: customer invoices, partners and companies by JSON-2 (`/json/2`, from
//! release 19 on) and JSON-RPC (`/jsonrpc`, up to release 21).
//!
//! ```ignore
//! let odoo = Odoo::builder().key("key", User::default()).books(books).release(18).start().await?;
//! odoo.faults(|faults| faults.add(Fault::status(502).kind("account.move")));
//! ```

mod app;
mod books;
mod domain;
mod failure;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde_json::{Value, json};

pub use books::{Books, NewMove, NewPartner};

use self::app::OdooApp;
use crate::http::mock::{Setup, builder_methods, handle_methods};
use crate::http::server::Running;
use crate::journal::WriteLog;

/// A user with an API key.
#[derive(Clone, Debug)]
pub struct User {
    /// Its id.
    pub id: u64,
    /// The name it logs in by.
    pub login: String,
    /// The companies that it may see; none: all.
    pub companies: Option<BTreeSet<u64>>,
    /// Whether it may read invoices.
    pub reads_invoices: bool,
}

impl Default for User {
    /// One that sees everything.
    fn default() -> Self {
        Self { id: 2, login: "sirank".to_owned(), companies: None, reads_invoices: true }
    }
}

/// How a mock is started.
#[derive(Debug)]
pub struct Builder {
    books: Books,
    keys: BTreeMap<String, User>,
    database: String,
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
    pub fn books(mut self, books: Books) -> Self {
        self.books = books;
        self
    }

    /// The name of its database: `prova` by default.
    #[must_use]
    pub fn database(mut self, name: &str) -> Self {
        name.clone_into(&mut self.database);
        self
    }

    /// The release that it behaves like: 19 by default.
    #[must_use]
    pub fn release(mut self, release: u32) -> Self {
        self.release = release;
        self
    }

    builder_methods!();

    /// Starts listening on loopback.
    pub async fn start(self) -> io::Result<Odoo> {
        let app = OdooApp {
            books: self.books,
            keys: self.keys,
            database: self.database,
            release: self.release,
            writes: WriteLog::default(),
        };
        let running = self.setup.start(app).await?;
        Ok(Odoo { running })
    }
}

/// A running mock. Dropping it stops it.
pub struct Odoo {
    running: Running<OdooApp>,
}

impl Odoo {
    /// How to start one.
    pub fn builder() -> Builder {
        Builder {
            books: Books::new(),
            keys: BTreeMap::new(),
            database: "prova".to_owned(),
            release: 19,
            setup: Setup::default(),
        }
    }

    handle_methods!();

    /// Looks at or changes what it holds behind the API's back: change times stay.
    pub fn books<T>(&self, change: impl FnOnce(&mut Books) -> T) -> T {
        change(&mut self.running.shared.lock().app.books)
    }

    /// A person changes a field of an invoice.
    pub fn person_writes_move(&self, id: u64, field: &str, value: Value) {
        self.changed(|books, at| books.write_move(id, field, value, at));
    }

    /// A person changes a field of a partner.
    pub fn person_writes_partner(&self, id: u64, field: &str, value: &str) {
        self.changed(|books, at| books.write_partner(id, field, json!(value), at));
    }

    /// A person issues an invoice; returns its id.
    pub fn person_issues(&self, new: &NewMove<'_>) -> u64 {
        self.changed(|books, at| books.add_move(new, at))
    }

    fn changed<T>(&self, change: impl FnOnce(&mut Books, &str) -> T) -> T {
        let at = self.clock().now().format("%Y-%m-%d %H:%M:%S").to_string();
        change(&mut self.running.shared.lock().app.books, &at)
    }
}
