//! Tokens of an authorisation, renewed before they end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::authority::{Authority, Challenge, Failure};
use super::file::{Stamp, TokenFile};
use super::held::Authorisation;
use super::renewal::{self, Patience, renew};
use crate::http::auth::{AuthTrouble, Remedies, TokenProvider};
use crate::http::retry::Policy;
use crate::http::stack::WallClock;

/// While the old token is good, a renewal that failed is tried again after this time.
const PAUSE: Duration = Duration::from_secs(10);

/// The tokens of one system. Clones share them.
#[derive(Clone)]
pub struct OAuthTokens(Arc<Shared>);

struct Shared {
    authority: Authority,
    file: TokenFile,
    policy: Policy,
    wall: WallClock,
    /// Held while a token is renewed, so that everybody waits for the one renewal.
    state: Arc<Mutex<State>>,
    /// Renewals that failed: who waited for one of them is told the same.
    failures: AtomicU64,
}

#[derive(Default)]
struct State {
    held: Option<Authorisation>,
    /// The file that `held` was read from.
    stamp: Option<Stamp>,
    /// Tokens that could not be written. They are not used before they are.
    unsaved: bool,
    /// The last renewal's failure.
    trouble: Option<AuthTrouble>,
    /// That this process has been told that `held` is lost: it is not tried again before the file changes.
    known_lost: bool,
    /// No early renewal before this instant.
    not_before: Option<DateTime<Utc>>,
}

impl OAuthTokens {
    /// The tokens of a file.
    pub fn new(authority: Authority, file: TokenFile, policy: Policy, wall: WallClock) -> Self {
        let state = Arc::default();
        Self(Arc::new(Shared { authority, file, policy, wall, state, failures: AtomicU64::new(0) }))
    }

    /// The authorisation server.
    pub fn authority(&self) -> &Authority {
        &self.0.authority
    }

    /// The file.
    pub fn file(&self) -> &TokenFile {
        &self.0.file
    }

    /// Takes up an authorisation: the code of a person's answer becomes tokens, which are on disk when this returns.
    pub async fn authorise(&self, challenge: Challenge, code: &str) -> Result<Authorisation, AuthTrouble> {
        let shared = &self.0;
        let now = (shared.wall)();
        // First of all, so that a code is not spent whose tokens could not be kept.
        let _lock = shared.file.lock().await.map_err(|error| renewal::unwritable(&error))?;
        let authority = &shared.authority;
        let grant = authority.redeem(challenge, code, now).await.map_err(|failure| match failure {
            Failure::Gone(said) => AuthTrouble::Rejected(format!(
                "{} does not accept the answer ({said}): it is good once and for a moment. Run `{}` again",
                authority.settings().vendor.system,
                authority.settings().command
            )),
            Failure::App(said) => renewal::app_refused(authority, &said),
            Failure::Other(class, message) => {
                renewal::failed(authority, class, "asking for tokens", &message)
            }
        })?;
        let settings = authority.settings();
        let authorisation = Authorisation::first(&settings.client_id, &settings.scopes, grant, now);
        shared.file.write(&authorisation).map_err(|error| renewal::unwritable(&error))?;
        Ok(authorisation)
    }

    /// A token that is good, another one than `rejected`.
    async fn current(&self, rejected: Option<&SecretString>) -> Result<SecretString, AuthTrouble> {
        let shared = &self.0;
        let failures = shared.failures.load(Ordering::Acquire);
        let mut state = shared.state.clone().lock_owned().await;
        shared.notice(&mut state)?;
        let now = (shared.wall)();
        if let Some(token) = shared.usable(&state, rejected, now)? {
            return Ok(token);
        }
        let waited_in_vain = failures != shared.failures.load(Ordering::Acquire);
        if (waited_in_vain || state.known_lost)
            && let Some(trouble) = &state.trouble
        {
            return Err(trouble.clone());
        }
        // A task of its own: a call that is given up must not take the answer, and the new refresh token in it, along.
        let renewal = tokio::spawn(shared.clone().renewed(state, rejected.cloned()));
        renewal.await.unwrap_or_else(|_| {
            Err(AuthTrouble::Unavailable("the renewal of the token was cut short".to_owned()))
        })
    }
}

impl Shared {
    /// Takes up what another process, or a person, has put into the file.
    fn notice(&self, state: &mut State) -> Result<(), AuthTrouble> {
        let stamp = self.file.stamp();
        if state.unsaved || (state.stamp == stamp && stamp.is_some()) {
            return Ok(());
        }
        let held = self.file.read().map_err(|error| renewal::unwritable(&error))?;
        *state = State { held, stamp, ..State::default() };
        Ok(())
    }

    /// The token that needs no renewal; none where it does.
    fn usable(
        &self,
        state: &State,
        rejected: Option<&SecretString>,
        now: DateTime<Utc>,
    ) -> Result<Option<SecretString>, AuthTrouble> {
        let held = self.given(state)?;
        let refused = rejected.is_some_and(|token| token.expose_secret() == held.access.expose_secret());
        let waits = state.not_before.is_some_and(|instant| now < instant) && held.is_alive(now);
        let good = held.lost.is_none() && !state.unsaved && !refused && (held.is_fresh(now) || waits);
        Ok(good.then(|| held.access.clone()))
    }

    /// The authorisation that a person gave to this app.
    fn given<'a>(&self, state: &'a State) -> Result<&'a Authorisation, AuthTrouble> {
        let settings = self.authority.settings();
        let (system, command) = (settings.vendor.system, &settings.command);
        match &state.held {
            None => Err(AuthTrouble::Rejected(format!(
                "nobody has authorised sirank for {system} yet: run `{command}`"
            ))),
            Some(held) if held.client_id != settings.client_id => Err(AuthTrouble::Rejected(format!(
                "the authorisation for {system} was given to another OAuth app than client_id names: run `{command}`"
            ))),
            Some(held) => Ok(held),
        }
    }

    /// Renews, unless another process has done so meanwhile.
    async fn renewed(
        self: Arc<Self>,
        mut state: OwnedMutexGuard<State>,
        rejected: Option<SecretString>,
    ) -> Result<SecretString, AuthTrouble> {
        let outcome = self.renew(&mut state, rejected.as_ref()).await;
        if let Err(trouble) = &outcome {
            state.trouble = Some(trouble.clone());
            self.failures.fetch_add(1, Ordering::Release);
        }
        outcome
    }

    async fn renew(
        &self,
        state: &mut State,
        rejected: Option<&SecretString>,
    ) -> Result<SecretString, AuthTrouble> {
        let _lock = self.file.lock().await.map_err(|error| renewal::unwritable(&error))?;
        if state.unsaved {
            self.save(state)?;
        } else {
            self.notice(state)?;
        }
        let now = (self.wall)();
        if let Some(token) = self.usable(state, rejected, now)? {
            return Ok(token);
        }
        let held = self.given(state)?.clone();
        // Still good for the rest of its time, if the server cannot be reached.
        let spare =
            (rejected.is_none() && held.lost.is_none() && held.is_alive(now)).then(|| held.access.clone());
        let patience = if spare.is_some() { Patience::Once } else { Patience::AsPolicySays };
        match renew(&self.authority, &self.file, held, patience, &self.policy, &self.wall).await {
            Ok(renewed) => {
                let token = renewed.access.clone();
                *state = State { held: Some(renewed), stamp: self.file.stamp(), ..State::default() };
                Ok(token)
            }
            Err(failed) => {
                let (trouble, held) = *failed;
                let renewed = state
                    .held
                    .as_ref()
                    .is_none_or(|old| old.access.expose_secret() != held.access.expose_secret());
                state.unsaved = renewed;
                state.known_lost = held.lost.is_some();
                state.held = Some(held);
                state.stamp = self.file.stamp();
                match (trouble, spare) {
                    (AuthTrouble::Unavailable(_), Some(token)) => {
                        state.not_before =
                            now.checked_add_signed(chrono::Duration::from_std(PAUSE).unwrap_or_default());
                        Ok(token)
                    }
                    (trouble, _) => Err(trouble),
                }
            }
        }
    }

    /// Writes tokens that could not be written before, unless a person has given a new authorisation.
    fn save(&self, state: &mut State) -> Result<(), AuthTrouble> {
        let on_disk = self.file.read().map_err(|error| renewal::unwritable(&error))?;
        let Some(held) = &state.held else { return Ok(()) };
        if on_disk.is_none_or(|other| other.given_at <= held.given_at) {
            self.file.write(held).map_err(|error| renewal::unwritable(&error))?;
        }
        state.unsaved = false;
        state.stamp = None;
        self.notice(state)
    }
}

#[async_trait]
impl TokenProvider for OAuthTokens {
    async fn token(&self) -> Result<SecretString, AuthTrouble> {
        self.current(None).await
    }

    async fn refreshed_after_401(&self, rejected: &SecretString) -> Result<bool, AuthTrouble> {
        let token = self.current(Some(rejected)).await?;
        Ok(token.expose_secret() != rejected.expose_secret())
    }

    fn remedies(&self) -> Option<Remedies> {
        let command = &self.0.authority.settings().command;
        Some(Remedies {
            refused: format!("A token that was just renewed is refused too: run `{command}`"),
            forbidden: format!("Add the scope to the OAuth app, then run `{command}`"),
        })
    }
}
