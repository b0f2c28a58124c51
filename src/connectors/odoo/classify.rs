//! What Odoo's answers mean, in both protocols: JSON-2 says errors by their status, JSON-RPC by an `error` in an answer 200.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::http::{Answer, Call, Class, Dialect, Verdict};

/// How long to wait after a 429 that does not say.
const PAUSE: Duration = Duration::from_secs(10);
/// The limiter of calls.
pub(super) const CALLS: &str = "calls per second";

/// Odoo's way of talking.
pub(super) struct OdooDialect;

/// The name of an exception and what it says.
#[derive(Debug, Default)]
struct Said {
    name: String,
    message: String,
}

/// An answer of `/jsonrpc`; a result is not looked at.
#[derive(Deserialize)]
struct Envelope {
    error: Option<Value>,
    #[serde(rename = "result")]
    _result: Option<IgnoredAny>,
}

impl Dialect for OdooDialect {
    /// A path that is not there is told by a web page, as old releases tell that they have no JSON-2: it is an answer, and
    /// asking again is no use.
    fn clean(&self, answer: &mut Answer) {
        if matches!(answer.status, 404 | 405) && answer.is_html() {
            answer.body.clear();
        }
    }

    fn classify(&self, call: &Call, answer: &Answer, now: DateTime<Utc>) -> Verdict {
        let (class, said) = match said(call, answer) {
            None if answer.is_success() => (Class::Ok, Said::default()),
            None => {
                let empty = answer.body.is_empty();
                let message = if empty { "there is nothing there".to_owned() } else { answer.excerpt() };
                (of_status(answer, now), Said { name: String::new(), message })
            }
            Some(said) => (of_exception(&said).unwrap_or_else(|| of_status(answer, now)), said),
        };
        let message = message(&class, answer.status, &said);
        Verdict { class, message, correlation: None }
    }
}

fn is_rpc(call: &Call) -> bool {
    call.path == "jsonrpc"
}

/// The error in an answer, where there is one.
fn said(call: &Call, answer: &Answer) -> Option<Said> {
    let text =
        |value: &Value| value.as_str().unwrap_or_default().trim().chars().take(300).collect::<String>();
    if is_rpc(call) && answer.is_success() {
        let error = serde_json::from_slice::<Envelope>(&answer.body).ok()?.error?;
        let data = &error["data"];
        let message =
            [text(&data["message"]), text(&error["message"])].into_iter().find(|text| !text.is_empty());
        return Some(Said { name: text(&data["name"]), message: message.unwrap_or_default() });
    }
    if answer.is_success() {
        return None;
    }
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    Some(Said { name: text(body.get("name")?), message: text(&body["message"]) })
}

/// What an exception of Odoo's program means; none where its status says it.
fn of_exception(said: &Said) -> Option<Class> {
    let short = said.name.rsplit('.').next().unwrap_or_default();
    Some(match short {
        "AccessDenied" | "Unauthorized" | "SessionExpiredException" => Class::Unauthorized,
        "AccessError" | "Forbidden" => Class::Forbidden { missing: Vec::new() },
        // Its database is away or in a muddle, unless there is none of that name.
        "OperationalError" if said.message.contains("does not exist") => {
            Class::Refused { code: "NO_SUCH_DATABASE".to_owned() }
        }
        _ if said.name.starts_with("psycopg2") => Class::Overloaded { after: None },
        "ValueError" | "KeyError" | "TypeError" | "AttributeError" | "UserError" | "ValidationError"
        | "MissingError" => Class::Refused { code: short.to_owned() },
        _ => return None,
    })
}

fn of_status(answer: &Answer, now: DateTime<Utc>) -> Class {
    match answer.status {
        401 => Class::Unauthorized,
        403 => Class::Forbidden { missing: Vec::new() },
        404 => Class::NotFound,
        429 => Class::Throttled { after: answer.retry_after(now).unwrap_or(PAUSE), limiter: Some(CALLS) },
        // An `error` of JSON-RPC that names nothing known.
        200..=299 => Class::Refused { code: "ODOO_ERROR".to_owned() },
        408 | 500.. => Class::Overloaded { after: answer.retry_after(now) },
        status => Class::Refused { code: format!("HTTP_{status}") },
    }
}

fn message(class: &Class, status: u16, said: &Said) -> String {
    let Said { name, message } = said;
    let what = if name.is_empty() { message.clone() } else { format!("{name}: {message}") };
    match class {
        Class::Ok => String::new(),
        Class::Unauthorized => format!(
            "Odoo refuses the API key ({what}). Make one in the preferences of the API user (Account Security > New API \
             Key), and set it as token, token_file or token_env of this source"
        ),
        Class::Forbidden { .. } => {
            format!(
                "{message} ({status}). Give the API user the access right Accounting: Read-only or Billing"
            )
        }
        Class::NotFound => format!(
            "{what} ({status}). Check base_url and database, and that the module Invoicing is installed"
        ),
        Class::Throttled { .. } => format!("too many calls ({status}: {what})"),
        Class::Overloaded { .. } => format!("Odoo failed or is overloaded ({status}: {what})"),
        Class::Refused { code } if code == "NO_SUCH_DATABASE" => {
            format!("{message}. Write the name of the database as `database`")
        }
        _ => format!("{what} ({status})"),
    }
}
