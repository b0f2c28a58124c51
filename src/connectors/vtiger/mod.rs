//! vTiger as a CRM and as a source of invoices, over the REST webservice of its open source edition.
//!
//! # Guarantees
//! - Lists are read by id from one behind the last on, so that nothing is missed or read twice while others write.
//! - A write changes the named fields of one record and nothing else, and counts as done only where the answer holds what
//!   was sent: vTiger accepts almost anything in silence.
//! - A session that the server forgets is opened again, also in the middle of a write, which it refused then.

mod batch;
mod board_by_hand;
mod byhand;
mod cards;
mod cards_write;
mod changes;
mod classify;
mod client;
mod compare;
mod config;
mod contacts;
mod count;
mod currencies;
mod deals;
mod fields;
mod findings;
mod invoices;
mod labels;
mod link;
mod map;
mod pacer;
mod pool;
mod purchases;
mod query;
mod quota;
mod relations;
mod rights;
mod session;
mod survey;
mod tasks;
mod tasks_write;
#[cfg(test)]
mod tests;
mod values;
mod wire;
mod won;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU8;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use self::client::{Answered, Rows};
pub use self::config::{
    ContactSettings, InvoiceSettings, Mapping, QuotaSettings, VtigerConfig, WonDealSettings,
    stock_closed_stages, stock_won_stages,
};
use self::fields::Organizations;
pub use self::invoices::VtigerInvoices;
use self::link::{ACCOUNTS, EVENTS, Link, POTENTIALS, during};
use self::map::Reading;
pub use self::purchases::VtigerWonDeals;
use self::query::{PAGE, Query, RecordId};
use crate::domain::company::CompanyRecord;
use crate::domain::ids::{CompanyId, PipelineId};
use crate::domain::value::Blanks;
use crate::http::{ClientError, HttpFailure, is_loopback};
use crate::ports::{
    CallError, Cards, Changes, CompanyLookup, CompanyWrite, Crm, CrmTraits, Cursor, DirectContact, HandWork,
    InputProperty, OpenDeal, Page, SchemaItem, Survey, Tasks, Trouble, Usage, WriteOutcome,
};

const SYSTEM: &str = "vTiger";
/// The most companies in one write: a call for each, as many at once as the server sustains.
const BATCH: usize = 40;
/// Batches under way at once, so that no session waits for the end of one.
const BATCHES: usize = 2;

/// A vTiger installation.
pub struct Vtiger {
    config: VtigerConfig,
    link: Arc<Link>,
    /// The organizations' fields, once they are known.
    organizations: Mutex<Option<Arc<Organizations>>>,
    /// Whether `sync` works, once that is known.
    sync: AtomicU8,
    /// To how many decimals vTiger rounds what this user writes, once the survey has read it.
    currency_decimals: Mutex<Option<u32>>,
}

impl Vtiger {
    /// The connector of an installation. Nothing is sent yet.
    ///
    /// # Errors
    /// Where no client can be built: the base URL, the certificate authorities.
    pub fn new(config: VtigerConfig) -> Result<Self, ClientError> {
        let link = Arc::new(Link::new(&config)?);
        Ok(Self {
            config,
            link,
            organizations: Mutex::default(),
            sync: AtomicU8::default(),
            currency_decimals: Mutex::default(),
        })
    }

    /// The organizations' fields, asked for once.
    async fn organizations(&self) -> Answered<Arc<Organizations>> {
        if let Some(known) = self.known_organizations() {
            return Ok(known);
        }
        let module = self.link.needed(ACCOUNTS).await?;
        let organizations = Arc::new(Organizations::of((*module).clone(), &self.config));
        *self.organizations.lock().unwrap_or_else(PoisonError::into_inner) = Some(organizations.clone());
        Ok(organizations)
    }

    fn known_organizations(&self) -> Option<Arc<Organizations>> {
        self.organizations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks about the modules and their fields anew.
    fn forget(&self) {
        self.link.forget();
        *self.organizations.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn reading<'a>(&self, organizations: &'a Organizations) -> Reading<'a> {
        Reading { organizations, zone: self.config.zone, own_invoices: self.config.own_invoices }
    }

    /// A page of organizations behind one, under further conditions.
    async fn organizations_behind(
        &self,
        organizations: &Organizations,
        query: Query,
        from: Option<&Cursor>,
    ) -> Answered<Rows> {
        let after = position(from, organizations.module.prefix)?;
        self.link.client.page("organizations.list", query, after).await
    }

    /// Organizations by their ids, in the order of the ids.
    async fn look_up(&self, ids: &[CompanyId]) -> Answered<Vec<CompanyLookup>> {
        let organizations = self.organizations().await?;
        let prefix = organizations.module.prefix;
        let wanted: BTreeSet<RecordId> = ids
            .iter()
            .filter_map(|id| id.as_str().parse().ok())
            .filter(|id: &RecordId| id.module == prefix)
            .collect();
        let wanted: Vec<RecordId> = wanted.into_iter().collect();
        let query = Query::of(ACCOUNTS).columns(organizations.columns());
        let found = self.link.client.among("organizations.read", &query, &wanted).await?;
        if found.len() < wanted.len() {
            self.sees_everything(prefix, found.is_empty()).await?;
        }
        let reading = self.reading(&organizations);
        let found: BTreeMap<&str, _> = found.values().map(|row| (row.id(), row)).collect();
        Ok(ids
            .iter()
            .map(|id| match found.get(id.as_str()) {
                Some(row) => CompanyLookup::Found(Box::new(reading.company(row))),
                None => CompanyLookup::Gone(id.clone()),
            })
            .collect())
    }

    /// A record that is not found is no more only for a user who would see it.
    async fn sees_everything(&self, prefix: u64, found_none: bool) -> Answered<()> {
        let identity = self.link.client.identity().await?;
        if identity.is_admin == Some(false) {
            let class =
                crate::http::Class::Forbidden { missing: vec!["Accounts: see all records".to_owned()] };
            let message = format!("the user `{}` is no administrator any more", self.config.username);
            return Err(HttpFailure::found("organizations.read", class, message));
        }
        if found_none {
            let anything = Query::of(ACCOUNTS);
            let before_all = RecordId::before_all(prefix);
            if self.link.client.page("organizations.list", anything, before_all).await?.last.is_none() {
                let message = "vTiger shows no organization at all";
                return Err(client::malformed("organizations.read", message));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Crm for Vtiger {
    fn traits(&self) -> CrmTraits {
        CrmTraits {
            name: SYSTEM,
            batch: BATCH,
            companies_per_write: 1,
            page: PAGE,
            concurrency: BATCHES,
            calls_per_second: self.link.quotas.calls_per_second(),
            blanks: Blanks::Zero,
            known_by_label: true,
            contacts_apart: true,
            loopback: is_loopback(&self.config.client.base_url),
        }
    }

    async fn survey(&self) -> Result<Survey, CallError> {
        survey::survey(self).await
    }

    async fn count(&self, having: Option<InputProperty>) -> Result<Option<u64>, CallError> {
        // The language has no word for a field that is filled in.
        if having.is_some() {
            return Ok(None);
        }
        self.count_organizations().await.map(Some).map_err(during("reading companies", ACCOUNTS))
    }

    async fn companies(&self, from: Option<Cursor>) -> Result<Page<CompanyRecord>, CallError> {
        let failed = during("reading companies", ACCOUNTS);
        let organizations = self.organizations().await.map_err(&failed)?;
        let query = Query::of(ACCOUNTS).columns(organizations.columns());
        let page = self.organizations_behind(&organizations, query, from.as_ref()).await.map_err(&failed)?;
        let reading = self.reading(&organizations);
        let items = page.rows.iter().map(|row| reading.company(row)).collect();
        Ok(Page { items, next: page.last.map(cursor), total: None })
    }

    async fn open_deals(
        &self,
        _survey: &Survey,
        watched: &BTreeSet<PipelineId>,
        from: Option<Cursor>,
    ) -> Result<Page<OpenDeal>, CallError> {
        deals::open_deals(self, watched, from.as_ref())
            .await
            .map_err(during("reading open opportunities", POTENTIALS))
    }

    async fn last_contacts(&self, from: Option<Cursor>) -> Result<Page<DirectContact>, CallError> {
        contacts::last_contacts(self, from.as_ref()).await.map_err(during("reading direct contacts", EVENTS))
    }

    async fn read(&self, ids: &[CompanyId]) -> Result<Vec<CompanyLookup>, CallError> {
        self.look_up(ids).await.map_err(during("looking up companies", ACCOUNTS))
    }

    async fn write(&self, batch: &[CompanyWrite]) -> Result<Vec<WriteOutcome>, CallError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        write::write(self, batch).await
    }

    fn changes(&self) -> Option<&dyn Changes> {
        Some(self)
    }

    fn cards(&self) -> Option<&dyn Cards> {
        self.config.wake_up.is_some().then_some(self as &dyn Cards)
    }

    fn tasks(&self) -> Option<&dyn Tasks> {
        Some(self)
    }

    fn by_hand(&self, item: &SchemaItem) -> Option<HandWork> {
        Some(self.hand_work(item))
    }

    async fn create(&self, item: &SchemaItem) -> Result<(), CallError> {
        let message =
            format!("the webservice creates no fields. An administrator has to: {}", self.hand_work(item));
        let trouble = Trouble::Refused { code: "BY_HAND".to_owned(), message };
        Err(CallError { system: SYSTEM.to_owned(), operation: "creating a field".to_owned(), trouble })
    }

    fn usage(&self) -> Usage {
        invoices::without_sources(self.link.client.stack.usage())
    }
}

/// Where a list goes on: behind the record that the cursor names.
fn position(from: Option<&Cursor>, module: u64) -> Answered<RecordId> {
    let Some(cursor) = from else { return Ok(RecordId::before_all(module)) };
    let id: Option<RecordId> = cursor.0.parse().ok();
    id.filter(|id| id.module == module).ok_or_else(|| {
        client::malformed(
            "organizations.list",
            &format!("`{}` is no place in the list; start anew", cursor.0),
        )
    })
}

fn cursor(last: RecordId) -> Cursor {
    Cursor(last.to_string())
}
