//! Renewing tokens, at the risk that it has: where every renewal ends the refresh token that was used, the only good one
//! is in an answer that may be lost on its way.
//!
//! What is done about it:
//! - Before a refresh token is sent, its file is written anew with a note that it is being sent: so the folder can be
//!   written when the answer comes, and whoever finds the note after a crash knows what may have happened.
//! - The exchange is a task of its own, so a call that is given up does not take the answer along.
//! - A renewal without an answer is sent again with the same refresh token, soon. If the server did not get it, that
//!   works. If it did, some servers answer the repetition with the tokens of the first time, and with all others the
//!   authorisation was lost when the answer was: repeating makes nothing worse, and not repeating would give up
//!   authorisations that are good.
//! - Only a server that says that it takes the refresh token no more makes an authorisation lost; nothing that happens to
//!   the connection does.

use secrecy::SecretString;
use tokio::time::Instant;

use super::authority::{Authority, Failure};
use super::file::{TokenFile, TokenFileError};
use super::held::{Authorisation, Grant, Lost};
use crate::clock;
use crate::events::{Event, emit};
use crate::http::auth::AuthTrouble;
use crate::http::request::Effect;
use crate::http::retry::{Class, Decision, Policy, decide};
use crate::http::stack::WallClock;

/// Whether a renewal may take its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// The old token is good for a while: one attempt.
    Once,
    /// Nothing goes on without it.
    AsPolicySays,
}

/// Renews under the file's lock, which the caller holds. The new tokens are on disk when it returns.
///
/// # Errors
/// The trouble, and the authorisation as it then is.
pub(super) async fn renew(
    authority: &Authority,
    file: &TokenFile,
    held: Authorisation,
    patience: Patience,
    policy: &Policy,
    wall: &WallClock,
) -> Result<Authorisation, Box<(AuthTrouble, Authorisation)>> {
    let system = authority.settings().vendor.system;
    let Some(refresh) = held.refresh.clone() else {
        let reason = format!("{system} gave no refresh token, and the access token has ended");
        return Err(lost(authority, file, held, reason, wall));
    };
    let unanswered = held.renewing_since;
    let mut held = Authorisation { renewing_since: Some(unanswered.unwrap_or_else(|| wall())), ..held };
    if let Err(error) = file.write(&held) {
        held.renewing_since = unanswered;
        return Err(Box::new((unwritable(&error), held)));
    }
    match patiently(authority, &refresh, patience, policy, wall).await {
        Ok(grant) => {
            let renewed = held.renewed(grant, wall());
            match file.write(&renewed) {
                Ok(()) => {
                    let until = renewed.expires_at.map(clock::stamp).unwrap_or_default();
                    emit(&Event::TokenRenewed { system, until: &until });
                    Ok(renewed)
                }
                // Still held in memory, to be written before it is used.
                Err(error) => Err(Box::new((unwritable(&error), renewed))),
            }
        }
        Err(Failure::Gone(said)) => {
            let reason = match unanswered {
                None => said,
                Some(since) => format!(
                    "{said}; the answer to a renewal at {} never came, and with it the new refresh token may have been \
                     lost",
                    since.format("%Y-%m-%d %H:%M UTC")
                ),
            };
            Err(lost(authority, file, held, reason, wall))
        }
        Err(Failure::App(said)) => {
            held.renewing_since = None;
            // If it cannot be written, the note stays, which only adds to a later message.
            let _ = file.write(&held);
            Err(Box::new((app_refused(authority, &said), held)))
        }
        Err(Failure::Other(class, message)) => {
            Err(Box::new((failed(authority, class, "renewing the token", &message), held)))
        }
    }
}

/// Asks again where that may help, as the retry policy of all calls has it.
async fn patiently(
    authority: &Authority,
    refresh: &SecretString,
    patience: Patience,
    policy: &Policy,
    wall: &WallClock,
) -> Result<Grant, Failure> {
    let begun = Instant::now();
    let mut number = 0;
    loop {
        number += 1;
        let failure = match authority.renew(refresh, wall()).await {
            Ok(grant) => return Ok(grant),
            Err(failure) => failure,
        };
        let Failure::Other(class, message) = &failure else { return Err(failure) };
        // A read, for the policy: see above on why it may be repeated.
        let decision = decide(class, Effect::Read, number, begun.elapsed(), policy, fastrand::f64());
        match decision {
            Decision::Again(delay) if patience == Patience::AsPolicySays => {
                emit(&Event::TokenRenewalRepeated {
                    system: authority.settings().vendor.system,
                    attempt: number.into(),
                    wait_millis: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
                    reason: message,
                });
                clock::sleep(delay).await;
            }
            Decision::Again(_) | Decision::Stop => return Err(failure),
        }
    }
}

/// The server takes the authorisation no more: noted in the file, for `sirank auth` and for other processes.
fn lost(
    authority: &Authority,
    file: &TokenFile,
    held: Authorisation,
    reason: String,
    wall: &WallClock,
) -> Box<(AuthTrouble, Authorisation)> {
    let trouble = rejected(authority, &reason);
    if held.lost.is_some() {
        return Box::new((trouble, held));
    }
    let held = Authorisation { lost: Some(Lost { at: wall(), reason }), renewing_since: None, ..held };
    // Whoever cannot write it is told all the same; the next process finds out by itself.
    let _ = file.write(&held);
    Box::new((trouble, held))
}

/// The message of an authorisation that is gone.
pub(super) fn rejected(authority: &Authority, reason: &str) -> AuthTrouble {
    let settings = authority.settings();
    AuthTrouble::Rejected(format!(
        "{system} does not accept sirank's authorisation any more ({reason}). Run `{command}` to authorise sirank again; \
         a running service notices it by itself",
        system = settings.vendor.system,
        command = settings.command,
    ))
}

/// The message of an app whose id or secret is wrong.
pub(super) fn app_refused(authority: &Authority, said: &str) -> AuthTrouble {
    AuthTrouble::Rejected(format!(
        "{} does not accept the OAuth app ({said}). Check client_id and client_secret against the app's settings; the \
         authorisation itself is kept",
        authority.settings().vendor.system,
    ))
}

/// The message of a token endpoint that gives no tokens for another reason.
pub(super) fn failed(authority: &Authority, class: Class, doing: &str, message: &str) -> AuthTrouble {
    let settings = authority.settings();
    let message = format!("{doing} at {}: {message}", settings.client.base_url);
    match class {
        Class::Refused { .. } => AuthTrouble::Failed { class, message },
        _ => AuthTrouble::Unavailable(message),
    }
}

/// The message of tokens that cannot be kept.
pub(super) fn unwritable(error: &TokenFileError) -> AuthTrouble {
    AuthTrouble::Failed { class: Class::NotCounted, message: error.to_string() }
}
