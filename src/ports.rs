//! The two seams between the engine and the world: a CRM, and a source of accounting documents.
//!
//! Both move pages and batches, never one record at a time, and speak in domain values. What differs between vendors is
//! data ([`CrmTraits`], [`Survey`]), so the engine has no branch on a vendor.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::catalogue::Figure;
use crate::domain::company::{CompanyRecord, Version};
use crate::domain::document::DocumentDraft;
use crate::domain::ids::{CompanyId, DealId, OwnerId, PipelineId, SourceName, StageId};
use crate::domain::owner::OwnerName;
use crate::domain::time::Day;
use crate::domain::value::{Blanks, Value, ValueKind};
use crate::domain::wake_up::CardField;

mod cards;
mod changes;
mod files;
mod inputs;
mod outcome;
mod schema;
mod tasks;

pub use self::cards::{Board, CardOutcome, CardUpdate, Cards, NewCard};
pub use self::changes::{
    ChangedDeal, ChangedDocuments, Changes, DealChanges, DealState, Deleted, DocumentChanges, Mark,
};
pub use self::files::{FileIndex, FileReading, FileRecord, FileSignature, KeyedRecords, KnownRecord};
pub use self::inputs::InputProperty;
pub use self::outcome::{RecordOutcome, RecordTraits};
pub use self::schema::{HandWork, SchemaItem};
pub use self::tasks::{NewTask, TaskOutcome, TaskUpdate, Tasks};

/// Where the next page begins: opaque, the connector's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

impl Cursor {
    /// A place that a connector describes by a structure of its own, which always has a JSON form.
    pub fn of(place: &impl Serialize) -> Self {
        Self(serde_json::to_string(place).unwrap_or_default())
    }

    /// The structure that [`Cursor::of`] was given; none where the text is no such thing.
    pub fn place<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.0).ok()
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items in the server's order.
    pub items: Vec<T>,
    /// Where the next page begins; none at the end.
    pub next: Option<Cursor>,
    /// How many items the whole list has, where the server says so.
    pub total: Option<u64>,
}

/// A CRM that companies are read from and figures are written to.
///
/// # Guarantees
/// Every method makes as few calls as the vendor allows, waits for the quotas by itself, repeats what is safe to repeat,
/// and returns an error only when that has failed.
///
/// # Caveats
/// Every `.await` is a cancellation point. A cancelled [`Crm::write`] leaves an unknown outcome, which the caller looks up
/// with [`Crm::read`].
#[async_trait]
pub trait Crm: Send + Sync {
    /// What the engine has to know of the vendor.
    fn traits(&self) -> CrmTraits;

    /// What the account is like: settings, properties, pipelines, owners, limits. A few calls, whatever the size.
    async fn survey(&self) -> Result<Survey, CallError>;

    /// How many companies there are, or how many of them have a value in a property that people fill in; none where
    /// telling it would take more than a few calls.
    async fn count(&self, having: Option<InputProperty>) -> Result<Option<u64>, CallError>;

    /// A page of all companies that are not archived, with the mapped properties and sirank's own.
    async fn companies(&self, from: Option<Cursor>) -> Result<Page<CompanyRecord>, CallError>;

    /// How what has changed can be read; none where the vendor does not tell all of it.
    fn changes(&self) -> Option<&dyn Changes> {
        None
    }

    /// How cards are kept; none where the vendor keeps none, or no Wake Up pipeline is configured.
    fn cards(&self) -> Option<&dyn Cards> {
        None
    }

    /// How tasks are kept; none where the vendor keeps none.
    fn tasks(&self) -> Option<&dyn Tasks> {
        None
    }

    /// A page of open deals in the given pipelines, each with all of its companies, by the cheapest way there is.
    ///
    /// `survey` is what [`Crm::survey`] returned in this run.
    async fn open_deals(
        &self,
        survey: &Survey,
        watched: &BTreeSet<PipelineId>,
        from: Option<Cursor>,
    ) -> Result<Page<OpenDeal>, CallError>;

    /// A page of the days on which companies were contacted directly, in any order and as often as the vendor tells: the
    /// latest of a company counts. Only where [`CrmTraits::contacts_apart`] says that companies come without them.
    async fn last_contacts(&self, from: Option<Cursor>) -> Result<Page<DirectContact>, CallError> {
        let _ = from;
        Ok(Page { items: Vec::new(), next: None, total: Some(0) })
    }

    /// The companies of these ids as they are now, never from a search index; `Gone` for those that are no more.
    /// At most [`CrmTraits::batch`] ids.
    async fn read(&self, ids: &[CompanyId]) -> Result<Vec<CompanyLookup>, CallError>;

    /// Writes one batch, at most [`CrmTraits::batch`] companies, no company twice. Exactly one outcome per company, in
    /// the batch's order.
    ///
    /// Never sends a company again whose outcome is unknown: that is [`WriteOutcome::Unknown`].
    ///
    /// # Errors
    /// Only where nothing of the batch was written.
    async fn write(&self, batch: &[CompanyWrite]) -> Result<Vec<WriteOutcome>, CallError>;

    /// Whether the credentials may write companies, as far as that can be told without writing anything.
    async fn may_write(&self) -> Result<(), CallError> {
        Ok(())
    }

    /// What an administrator has to do by hand for an item; none where [`Crm::create`] does it.
    fn by_hand(&self, item: &SchemaItem) -> Option<HandWork> {
        let _ = item;
        None
    }

    /// Creates a property (and its group, where there is none), or adds the options that it lacks. Not called for what
    /// only a person can do ([`Crm::by_hand`]).
    async fn create(&self, item: &SchemaItem) -> Result<(), CallError>;

    /// Calls made since the connector was built, by operation.
    fn usage(&self) -> Usage;
}

/// A source of accounting documents.
#[async_trait]
pub trait InvoiceSource: Send + Sync {
    /// The configured name.
    fn name(&self) -> SourceName;

    /// Whether the source can be read: credentials, permission, columns. A few calls at most.
    async fn probe(&self) -> Result<SourceProbe, CallError>;

    /// A page of every document of the source. A full pull: a document that no page holds does not exist any more.
    ///
    /// `as_of` is the day that figures are computed for: a source that adds documents up does so between the edges of its
    /// windows, any other pays no attention to it.
    async fn documents(&self, as_of: Day, from: Option<Cursor>) -> Result<Page<DocumentDraft>, CallError>;

    /// Whether a pull that stopped before this place can go on there. Where not, it is begun anew.
    fn resumes_at(&self, next: &Cursor) -> bool {
        let _ = next;
        true
    }

    /// How many documents a call reads, where calls are counted by a quota.
    fn documents_per_call(&self) -> Option<u64> {
        None
    }

    /// How what has changed can be read; none where the source does not tell.
    fn changes(&self) -> Option<&dyn DocumentChanges> {
        None
    }

    /// Calls made since the connector was built, by operation.
    fn usage(&self) -> Usage;
}

/// What the engine has to know of a CRM before it uses it.
#[derive(Clone, Debug, PartialEq)]
pub struct CrmTraits {
    /// The vendor's name for people: `HubSpot`.
    pub name: &'static str,
    /// The most companies in one [`Crm::write`] or one [`Crm::read`].
    pub batch: usize,
    /// How many companies one call to the vendor writes: for the estimate.
    pub companies_per_write: usize,
    /// How many companies one page of a list holds: for the estimate.
    pub page: usize,
    /// How many writes may be under way at once.
    pub concurrency: usize,
    /// The steady rate that the quotas allow, in calls per second: for the estimate. None: no quota.
    pub calls_per_second: Option<f64>,
    /// What its properties hold where no value is.
    pub blanks: Blanks,
    /// Whether people know a property by its label, and its internal name says nothing to them.
    pub known_by_label: bool,
    /// Whether days of direct contact are read apart from the companies, by [`Crm::last_contacts`].
    pub contacts_apart: bool,
    /// Whether it is on this machine, so a mock or a test.
    pub loopback: bool,
}

/// What an account is like.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// The account's name and id, for people.
    pub account: String,
    /// What tells the account from all others of this vendor, where it says so.
    pub account_id: Option<String>,
    /// The account's currency, an ISO 4217 code, where it says so.
    pub currency: Option<String>,
    /// The account's time zone, an IANA name, where it says so.
    pub time_zone: Option<String>,
    /// The properties of companies by their name.
    pub properties: BTreeMap<String, PropertyState>,
    /// Which property each of sirank's figures is, or would be, held in.
    pub figure_properties: BTreeMap<Figure, String>,
    /// Which property each field that people fill in is, or would be, read from.
    pub input_properties: BTreeMap<InputProperty, String>,
    /// Whether documents name a company by its id in the CRM: then every company has a key.
    pub keyed_by_id: bool,
    /// Deal pipelines.
    pub pipelines: Vec<Pipeline>,
    /// The properties of cards that are there, by what they are for; empty where no Wake Up pipeline is configured.
    pub card_properties: BTreeMap<CardField, PropertyState>,
    /// How many more deal pipelines can be created, where the account says so.
    pub pipelines_left: Option<u64>,
    /// Users who are active.
    pub active_owners: BTreeSet<OwnerId>,
    /// Who the users are, as far as the CRM says: also inactive ones, where it lists them.
    pub owner_names: BTreeMap<OwnerId, OwnerName>,
    /// How many more properties can be created, where the account says so.
    pub properties_left: Option<u64>,
    /// Its quotas.
    pub quotas: Vec<QuotaState>,
    /// What the connector noticed that `check` should say.
    pub findings: Vec<Finding>,
}

/// One quota as the server last told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuotaState {
    /// Its name: `daily`.
    pub name: String,
    /// What is left of it.
    pub left: u64,
    /// The whole of it.
    pub limit: u64,
    /// The part of it that is left to the account's other integrations.
    pub reserve: u64,
    /// When it is full again.
    pub ends: DateTime<Utc>,
}

impl QuotaState {
    /// What may still be used of it.
    pub fn usable(&self) -> u64 {
        self.left.saturating_sub(self.reserve)
    }

    /// What of it so many days may use, for it to last to its end; none where it ends within a day: that is waited for.
    pub fn share(&self, days: u64, now: DateTime<Utc>) -> Option<u64> {
        let left = u64::try_from((self.ends - now).num_days()).ok().filter(|left| *left > 0)?;
        Some(self.usable() / (left + 1) * days)
    }
}

/// A property of companies as it is defined in the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyState {
    /// What people read.
    pub label: String,
    /// Its kind; `Err` with the vendor's type where sirank has none for it.
    pub kind: Result<ValueKind, String>,
    /// Internal names of its options.
    pub options: Vec<String>,
    /// Whether the API may not write it.
    pub read_only: bool,
}

/// A deal pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// Its id.
    pub id: PipelineId,
    /// What people read.
    pub label: String,
    /// Its stages.
    pub stages: Vec<Stage>,
}

/// A stage of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its id.
    pub id: StageId,
    /// What people read.
    pub label: String,
    /// Whether a deal in it is closed, won or lost.
    pub closed: bool,
}

/// An open deal of a watched pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenDeal {
    /// The deal.
    pub id: DealId,
    /// Its pipeline.
    pub pipeline: PipelineId,
    /// When it was made, where the CRM says so.
    pub created: Option<DateTime<Utc>>,
    /// Every company that it is associated with, in any way.
    pub companies: Vec<CompanyId>,
    /// Which state of the deal this is, where the CRM says so.
    pub version: Option<Version>,
}

/// A company that was contacted directly, by a call, a meeting or an e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectContact {
    /// The company.
    pub company: CompanyId,
    /// The day, in the business zone.
    pub day: Day,
    /// The moment, where the CRM says so.
    pub at: Option<DateTime<Utc>>,
}

/// What a look-up of a company found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompanyLookup {
    /// It is there.
    Found(Box<CompanyRecord>),
    /// It was deleted or archived, or merged into another.
    Gone(CompanyId),
}

/// What is to be written to a company. A value of none clears the property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyWrite {
    /// The company.
    pub id: CompanyId,
    /// What identifies this write in traces: unique in the batch.
    pub trace: String,
    /// The values.
    pub values: Vec<(Figure, Option<Value>)>,
}

/// What became of the write of one company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The CRM holds the values, in the version of the record that the write made, where the CRM says so.
    Applied(Option<Version>),
    /// The CRM refused them; repeating the same write is no use.
    Refused {
        /// The vendor's code: `READ_ONLY_VALUE`.
        code: String,
        /// What it said, for people.
        message: String,
    },
    /// The company is no more.
    Gone,
    /// The call failed in a way that leaves open whether it was applied.
    Unknown,
}

/// What a source told of itself.
#[derive(Clone, Debug, Default)]
pub struct SourceProbe {
    /// Who answers: the company's name and id, or the file.
    pub identity: String,
    /// How many documents it has, where it says so.
    pub documents: Option<u64>,
    /// Its quotas.
    pub quotas: Vec<QuotaState>,
    /// What `check` should say.
    pub findings: Vec<Finding>,
    /// The first documents, as the mapping of the settings understands them, for people to see whether it is right. Empty
    /// where there is no mapping.
    pub sample: Vec<DocumentDraft>,
}

/// Something that `check` tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where: a system, a key, a property.
    pub place: String,
    /// What is the case.
    pub what: String,
    /// What to do.
    pub advice: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For information.
    Ok,
    /// A run is possible.
    Warning,
    /// A run is not possible.
    Error,
}

/// Calls made, by operation, and what was refused for a quota.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Calls by operation: `companies.list`.
    pub calls: BTreeMap<&'static str, u64>,
    /// Of them, calls that could change the outside world.
    pub writes: u64,
    /// Of them, answers 429 and their likes.
    pub throttled: u64,
    /// Calls that repeated another one.
    pub retries: u64,
    /// Quotas as the server last told.
    pub quotas: Vec<QuotaState>,
}

impl Usage {
    /// All calls.
    pub fn total(&self) -> u64 {
        self.calls.values().sum()
    }

    /// What was made after an earlier reading of the same counters.
    #[must_use]
    pub fn since(mut self, earlier: &Self) -> Self {
        for (operation, calls) in &mut self.calls {
            *calls -= earlier.calls.get(operation).copied().unwrap_or(0).min(*calls);
        }
        self.calls.retain(|_, calls| *calls > 0);
        self.writes = self.writes.saturating_sub(earlier.writes);
        self.throttled = self.throttled.saturating_sub(earlier.throttled);
        self.retries = self.retries.saturating_sub(earlier.retries);
        self
    }
}

/// A call that failed for good: after the retries that made sense.
#[derive(Debug, thiserror::Error)]
#[error("{system}: {operation}: {trouble}")]
pub struct CallError {
    /// The system for people: `HubSpot`.
    pub system: String,
    /// What was attempted: `reading companies`.
    pub operation: String,
    /// What went wrong and what to do.
    pub trouble: Trouble,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The settings of this system cannot work: says what to mend. Nothing was sent.
    Configuration(String),
    /// The credentials are wrong or have expired: says what to do.
    Unauthorized(String),
    /// The credentials lack a permission.
    Forbidden {
        /// The scopes or permissions that are missing, as the vendor calls them.
        missing: Vec<String>,
        /// What the server said.
        message: String,
    },
    /// The server cannot be reached, is overloaded or answers nonsense; the work can be resumed.
    Unavailable {
        /// What happened.
        message: String,
        /// How long to wait at least, where the server says so.
        retry_after: Option<Duration>,
    },
    /// A quota is used up; the work can be resumed.
    QuotaSpent {
        /// Which one.
        quota: String,
        /// When it is full again, for people.
        until: String,
    },
    /// The server answered something that is no answer of its API.
    Malformed(String),
    /// The server refuses this request for a reason that only a person can mend.
    Refused {
        /// The vendor's code.
        code: String,
        /// What it said.
        message: String,
    },
    /// A file of the source cannot be read or lacks a column: says where.
    Input(String),
    /// sirank's own state failed, so the call was not made: its counter cannot be kept.
    State(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(message)
            | Self::Unauthorized(message)
            | Self::Malformed(message)
            | Self::Input(message)
            | Self::State(message)
            | Self::Unavailable { message, retry_after: None } => out.write_str(message),
            Self::Forbidden { missing, message } if missing.is_empty() => {
                write!(out, "permission refused: {message}")
            }
            Self::Forbidden { missing, message } => {
                write!(out, "permission refused, missing {}: {message}", missing.join(", "))
            }
            Self::Unavailable { message, retry_after: Some(after) } => {
                write!(out, "{message} (the server asks to wait {} s)", after.as_secs())
            }
            Self::QuotaSpent { quota, until } => {
                write!(out, "the {quota} quota is used up until {until}; the work can be resumed then")
            }
            Self::Refused { code, message } => write!(out, "refused ({code}): {message}"),
        }
    }
}

/// A day on which a quota is counted, with what is used of it: kept over restarts by whoever implements it.
pub trait QuotaLedger: Send + Sync {
    /// Adds one call to a counter of a period and returns the new count.
    ///
    /// # Errors
    /// Where the count cannot be kept; the call is not made then.
    fn count(&self, quota: &str, period: &str) -> Result<u64, String>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_quota_is_shared_out_by_days() {
        let now: DateTime<Utc> = "2026-11-10T12:00:00Z".parse().unwrap();
        let quota = |left, ends: &str| QuotaState {
            name: "monthly".into(),
            left,
            limit: 40_000,
            reserve: 4_000,
            ends: ends.parse().unwrap(),
        };
        // 20 days and a half are 21 parts.
        assert_eq!(quota(25_000, "2026-12-01T00:00:00Z").share(1, now), Some(1_000));
        assert_eq!(quota(25_000, "2026-12-01T00:00:00Z").share(3, now), Some(3_000));
        assert_eq!(
            quota(3_000, "2026-12-01T00:00:00Z").share(3, now),
            Some(0),
            "the reserve is not shared out"
        );
        assert_eq!(quota(25_000, "2026-11-11T00:00:00Z").share(1, now), None, "it ends within a day");
        assert_eq!(quota(25_000, "2026-11-01T00:00:00Z").share(1, now), None, "it has ended");
    }
}
