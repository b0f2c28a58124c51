//! Challenges and sessions.

use std::collections::{BTreeMap, BTreeSet};

use super::failure::{Failure, Outcome};
use super::md5;
use super::user::User;

/// How long a challenge may be answered.
const CHALLENGE_S: i64 = 300;

#[derive(Clone, Debug)]
struct Challenge {
    token: String,
    expires_s: i64,
}

#[derive(Clone, Copy, Debug)]
struct Session {
    user: u64,
    used_ms: i64,
}

/// Who is logged in. A user has one challenge and any number of sessions.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    challenges: BTreeMap<u64, Challenge>,
    live: BTreeMap<String, Session>,
    /// Milliseconds without a request after which a session is collected.
    pub(crate) idle_ms: i64,
    /// Requests of sessions after which all of them end.
    pub(crate) end_after: Option<u64>,
    /// Logins so far.
    pub(crate) logins: u64,
    serial: u64,
}

impl Sessions {
    pub(crate) fn new(idle_ms: i64) -> Self {
        Self {
            challenges: BTreeMap::new(),
            live: BTreeMap::new(),
            idle_ms,
            end_after: None,
            logins: 0,
            serial: 0,
        }
    }

    fn unique(&mut self, what: &str) -> String {
        self.serial += 1;
        md5::hex(&format!("{what} {}", self.serial))
    }

    /// A new challenge; the user's earlier one is worth nothing from now on.
    pub(crate) fn challenge(&mut self, user: u64, now_s: i64) -> (String, i64) {
        let token = self.unique("challenge").get(..23).unwrap_or_default().to_owned();
        let expires_s = now_s + CHALLENGE_S;
        self.challenges.insert(user, Challenge { token: token.clone(), expires_s });
        (token, expires_s)
    }

    /// Opens a session for whoever proves the key.
    pub(crate) fn login(&mut self, user: Option<&User>, proof: &str, now_ms: i64) -> Outcome<String> {
        let stale = || Failure::new("INVALID_AUTH_TOKEN", "Specified token is invalid or expired");
        let user = user.ok_or_else(stale)?;
        let held = self.challenges.get(&user.id).ok_or_else(stale)?;
        if held.expires_s < now_ms.div_euclid(1000) {
            return Err(stale());
        }
        if md5::hex(&format!("{}{}", held.token, user.access_key)) != proof {
            return Err(Failure::new("INVALID_USER_CREDENTIALS", "Invalid username or password"));
        }
        if !user.active {
            return Err(Failure::new("AUTHENTICATION_REQUIRED", "Given user is inactive"));
        }
        let name = self.unique("session").get(..21).unwrap_or_default().to_owned();
        self.live.insert(name.clone(), Session { user: user.id, used_ms: now_ms });
        self.logins += 1;
        Ok(name)
    }

    /// Opens a session without a login, under a name of the test's choosing.
    pub(crate) fn open(&mut self, name: &str, user: u64, now_ms: i64) {
        self.live.insert(name.to_owned(), Session { user, used_ms: now_ms });
    }

    /// Whose session it is. The session counts as used.
    pub(crate) fn user_of(&mut self, name: &str, now_ms: i64) -> Outcome<u64> {
        if let Some(left) = &mut self.end_after {
            if *left == 0 {
                self.end_after = None;
                self.live.clear();
            } else {
                *left -= 1;
            }
        }
        let session = self.live.get_mut(name).ok_or_else(Failure::invalid_session)?;
        if now_ms - session.used_ms > self.idle_ms {
            self.live.remove(name);
            return Err(Failure::invalid_session());
        }
        session.used_ms = now_ms;
        Ok(session.user)
    }

    /// False: there was no such session.
    pub(crate) fn end(&mut self, name: &str) -> bool {
        self.live.remove(name).is_some()
    }

    /// Ends every session, or every session of one user.
    pub(crate) fn end_all(&mut self, of: Option<u64>) {
        self.live.retain(|_, session| of.is_some_and(|user| user != session.user));
    }

    /// How many are open, by user.
    pub(crate) fn open_sessions(&self) -> BTreeMap<u64, usize> {
        let mut counts = BTreeMap::new();
        for session in self.live.values() {
            *counts.entry(session.user).or_default() += 1;
        }
        counts
    }

    /// The names of the open sessions.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.live.keys().cloned().collect()
    }
}
