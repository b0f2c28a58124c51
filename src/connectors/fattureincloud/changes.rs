//! What has changed, by the lists of documents in the order of their last change, the latest first.
//!
//! One page of each type says whether anything has changed at all: how many documents there are, and which are the hundred
//! that were changed last, and when. That is all that a quiet cycle reads, whatever the company's size, and it tells of a
//! deletion too, which no question for a time would. Where something has changed, reading goes on until it meets documents
//! that were changed [`OVERLAP`] before the latest one that was known.
//!
//! # Guarantees
//! - Times are compared with each other, never with this machine's clock, so neither its clock nor the zone of `updated_at`,
//!   which the vendor does not tell, matters.
//! - The latest first: a document that changes while pages are read moves to the front and shifts the others to later pages,
//!   so one may come twice, none is passed over. Where one is deleted meanwhile, pages are read again (`paging`).
//!
//! # Caveats
//! The bin is a hint: a document that was deleted and removed from the bin before it was looked at is missed until everything
//! is read. So is one that is taken out of the bin with its old time of change, and one of more than a hundred that were
//! changed in the very second in which they were read.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use async_trait::async_trait;
use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::map::{DocumentType, draft};
use super::paging::{Place, Told};
use super::wire::{Document, List, Scalar};
use super::{FattureInCloud, error, failed};
use crate::domain::ids::DocumentId;
use crate::domain::time::Day;
use crate::ports::{CallError, ChangedDocuments, Cursor, Deleted, DocumentChanges, Mark, Trouble};

/// How long before the latest change that was known a reading ends. `updated_at` is a local time: in autumn an hour comes
/// twice, and a vendor that changes from one zone to another moves by two at most. The rest is for what is committed late.
const OVERLAP: TimeDelta = TimeDelta::hours(3);
const DOING: &str = "reading changed documents";
/// `2026-11-22 11:00:00`
const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// Both types as they were when they were read up to.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Heads(BTreeMap<String, Head>);

/// The beginning of a list, the latest change first: it is another as soon as anything in the list is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    /// How many documents there are.
    total: Option<u64>,
    /// When the latest change was.
    newest: Option<String>,
    /// Of the ids and times of change of the first page.
    digest: String,
}

impl Head {
    fn of(list: &List<Document>) -> Self {
        let mut hasher = DefaultHasher::new();
        for document in &list.data {
            (document.id.as_ref().and_then(Scalar::text), changed_at(document)).hash(&mut hasher);
        }
        let newest = list.data.first().map(changed_at).filter(|at| !at.is_empty()).map(str::to_owned);
        Self { total: list.total, newest, digest: format!("{:016x}", hasher.finish()) }
    }

    /// The time before which a document is known as it is; none: all of them are to be read.
    fn known_before(&self) -> Option<String> {
        let newest = NaiveDateTime::parse_from_str(self.newest.as_deref()?, TIME).ok()?;
        Some((newest - OVERLAP).format(TIME).to_string())
    }
}

/// Where a reading stands.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    place: String,
    heads: Heads,
}

#[async_trait]
impl DocumentChanges for FattureInCloud {
    async fn mark(&self, _: Day) -> Result<Mark, CallError> {
        let mut heads = Heads::default();
        for kind in DocumentType::ALL {
            let list =
                self.client.latest(kind, 1).await.map_err(failed("looking at the latest documents"))?;
            heads.0.insert(kind.as_str().to_owned(), Head::of(&list));
        }
        Ok(Mark::of(&heads))
    }

    fn reading(&self) -> String {
        self.company_id.clone()
    }

    async fn changed(
        &self,
        _: Day,
        since: &Mark,
        from: Option<Cursor>,
    ) -> Result<ChangedDocuments, CallError> {
        let known: Heads = since.known().ok_or_else(|| nonsense("the stored mark cannot be read"))?;
        let (place, mut heads) = match &from {
            None => (Place::START, Heads::default()),
            Some(cursor) => position(cursor)?,
        };
        let mut list = self.client.latest(place.kind, place.page).await.map_err(failed(DOING))?;
        let kind = place.kind.as_str();
        let known = known.0.get(kind);
        let mut ends = false;
        if place.page == 1 {
            let head = Head::of(&list);
            ends = known == Some(&head);
            heads.0.insert(kind.to_owned(), head);
        }
        let told = Told {
            current_page: list.current_page,
            last_page: list.last_page,
            total: list.total,
            rows: u64::try_from(list.data.len()).unwrap_or(u64::MAX),
        };
        if ends {
            list.data.clear();
        }
        if let Some(before) = known.and_then(Head::known_before) {
            ends |= list.data.last().is_some_and(|last| changed_at(last) < before.as_str());
            list.data.retain(|document| changed_at(document) >= before.as_str());
        }
        let onward = place.after(told).map_err(|why| nonsense(&why))?;
        let next = if ends && !onward.is_some_and(|onward| onward.is_back_from(place)) {
            place.next_kind()
        } else {
            onward
        };
        let items = (1..).zip(list.data).map(|(row, document): (u32, _)| {
            draft(document, place.kind, format!("changed {kind} page {}, row {row}", place.page))
        });
        let items = items.collect();
        Ok(match next {
            None => ChangedDocuments::last(items, Mark::of(&heads)),
            Some(place) => {
                ChangedDocuments::more(items, Cursor::of(&Position { place: place.to_string(), heads }))
            }
        })
    }

    async fn deleted(&self, since: &Mark, until: &Mark) -> Result<Deleted<DocumentId>, CallError> {
        if since == until {
            return Ok(Deleted::Told(Vec::new()));
        }
        match self.client.bin().await.map_err(failed("looking into the bin")) {
            Ok(bin) => {
                let ids = bin.data.iter().filter_map(|document| document.id.as_ref()?.text());
                Ok(Deleted::Told(ids.map(DocumentId::from).collect()))
            }
            // It is a hint, and not worth a failure.
            Err(CallError {
                trouble: Trouble::Forbidden { .. } | Trouble::Refused { .. } | Trouble::Malformed(_),
                ..
            }) => Ok(Deleted::OnlyByWholeReading),
            Err(failure) => Err(failure),
        }
    }
}

fn position(cursor: &Cursor) -> Result<(Place, Heads), CallError> {
    let position: Option<Position> = cursor.place();
    let read = position.and_then(|position| Some((position.place.parse().ok()?, position.heads)));
    read.ok_or_else(|| nonsense(&format!("`{}` is no place in the changed documents", cursor.0)))
}

/// When a document was changed last; nothing where the vendor does not say.
fn changed_at(document: &Document) -> &str {
    document.updated_at.as_deref().unwrap_or_default().trim()
}

fn nonsense(message: &str) -> CallError {
    error(DOING, Trouble::Malformed(message.to_owned()))
}
