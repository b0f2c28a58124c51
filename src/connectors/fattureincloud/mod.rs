//! Fatture in Cloud as a source of documents, on its API v2.
//!
//! # Guarantees
//! - Invoices and credit notes are read, nothing else: pro-forma invoices, quotes, orders, delivery notes, work reports and
//!   self-invoices are no revenue. Discarded e-invoices are delivered as not counted.
//! - A pull is a complete list: a document that was deleted in the meantime is in none of its pages.
//!
//! # Caveats
//! A document that is deleted in the same moment in which another is created hides itself from the comparison of totals
//! (`paging`): one document may then be missing until the next pull.

mod changes;
mod classify;
mod client;
mod config;
mod country;
mod map;
mod oauth;
mod paging;
mod quota;
mod wire;

#[cfg(test)]
mod tests;

use async_trait::async_trait;

use self::classify::FattureDialect;
use self::client::Client;
pub use self::config::{FattureInCloudConfig, QuotaSettings};
use self::map::{DocumentType, draft};
pub use self::oauth::OAUTH;
use self::paging::{Place, Told};
use self::quota::Quotas;
use self::wire::{Company, Scalar};
use crate::domain::document::DocumentDraft;
use crate::domain::ids::SourceName;
use crate::domain::time::Day;
use crate::http::{ClientError, HttpFailure, Lane, Stack, Transport};
use crate::ports::{
    CallError, Cursor, DocumentChanges, Finding, InvoiceSource, Page, Severity, SourceProbe, Trouble, Usage,
};

const SYSTEM: &str = "Fatture in Cloud";

/// A company of Fatture in Cloud.
pub struct FattureInCloud {
    name: SourceName,
    company_id: String,
    client: Client,
}

impl FattureInCloud {
    /// The connector of a company. Nothing is sent yet.
    ///
    /// # Errors
    /// Where no client can be built: the base URL, the certificate authorities.
    pub fn new(config: FattureInCloudConfig) -> Result<Self, ClientError> {
        let transport = Transport::new(&config.client)?;
        let host = config.client.base_url.host_str().unwrap_or_default();
        let company = format!("{host} {}", config.company_id);
        let quotas = Quotas::new(config.quotas, config.zone, &company, &config.ledger);
        let dialect = FattureDialect {
            quotas: quotas.clone(),
            zone: config.zone,
            company_id: config.company_id.clone(),
            remedies: config.tokens.remedies().unwrap_or_else(classify::remedies),
        };
        let stack = Stack::builder(SYSTEM, transport, dialect, config.wall)
            .tokens(config.tokens)
            .policy(config.policy)
            .lane(Lane::GENERAL, [quotas.five_minutes])
            .budget(quotas.hourly)
            .budget(quotas.monthly)
            .build();
        let client = Client::new(stack, config.company_id.clone());
        Ok(Self { name: config.name, company_id: config.company_id, client })
    }

    async fn page(&self, place: Place) -> Result<Page<DocumentDraft>, CallError> {
        let doing = "reading documents";
        let list = self.client.documents(place.kind, place.page).await.map_err(failed(doing))?;
        let told = Told {
            current_page: list.current_page,
            last_page: list.last_page,
            total: list.total,
            rows: u64::try_from(list.data.len()).unwrap_or(u64::MAX),
        };
        let next = place.after(told).map_err(|reason| error(doing, Trouble::Malformed(reason)))?;
        let items = (1..).zip(list.data).map(|(row, document): (u32, _)| {
            let position = format!("{} page {}, row {row}", place.kind.as_str(), place.page);
            draft(document, place.kind, position)
        });
        Ok(Page { items: items.collect(), next: next.map(Cursor::from), total: None })
    }

    /// How many documents there are, or every scope that is missing to read them.
    async fn count(&self) -> Result<Option<u64>, CallError> {
        let mut total = Some(0);
        let mut refused: Option<(Vec<String>, String)> = None;
        for kind in DocumentType::ALL {
            let failure = match self.client.count(kind).await {
                Ok(list) => {
                    total = total.zip(list.total).map(|(sum, more): (u64, u64)| sum + more);
                    continue;
                }
                Err(failure) => failed("looking at the documents")(failure),
            };
            let Trouble::Forbidden { missing, message } = failure.trouble else { return Err(failure) };
            refused.get_or_insert((Vec::new(), message)).0.extend(missing);
        }
        match refused {
            None => Ok(total),
            Some((missing, message)) => {
                Err(error("looking at the documents", Trouble::Forbidden { missing, message }))
            }
        }
    }
}

#[async_trait]
impl InvoiceSource for FattureInCloud {
    fn name(&self) -> SourceName {
        self.name.clone()
    }

    async fn probe(&self) -> Result<SourceProbe, CallError> {
        let answer = self.client.companies().await.map_err(failed("listing the companies of the token"))?;
        let companies = flattened(answer.data.companies.unwrap_or_default());
        let Some((_, name)) = companies.iter().find(|(id, _)| *id == self.company_id) else {
            return Ok(SourceProbe {
                identity: format!("company {}", self.company_id),
                findings: vec![self.foreign_company(&companies)],
                ..SourceProbe::default()
            });
        };
        let documents = self.count().await?;
        Ok(SourceProbe {
            identity: format!("{name} (company {})", self.company_id),
            documents,
            quotas: self.usage().quotas,
            findings: Vec::new(),
            ..SourceProbe::default()
        })
    }

    async fn documents(&self, _: Day, from: Option<Cursor>) -> Result<Page<DocumentDraft>, CallError> {
        let place = match &from {
            None => Place::START,
            Some(Cursor(text)) => text.parse().map_err(|()| {
                error(
                    "reading documents",
                    Trouble::Malformed(format!("`{text}` is no place in the documents")),
                )
            })?,
        };
        self.page(place).await
    }

    fn documents_per_call(&self) -> Option<u64> {
        Some(client::PAGE)
    }

    fn changes(&self) -> Option<&dyn DocumentChanges> {
        Some(self)
    }

    fn usage(&self) -> Usage {
        self.client.stack.usage()
    }
}

impl FattureInCloud {
    fn foreign_company(&self, companies: &[(String, String)]) -> Finding {
        let known: Vec<String> = companies.iter().map(|(id, name)| format!("{id} ({name})")).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Finding {
            severity: Severity::Error,
            place: format!("accounting source {}: company_id", self.name),
            what: format!("company {} is not among those of the token: {known}", self.company_id),
            advice: "Set company_id to one of these, or use a token of the other company".to_owned(),
        }
    }
}

/// All companies by id and name, those of an accountant's customers included.
fn flattened(companies: Vec<Company>) -> Vec<(String, String)> {
    companies
        .into_iter()
        .flat_map(|company| {
            let id = company.id.as_ref().and_then(Scalar::text).unwrap_or_default().to_owned();
            let own = (id, company.name.unwrap_or_default());
            std::iter::once(own).chain(flattened(company.controlled_companies.unwrap_or_default()))
        })
        .collect()
}

fn failed(doing: &'static str) -> impl Fn(Box<HttpFailure>) -> CallError {
    move |failure| failure.during(SYSTEM, doing)
}

fn error(doing: &str, trouble: Trouble) -> CallError {
    CallError { system: SYSTEM.to_owned(), operation: doing.to_owned(), trouble }
}
