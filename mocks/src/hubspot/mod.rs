//! A mock HubSpot portal.
//!
//! ```ignore
//! let hub = HubSpot::builder().token("pat-eu1-test").seed(portal).limits(Limits::professional()).start().await?;
//! hub.faults(|faults| faults.add(Fault::status(503).kind("batch_update").after_effect()));
//! let base = hub.base_url();
//! assert!(hub.writes().of("companies", "1000001").is_empty());
//! ```

mod account;
mod app;
mod associations;
mod auth;
mod batch;
mod context;
mod control;
mod directory;
mod failure;
mod filter;
mod kind;
mod links;
mod oauth;
mod objects;
mod options;
mod pipeline;
mod pipelines;
mod portal;
mod properties;
mod record;
mod route;
mod schema;
mod search;
mod space;
mod standard;
mod throttle;
mod values;
mod write;

use std::io;
use std::time::Duration;

pub use account::{Account, Owner};
pub use auth::Token;
pub use kind::Kind;
pub use links::{Link, LinkType, Links};
pub use oauth::OAuthApp;
pub use options::{IdForm, Limits, MergedWrite, Options};
pub use pipeline::{Pipeline, Stage};
pub use portal::{Need, Plan, Portal, Rule};
pub use record::{Props, Record};
pub use schema::{Choice, Group, Property, Schema};
pub use space::Space;

use self::app::HubSpotApp;
use self::auth::Tokens;
use self::throttle::Throttle;
use crate::http::mock::{Setup, builder_methods, handle_methods};
use crate::http::server::Running;
use crate::journal::WriteLog;

/// How a mock is started.
#[derive(Debug, Default)]
pub struct Builder {
    portal: Portal,
    options: Options,
    tokens: Tokens,
    oauth: Option<OAuthApp>,
    setup: Setup,
}

impl Builder {
    /// A token that may do everything.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.token_with(token, Token::all())
    }

    /// A token with scopes or an end.
    #[must_use]
    pub fn token_with(mut self, token: &str, held: Token) -> Self {
        self.tokens.0.insert(token.to_owned(), held);
        self
    }

    /// An OAuth app that may make tokens.
    #[must_use]
    pub fn oauth(mut self, app: OAuthApp) -> Self {
        self.oauth = Some(app);
        self
    }

    /// The portal to begin with.
    #[must_use]
    pub fn seed(mut self, portal: Portal) -> Self {
        self.portal = portal;
        self
    }

    /// Limits on requests; none by default.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// Versions in paths that are answered; only 2026-09 by default.
    #[must_use]
    pub fn versions(mut self, versions: &[&str]) -> Self {
        self.options.versions = versions.iter().map(ToString::to_string).collect();
        self
    }

    /// How long search lags behind writes, on the mock's clock.
    #[must_use]
    pub fn search_lag(mut self, lag: Duration) -> Self {
        self.options.search_lag_ms = i64::try_from(lag.as_millis()).unwrap_or(i64::MAX);
        self
    }

    builder_methods!();

    /// Changes whatever else can be chosen.
    #[must_use]
    pub fn options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// Starts listening on loopback.
    pub async fn start(self) -> io::Result<HubSpot> {
        let app = HubSpotApp {
            throttle: Throttle::new(self.options.limits),
            portal: self.portal,
            options: self.options,
            tokens: self.tokens,
            oauth: self.oauth,
            writes: WriteLog::default(),
            serial: 0,
        };
        let running = self.setup.start(app).await?;
        Ok(HubSpot { running })
    }
}

/// A running mock. Dropping it stops it.
pub struct HubSpot {
    running: Running<HubSpotApp>,
}

impl HubSpot {
    /// How to start one.
    pub fn builder() -> Builder {
        Builder::default()
    }

    handle_methods!();

    /// Looks at the portal.
    pub fn portal<T>(&self, look: impl FnOnce(&Portal) -> T) -> T {
        look(&self.running.shared.lock().app.portal)
    }

    /// Changes the portal behind the API's back: no checks, no log, change dates stay.
    pub fn change<T>(&self, change: impl FnOnce(&mut Portal) -> T) -> T {
        change(&mut self.running.shared.lock().app.portal)
    }

    /// Other limits from now on; what was used so far is forgotten.
    pub fn set_limits(&self, limits: Limits) {
        let mut core = self.running.shared.lock();
        core.app.options.limits = limits;
        core.app.throttle = Throttle::new(limits);
    }

    /// The account's other integrations make so many calls at once, which count against its day.
    pub fn others_call(&self, calls: u64) {
        let now = self.clock().now_ms();
        let app = &mut self.running.shared.lock().app;
        app.throttle.others_use(calls, &app.portal.account, now);
    }

    /// Changes the options while it runs; limits by [`HubSpot::set_limits`] only.
    pub fn options(&self, change: impl FnOnce(&mut Options)) {
        change(&mut self.running.shared.lock().app.options);
    }

    /// A property's value as an answer would show it; none for an empty one or a record that is not live.
    pub fn value(&self, kind: Kind, id: u64, name: &str) -> Option<String> {
        self.portal(|portal| portal.value(kind, portal.space(kind).records.get(&id)?, name))
    }

    /// A person makes a record that is associated with others.
    pub fn person_adds(&self, kind: Kind, values: &[(&str, &str)], to: &[(Kind, u64)]) -> u64 {
        let now = self.clock().now_ms();
        control::person_adds(&mut self.running.shared.lock().app, kind, values, to, now)
    }

    /// A person edits a record. False: there is none.
    pub fn person_edits(&self, kind: Kind, id: u64, values: &[(&str, &str)]) -> bool {
        let now = self.clock().now_ms();
        control::person_edits(&mut self.running.shared.lock().app, kind, id, values, now)
    }

    /// A person logs a call, a meeting or an e-mail with a company, held at an instant. False: there is no such company.
    pub fn person_contacts(&self, company: u64, at_ms: i64) -> bool {
        let now = self.clock().now_ms();
        control::person_contacts(&mut self.running.shared.lock().app, company, at_ms, now)
    }

    /// A person merges two records.
    pub fn person_merges(&self, kind: Kind, winner: u64, loser: u64) -> bool {
        let now = self.clock().now_ms();
        control::merge(&mut self.running.shared.lock().app, kind, winner, loser, now)
    }

    /// A person archives a record.
    pub fn person_archives(&self, kind: Kind, id: u64) -> bool {
        let now = self.clock().now_ms();
        control::archive(&mut self.running.shared.lock().app, kind, id, now)
    }

    /// Adds or replaces a token.
    pub fn set_token(&self, token: &str, held: Token) {
        self.running.shared.lock().app.tokens.0.insert(token.to_owned(), held);
    }

    /// Changes the OAuth app: what a person does on the consent page, how long tokens last.
    pub fn oauth<T>(&self, change: impl FnOnce(&mut OAuthApp) -> T) -> Option<T> {
        self.running.shared.lock().app.oauth.as_mut().map(change)
    }

    /// Somebody uninstalls the OAuth app: none of its tokens is good any more.
    pub fn revoke_authorisations(&self) {
        self.running.shared.lock().app.revoke_authorisations();
    }

    /// Ends every access token that OAuth gave out, now.
    pub fn expire_authorised(&self) {
        for token in self.running.shared.lock().app.tokens.0.values_mut().filter(|token| token.oauth) {
            token.expires_ms = Some(i64::MIN);
        }
    }

    /// Ends a token now.
    pub fn expire_token(&self, token: &str) {
        self.running.shared.lock().app.tokens.expire(token, i64::MIN);
    }
}
