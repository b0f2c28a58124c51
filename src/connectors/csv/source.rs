//! CSV files as a source of documents.
//!
//! # Guarantees
//! - Rows are streamed: memory does not grow with the files.
//! - A row that cannot be used is delivered all the same, for the intake to reject it with its file and row.
//! - A document id that occurs again is delivered again: the later row counts, over all files in their order.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::header::Header;
use super::input::InputError;
use super::paged::PagedFile;
use super::records::Record;
use super::signature::signature;
use crate::domain::document::{DocumentDraft, DocumentKind, DraftKind, FieldNames, NotCounted, Party};
use crate::domain::ids::{DocumentId, SourceName};
use crate::ports::{
    CallError, ChangedDocuments, Cursor, Deleted, DocumentChanges, InvoiceSource, Mark, Page, SourceProbe,
    Trouble, Usage,
};

/// How many documents one page holds.
const PAGE: usize = 5_000;

/// Where documents are and how they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvSourceConfig {
    /// What the source is called.
    pub name: SourceName,
    /// The files, in the order in which they are read.
    pub files: Vec<PathBuf>,
    /// What separates fields.
    pub separator: u8,
    /// Which column holds what.
    pub columns: DocumentColumns,
    /// Which texts mean what kind.
    pub kinds: KindTexts,
}

/// The names of the columns in the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentColumns {
    /// The document's id.
    pub document_id: String,
    /// The date.
    pub date: String,
    /// The net amount.
    pub net_amount: String,
    /// The kind; without this column every row is an invoice.
    pub kind: String,
    /// The number printed on it; optional.
    pub number: String,
    /// The customer's VAT number; optional if there is another key.
    pub vat_number: String,
    /// The customer's tax code; optional.
    pub tax_code: String,
    /// The customer's id; optional.
    pub customer_id: String,
    /// The customer's name; optional.
    pub customer_name: String,
    /// The customer's country; optional.
    pub country: String,
    /// The currency; optional.
    pub currency: String,
    /// Units of the currency for one of the base currency; optional.
    pub exchange_rate: String,
}

impl Default for DocumentColumns {
    fn default() -> Self {
        Self {
            document_id: "document_id".to_owned(),
            date: "date".to_owned(),
            net_amount: "net_amount".to_owned(),
            kind: "kind".to_owned(),
            number: "number".to_owned(),
            vat_number: "vat_number".to_owned(),
            tax_code: "tax_code".to_owned(),
            customer_id: "customer_id".to_owned(),
            customer_name: "customer_name".to_owned(),
            country: "country".to_owned(),
            currency: "currency".to_owned(),
            exchange_rate: "exchange_rate".to_owned(),
        }
    }
}

/// The texts that name each kind; trimmed, upper and lower case alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindTexts(pub Vec<(String, DraftKind)>);

impl KindTexts {
    fn read(&self, text: &str) -> Result<DraftKind, String> {
        let same = |known: &str| known.trim().to_lowercase() == text.to_lowercase();
        self.0.iter().find(|(known, _)| same(known)).map(|(_, kind)| *kind).ok_or_else(|| text.to_owned())
    }
}

impl Default for KindTexts {
    /// The names of the kinds themselves.
    fn default() -> Self {
        let kinds = [
            ("invoice", DraftKind::Issued(DocumentKind::Invoice)),
            ("credit_note", DraftKind::Issued(DocumentKind::CreditNote)),
            ("draft", DraftKind::NotCounted(NotCounted::Draft)),
            ("pro_forma", DraftKind::NotCounted(NotCounted::ProForma)),
            ("void", DraftKind::NotCounted(NotCounted::Void)),
            ("discarded", DraftKind::NotCounted(NotCounted::Discarded)),
        ];
        Self(kinds.map(|(text, kind)| (text.to_owned(), kind)).into())
    }
}

/// CSV files with one document a row.
pub struct CsvSource {
    config: Arc<CsvSourceConfig>,
    reading: Arc<Mutex<Option<Reading>>>,
}

impl CsvSource {
    /// The source of some files. Nothing is opened yet.
    pub fn new(config: CsvSourceConfig) -> Self {
        Self { config: Arc::new(config), reading: Arc::default() }
    }

    /// Does what blocks on a thread that may be blocked.
    async fn blocking<T: Send + 'static>(
        &self,
        doing: &str,
        work: impl FnOnce(&CsvSourceConfig, &mut Option<Reading>) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, CallError> {
        let (config, reading) = (self.config.clone(), self.reading.clone());
        let done = tokio::task::spawn_blocking(move || {
            work(&config, &mut reading.lock().unwrap_or_else(PoisonError::into_inner))
        });
        let done = done.await.unwrap_or_else(|panic| Err(Trouble::Malformed(panic.to_string())));
        done.map_err(|trouble| CallError {
            system: format!("CSV source {}", self.config.name),
            operation: doing.to_owned(),
            trouble,
        })
    }
}

#[async_trait]
impl InvoiceSource for CsvSource {
    fn name(&self) -> SourceName {
        self.config.name.clone()
    }

    async fn probe(&self) -> Result<SourceProbe, CallError> {
        self.blocking("looking at the files", |config, _| {
            for file in 0..config.files.len() {
                Reading::at(config, Place { file, line: 0 })?;
            }
            let files: Vec<String> = config.files.iter().map(|file| file.display().to_string()).collect();
            Ok(SourceProbe { identity: files.join(", "), ..SourceProbe::default() })
        })
        .await
    }

    async fn documents(&self, from: Option<Cursor>) -> Result<Page<DocumentDraft>, CallError> {
        self.blocking("reading documents", move |config, reading| {
            let files = signature(&config.files)?;
            let place = match from {
                None => Place { file: 0, line: 0 },
                Some(Cursor(text)) => {
                    let (place, of_files) = Place::parse(&text)
                        .ok_or_else(|| Trouble::Malformed("no place in these files".to_owned()))?;
                    if of_files != files {
                        return Err(replaced(config));
                    }
                    place
                }
            };
            let mut open = match reading.take() {
                Some(open) if open.place() == place => open,
                _ => Reading::at(config, place)?,
            };
            let items = open.page(config)?;
            let next = open.skip_to_more(config)?.then(|| open.place().cursor(&files));
            *reading = next.is_some().then_some(open);
            Ok(Page { items, next, total: None })
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

/// Files that are as they were are not read again; of others only a whole reading tells what has changed.
#[async_trait]
impl DocumentChanges for CsvSource {
    async fn mark(&self) -> Result<Mark, CallError> {
        self.blocking("looking at the files", |config, _| Ok(Mark(signature(&config.files)?))).await
    }

    fn reading(&self) -> String {
        let mut hasher = DefaultHasher::new();
        format!("{:?}", self.config).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    async fn changed(&self, since: &Mark, _from: Option<Cursor>) -> Result<ChangedDocuments, CallError> {
        let mark = self.mark().await?;
        if mark != *since {
            return Ok(ChangedDocuments::OnlyByWholeReading);
        }
        let page = Page { items: Vec::new(), next: None, total: None };
        Ok(ChangedDocuments::Page { page, mark: Some(mark) })
    }

    async fn deleted(&self, _since: &Mark, _until: &Mark) -> Result<Deleted<DocumentId>, CallError> {
        Ok(Deleted::OnlyByWholeReading)
    }
}

fn replaced(config: &CsvSourceConfig) -> Trouble {
    let files: Vec<String> = config.files.iter().map(|file| file.display().to_string()).collect();
    Trouble::Input(format!(
        "{}: was replaced or written to while it was read; read it anew once it is complete",
        files.join(", ")
    ))
}

/// The next row: the file's number and the line on which it begins, or any line before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    file: usize,
    line: u64,
}

impl Place {
    /// The cursor knows the files, so that a place in other ones is not taken for one in these.
    fn cursor(self, files: &str) -> Cursor {
        Cursor(format!("{}:{}:{files}", self.file, self.line))
    }

    /// The place, and the signature of the files that it is in.
    fn parse(text: &str) -> Option<(Self, &str)> {
        let (file, rest) = text.split_once(':')?;
        let (line, files) = rest.split_once(':')?;
        Some((Self { file: file.parse().ok()?, line: line.parse().ok()? }, files))
    }
}

/// One of the files, open.
struct Reading {
    number: usize,
    file: PagedFile,
    rows: Rows,
}

impl Reading {
    fn at(config: &CsvSourceConfig, place: Place) -> Result<Self, Trouble> {
        let path = config.files.get(place.file).ok_or_else(|| {
            Trouble::Configuration(format!("there is no file {} any more; read them anew", place.file + 1))
        })?;
        let file = PagedFile::open(path, config.separator, place.line)?;
        let rows = Rows::of(path, file.header(), &config.columns)?;
        Ok(Self { number: place.file, file, rows })
    }

    fn place(&self) -> Place {
        Place { file: self.number, line: self.file.line() }
    }

    /// The next documents, of this file only.
    fn page(&mut self, config: &CsvSourceConfig) -> Result<Vec<DocumentDraft>, Trouble> {
        let mut drafts = Vec::new();
        let Self { file, rows, .. } = self;
        file.read(PAGE, |record| drafts.push(rows.draft(record, &config.kinds)))?;
        Ok(drafts)
    }

    /// Goes on to the next row there is, in this file or a later one. False: there is none.
    fn skip_to_more(&mut self, config: &CsvSourceConfig) -> Result<bool, Trouble> {
        while !self.file.has_more()? {
            let next = self.number + 1;
            if next >= config.files.len() {
                return Ok(false);
            }
            *self = Self::at(config, Place { file: next, line: 0 })?;
        }
        Ok(true)
    }
}

/// Makes drafts of the rows of one file.
struct Rows {
    file: String,
    names: Arc<FieldNames>,
    width: usize,
    document_id: usize,
    date: usize,
    net_amount: usize,
    kind: Option<usize>,
    number: Option<usize>,
    vat_number: Option<usize>,
    tax_code: Option<usize>,
    customer_id: Option<usize>,
    customer_name: Option<usize>,
    country: Option<usize>,
    currency: Option<usize>,
    exchange_rate: Option<usize>,
}

impl Rows {
    fn of(file: &Path, header: &Header, names: &DocumentColumns) -> Result<Self, InputError> {
        let needed =
            header.require(file, [&names.document_id, &names.date, &names.net_amount].map(String::as_str))?;
        let [document_id, date, net_amount] = needed.positions();
        let optional = |name: &String| header.position(file, name);
        let rows = Self {
            file: super::name_of(file),
            names: Arc::new(FieldNames {
                id: names.document_id.clone(),
                kind: names.kind.clone(),
                date: names.date.clone(),
                net: names.net_amount.clone(),
                currency: names.currency.clone(),
                rate: names.exchange_rate.clone(),
            }),
            width: header.width(),
            document_id,
            date,
            net_amount,
            kind: optional(&names.kind)?,
            number: optional(&names.number)?,
            vat_number: optional(&names.vat_number)?,
            tax_code: optional(&names.tax_code)?,
            customer_id: optional(&names.customer_id)?,
            customer_name: optional(&names.customer_name)?,
            country: optional(&names.country)?,
            currency: optional(&names.currency)?,
            exchange_rate: optional(&names.exchange_rate)?,
        };
        if rows.vat_number.or(rows.tax_code).or(rows.customer_id).is_none() {
            // Without any key no document could ever find its company.
            header.require(file, [names.vat_number.as_str()])?;
        }
        Ok(rows)
    }

    fn draft(&self, record: &Record<'_>, kinds: &KindTexts) -> DocumentDraft {
        let text = |position: usize| {
            let text = String::from_utf8_lossy(record.field(position)).into_owned();
            Some(text).filter(|text| !text.is_empty())
        };
        let optional = |position: Option<usize>| position.and_then(text);
        let id = text(self.document_id).unwrap_or_default();
        DocumentDraft {
            number: optional(self.number).unwrap_or_else(|| id.clone()),
            id,
            party: Party {
                customer_id: optional(self.customer_id),
                vat_number: optional(self.vat_number),
                tax_code: optional(self.tax_code),
                country: optional(self.country),
                name: optional(self.customer_name),
            },
            kind: match self.kind {
                None => Ok(DraftKind::Issued(DocumentKind::Invoice)),
                Some(position) => kinds.read(&text(position).unwrap_or_default()),
            },
            date: text(self.date),
            net: text(self.net_amount),
            currency: optional(self.currency),
            rate: optional(self.exchange_rate),
            place: format!("{}: row {}", self.file, record.line),
            columns: Some(self.names.clone()),
            fault: (record.len() != self.width).then(|| super::wrong_width(record, self.width)),
        }
    }
}
