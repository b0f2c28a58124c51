//! Pull: every record of the CRM and of the accounting sources, page by page, into the store.
//!
//! The cursor of the next page is stored with the page, so a pull that was killed goes on where it was.

use tracing::{info, warn};

use crate::domain::ids::{DocumentId, RunId};
use crate::domain::intake::intake;
use crate::ports::{InvoiceSource, Survey};
use crate::store::Feed;

use super::{Engine, EngineError, Watched};

/// How many repeated ids a message names.
const REPETITIONS_NAMED: usize = 5;

impl Engine<'_> {
    /// Pulls everything that this run has not pulled yet.
    pub(super) async fn pull(
        &self,
        run: &RunId,
        survey: &Survey,
        watched: &Watched,
    ) -> Result<(), EngineError> {
        self.store.set_active_owners(&survey.active_owners)?;
        self.pull_companies(run).await?;
        self.pull_open_deals(run, survey, watched).await?;
        let names: Vec<_> = self.sources.iter().map(|source| source.name()).collect();
        self.store.keep_sources(&names)?;
        for source in self.sources {
            self.pull_documents(run, source.as_ref()).await?;
        }
        Ok(())
    }

    async fn pull_companies(&self, run: &RunId) -> Result<(), EngineError> {
        let mut pull = self.store.pull(run, &Feed::Companies)?;
        self.progress.begin("reading companies", None);
        self.progress.advance(pull.rows);
        while !pull.done {
            self.go_on()?;
            let page = self.crm.companies(pull.next.take()).await?;
            self.store.put_companies(run, &page.items, page.next.as_ref())?;
            self.progress.advance(page.items.len() as u64);
            pull.rows += page.items.len() as u64;
            pull.done = page.next.is_none();
            pull.next = page.next;
        }
        self.progress.end();
        let gone = self.store.finish_companies(run)?;
        info!(companies = pull.rows, gone, "Companies read.");
        Ok(())
    }

    async fn pull_open_deals(
        &self,
        run: &RunId,
        survey: &Survey,
        watched: &Watched,
    ) -> Result<(), EngineError> {
        let mut pull = self.store.pull(run, &Feed::Deals)?;
        self.progress.begin("reading open deals", None);
        self.progress.advance(pull.rows);
        while !pull.done {
            self.go_on()?;
            let page = self.crm.open_deals(survey, watched, pull.next.take()).await?;
            self.store.put_open_deals(run, &page.items, page.next.as_ref())?;
            self.progress.advance(page.items.len() as u64);
            pull.rows += page.items.len() as u64;
            pull.done = page.next.is_none();
            pull.next = page.next;
        }
        self.progress.end();
        let closed = self.store.finish_open_deals(run)?;
        info!(open_deals = pull.rows, closed, "Open deals read.");
        Ok(())
    }

    async fn pull_documents(&self, run: &RunId, source: &dyn InvoiceSource) -> Result<(), EngineError> {
        let name = source.name();
        let feed = Feed::Documents(name.clone());
        let mut pull = self.store.pull(run, &feed)?;
        self.progress.begin("reading documents", None);
        self.progress.advance(pull.rows);
        while !pull.done {
            self.go_on()?;
            let page = source.documents(pull.next.take()).await?;
            let rows = page.items.len();
            let documents: Vec<_> =
                page.items.into_iter().map(|draft| intake(draft, &self.policy.currency)).collect();
            let repeated = self.store.put_documents(run, &name, &documents, page.next.as_ref())?;
            if let Some(first) = repeated.first() {
                let named: Vec<&str> =
                    repeated.iter().take(REPETITIONS_NAMED).map(DocumentId::as_str).collect();
                warn!(source = %name, %first, named = named.join(", "), repeated = repeated.len(),
                    "Documents were delivered more than once; the later one counts.");
            }
            self.progress.advance(rows as u64);
            pull.rows += rows as u64;
            pull.done = page.next.is_none();
            pull.next = page.next;
        }
        self.progress.end();
        let gone = self.store.finish_documents(run, &name)?;
        info!(source = %name, documents = pull.rows, gone, "Documents read.");
        Ok(())
    }
}
