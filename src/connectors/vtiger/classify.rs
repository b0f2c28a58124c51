//! What vTiger's answers mean.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde::de::IgnoredAny;

use super::SYSTEM;
use super::quota::Quotas;
use super::wire::{Head, Problem};
use crate::events::{Event, emit};
use crate::http::{Answer, Call, Class, Dialect, Verdict};

/// How every answer of the webservice begins.
const BEGINNING: &[u8] = b"{\"success\"";
/// The code of a record that would be the second of its name.
pub(super) const DUPLICATE: &str = "DUPLICATE";

/// vTiger's way of talking.
pub(super) struct VtigerDialect {
    quotas: Quotas,
    warned: AtomicBool,
}

impl VtigerDialect {
    pub(super) fn new(quotas: Quotas) -> Self {
        Self { quotas, warned: AtomicBool::new(false) }
    }
}

impl Dialect for VtigerDialect {
    /// PHP's warnings may stand before the answer, or behind it, and make a web page of it.
    fn clean(&self, answer: &mut Answer) {
        let Some(json) = json_within(&answer.body) else { return };
        let surrounded = json.len() != answer.body.trim_ascii().len();
        if surrounded {
            answer.body = json.to_vec();
        }
        if surrounded && !self.warned.swap(true, Ordering::Relaxed) {
            emit(&Event::AnswerPolluted { system: SYSTEM });
        }
        answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }

    fn classify(&self, call: &Call, answer: &Answer, now: DateTime<Utc>) -> Verdict {
        let (class, message) = match answer.status {
            200..=299 => in_body(call, answer),
            status => (self.of_status(answer, now), of_server(status, answer)),
        };
        Verdict { class, message, correlation: None }
    }

    fn observe(&self, _call: &Call, answer: &Answer, now: DateTime<Utc>) {
        self.quotas.observe(answer, now);
    }
}

impl VtigerDialect {
    /// vTiger itself answers 200, or 500 where PHP gave up; everything else is of the web server before it.
    fn of_status(&self, answer: &Answer, now: DateTime<Utc>) -> Class {
        match answer.status {
            401 | 403 => Class::Forbidden { missing: Vec::new() },
            404 => Class::NotFound,
            429 => self.quotas.exceeded(answer, now),
            408 | 500.. => Class::Overloaded { after: answer.retry_after(now) },
            status => Class::Refused { code: format!("HTTP_{status}") },
        }
    }
}

/// The answer between what surrounds it; none where there is none.
fn json_within(body: &[u8]) -> Option<&[u8]> {
    let begin = body.windows(BEGINNING.len()).position(|window| window == BEGINNING)?;
    let rest = &body[begin..];
    let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<IgnoredAny>();
    match rest.trim_ascii_end().last() {
        Some(b'}') => Some(rest.trim_ascii_end()),
        _ => match values.next() {
            Some(Ok(_)) => Some(&rest[..values.byte_offset()]),
            // Cut off: not for us to mend.
            _ => Some(rest),
        },
    }
}

fn in_body(call: &Call, answer: &Answer) -> (Class, String) {
    if answer.body.trim_ascii().is_empty() {
        return (Class::Malformed, "an empty answer; the server's PHP error log says why".to_owned());
    }
    match answer.json::<Head>() {
        Ok(Head { success: true, .. }) => (Class::Ok, String::new()),
        Ok(Head { success: false, error }) => {
            let problem = error.unwrap_or_default();
            (class(&problem), said(&problem))
        }
        Err(_) if is_login(call) => (Class::Malformed, "no answer of a vTiger webservice".to_owned()),
        Err(_) => (Class::Malformed, format!("no answer of a vTiger webservice: {}", answer.excerpt())),
    }
}

/// The meaning of an error that vTiger itself tells.
fn class(problem: &Problem) -> Class {
    let code = problem.code.text().unwrap_or("NO_CODE");
    match code {
        "INVALID_SESSIONID"
        | "AUTHENTICATION_REQUIRED"
        | "AUTHENTICATION_FAILURE"
        | "INVALID_USER_CREDENTIALS"
        | "INVALID_AUTH_TOKEN" => Class::Unauthorized,
        code if code.starts_with("SESSION_") => Class::Unauthorized,
        "ACCESS_DENIED" => Class::Forbidden { missing: Vec::new() },
        "RECORD_NOT_FOUND" => Class::NotFound,
        // What PHP threw, or the database, possibly after the record was written.
        "INTERNAL_SERVER_ERROR" | "DATABASE_QUERY_ERROR" => Class::Overloaded { after: None },
        "0" => Class::Refused { code: DUPLICATE.to_owned() },
        code => Class::Refused { code: code.to_owned() },
    }
}

fn said(problem: &Problem) -> String {
    let message = problem.message.text().unwrap_or("without a word");
    format!("{message} ({})", problem.code.text().unwrap_or("no code"))
}

fn of_server(status: u16, answer: &Answer) -> String {
    // What a server says of a failure may repeat the address, which holds the session.
    let page = answer.is_html();
    let said = || if page { "a web page".to_owned() } else { answer.excerpt() };
    match status {
        401 | 403 => format!("the web server before vTiger refuses the call ({status}: {})", said()),
        404 => "there is no webservice.php at this address (404); check the base URL".to_owned(),
        414 => "the web server before vTiger takes no address of this length (414); it has to take 8 KB"
            .to_owned(),
        429 => "too many calls (429)".to_owned(),
        500 if answer.body.trim_ascii().is_empty() => {
            "vTiger failed without a word (500); the server's PHP error log says why".to_owned()
        }
        status if page => format!("the server failed ({status}, a web page)"),
        status => format!("the server failed ({status}: {})", answer.excerpt()),
    }
}

fn is_login(call: &Call) -> bool {
    call.operation.starts_with("session.")
}
