//! Documents that have changed, by search, told from those that a reading before this one showed.
//!
//! Readings overlap, since the search index is behind by a while. What was seen in the overlap is kept in the mark, with
//! the time of its change, so that a quiet cycle is one search and nothing more.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::changes::OVERLAP;
use super::client::Answered;
use super::map::updated;
use super::trouble::nonsense;
use super::wire::Record;
use crate::domain::document::DocumentDraft;
use crate::ports::{ChangedDocuments, Cursor, Mark};

/// The most records that a mark keeps: more are read again, which does no harm.
const KEPT: usize = 1_000;

/// Up to where a source was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    /// The latest change that was seen, in milliseconds of HubSpot's clock.
    at: i64,
    /// What was changed shortly before, by id.
    seen: BTreeMap<String, i64>,
}

impl Known {
    /// Of whoever begins a whole reading at a moment.
    pub(super) fn beginning(at: i64) -> Mark {
        Mark::of(&Self { at, seen: BTreeMap::new() })
    }

    pub(super) fn of(mark: &Mark, operation: &'static str) -> Answered<Self> {
        mark.known()
            .ok_or_else(|| nonsense(operation, "the stored mark cannot be read; read everything anew"))
    }

    /// The moment from which changes are asked for.
    pub(super) fn since(&self, operation: &'static str) -> Answered<DateTime<Utc>> {
        let at = DateTime::from_timestamp_millis(self.at).and_then(|at| at.checked_sub_signed(OVERLAP));
        at.ok_or_else(|| nonsense(operation, "the stored mark is no time; read everything anew"))
    }

    fn has(&self, id: &str, at: i64) -> bool {
        self.seen.get(id) == Some(&at)
    }
}

/// Where a reading of changes stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// The id behind which the next page begins.
    pub(super) behind: String,
    latest: i64,
    /// What was shown; none where it is more than is kept.
    shown: Option<BTreeMap<String, i64>>,
    news: bool,
}

impl Progress {
    pub(super) fn from(cursor: Option<Cursor>, known: &Known, operation: &'static str) -> Answered<Self> {
        let begin =
            || Self { behind: "0".to_owned(), latest: known.at, shown: Some(BTreeMap::new()), news: false };
        cursor.map_or_else(
            || Ok(begin()),
            |cursor| {
                let unread = || nonsense(operation, "the stored position cannot be read; start anew");
                cursor.place().ok_or_else(unread)
            },
        )
    }

    /// Notes a page of the search, and returns what the reading before did not show.
    pub(super) fn note<'r>(&mut self, known: &Known, page: &'r [Record]) -> Vec<&'r Record> {
        let mut fresh = Vec::new();
        for record in page {
            let at = updated(record).map(|at| at.timestamp_millis());
            if !at.is_some_and(|at| known.has(&record.id.0, at)) {
                fresh.push(record);
            }
            if let (Some(at), Some(shown)) = (at, &mut self.shown) {
                self.latest = self.latest.max(at);
                shown.insert(record.id.0.clone(), at);
            }
        }
        if self.shown.as_ref().is_some_and(|shown| shown.len() > KEPT) {
            self.shown = None;
        }
        self.news |= !fresh.is_empty();
        fresh
    }

    /// A page of documents of this reading, behind which the next begins at an id, or there is none.
    pub(super) fn page(
        self,
        items: Vec<DocumentDraft>,
        next: Option<String>,
        since: &Mark,
    ) -> ChangedDocuments {
        match next {
            Some(behind) => ChangedDocuments::more(items, Cursor::of(&Self { behind, ..self })),
            None => ChangedDocuments::last(items, self.mark(since)),
        }
    }

    /// Up to where the source is read now: the same mark where nothing was new.
    fn mark(self, since: &Mark) -> Mark {
        if !self.news {
            return since.clone();
        }
        let from = self.latest - OVERLAP.num_milliseconds();
        let seen = self.shown.unwrap_or_default().into_iter().filter(|(_, at)| *at >= from).collect();
        Mark::of(&Known { at: self.latest, seen })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: u64, at: &str) -> Record {
        serde_json::from_value(serde_json::json!({"id": id.to_string(), "updatedAt": at})).unwrap()
    }

    #[test]
    fn what_was_shown_is_no_news_until_it_changes_again() {
        let begin =
            Known::beginning("2026-11-22T12:00:00Z".parse::<DateTime<Utc>>().unwrap().timestamp_millis());
        let read = |since: &Mark, page: &[Record]| {
            let known = Known::of(since, "x").unwrap();
            let mut progress = Progress::from(None, &known, "x").unwrap();
            let fresh = progress.note(&known, page).len();
            // As a run that stopped goes on.
            let progress = Progress::from(Some(Cursor::of(&progress)), &known, "x").unwrap();
            (fresh, progress.mark(since))
        };
        let page = [record(1, "2026-11-22T11:50:00Z"), record(2, "2026-11-22T12:20:00Z")];
        let (fresh, mark) = read(&begin, &page);
        assert_eq!(fresh, 2);
        assert_eq!(Known::of(&mark, "x").unwrap().seen.len(), 1, "the other is behind the overlap");
        assert_eq!(read(&mark, &page[1..]), (0, mark.clone()));
        assert_eq!(read(&mark, &[]), (0, mark.clone()));
        let (fresh, next) = read(&mark, &[record(2, "2026-11-22T12:21:00Z")]);
        assert_eq!((fresh, next == mark), (1, false));
        let many: Vec<Record> = (0..=KEPT as u64).map(|id| record(id, "2026-11-22T12:30:00Z")).collect();
        let (_, mark) = read(&next, &many);
        assert!(Known::of(&mark, "x").unwrap().seen.is_empty());
    }

    #[test]
    fn a_mark_or_a_position_that_cannot_be_read_is_said() {
        let failure = Known::of(&Mark("12".to_owned()), "invoices.search").unwrap_err();
        assert!(failure.message.contains("read everything anew"), "{}", failure.message);
        assert!(Progress::from(Some(Cursor("x".to_owned())), &Known::default(), "x").is_err());
    }
}
