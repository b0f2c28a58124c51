//! What is news: a pure function of what was told before, of what happened, and of the time.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::ended::Ended;
use super::notice::Notice;

/// What lasts is told again after this time.
const AGAIN: TimeDelta = TimeDelta::days(1);

/// Which notices are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Failed runs.
    pub run_failed: bool,
    /// Held plans.
    pub plan_held: bool,
    /// Lost authorisations.
    pub authorization_lost: bool,
}

/// What was told and has not ended. Kept in the state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Failures, by what tells them apart.
    pub failures: BTreeMap<String, Incident>,
    /// Systems that accept the credentials no more, with the time of the notice.
    pub lost: BTreeMap<String, DateTime<Utc>>,
    /// The plan that waits.
    pub held: Option<Waiting>,
}

/// A failure that was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// When it was told first.
    pub since: DateTime<Utc>,
    /// When it was told last.
    pub told: DateTime<Utc>,
}

/// A plan whose wait was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The plan that was named.
    pub plan: String,
    /// When it was told last.
    pub told: DateTime<Utc>,
}

/// What is told after a run, and what is to be remembered of it.
///
/// The same failure is told when it first occurs, and then once a day while it lasts; a lost authorisation once, and that
/// all is well again once. While a plan waits, a run that reads something new makes a new one that takes its place: a plan
/// is told once, and the newest one once a day.
pub fn decide(memory: &Memory, wanted: Wanted, ended: &Ended, now: DateTime<Utc>) -> (Vec<Notice>, Memory) {
    let mut next = memory.clone();
    let mut notices = Vec::new();
    match ended {
        Ended::Stopped => {}
        Ended::Well => {
            notices.extend(recovered(&mut next, now));
            next.held = None;
        }
        Ended::Held { plan, as_of, objections } => {
            // It came to its end: whatever hindered it before does so no more.
            notices.extend(recovered(&mut next, now));
            let known = next.held.as_ref();
            let is_news = known.is_none_or(|known| known.plan != *plan && is_old(known.told, now));
            if wanted.plan_held && is_news {
                next.held = Some(Waiting { plan: plan.clone(), told: now });
                notices.push(Notice::PlanHeld {
                    plan: plan.clone(),
                    as_of: *as_of,
                    objections: objections.clone(),
                });
            }
        }
        Ended::Failed { key, cause, reason, run } => {
            let known = next.failures.get(key).cloned();
            if wanted.run_failed && known.as_ref().is_none_or(|known| is_old(known.told, now)) {
                let since = known.map(|known| known.since);
                next.failures.insert(key.clone(), Incident { since: since.unwrap_or(now), told: now });
                notices.push(Notice::RunFailed {
                    at: now,
                    run: run.clone(),
                    reason: reason.clone(),
                    cause: *cause,
                    since,
                });
            }
        }
        Ended::Lost { system, advice } => {
            if wanted.authorization_lost && !next.lost.contains_key(system) {
                next.lost.insert(system.clone(), now);
                notices.push(Notice::AuthorizationLost {
                    at: now,
                    system: system.clone(),
                    advice: advice.clone(),
                });
            }
        }
    }
    (notices, next)
}

/// That all is well again, where something else was told before.
fn recovered(memory: &mut Memory, now: DateTime<Utc>) -> Option<Notice> {
    let failures = std::mem::take(&mut memory.failures);
    let lost = std::mem::take(&mut memory.lost);
    let since = failures.into_values().map(|incident| incident.since).chain(lost.into_values()).min()?;
    Some(Notice::Recovered { at: now, since })
}

/// A clock that was put back makes nothing new for longer than a day.
fn is_old(told: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now.signed_duration_since(told).abs() >= AGAIN
}
