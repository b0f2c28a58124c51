//! What is told, in which words, and when.

mod digests;
mod incidents;
mod texts;

use chrono::{DateTime, Utc};

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}
