//! HubSpot's commerce invoices as a source of documents.
//!
//! # Guarantees
//! A whole reading takes the list, 100 a call with what leads to their companies; invoices that were changed come by
//! search.
//!
//! # Caveats
//! An invoice that was deleted, and one that was associated with another company and not changed besides, is found by a
//! whole reading only. What HubSpot calls billed may include tax; credit notes are no invoices there and are not read.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::HubSpot;
use super::client::{Answered, BATCH, INVOICE_LIST};
use super::config::HubSpotInvoiceSettings;
use super::deals::{AssociatedIn, associated_as};
use super::documents::{Account, OF_INVOICES, counted, currency_of, during, missing, one_of, party};
use super::news::{Known, Progress};
use super::objects::{COMPANIES, CONTACTS_OF_INVOICES, DEALS_OF_INVOICES, INVOICES, Objects};
use super::search::goes_on;
use super::trouble::nonsense;
use super::wire::{AssociatedAs, AssociationType, Record, Search};
use crate::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted};
use crate::domain::ids::SourceName;
use crate::domain::time::Day;
use crate::ports::{
    CallError, ChangedDocuments, Cursor, DocumentChanges, Finding, InvoiceSource, Mark, Page, Severity,
    SourceProbe, Usage,
};

const SCOPE: &str = "crm.objects.invoices.read";
const STATUS: &str = "hs_invoice_status";
const DATE: &str = "hs_invoice_date";
const NUMBER: &str = "hs_number";
const CURRENCY: &str = "hs_currency";
/// In the invoice's currency. Whether it includes tax HubSpot does not say.
const BILLED: &str = "hs_amount_billed";
const SEARCH: &str = INVOICES.search;

/// The commerce invoices of the HubSpot account that is the CRM.
pub struct HubSpotInvoices {
    name: SourceName,
    settings: HubSpotInvoiceSettings,
    account: Account,
}

impl HubSpot {
    /// The invoices of this account, over the same connection.
    pub fn invoices(&self, name: SourceName, settings: HubSpotInvoiceSettings) -> HubSpotInvoices {
        HubSpotInvoices { name, settings, account: Account::of(self) }
    }
}

impl HubSpotInvoices {
    fn amount(&self) -> &str {
        self.settings.amount_property.as_deref().unwrap_or(BILLED)
    }

    fn properties(&self) -> Vec<String> {
        [STATUS, DATE, NUMBER, CURRENCY, self.amount()].map(str::to_owned).into()
    }

    async fn page(&self, from: Option<&str>) -> Answered<Page<DocumentDraft>> {
        let page = self.account.client.invoices(&self.properties(), from).await?;
        let next = page.after();
        if next.is_some() && next.as_deref() == from {
            return Err(nonsense(INVOICE_LIST, "the next page of invoices is the same page again"));
        }
        let live: Vec<&Record> = page.results.iter().filter(|invoice| !invoice.archived).collect();
        let items = self.drafts(&live, true).await?;
        Ok(Page { items, next: next.map(Cursor), total: None })
    }

    async fn changed_page(&self, since: &Mark, from: Option<Cursor>) -> Answered<ChangedDocuments> {
        let known = Known::of(since, SEARCH)?;
        let mut progress = Progress::from(from, &known, SEARCH)?;
        let properties = self.properties().into_iter().map(Cow::Owned).collect();
        let search = Search::changed(known.since(SEARCH)?, &progress.behind, properties);
        let page = self.account.client.search(&INVOICES, &search).await?;
        let next = goes_on(&INVOICES, &page, &progress.behind)?;
        let items = self.drafts(&progress.note(&known, &page.results), false).await?;
        Ok(progress.page(items, next, since))
    }

    /// `inline` says whether the records came with what they are associated with.
    async fn drafts(&self, invoices: &[&Record], inline: bool) -> Answered<Vec<DocumentDraft>> {
        if invoices.is_empty() {
            return Ok(Vec::new());
        }
        let companies = Ways { account: &self.account, invoices, inline }.companies().await?;
        let currency = self.account.currency().await?;
        let draft = |invoice: &&Record| self.draft(invoice, companies.get(&invoice.id.0), currency);
        Ok(invoices.iter().map(draft).collect())
    }

    fn draft(&self, invoice: &Record, company: Option<&String>, of_account: Option<&str>) -> DocumentDraft {
        let id = invoice.id.0.clone();
        let number = invoice.text(NUMBER).unwrap_or_default().to_owned();
        DocumentDraft {
            place: format!("invoice {number} ({id})"),
            id,
            number,
            party: party(company),
            kind: kind(invoice.text(STATUS)),
            date: self.account.day(invoice, DATE),
            net: invoice.text(self.amount()).map(str::to_owned),
            currency: currency_of(invoice, self.amount(), CURRENCY, of_account),
            ..DocumentDraft::default()
        }
    }

    async fn findings(&self) -> Result<Vec<Finding>, CallError> {
        let place = format!("accounting source {}", self.name);
        let mut findings = Vec::new();
        for property in self.account.lacking("invoices", &self.properties()).await? {
            let (key, advice) = if property == self.amount() {
                (": amount_property", "Name a property of invoices that holds the net amount")
            } else {
                ("", "Invoices of HubSpot's own (Commerce) are needed; take another source if there are none")
            };
            findings.push(missing(&format!("{place}{key}"), "invoices", &property, advice));
        }
        if self.settings.amount_property.is_none() {
            findings.push(Finding {
                severity: Severity::Warning,
                place: format!("{place}: amount_property"),
                what: format!("the amount is {BILLED}, which may include tax, while figures are net of tax"),
                advice: format!(
                    "Compare an invoice with `sirank explain`; name a property with the net amount, or write {BILLED} \
                     if your invoices bear no tax"
                ),
            });
        }
        Ok(findings)
    }
}

/// Overdue is no status: such an invoice is open.
fn kind(status: Option<&str>) -> Result<DraftKind, String> {
    match status {
        Some("open" | "paid") => Ok(DraftKind::Issued(DocumentKind::Invoice)),
        Some("draft") => Ok(DraftKind::NotCounted(NotCounted::Draft)),
        Some("voided") => Ok(DraftKind::NotCounted(NotCounted::Void)),
        other => Err(other.unwrap_or("no status").to_owned()),
    }
}

/// What leads from invoices to companies: an association of their own, else a deal's company, else a person's.
struct Ways<'a> {
    account: &'a Account,
    invoices: &'a [&'a Record],
    inline: bool,
}

impl Ways<'_> {
    async fn companies(&self) -> Answered<BTreeMap<String, String>> {
        let all = self.invoices.iter().map(|invoice| invoice.id.0.clone()).collect();
        let direct = self.linked(&COMPANIES, all).await?;
        let mut found: BTreeMap<String, String> = direct
            .iter()
            .filter_map(|(invoice, companies)| Some((invoice.clone(), one_of(companies, None)?)))
            .collect();
        let ways = [
            (&DEALS_OF_INVOICES, AssociationType::PRIMARY_COMPANY_OF_DEAL),
            (&CONTACTS_OF_INVOICES, AssociationType::PRIMARY_COMPANY_OF_CONTACT),
        ];
        for (over, primary) in ways {
            let open: BTreeSet<String> = self
                .invoices
                .iter()
                .map(|invoice| &invoice.id.0)
                .filter(|id| !found.contains_key(*id))
                .cloned()
                .collect();
            found.extend(self.by_way_of(over, primary, open).await?);
        }
        Ok(found)
    }

    /// The companies of the records that invoices are associated with. Of several such records the oldest counts that
    /// has a company.
    async fn by_way_of(
        &self,
        over: &'static Objects,
        primary: AssociationType,
        invoices: BTreeSet<String>,
    ) -> Answered<BTreeMap<String, String>> {
        if invoices.is_empty() {
            return Ok(BTreeMap::new());
        }
        let between = self.linked(over, invoices).await?;
        let ids: BTreeSet<&String> = between.values().flat_map(BTreeMap::keys).collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let ids = ids.into_iter().cloned().collect();
        let companies = associated_as(&self.account.client, over, &COMPANIES, ids).await?;
        let owners: BTreeMap<&String, String> = companies
            .iter()
            .filter_map(|(record, companies)| Some((record, one_of(companies, Some(primary))?)))
            .collect();
        let oldest = |records: &BTreeMap<String, Vec<AssociatedAs>>| {
            let with_owner = records.keys().filter(|record| owners.contains_key(record));
            let oldest = with_owner.min_by_key(|record| (record.len(), record.as_str()))?;
            owners.get(oldest).cloned()
        };
        Ok(between
            .iter()
            .filter_map(|(invoice, records)| Some((invoice.clone(), oldest(records)?)))
            .collect())
    }

    /// What some of the invoices are associated with: as it came with them, and asked for where it did not, or not all.
    async fn linked(&self, to: &'static Objects, wanted: BTreeSet<String>) -> Answered<AssociatedIn> {
        let mut linked = AssociatedIn::new();
        let mut asked = Vec::new();
        for invoice in self.invoices.iter().filter(|invoice| wanted.contains(&invoice.id.0)) {
            let inline = invoice.associations.as_ref().and_then(|associations| associations.get(to.path));
            match inline {
                Some(inline) if inline.paging.is_none() => {
                    let targets = inline.results.iter().map(|target| (target.id.0.clone(), Vec::new()));
                    linked.insert(invoice.id.0.clone(), targets.collect());
                }
                None if self.inline => {}
                _ => asked.push(invoice.id.0.clone()),
            }
        }
        if !asked.is_empty() {
            linked.extend(associated_as(&self.account.client, &INVOICES, to, asked).await?);
        }
        Ok(linked)
    }
}

#[async_trait]
impl InvoiceSource for HubSpotInvoices {
    fn name(&self) -> SourceName {
        self.name.clone()
    }

    async fn probe(&self) -> Result<SourceProbe, CallError> {
        let counted = counted(&self.account, &INVOICES, Vec::new()).await;
        let documents = counted.map_err(during("counting invoices", SCOPE))?;
        Ok(SourceProbe {
            identity: format!("commerce invoices of HubSpot ({})", self.account.name),
            documents,
            quotas: self.usage().quotas,
            findings: self.findings().await?,
            ..SourceProbe::default()
        })
    }

    async fn documents(&self, _: Day, from: Option<Cursor>) -> Result<Page<DocumentDraft>, CallError> {
        let from = from.as_ref().map(|cursor| cursor.0.as_str());
        self.page(from).await.map_err(during("reading invoices", SCOPE))
    }

    fn documents_per_call(&self) -> Option<u64> {
        Some(BATCH as u64)
    }

    fn changes(&self) -> Option<&dyn DocumentChanges> {
        Some(self)
    }

    fn usage(&self) -> Usage {
        self.account.usage(OF_INVOICES)
    }
}

#[async_trait]
impl DocumentChanges for HubSpotInvoices {
    async fn mark(&self, _: Day) -> Result<Mark, CallError> {
        Ok(Known::beginning(self.account.now()))
    }

    fn reading(&self) -> String {
        format!("{} {}", self.amount(), self.account.zone.name())
    }

    async fn changed(
        &self,
        _: Day,
        since: &Mark,
        from: Option<Cursor>,
    ) -> Result<ChangedDocuments, CallError> {
        self.changed_page(since, from).await.map_err(during("reading changed invoices", SCOPE))
    }
}
