//! Documents of the accounting sources: all of them, or, where a source can tell, only what has changed.

use std::cell::{Cell, RefCell};

use crate::clock::now;
use crate::domain::document::DocumentDraft;
use crate::domain::duplicates::DuplicateRule;
use crate::domain::ids::{DocumentId, RunId, SourceName};
use crate::domain::intake::intake;
use crate::domain::time::Day;
use crate::events::{Event, emit};
use crate::ports::{ChangedDocuments, Cursor, Deleted, DocumentChanges, InvoiceSource, Mark, Page};
use crate::store::Feed;

use super::super::changes::{Read, fingerprint, mark_of};
use super::super::{Engine, EngineError, Reading, Request};

/// Of a day's part of a long quota, the part that reading everything may take, in percent.
const WHOLE_PERCENT: u64 = 75;
/// Under this name the state remembers by which rule duplicates were looked for.
const DUPLICATES_BY: &str = "duplicates looked for by";
/// How many repeated ids a message names.
const REPETITIONS_NAMED: usize = 5;

impl Engine<'_> {
    /// Brings the ledger of a source up to date.
    pub(super) async fn pull_documents(
        &self,
        run: &RunId,
        source: &dyn InvoiceSource,
        request: &Request,
    ) -> Result<(), EngineError> {
        let (as_of, reading) = (request.as_of, request.reading);
        let name = source.name();
        let feed = Feed::Documents(name.clone());
        // How amounts are taken in is part of how documents are read: with other rates they have to be read anew.
        let seller = self.policy.sellers.get(&name);
        let reads = source.changes().map(DocumentChanges::reading).unwrap_or_default();
        let how = format!("{reads} {}", fingerprint(&(&self.policy.currency, seller)));
        if self.was_begun_otherwise(run, &feed, &how)? {
            self.store.restart_documents(run, &name)?;
        }
        if self.is_pulled(run, &Feed::DocumentChanges(name.clone()), &feed)? {
            return Ok(());
        }
        let Some(changes) = source.changes() else {
            return self.pull_all_documents(run, source, as_of).await;
        };
        // A whole reading that was begun in this run is gone on with, whatever else could be read by now.
        let whole_is_under_way = self.store.pull(run, &feed)?.rows > 0;
        let reading = self.affordable(source, &feed, reading)?;
        let read = self.read_before(&feed, reading, &how)?.filter(|_| !whole_is_under_way);
        if let Some(read) = read
            && let Some(mark) = self.pull_changed_documents(run, as_of, &name, changes, &read.mark).await?
        {
            self.note_read(&feed, &Read { mark, ..read })?;
            let held = self.store.document_count(&name)?;
            self.store.note_whole(run, &feed, held)?;
            return Ok(());
        }
        let mark = self.begun(run, &feed, async || changes.mark(as_of).await).await?;
        self.pull_all_documents(run, source, as_of).await?;
        self.note_read(&feed, &Read { mark, whole: now(), reading: how })
    }

    /// How much of a source a reconciliation reads: a quota of many days has to last for the changes of every one of them,
    /// so reading everything may take no more than its part for the days since that was last done.
    fn affordable(
        &self,
        source: &dyn InvoiceSource,
        feed: &Feed,
        reading: Reading,
    ) -> Result<Reading, EngineError> {
        let (Reading::Reconciliation, Some(per_call)) = (reading, source.documents_per_call()) else {
            return Ok(reading);
        };
        let Some(last) = self.remembered::<Read>(&mark_of(feed))? else { return Ok(reading) };
        let calls = self.store.document_count(&source.name())?.div_ceil(per_call.max(1));
        let since = u64::try_from((now() - last.whole).num_days()).unwrap_or(0) + 1;
        for quota in source.usage().quotas {
            let Some(share) = quota.share(since, now()).map(|share| share * WHOLE_PERCENT / 100) else {
                continue;
            };
            if calls > share {
                let system = source.name();
                emit(&Event::ReconciliationPostponed {
                    system: system.as_str(),
                    quota: &quota.name,
                    calls,
                    share,
                });
                return Ok(Reading::Changes);
            }
        }
        Ok(reading)
    }

    async fn pull_all_documents(
        &self,
        run: &RunId,
        source: &dyn InvoiceSource,
        as_of: Day,
    ) -> Result<(), EngineError> {
        let name = source.name();
        let feed = Feed::Documents(name.clone());
        if self.store.pull(run, &feed)?.next.is_some_and(|next| !source.resumes_at(&next)) {
            self.store.restart_documents(run, &name)?;
        }
        let rows = self
            .pull_pages(
                run,
                &feed,
                "reading documents",
                async |from| source.documents(as_of, from).await,
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
        as_of: Day,
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
                    match changes.changed(as_of, since, from).await? {
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

    /// Finds the documents that several sources hold, where any source has news or the rule is another one.
    pub(super) fn look_for_duplicates(&self, sources: &[SourceName]) -> Result<(), EngineError> {
        let rule = fingerprint(&(sources, self.policy.duplicates));
        let known = self.store.meta(DUPLICATES_BY)?;
        if known.as_deref() == Some(rule.as_str()) && !self.store.has_news()? {
            return Ok(());
        }
        let (marked, differing) =
            self.store.mark_duplicates(sources, self.policy.duplicates, REPETITIONS_NAMED)?;
        match self.policy.duplicates {
            DuplicateRule::Report if marked.documents > 0 => {
                let named = &marked.named.join(", ");
                emit(&Event::DocumentsCountedTwice { documents: marked.documents, named });
            }
            DuplicateRule::CountOnce if differing.documents > 0 => {
                let named = &differing.named.join(", ");
                emit(&Event::DuplicatesDiffer { documents: differing.documents, named });
            }
            DuplicateRule::Report | DuplicateRule::CountOnce => {}
        }
        Ok(self.store.set_meta(DUPLICATES_BY, &rule)?)
    }

    fn store_documents(
        &self,
        run: &RunId,
        feed: &Feed,
        source: &SourceName,
        drafts: Vec<DocumentDraft>,
        next: Option<&Cursor>,
    ) -> Result<Vec<DocumentId>, EngineError> {
        let seller = self.policy.sellers.get(source);
        let documents: Vec<_> = drafts
            .into_iter()
            .map(|draft| DocumentDraft { seller: draft.seller.or_else(|| seller.cloned()), ..draft })
            .map(|draft| intake(draft, &self.policy.currency))
            .collect();
        Ok(self.store.put_documents(run, feed, source, &documents, next)?)
    }
}
