//! Companies: all of them, or, where the CRM can tell, only what has changed since they were last read.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::clock::now;
use crate::domain::ids::RunId;
use crate::events::{Event, emit};
use crate::ports::{Changes, Mark, Survey};
use crate::store::Feed;

use super::{Engine, EngineError};

/// Under this name the state remembers up to where companies were read.
const MARK: &str = "companies.mark";
/// Under this name the state remembers the mark of a pull that has not come to its end.
const NEXT_MARK: &str = "companies.next_mark";

/// How much of the companies is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// All of them.
    Whole,
    /// What has changed, where the CRM can tell and all of them were read lately.
    Changes,
}

/// Up to where companies were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Read {
    mark: Mark,
    /// When all of them were read.
    whole: DateTime<Utc>,
    /// Which properties were read of them, and how: the others are not in the snapshot.
    reading: String,
}

/// The mark that a pull began with.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Begun {
    run: RunId,
    mark: Mark,
}

impl Engine<'_> {
    /// Brings the snapshot of the companies up to date.
    pub(super) async fn pull_companies(
        &self,
        run: &RunId,
        survey: &Survey,
        reading: Reading,
    ) -> Result<(), EngineError> {
        if self.store.pull(run, &Feed::Companies)?.done {
            return Ok(());
        }
        let Some(changes) = self.crm.changes() else { return self.pull_all_companies(run).await };
        let begun = self.begun(run, changes).await?;
        let how = format!("{} {}", properties(survey), changes.reading());
        let read = self.remembered::<Read>(MARK)?;
        let read = read.filter(|read| reading == Reading::Changes && self.still_good(read, &how));
        let whole = if let Some(read) = read {
            self.pull_changed_companies(run, changes, &read.mark).await?;
            read.whole
        } else {
            self.pull_all_companies(run).await?;
            now()
        };
        let read = Read { mark: begun.mark, whole, reading: how };
        Ok(self.store.set_meta(MARK, &json(&read))?)
    }

    async fn pull_all_companies(&self, run: &RunId) -> Result<(), EngineError> {
        let rows = self
            .pull_pages(
                run,
                &Feed::Companies,
                "reading companies",
                async |from| self.crm.companies(from).await,
                |page| {
                    Ok(self.store.put_companies(run, &Feed::Companies, &page.items, page.next.as_ref())?)
                },
            )
            .await?;
        let gone = self.store.finish_companies(run)?;
        emit(&Event::CompaniesRead { companies: rows, gone: gone as u64 });
        Ok(())
    }

    async fn pull_changed_companies(
        &self,
        run: &RunId,
        changes: &dyn Changes,
        since: &Mark,
    ) -> Result<(), EngineError> {
        let feed = Feed::CompanyChanges;
        let rows = self
            .pull_pages(
                run,
                &feed,
                "reading changed companies",
                async |from| changes.changed(since, from).await,
                |page| Ok(self.store.put_companies(run, &feed, &page.items, page.next.as_ref())?),
            )
            .await?;
        let gone = if let Some(deleted) = changes.deleted(since).await? {
            self.store.forget_companies(&deleted)?
        } else {
            self.pull_pages(
                run,
                &Feed::CompanyIds,
                "looking for deleted companies",
                async |from| changes.ids(from).await,
                |page| Ok(self.store.keep_companies(run, &page.items, page.next.as_ref())?),
            )
            .await?;
            self.store.finish_companies(run)?
        };
        let companies = self.store.company_count()?;
        self.store.note_whole(run, &Feed::Companies, companies)?;
        emit(&Event::ChangedCompaniesRead { companies, changed: rows, gone: gone as u64 });
        Ok(())
    }

    /// The mark from before anything of this pull was read: what changes meanwhile is read again next time.
    async fn begun(&self, run: &RunId, changes: &dyn Changes) -> Result<Begun, EngineError> {
        if let Some(begun) = self.remembered::<Begun>(NEXT_MARK)?.filter(|begun| begun.run == *run) {
            return Ok(begun);
        }
        let begun = Begun { run: run.clone(), mark: changes.mark().await? };
        self.store.set_meta(NEXT_MARK, &json(&begun))?;
        Ok(begun)
    }

    /// Whether the snapshot and what has changed since make the whole: it is of the same properties, and not too old for
    /// what no mark tells.
    fn still_good(&self, read: &Read, how: &str) -> bool {
        let age = now().signed_duration_since(read.whole).to_std().unwrap_or(Duration::ZERO);
        read.reading == how && age < self.policy.whole_after
    }

    /// A remembered value; none also where another version wrote it.
    fn remembered<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<Option<T>, EngineError> {
        Ok(self.store.meta(name)?.and_then(|text| serde_json::from_str(&text).ok()))
    }
}

/// The properties that companies are read with.
fn properties(survey: &Survey) -> String {
    let there = |name: &&String| survey.properties.contains_key(*name);
    let names = survey.figure_properties.values().chain(survey.input_properties.values()).filter(there);
    names.map(String::as_str).collect::<Vec<_>>().join(",")
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
