//! What has changed, by the column `tms` of invoices and of third parties.
//!
//! The hundred invoices that were changed last, and the hundred third parties, say whether anything has changed at all: that
//! is all that a quiet cycle reads. Otherwise the invoices are read that were changed since [`OVERLAP`] before the latest
//! change that was known, and those of third parties that were: their VAT number may be another.
//!
//! # Guarantees
//! Times are compared with each other, never with this machine's clock. The filter wants a text of the database's clock,
//! while rows tell Unix seconds that the server made of it: the overlap covers every zone that there is.
//!
//! # Caveats
//! A deleted draft, and one of more than a hundred invoices that were changed in the very second in which they were read,
//! are found by a whole reading only.

use std::hash::{DefaultHasher, Hash, Hasher};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::client::{Answered, IDS, Identified, Which};
use super::customers::{self, Known};
use super::wire::{Scalar, text};
use super::{Dolibarr, error, failed};
use crate::domain::time::Day;
use crate::http::last_id;
use crate::ports::{CallError, ChangedDocuments, Cursor, DocumentChanges, Mark, Trouble};

/// Three hours for an hour that comes twice and for what is committed late, and twelve for a server far in the west.
const OVERLAP: TimeDelta = TimeDelta::hours(3 + 12);
/// How many of the latest changes are compared.
const LATEST: u64 = 100;
/// Where more third parties were changed than this, a whole reading is no more work.
const MANY: usize = 500;
const DOING: &str = "reading changed invoices";

/// Both lists as they were when they were read up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Heads {
    invoices: Head,
    third_parties: Head,
}

/// The latest changes of a list: others as soon as anything in the list is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    /// When the latest change was, in Unix seconds as rows tell them.
    newest: Option<i64>,
    /// Of the ids and times of change.
    digest: String,
}

impl Head {
    fn of<'a, T: Identified + 'a>(rows: &'a [T], changed: impl Fn(&'a T) -> Option<&'a Scalar>) -> Self {
        let mut seen: Vec<(Option<&str>, Option<&str>)> =
            rows.iter().map(|row| (text(row.id()), text(changed(row)))).collect();
        // Rows of one second come in any order.
        seen.sort_unstable();
        let mut hasher = DefaultHasher::new();
        seen.hash(&mut hasher);
        let newest = seen.iter().filter_map(|(_, at)| at.as_ref()?.parse().ok()).max();
        Self { newest, digest: format!("{:016x}", hasher.finish()) }
    }

    /// From when on records have to be read again, as the filter wants it; none: all of them.
    fn since(&self) -> Option<String> {
        let newest = DateTime::from_timestamp(self.newest?, 0)?;
        Some((newest - OVERLAP).format("%Y-%m-%d %H:%M:%S").to_string())
    }
}

/// Where a reading stands.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    heads: Heads,
    stage: Stage,
    /// The id that was read last.
    after: u64,
    /// Third parties that were changed.
    changed: Vec<u64>,
}

/// Which invoices are being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    /// Those that were changed.
    Changed,
    /// Those of changed third parties, from this one of them on.
    OfThirdParties(usize),
}

impl Position {
    /// The stage to go on with after this one.
    fn onward(&self) -> Option<Stage> {
        let begin = match self.stage {
            Stage::Changed => 0,
            Stage::OfThirdParties(begin) => begin + IDS,
        };
        (begin < self.changed.len()).then_some(Stage::OfThirdParties(begin))
    }

    fn which(&self, known: &Heads) -> Which {
        let which = Which::after(self.after);
        match self.stage {
            Stage::Changed => match known.invoices.since() {
                Some(since) => which.changed_since(&since),
                None => which,
            },
            Stage::OfThirdParties(begin) => {
                let ids = self.changed.get(begin..).unwrap_or_default();
                which.with("t.fk_soc", ids.get(..IDS).unwrap_or(ids))
            }
        }
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

impl Dolibarr {
    async fn heads(&self) -> Answered<Heads> {
        let latest = Which::latest();
        let invoices = self.client.invoices_at_most(&latest, LATEST).await?;
        let third_parties = self.client.third_parties_at_most(&latest, LATEST).await?;
        Ok(Heads {
            invoices: Head::of(&invoices, |invoice| invoice.date_modification.as_ref()),
            third_parties: Head::of(&third_parties, |third| third.date_modification.as_ref()),
        })
    }

    async fn begin(&self, known: &Heads) -> Answered<Begin> {
        let heads = self.heads().await?;
        if heads == *known {
            return Ok(Begin::Quiet(heads));
        }
        let mut changed = Vec::new();
        if heads.third_parties != known.third_parties {
            let Some(since) = known.third_parties.since() else { return Ok(Begin::Whole) };
            let behind = |after| Which::after(after).changed_since(&since);
            let thirds = customers::up_to(&self.client, MANY, behind).await?;
            if thirds.len() >= MANY {
                return Ok(Begin::Whole);
            }
            changed = thirds.iter().filter_map(Identified::number).collect();
        }
        let stage = if heads.invoices == known.invoices && !changed.is_empty() {
            Stage::OfThirdParties(0)
        } else {
            Stage::Changed
        };
        Ok(Begin::At(Position { heads, stage, after: 0, changed }))
    }

    async fn changed_page(&self, known: &Heads, position: Position) -> Answered<ChangedDocuments> {
        let invoices = self.client.invoices(&position.which(known)).await?;
        let last = last_id("invoices.list", invoices.iter().map(Identified::number), position.after)?;
        let parties = customers::others(&self.client, &self.mapping, &invoices, &Known::new()).await?;
        let items = self.drafts(&invoices, &[&parties]);
        let next = match (last, position.onward()) {
            (Some(after), _) => Position { after, ..position },
            (None, Some(stage)) => Position { stage, after: 0, ..position },
            (None, None) => {
                return Ok(ChangedDocuments::last(items, Mark::of(&position.heads)));
            }
        };
        Ok(ChangedDocuments::more(items, Cursor::of(&next)))
    }
}

#[async_trait]
impl DocumentChanges for Dolibarr {
    async fn mark(&self, _: Day) -> Result<Mark, CallError> {
        let heads = self.heads().await.map_err(failed("looking at the latest changes"))?;
        Ok(Mark::of(&heads))
    }

    fn reading(&self) -> String {
        format!("{} {:?}", self.client.stack.transport().base(), self.mapping)
    }

    async fn changed(
        &self,
        _: Day,
        since: &Mark,
        from: Option<Cursor>,
    ) -> Result<ChangedDocuments, CallError> {
        let known = since.known().ok_or_else(|| nonsense("the stored mark cannot be read"))?;
        let position = match from {
            Some(cursor) => cursor
                .place()
                .ok_or_else(|| nonsense(&format!("`{}` is no place in the changed invoices", cursor.0)))?,
            None => match self.begin(&known).await.map_err(failed(DOING))? {
                Begin::At(position) => position,
                Begin::Whole => return Ok(ChangedDocuments::OnlyByWholeReading),
                Begin::Quiet(heads) => return Ok(ChangedDocuments::last(Vec::new(), Mark::of(&heads))),
            },
        };
        self.changed_page(&known, position).await.map_err(failed(DOING))
    }
}

fn nonsense(message: &str) -> CallError {
    error(DOING, Trouble::Malformed(message.to_owned()))
}
