//! Companies: all of them, or, where the CRM can tell, only what has changed since they were last read.

use crate::clock::now;
use crate::domain::ids::RunId;
use crate::events::{Event, emit};
use crate::ports::{Changes, Deleted, Mark, Survey};
use crate::store::Feed;

use super::super::changes::Read;
use super::super::{Engine, EngineError, Reading};

impl Engine<'_> {
    /// Brings the snapshot of the companies up to date.
    pub(super) async fn pull_companies(
        &self,
        run: &RunId,
        survey: &Survey,
        reading: Reading,
    ) -> Result<(), EngineError> {
        if self.is_pulled(run, &Feed::CompanyChanges, &Feed::Companies)? {
            return Ok(());
        }
        let Some(changes) = self.crm.changes() else { return self.pull_all_companies(run).await };
        let mark = self.begun(run, &Feed::Companies, async || changes.mark().await).await?;
        let how = format!("{} {}", properties(survey), changes.reading());
        let Some(read) = self.read_before(&Feed::Companies, reading, &how)? else {
            self.pull_all_companies(run).await?;
            return self.note_read(&Feed::Companies, &Read { mark, whole: now(), reading: how });
        };
        let (came, gone) = self.pull_changed_companies(run, changes, &read.mark).await?;
        self.note_read(&Feed::Companies, &Read { mark, ..read })?;
        let companies = self.store.company_count()?;
        self.store.note_whole(run, &Feed::Companies, companies)?;
        emit(&Event::ChangedCompaniesRead { companies, changed: came, gone: gone as u64 });
        Ok(())
    }

    async fn pull_all_companies(&self, run: &RunId) -> Result<(), EngineError> {
        let feed = Feed::Companies;
        if self.store.pull(run, &feed)?.next.is_none() {
            self.estimate_pull().await?.say();
        }
        let blanks = self.crm.traits().blanks;
        let rows = self
            .pull_pages(
                run,
                &feed,
                "reading companies",
                async |from| self.crm.companies(from).await,
                |page| Ok(self.store.put_companies(run, &feed, &page.items, page.next.as_ref(), blanks)?),
            )
            .await?;
        let gone = self.store.finish_companies(run)?;
        emit(&Event::CompaniesRead { companies: rows, gone: gone as u64 });
        Ok(())
    }

    /// Reads what has changed, and returns how many companies came and how many are no more.
    async fn pull_changed_companies(
        &self,
        run: &RunId,
        changes: &dyn Changes,
        since: &Mark,
    ) -> Result<(u64, usize), EngineError> {
        let feed = Feed::CompanyChanges;
        let blanks = self.crm.traits().blanks;
        let rows = self
            .pull_pages(
                run,
                &feed,
                "reading changed companies",
                async |from| changes.changed(since, from).await,
                |page| Ok(self.store.put_companies(run, &feed, &page.items, page.next.as_ref(), blanks)?),
            )
            .await?;
        let gone = match changes.deleted(since).await? {
            Deleted::Told(deleted) => self.store.forget_companies(&deleted)?,
            Deleted::OnlyByWholeReading => 0,
            Deleted::ByIds => {
                self.pull_pages(
                    run,
                    &Feed::CompanyIds,
                    "looking for deleted companies",
                    async |from| changes.ids(from).await,
                    |page| Ok(self.store.keep_companies(run, &page.items, page.next.as_ref())?),
                )
                .await?;
                self.store.finish_companies(run)?
            }
        };
        Ok((rows, gone))
    }

    /// Whether a run has read what has changed in a feed to its end, and noted that the feed is whole.
    pub(super) fn is_pulled(&self, run: &RunId, changes: &Feed, whole: &Feed) -> Result<bool, EngineError> {
        Ok(self.store.pull(run, changes)?.done && self.store.pull(run, whole)?.done)
    }
}

/// The properties that companies are read with.
fn properties(survey: &Survey) -> String {
    let there = |name: &&String| survey.properties.contains_key(*name);
    let names = survey.figure_properties.values().chain(survey.input_properties.values()).filter(there);
    names.map(String::as_str).collect::<Vec<_>>().join(",")
}
