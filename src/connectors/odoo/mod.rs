//! Odoo as a source of documents: JSON-2 from release 19 on, JSON-RPC before.
//!
//! # Guarantees
//! - One company's customer invoices and credit notes, in its own currency; never those of several companies mixed.
//! - A whole reading is a complete list whatever moves meanwhile: pages go by the last id, not by an offset.
//!
//! # Caveats
//! Record rules that show the API user only a part of the invoices cannot be told from here.

mod books;
mod changes;
mod classify;
mod client;
mod config;
mod map;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;

use self::books::{Books, Opened};
use self::classify::{CALLS, OdooDialect};
use self::client::{Answered, Client, KEY};
pub use self::config::{OdooConfig, Protocol};
use self::wire::Move;
use crate::domain::document::DocumentDraft;
use crate::domain::ids::SourceName;
use crate::domain::time::Day;
use crate::http::{ClientError, HttpFailure, Lane, Limiter, Pace, Placement, Stack, Transport, last_id};
use crate::ports::{
    CallError, Cursor, DocumentChanges, Finding, InvoiceSource, Page, Severity, SourceProbe, Trouble, Usage,
};

const SYSTEM: &str = "Odoo";
/// Calls are counted over this time: evenly, and a moment's lateness is caught up.
const WINDOW: Duration = Duration::from_secs(10);
/// How many of the latest invoices the probe looks at.
const SAMPLE: u64 = 50;

/// The customer invoices of one company of an Odoo.
pub struct Odoo {
    name: SourceName,
    company_id: Option<u64>,
    base_currency: String,
    client: Client,
    opened: Opened,
}

impl Odoo {
    /// The connector of a server. Nothing is sent yet.
    ///
    /// # Errors
    /// Where no client can be built: the base URL, the certificate authorities.
    pub fn new(config: OdooConfig) -> Result<Self, ClientError> {
        let calls = config.calls_per_second.max(1).saturating_mul(10);
        let limiter = Arc::new(Limiter::new(CALLS, Pace::steady(calls, WINDOW)));
        let stack = |placement| {
            let transport = Transport::new(&config.client)?;
            let stack = Stack::builder(SYSTEM, transport, OdooDialect, config.wall.clone())
                .tokens(config.tokens.clone())
                .placement(placement)
                .policy(config.policy.clone())
                .lane(Lane::GENERAL, [limiter.clone()]);
            Ok(stack.build())
        };
        let client = Client::new(stack(Placement::Bearer)?, stack(Placement::Json(KEY))?, &config);
        Ok(Self {
            name: config.name,
            company_id: config.company_id,
            base_currency: config.base_currency,
            client,
            opened: Opened::default(),
        })
    }

    async fn books(&self, begins: bool) -> Answered<Arc<Books>> {
        self.opened.books(&self.client, self.company_id, &self.base_currency, begins).await
    }

    async fn page(&self, after: u64) -> Answered<Page<DocumentDraft>> {
        let books = self.books(after == 0).await?;
        let question = books.moves(vec![json!(["id", ">", after])], "id", self.client.page);
        let moves = self.client.moves(question).await?;
        let next = last_id("invoices.list", moves.iter().map(|row| row.id.number()), after)?
            .map(|last| Cursor(last.to_string()));
        Ok(Page { items: books.drafts(&self.client, &moves).await?, next, total: None })
    }

    async fn look(&self) -> Answered<SourceProbe> {
        let protocol = self.client.protocol_name().await?;
        let books = self.books(true).await?;
        let latest = books.moves(Vec::new(), "id desc", SAMPLE);
        let moves = self.client.moves(latest).await?;
        let company = &books.company;
        let company =
            format!("{} ({})", company.name.text().unwrap_or("?"), company.id.text().unwrap_or("?"));
        let base = self.client.json2.transport().base();
        Ok(SourceProbe {
            identity: format!("company {company} of {SYSTEM} at {base}, by {protocol}"),
            findings: self.of_currency(&books).into_iter().chain(self.of_fields(&moves)).collect(),
            ..SourceProbe::default()
        })
    }

    fn of_currency(&self, books: &Books) -> Option<Finding> {
        let currency = books.currency.as_deref()?;
        Some(Finding {
            severity: Severity::Warning,
            place: format!("accounting source {}", self.name),
            what: format!("the company's currency is {currency}, that of the ledger {}", self.base_currency),
            advice: format!("Add {currency} to currency.rates, or set currency.base to it"),
        })
    }

    /// A release that calls its fields otherwise would give no amounts, document by document.
    fn of_fields(&self, moves: &[Move]) -> Option<Finding> {
        let gone = |is_there: fn(&Move) -> bool| !moves.is_empty() && !moves.iter().any(is_there);
        let fields = [
            ("move_type", gone(|row| row.kind.0.is_some())),
            ("state", gone(|row| row.state.0.is_some())),
            ("amount_untaxed_signed", gone(|row| row.amount_untaxed_signed.0.is_some())),
            ("commercial_partner_id", gone(|row| row.commercial_partner_id.id.is_some())),
        ];
        let missing: Vec<&str> = fields.iter().filter(|(_, gone)| *gone).map(|(name, _)| *name).collect();
        (!missing.is_empty()).then(|| Finding {
            severity: Severity::Error,
            place: format!("accounting source {}", self.name),
            what: format!("the latest invoices come without {}", missing.join(", ")),
            advice: "See that the API user may read accounting entries; sirank knows Odoo 14 to 20"
                .to_owned(),
        })
    }
}

#[async_trait]
impl InvoiceSource for Odoo {
    fn name(&self) -> SourceName {
        self.name.clone()
    }

    async fn probe(&self) -> Result<SourceProbe, CallError> {
        self.look().await.map_err(failed("looking at the invoices"))
    }

    async fn documents(&self, _: Day, from: Option<Cursor>) -> Result<Page<DocumentDraft>, CallError> {
        let doing = "reading invoices";
        let after = match from {
            None => 0,
            Some(Cursor(text)) => text.parse().map_err(|_| {
                error(doing, Trouble::Malformed(format!("`{text}` is no place in the invoices")))
            })?,
        };
        self.page(after).await.map_err(failed(doing))
    }

    fn changes(&self) -> Option<&dyn DocumentChanges> {
        Some(self)
    }

    fn usage(&self) -> Usage {
        let (mut usage, other) = (self.client.json2.usage(), self.client.jsonrpc.usage());
        for (operation, calls) in other.calls {
            *usage.calls.entry(operation).or_default() += calls;
        }
        usage.throttled += other.throttled;
        usage.retries += other.retries;
        usage
    }
}

/// What only the settings can mend is told as that.
fn failed(doing: &'static str) -> impl Fn(Box<HttpFailure>) -> CallError {
    move |failure| {
        let error = failure.during(SYSTEM, doing);
        match error.trouble {
            Trouble::Refused { code, message } if matches!(code.as_str(), "COMPANY" | "JSON_RPC") => {
                CallError { trouble: Trouble::Configuration(message), ..error }
            }
            trouble => CallError { trouble, ..error },
        }
    }
}

fn error(doing: &str, trouble: Trouble) -> CallError {
    CallError { system: SYSTEM.to_owned(), operation: doing.to_owned(), trouble }
}
