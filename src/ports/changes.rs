//! What has changed since it was last read, where a system can tell.
//!
//! # Guarantees
//! What is read from a mark on, together with what was known at the mark, is what a whole reading would give, but for what
//! the system does not tell of: each implementation says what that is, and a whole reading finds it.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{CallError, Cursor, OpenDeal, Page, Survey};
use crate::domain::company::{CompanyRecord, Version};
use crate::domain::document::DocumentDraft;
use crate::domain::ids::{CompanyId, DealId, DocumentId, PipelineId};
use crate::domain::time::Day;

/// Up to where changes were read, on the system's own clock: opaque, the connector's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark(pub String);

impl Mark {
    /// What a connector knows of the moment, in a structure of its own, which always has a JSON form.
    pub fn of(known: &impl Serialize) -> Self {
        Self(serde_json::to_string(known).unwrap_or_default())
    }

    /// The structure that [`Mark::of`] was given; none where the text is no such thing.
    pub fn known<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.0).ok()
    }
}

/// How a system tells what was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deleted<Id> {
    /// These were deleted after the mark.
    Told(Vec<Id>),
    /// It lists the ids of all that there is: what is not among them is no more.
    ByIds,
    /// Not at all: only a whole reading finds out.
    OnlyByWholeReading,
}

/// A CRM that tells what has changed.
#[async_trait]
pub trait Changes: Send + Sync {
    /// The moment up to which everything is read by whoever begins to read now, on the CRM's own clock.
    async fn mark(&self) -> Result<Mark, CallError>;

    /// What else than the properties decides what a record holds, such as what the values of a picklist stand for: where it
    /// is another than at the last reading, everything has to be read again. Opaque.
    fn reading(&self) -> String;

    /// A page of every company that was created or changed after a mark; some that were not, and some twice, do no harm.
    ///
    /// A company may come in an older state than it was read in before: its version tells.
    async fn changed(&self, since: &Mark, from: Option<Cursor>) -> Result<Page<CompanyRecord>, CallError>;

    /// The companies that were deleted after a mark.
    async fn deleted(&self, since: &Mark) -> Result<Deleted<CompanyId>, CallError>;

    /// A page of the ids of all companies that there are. Only where [`Changes::deleted`] says [`Deleted::ByIds`].
    async fn ids(&self, from: Option<Cursor>) -> Result<Page<CompanyId>, CallError> {
        let _ = from;
        Ok(Page { items: Vec::new(), next: None, total: None })
    }

    /// How changed deals can be read; none where the open ones are read each time.
    fn deals(&self) -> Option<&dyn DealChanges> {
        None
    }
}

/// A deal that was created or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedDeal {
    /// The deal.
    pub id: DealId,
    /// Which state of it this is, where the CRM says so.
    pub version: Option<Version>,
    /// The pipeline that it is in.
    pub pipeline: Option<PipelineId>,
    /// When it was made, where the CRM says so.
    pub created: Option<DateTime<Utc>>,
    /// Whether it keeps its companies from being cold.
    pub state: DealState,
}

/// Whether a deal keeps its companies from being cold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DealState {
    /// It is open, in this watched pipeline.
    Open(PipelineId),
    /// It is closed, or its pipeline is not watched.
    Shut,
    /// It is in a pipeline or stage that the survey does not know: the survey is too old.
    Unheard,
}

/// A CRM that tells which deals have changed. The marks are those of [`Changes`].
#[async_trait]
pub trait DealChanges: Send + Sync {
    /// A page of every deal that was created or changed after a mark, in whichever pipeline or stage; as with companies,
    /// perhaps in an older state than it was read in before.
    async fn changed(
        &self,
        survey: &Survey,
        watched: &BTreeSet<PipelineId>,
        since: &Mark,
        from: Option<Cursor>,
    ) -> Result<Page<ChangedDeal>, CallError>;

    /// These open deals with all of their companies; one that is no more is left out. Any number, by as few calls as the
    /// vendor allows.
    async fn with_companies(&self, open: Vec<ChangedDeal>) -> Result<Vec<OpenDeal>, CallError>;
}

/// What a source tells of the documents that have changed.
#[derive(Clone, Debug)]
pub enum ChangedDocuments {
    /// A page of them, some perhaps that have not changed.
    Page {
        /// The page.
        page: Page<DocumentDraft>,
        /// Up to where the source is read now: with the last page, and with no other.
        mark: Option<Mark>,
    },
    /// Something has changed, and only a whole reading tells what. Never after a page.
    OnlyByWholeReading,
}

impl ChangedDocuments {
    /// A page after which there is another.
    pub const fn more(items: Vec<DocumentDraft>, next: Cursor) -> Self {
        Self::Page { page: Page { items, next: Some(next), total: None }, mark: None }
    }

    /// The last page, and up to where the source is read with it.
    pub const fn last(items: Vec<DocumentDraft>, mark: Mark) -> Self {
        Self::Page { page: Page { items, next: None, total: None }, mark: Some(mark) }
    }
}

/// A source that tells what has changed.
#[async_trait]
pub trait DocumentChanges: Send + Sync {
    /// The mark of whoever begins a whole reading now, for figures of this day.
    async fn mark(&self, as_of: Day) -> Result<Mark, CallError>;

    /// What decides what a document holds besides the document itself, such as the columns of a file: where it is another
    /// than at the last reading, everything has to be read again. Opaque.
    fn reading(&self) -> String;

    /// A page of every document that was created or changed after a mark; some that were not, and some twice, do no harm.
    /// Where nothing has changed, the mark that comes with the last page is the same.
    async fn changed(
        &self,
        as_of: Day,
        since: &Mark,
        from: Option<Cursor>,
    ) -> Result<ChangedDocuments, CallError>;

    /// The documents that were deleted between two marks. The ids of documents that were never read do no harm.
    async fn deleted(&self, since: &Mark, until: &Mark) -> Result<Deleted<DocumentId>, CallError> {
        let _ = (since, until);
        Ok(Deleted::OnlyByWholeReading)
    }
}
