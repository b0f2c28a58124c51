//! CSV files as a source of documents.
//!
//! # Guarantees
//! - Rows are streamed: memory does not grow with the files, in whatever encoding.
//! - A row that cannot be used is delivered all the same, for the intake to reject it with its file and row. Only blank
//!   rows, lines of totals and kinds that are to be ignored are passed over.
//! - A document id that occurs again is delivered again: the later row counts, over all files in their order.
//! - A file is read when it has been left alone for a while.
//!
//! # Caveats
//! What no file holds any more is no more: files that add to each other have to stay where they are.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::documents::{Place, Reading, files_of, signature};
use super::input::Form;
use super::name_of;
use crate::clock::sleep;
use crate::domain::document::DocumentDraft;
use crate::domain::ids::SourceName;
use crate::domain::table::{ColumnNames, TableRules};
use crate::domain::time::Day;
use crate::events::{Event, emit};
use crate::files::until_settled;
use crate::ports::{
    CallError, ChangedDocuments, Cursor, DocumentChanges, Finding, InvoiceSource, Mark, Page, Severity,
    SourceProbe, Trouble, Usage,
};

/// How many rows people are shown.
const SAMPLE: usize = 5;
/// Among how many rows of a file they are looked for: some are no documents.
const LOOKED_AT: usize = 50;
/// How many files are named one by one.
const NAMED: usize = 4;
/// How long files that are being written are waited for before a whole reading.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where documents are and how they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvSourceConfig {
    /// What the source is called.
    pub name: SourceName,
    /// The files, in the order in which they are read; `*` in the last part of a path stands for any text.
    pub files: Vec<PathBuf>,
    /// Whether of the files that match one path only the last one by its name is read: each is a whole export.
    pub latest_only: bool,
    /// How long a file has to have been left alone.
    pub settle: Duration,
    /// How the files are written.
    pub form: Form,
    /// Which column holds what; `#1` is the first column.
    pub columns: ColumnNames,
    /// What rows mean.
    pub rules: TableRules,
    /// A row without a date, one of whose fields is one of these texts, is a line of totals.
    pub footers: Vec<String>,
}

/// Tells the time.
type Wall = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// CSV files with one document a row.
pub struct CsvSource {
    config: Arc<CsvSourceConfig>,
    reading: Arc<Mutex<Option<Reading>>>,
    wall: Wall,
}

impl CsvSource {
    /// The source of some files. Nothing is opened yet.
    pub fn new(config: CsvSourceConfig, wall: Wall) -> Self {
        Self { config: Arc::new(config), reading: Arc::default(), wall }
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
        done.map_err(|trouble| self.failed(doing, trouble))
    }

    fn failed(&self, doing: &str, trouble: Trouble) -> CallError {
        CallError { system: format!("CSV source {}", self.config.name), operation: doing.to_owned(), trouble }
    }

    /// A file that may still be growing, with how long to wait for it; the one to wait for longest.
    async fn growing(&self) -> Result<Option<(Duration, PathBuf)>, CallError> {
        let now = (self.wall)();
        self.blocking("looking at the files", move |config, _| {
            let mut growing = None;
            for file in files_of(config)? {
                // One that cannot be looked at is told of when it is opened.
                let wait = until_settled(&file, now, config.settle).ok().flatten();
                growing = growing.max(wait.map(|wait| (wait, file)));
            }
            Ok(growing)
        })
        .await
    }

    /// Waits until no file is growing any more.
    async fn settled(&self) -> Result<(), CallError> {
        let mut waited = Duration::ZERO;
        while let Some((wait, file)) = self.growing().await? {
            if waited >= PATIENCE {
                let message =
                    format!("{}: is still being written to; it is read once it is whole", file.display());
                let trouble = Trouble::Unavailable { message, retry_after: None };
                return Err(self.failed("waiting for the files", trouble));
            }
            sleep(wait).await;
            waited += wait;
        }
        Ok(())
    }
}

#[async_trait]
impl InvoiceSource for CsvSource {
    fn name(&self) -> SourceName {
        self.config.name.clone()
    }

    async fn probe(&self) -> Result<SourceProbe, CallError> {
        self.blocking("looking at the files", |config, _| {
            let files = files_of(config)?;
            let mut probe = SourceProbe { identity: identity(config, &files), ..SourceProbe::default() };
            for (number, file) in files.iter().enumerate() {
                let mut open = Reading::at(config, &files, Place { file: number, line: 0 })?;
                if let Some(line) = open.not_utf_8()? {
                    probe.findings.push(foreign_text(&config.name, &name_of(file), line));
                }
                if probe.sample.len() < SAMPLE {
                    probe.sample.extend(open.documents(config, LOOKED_AT)?);
                    probe.sample.truncate(SAMPLE);
                }
            }
            Ok(probe)
        })
        .await
    }

    async fn documents(&self, _: Day, from: Option<Cursor>) -> Result<Page<DocumentDraft>, CallError> {
        if from.is_none() {
            self.settled().await?;
        }
        self.blocking("reading documents", move |config, reading| {
            let files = files_of(config)?;
            let now = signature(&files)?;
            let place = match from {
                None => Place::START,
                Some(Cursor(text)) => {
                    let (place, of_files) = Place::parse(&text)
                        .ok_or_else(|| Trouble::Malformed("no place in these files".to_owned()))?;
                    if of_files != now {
                        return Err(replaced(config, &files));
                    }
                    place
                }
            };
            let mut open = match reading.take() {
                Some(open) if open.place() == place => open,
                _ => Reading::at(config, &files, place)?,
            };
            let items = open.page(config)?;
            let next = open.skip_to_more(config, &files)?.then(|| open.place().cursor(&now));
            *reading = next.is_some().then_some(open);
            Ok(Page { items, next, total: None })
        })
        .await
    }

    /// Not in files that have been replaced since.
    fn resumes_at(&self, next: &Cursor) -> bool {
        // What cannot be looked at is told of when it is read.
        let now = files_of(&self.config).and_then(|files| Ok(signature(&files)?));
        Place::parse(&next.0).zip(now.ok()).is_none_or(|((_, of_files), now)| of_files == now)
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
    async fn mark(&self, _: Day) -> Result<Mark, CallError> {
        self.blocking("looking at the files", |config, _| Ok(Mark(signature(&files_of(config)?)?))).await
    }

    fn reading(&self) -> String {
        let mut hasher = DefaultHasher::new();
        format!("{:?}", self.config).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    async fn changed(
        &self,
        as_of: Day,
        since: &Mark,
        _from: Option<Cursor>,
    ) -> Result<ChangedDocuments, CallError> {
        let now = self.mark(as_of).await?;
        if now != *since {
            // A file that is being written is news when it is whole.
            let Some((_, file)) = self.growing().await? else {
                return Ok(ChangedDocuments::OnlyByWholeReading);
            };
            let (system, file) = (self.config.name.as_str(), file.display().to_string());
            emit(&Event::FileGrowing { system, file: &file });
        }
        Ok(ChangedDocuments::last(Vec::new(), since.clone()))
    }
}

/// The files for people: each where there are few, else their patterns.
fn identity(config: &CsvSourceConfig, files: &[PathBuf]) -> String {
    let list = |files: &[PathBuf]| {
        let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        names.join(", ")
    };
    if files.len() <= NAMED { list(files) } else { format!("{}: {} files", list(&config.files), files.len()) }
}

fn foreign_text(source: &SourceName, file: &str, line: u64) -> Finding {
    Finding {
        severity: Severity::Warning,
        place: source.as_str().to_owned(),
        what: format!("{file}: row {line} is not UTF-8 text"),
        advice: "Name the encoding of the file, such as encoding = \"windows-1252\": rows are rejected where more than \
                 the customer's name is affected."
            .to_owned(),
    }
}

fn replaced(config: &CsvSourceConfig, files: &[PathBuf]) -> Trouble {
    Trouble::Input(format!(
        "{}: was replaced or written to while it was read; read it anew once it is complete",
        identity(config, files)
    ))
}
