//! Dolibarr as a source of documents, on its REST API.
//!
//! # Guarantees
//! - A whole reading is a complete list whatever is deleted meanwhile: pages go by the last id, not by a number.
//! - Dates are right whatever the server's time zone: they come as midnight there.
//!
//! # Caveats
//! An API user without the right to see all customers gets its own alone and is not told so: the probe asks for its rights.

mod changes;
mod classify;
mod client;
mod config;
mod customers;
mod map;
mod probe;
mod wire;

#[cfg(test)]
mod tests;

use async_trait::async_trait;

use self::classify::DolibarrDialect;
use self::client::{Answered, Client, Identified, Which};
pub use self::config::{CustomerId, DolibarrConfig};
use self::customers::{Customers, Known, customer_of};
use self::map::Mapping;
use self::wire::Invoice;
use crate::domain::document::DocumentDraft;
use crate::domain::ids::SourceName;
use crate::domain::time::Day;
use crate::http::{ClientError, HttpFailure, Placement, Stack, Transport, last_id};
use crate::ports::{CallError, Cursor, DocumentChanges, InvoiceSource, Page, SourceProbe, Trouble, Usage};

const SYSTEM: &str = "Dolibarr";
/// The header with the API key. `Authorization` is refused.
const KEY: &str = "DOLAPIKEY";

/// The invoices of a Dolibarr.
pub struct Dolibarr {
    name: SourceName,
    mapping: Mapping,
    client: Client,
    customers: Customers,
}

impl Dolibarr {
    /// The connector of an installation. Nothing is sent yet.
    ///
    /// # Errors
    /// Where no client can be built: the base URL, the certificate authorities.
    pub fn new(config: DolibarrConfig) -> Result<Self, ClientError> {
        let mapping = Mapping::of(&config);
        let transport = Transport::new(&config.client)?;
        let stack = Stack::builder(SYSTEM, transport, DolibarrDialect, config.wall)
            .tokens(config.tokens)
            .placement(Placement::Header(KEY))
            .policy(config.policy)
            .build();
        let client = Client::new(stack, config.page);
        Ok(Self { name: config.name, mapping, client, customers: Customers::default() })
    }

    async fn page(&self, after: u64) -> Answered<Page<DocumentDraft>> {
        if after == 0 {
            self.customers.forget();
        }
        let known = self.customers.all(&self.client, &self.mapping).await?;
        let invoices = self.client.invoices(&Which::after(after)).await?;
        let last = last_id("invoices.list", invoices.iter().map(Identified::number), after)?;
        let others = customers::others(&self.client, &self.mapping, &invoices, &known).await?;
        let items = self.drafts(&invoices, &[&known, &others]);
        if last.is_none() {
            self.customers.forget();
        }
        Ok(Page { items, next: last.map(|last| Cursor(last.to_string())), total: None })
    }

    fn drafts(&self, invoices: &[Invoice], known: &[&Known]) -> Vec<DocumentDraft> {
        let draft = |invoice: &Invoice| {
            let id = customer_of(invoice);
            let customer = id.and_then(|id| known.iter().find_map(|known| known.get(&id)));
            self.mapping.draft(invoice, customer)
        };
        invoices.iter().map(draft).collect()
    }
}

#[async_trait]
impl InvoiceSource for Dolibarr {
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
        self.client.stack.usage()
    }
}

fn failed(doing: &'static str) -> impl Fn(Box<HttpFailure>) -> CallError {
    move |failure| failure.during(SYSTEM, doing)
}

fn error(doing: &str, trouble: Trouble) -> CallError {
    CallError { system: SYSTEM.to_owned(), operation: doing.to_owned(), trouble }
}
