//! What Fatture in Cloud's answers mean.

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::quota::{FIVE_MINUTES_LIMITER, Quotas};
use crate::http::{Answer, Call, Class, Dialect, Remedies, Verdict};

/// How long to wait after a 429 that does not say.
const PAUSE: Duration = Duration::from_mins(1);
/// A quota that is full again so soon is waited for.
const WORTH_WAITING: Duration = Duration::from_mins(2);
/// A quota that takes longer than this to be full again is the month's.
const LONGEST_PERIOD: Duration = Duration::from_hours(31 * 24);
const HOUR: Duration = Duration::from_hours(1);

/// Fatture in Cloud's way of talking.
pub(super) struct FattureDialect {
    pub(super) quotas: Quotas,
    pub(super) zone: Tz,
    pub(super) company_id: String,
    pub(super) remedies: Remedies,
}

/// What to do about a manual token.
pub(super) fn remedies() -> Remedies {
    Remedies {
        refused:
            "It is wrong or has expired: make one in the web application and set it as token, token_file or \
                  token_env of this source"
                .to_owned(),
        forbidden: "Give the token the scope, and see that the company's licence has not expired".to_owned(),
    }
}

impl Dialect for FattureDialect {
    fn classify(&self, call: &Call, answer: &Answer, now: DateTime<Utc>) -> Verdict {
        let class = self.class(call, answer, now);
        let message = self.message(&class, answer);
        Verdict { class, message, correlation: None }
    }

    fn observe(&self, _call: &Call, answer: &Answer, now: DateTime<Utc>) {
        self.quotas.observe(answer, now);
    }
}

impl FattureDialect {
    fn class(&self, call: &Call, answer: &Answer, now: DateTime<Utc>) -> Class {
        let asked = answer.retry_after(now);
        match (answer.status, asked) {
            (200..=299, _) => Class::Ok,
            (401, _) => Class::Unauthorized,
            // With `Retry-After` a 403 is a quota; without, a scope, the licence or the role.
            (403, Some(after)) => self.spent(after, now),
            (403, None) => Class::Forbidden { missing: scopes(call) },
            (404, _) => Class::NotFound,
            (429, asked) => {
                Class::Throttled { after: asked.unwrap_or(PAUSE), limiter: Some(FIVE_MINUTES_LIMITER) }
            }
            (408 | 500.., after) => Class::Overloaded { after },
            (status, _) => Class::Refused { code: format!("HTTP_{status}") },
        }
    }

    fn spent(&self, after: Duration, now: DateTime<Utc>) -> Class {
        if after <= WORTH_WAITING {
            return Class::Throttled { after, limiter: Some(FIVE_MINUTES_LIMITER) };
        }
        let quota = if after > HOUR { "monthly" } else { "hourly" };
        // No quota lasts longer than a month, whatever a server says.
        let until = (now + after.min(LONGEST_PERIOD)).with_timezone(&self.zone);
        Class::QuotaSpent {
            quota: quota.to_owned(),
            until: format!("{} in {}", until.format("%Y-%m-%d %H:%M"), self.zone),
        }
    }

    fn message(&self, class: &Class, answer: &Answer) -> String {
        let said = explanation(answer);
        let status = answer.status;
        match class {
            Class::Ok | Class::Partial => String::new(),
            Class::Unauthorized => {
                format!("Fatture in Cloud refuses the token (401: {said}). {}", self.remedies.refused)
            }
            Class::Forbidden { .. } => format!("{said} (403). {}", self.remedies.forbidden),
            Class::NotFound => {
                format!(
                    "{said} (404). Check company_id: {} may not be a company of this token",
                    self.company_id
                )
            }
            Class::Throttled { .. } | Class::QuotaSpent { .. } => {
                format!("too many calls ({status}: {said})")
            }
            Class::Overloaded { .. } => {
                format!("Fatture in Cloud failed or is overloaded ({status}: {said})")
            }
            _ => format!("{said} ({status})"),
        }
    }
}

/// The scopes that a call needs.
fn scopes(call: &Call) -> Vec<String> {
    let kind = call.query.iter().find(|(name, _)| *name == "type").map(|(_, kind)| kind.as_str());
    match kind {
        Some("invoice") => vec!["issued_documents.invoices:r".to_owned()],
        Some("credit_note") => vec!["issued_documents.credit_notes:r".to_owned()],
        _ => Vec::new(),
    }
}

/// What the server said: its message and what it found wrong with which field, or the beginning of the body.
fn explanation(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let error = &body["error"];
    let text =
        |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let message =
        text(&error["message"]).or_else(|| text(&body["error_description"])).or_else(|| text(error));
    let fields = error["validation_result"].as_object().into_iter().flatten().map(|(field, faults)| {
        let faults: Vec<String> = match faults {
            Value::Array(faults) => faults.iter().filter_map(text).collect(),
            fault => text(fault).into_iter().collect(),
        };
        format!("{field}: {}", faults.join(" "))
    });
    let mut parts: Vec<String> = message.into_iter().chain(fields).collect();
    if parts.is_empty() {
        parts.push(answer.excerpt());
    }
    parts.join("; ").chars().take(300).collect()
}
