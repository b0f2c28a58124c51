//! What the connector has to be told: plain values, so that it knows nothing of the settings file.

use std::sync::Arc;

use crate::domain::ids::SourceName;
use crate::http::{ClientSettings, Policy, TokenProvider, WallClock};

/// How Odoo is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// JSON-2 where the server has it, else JSON-RPC.
    #[default]
    Auto,
    /// `/json/2`, from Odoo 19 on.
    Json2,
    /// `/jsonrpc`, up to Odoo 21.
    JsonRpc,
}

/// Everything that the connector is built from.
#[derive(Clone)]
pub struct OdooConfig {
    /// What the source is called.
    pub name: SourceName,
    /// How the server is reached.
    pub client: ClientSettings,
    /// The API key of a user.
    pub tokens: Arc<dyn TokenProvider>,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// The database. JSON-2 needs it only where one server has several; JSON-RPC always.
    pub database: Option<String>,
    /// The login of the user of the key: JSON-RPC needs it.
    pub username: Option<String>,
    /// The company whose invoices are read; none: the only one.
    pub company_id: Option<u64>,
    /// The currency that everything is computed in, an ISO 4217 code.
    pub base_currency: String,
    /// Records in one page.
    pub page: u64,
    /// The most calls in a second.
    pub calls_per_second: u32,
    /// How patient the HTTP stack is.
    pub policy: Policy,
    /// The time of day.
    pub wall: WallClock,
}
