//! What has changed, by `write_date` of invoices and of partners.
//!
//! The hundred invoices that were written last, and the hundred partners, say whether anything has changed at all: that is
//! all that a quiet cycle reads. Otherwise the invoices are read that were written since [`OVERLAP`] before the latest time
//! that was known, and those of partners that were: their VAT number may be another.
//!
//! # Guarantees
//! Times are those of the server, in UTC, and compared with each other alone.
//!
//! # Caveats
//! A deleted draft is found by a whole reading only.

use std::hash::{DefaultHasher, Hash, Hasher};

use async_trait::async_trait;
use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::books::Books;
use super::client::Answered;
use super::wire::Field;
use super::{Odoo, error, failed};
use crate::domain::time::Day;
use crate::http::last_id;
use crate::ports::{CallError, ChangedDocuments, Cursor, DocumentChanges, Mark, Trouble};

/// A record carries the time at which its transaction began, and is seen when that has ended.
const OVERLAP: TimeDelta = TimeDelta::hours(1);
/// How many of the latest changes are compared.
const LATEST: u64 = 100;
/// Where more partners were changed than this, a whole reading is no more work.
const MANY: usize = 500;
const BY_TIME: &str = "write_date desc, id desc";
const TIME: &str = "%Y-%m-%d %H:%M:%S";
const DOING: &str = "reading changed invoices";

/// Both lists as they were when they were read up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Heads {
    moves: Head,
    partners: Head,
}

/// The latest changes of a list: others as soon as anything in the list is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    newest: Option<String>,
    /// Of the ids and times of change.
    digest: String,
}

impl Head {
    fn of<'a>(rows: impl Iterator<Item = (&'a Field, &'a Field)>) -> Self {
        let mut seen: Vec<(Option<&str>, Option<&str>)> =
            rows.map(|(id, written)| (id.text(), written.text())).collect();
        seen.sort_unstable();
        let mut hasher = DefaultHasher::new();
        seen.hash(&mut hasher);
        let newest = seen.iter().filter_map(|(_, written)| *written).max().map(str::to_owned);
        Self { newest, digest: format!("{:016x}", hasher.finish()) }
    }

    /// The condition on what has to be read again; none: all of it.
    fn since(&self) -> Option<Value> {
        let newest = self.newest.as_deref()?.get(..19)?;
        let newest = NaiveDateTime::parse_from_str(newest, TIME).ok()?;
        Some(json!(["write_date", ">=", (newest - OVERLAP).format(TIME).to_string()]))
    }
}

/// Where a reading stands.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    heads: Heads,
    /// Whether the invoices of changed partners are read, after those that were changed themselves.
    of_partners: bool,
    /// The id that was read last.
    after: u64,
    /// Partners that were changed.
    changed: Vec<u64>,
}

impl Position {
    fn conditions(&self, known: &Heads) -> Vec<Value> {
        let behind = json!(["id", ">", self.after]);
        let which = if self.of_partners {
            Some(json!(["commercial_partner_id", "in", self.changed]))
        } else {
            known.moves.since()
        };
        which.into_iter().chain([behind]).collect()
    }
}

/// How a reading begins.
enum Begin {
    /// Nothing has changed.
    Quiet(Heads),
    /// Too much has.
    Whole,
    At(Position),
}

impl Odoo {
    async fn heads(&self, books: &Books) -> Answered<Heads> {
        let moves = self.client.moves(books.moves(Vec::new(), BY_TIME, LATEST)).await?;
        let partners = self.client.partners(books.partners(Vec::new(), BY_TIME, LATEST)).await?;
        Ok(Heads {
            moves: Head::of(moves.iter().map(|row| (&row.id, &row.write_date))),
            partners: Head::of(partners.iter().map(|row| (&row.id, &row.write_date))),
        })
    }

    async fn begin(&self, books: &Books, known: &Heads) -> Answered<Begin> {
        let heads = self.heads(books).await?;
        if heads == *known {
            return Ok(Begin::Quiet(heads));
        }
        let mut changed = Vec::new();
        if heads.partners != known.partners {
            let Some(since) = known.partners.since() else { return Ok(Begin::Whole) };
            let partners = books.partners_up_to(&self.client, MANY, since).await?;
            if partners.len() >= MANY {
                return Ok(Begin::Whole);
            }
            changed = partners.iter().filter_map(|partner| partner.id.number()).collect();
        }
        let of_partners = heads.moves == known.moves && !changed.is_empty();
        Ok(Begin::At(Position { heads, of_partners, after: 0, changed }))
    }

    async fn changed_page(
        &self,
        books: &Books,
        known: &Heads,
        position: Position,
    ) -> Answered<ChangedDocuments> {
        let question = books.moves(position.conditions(known), "id", self.client.page);
        let moves = self.client.moves(question).await?;
        let last = last_id("invoices.list", moves.iter().map(|row| row.id.number()), position.after)?;
        let items = books.drafts(&self.client, &moves).await?;
        let next = match last {
            Some(after) => Position { after, ..position },
            None if !position.of_partners && !position.changed.is_empty() => {
                Position { of_partners: true, after: 0, ..position }
            }
            None => {
                return Ok(ChangedDocuments::last(items, Mark::of(&position.heads)));
            }
        };
        Ok(ChangedDocuments::more(items, Cursor::of(&next)))
    }
}

#[async_trait]
impl DocumentChanges for Odoo {
    async fn mark(&self, _: Day) -> Result<Mark, CallError> {
        let doing = "looking at the latest changes";
        let books = self.books(true).await.map_err(failed(doing))?;
        Ok(Mark::of(&self.heads(&books).await.map_err(failed(doing))?))
    }

    fn reading(&self) -> String {
        format!("{} {:?} {:?}", self.client.json2.transport().base(), self.client.database, self.company_id)
    }

    async fn changed(
        &self,
        _: Day,
        since: &Mark,
        from: Option<Cursor>,
    ) -> Result<ChangedDocuments, CallError> {
        let known = since.known().ok_or_else(|| nonsense("the stored mark cannot be read"))?;
        let books = self.books(false).await.map_err(failed(DOING))?;
        let position = match from {
            Some(cursor) => cursor
                .place()
                .ok_or_else(|| nonsense(&format!("`{}` is no place in the changed invoices", cursor.0)))?,
            None => match self.begin(&books, &known).await.map_err(failed(DOING))? {
                Begin::At(position) => position,
                Begin::Whole => return Ok(ChangedDocuments::OnlyByWholeReading),
                Begin::Quiet(heads) => return Ok(ChangedDocuments::last(Vec::new(), Mark::of(&heads))),
            },
        };
        self.changed_page(&books, &known, position).await.map_err(failed(DOING))
    }
}

fn nonsense(message: &str) -> CallError {
    error(DOING, Trouble::Malformed(message.to_owned()))
}
