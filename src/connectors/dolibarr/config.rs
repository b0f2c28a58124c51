//! What the connector has to be told: plain values, so that it knows nothing of the settings file.

use std::sync::Arc;

use chrono_tz::Tz;

use crate::domain::ids::SourceName;
use crate::http::{ClientSettings, Policy, TokenProvider, WallClock};

/// What a customer is known by in the CRM.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CustomerId {
    /// The id of the third party, which its address in the browser shows.
    #[default]
    Id,
    /// The customer code, which people see.
    Code,
}

/// Everything that the connector is built from.
#[derive(Clone)]
pub struct DolibarrConfig {
    /// What the source is called.
    pub name: SourceName,
    /// How the installation is reached: the base URL ends before `/api/index.php`.
    pub client: ClientSettings,
    /// The API key of a user.
    pub tokens: Arc<dyn TokenProvider>,
    /// The currency that everything is computed in, an ISO 4217 code.
    pub base_currency: String,
    /// The currency of the company in Dolibarr, where it is told.
    pub currency: Option<String>,
    /// The time zone of the server, where it is told.
    pub zone: Option<Tz>,
    /// The field of third parties with the Italian tax code: `idprof1` to `idprof6`, or an extra field, `options_…`.
    pub tax_code_field: Option<String>,
    /// What customers are known by.
    pub customer_id: CustomerId,
    /// Whether deposit invoices are payments on account of a later invoice that shows the whole amount.
    pub deposits_are_payments: bool,
    /// Records in one page.
    pub page: u64,
    /// How patient the HTTP stack is.
    pub policy: Policy,
    /// The time of day.
    pub wall: WallClock,
}
