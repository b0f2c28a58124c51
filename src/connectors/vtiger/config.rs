//! What the connector has to be told: plain values, so that it knows nothing of the settings file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use secrecy::SecretString;

use crate::domain::catalogue::{Figure, Language};
use crate::domain::wake_up::BoardNames;
use crate::http::{ClientSettings, Policy, WallClock};
use crate::ports::{InputProperty, QuotaLedger};

/// Which fields of an organization are read and written, where the catalogue's labels do not lead to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// The name or label of the field that people fill in; for those that are not here, the field with the catalogue's
    /// label in either language.
    pub inputs: BTreeMap<InputProperty, String>,
    /// The same for sirank's own figures.
    pub figures: BTreeMap<Figure, String>,
    /// The picklist values of a figure's options: figure → internal name of the option → value. For those that are not
    /// here, the catalogue's label in the configured language.
    pub options: BTreeMap<Figure, BTreeMap<String, String>>,
    /// The name or label of the field with the country; none: the billing country.
    pub country: Option<String>,
}

/// Which records count as direct contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactSettings {
    /// Types of events.
    pub activity_types: Vec<String>,
    /// In which status they have taken place.
    pub statuses: Vec<String>,
    /// Whether logged e-mails count.
    pub emails: bool,
}

impl Default for ContactSettings {
    /// Calls and meetings that were held, and e-mails.
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self { activity_types: texts(&["Call", "Meeting"]), statuses: texts(&["Held"]), emails: true }
    }
}

/// How much of the quotas is used. The open source edition has none; vTiger Cloud tells of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaSettings {
    /// Most calls in a minute, whatever the server grants; none: as many as it grants.
    pub calls_per_minute: Option<u32>,
    /// Most calls in an hour, which vTiger Cloud limits without telling.
    pub hourly: Option<u64>,
    /// Most calls in a day, before an answer has told.
    pub daily: Option<u64>,
    /// The share of the hour's and the day's calls that is left to others, in percent.
    pub reserve_percent: u64,
    /// The pause after a 429 that names no time.
    pub pause: Duration,
}

impl Default for QuotaSettings {
    fn default() -> Self {
        Self {
            calls_per_minute: None,
            hourly: None,
            daily: None,
            reserve_percent: 10,
            pause: Duration::from_mins(1),
        }
    }
}

/// Everything that the connector is built from.
#[derive(Clone)]
pub struct VtigerConfig {
    /// How vTiger is reached: its base URL is the one of the log-in page.
    pub client: ClientSettings,
    /// The API user's user name.
    pub username: String,
    /// That user's access key.
    pub access_key: SecretString,
    /// Which fields are read and written.
    pub mapping: Mapping,
    /// The figures that are written, and so compared.
    pub figures: Vec<Figure>,
    /// The language of labels and picklist values.
    pub language: Language,
    /// The business zone: days of instants are those of this zone.
    pub zone: Tz,
    /// The name or label of the picklist field of opportunities that tells their pipeline; none: all are in one.
    pub pipeline_field: Option<String>,
    /// The sales stages in which an opportunity is closed.
    pub closed_stages: BTreeSet<String>,
    /// Of them, those in which it is won.
    pub won_stages: BTreeSet<String>,
    /// What the Wake Up pipeline and its stages are called; none: no cards are kept.
    pub wake_up: Option<BoardNames>,
    /// Which records count as direct contacts.
    pub contacts: ContactSettings,
    /// Whether a group that owns an organization counts as an active owner.
    pub groups_are_owners: bool,
    /// Whether documents are vTiger's own, invoices or won opportunities: they name their organization, so every organization has a key.
    pub own_invoices: bool,
    /// The most sessions that are open at once.
    pub sessions: usize,
    /// The quotas.
    pub quotas: QuotaSettings,
    /// How patient the HTTP stack is.
    pub policy: Policy,
    /// Keeps the count of the hour's and the day's calls.
    pub ledger: Arc<dyn QuotaLedger>,
    /// The time of day.
    pub wall: WallClock,
}

/// The stages that vTiger is delivered with as closed ones.
pub fn stock_closed_stages() -> BTreeSet<String> {
    ["Closed Won", "Closed Lost"].map(str::to_owned).into()
}

/// The stages that vTiger is delivered with for opportunities that are won.
pub fn stock_won_stages() -> BTreeSet<String> {
    ["Closed Won".to_owned()].into()
}

/// How vTiger's invoices are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceSettings {
    /// The currency of the ledger, an ISO 4217 code.
    pub base_currency: String,
    /// Statuses of invoices that are void.
    pub void: BTreeSet<String>,
    /// Statuses of credit notes.
    pub credit_notes: BTreeSet<String>,
    /// Statuses of invoices that are not issued yet.
    pub drafts: BTreeSet<String>,
    /// The name or label of the field with the number printed on the invoice; none: vTiger's own number.
    pub number_field: Option<String>,
}

impl InvoiceSettings {
    /// The statuses that vTiger is delivered with, for a ledger's currency.
    pub fn stock(base_currency: &str) -> Self {
        Self {
            base_currency: base_currency.to_uppercase(),
            void: ["Cancel".to_owned()].into(),
            credit_notes: ["Credit Invoice".to_owned()].into(),
            drafts: BTreeSet::new(),
            number_field: None,
        }
    }
}

/// Which won opportunities are taken as purchases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WonDealSettings {
    /// The name or label of the field with the amount.
    pub amount_field: String,
    /// The pipelines whose won opportunities count, by value or label; none: all.
    pub pipelines: Option<Vec<String>>,
    /// The Wake Up pipeline, whose won opportunities are never purchases.
    pub wake_up_pipeline: String,
}
