//! `[schedule]`: when the daemon works.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::time::Zone;

/// When the daemon works.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Schedule {
    /// Minutes from the start of a run that reads what has changed to the start of the next.
    #[schemars(range(min = 1, max = 1440))]
    pub interval_minutes: u32,
    /// When everything is read again, to find what no change tells of: the five fields of cron (minute, hour, day of the
    /// month, month, day of the week).
    pub reconcile: Pattern,
    /// The zone of `reconcile`, if it is not that of `time.zone`.
    pub zone: Option<Zone>,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { interval_minutes: 15, reconcile: Pattern::daily(), zone: None }
    }
}

/// Moments that come again and again, as cron writes them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    text: String,
    cron: Cron,
}

/// A text that is no pattern of cron.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no pattern of cron ({problem}): write one such as \"0 3 * * *\", every day at three")]
pub struct InvalidPattern {
    text: String,
    problem: String,
}

impl Pattern {
    /// Every night at three.
    fn daily() -> Self {
        // Read by the test of the defaults.
        "0 3 * * *".parse().unwrap_or_else(|error| unreachable!("{error}"))
    }

    /// The first moment after another one, by the clocks of a zone; none where there never is one (30 February).
    pub fn next_after(&self, moment: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let next = self.cron.find_next_occurrence(&moment.with_timezone(&zone), false).ok()?;
        Some(next.with_timezone(&Utc))
    }
}

impl FromStr for Pattern {
    type Err = InvalidPattern;
    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        let invalid = |problem: String| InvalidPattern { text: text.to_owned(), problem };
        if text.split_whitespace().count() != 5 && !text.trim_start().starts_with('@') {
            return Err(invalid("it has not five fields".to_owned()));
        }
        let cron: Cron =
            text.parse().map_err(|error: croner::errors::CronError| invalid(error.to_string()))?;
        Ok(Self { text: text.trim().to_owned(), cron })
    }
}

impl TryFrom<String> for Pattern {
    type Error = InvalidPattern;
    fn try_from(text: String) -> Result<Self, InvalidPattern> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.text
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl JsonSchema for Pattern {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "cron" })
    }
}
