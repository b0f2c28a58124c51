//! Pull: every record of the CRM and of the accounting sources, page by page, into the store.
//!
//! The cursor of the next page is stored with the page, so a pull that was killed goes on where it was.

use futures_util::future::join;

use crate::domain::document::DocumentDraft;
use crate::domain::ids::{DocumentId, RunId, SourceName};
use crate::domain::intake::intake;
use crate::events::{Event, emit};
use crate::ports::{CallError, Cursor, InvoiceSource, Page, Survey};
use crate::store::Feed;

use super::{Engine, EngineError, Reading, Watched};

/// How many repeated ids a message names.
const REPETITIONS_NAMED: usize = 5;

impl Engine<'_> {
    /// Pulls everything that this run has not pulled yet.
    pub(super) async fn pull(
        &self,
        run: &RunId,
        survey: &Survey,
        watched: &Watched,
        reading: Reading,
    ) -> Result<(), EngineError> {
        self.store.set_active_owners(&survey.active_owners)?;
        self.pull_companies(run, survey, reading).await?;
        if self.crm.traits().contacts_apart {
            self.pull_last_contacts(run).await?;
        }
        self.pull_open_deals(run, survey, watched).await?;
        let names: Vec<_> = self.sources.iter().map(|source| source.name()).collect();
        self.store.keep_sources(&names)?;
        for source in self.sources {
            self.pull_documents(run, source.as_ref()).await?;
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

    async fn pull_open_deals(
        &self,
        run: &RunId,
        survey: &Survey,
        watched: &Watched,
    ) -> Result<(), EngineError> {
        let rows = self
            .pull_pages(
                run,
                &Feed::Deals,
                "reading open deals",
                async |from| self.crm.open_deals(survey, watched, from).await,
                |page| Ok(self.store.put_open_deals(run, &page.items, page.next.as_ref())?),
            )
            .await?;
        let closed = self.store.finish_open_deals(run)?;
        emit(&Event::DealsRead { deals: rows, closed: closed as u64 });
        Ok(())
    }

    async fn pull_documents(&self, run: &RunId, source: &dyn InvoiceSource) -> Result<(), EngineError> {
        let name = source.name();
        let rows = self
            .pull_pages(
                run,
                &Feed::Documents(name.clone()),
                "reading documents",
                async |from| source.documents(from).await,
                |page| self.store_documents(run, &name, page),
            )
            .await?;
        let gone = self.store.finish_documents(run, &name)?;
        emit(&Event::DocumentsRead { system: name.as_str(), documents: rows, gone: gone as u64 });
        Ok(())
    }

    fn store_documents(
        &self,
        run: &RunId,
        source: &SourceName,
        page: Page<DocumentDraft>,
    ) -> Result<(), EngineError> {
        let documents: Vec<_> =
            page.items.into_iter().map(|draft| intake(draft, &self.policy.currency)).collect();
        let repeated = self.store.put_documents(run, source, &documents, page.next.as_ref())?;
        if !repeated.is_empty() {
            let named: Vec<&str> = repeated.iter().take(REPETITIONS_NAMED).map(DocumentId::as_str).collect();
            emit(&Event::DocumentsRepeated {
                system: source.as_str(),
                documents: repeated.len() as u64,
                named: &named.join(", "),
            });
        }
        Ok(())
    }

    /// Pulls what is left of a feed and returns how many rows it has in all. While a page is stored, the next one is on
    /// its way already.
    pub(super) async fn pull_pages<T>(
        &self,
        run: &RunId,
        feed: &Feed,
        step: &'static str,
        fetch: impl AsyncFn(Option<Cursor>) -> Result<Page<T>, CallError>,
        store: impl Fn(Page<T>) -> Result<(), EngineError>,
    ) -> Result<u64, EngineError> {
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
