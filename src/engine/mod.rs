//! The engine: pull → compute → plan → apply, over the ports and the store. It names no vendor.
//!
//! # Guarantees
//! - A plan is complete and stored before anything of it is sent; the part that applies it makes no choices.
//! - A change is marked on disk before the call that sends it. A change whose outcome is unknown is looked up in the CRM
//!   before it may be sent again.
//! - Every `.await` is a cancellation point: killed at any of them, the next run brings the same result.

mod analyse;
mod apply;
mod changes;
mod check;
mod contacts;
mod entries;
mod estimate;
mod explain;
mod history;
mod matched;
mod observed;
mod plan;
mod preflight;
mod pull;
mod quiet;
mod records;
mod report;
mod run;
mod sample;
mod settle;
mod setup;
mod surveyed;
mod tasks;
mod telling;
mod undo;
mod upkeep;
mod wake_up;

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use tokio_util::sync::CancellationToken;

use crate::domain::catalogue::{Figure, Language};
use crate::domain::duplicates::DuplicateRule;
use crate::domain::ids::{PipelineId, SourceName};
use crate::domain::intake::CurrencyRules;
use crate::domain::plan::GuardRules;
use crate::domain::rules::Rules;
use crate::domain::tasks::TaskRules;
use crate::domain::wake_up::WakeUp;
use crate::ports::{CallError, Crm, Finding, InputProperty, InvoiceSource};
use crate::store::{Retention, Store, StoreError};

pub use analyse::{Analysis, Listed};
pub use apply::{Applied, RecordsApplied};
pub use changes::Reading;
pub use check::{CheckReport, Coverage};
pub use contacts::{ContactPlan, ContactRequest, OwnerContacts};
pub use estimate::Estimate;
pub use explain::{Explained, ExplainedDocument, Found, find};
pub use history::{HistoryEntry, Outcome, Why, history};
pub use plan::Planned;
pub use preflight::figure_names;
pub use records::{RecordLeft, refused_lately};
pub use report::{
    CompanyLine, RejectedDocument, Report, UnmatchedDocument, WithoutFigures, rejected_documents,
    unmatched_documents,
};
pub(crate) use run::{DRY_RUN, PLAN, SERVICE};
pub use run::{Request, RunReport, Scope};
pub use sample::{Sample, SampledDocument};
pub use setup::{SetupItem, SetupReport};
pub use surveyed::LastSurvey;
pub use tasks::{TaskLine, TaskStanding};
pub use undo::{LeftAlone, Since, UndoReport};
pub use wake_up::{CardLine, CardStanding};

/// What the engine works with.
#[derive(Clone, Copy)]
pub struct Engine<'a> {
    /// The state.
    pub store: &'a Store,
    /// The CRM.
    pub crm: &'a dyn Crm,
    /// The accounting sources.
    pub sources: &'a [Box<dyn InvoiceSource>],
    /// The last survey of the account over this connector.
    pub survey: &'a LastSurvey,
    /// The rules of this account.
    pub policy: &'a Policy,
    /// Who is told how far it has come.
    pub progress: &'a dyn Progress,
    /// Cancelled when the work has to end in good order.
    pub stop: &'a CancellationToken,
}

/// The rules of one account.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The parameters of the computation.
    pub rules: Rules,
    /// How foreign currencies are taken in.
    pub currency: CurrencyRules,
    /// What a document means that two sources hold.
    pub duplicates: DuplicateRule,
    /// Who issued the documents of a source, where the documents do not say.
    pub sellers: BTreeMap<SourceName, String>,
    /// The figures that are written.
    pub figures: BTreeSet<Figure>,
    /// The language of texts and labels.
    pub language: Language,
    /// When a plan is held.
    pub guards: GuardRules,
    /// The watched pipelines, by id or label; none given: all.
    pub watched_pipelines: Option<Vec<String>>,
    /// The categories that are never cold, as configured.
    pub excluded_categories: Vec<String>,
    /// The properties that people fill in.
    pub inputs: Vec<InputMapping>,
    /// Values older than this are read again before they are written over.
    pub reread_after: std::time::Duration,
    /// Companies are all read again when that was last done so long ago, whatever the CRM tells of changes.
    pub whole_after: std::time::Duration,
    /// How long to wait before sending again to a CRM that did not answer; longer each time.
    pub silence_pause: std::time::Duration,
    /// How long the journal is kept.
    pub retention: Retention,
    /// The business zone: days of instants are those of this zone.
    pub zone: Tz,
    /// How the Wake Up pipeline is kept; none: not at all.
    pub wake_up: Option<WakeUp>,
    /// Which tasks are made.
    pub tasks: TaskRules,
}

/// Where something that people fill in is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputMapping {
    /// What it is.
    pub input: InputProperty,
    /// The property's internal name.
    pub property: String,
    /// Whether the configuration names it, rather than sirank's own default.
    pub configured: bool,
}

/// Who is told how far a run has come.
pub trait Progress: Send + Sync {
    /// A step begins; `total` is how many items it has, where that is known.
    fn begin(&self, step: &str, total: Option<u64>);
    /// Some items of the step are done.
    fn advance(&self, items: u64);
    /// The step has ended.
    fn end(&self);
}

/// Why the engine could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The state.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A remote system or a file.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The account and the configuration do not fit: nothing was written.
    #[error("the run cannot begin: {}", .0.iter().map(|finding| format!("{}: {}. {}", finding.place, finding.what, finding.advice)).collect::<Vec<_>>().join("\n  "))]
    Preflight(Vec<Finding>),
    /// It was asked to stop, and did so in good order.
    #[error("stopped before the end; everything up to here is kept")]
    Stopped,
    /// There is no such plan, run or company.
    #[error("{0}")]
    NotFound(String),
    /// The plan cannot be applied any more.
    #[error("{0}")]
    Overtaken(String),
}

impl Engine<'_> {
    fn go_on(&self) -> Result<(), EngineError> {
        if self.stop.is_cancelled() { Err(EngineError::Stopped) } else { Ok(()) }
    }
}

/// Pipelines whose open deals count, resolved against the account.
type Watched = BTreeSet<PipelineId>;
