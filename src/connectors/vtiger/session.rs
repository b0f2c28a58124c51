//! Sessions: logging in with the access key, and again when the server has forgotten.
//!
//! vTiger keeps one challenge per user: a second one spoils the first. So logins go one after the other here, and a
//! refused one is tried again a few times, since another program may log in as the same user at the same moment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::SYSTEM;
use super::client::{ENDPOINT, Failed};
use super::link::said_by_vtiger;
use super::wire::{Answered, Challenge, Login};
use crate::clock;
use crate::events::{Event, emit};
use crate::http::{AuthTrouble, Call, Class, Renewals, Stack, TokenProvider};

/// How often a login is tried before the key counts as wrong.
const ATTEMPTS: u32 = 4;
/// How often one call opens a session anew. The server may forget one at any moment, and the next one too.
const RENEWALS: u32 = 3;
const FORGETFUL: &str = "vTiger forgets sessions right after the login. Look at the session storage of its PHP \
                         (session.save_path, a full disk), and for a load balancer without sticky sessions";
/// For so long a refused key is not tried again: every session would.
const REFUSED_FOR: Duration = Duration::from_secs(30);

/// What a login tells of the user and the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// The user's own record.
    pub(super) user: Option<String>,
    /// Whether the user is an administrator, where the server tells.
    pub(super) is_admin: Option<bool>,
    /// The release of vTiger, where the server tells.
    pub(super) version: Option<String>,
}

/// Logs one user in, one login at a time.
pub(super) struct Door {
    stack: Arc<Stack>,
    username: String,
    access_key: SecretString,
    /// The pause before a login is tried again; grows with the attempts.
    pause: Duration,
    gate: tokio::sync::Mutex<()>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    identity: Option<Identity>,
    refused: Option<(Instant, String)>,
}

impl Door {
    pub(super) fn new(
        stack: Arc<Stack>,
        username: String,
        access_key: SecretString,
        pause: Duration,
    ) -> Self {
        let (gate, known) = (tokio::sync::Mutex::default(), Mutex::default());
        Self { stack, username, access_key, pause, gate, known }
    }

    /// What the last login told; none before the first.
    pub(super) fn identity(&self) -> Option<Identity> {
        self.known().identity.clone()
    }

    /// The server's clock, in seconds since 1970.
    pub(super) async fn server_time(&self) -> Result<i64, Box<Failed>> {
        let _one_challenge_at_a_time = self.gate.lock().await;
        let challenge = self.challenge().await?;
        challenge.server_time.text().and_then(|seconds| seconds.parse().ok()).ok_or_else(|| {
            super::client::malformed("session.challenge", "the challenge tells no time of the server")
        })
    }

    /// Opens a session and returns its name.
    async fn open(&self) -> Result<SecretString, AuthTrouble> {
        let _one_challenge_at_a_time = self.gate.lock().await;
        self.not_just_refused()?;
        let mut attempt = 1;
        loop {
            let failure = match self.log_in().await {
                Ok(session) => return Ok(session),
                Err(failure) => failure,
            };
            let refused = failure.class == Class::Unauthorized;
            if refused && attempt < ATTEMPTS {
                emit(&Event::LoginRepeated {
                    system: SYSTEM,
                    attempt: attempt.into(),
                    reason: &failure.message,
                });
                clock::sleep(self.pause.mul_f64(f64::from(attempt) * (0.5 + fastrand::f64()))).await;
                attempt += 1;
                continue;
            }
            return Err(self.trouble(*failure));
        }
    }

    async fn log_in(&self) -> Result<SecretString, Box<Failed>> {
        let challenge = self.challenge().await?;
        let call = Call::query_by_post("session.login", ENDPOINT)
            .with_field("operation", "login")
            .with_field("username", &*self.username)
            .with_field("accessKey", self.answer_to(&challenge.token));
        let login = self.stack.json::<Answered<Login>>(&call).await?.result;
        let identity = Identity {
            user: login.user_id.text().map(str::to_owned),
            is_admin: login.is_admin.text().map(|_| login.is_admin.is_true()),
            version: login.vtiger_version.text().map(str::to_owned),
        };
        *self.known() = Known { identity: Some(identity), refused: None };
        Ok(login.session_name.into())
    }

    async fn challenge(&self) -> Result<Challenge, Box<Failed>> {
        let call = Call::get("session.challenge", ENDPOINT)
            .with("operation", "getchallenge")
            .with("username", &*self.username);
        Ok(self.stack.json::<Answered<Challenge>>(&call).await?.result)
    }

    /// The MD5 of the challenge followed by the key, in lower-case hexadecimal: other digits are refused.
    fn answer_to(&self, token: &str) -> String {
        let digest = Md5::new().chain_update(token).chain_update(self.access_key.expose_secret()).finalize();
        let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
        digest.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)]).collect()
    }

    fn trouble(&self, failure: Failed) -> AuthTrouble {
        let user = &self.username;
        let message = match failure.class {
            Class::Unauthorized if failure.message.contains("user is inactive") => format!(
                "vTiger does not let the user `{user}` in: {}. Set its Status to Active in Settings > Users",
                failure.message
            ),
            Class::Unauthorized => format!(
                "vTiger refuses the access key of the user `{user}`: {}. Take the current one from My Preferences > \
                 Access Key of that user and set it as vtiger.token, token_file or token_env",
                failure.message
            ),
            Class::Forbidden { .. } if said_by_vtiger(&failure) => format!(
                "vTiger does not let the user `{user}` in: {}. Set vtiger.username to the user name of an active user, \
                 not to a name or an e-mail address",
                failure.message
            ),
            class => {
                return AuthTrouble::Failed { message: format!("logging in: {}", failure.message), class };
            }
        };
        self.known().refused = Some((Instant::now(), message.clone()));
        AuthTrouble::Rejected(message)
    }

    fn not_just_refused(&self) -> Result<(), AuthTrouble> {
        match &self.known().refused {
            Some((when, message)) if when.elapsed() < REFUSED_FOR => {
                Err(AuthTrouble::Rejected(message.clone()))
            }
            _ => Ok(()),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One session, opened when it is first used.
pub(super) struct Session {
    door: Arc<Door>,
    name: Mutex<Option<SecretString>>,
}

impl Session {
    pub(super) fn new(door: Arc<Door>) -> Self {
        Self { door, name: Mutex::default() }
    }

    async fn opened(&self) -> Result<SecretString, AuthTrouble> {
        let name = self.door.open().await?;
        *self.name() = Some(name.clone());
        Ok(name)
    }

    fn name(&self) -> MutexGuard<'_, Option<SecretString>> {
        self.name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TokenProvider for Session {
    async fn token(&self) -> Result<SecretString, AuthTrouble> {
        let known = self.name().clone();
        match known {
            Some(name) => Ok(name),
            None => self.opened().await,
        }
    }

    /// The server forgets sessions, at any moment and without a word.
    async fn refreshed_after_401(&self, _rejected: &SecretString) -> Result<bool, AuthTrouble> {
        emit(&Event::SessionLost { system: SYSTEM });
        *self.name() = None;
        self.opened().await.map(|_| true)
    }

    /// The key was just taken, so it is not at fault.
    fn renewals(&self) -> Renewals {
        Renewals { most: RENEWALS, in_vain: Some(FORGETFUL) }
    }

    /// The server serves a session one call at a time, so a call that it does not come to an end with holds up the next
    /// one: that takes another session.
    fn unanswered(&self, token: &SecretString) {
        let mut name = self.name();
        if name.as_ref().is_some_and(|name| name.expose_secret() == token.expose_secret()) {
            *name = None;
        }
    }
}
