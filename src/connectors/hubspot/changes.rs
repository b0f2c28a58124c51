//! What has changed since a moment on HubSpot's clock, by search.
//!
//! # Guarantees
//! Every company and deal whose change date moved is read by a reading that begins at most [`OVERLAP`] after the search
//! index shows it, at 200 records a call.
//!
//! # Caveats
//! The search knows nothing of deletions, of the loser of a merge, and of associations that are made or undone: only a whole
//! reading finds these. It may show a record in an older state than was read before, which the record's version tells. As
//! readings overlap, what was changed lately, by sirank too, comes again with each reading until it is older than that.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::client::Answered;
use super::objects::COMPANIES;
use super::search::goes_on;
use super::trouble::nonsense;
use super::wire::Search;
use super::{HubSpot, SYSTEM, deals};
use crate::domain::company::CompanyRecord;
use crate::domain::ids::{CompanyId, PipelineId};
use crate::ports::{
    CallError, ChangedDeal, Changes, Cursor, DealChanges, Deleted, Mark, OpenDeal, Page, Survey,
};

/// How long before the mark a reading begins. The index lags by "a few moments", as HubSpot says, without a bound; 10 to 15
/// minutes is what is known to do.
pub(super) const OVERLAP: TimeDelta = TimeDelta::minutes(15);

#[async_trait]
impl Changes for HubSpot {
    async fn mark(&self) -> Result<Mark, CallError> {
        let now = self.clock.at(self.client.stack.now());
        Ok(Mark(now.timestamp_millis().to_string()))
    }

    /// Which properties are read into what, and the zone in which instants are days.
    fn reading(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.asked_properties().hash(&mut hasher);
        format!("{:?}", self.config.mapping).hash(&mut hasher);
        self.config.zone.name().hash(&mut hasher);
        self.config.own_documents.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    async fn changed(&self, since: &Mark, from: Option<Cursor>) -> Result<Page<CompanyRecord>, CallError> {
        let page = self.changed_companies(since, from).await;
        page.map_err(|failure| failure.during(SYSTEM, "reading changed companies"))
    }

    async fn deleted(&self, _since: &Mark) -> Result<Deleted<CompanyId>, CallError> {
        Ok(Deleted::OnlyByWholeReading)
    }

    fn deals(&self) -> Option<&dyn DealChanges> {
        Some(self)
    }
}

#[async_trait]
impl DealChanges for HubSpot {
    async fn changed(
        &self,
        survey: &Survey,
        watched: &BTreeSet<PipelineId>,
        since: &Mark,
        from: Option<Cursor>,
    ) -> Result<Page<ChangedDeal>, CallError> {
        let cards_too = self.config.wake_up.is_some();
        let page =
            async { deals::changed(&self.client, survey, watched, beginning(since)?, from, cards_too).await };
        page.await.map_err(|failure| failure.during(SYSTEM, "reading changed deals"))
    }

    async fn with_companies(&self, open: Vec<ChangedDeal>) -> Result<Vec<OpenDeal>, CallError> {
        let deals = deals::with_companies(&self.client, open).await;
        deals.map_err(|failure| failure.during(SYSTEM, "reading the companies of changed deals"))
    }
}

impl HubSpot {
    async fn changed_companies(&self, since: &Mark, from: Option<Cursor>) -> Answered<Page<CompanyRecord>> {
        let behind = from.map_or_else(|| "0".to_owned(), |cursor| cursor.0);
        let properties = self.asked_properties().into_iter().map(Cow::Owned).collect();
        let search = Search::changed(beginning(since)?, &behind, properties);
        let page = self.client.search(&COMPANIES, &search).await?;
        let next = goes_on(&COMPANIES, &page, &behind)?;
        let live = page.results.iter().filter(|record| !record.archived);
        let items = live.map(|record| self.reader.company(record)).collect();
        Ok(Page { items, next: next.map(Cursor), total: None })
    }
}

/// Where a reading from a mark on begins.
fn beginning(since: &Mark) -> Answered<DateTime<Utc>> {
    let mark = since.0.parse().ok().and_then(DateTime::<Utc>::from_timestamp_millis);
    mark.map(|mark| mark - OVERLAP)
        .ok_or_else(|| nonsense("companies.search", "the stored mark is no time; read everything anew"))
}
