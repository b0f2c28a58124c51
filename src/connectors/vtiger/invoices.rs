//! vTiger's invoices as a source of documents.
//!
//! Only header columns are read: with a column of the lines, a page would count lines instead of invoices.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::client::Answered;
use super::config::{InvoiceSettings, VtigerConfig};
use super::currencies::{Currencies, currencies};
use super::fields::Module;
use super::labels::same;
use super::link::{INVOICE, Link, account_id, during};
use super::purchases::OF_WON_DEALS;
use super::query::{Query, RecordId};
use super::survey::says_admin;
use super::wire::Row;
use super::{SYSTEM, Vtiger, cursor, position};
use crate::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted, Party};
use crate::domain::ids::SourceName;
use crate::domain::time::Day;
use crate::http::{Class, ClientError, HttpFailure};
use crate::ports::{CallError, Cursor, Finding, InvoiceSource, Page, Severity, SourceProbe, Usage};

/// What the operations of this source begin with, by which its calls are told from those of the CRM.
const OPERATIONS: &str = "invoices.";
/// The total without tax, after all discounts.
const NET: &str = "pre_tax_total";

/// The invoices of a vTiger installation.
pub struct VtigerInvoices {
    name: SourceName,
    settings: InvoiceSettings,
    /// The installation, for people.
    account: String,
    username: String,
    link: Arc<Link>,
    /// Whether the sessions are the CRM's too, which counts the calls that both need.
    shared: bool,
    columns: Mutex<Option<Arc<Columns>>>,
}

/// What is read of an invoice.
struct Columns {
    module: Module,
    number: Option<String>,
    currencies: Currencies,
}

impl Vtiger {
    /// The invoices of the same installation, over the same sessions.
    pub fn invoices(&self, name: SourceName, settings: InvoiceSettings) -> VtigerInvoices {
        VtigerInvoices {
            name,
            settings,
            account: account_id(&self.config),
            username: self.config.username.clone(),
            link: self.link.clone(),
            shared: true,
            columns: Mutex::default(),
        }
    }
}

impl VtigerInvoices {
    /// The invoices of an installation that is not the CRM. Nothing is sent yet.
    ///
    /// # Errors
    /// Where no client can be built: the base URL, the certificate authorities.
    pub fn new(
        config: &VtigerConfig,
        name: SourceName,
        settings: InvoiceSettings,
    ) -> Result<Self, ClientError> {
        let link = Arc::new(Link::new(config)?);
        let (account, columns) = (account_id(config), Mutex::default());
        let username = config.username.clone();
        Ok(Self { name, settings, account, username, link, shared: false, columns })
    }

    /// What is read, asked for anew at the beginning of a pull.
    async fn columns(&self, begins: bool) -> Answered<Arc<Columns>> {
        let known = self.columns.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|_| !begins) {
            return Ok(known);
        }
        self.link.forget_one(INVOICE);
        let module = (*self.link.needed(INVOICE).await?).clone();
        if !self.shared {
            self.sees_everything().await?;
        }
        let number = self.settings.number_field.as_deref();
        let number = number.and_then(|name| module.meant_by(name).first().map(|field| field.name.clone()));
        let columns = Arc::new(Columns { number, currencies: currencies(&self.link).await?, module });
        *self.columns.lock().unwrap_or_else(PoisonError::into_inner) = Some(columns.clone());
        Ok(columns)
    }

    /// Others than administrators may be shown some of the invoices, without a word about the rest. Where vTiger is the
    /// CRM too, its survey asks.
    async fn sees_everything(&self) -> Answered<()> {
        let identity = self.link.client.identity().await?;
        let is_admin = match (identity.is_admin, &identity.user) {
            (None, Some(id)) => says_admin(&self.link.client.retrieve("invoices.user", id).await?),
            (told, _) => told,
        };
        if is_admin != Some(false) {
            return Ok(());
        }
        let class = Class::Forbidden { missing: vec!["administrator".to_owned()] };
        let message = format!(
            "the API user `{}` is no administrator, so vTiger may show it only some of the invoices, and revenue would \
             come out too low. Make it an administrator in Settings > Users",
            self.username
        );
        Err(HttpFailure::found("invoices.list", class, message))
    }

    async fn page(&self, from: Option<&Cursor>) -> Answered<Page<DocumentDraft>> {
        let columns = self.columns(from.is_none()).await?;
        let after = position(from, columns.module.prefix)?;
        let names = [
            "invoice_no",
            "subject",
            "invoicedate",
            "invoicestatus",
            "account_id",
            NET,
            "currency_id",
            "conversion_rate",
        ];
        let names = names.into_iter().chain(columns.number.as_deref());
        let query = Query::of(INVOICE).columns(names);
        let page = self.link.client.page("invoices.list", query, after).await?;
        let items = page.rows.iter().map(|row| self.draft(row, &columns)).collect();
        Ok(Page { items, next: page.last.map(cursor), total: None })
    }

    fn draft(&self, row: &Row, columns: &Columns) -> DocumentDraft {
        let text = |column: &str| row.text(column).map(str::to_owned);
        let number = columns.number.as_deref().and_then(text).or_else(|| text("invoice_no"));
        let number = number.unwrap_or_default();
        let currency = row.text("currency_id");
        let code = currency.map(|id| columns.currencies.code(id).unwrap_or(id).to_owned());
        DocumentDraft {
            id: row.id().to_owned(),
            place: format!("invoice {number} ({})", row.id()),
            number,
            party: Self::party(row),
            kind: Ok(self.kind(row.text("invoicestatus").unwrap_or_default())),
            date: text("invoicedate"),
            net: text(NET),
            rate: text("conversion_rate").filter(|rate| self.rate_is_ours(rate, columns)),
            currency: code,
            ..DocumentDraft::default()
        }
    }

    /// The organization's id is the customer's. One that was deleted is not named any more.
    fn party(row: &Row) -> Party {
        let organization = row.text("account_id").filter(|id| id.parse::<RecordId>().is_ok());
        Party { customer_id: organization.map(str::to_owned), ..Party::default() }
    }

    fn kind(&self, status: &str) -> DraftKind {
        let is_one_of =
            |statuses: &std::collections::BTreeSet<String>| statuses.iter().any(|known| same(known, status));
        if is_one_of(&self.settings.void) {
            DraftKind::NotCounted(NotCounted::Void)
        } else if is_one_of(&self.settings.drafts) {
            DraftKind::NotCounted(NotCounted::Draft)
        } else if is_one_of(&self.settings.credit_notes) {
            DraftKind::Issued(DocumentKind::CreditNote)
        } else {
            DraftKind::Issued(DocumentKind::Invoice)
        }
    }

    /// A rate counts for one unit of vTiger's own base currency. Zero is none.
    fn rate_is_ours(&self, rate: &str, columns: &Columns) -> bool {
        let is_zero = rate.bytes().all(|byte| byte == b'0' || byte == b'.');
        !is_zero && columns.currencies.base() == Some(self.settings.base_currency.as_str())
    }

    fn findings(&self, columns: &Columns) -> Vec<Finding> {
        let mut findings = Vec::new();
        let place = format!("accounting source {}", self.name);
        let mut find = |severity, key: &str, what: String, advice: &str| {
            let (place, advice) = (format!("{place}{key}"), advice.to_owned());
            findings.push(Finding { severity, place, what, advice });
        };
        if columns.module.field(NET).is_none() {
            find(
                Severity::Error,
                "",
                "invoices have no field Pre Tax Total, or the API user does not see it".to_owned(),
                "Make it visible to the API user; the release of vTiger has to be 6.0 or later",
            );
        }
        if let (Some(name), None) = (&self.settings.number_field, &columns.number) {
            find(
                Severity::Error,
                ": number_field",
                format!("invoices have no field `{name}`"),
                "Write the label or the name of the field with the number, or leave it out",
            );
        }
        let base = columns.currencies.base().unwrap_or("unknown");
        if base != self.settings.base_currency {
            find(
                Severity::Warning,
                "",
                format!(
                    "the base currency of vTiger is {base}, that of the ledger {}, so the rates of invoices say nothing",
                    self.settings.base_currency
                ),
                "Give rates in currency.rates, or set currency.base to the base currency of vTiger",
            );
        }
        let statuses = columns.module.field("invoicestatus").map(|field| field.values.as_slice());
        let lists = BTreeMap::from([
            ("void_statuses", &self.settings.void),
            ("credit_note_statuses", &self.settings.credit_notes),
            ("draft_statuses", &self.settings.drafts),
        ]);
        for (key, wanted) in lists {
            let unknown = |status: &&String| {
                statuses.is_some_and(|known| !known.iter().any(|(value, _)| same(value, status)))
            };
            for status in wanted.iter().filter(unknown) {
                find(
                    Severity::Warning,
                    &format!(": {key}"),
                    format!("invoices have no status `{status}`"),
                    "Write the statuses as they stand in Settings > Picklist Field Values > Invoice > Status",
                );
            }
        }
        findings
    }
}

#[async_trait]
impl InvoiceSource for VtigerInvoices {
    fn name(&self) -> SourceName {
        self.name.clone()
    }

    async fn probe(&self) -> Result<SourceProbe, CallError> {
        let columns = self.columns(true).await.map_err(during("looking at the invoices", INVOICE))?;
        Ok(SourceProbe {
            identity: format!("invoices of {SYSTEM} at {}", self.account),
            documents: None,
            quotas: self.usage().quotas,
            findings: self.findings(&columns),
            ..SourceProbe::default()
        })
    }

    async fn documents(&self, _: Day, from: Option<Cursor>) -> Result<Page<DocumentDraft>, CallError> {
        self.page(from.as_ref()).await.map_err(during("reading invoices", INVOICE))
    }

    fn usage(&self) -> Usage {
        let usage = self.link.client.stack.usage();
        if !self.shared {
            return usage;
        }
        let calls = usage.calls.into_iter().filter(|(operation, _)| operation.starts_with(OPERATIONS));
        Usage { calls: calls.collect(), quotas: usage.quotas, ..Usage::default() }
    }
}

/// The calls of the CRM itself, where documents are read over the same sessions.
pub(super) fn without_sources(mut usage: Usage) -> Usage {
    let of_source = |operation: &str| [OPERATIONS, OF_WON_DEALS].iter().any(|own| operation.starts_with(own));
    usage.calls.retain(|operation, _| !of_source(operation));
    usage
}
