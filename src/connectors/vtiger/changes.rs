//! What has changed since a moment on the server's clock.
//!
//! `modifiedtime` has the resolution of a second, and a record may be committed after the second that it names. So reading
//! goes on a while before the mark, by id: some records come twice, none is lost.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use chrono::DateTime;

use super::client::{Answered, malformed};
use super::link::{ACCOUNTS, during};
use super::query::Query;
use super::{Vtiger, cursor, position};
use crate::domain::company::CompanyRecord;
use crate::domain::ids::CompanyId;
use crate::http::{Class, Outcome};
use crate::ports::{CallError, Changes, Cursor, Deleted, Mark, Page};

/// How long before the mark reading begins, in seconds.
const OVERLAP: i64 = 60;
const DOING: &str = "reading changed companies";

#[async_trait]
impl Changes for Vtiger {
    /// The mapping, the options that the picklists have, the zone, and whether organizations are keyed by their ids.
    fn reading(&self) -> String {
        let organizations = self.known_organizations();
        let options = organizations.iter().flat_map(|known| &known.figures).map(|held| &held.options);
        let mut hasher = DefaultHasher::new();
        format!("{:?}", options.collect::<Vec<_>>()).hash(&mut hasher);
        format!("{:?}", self.config.mapping).hash(&mut hasher);
        self.config.zone.name().hash(&mut hasher);
        self.config.own_invoices.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    async fn mark(&self) -> Result<Mark, CallError> {
        let seconds = self.link.client.door.server_time().await.map_err(during(DOING, ACCOUNTS))?;
        Ok(Mark(seconds.to_string()))
    }

    async fn changed(&self, since: &Mark, from: Option<Cursor>) -> Result<Page<CompanyRecord>, CallError> {
        self.changed_since(since, from.as_ref()).await.map_err(during(DOING, ACCOUNTS))
    }

    async fn deleted(&self, since: &Mark) -> Result<Deleted<CompanyId>, CallError> {
        let told = self.deleted_since(since).await;
        let told = told.map_err(during("reading deleted companies", ACCOUNTS))?;
        Ok(told.map_or(Deleted::ByIds, Deleted::Told))
    }

    async fn ids(&self, from: Option<Cursor>) -> Result<Page<CompanyId>, CallError> {
        self.present(from.as_ref()).await.map_err(during("looking for deleted companies", ACCOUNTS))
    }
}

impl Vtiger {
    async fn changed_since(&self, since: &Mark, from: Option<&Cursor>) -> Answered<Page<CompanyRecord>> {
        let organizations = self.organizations().await?;
        let begin = DateTime::from_timestamp(seconds(since)? - OVERLAP, 0)
            .ok_or_else(|| malformed("organizations.list", "the stored mark is no time"))?;
        let begin = begin.format("%Y-%m-%d %H:%M:%S").to_string();
        let query = Query::of(ACCOUNTS).columns(organizations.columns()).not_below("modifiedtime", &begin);
        let page = self.organizations_behind(&organizations, query, from).await?;
        let reading = self.reading(&organizations);
        let items = page.rows.iter().map(|row| reading.company(row)).collect();
        Ok(Page { items, next: page.last.map(cursor), total: None })
    }

    async fn present(&self, from: Option<&Cursor>) -> Answered<Page<CompanyId>> {
        let module = self.link.needed(ACCOUNTS).await?;
        let after = position(from, module.prefix)?;
        let page = self.link.client.page("organizations.ids", Query::of(ACCOUNTS), after).await?;
        let items = page.rows.iter().map(|row| CompanyId::from(row.id())).collect();
        Ok(Page { items, next: page.last.map(cursor), total: None })
    }

    /// Deletions as `sync` tells them, where it does.
    async fn deleted_since(&self, since: &Mark) -> Answered<Option<Vec<CompanyId>>> {
        if !self.tells_deletions().await? {
            return Ok(None);
        }
        let mut deleted = Vec::new();
        let mut since = seconds(since)? - OVERLAP;
        loop {
            let changes = match self.link.client.changes(ACCOUNTS, since).await {
                Ok(changes) => changes,
                Err(failure) if is_broken(&failure.class, failure.outcome) => return Ok(None),
                Err(failure) => return Err(failure),
            };
            deleted.extend(changes.deleted.0.iter().filter_map(|id| id.text()).map(CompanyId::from));
            let next: i64 =
                changes.last_modified_time.text().and_then(|next| next.parse().ok()).unwrap_or(since);
            if !changes.more.is_true() || next <= since {
                return Ok(Some(deleted));
            }
            since = next;
        }
    }

    /// Whether `sync` works on this installation. Asked once: in the stock release each time leaves an error in the log.
    pub(super) async fn tells_deletions(&self) -> Answered<bool> {
        const UNKNOWN: u8 = 0;
        const YES: u8 = 1;
        const NO: u8 = 2;
        match self.sync.load(Ordering::Relaxed) {
            UNKNOWN => {}
            known => return Ok(known == YES),
        }
        let now = self.link.client.stack.now().timestamp();
        let works = match self.link.client.changes(ACCOUNTS, now).await {
            Ok(_) => true,
            Err(failure) if is_broken(&failure.class, failure.outcome) => false,
            Err(failure) => return Err(failure),
        };
        self.sync.store(if works { YES } else { NO }, Ordering::Relaxed);
        Ok(works)
    }
}

/// Whether the server cannot do it, whatever its word for that is.
fn is_broken(class: &Class, outcome: Outcome) -> bool {
    outcome == Outcome::NotApplied
        && matches!(
            class,
            Class::Overloaded { .. }
                | Class::Malformed
                | Class::Forbidden { .. }
                | Class::Refused { .. }
                | Class::NotFound
        )
}

fn seconds(mark: &Mark) -> Answered<i64> {
    mark.0.parse().map_err(|_| malformed("organizations.list", "the stored mark is no time"))
}
