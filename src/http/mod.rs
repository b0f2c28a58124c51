//! The HTTP stack, once for all systems. It knows no vendor.
//!
//! A connector contributes a [`Dialect`] (what an answer means, what its headers say about quotas) and the quotas of its
//! [`Lane`]s; the [`Stack`] does limit → authorise → send → classify → retry.

mod answer;
mod auth;
mod budget;
mod client;
mod failure;
mod keyset;
mod limit;
mod oauth;
mod redact;
mod request;
mod retry;
mod stack;

#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use auth::{AuthTrouble, Placement, Remedies, Renewals, StaticToken, TokenProvider};
pub use budget::{Budget, Period};
pub use client::{ClientError, ClientSettings, Credential, Transport, TransportFault, is_loopback};
pub use failure::{HttpFailure, Outcome};
pub use keyset::last_id;
pub use limit::{Limiter, Pace};
pub use oauth::{
    Authorisation, Authority, Challenge, Lost, OAuthSettings, OAuthTokens, OAuthVendor, TokenBody, TokenFile,
    TokenFileError,
};
pub use request::{Body, Call, Effect, Lane};
pub use retry::{Class, Decision, Policy, decide};
pub use stack::{Dialect, Stack, StackBuilder, Verdict, WallClock};
