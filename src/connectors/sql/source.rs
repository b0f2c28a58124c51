//! A query as a source of documents.
//!
//! A result has no place that could be come back to: another reading may have another order. So a reading is one query
//! from its beginning to its end, kept open from page to page, and one that broke off is begun anew.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::aggregate;
use super::columns::Columns;
use super::config::{Address, Encryption, Mode, SqlConfig};
use super::query::Query;
use super::since::Since;
use super::stream::{Request, Rows, Texts, open, unavailable};
use crate::domain::document::DocumentDraft;
use crate::domain::ids::SourceName;
use crate::domain::table::Column;
use crate::domain::time::Day;
use crate::ports::{
    CallError, ChangedDocuments, Cursor, DocumentChanges, Finding, InvoiceSource, Mark, Page, Severity,
    SourceProbe, Trouble, Usage,
};

/// How many documents `check` shows.
const SAMPLE: usize = 5;
/// How long `check` waits for a database that looks through all documents.
const LOOKS_FOR_REPEATED: Duration = Duration::from_mins(1);

/// A database with a query.
pub struct SqlSource {
    config: Arc<SqlConfig>,
    /// The query, or what is wrong with it.
    query: Result<Query, String>,
    /// The reading that is under way.
    reading: tokio::sync::Mutex<Option<Reading>>,
    /// The cursor at which it stands.
    stands_at: Mutex<Option<Cursor>>,
    /// The mark that was given out last, and the latest change that a whole reading after it has seen.
    seen: Mutex<Seen>,
}

/// What whole readings have seen, which is not known yet when their mark is given out.
#[derive(Default)]
struct Seen {
    mark: Option<Mark>,
    latest: Option<Since>,
}

/// A query under way.
struct Reading {
    rows: Rows,
    maker: Maker,
    /// Tells its cursors from those of other readings.
    number: u64,
    done: u64,
    latest: Option<Since>,
    as_of: Day,
}

/// What makes documents of rows.
enum Maker {
    Rows(Columns),
    Sums(aggregate::Sums),
}

impl SqlSource {
    /// The source. Nothing is sent yet.
    pub fn new(config: SqlConfig) -> Self {
        let query = Query::read(&config.query, config.engine);
        Self {
            config: Arc::new(config),
            query,
            reading: tokio::sync::Mutex::default(),
            stands_at: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    fn query(&self) -> Result<&Query, Trouble> {
        self.query.as_ref().map_err(|fault| Trouble::Input(format!("the query is refused: {fault}")))
    }

    fn failed(&self, doing: &str, trouble: Trouble) -> CallError {
        CallError {
            system: format!("SQL source {} ({})", self.config.name, self.config.shown()),
            operation: doing.to_owned(),
            trouble,
        }
    }

    /// Begins to read rows.
    async fn rows(
        &self,
        as_of: Day,
        since: Option<String>,
        limit: Option<usize>,
    ) -> Result<Reading, Trouble> {
        let query = self.query()?.clone();
        let columns = Columns::default();
        let choose = columns.choose(self.config.clone(), query.has_since());
        let patience = self.config.limits.next_row();
        let since = since.or_else(|| self.config.since_start.clone());
        let rows = open(self.config.clone(), Request { query, since, choose, limit, patience }).await?;
        Ok(Reading::new(rows, Maker::Rows(columns), as_of))
    }

    /// Begins to read sums.
    async fn sums(&self, as_of: Day, limit: Option<usize>) -> Result<Reading, Trouble> {
        let (rows, sums) = aggregate::open_sums(&self.config, self.query()?, as_of, limit).await?;
        Ok(Reading::new(rows, Maker::Sums(sums), as_of))
    }

    async fn begin(&self, as_of: Day, since: Option<String>) -> Result<Reading, Trouble> {
        match self.config.mode {
            Mode::Rows => self.rows(as_of, since, None).await,
            Mode::Aggregated => self.sums(as_of, None).await,
        }
    }

    /// The next page of the reading that is under way, or of a new one; with the latest change seen, at its end.
    async fn page(
        &self,
        from: Option<&Cursor>,
        begin: impl Future<Output = Result<Reading, Trouble>>,
    ) -> Result<(Page<DocumentDraft>, Option<Since>), Trouble> {
        let mut under_way = self.reading.lock().await;
        self.stand_at(None);
        let mut reading = match (under_way.take(), from) {
            (Some(reading), Some(from)) if reading.cursor() == *from => reading,
            (_, None) => begin.await?,
            (_, Some(_)) => {
                return Err(unavailable("the query has broken off; it is read anew by the next run"));
            }
        };
        let (rows, more) = reading.rows.next().await?;
        let items = reading.drafts(&self.config, &rows);
        let latest = reading.latest.clone();
        let next = more.then(|| reading.cursor());
        *under_way = more.then_some(reading);
        self.stand_at(next.clone());
        Ok((Page { items, next, total: None }, latest))
    }

    fn stand_at(&self, cursor: Option<Cursor>) {
        *self.stands_at.lock().unwrap_or_else(PoisonError::into_inner) = cursor;
    }

    fn stands_at(&self, cursor: &Cursor) -> bool {
        self.stands_at.lock().unwrap_or_else(PoisonError::into_inner).as_ref() == Some(cursor)
    }

    /// From where on what has changed since a mark is read; none: from the beginning.
    fn since(&self, mark: &Mark) -> Option<Since> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.mark.as_ref() == Some(mark) {
            return seen.latest.clone();
        }
        // The mark of a whole reading of another process, which nobody knows any more, is none of these.
        mark.0.strip_prefix("until ").and_then(Since::read)
    }

    /// Whether the query delivers documents more than once, where the database finds it out while somebody waits.
    async fn repeated(&self) -> Result<Option<Finding>, CallError> {
        let finding = |severity, what, advice: &str| Finding {
            severity,
            place: self.config.name.to_string(),
            what,
            advice: advice.to_owned(),
        };
        let asked = async { aggregate::repeated(&self.config, self.query()?).await };
        let ids = match tokio::time::timeout(LOOKS_FOR_REPEATED, asked).await {
            Ok(Ok(ids)) => ids,
            // The database has a limit of its own.
            Ok(Err(Trouble::Unavailable { .. })) | Err(_) => {
                return Ok(Some(finding(
                    Severity::Warning,
                    format!(
                        "whether a document occurs more than once was not found out within {} s, or the database gave \
                         it up; each time would count",
                        LOOKS_FOR_REPEATED.as_secs()
                    ),
                    "Look in the database whether a document_id occurs in two rows of the query",
                )));
            }
            Ok(Err(trouble)) => return Err(self.failed("looking for documents that occur twice", trouble)),
        };
        Ok((!ids.is_empty()).then(|| {
            finding(
                Severity::Error,
                format!(
                    "documents occur more than once in the query, such as {}: each time counts",
                    ids.join(", ")
                ),
                "Let the query deliver each document_id once: a join may repeat it",
            )
        }))
    }

    fn findings(&self) -> Vec<Finding> {
        let remote = matches!(&self.config.address, Address::Tcp { host, .. } if !is_loopback(host));
        let connection = match self.config.encryption {
            Encryption::Plain if remote => Some((
                "the connection is not encrypted: the password's proof and all invoices cross the network in clear",
                "Switch TLS on at the server and take `allow_plain` out",
            )),
            Encryption::Unverified => Some((
                "any server that answers at this address is believed: its certificate is not checked",
                "Give the certificate of its authority as `ca_bundle` and take `trust_server_certificate` out",
            )),
            Encryption::Plain | Encryption::Verified(_) => None,
        };
        let sums = (self.config.mode == Mode::Aggregated && self.config.beside_others).then_some((
            "what another source holds too counts twice, unnoticed: it cannot be found among sums",
            "Let the query leave out what other sources hold, or use mode = \"rows\"",
        ));
        let warning = |(what, advice): (&str, &str)| Finding {
            severity: Severity::Warning,
            place: self.config.name.to_string(),
            what: what.to_owned(),
            advice: advice.to_owned(),
        };
        connection.into_iter().chain(sums).map(warning).collect()
    }
}

/// Whether a host is this machine.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Reading {
    fn new(rows: Rows, maker: Maker, as_of: Day) -> Self {
        Self { rows, maker, number: fastrand::u64(..), done: 0, latest: None, as_of }
    }

    fn cursor(&self) -> Cursor {
        Cursor(format!("{:016x}:{}", self.number, self.done))
    }

    fn drafts(&mut self, config: &SqlConfig, rows: &[Texts]) -> Vec<DocumentDraft> {
        let Self { done, maker, latest, as_of, .. } = self;
        let drafts = rows.iter().filter_map(|texts| {
            *done += 1;
            match maker {
                Maker::Rows(columns) => {
                    let changed = columns.text(Column::UpdatedAt, texts).and_then(Since::read);
                    let changed = changed.filter(|changed| changed.is_by(*as_of));
                    if changed > *latest {
                        *latest = changed;
                    }
                    config.rules.draft(columns.row(texts), format!("row {done}"), &config.columns)
                }
                Maker::Sums(sums) => Some(sums.draft(texts)),
            }
        });
        drafts.collect()
    }
}

#[async_trait]
impl InvoiceSource for SqlSource {
    fn name(&self) -> SourceName {
        self.config.name.clone()
    }

    async fn probe(&self) -> Result<SourceProbe, CallError> {
        let any_day = Day::from(chrono::NaiveDate::default());
        let probed = async {
            let mut reading = self.rows(any_day, None, Some(SAMPLE)).await?;
            let (rows, _) = reading.rows.next().await?;
            Ok(reading.drafts(&self.config, &rows))
        };
        let sample = probed.await.map_err(|trouble| self.failed("looking at the first rows", trouble))?;
        let (identity, mut findings) = (self.config.shown(), self.findings());
        if self.config.mode == Mode::Aggregated {
            // Without a sum: it is not computed, but the database has to understand it.
            let tried = self.sums(any_day, Some(0)).await;
            tried.map_err(|trouble| self.failed("trying the aggregation", trouble))?;
            findings.extend(self.repeated().await?);
        }
        Ok(SourceProbe { identity, findings, sample, ..SourceProbe::default() })
    }

    async fn documents(&self, as_of: Day, from: Option<Cursor>) -> Result<Page<DocumentDraft>, CallError> {
        let page = self.page(from.as_ref(), self.begin(as_of, None)).await;
        let (page, latest) = page.map_err(|trouble| self.failed("reading documents", trouble))?;
        if page.next.is_none() {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).latest = latest;
        }
        Ok(page)
    }

    fn resumes_at(&self, next: &Cursor) -> bool {
        self.stands_at(next)
    }

    fn changes(&self) -> Option<&dyn DocumentChanges> {
        let tells = match self.config.mode {
            Mode::Aggregated => true,
            Mode::Rows => self.query.as_ref().is_ok_and(Query::has_since),
        };
        tells.then_some(self)
    }

    fn usage(&self) -> Usage {
        Usage::default()
    }
}

/// Rows by their column of changes; sums by the day that they are for. Deletions only a whole reading finds.
#[async_trait]
impl DocumentChanges for SqlSource {
    async fn mark(&self, as_of: Day) -> Result<Mark, CallError> {
        if self.config.mode == Mode::Aggregated {
            return Ok(Mark(as_of.to_string()));
        }
        // The latest change is not known before all of them were read.
        let mark = Mark(format!("reading {:016x}", fastrand::u64(..)));
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) =
            Seen { mark: Some(mark.clone()), latest: None };
        Ok(mark)
    }

    fn reading(&self) -> String {
        let config = &*self.config;
        let rules = &config.rules;
        // What is hashed has the same order in every process.
        let way = format!(
            "{} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {} {:?} {}",
            config.shown(),
            config.query,
            config.columns,
            rules.kinds.sorted(),
            rules.statuses.sorted(),
            rules.signs.sorted(),
            rules.numbers,
            rules.dates,
            config.mode,
            rules.restore_zeros,
            config.since_start,
            config.zone,
        );
        format!("sql 1 {:016x}", hash(&way))
    }

    async fn changed(
        &self,
        as_of: Day,
        since: &Mark,
        from: Option<Cursor>,
    ) -> Result<ChangedDocuments, CallError> {
        if self.config.mode == Mode::Aggregated {
            let mark = self.mark(as_of).await?;
            return Ok(if mark == *since {
                ChangedDocuments::last(Vec::new(), mark)
            } else {
                ChangedDocuments::OnlyByWholeReading
            });
        }
        let known = self.since(since);
        let begin = self.begin(as_of, known.as_ref().map(|known| known.before(self.config.overlap)));
        // A reading that broke off is begun anew: what comes twice does no harm.
        let from = from.filter(|from| self.stands_at(from));
        let page = self.page(from.as_ref(), begin).await;
        let (page, latest) = page.map_err(|trouble| self.failed("reading changes", trouble))?;
        let latest = if latest > known { latest } else { known };
        let mark = page.next.is_none().then(|| match latest {
            Some(latest) => Mark(format!("until {}", latest.text())),
            None => since.clone(),
        });
        Ok(ChangedDocuments::Page { page, mark })
    }
}

fn hash(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
