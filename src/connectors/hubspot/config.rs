//! What the connector has to be told: plain values, so that it knows nothing of the settings file.

use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;

use crate::domain::catalogue::{Figure, Language};
use crate::domain::wake_up::BoardNames;
use crate::http::{ClientSettings, Policy, TokenProvider, WallClock};
use crate::ports::{InputProperty, QuotaLedger};

/// The version of HubSpot's API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiVersion {
    /// 2026-03.
    V2026_03,
    /// 2026-09: the current one.
    #[default]
    V2026_09,
}

impl ApiVersion {
    /// As it stands in paths.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2026_03 => "2026-03",
            Self::V2026_09 => "2026-09",
        }
    }

    /// The version of a text: `2026-09`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::V2026_03, Self::V2026_09].into_iter().find(|version| version.as_str() == text)
    }
}

/// Which properties of a company hold what people fill in; none: not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// High, low or lost.
    pub potential: Option<String>,
    /// D&P, yes or no.
    pub d_and_p: Option<String>,
    /// The category.
    pub category: Option<String>,
    /// The VAT number.
    pub vat_number: Option<String>,
    /// The Italian tax code.
    pub tax_code: Option<String>,
    /// The accounting system's customer id.
    pub accounting_id: Option<String>,
    /// The country.
    pub country: Option<String>,
    /// The time of the last direct contact.
    pub last_contact: Option<String>,
}

impl Mapping {
    /// The property that holds an input; none: not mapped.
    pub fn property(&self, input: InputProperty) -> Option<&str> {
        match input {
            InputProperty::Potential => self.potential.as_deref(),
            InputProperty::DAndP => self.d_and_p.as_deref(),
            InputProperty::Category => self.category.as_deref(),
            InputProperty::VatNumber => self.vat_number.as_deref(),
            InputProperty::TaxCode => self.tax_code.as_deref(),
            InputProperty::AccountingId => self.accounting_id.as_deref(),
        }
    }
}

impl Default for Mapping {
    /// HubSpot's own properties; the inputs, for which it has none, are not mapped.
    fn default() -> Self {
        Self {
            potential: None,
            d_and_p: None,
            category: None,
            vat_number: None,
            tax_code: None,
            accounting_id: None,
            country: Some("country".to_owned()),
            last_contact: Some("notes_last_contacted".to_owned()),
        }
    }
}

/// How much of the quotas is used, and how long HubSpot is given after a refusal that names no time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaSettings {
    /// Most calls in 10 s; none: what HubSpot's answers grant (100, 190 or 250), starting with 100.
    pub burst: Option<u32>,
    /// Most searches in a second. An account has 5, shared by all its integrations.
    pub searches_per_second: u32,
    /// Most calls on association endpoints in 10 s, which have a quota of their own.
    pub associations: u32,
    /// Calls a day, before an answer has told: none: unlimited until then.
    pub daily: Option<u64>,
    /// The share of the day's calls that is left to the account's other integrations, in percent.
    pub daily_reserve_percent: u64,
    /// The pause after a 429 of the 10-second quota.
    pub burst_pause: Duration,
    /// The pause after a 429 of the search quota.
    pub search_pause: Duration,
    /// The pause after a 423.
    pub locked_pause: Duration,
}

impl Default for QuotaSettings {
    fn default() -> Self {
        Self {
            burst: None,
            searches_per_second: 4,
            associations: 100,
            daily: None,
            daily_reserve_percent: 10,
            burst_pause: Duration::from_secs(10),
            search_pause: Duration::from_secs(1),
            locked_pause: Duration::from_secs(2),
        }
    }
}

/// Everything that the connector is built from.
#[derive(Clone)]
pub struct HubSpotConfig {
    /// How HubSpot is reached.
    pub client: ClientSettings,
    /// The version of its API.
    pub version: ApiVersion,
    /// The credentials.
    pub tokens: Arc<dyn TokenProvider>,
    /// Which properties are read.
    pub mapping: Mapping,
    /// What the names of sirank's own properties begin with.
    pub prefix: String,
    /// The figures that are written, and so compared.
    pub figures: Vec<Figure>,
    /// The language of labels.
    pub language: Language,
    /// Whether documents are HubSpot's own: they name their company, so every company has a key.
    pub own_documents: bool,
    /// What the Wake Up pipeline is called; none: there is none, and no cards are kept.
    pub wake_up: Option<BoardNames>,
    /// The business zone: days of instants are those of this zone.
    pub zone: Tz,
    /// The quotas.
    pub quotas: QuotaSettings,
    /// How many writes may be under way at once.
    pub concurrency: usize,
    /// How patient the HTTP stack is.
    pub policy: Policy,
    /// Keeps the count of the day's calls.
    pub ledger: Arc<dyn QuotaLedger>,
    /// The time of day.
    pub wall: WallClock,
}

/// How HubSpot's commerce invoices are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HubSpotInvoiceSettings {
    /// The property with the net amount; none: the amount billed, with a word on taxes.
    pub amount_property: Option<String>,
}

/// Which won deals are taken as purchases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WonDealSettings {
    /// The property with the amount.
    pub amount_property: String,
    /// The pipelines whose won deals count, by id or label; none: all.
    pub pipelines: Option<Vec<String>>,
    /// The Wake Up pipeline, by id or label, whose won deals are never purchases.
    pub wake_up_pipeline: String,
}
