//! What has changed since it was last read: marks, and how long what was read from one stays good.
//!
//! A reading that goes by a mark keeps the mark from before it began, when it has come to its end: what changes meanwhile is
//! read again next time. A whole reading of each feed is due when [`crate::engine::Policy::whole_after`] has passed, and
//! when the records are read in another way than before.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::clock::now;
use crate::domain::ids::RunId;
use crate::ports::{CallError, Mark};
use crate::store::Feed;

use super::{Engine, EngineError};

/// A feed that came back short is read again as a whole after so long: it held a plan, and the cause may have passed.
const SHORT_AFTER: Duration = Duration::from_hours(1);

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Everything: it finds what no system tells of.
    Whole,
    /// A reconciliation by the clock: everything, but of a source whose quota would not last for that until its end only
    /// what has changed.
    Reconciliation,
    /// What has changed, where a system can tell and everything was read lately.
    Changes,
}

/// Up to where a feed was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Read {
    pub(super) mark: Mark,
    /// When all of it was read.
    pub(super) whole: DateTime<Utc>,
    /// Which properties were read, and how: the others are not in the state.
    pub(super) reading: String,
}

/// The mark that the pull of a run began with.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Begun {
    run: RunId,
    mark: Mark,
}

/// In which way the pull of a run reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Way {
    run: RunId,
    how: String,
}

impl Engine<'_> {
    /// Whether this pull of a run was begun in another way, before the settings were changed: what it has read goes with
    /// nothing that is still to be read. From now on it reads in this way, from a new mark.
    pub(super) fn was_begun_otherwise(
        &self,
        run: &RunId,
        feed: &Feed,
        how: &str,
    ) -> Result<bool, EngineError> {
        let name = way_of(feed);
        let way = Way { run: run.clone(), how: how.to_owned() };
        let known = self.remembered::<Way>(&name)?.filter(|known| known.run == *run);
        if known.as_ref() == Some(&way) {
            return Ok(false);
        }
        self.store.set_meta(&name, &json(&way))?;
        if known.is_some() {
            self.store.set_meta(&next_mark_of(feed), "")?;
        }
        Ok(known.is_some())
    }

    /// Up to where a feed was read, if what has changed since makes it whole.
    pub(super) fn read_before(
        &self,
        feed: &Feed,
        reading: Reading,
        how: &str,
    ) -> Result<Option<Read>, EngineError> {
        if reading != Reading::Changes {
            return Ok(None);
        }
        let Some(read) = self.remembered::<Read>(&mark_of(feed))? else { return Ok(None) };
        let age = now().signed_duration_since(read.whole).to_std().unwrap_or(Duration::ZERO);
        let good = if self.is_short(feed)? {
            self.policy.whole_after.min(SHORT_AFTER)
        } else {
            self.policy.whole_after
        };
        Ok((read.reading == how && age < good).then_some(read))
    }

    /// Remembers up to where a feed was read.
    pub(super) fn note_read(&self, feed: &Feed, read: &Read) -> Result<(), EngineError> {
        Ok(self.store.set_meta(&mark_of(feed), &json(read))?)
    }

    /// The mark from before anything of a pull was read, also where the run went on after a stop.
    pub(super) async fn begun(
        &self,
        run: &RunId,
        feed: &Feed,
        mark: impl AsyncFnOnce() -> Result<Mark, CallError>,
    ) -> Result<Mark, EngineError> {
        let name = next_mark_of(feed);
        if let Some(begun) = self.remembered::<Begun>(&name)?.filter(|begun| begun.run == *run) {
            return Ok(begun.mark);
        }
        let begun = Begun { run: run.clone(), mark: mark().await? };
        self.store.set_meta(&name, &json(&begun))?;
        Ok(begun.mark)
    }

    /// Whether a feed holds so much less than was last accepted that a guard objects. Open deals come and go.
    fn is_short(&self, feed: &Feed) -> Result<bool, EngineError> {
        let held = match feed {
            Feed::Companies => self.store.company_count()?,
            Feed::Documents(source) => self.store.usable_documents(source)?,
            _ => return Ok(false),
        };
        let accepted = self.store.accepted_rows(feed)?.unwrap_or_default();
        Ok(Decimal::from(held) < Decimal::from(accepted) * self.policy.guards.min_feed_share)
    }

    /// A remembered value; none also where another version wrote it.
    pub(super) fn remembered<T: for<'de> Deserialize<'de>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, EngineError> {
        Ok(self.store.meta(name)?.and_then(|text| serde_json::from_str(&text).ok()))
    }
}

/// Under this name the state remembers up to where a feed was read.
pub(super) fn mark_of(feed: &Feed) -> String {
    format!("mark of {feed}")
}

/// Under this name the state remembers up to where it is read once the pull of a run has come to its end.
fn next_mark_of(feed: &Feed) -> String {
    format!("{}.next", mark_of(feed))
}

/// The way by which that value was found.
fn way_of(feed: &Feed) -> String {
    format!("{}.way", mark_of(feed))
}

/// All names under which the state remembers how far a feed was read.
pub(super) fn marks_of(feed: &Feed) -> Vec<String> {
    vec![mark_of(feed), next_mark_of(feed), way_of(feed)]
}

/// A short text that is the same only for values that read the same.
pub(super) fn fingerprint(value: &impl std::fmt::Debug) -> String {
    let mut hasher = DefaultHasher::new();
    format!("{value:?}").hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
