//! Pull: every record of the CRM and of the accounting sources, page by page, into the store.
//!
//! The cursor of the next page is stored with the page, so a pull that was killed goes on where it was.

use futures_util::future::join;

use crate::domain::ids::RunId;
use crate::events::{Event, emit};
use crate::ports::{Cursor, Page};
use crate::store::Feed;

use super::changes::marks_of;
use super::surveyed::Surveyed;
use super::{Engine, EngineError, Request};

mod companies;
mod deals;
mod documents;

impl Engine<'_> {
    /// Pulls everything that this run has not pulled yet. False: what came contradicts the survey, which is too old.
    pub(super) async fn pull(
        &self,
        run: &RunId,
        surveyed: &Surveyed,
        request: &Request,
    ) -> Result<bool, EngineError> {
        let reading = request.reading;
        let survey = &*surveyed.survey;
        self.store.set_active_owners(&survey.active_owners)?;
        self.store.set_owner_names(&survey.owner_names)?;
        self.pull_companies(run, survey, reading).await?;
        if self.crm.traits().contacts_apart {
            self.pull_last_contacts(run).await?;
        }
        if !self.pull_deals(run, surveyed, reading).await? {
            return Ok(false);
        }
        self.pull_cards(run, surveyed.boarded.as_ref(), reading).await?;
        self.pull_tasks(run, surveyed, reading, request.as_of).await?;
        let names: Vec<_> = self.sources.iter().map(|source| source.name()).collect();
        self.store.keep_sources(&names, |source| marks_of(&Feed::Documents(source)))?;
        for source in self.sources {
            self.pull_documents(run, source.as_ref(), request).await?;
        }
        self.look_for_duplicates(&names)?;
        Ok(true)
    }

    /// Whether all companies were read in a run.
    pub(super) fn has_read_all(&self, run: &RunId) -> Result<bool, EngineError> {
        Ok(self.store.pull(run, &Feed::Companies)?.done && !self.store.pull(run, &Feed::CompanyChanges)?.done)
    }

    /// Where everything is to be read, but the run has read what had changed before it stopped, it begins anew: a change
    /// that no system tells of would be passed over until the next reading of everything.
    pub(super) fn read_all_again(&self, run: &RunId) -> Result<(), EngineError> {
        if self.store.pull(run, &Feed::CompanyChanges)?.done {
            self.store.restart_crm_pulls(run)?;
        }
        for source in self.sources {
            self.store.restart_document_changes(run, &source.name())?;
        }
        Ok(())
    }

    async fn pull_last_contacts(&self, run: &RunId) -> Result<(), EngineError> {
        let rows = self
            .pull_pages(
                run,
                &Feed::Contacts,
                "reading direct contacts",
                async |from| self.crm.last_contacts(from).await,
                |page| Ok(self.store.put_last_contacts(run, &page.items, page.next.as_ref())?),
            )
            .await?;
        self.store.finish_last_contacts(run)?;
        emit(&Event::ContactsRead { contacts: rows });
        Ok(())
    }

    /// Pulls what is left of a feed and returns how many rows it has in all. While a page is stored, the next one is on
    /// its way already.
    pub(super) async fn pull_pages<T, E>(
        &self,
        run: &RunId,
        feed: &Feed,
        step: &'static str,
        fetch: impl AsyncFn(Option<Cursor>) -> Result<Page<T>, E>,
        store: impl Fn(Page<T>) -> Result<(), EngineError>,
    ) -> Result<u64, EngineError>
    where
        EngineError: From<E>,
    {
        let pull = self.store.pull(run, feed)?;
        self.progress.begin(step, None);
        self.progress.advance(pull.rows);
        let mut rows = pull.rows;
        let mut fetched = if pull.done { None } else { Some(fetch(pull.next).await?) };
        while let Some(page) = fetched {
            self.go_on()?;
            let items = page.items.len() as u64;
            let next = page.next.clone();
            let (following, stored) = join(
                async {
                    match next {
                        Some(next) => fetch(Some(next)).await.map(Some),
                        None => Ok(None),
                    }
                },
                async { store(page) },
            )
            .await;
            stored?;
            rows += items;
            self.progress.advance(items);
            fetched = following?;
        }
        self.progress.end();
        Ok(rows)
    }
}
