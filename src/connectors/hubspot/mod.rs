//! HubSpot as a CRM, on its date-versioned API.

mod batch;
mod board;
mod cards;
mod cards_write;
mod changes;
mod classify;
mod client;
mod config;
mod deals;
mod documents;
mod html;
mod invoices;
mod look_up;
mod map;
mod news;
mod oauth;
mod objects;
mod problem;
mod purchases;
mod quota;
mod records;
mod schema;
mod search;
mod server_clock;
mod survey;
mod tasks;
mod tasks_write;
#[cfg(test)]
mod tests;
mod trouble;
mod wire;
mod won;
mod write;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use self::classify::HubSpotDialect;
use self::client::{BATCH, Client};
pub use self::config::{
    ApiVersion, HubSpotConfig, HubSpotInvoiceSettings, Mapping, QuotaSettings, WonDealSettings,
};
pub use self::invoices::HubSpotInvoices;
use self::look_up::by_id;
use self::map::Reader;
pub use self::oauth::{oauth, scopes, scopes_with_invoices};
use self::objects::{COMPANIES, Objects};
pub use self::purchases::HubSpotWonDeals;
use self::quota::{ASSOCIATIONS, Quotas, SEARCH};
use self::server_clock::ServerClock;
use self::wire::Search;
use crate::domain::company::CompanyRecord;
use crate::domain::ids::{CompanyId, PipelineId};
use crate::domain::value::Blanks;
use crate::http::{Class, ClientError, HttpFailure, Lane, Stack, Transport, is_loopback};
use crate::ports::{
    CallError, Cards, Changes, CompanyLookup, CompanyWrite, Crm, CrmTraits, Cursor, InputProperty, OpenDeal,
    Page, SchemaItem, Survey, Tasks, Trouble, Usage, WriteOutcome,
};

/// The system, for people.
const SYSTEM: &str = "HubSpot";

/// A HubSpot account.
pub struct HubSpot {
    config: HubSpotConfig,
    client: Arc<Client>,
    quotas: Quotas,
    reader: Reader,
    clock: ServerClock,
    /// The company properties of the portal, once surveyed: no others are asked for.
    known: Mutex<Option<BTreeSet<String>>>,
    /// The kinds of records whose group of sirank's own properties is known to be there.
    groups: Mutex<BTreeSet<&'static str>>,
}

impl HubSpot {
    /// The connector of an account. Nothing is sent yet.
    ///
    /// # Errors
    /// Where no client can be built: the base URL, the certificate authorities.
    pub fn new(config: HubSpotConfig) -> Result<Self, ClientError> {
        let transport = Transport::new(&config.client)?;
        let host = config.client.base_url.host_str().unwrap_or_default();
        let quotas = Quotas::new(&config.quotas, config.zone, host, config.ledger.clone());
        let clock = ServerClock::default();
        let dialect = HubSpotDialect {
            quotas: quotas.clone(),
            settings: config.quotas.clone(),
            clock: clock.clone(),
            remedies: config.tokens.remedies().unwrap_or_else(classify::remedies),
        };
        let stack = Stack::builder(SYSTEM, transport, dialect, config.wall.clone())
            .tokens(config.tokens.clone())
            .policy(config.policy.clone())
            .lane(Lane::GENERAL, [quotas.burst.clone()])
            .lane(SEARCH, [quotas.search.clone()])
            .lane(ASSOCIATIONS, [quotas.associations.clone()])
            .budget(quotas.daily.clone())
            .build();
        let client = Arc::new(Client::new(stack, config.version.as_str()));
        let reader = Reader::new(&config);
        let (known, groups) = (Mutex::default(), Mutex::default());
        Ok(Self { config, client, quotas, reader, clock, known, groups })
    }

    /// The properties to ask for: the mapped ones and sirank's own, as far as the portal is known to have them.
    fn asked_properties(&self) -> Vec<String> {
        let mut names = self.reader.properties();
        if let Some(known) = &*self.known.lock().unwrap_or_else(PoisonError::into_inner) {
            names.retain(|name| known.contains(name));
        }
        names
    }

    fn remember_properties(&self, names: BTreeSet<String>) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(names);
    }

    fn remember_property(&self, name: String) {
        if let Some(known) = &mut *self.known.lock().unwrap_or_else(PoisonError::into_inner) {
            known.insert(name);
        }
    }

    /// Whether the portal has a property, as far as it was surveyed.
    fn has_property(&self, name: &str) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().is_none_or(|known| known.contains(name))
    }

    fn group_exists(&self, objects: &str) -> bool {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).contains(objects)
    }

    fn remember_group(&self, objects: &'static str) {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).insert(objects);
    }
}

#[async_trait]
impl Crm for HubSpot {
    fn traits(&self) -> CrmTraits {
        CrmTraits {
            name: SYSTEM,
            batch: BATCH,
            companies_per_write: BATCH,
            page: BATCH,
            concurrency: self.config.concurrency,
            calls_per_second: Some(self.quotas.burst.calls_per_second()),
            blanks: Blanks::Empty,
            known_by_label: false,
            contacts_apart: false,
            loopback: is_loopback(&self.config.client.base_url),
        }
    }

    async fn survey(&self) -> Result<Survey, CallError> {
        survey::survey(self).await
    }

    async fn count(&self, having: Option<InputProperty>) -> Result<Option<u64>, CallError> {
        let property = match having.map(|input| self.config.mapping.property(input)) {
            // The property is not mapped or not there, so no company has it; HubSpot refuses to search by it.
            Some(None) => return Ok(Some(0)),
            Some(Some(property)) if !self.has_property(property) => return Ok(Some(0)),
            Some(Some(property)) => Some(property),
            None => None,
        };
        let found = self.client.search(&COMPANIES, &Search::counting(property)).await;
        Ok(found.map_err(|failure| failure.during(SYSTEM, "counting companies"))?.total)
    }

    async fn companies(&self, from: Option<Cursor>) -> Result<Page<CompanyRecord>, CallError> {
        let after = from.as_ref().map(|cursor| cursor.0.as_str());
        let page = self
            .client
            .companies(&self.asked_properties(), after)
            .await
            .map_err(|failure| failure.during(SYSTEM, "reading companies"))?;
        let next = page.after();
        if next.is_some() && next.as_deref() == after {
            let trouble = Trouble::Malformed(
                "the next page of companies is the same page again, so the list would never end".to_owned(),
            );
            let operation = "reading companies".to_owned();
            return Err(CallError { system: SYSTEM.to_owned(), operation, trouble });
        }
        let items = page.results.iter().map(|record| self.reader.company(record)).collect();
        Ok(Page { items, next: next.map(Cursor), total: None })
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

    async fn open_deals(
        &self,
        survey: &Survey,
        watched: &BTreeSet<PipelineId>,
        from: Option<Cursor>,
    ) -> Result<Page<OpenDeal>, CallError> {
        deals::open_deals(&self.client, survey, watched, from)
            .await
            .map_err(|failure| failure.during(SYSTEM, "reading open deals"))
    }

    async fn read(&self, ids: &[CompanyId]) -> Result<Vec<CompanyLookup>, CallError> {
        self.look_up(ids).await.map_err(|failure| failure.during(SYSTEM, "looking up companies"))
    }

    async fn write(&self, batch: &[CompanyWrite]) -> Result<Vec<WriteOutcome>, CallError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        write::write(self, batch).await
    }

    async fn may_write(&self) -> Result<(), CallError> {
        self.may_write_objects(&COMPANIES).await
    }

    async fn create(&self, item: &SchemaItem) -> Result<(), CallError> {
        schema::create(self, item).await?;
        match item {
            SchemaItem::Figure(figure) => self.remember_property(figure.property_name(&self.config.prefix)),
            SchemaItem::Input(input) => {
                if let Some(name) = self.config.mapping.property(*input) {
                    self.remember_property(name.to_owned());
                }
            }
            SchemaItem::Options(..)
            | SchemaItem::Board
            | SchemaItem::Stages(..)
            | SchemaItem::CardField(_) => {}
        }
        Ok(())
    }

    fn usage(&self) -> Usage {
        documents::without_sources(self.client.stack.usage())
    }
}

impl HubSpot {
    /// Whether records may be written: a batch update of nothing changes nothing, whatever HubSpot thinks of it, and a
    /// missing scope is told before that.
    async fn may_write_objects(&self, objects: &'static Objects) -> Result<(), CallError> {
        let Err(failure) = self.client.update_nothing(objects).await else { return Ok(()) };
        let Class::Forbidden { missing } = &failure.class else { return Ok(()) };
        let missing = if missing.is_empty() { vec![objects.write_scope.to_owned()] } else { missing.clone() };
        Err(CallError {
            system: SYSTEM.to_owned(),
            operation: format!("asking whether {} may be written", objects.path),
            trouble: Trouble::Forbidden { missing, message: failure.message },
        })
    }

    /// Companies by id, in the order of the ids. An id that is answered by another record was merged into it.
    async fn look_up(&self, ids: &[CompanyId]) -> Result<Vec<CompanyLookup>, Box<HttpFailure>> {
        let asked = ids.iter().map(CompanyId::as_str).collect();
        let found = by_id(&self.client, &COMPANIES, &asked, &self.asked_properties(), |_| true).await?;
        let state = |id: &CompanyId| match found.get(id.as_str()) {
            Some(record) => CompanyLookup::Found(Box::new(self.reader.company(record))),
            None => CompanyLookup::Gone(id.clone()),
        };
        Ok(ids.iter().map(state).collect())
    }
}
