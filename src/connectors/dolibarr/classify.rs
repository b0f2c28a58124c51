//! What Dolibarr's answers mean.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::http::{Answer, Call, Class, Dialect, Verdict};

/// How long to wait after a 429 that does not say: Dolibarr has no quota, what stands before it may.
const PAUSE: Duration = Duration::from_secs(10);

/// Dolibarr's way of talking.
pub(super) struct DolibarrDialect;

impl Dialect for DolibarrDialect {
    fn classify(&self, call: &Call, answer: &Answer, now: DateTime<Utc>) -> Verdict {
        let said = said(answer);
        let class = class(call, answer, &said, now);
        let message = message(&class, answer.status, &said);
        Verdict { class, message, correlation: None }
    }
}

fn class(call: &Call, answer: &Answer, said: &str, now: DateTime<Utc>) -> Class {
    match answer.status {
        200..=299 if answer.body.trim_ascii_start().starts_with(b"[") => Class::Ok,
        200..=299 if answer.body.trim_ascii_start().starts_with(b"{") => Class::Ok,
        200..=299 => Class::Malformed,
        401 => Class::Unauthorized,
        403 => Class::Forbidden { missing: permissions(call) },
        404 => Class::NotFound,
        429 => Class::Throttled { after: answer.retry_after(now).unwrap_or(PAUSE), limiter: None },
        // Its database refuses the question itself: no other time will be better.
        503 if is_unknown_column(said) => Class::Refused { code: "UNKNOWN_COLUMN".to_owned() },
        501 => Class::Refused { code: "NO_SUCH_API".to_owned() },
        408 | 500.. => Class::Overloaded { after: answer.retry_after(now) },
        status => Class::Refused { code: format!("HTTP_{status}") },
    }
}

/// The words of the databases that it runs on.
fn is_unknown_column(said: &str) -> bool {
    said.contains("Unknown column") || said.contains("column") && said.contains("does not exist")
}

/// The permissions that a call needs, as the card of a user shows them.
fn permissions(call: &Call) -> Vec<String> {
    match call.operation {
        "invoices.list" => vec!["Invoices: Read customer invoices".to_owned()],
        "thirdparties.list" => vec!["Third parties: Read third parties linked to user".to_owned()],
        _ => Vec::new(),
    }
}

fn message(class: &Class, status: u16, said: &str) -> String {
    match class {
        Class::Ok => String::new(),
        Class::Unauthorized => format!(
            "Dolibarr refuses the API key ({status}: {said}). Make one on the card of an active user (Users & Groups > \
             user > API key) and set it as token, token_file or token_env of this source"
        ),
        Class::Forbidden { .. } => {
            format!("{said} ({status}). Give the API user the permission on the tab Permissions of its card")
        }
        Class::NotFound => format!("{said} ({status}). Check base_url, which ends before /api/index.php"),
        Class::Malformed => format!(
            "something else than JSON (status {status}): {said}; check base_url and that the module API/Web services \
             REST is enabled"
        ),
        Class::Refused { code } if code == "NO_SUCH_API" => {
            format!("{said} ({status}). Enable the modules Invoices, Third parties and API/Web services REST")
        }
        Class::Throttled { .. } => format!("too many calls ({status}: {said})"),
        Class::Overloaded { .. } => format!("Dolibarr failed or is overloaded ({status}: {said})"),
        _ => format!("{said} ({status})"),
    }
}

/// What the server said: the message of its error, or the beginning of the body.
fn said(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let message = body["error"]["message"].as_str().map(str::trim).filter(|text| !text.is_empty());
    let message = message.map_or_else(|| answer.excerpt(), str::to_owned);
    message.chars().filter(|c| !c.is_control()).take(300).collect()
}
