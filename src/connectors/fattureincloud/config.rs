//! What the connector has to be told: plain values, so that it knows nothing of the settings file.

use std::sync::Arc;

use chrono_tz::Tz;

use crate::domain::ids::SourceName;
use crate::http::{ClientSettings, Policy, TokenProvider, WallClock};
use crate::ports::QuotaLedger;

/// The quotas of one company, and how much of them is left to its other applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaSettings {
    /// Most calls in any five minutes.
    pub five_minutes: u32,
    /// Most calls in an hour, before an answer has told.
    pub hourly: u64,
    /// Most calls in a month, before an answer has told.
    pub monthly: u64,
    /// The share of the hour's and the month's calls that is left to others, in percent.
    pub reserve_percent: u64,
}

impl Default for QuotaSettings {
    /// The vendor's published limits.
    fn default() -> Self {
        Self { five_minutes: 300, hourly: 1_000, monthly: 40_000, reserve_percent: 10 }
    }
}

/// Everything that the connector is built from.
#[derive(Clone)]
pub struct FattureInCloudConfig {
    /// What the source is called.
    pub name: SourceName,
    /// The id of the company whose documents are read.
    pub company_id: String,
    /// How the API is reached.
    pub client: ClientSettings,
    /// The credentials.
    pub tokens: Arc<dyn TokenProvider>,
    /// The business zone: the ends of hours and months are told in it.
    pub zone: Tz,
    /// The quotas.
    pub quotas: QuotaSettings,
    /// How patient the HTTP stack is.
    pub policy: Policy,
    /// Keeps the count of the hour's and the month's calls.
    pub ledger: Arc<dyn QuotaLedger>,
    /// The time of day.
    pub wall: WallClock,
}
