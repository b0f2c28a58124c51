//! What HubSpot's answers mean.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::config::QuotaSettings;
use super::problem::Problem;
use super::quota::{ASSOCIATIONS, ASSOCIATIONS_LIMITER, BURST_LIMITER, Quotas, SEARCH, SEARCH_LIMITER};
use super::server_clock::ServerClock;
use crate::http::{Answer, Call, Class, Dialect, Remedies, Verdict};

/// HubSpot's way of talking.
pub(super) struct HubSpotDialect {
    pub(super) quotas: Quotas,
    pub(super) settings: QuotaSettings,
    pub(super) clock: ServerClock,
    pub(super) remedies: Remedies,
}

/// What to do about a service key or the token of a private app.
pub(super) fn remedies() -> Remedies {
    Remedies {
        refused: "It is wrong, has expired or was rotated: take the current one from Settings > Development > Keys > \
                  Service keys and set it as hubspot.token, token_file or token_env"
            .to_owned(),
        forbidden: "Add the scope to the service key or app and try again".to_owned(),
    }
}

impl Dialect for HubSpotDialect {
    fn classify(&self, call: &Call, answer: &Answer, now: DateTime<Utc>) -> Verdict {
        let problem = if answer.is_success() { Problem::default() } else { Problem::read(&answer.body) };
        let correlation = problem
            .correlation
            .clone()
            .or_else(|| answer.header("x-hubspot-correlation-id").map(str::to_owned));
        let class = self.class(call, answer, &problem, now);
        let message = message(&class, answer, &problem, &self.remedies);
        Verdict { class, message, correlation }
    }

    fn observe(&self, call: &Call, answer: &Answer, now: DateTime<Utc>) {
        self.quotas.observe(call, answer, now);
        self.clock.observe(answer, now);
    }
}

impl HubSpotDialect {
    fn class(&self, call: &Call, answer: &Answer, problem: &Problem, now: DateTime<Utc>) -> Class {
        let asked = answer.retry_after(now);
        match answer.status {
            207 => Class::Partial,
            200..=299 => Class::Ok,
            401 => Class::Unauthorized,
            403 => Class::Forbidden { missing: missing_scopes(problem) },
            404 => Class::NotFound,
            423 => Class::Locked { after: self.at_least_locked(asked) },
            429 => self.throttled(call, problem, asked, now),
            // The account is on the way to another data centre, for hours maybe.
            477 => Class::Throttled { after: asked.unwrap_or(Duration::from_mins(10)), limiter: None },
            408 | 500.. => Class::Overloaded { after: asked },
            status => Class::Refused {
                code: problem.code().map_or_else(|| format!("HTTP_{status}"), str::to_owned),
            },
        }
    }

    fn throttled(
        &self,
        call: &Call,
        problem: &Problem,
        asked: Option<Duration>,
        now: DateTime<Utc>,
    ) -> Class {
        let policy = problem.policy.to_ascii_uppercase();
        if policy == "DAILY" {
            return Class::QuotaSpent { quota: "daily".to_owned(), until: self.quotas.daily.ends(now) };
        }
        let (limiter, pause) = match call.lane {
            SEARCH => (SEARCH_LIMITER, self.settings.search_pause),
            ASSOCIATIONS => (ASSOCIATIONS_LIMITER, self.settings.burst_pause),
            _ if policy == "SECONDLY" => (BURST_LIMITER, self.settings.search_pause),
            _ => (BURST_LIMITER, self.settings.burst_pause),
        };
        Class::Throttled { after: asked.unwrap_or(pause), limiter: Some(limiter) }
    }

    fn at_least_locked(&self, asked: Option<Duration>) -> Duration {
        asked.map_or(self.settings.locked_pause, |asked| asked.max(self.settings.locked_pause))
    }
}

fn missing_scopes(problem: &Problem) -> Vec<String> {
    let keys = ["missingScopes", "requiredGranularScopes", "requiredScopes"];
    let named = keys.iter().map(|key| problem.context(key)).find(|scopes| !scopes.is_empty());
    let mut scopes: Vec<String> = named.unwrap_or_default().into_iter().map(str::to_owned).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

fn message(class: &Class, answer: &Answer, problem: &Problem, remedies: &Remedies) -> String {
    let said = match problem.explanation() {
        said if said.is_empty() && answer.is_html() => format!("a web page: {}", answer.excerpt()),
        said if said.is_empty() => answer.excerpt(),
        said => said,
    };
    let status = answer.status;
    match class {
        Class::Ok | Class::Partial => String::new(),
        Class::Unauthorized => {
            format!("HubSpot refuses the token (401: {said}). {}", remedies.refused)
        }
        Class::Forbidden { .. } => format!("{said} (403). {}", remedies.forbidden),
        Class::Throttled { .. } if status == 477 => {
            format!("HubSpot is moving this account to another data centre (477: {said})")
        }
        Class::Throttled { .. } | Class::QuotaSpent { .. } => format!("too many calls (429: {said})"),
        Class::Locked { .. } => format!("locked by other writes (423: {said})"),
        Class::Overloaded { .. } => format!("HubSpot failed or is overloaded ({status}: {said})"),
        _ => format!("{said} ({status})"),
    }
}
