//! A folder of e-invoices as a source of documents.
//!
//! # Guarantees
//! - A file is opened once, and again only after it has changed, or where the system did not let it be read.
//! - A document that several files hold is delivered once, and goes when the last of them has gone.
//! - A part of the folder that cannot be looked at ends the reading before anything is forgotten.

use std::sync::Arc;

use async_trait::async_trait;

use super::config::FatturaPaConfig;
use super::record::{differing, draft};
use super::scan::{self, Listing, Scanned};
use super::survey::survey;
use crate::clock::sleep;
use crate::domain::document::DocumentDraft;
use crate::domain::ids::{DocumentId, SourceName};
use crate::domain::time::Day;
use crate::events::{Event, emit};
use crate::ports::{
    CallError, ChangedDocuments, Cursor, Deleted, DocumentChanges, InvoiceSource, KeyedRecords, Mark, Page,
    SourceProbe, Trouble, Usage,
};

/// How many documents one page holds.
const PAGE: usize = 5_000;
/// How many documents of each page are named whose files do not agree.
const NAMED: usize = 5;

/// A folder of e-invoices.
pub struct FatturaPa {
    config: Arc<FatturaPaConfig>,
}

impl FatturaPa {
    /// The source of a folder. Nothing is opened yet.
    pub fn new(config: FatturaPaConfig) -> Self {
        Self { config: Arc::new(config) }
    }

    /// Does what blocks on a thread that may be blocked.
    async fn blocking<T: Send + 'static>(
        &self,
        doing: &str,
        work: impl FnOnce(&FatturaPaConfig) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, CallError> {
        let config = self.config.clone();
        let done = tokio::task::spawn_blocking(move || work(&config)).await;
        let done = done.unwrap_or_else(|panic| Err(Trouble::Malformed(panic.to_string())));
        done.map_err(|trouble| CallError {
            system: format!("FatturaPA folder {}", self.config.name),
            operation: doing.to_owned(),
            trouble,
        })
    }

    /// Brings what is known of the folder up to date. Waits once, where files were changed just now.
    async fn scan(&self) -> Result<Scanned, CallError> {
        let doing = "looking through the folder";
        let listing: Listing = self
            .blocking(doing, |config| {
                scan::prepare(config.index.as_ref(), &scan::reading_of(config))?;
                scan::list(config, (config.wall)().into())
            })
            .await?;
        if !listing.settles_in.is_zero() {
            sleep(listing.settles_in).await;
        }
        let scanned = self.blocking(doing, |config| scan::read(config, listing)).await?;
        let Scanned { opened, growing, gone } = scanned;
        if opened + growing + gone > 0 {
            emit(&Event::FolderScanned { system: self.config.name.as_str(), opened, growing, gone });
        }
        Ok(scanned)
    }

    /// The position of the last change, which is 0 before the first one.
    async fn position(&self) -> Result<u64, CallError> {
        self.blocking("reading what is known", |config| config.index.position().map_err(Trouble::State)).await
    }
}

#[async_trait]
impl InvoiceSource for FatturaPa {
    fn name(&self) -> SourceName {
        self.config.name.clone()
    }

    async fn probe(&self) -> Result<SourceProbe, CallError> {
        self.blocking("looking through the folder", survey).await
    }

    async fn documents(&self, _: Day, from: Option<Cursor>) -> Result<Page<DocumentDraft>, CallError> {
        if from.is_none() {
            self.scan().await?;
        }
        self.blocking("reading documents", move |config| {
            let after = from.as_ref().map(|cursor| cursor.0.as_str());
            let keyed = config.index.keys_after(after, PAGE).map_err(Trouble::State)?;
            let next = (keyed.len() == PAGE).then(|| keyed.last()).flatten();
            let next = next.map(|last| Cursor(last.key.clone()));
            Ok(Page { items: drafts(config, keyed), next, total: None })
        })
        .await
    }

    fn changes(&self) -> Option<&dyn DocumentChanges> {
        Some(self)
    }

    fn usage(&self) -> Usage {
        Usage::default()
    }
}

#[async_trait]
impl DocumentChanges for FatturaPa {
    async fn mark(&self, _: Day) -> Result<Mark, CallError> {
        self.scan().await?;
        Ok(mark_at(self.position().await?))
    }

    fn reading(&self) -> String {
        scan::reading_of(&self.config)
    }

    async fn changed(
        &self,
        _: Day,
        since: &Mark,
        from: Option<Cursor>,
    ) -> Result<ChangedDocuments, CallError> {
        let Some(known) = position_of(since) else { return Ok(ChangedDocuments::OnlyByWholeReading) };
        let (from, until) = match from.as_ref().map(|cursor| cursor.0.split_once(' ')) {
            None => {
                self.scan().await?;
                (known + 1, self.position().await?)
            }
            Some(place) => {
                let place = place.and_then(|(from, until)| Some((from.parse().ok()?, until.parse().ok()?)));
                place.ok_or_else(|| CallError {
                    system: format!("FatturaPA folder {}", self.config.name),
                    operation: "reading changed documents".to_owned(),
                    trouble: Trouble::Malformed("the stored place cannot be read".to_owned()),
                })?
            }
        };
        self.blocking("reading changed documents", move |config| {
            let changed = config.index.changed(from..until + 1, PAGE).map_err(Trouble::State)?;
            let last = changed.last().map(|(position, _)| *position).filter(|last| *last < until);
            let next = last.map(|last| Cursor(format!("{} {until}", last + 1)));
            let items = drafts(config, changed.into_iter().map(|(_, keyed)| keyed).collect());
            let mark = next.is_none().then(|| mark_at(until));
            Ok(ChangedDocuments::Page { page: Page { items, next, total: None }, mark })
        })
        .await
    }

    async fn deleted(&self, since: &Mark, until: &Mark) -> Result<Deleted<DocumentId>, CallError> {
        let (Some(since), Some(until)) = (position_of(since), position_of(until)) else {
            return Ok(Deleted::OnlyByWholeReading);
        };
        self.blocking("reading deleted documents", move |config| {
            let (mut from, mut gone) = (since + 1, Vec::new());
            while from <= until {
                let changed = config.index.changed(from..until + 1, PAGE).map_err(Trouble::State)?;
                let Some((last, _)) = changed.last() else { break };
                from = last + 1;
                let without = changed.into_iter().filter(|(_, keyed)| keyed.records.is_empty());
                gone.extend(without.map(|(_, keyed)| DocumentId::new(keyed.key)));
            }
            Ok(Deleted::Told(gone))
        })
        .await
    }
}

/// The documents, and a word about those whose files do not agree.
fn drafts(config: &FatturaPaConfig, keyed: Vec<KeyedRecords>) -> Vec<DocumentDraft> {
    let differing: Vec<String> = keyed.iter().filter_map(differing).collect();
    if !differing.is_empty() {
        let named = differing.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
        let documents = differing.len() as u64;
        emit(&Event::EInvoicesDiffer { system: config.name.as_str(), documents, named: &named });
    }
    keyed.into_iter().filter_map(|keyed| draft(keyed, config.count_asset_sales)).collect()
}

fn mark_at(position: u64) -> Mark {
    Mark(position.to_string())
}

fn position_of(mark: &Mark) -> Option<u64> {
    mark.0.parse().ok()
}
