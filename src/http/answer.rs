//! A complete answer of a server, and what its headers say.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use serde::de::DeserializeOwned;

/// An answer whose body has arrived whole and within the size limit.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header's text; none if it is absent or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    /// A header that holds a whole number.
    pub fn header_number(&self, name: &str) -> Option<u64> {
        self.header(name)?.parse().ok()
    }

    /// Whether it is a web page where an API answer was expected: a proxy, a firewall or a wrong base URL spoke.
    pub fn is_html(&self) -> bool {
        let declared = self.header(CONTENT_TYPE.as_str()).unwrap_or_default().to_ascii_lowercase();
        declared.starts_with("text/html") || self.body.trim_ascii_start().starts_with(b"<")
    }

    /// The body as a value. The error names the place in it: `results[3].id: invalid type …`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        let deserializer = &mut serde_json::Deserializer::from_slice(&self.body);
        serde_path_to_error::deserialize(deserializer).map_err(|error| {
            let place = error.path().to_string();
            if place == "." { error.inner().to_string() } else { format!("{place}: {}", error.inner()) }
        })
    }

    /// The server's own clock, where it tells.
    pub fn server_time(&self) -> Option<DateTime<Utc>> {
        self.header(DATE.as_str()).and_then(http_date)
    }

    /// `Retry-After`: seconds, or a date compared with the server's own clock, or with `now` where it sends none.
    pub fn retry_after(&self, now: DateTime<Utc>) -> Option<Duration> {
        let text = self.header(RETRY_AFTER.as_str())?;
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(Duration::from_secs(seconds));
        }
        let due = http_date(text)?;
        let now = self.server_time().unwrap_or(now);
        Some((due - now).to_std().unwrap_or(Duration::ZERO))
    }

    /// The beginning of the body on one line, for messages about answers that cannot be read.
    pub fn excerpt(&self) -> String {
        const LENGTH: usize = 160;
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(4 * LENGTH)]);
        let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() > LENGTH {
            line = line.chars().take(LENGTH).chain(std::iter::once('…')).collect();
        }
        if line.is_empty() { "an empty body".to_owned() } else { line }
    }
}

fn http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.with_timezone(&Utc))
}
