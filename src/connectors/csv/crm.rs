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

use super::company_rows::{Companies, CompanyColumns};
use super::figures_file::{self, FigureValues};
use super::input::{Form, InputError};
use super::name_of;
use super::paged::PagedFile;
use super::records::Record;
use crate::domain::catalogue::Figure;
use crate::domain::company::CompanyRecord;
use crate::domain::ids::{CompanyId, PipelineId};
use crate::domain::value::Blanks;
use crate::ports::{
    CallError, CompanyLookup, CompanyWrite, Crm, CrmTraits, Cursor, Finding, InputProperty, OpenDeal, Page,
    Pipeline, PropertyState, SchemaItem, Severity, Survey, Trouble, Usage, WriteOutcome,
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
            companies_per_write: BATCH,
            page: PAGE,
            concurrency: 1,
            calls_per_second: None,
            blanks: Blanks::Empty,
            known_by_label: false,
            contacts_apart: false,
            loopback: true,
        }
    }

    async fn survey(&self) -> Result<Survey, CallError> {
        self.blocking("looking at the files", Files::survey).await
    }

    async fn count(&self, having: Option<InputProperty>) -> Result<Option<u64>, CallError> {
        self.blocking("counting companies", move |files| files.count(having).map(Some)).await
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
        let open = PagedFile::open(file, Form::default(), line)?;
        let companies = Companies::of(file, &self.config.columns, open.header())?;
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

    /// How many companies there are, or how many have an input.
    fn count(&self, having: Option<InputProperty>) -> Result<u64, Trouble> {
        let (mut open, companies) = self.open(0)?;
        let no_figures = FigureValues::default();
        let mut count = 0;
        open.read(usize::MAX, |record| {
            let company = companies.record(record, &no_figures);
            count += u64::from(company.is_some_and(|company| having.is_none_or(|input| company.has(input))));
        })?;
        Ok(count)
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
            owners.extend(companies.owner(record));
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
            outcomes.push(WriteOutcome::Applied(None));
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
