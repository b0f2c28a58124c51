//! Whether a failed call is made again: a pure function, so that the whole table can be tested.

use std::time::Duration;

use super::request::Effect;

/// What an attempt came to. A [`Dialect`](super::Dialect) names it for answers, the stack for failures of the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// Done.
    Ok,
    /// Done in part: the body says which parts failed (207).
    Partial,
    /// What was addressed does not exist.
    NotFound,
    /// Too many calls; this one was not executed.
    Throttled {
        /// How long to wait at least.
        after: Duration,
        /// The [`Limiter`](super::Limiter) that all calls of the same quota wait at; none: this call alone waits.
        limiter: Option<&'static str>,
    },
    /// A long quota is used up: waiting within the run is no use.
    QuotaSpent {
        /// Which one: `daily`.
        quota: String,
        /// When it is full again, for people.
        until: String,
    },
    /// Locked by other writes for a moment; this one was not executed.
    Locked {
        /// How long to wait at least.
        after: Duration,
    },
    /// The server failed or is overloaded (5xx). A write may have been applied.
    Overloaded {
        /// How long to wait at least, where the server says so.
        after: Option<Duration>,
    },
    /// Nothing was sent: no connection.
    Unreachable,
    /// Sent, but no complete answer came: a time-out, a reset, a cut body. A write may have been applied.
    Lost,
    /// The credentials are refused.
    Unauthorized,
    /// The credentials lack a permission.
    Forbidden {
        /// The permissions that are missing, as the vendor calls them.
        missing: Vec<String>,
    },
    /// The request is refused for a reason that only a person, or another request, can mend.
    Refused {
        /// The vendor's code.
        code: String,
    },
    /// The answer is complete, but no answer of this API: a web page, a redirect, broken JSON.
    Malformed,
    /// The answer is larger than the configured limit.
    TooLarge,
    /// The call was not made: its counter cannot be kept.
    NotCounted,
}

impl Class {
    /// What it comes to, for the log and the metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ok | Self::Partial => "ok",
            Self::NotFound | Self::Refused { .. } | Self::Forbidden { .. } | Self::TooLarge => "refused",
            Self::Throttled { .. } | Self::QuotaSpent { .. } | Self::Locked { .. } => "throttled",
            Self::Overloaded { .. } | Self::Unreachable | Self::Lost | Self::Malformed | Self::NotCounted => {
                "unavailable"
            }
            Self::Unauthorized => "unauthorized",
        }
    }
}

/// How patient the stack is.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Most attempts of one call, the first included, for what is no throttling.
    pub attempts: u32,
    /// The first backoff; doubles from attempt to attempt.
    pub base: Duration,
    /// The longest backoff.
    pub longest_backoff: Duration,
    /// A server that asks to wait longer than this is not waited for.
    pub longest_wait: Duration,
    /// All attempts of one call begin within this time of the first.
    pub budget: Duration,
    /// A long quota that is used up is waited for so long at most: a night, for work that nobody waits for.
    pub quota_patience: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 6,
            base: Duration::from_millis(500),
            longest_backoff: Duration::from_secs(30),
            longest_wait: Duration::from_mins(2),
            budget: Duration::from_mins(10),
            quota_patience: Duration::ZERO,
        }
    }
}

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// No further attempt.
    Stop,
    /// Another attempt after this time.
    Again(Duration),
}

/// Decides about another attempt.
///
/// `attempt` counts from 1, `elapsed` is the time since the first attempt began, `jitter` lies in `[0, 1)`.
pub fn decide(
    class: &Class,
    effect: Effect,
    attempt: u32,
    elapsed: Duration,
    policy: &Policy,
    jitter: f64,
) -> Decision {
    let Some(wait) = Wait::of(class, effect) else { return Decision::Stop };
    if !wait.patient && attempt >= policy.attempts {
        return Decision::Stop;
    }
    if wait.at_least > policy.longest_wait {
        return Decision::Stop;
    }
    let delay = wait.at_least + backoff(attempt, policy, jitter).min(wait.spread);
    if elapsed + delay > policy.budget { Decision::Stop } else { Decision::Again(delay) }
}

/// How a class is waited out.
struct Wait {
    /// The wait that the server asks for, or that is known to be needed.
    at_least: Duration,
    /// The most that the backoff adds.
    spread: Duration,
    /// Whether only the time counts, not the number of attempts: the server works, and tells to wait.
    patient: bool,
}

impl Wait {
    /// None: no further attempt makes sense.
    fn of(class: &Class, effect: Effect) -> Option<Self> {
        let hasty = |at_least| Self { at_least, spread: Duration::MAX, patient: false };
        // The limiter spaces the calls that wait for the same instant; a second of spread tells processes apart.
        let patient = |at_least| Self { at_least, spread: Duration::from_secs(1), patient: true };
        let may_be_applied = effect == Effect::Write;
        match class {
            Class::Throttled { after, .. } | Class::Locked { after } => Some(patient(*after)),
            Class::Overloaded { .. } | Class::Lost | Class::Malformed if may_be_applied => None,
            Class::Overloaded { after } => Some(hasty(after.unwrap_or(Duration::ZERO))),
            Class::Unreachable | Class::Lost | Class::Malformed => Some(hasty(Duration::ZERO)),
            Class::Ok
            | Class::Partial
            | Class::NotFound
            | Class::QuotaSpent { .. }
            | Class::Unauthorized
            | Class::Forbidden { .. }
            | Class::Refused { .. }
            | Class::TooLarge
            | Class::NotCounted => None,
        }
    }
}

/// Exponential, with jitter over its upper half: never zero, never two processes in step.
fn backoff(attempt: u32, policy: &Policy, jitter: f64) -> Duration {
    let doubled =
        policy.base.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
    let longest = doubled.min(policy.longest_backoff);
    longest.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
}
