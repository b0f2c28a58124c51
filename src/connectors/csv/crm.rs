//! CSV files in the place of a CRM: companies are read from one file, figures are written to another.
//!
//! # Guarantees
//! - The companies file is never written.
//! - The figures file is replaced as a whole: a batch is in it or is not.
//!
//! # Caveats
//! All figures are in memory while a batch is written. It is meant for trying sirank out and for small companies.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::figures_file::{self, FigureValues};
use super::header::Header;
use super::input::InputError;
use super::name_of;
use super::paged::PagedFile;
use super::records::{COMMA, Record};
use crate::domain::catalogue::Figure;
use crate::domain::company::{CompanyKeysText, CompanyRecord};
use crate::domain::ids::{CompanyId, DealId, OwnerId, PipelineId};
use crate::domain::time::Day;
use crate::domain::value::ValueKind;
use crate::ports::{
    CallError, CompanyLookup, CompanyWrite, Crm, CrmTraits, Cursor, Finding, OpenDeal, Page, Pipeline,
    PropertyState, SchemaItem, Severity, Survey, Trouble, Usage, WriteOutcome,
};

/// How many companies one page holds.
const PAGE: usize = 5_000;
/// How many companies one write may hold: each write replaces the whole file.
const BATCH: usize = 50_000;
/// How many bad rows a finding names.
const NAMED: usize = 5;

/// Which files stand in for a CRM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvCrmConfig {
    /// The companies, one a row.
    pub companies: PathBuf,
    /// The figures; need not exist.
    pub figures: PathBuf,
    /// The names of the columns of the companies.
    pub columns: CompanyColumns,
    /// What the names of the columns of figures begin with.
    pub prefix: String,
    /// Pipelines that there are even if no company has a deal in them now.
    pub pipelines: Vec<String>,
}

/// The names of the columns of the companies file. Only the id has to be there.
///
/// A file that lacks one of these names, but has the default one, is read by that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyColumns {
    /// The id.
    pub company_id: String,
    /// The name.
    pub name: String,
    /// The VAT number.
    pub vat_number: String,
    /// The tax code.
    pub tax_code: String,
    /// The accounting system's customer id.
    pub customer_id: String,
    /// The country.
    pub country: String,
    /// The potential.
    pub potential: String,
    /// The category.
    pub category: String,
    /// The D&P mark.
    pub d_and_p: String,
    /// The owner. Every owner is active.
    pub owner: String,
    /// The day of creation.
    pub created: String,
    /// The day of the last direct contact.
    pub last_contacted: String,
    /// The pipelines with an open deal, joined by `|`.
    pub open_deal_pipelines: String,
}

impl Default for CompanyColumns {
    fn default() -> Self {
        Self {
            company_id: "company_id".to_owned(),
            name: "name".to_owned(),
            vat_number: "vat_number".to_owned(),
            tax_code: "tax_code".to_owned(),
            customer_id: "customer_id".to_owned(),
            country: "country".to_owned(),
            potential: "potential".to_owned(),
            category: "category".to_owned(),
            d_and_p: "d_and_p".to_owned(),
            owner: "owner".to_owned(),
            created: "created".to_owned(),
            last_contacted: "last_contacted".to_owned(),
            open_deal_pipelines: "open_deal_pipelines".to_owned(),
        }
    }
}

/// CSV files in the place of a CRM.
pub struct CsvCrm {
    files: Arc<Files>,
    usage: Mutex<Usage>,
}

impl CsvCrm {
    /// The CRM of two files. Nothing is opened yet.
    pub fn new(config: CsvCrmConfig) -> Self {
        Self {
            files: Arc::new(Files { config, one_writer: Mutex::default(), pulled: Mutex::default() }),
            usage: Mutex::default(),
        }
    }

    /// Does what blocks on a thread that may be blocked.
    async fn blocking<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Files) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, CallError> {
        let files = self.files.clone();
        let done = tokio::task::spawn_blocking(move || work(&files)).await;
        let done = done.unwrap_or_else(|panic| Err(Trouble::Malformed(panic.to_string())));
        done.map_err(|trouble| CallError {
            system: "CSV files".to_owned(),
            operation: doing.to_owned(),
            trouble,
        })
    }
}

#[async_trait]
impl Crm for CsvCrm {
    fn traits(&self) -> CrmTraits {
        CrmTraits {
            name: "CSV files",
            batch: BATCH,
            page: PAGE,
            concurrency: 1,
            calls_per_second: None,
            loopback: true,
        }
    }

    async fn survey(&self) -> Result<Survey, CallError> {
        self.blocking("looking at the files", Files::survey).await
    }

    async fn companies(&self, from: Option<Cursor>) -> Result<Page<CompanyRecord>, CallError> {
        self.blocking("reading companies", move |files| {
            let figures = files.figures_of_pull(from.is_none())?;
            files.page(from, |companies, record| companies.record(record, &figures))
        })
        .await
    }

    async fn open_deals(
        &self,
        _survey: &Survey,
        watched: &BTreeSet<PipelineId>,
        from: Option<Cursor>,
    ) -> Result<Page<OpenDeal>, CallError> {
        let watched = watched.clone();
        self.blocking("reading open deals", move |files| {
            let page = files.page(from, |companies, record| Some(companies.open_deals(record)))?;
            let mut items: Vec<OpenDeal> = page.items.into_iter().flatten().collect();
            items.retain(|deal| watched.contains(&deal.pipeline));
            Ok(Page { items, next: page.next, total: None })
        })
        .await
    }

    async fn read(&self, ids: &[CompanyId]) -> Result<Vec<CompanyLookup>, CallError> {
        let ids = ids.to_vec();
        self.blocking("looking up companies", move |files| files.look_up(&ids)).await
    }

    async fn write(&self, batch: &[CompanyWrite]) -> Result<Vec<WriteOutcome>, CallError> {
        let batch = batch.to_vec();
        let outcomes = self.blocking("writing figures", move |files| files.write(&batch)).await?;
        let mut usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        *usage.calls.entry("figures.write").or_default() += 1;
        usage.writes += 1;
        Ok(outcomes)
    }

    async fn create(&self, _item: &SchemaItem) -> Result<(), CallError> {
        // Every column of figures is written with the first figures; columns that people fill in are theirs.
        Ok(())
    }

    fn usage(&self) -> Usage {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The two files.
struct Files {
    config: CsvCrmConfig,
    one_writer: Mutex<()>,
    /// The figures as they were when the first page of companies was read.
    pulled: Mutex<Option<Arc<FigureValues>>>,
}

impl Files {
    fn open(&self, line: u64) -> Result<(PagedFile, Companies), InputError> {
        let file = &self.config.companies;
        let open = PagedFile::open(file, COMMA, line)?;
        let companies = Companies::of(&self.config, open.header())?;
        Ok((open, companies))
    }

    fn figures(&self) -> Result<FigureValues, InputError> {
        figures_file::read(&self.config.figures, &self.config.prefix)
    }

    /// The figures for a page of companies: read with the first page, kept for the others.
    fn figures_of_pull(&self, first_page: bool) -> Result<Arc<FigureValues>, InputError> {
        let mut pulled = self.pulled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(figures) = pulled.as_ref().filter(|_| !first_page) {
            return Ok(figures.clone());
        }
        let figures = Arc::new(self.figures()?);
        *pulled = Some(figures.clone());
        Ok(figures)
    }

    /// A page of the companies, those left out for which `read` gives nothing.
    fn page<T>(
        &self,
        from: Option<Cursor>,
        mut read: impl FnMut(&Companies, &Record<'_>) -> Option<T>,
    ) -> Result<Page<T>, Trouble> {
        let line = match from {
            None => 0,
            Some(Cursor(text)) => text
                .parse()
                .map_err(|_| Trouble::Malformed(format!("`{text}` is no line of the companies file")))?,
        };
        let (mut open, companies) = self.open(line)?;
        let mut items = Vec::new();
        open.read(PAGE, |record| items.extend(read(&companies, record)))?;
        let next = open.has_more()?.then(|| Cursor(open.line().to_string()));
        Ok(Page { items, next, total: None })
    }

    fn survey(&self) -> Result<Survey, Trouble> {
        let (mut open, companies) = self.open(0)?;
        let mut pipelines: BTreeSet<String> = self.config.pipelines.iter().cloned().collect();
        let mut owners = BTreeSet::new();
        let mut ids = HashSet::new();
        let mut bad = Vec::new();
        open.read(usize::MAX, |record| {
            if let Some(fault) = companies.fault(record) {
                bad.push(fault);
            } else if !ids.insert(companies.id(record)) {
                bad.push(format!("row {}: the company_id occurs before; the later row counts", record.line));
            }
            owners.extend(companies.text(record, companies.owner).map(OwnerId::new));
            pipelines.extend(companies.pipelines(record));
        })?;
        self.figures()?;
        let mut properties = companies.inputs(&self.config.columns);
        properties.extend(
            Figure::ALL.map(|figure| (figure.property_name(&self.config.prefix), figure_state(figure))),
        );
        Ok(Survey {
            account: self.config.companies.display().to_string(),
            properties,
            figure_properties: Figure::ALL
                .map(|figure| (figure, figure.property_name(&self.config.prefix)))
                .into(),
            pipelines: pipelines
                .into_iter()
                .map(|name| Pipeline { id: PipelineId::from(name.as_str()), label: name, stages: Vec::new() })
                .collect(),
            active_owners: owners,
            findings: bad_rows(&name_of(&self.config.companies), &bad).into_iter().collect(),
            ..Survey::default()
        })
    }

    fn look_up(&self, ids: &[CompanyId]) -> Result<Vec<CompanyLookup>, Trouble> {
        let wanted: BTreeSet<&CompanyId> = ids.iter().collect();
        let figures = self.figures()?;
        let (mut open, companies) = self.open(0)?;
        let mut found = BTreeMap::new();
        open.read(usize::MAX, |record| {
            if wanted.contains(&companies.id(record)) {
                found.extend(companies.record(record, &figures).map(|company| (company.id.clone(), company)));
            }
        })?;
        let look_up = |id: &CompanyId| match found.get(id) {
            Some(company) => CompanyLookup::Found(Box::new(company.clone())),
            None => CompanyLookup::Gone(id.clone()),
        };
        Ok(ids.iter().map(look_up).collect())
    }

    fn write(&self, batch: &[CompanyWrite]) -> Result<Vec<WriteOutcome>, Trouble> {
        let _one_writer = self.one_writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut there = HashSet::new();
        let (mut open, companies) = self.open(0)?;
        open.read(usize::MAX, |record| {
            there.insert(companies.id(record));
        })?;
        let mut figures = self.figures()?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for write in batch {
            if !there.contains(&write.id) {
                outcomes.push(WriteOutcome::Gone);
                continue;
            }
            let values = figures.entry(write.id.clone()).or_default();
            for (figure, value) in &write.values {
                match value {
                    Some(value) => drop(values.insert(*figure, value.clone())),
                    None => drop(values.remove(figure)),
                }
            }
            outcomes.push(WriteOutcome::Applied);
        }
        let file = &self.config.figures;
        figures_file::write(file, &self.config.prefix, &figures).map_err(|error| Trouble::Unavailable {
            message: format!("{}: cannot be written: {error}", file.display()),
            retry_after: None,
        })?;
        Ok(outcomes)
    }
}

fn figure_state(figure: Figure) -> PropertyState {
    let description = figure.describe();
    PropertyState {
        label: description.label.en.to_owned(),
        kind: Ok(description.kind),
        options: description.options.iter().map(|option| option.name.to_owned()).collect(),
        read_only: false,
    }
}

fn bad_rows(file: &str, bad: &[String]) -> Option<Finding> {
    let first = bad.first()?;
    let named: Vec<&str> = bad.iter().take(NAMED).map(String::as_str).collect();
    Some(Finding {
        severity: Severity::Warning,
        place: format!("csv.companies: {file}"),
        what: if bad.len() == 1 {
            first.clone()
        } else {
            format!("{} rows have faults: {}", bad.len(), named.join("; "))
        },
        advice: "Mend the rows; what cannot be read is left out".to_owned(),
    })
}

/// Reads rows of the companies file.
struct Companies {
    width: usize,
    company_id: usize,
    name: Option<usize>,
    vat_number: Option<usize>,
    tax_code: Option<usize>,
    customer_id: Option<usize>,
    country: Option<usize>,
    potential: Option<usize>,
    category: Option<usize>,
    d_and_p: Option<usize>,
    owner: Option<usize>,
    created: Option<usize>,
    last_contacted: Option<usize>,
    open_deal_pipelines: Option<usize>,
}

impl Companies {
    fn of(config: &CsvCrmConfig, header: &Header) -> Result<Self, InputError> {
        let file = &config.companies;
        let columns = &config.columns;
        let usual = CompanyColumns::default();
        let at = |name: &String, usual: &String| match header.position(file, name)? {
            None => header.position(file, usual),
            found => Ok(found),
        };
        let [company_id] = match header.position(file, &columns.company_id)? {
            Some(position) => [position],
            None => header.require(file, [usual.company_id.as_str()])?.positions(),
        };
        Ok(Self {
            width: header.width(),
            company_id,
            name: at(&columns.name, &usual.name)?,
            vat_number: at(&columns.vat_number, &usual.vat_number)?,
            tax_code: at(&columns.tax_code, &usual.tax_code)?,
            customer_id: at(&columns.customer_id, &usual.customer_id)?,
            country: at(&columns.country, &usual.country)?,
            potential: at(&columns.potential, &usual.potential)?,
            category: at(&columns.category, &usual.category)?,
            d_and_p: at(&columns.d_and_p, &usual.d_and_p)?,
            owner: at(&columns.owner, &usual.owner)?,
            created: at(&columns.created, &usual.created)?,
            last_contacted: at(&columns.last_contacted, &usual.last_contacted)?,
            open_deal_pipelines: at(&columns.open_deal_pipelines, &usual.open_deal_pipelines)?,
        })
    }

    /// The columns that people fill in, as properties.
    fn inputs(&self, columns: &CompanyColumns) -> BTreeMap<String, PropertyState> {
        let inputs = [
            (&columns.vat_number, self.vat_number),
            (&columns.tax_code, self.tax_code),
            (&columns.customer_id, self.customer_id),
            (&columns.country, self.country),
            (&columns.potential, self.potential),
            (&columns.category, self.category),
            (&columns.d_and_p, self.d_and_p),
        ];
        let there = inputs.into_iter().filter(|(_, position)| position.is_some());
        there
            .map(|(name, _)| {
                let kind = Ok(ValueKind::Text);
                let state =
                    PropertyState { label: name.clone(), kind, options: Vec::new(), read_only: false };
                (name.clone(), state)
            })
            .collect()
    }

    /// What is wrong with a row; a row with a wrong number of fields or without an id is left out.
    fn fault(&self, record: &Record<'_>) -> Option<String> {
        let row = record.line;
        if record.len() != self.width {
            return Some(format!("row {row}: {}", super::wrong_width(record, self.width)));
        }
        if record.field(self.company_id).is_empty() {
            return Some(format!("row {row}, column `company_id`: is empty"));
        }
        let days = [("created", self.created), ("last_contacted", self.last_contacted)];
        days.into_iter().find_map(|(column, position)| {
            let error = self.text(record, position)?.parse::<Day>().err()?;
            Some(format!("row {row}, column `{column}`: {error}"))
        })
    }

    fn record(&self, record: &Record<'_>, figures: &FigureValues) -> Option<CompanyRecord> {
        let id = self.id(record);
        if record.len() != self.width || id.as_str().is_empty() {
            return None;
        }
        let text = |position| self.text(record, position);
        let day = |position| text(position).and_then(|text| text.parse().ok());
        Some(CompanyRecord {
            name: text(self.name).unwrap_or_default(),
            created: day(self.created),
            keys: CompanyKeysText {
                customer_id: text(self.customer_id),
                vat_number: text(self.vat_number),
                tax_code: text(self.tax_code),
                country: text(self.country),
            },
            potential: text(self.potential),
            category: text(self.category),
            d_and_p: text(self.d_and_p),
            owner: text(self.owner).map(OwnerId::new),
            last_contact: day(self.last_contacted),
            observed: figures
                .get(&id)
                .into_iter()
                .flatten()
                .map(|(figure, value)| (*figure, value.clone()))
                .collect(),
            id,
        })
    }

    /// One open deal for each pipeline that the row names.
    fn open_deals(&self, record: &Record<'_>) -> Vec<OpenDeal> {
        let company = self.id(record);
        let deal = |pipeline: String| OpenDeal {
            id: DealId::new(format!("{company}/{pipeline}")),
            pipeline: PipelineId::new(pipeline),
            companies: vec![company.clone()],
        };
        self.pipelines(record).into_iter().map(deal).collect()
    }

    fn id(&self, record: &Record<'_>) -> CompanyId {
        CompanyId::new(String::from_utf8_lossy(record.field(self.company_id)).into_owned())
    }

    fn pipelines(&self, record: &Record<'_>) -> BTreeSet<String> {
        let joined = self.text(record, self.open_deal_pipelines).unwrap_or_default();
        joined.split('|').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    fn text(&self, record: &Record<'_>, position: Option<usize>) -> Option<String> {
        let text = String::from_utf8_lossy(record.field(position?)).into_owned();
        Some(text).filter(|text| record.len() == self.width && !text.is_empty())
    }
}
