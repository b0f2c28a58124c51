//! A world to run the engine in: a mock CRM over real HTTP, documents in memory, a state in a temporary folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sirank::connectors::fattureincloud::{FattureInCloud, FattureInCloudConfig, QuotaSettings};
use sirank::domain::catalogue::{Figure, Language};
use sirank::domain::company::CompanyRecord;
use sirank::domain::document::{DocumentDraft, DocumentKind, DraftKind, Party};
use sirank::domain::duplicates::DuplicateRule;
use sirank::domain::ids::{CompanyId, PipelineId, SourceName};
use sirank::domain::intake::CurrencyRules;
use sirank::domain::plan::GuardRules;
use sirank::domain::rules::Rules;
use sirank::domain::tasks::TaskRules;
use sirank::domain::time::Day;
use sirank::engine::{
    Engine, EngineError, InputMapping, LastSurvey, Policy, Progress, Reading, Request, RunReport, Scope,
    SetupReport,
};
use sirank::http::{ClientSettings, Policy as RetryPolicy, StaticToken};
use sirank::ports::{
    CallError, Cards, Changes, CompanyLookup, CompanyWrite, Crm, CrmTraits, Cursor, DirectContact, HandWork,
    InputProperty, InvoiceSource, OpenDeal, Page, SchemaItem, SourceProbe, Survey, Tasks, Trouble, Usage,
    WriteOutcome,
};
use sirank::store::{Retention, Store};
use sirank_mocks::fattureincloud::FattureInCloud as FattureMock;
use sirank_mocks::seed;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::crm::{Connection, Entry, Vendor, Written};
use crate::hubspot_support::{NOON, hurried};

/// The day of the reference figures.
pub(crate) const AS_OF: &str = "2013-12-31";
/// The token of the accounting system.
pub(crate) const ACCOUNTING_TOKEN: &str = "a/test";

/// Documents in memory, delivered in pages.
pub(crate) struct Books {
    pub(crate) name: &'static str,
    pub(crate) documents: Arc<Mutex<Vec<DocumentDraft>>>,
    /// Where the open reading stands, of books whose reading ends with the process; none for all others.
    pub(crate) stands_at: Option<Mutex<Option<Cursor>>>,
    /// Whether there is no second page to be had.
    pub(crate) interrupted: bool,
}

const PAGE: usize = 500;

#[async_trait]
impl InvoiceSource for Books {
    fn name(&self) -> SourceName {
        self.name.into()
    }

    async fn probe(&self) -> Result<SourceProbe, CallError> {
        Ok(SourceProbe::default())
    }

    async fn documents(&self, _: Day, from: Option<Cursor>) -> Result<Page<DocumentDraft>, CallError> {
        if self.interrupted && from.is_some() {
            return Err(CallError {
                system: self.name.to_owned(),
                operation: "reading documents".to_owned(),
                trouble: Trouble::Unavailable { message: "interrupted".to_owned(), retry_after: None },
            });
        }
        let start: usize = from.map_or(0, |cursor| cursor.0.parse().unwrap());
        let documents = self.documents.lock().unwrap();
        let items: Vec<_> = documents.iter().skip(start).take(PAGE).cloned().collect();
        let end = start + items.len();
        let next = (end < documents.len()).then(|| Cursor(end.to_string()));
        if let Some(place) = &self.stands_at {
            place.lock().unwrap().clone_from(&next);
        }
        Ok(Page { items, next, total: Some(documents.len() as u64) })
    }

    fn resumes_at(&self, next: &Cursor) -> bool {
        self.stands_at.as_ref().is_none_or(|place| place.lock().unwrap().as_ref() == Some(next))
    }

    fn usage(&self) -> Usage {
        Usage::default()
    }
}

/// A CRM that counts as one on another machine, where the as-of date is guarded.
struct Elsewhere(Box<dyn Crm>);

#[async_trait]
impl Crm for Elsewhere {
    fn traits(&self) -> CrmTraits {
        CrmTraits { loopback: false, ..self.0.traits() }
    }

    async fn survey(&self) -> Result<Survey, CallError> {
        self.0.survey().await
    }

    async fn count(&self, having: Option<InputProperty>) -> Result<Option<u64>, CallError> {
        self.0.count(having).await
    }

    async fn companies(&self, from: Option<Cursor>) -> Result<Page<CompanyRecord>, CallError> {
        self.0.companies(from).await
    }

    async fn open_deals(
        &self,
        survey: &Survey,
        watched: &BTreeSet<PipelineId>,
        from: Option<Cursor>,
    ) -> Result<Page<OpenDeal>, CallError> {
        self.0.open_deals(survey, watched, from).await
    }

    fn changes(&self) -> Option<&dyn Changes> {
        self.0.changes()
    }

    fn cards(&self) -> Option<&dyn Cards> {
        self.0.cards()
    }

    fn tasks(&self) -> Option<&dyn Tasks> {
        self.0.tasks()
    }

    async fn last_contacts(&self, from: Option<Cursor>) -> Result<Page<DirectContact>, CallError> {
        self.0.last_contacts(from).await
    }

    async fn read(&self, ids: &[CompanyId]) -> Result<Vec<CompanyLookup>, CallError> {
        self.0.read(ids).await
    }

    async fn write(&self, batch: &[CompanyWrite]) -> Result<Vec<WriteOutcome>, CallError> {
        self.0.write(batch).await
    }

    async fn may_write(&self) -> Result<(), CallError> {
        self.0.may_write().await
    }

    fn by_hand(&self, item: &SchemaItem) -> Option<HandWork> {
        self.0.by_hand(item)
    }

    async fn create(&self, item: &SchemaItem) -> Result<(), CallError> {
        self.0.create(item).await
    }

    fn usage(&self) -> Usage {
        self.0.usage()
    }
}

/// Says nothing.
pub(crate) struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _step: &str, _total: Option<u64>) {}
    fn advance(&self, _items: u64) {}
    fn end(&self) {}
}

/// A CRM, books and a state.
pub(crate) struct World<V> {
    pub(crate) crm: V,
    pub(crate) books: Arc<Mutex<Vec<DocumentDraft>>>,
    /// The books of another source beside them, empty where there is none.
    pub(crate) archive: Arc<Mutex<Vec<DocumentDraft>>>,
    /// Whether a reading of the books ends with the process.
    pub(crate) forgetful: bool,
    /// Whether there is no second page of the books to be had.
    pub(crate) interrupted: bool,
    pub(crate) policy: Policy,
    pub(crate) stop: CancellationToken,
    /// The accounting system in place of the books.
    pub(crate) fatture: Option<FattureMock>,
    /// How long the HTTP stack bears with servers that tell to wait.
    pub(crate) budget: Duration,
    /// How long it waits for an answer.
    pub(crate) timeout: Duration,
    /// Whether the CRM counts as one on another machine.
    pub(crate) elsewhere: bool,
    pub(crate) today: Day,
    folder: TempDir,
}

impl<V: Vendor> World<V> {
    /// The 301 companies of the customer matrix and their documents; nothing is set up in the CRM yet.
    pub(crate) async fn cluster301() -> Self {
        let books = seed::document_rows().unwrap().into_iter().map(draft).collect();
        Self::of(V::cluster301(usize::MAX).await, books)
    }

    /// A CRM and books.
    pub(crate) fn of(crm: V, books: Vec<DocumentDraft>) -> Self {
        Self {
            crm,
            books: Arc::new(Mutex::new(books)),
            archive: Arc::default(),
            forgetful: false,
            interrupted: false,
            policy: policy(V::inputs()),
            stop: CancellationToken::new(),
            fatture: None,
            budget: Duration::from_mins(1),
            timeout: Duration::from_mins(1),
            elsewhere: false,
            today: AS_OF.parse().unwrap(),
            folder: TempDir::new().unwrap(),
        }
    }

    /// The same, with the properties in place.
    pub(crate) async fn ready() -> Self {
        let world = Self::cluster301().await;
        world.setup().await;
        world.crm.forget();
        world
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("sirank.sqlite3")
    }

    pub(crate) fn store(&self) -> Arc<Store> {
        Arc::new(Store::open(&self.state()).unwrap())
    }

    pub(crate) fn delete_state(&self) {
        for file in std::fs::read_dir(self.folder.path()).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
    }

    /// Sets the CRM up, with the help of an administrator where that is needed.
    pub(crate) async fn setup(&self) -> SetupReport {
        let store = self.store();
        let report = self.with_engine(&store, async |engine| engine.setup(false).await.unwrap()).await;
        self.crm.administrators_do(&report.by_hand);
        report
    }

    pub(crate) async fn backfill(&self) -> Result<RunReport, EngineError> {
        self.run(request()).await
    }

    pub(crate) async fn run(&self, request: Request) -> Result<RunReport, EngineError> {
        let store = self.store();
        self.with_engine(&store, async |engine| engine.run(&request).await).await
    }

    pub(crate) async fn apply(&self, plan: &str) -> Result<RunReport, EngineError> {
        let store = self.store();
        self.with_engine(&store, async |engine| engine.apply_plan(plan, self.today).await).await
    }

    /// Does something with an engine over new connectors, as a new process would have them.
    pub(crate) async fn with_engine<T>(
        &self,
        store: &Arc<Store>,
        work: impl AsyncFnOnce(Engine<'_>) -> T,
    ) -> T {
        let fatture = self.fatture.as_ref().map(|mock| self.accounting(mock, store));
        let connector = self.crm.connect(&Connection {
            ledger: store.clone(),
            timeout: self.timeout,
            budget: self.budget,
            inputs: &self.policy.inputs,
            wake_up: self.policy.wake_up.as_ref().map(|wake_up| &wake_up.names),
        });
        let crm: Box<dyn Crm> = if self.elsewhere { Box::new(Elsewhere(connector)) } else { connector };
        let books = |name, documents: &Arc<Mutex<Vec<DocumentDraft>>>| -> Box<dyn InvoiceSource> {
            let stands_at = self.forgetful.then(Mutex::default);
            Box::new(Books { name, documents: documents.clone(), stands_at, interrupted: self.interrupted })
        };
        let mut sources = vec![fatture.unwrap_or_else(|| books("books", &self.books))];
        if !self.archive.lock().unwrap().is_empty() {
            sources.push(books("archive", &self.archive));
        }
        work(Engine {
            store,
            crm: crm.as_ref(),
            sources: &sources,
            survey: &LastSurvey::default(),
            policy: &self.policy,
            progress: &Quiet,
            stop: &self.stop,
        })
        .await
    }

    fn accounting(&self, mock: &FattureMock, store: &Arc<Store>) -> Box<dyn InvoiceSource> {
        let mut client = ClientSettings::new(mock.base_url().parse().unwrap());
        client.request_timeout = self.timeout;
        client.max_body_bytes = 1 << 20;
        Box::new(
            FattureInCloud::new(FattureInCloudConfig {
                name: "fatture".into(),
                company_id: seed::COMPANY_ID.to_string(),
                client,
                tokens: Arc::new(StaticToken::new(ACCOUNTING_TOKEN.to_owned().into())),
                zone: chrono_tz::Europe::Rome,
                quotas: QuotaSettings { five_minutes: 100_000, hourly: 100_000, ..QuotaSettings::default() },
                policy: RetryPolicy { budget: self.budget, ..hurried() },
                ledger: store.clone(),
                wall: Arc::new(|| DateTime::<Utc>::from_timestamp_millis(NOON).unwrap()),
            })
            .unwrap(),
        )
    }

    /// Every value of sirank's figures that the CRM holds.
    pub(crate) fn written(&self) -> Written {
        self.crm.written()
    }

    /// A company of the data.
    pub(crate) fn company_of(&self, company: &str) -> CompanyId {
        let rows = seed::company_rows().unwrap();
        let name = rows.into_iter().find(|row| row.company_id == company).unwrap().name;
        self.crm.find(Entry::Name, &name).unwrap()
    }

    /// The company with a VAT number.
    pub(crate) fn company(&self, vat_number: &str) -> CompanyId {
        self.crm.find(Entry::Input(InputProperty::VatNumber), vat_number).unwrap()
    }

    /// A figure of the company with a VAT number.
    pub(crate) fn value(&self, vat_number: &str, figure: Figure) -> Option<String> {
        self.crm.figure(&self.company(vat_number), figure)
    }

    /// A person edits the company with a VAT number.
    pub(crate) fn edit(&self, vat_number: &str, entry: Entry, text: &str) {
        self.crm.person_edits(&self.company(vat_number), entry, text);
    }

    /// Without guards, so that the shares of a small world do not matter.
    pub(crate) fn unguarded(mut self) -> Self {
        self.policy.guards.max_clear_share = 1.into();
        self.policy.guards.max_cluster_change_share = 1.into();
        self.policy.guards.min_feed_share = 0.into();
        self.policy.guards.max_card_close_share = 1.into();
        self
    }
}

/// A backfill that writes.
pub(crate) fn request() -> Request {
    let as_of: Day = AS_OF.parse().unwrap();
    Request {
        command: "backfill",
        as_of,
        today: as_of,
        reading: Reading::Whole,
        scope: Scope::default(),
        apply: true,
        resume: false,
    }
}

/// The rules of the reference figures.
pub(crate) fn policy(inputs: Vec<InputMapping>) -> Policy {
    let mut rules = Rules::default();
    rules.cold.excluded_categories = ["PA", "UTILIZZATORE FINALE"].map(str::to_owned).into();
    Policy {
        rules,
        currency: CurrencyRules::default(),
        duplicates: DuplicateRule::Report,
        sellers: BTreeMap::new(),
        figures: Figure::ALL.into_iter().collect(),
        language: Language::En,
        guards: GuardRules::default(),
        watched_pipelines: Some(vec!["sales".into(), "ecommerce".into()]),
        excluded_categories: vec!["PA".into(), "UTILIZZATORE FINALE".into()],
        inputs,
        reread_after: Duration::from_mins(15),
        whole_after: Duration::from_hours(24),
        silence_pause: Duration::from_millis(1),
        retention: Retention::default(),
        zone: chrono_tz::Europe::Rome,
        wake_up: None,
        tasks: TaskRules::default(),
    }
}

fn draft(row: seed::DocumentRow) -> DocumentDraft {
    let kind = match row.kind.as_str() {
        "invoice" => DocumentKind::Invoice,
        _ => DocumentKind::CreditNote,
    };
    DocumentDraft {
        id: row.document_id.clone(),
        number: row.document_id.clone(),
        party: Party { vat_number: Some(row.vat_number), ..Party::default() },
        kind: Ok(DraftKind::Issued(kind)),
        date: Some(row.date),
        net: Some(row.net_amount),
        place: row.document_id,
        ..DocumentDraft::default()
    }
}
