//! Documents of the accounting sources: all of them, or, where a source can tell, only what has changed.

use std::cell::{Cell, RefCell};

use crate::clock::now;
use crate::domain::document::DocumentDraft;
use crate::domain::ids::{DocumentId, RunId, SourceName};
use crate::domain::intake::intake;
use crate::events::{Event, emit};
use crate::ports::{ChangedDocuments, Cursor, Deleted, DocumentChanges, InvoiceSource, Mark, Page};
use crate::store::Feed;

use super::super::changes::{Read, fingerprint};
use super::super::{Engine, EngineError, Reading};

/// How many repeated ids a message names.
const REPETITIONS_NAMED: usize = 5;

impl Engine<'_> {
    /// Brings the ledger of a source up to date.
    pub(super) async fn pull_documents(
        &self,
        run: &RunId,
        source: &dyn InvoiceSource,
        reading: Reading,
    ) -> Result<(), EngineError> {
        let name = source.name();
        let feed = Feed::Documents(name.clone());
        if self.is_pulled(run, &Feed::DocumentChanges(name.clone()), &feed)? {
            return Ok(());
        }
        let Some(changes) = source.changes() else { return self.pull_all_documents(run, source).await };
        // How amounts are taken in is part of how documents are read: with other rates they have to be read anew.
        let how = format!("{} {}", changes.reading(), fingerprint(&self.policy.currency));
        // A whole reading that was begun in this run is gone on with, whatever else could be read by now.
        let whole_is_under_way = self.store.pull(run, &feed)?.rows > 0;
        let read = self.read_before(&feed, reading, &how)?.filter(|_| !whole_is_under_way);
        if let Some(read) = read
            && let Some(mark) = self.pull_changed_documents(run, &name, changes, &read.mark).await?
        {
            self.note_read(&feed, &Read { mark, ..read })?;
            let held = self.store.document_count(&name)?;
            self.store.note_whole(run, &feed, held)?;
            return Ok(());
        }
        let mark = self.begun(run, &feed, async || changes.mark().await).await?;
        self.pull_all_documents(run, source).await?;
        self.note_read(&feed, &Read { mark, whole: now(), reading: how })
    }

    async fn pull_all_documents(&self, run: &RunId, source: &dyn InvoiceSource) -> Result<(), EngineError> {
        let name = source.name();
        let feed = Feed::Documents(name.clone());
        let rows = self
            .pull_pages(
                run,
                &feed,
                "reading documents",
                async |from| source.documents(from).await,
                |page| {
                    let repeated = self.store_documents(run, &feed, &name, page.items, page.next.as_ref())?;
                    if !repeated.is_empty() {
                        let named: Vec<&str> =
                            repeated.iter().take(REPETITIONS_NAMED).map(DocumentId::as_str).collect();
                        emit(&Event::DocumentsRepeated {
                            system: name.as_str(),
                            documents: repeated.len() as u64,
                            named: &named.join(", "),
                        });
                    }
                    Ok(())
                },
            )
            .await?;
        let gone = self.store.finish_documents(run, &name)?;
        emit(&Event::DocumentsRead { system: name.as_str(), documents: rows, gone: gone as u64 });
        Ok(())
    }

    /// Reads the documents that have changed, and returns the mark up to which the source is read; none where only a whole
    /// reading tells.
    async fn pull_changed_documents(
        &self,
        run: &RunId,
        source: &SourceName,
        changes: &dyn DocumentChanges,
        since: &Mark,
    ) -> Result<Option<Mark>, EngineError> {
        let feed = Feed::DocumentChanges(source.clone());
        let (only_whole, mark) = (Cell::new(false), RefCell::new(None));
        let rows = self
            .pull_pages(
                run,
                &feed,
                "reading changed documents",
                async |from| -> Result<_, EngineError> {
                    match changes.changed(since, from).await? {
                        ChangedDocuments::OnlyByWholeReading => {
                            only_whole.set(true);
                            Ok(Page { items: Vec::new(), next: None, total: None })
                        }
                        ChangedDocuments::Page { page, mark: told } => {
                            mark.replace(told);
                            Ok(page)
                        }
                    }
                },
                // A document that moves while pages are read may come twice.
                |page| {
                    let next = page.next.as_ref();
                    self.store_documents(run, &feed, source, page.items, next).map(drop)
                },
            )
            .await?;
        if only_whole.get() {
            return Ok(None);
        }
        // A run that was stopped after the last page has not kept its mark: what was read is read once more next time.
        let until = mark.into_inner().unwrap_or_else(|| since.clone());
        let gone = match changes.deleted(since, &until).await? {
            Deleted::Told(deleted) => self.store.forget_documents(source, &deleted)?,
            Deleted::ByIds | Deleted::OnlyByWholeReading => 0,
        };
        if rows > 0 {
            self.store.forget_unnamed_parties(source)?;
        }
        emit(&Event::ChangedDocumentsRead { system: source.as_str(), changed: rows, gone: gone as u64 });
        Ok(Some(until))
    }

    fn store_documents(
        &self,
        run: &RunId,
        feed: &Feed,
        source: &SourceName,
        drafts: Vec<DocumentDraft>,
        next: Option<&Cursor>,
    ) -> Result<Vec<DocumentId>, EngineError> {
        let documents: Vec<_> =
            drafts.into_iter().map(|draft| intake(draft, &self.policy.currency)).collect();
        Ok(self.store.put_documents(run, feed, source, &documents, next)?)
    }
}
