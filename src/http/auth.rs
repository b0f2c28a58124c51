//! Where tokens come from, and where a request carries them.

use async_trait::async_trait;
use secrecy::SecretString;

use super::retry::Class;
use crate::ports::Trouble;

/// Where a request carries its token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// In the header `Authorization: Bearer`.
    #[default]
    Bearer,
    /// In a parameter of this name: a field of the form where the call carries one, else of the query.
    Parameter(&'static str),
    /// In a header of this name, alone.
    Header(&'static str),
    /// In a JSON body, as the text that this one stands for there: so that no call ever holds the token itself.
    Json(&'static str),
}

/// Why there is no token: says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthTrouble {
    /// The credentials have to be renewed by a person.
    #[error("{0}")]
    Rejected(String),
    /// The authorisation server cannot be reached at the moment.
    #[error("{0}")]
    Unavailable(String),
    /// The call that asked for a token failed.
    #[error("{message}")]
    Failed {
        /// What it came to.
        class: Class,
        /// What happened, for people.
        message: String,
    },
}

impl From<AuthTrouble> for Trouble {
    fn from(trouble: AuthTrouble) -> Self {
        let (class, message) = match trouble {
            AuthTrouble::Rejected(message) => return Self::Unauthorized(message),
            AuthTrouble::Unavailable(message) => return Self::Unavailable { message, retry_after: None },
            AuthTrouble::Failed { class, message } => (class, message),
        };
        match class {
            Class::NotCounted => Self::State(message),
            Class::Refused { code } => Self::Refused { code, message },
            _ => Self::Unavailable { message, retry_after: None },
        }
    }
}

/// How often one call renews its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewals {
    /// At most so often.
    pub most: u32,
    /// What it means that the newest is refused too, where that does not speak against the credentials.
    pub in_vain: Option<&'static str>,
}

/// What a person does about credentials that a server refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedies {
    /// Where it does not take them.
    pub refused: String,
    /// Where they lack a permission.
    pub forbidden: String,
}

/// A source of tokens.
#[async_trait]
pub trait TokenProvider: Send + Sync {
    /// The token to use now, refreshed beforehand where it is about to expire.
    async fn token(&self) -> Result<SecretString, AuthTrouble>;

    /// Called after a server refused `rejected` with 401, as often as [`Self::renewals`] says. True: there is another token and the call is worth
    /// repeating. Several calls may be refused at once: one refresh answers them all.
    async fn refreshed_after_401(&self, rejected: &SecretString) -> Result<bool, AuthTrouble>;

    /// How often a call may renew. Once, unless told otherwise: a token that is refused when it is new is no good.
    fn renewals(&self) -> Renewals {
        Renewals { most: 1, in_vain: None }
    }

    /// What to do about tokens that are refused; none: as the connector says of tokens that a person made.
    fn remedies(&self) -> Option<Remedies> {
        None
    }

    /// Called after a call that got no answer: the server may still be at work on it, and serve nothing else under this
    /// token until it is done.
    fn unanswered(&self, _token: &SecretString) {}
}

/// A token that a person made and that does not change: a service key, a private app's token.
pub struct StaticToken(SecretString);

impl StaticToken {
    /// The token as it was given out.
    pub fn new(token: SecretString) -> Self {
        Self(token)
    }
}

#[async_trait]
impl TokenProvider for StaticToken {
    async fn token(&self) -> Result<SecretString, AuthTrouble> {
        Ok(self.0.clone())
    }

    async fn refreshed_after_401(&self, _rejected: &SecretString) -> Result<bool, AuthTrouble> {
        Ok(false)
    }
}
