//! A mock of the Fatture in Cloud API v2.
//!
//! ```ignore
//! let fic = FattureInCloud::builder().token("a/test").company(seed::cluster301_documents()?).start().await?;
//! fic.faults(|faults| faults.add(Fault::too_many(Some(3)).kind("documents_list")));
//! ```

mod app;
mod auth;
mod clients;
mod company;
mod control;
mod documents;
mod failure;
mod lexer;
mod listing;
mod query;
mod quotas;

use std::io;

use serde_json::{Map, Value};

pub use auth::{Access, OAuthClient};
pub use company::{Company, NewDocument};
pub use quotas::Quotas;

use self::app::FattureApp;
use self::auth::Accesses;
use self::quotas::Meter;
use crate::http::mock::{Setup, builder_methods, handle_methods};
use crate::http::server::Running;
use crate::journal::WriteLog;

/// How a mock is started.
#[derive(Debug, Default)]
pub struct Builder {
    companies: Vec<Company>,
    tokens: Accesses,
    oauth: Option<OAuthClient>,
    quotas: Quotas,
    accountant: bool,
    setup: Setup,
}

impl Builder {
    /// A token that may do everything.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.token_with(token, Access::default())
    }

    /// A token with scopes or an end.
    #[must_use]
    pub fn token_with(mut self, token: &str, held: Access) -> Self {
        self.tokens.0.insert(token.to_owned(), held);
        self
    }

    /// An OAuth app that may make tokens.
    #[must_use]
    pub fn oauth(mut self, client: OAuthClient) -> Self {
        self.oauth = Some(client);
        self
    }

    /// A company of the account; repeatable.
    #[must_use]
    pub fn company(mut self, company: Company) -> Self {
        self.companies.push(company);
        self
    }

    /// Quotas; none by default.
    #[must_use]
    pub fn quotas(mut self, quotas: Quotas) -> Self {
        self.quotas = quotas;
        self
    }

    /// The companies belong to an accountant: they are nested below one in `/user/companies`.
    #[must_use]
    pub fn accountant(mut self) -> Self {
        self.accountant = true;
        self
    }

    builder_methods!();

    /// Starts listening on loopback.
    pub async fn start(self) -> io::Result<FattureInCloud> {
        let app = FattureApp {
            companies: self.companies,
            tokens: self.tokens,
            oauth: self.oauth,
            meter: Meter::new(self.quotas),
            writes: WriteLog::default(),
            accountant: self.accountant,
        };
        let running = self.setup.start(app).await?;
        Ok(FattureInCloud { running })
    }
}

/// A running mock. Dropping it stops it.
pub struct FattureInCloud {
    running: Running<FattureApp>,
}

impl FattureInCloud {
    /// How to start one.
    pub fn builder() -> Builder {
        Builder::default()
    }

    handle_methods!();

    /// Looks at or changes the companies behind the API's back: no log, change times stay.
    pub fn companies<T>(&self, change: impl FnOnce(&mut [Company]) -> T) -> T {
        change(&mut self.running.shared.lock().app.companies)
    }

    /// Changes the OAuth app: what a person does on the consent page.
    pub fn oauth<T>(&self, change: impl FnOnce(&mut OAuthClient) -> T) -> Option<T> {
        self.running.shared.lock().app.oauth.as_mut().map(change)
    }

    /// Somebody revokes the OAuth app: none of its tokens is good any more.
    pub fn revoke_authorisations(&self) {
        self.running.shared.lock().app.revoke_authorisations();
    }

    /// Ends every access token that OAuth gave out, now.
    pub fn expire_authorised(&self) {
        let mut core = self.running.shared.lock();
        let tokens = &mut core.app.tokens;
        for token in &tokens.1 {
            if let Some(held) = tokens.0.get_mut(token) {
                held.expires_ms = Some(i64::MIN);
            }
        }
    }

    /// A person edits a document. False: there is none.
    pub fn person_edits(&self, company: u64, id: u64, fields: &Map<String, Value>) -> bool {
        let now = self.clock().now_ms();
        control::edit(&mut self.running.shared.lock().app, company, id, fields, now)
    }

    /// A person issues a document; returns its id. None: there is no such company.
    pub fn person_issues(&self, company: u64, number: i64, new: &NewDocument<'_>) -> Option<u64> {
        let now = self.clock().now_ms();
        let mut core = self.running.shared.lock();
        let company = core.app.company(company)?;
        let id = company.add_document(number, new);
        company.stamp(id, now);
        Some(id)
    }

    /// A person takes a document out of the bin. False: it is not there.
    pub fn person_recovers(&self, company: u64, id: u64) -> bool {
        let mut core = self.running.shared.lock();
        core.app.company(company).is_some_and(|company| company.recover(id))
    }

    /// A person moves a document to the bin.
    pub fn person_deletes(&self, company: u64, id: u64) -> bool {
        let now = self.clock().now_ms();
        control::delete(&mut self.running.shared.lock().app, company, id, now)
    }
}
