//! Won deals as purchases, for a company whose accounting nobody can read.
//!
//! # Guarantees
//! A deal counts as long as it is won, for its primary company, on the day of its closing; never one of the Wake Up
//! pipeline.
//!
//! # Caveats
//! A deal that was deleted, or associated with another company and not changed besides, is found by a whole reading only.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::board;
use super::client::{ASSOCIATION_BATCH, Answered};
use super::config::WonDealSettings;
use super::deals::{IN_LIST, PAGES_PER_BATCH, associated_as};
use super::documents::{Account, OF_WON_DEALS, counted, currency_of, during, missing, one_of, party};
use super::news::{Known, Progress};
use super::objects::{COMPANIES, PURCHASES};
use super::search::{SEARCH_PAGE, goes_on, one_of as any_of};
use super::wire::{AssociationType, Filter, Pipeline, Record, Search};
use super::won::{WON, is_won, won_now};
use super::{HubSpot, SYSTEM};
use crate::domain::document::DocumentDraft;
use crate::domain::ids::{DocumentId, SourceName};
use crate::domain::time::Day;
use crate::ports::{
    CallError, ChangedDocuments, Cursor, Deleted, DocumentChanges, Finding, InvoiceSource, Mark, Page,
    Severity, SourceProbe, Usage,
};

const SCOPE: &str = "crm.objects.deals.read";
const SEARCH: &str = PURCHASES.search;
const NAME: &str = "dealname";
const PIPELINE: &str = "pipeline";
const DATE: &str = "closedate";
/// There in accounts with several currencies; without it the amount is in the account's.
const CURRENCY: &str = "deal_currency_code";

/// The won deals of the HubSpot account that is the CRM.
pub struct HubSpotWonDeals {
    name: SourceName,
    settings: WonDealSettings,
    account: Account,
    /// The pipelines as they were last asked for.
    pipelines: Mutex<Option<Arc<Counting>>>,
}

/// Which pipelines count.
struct Counting {
    ids: BTreeSet<String>,
    /// All that there are.
    there: BTreeSet<String>,
    labels: Vec<String>,
    /// Those of the settings that are not there.
    unknown: Vec<String>,
}

impl Counting {
    fn of(settings: &WonDealSettings, pipelines: &[Pipeline]) -> Self {
        let wake_up = board::find(pipelines, &settings.wake_up_pipeline).map(|found| &found.id);
        let chosen = settings.pipelines.as_ref().map(|names| {
            let found = names.iter().filter_map(|name| board::find(pipelines, name));
            found.map(|pipeline| &pipeline.id).collect::<BTreeSet<_>>()
        });
        let counts = |pipeline: &&Pipeline| {
            Some(&pipeline.id) != wake_up
                && chosen.as_ref().is_none_or(|chosen| chosen.contains(&pipeline.id))
        };
        let counting: Vec<&Pipeline> = pipelines.iter().filter(counts).collect();
        let names = settings.pipelines.iter().flatten();
        Self {
            ids: counting.iter().map(|pipeline| pipeline.id.0.clone()).collect(),
            there: pipelines.iter().map(|pipeline| pipeline.id.0.clone()).collect(),
            labels: counting.iter().map(|pipeline| pipeline.label.clone()).collect(),
            unknown: names.filter(|name| board::find(pipelines, name).is_none()).cloned().collect(),
        }
    }

    fn filters(&self) -> Vec<Filter> {
        let mut filters = vec![won_now()];
        // More pipelines than a filter takes are told apart here.
        if self.ids.len() <= IN_LIST {
            filters.push(any_of(PIPELINE, self.ids.iter().cloned().collect()));
        }
        filters
    }

    /// Whether a deal is in a pipeline that was made since.
    fn is_behind(&self, deal: &Record) -> bool {
        deal.text(PIPELINE).is_some_and(|pipeline| !self.there.contains(pipeline))
    }

    fn counts(&self, deal: &Record) -> bool {
        is_won(deal) && deal.text(PIPELINE).is_some_and(|pipeline| self.ids.contains(pipeline))
    }
}

impl HubSpot {
    /// The won deals of this account as purchases, over the same connection.
    pub fn won_deals(&self, name: SourceName, settings: WonDealSettings) -> HubSpotWonDeals {
        HubSpotWonDeals { name, settings, account: Account::of(self), pipelines: Mutex::default() }
    }
}

impl HubSpotWonDeals {
    fn properties(&self) -> Vec<String> {
        [NAME, PIPELINE, WON, DATE, CURRENCY, &self.settings.amount_property].map(str::to_owned).into()
    }

    fn asked(&self) -> Vec<Cow<'static, str>> {
        self.properties().into_iter().map(Cow::Owned).collect()
    }

    /// Asked for anew at the beginning of a whole reading.
    async fn counting(&self, begins: bool) -> Answered<Arc<Counting>> {
        let known = self.pipelines.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|_| !begins) {
            return Ok(known);
        }
        let pipelines = self.account.client.pipelines_for(PIPELINES).await?;
        let counting = Arc::new(Counting::of(&self.settings, &pipelines));
        *self.pipelines.lock().unwrap_or_else(PoisonError::into_inner) = Some(counting.clone());
        Ok(counting)
    }

    /// Pages of the search, as many as fill one batch of associations.
    async fn page(&self, from: Option<Cursor>) -> Answered<Page<DocumentDraft>> {
        let counting = self.counting(from.is_none()).await?;
        if counting.ids.is_empty() {
            return Ok(Page { items: Vec::new(), next: None, total: Some(0) });
        }
        let mut next = Some(from.map_or_else(|| "0".to_owned(), |cursor| cursor.0));
        let mut deals = Vec::new();
        for _ in 0..PAGES_PER_BATCH {
            let Some(behind) = next.take() else { break };
            let search = Search::behind(&behind, counting.filters(), self.asked());
            let page = self.account.client.search(&PURCHASES, &search).await?;
            next = goes_on(&PURCHASES, &page, &behind)?;
            deals.extend(page.results.into_iter().filter(|deal| counting.counts(deal)));
        }
        let items = self.drafts(&deals.iter().collect::<Vec<_>>()).await?;
        Ok(Page { items, next: next.map(Cursor), total: None })
    }

    async fn changed_page(&self, since: &Mark, from: Option<Cursor>) -> Answered<ChangedDocuments> {
        let known = Known::of(since, SEARCH)?;
        let mut progress = Progress::from(from, &known, SEARCH)?;
        let search = Search::changed(known.since(SEARCH)?, &progress.behind, self.asked());
        let page = self.account.client.search(&PURCHASES, &search).await?;
        let next = goes_on(&PURCHASES, &page, &progress.behind)?;
        let mut fresh = progress.note(&known, &page.results);
        if !fresh.is_empty() {
            let mut counting = self.counting(false).await?;
            if fresh.iter().any(|deal| counting.is_behind(deal)) {
                counting = self.counting(true).await?;
            }
            fresh.retain(|deal| counting.counts(deal));
        }
        let items = self.drafts(&fresh).await?;
        Ok(progress.page(items, next, since))
    }

    /// Deals that were changed and do not count now: reopened, lost after all, moved to a pipeline that does not count.
    async fn no_longer(&self, since: &Mark, until: &Mark) -> Answered<Vec<DocumentId>> {
        let mut gone = Vec::new();
        if since == until {
            return Ok(gone);
        }
        let (known, counting) = (Known::of(since, SEARCH)?, self.counting(false).await?);
        let mut next = Some("0".to_owned());
        while let Some(behind) = next.take() {
            let properties = vec![PIPELINE.into(), WON.into()];
            let search = Search::changed(known.since(SEARCH)?, &behind, properties);
            let page = self.account.client.search(&PURCHASES, &search).await?;
            next = goes_on(&PURCHASES, &page, &behind)?;
            let out = page.results.iter().filter(|deal| !counting.counts(deal));
            gone.extend(out.map(|deal| DocumentId::from(deal.id.0.as_str())));
        }
        Ok(gone)
    }

    async fn drafts(&self, deals: &[&Record]) -> Answered<Vec<DocumentDraft>> {
        if deals.is_empty() {
            return Ok(Vec::new());
        }
        let ids = deals.iter().map(|deal| deal.id.0.clone()).collect();
        let companies = associated_as(&self.account.client, &PURCHASES, &COMPANIES, ids).await?;
        let currency = self.account.currency().await?;
        let company = |deal: &Record| {
            let companies = companies.get(&deal.id.0)?;
            one_of(companies, Some(AssociationType::PRIMARY_COMPANY_OF_DEAL))
        };
        Ok(deals.iter().map(|deal| self.draft(deal, company(deal).as_ref(), currency)).collect())
    }

    fn draft(&self, deal: &Record, company: Option<&String>, of_account: Option<&str>) -> DocumentDraft {
        let amount = &self.settings.amount_property;
        let name = deal.text(NAME).unwrap_or_default();
        DocumentDraft {
            id: deal.id.0.clone(),
            place: format!("won deal {name} ({})", deal.id.0),
            number: name.to_owned(),
            party: party(company),
            date: self.account.day(deal, DATE),
            net: deal.text(amount).map(str::to_owned),
            currency: currency_of(deal, amount, CURRENCY, of_account),
            ..DocumentDraft::default()
        }
    }

    async fn findings(&self, counting: &Counting) -> Result<Vec<Finding>, CallError> {
        let place = format!("accounting source {}", self.name);
        let mut findings = Vec::new();
        let amount = std::slice::from_ref(&self.settings.amount_property);
        for property in self.account.lacking("deals", amount).await? {
            let advice = "Name a property of deals that holds the net amount, such as amount";
            findings.push(missing(&format!("{place}: amount_property"), "deals", &property, advice));
        }
        for name in &counting.unknown {
            findings.push(Finding {
                severity: Severity::Error,
                place: format!("{place}: pipelines"),
                what: format!("{SYSTEM} has no pipeline `{name}`"),
                advice: "Write the label or the id of a pipeline of deals".to_owned(),
            });
        }
        findings.push(Finding {
            severity: if counting.ids.is_empty() { Severity::Error } else { Severity::Ok },
            place,
            what: format!("won deals count as purchases, of these pipelines: {}", counting.labels.join(", ")),
            advice:
                "Amounts of deals are what was agreed, perhaps with tax; prefer invoices where there are any"
                    .to_owned(),
        });
        Ok(findings)
    }
}

/// What reading the pipelines is counted as.
const PIPELINES: &str = "won_deals.pipelines";

#[async_trait]
impl InvoiceSource for HubSpotWonDeals {
    fn name(&self) -> SourceName {
        self.name.clone()
    }

    async fn probe(&self) -> Result<SourceProbe, CallError> {
        let failed = during("looking at won deals", SCOPE);
        let counting = self.counting(true).await.map_err(&failed)?;
        let documents = if counting.ids.is_empty() {
            Some(0)
        } else {
            counted(&self.account, &PURCHASES, counting.filters()).await.map_err(&failed)?
        };
        Ok(SourceProbe {
            identity: format!("won deals of HubSpot ({})", self.account.name),
            documents,
            quotas: self.usage().quotas,
            findings: self.findings(&counting).await?,
            ..SourceProbe::default()
        })
    }

    async fn documents(&self, _: Day, from: Option<Cursor>) -> Result<Page<DocumentDraft>, CallError> {
        self.page(from).await.map_err(during("reading won deals", SCOPE))
    }

    /// A batch of associations is read with the pages of the search that fill it.
    fn documents_per_call(&self) -> Option<u64> {
        Some(ASSOCIATION_BATCH as u64 / (ASSOCIATION_BATCH as u64 / u64::from(SEARCH_PAGE) + 1))
    }

    fn changes(&self) -> Option<&dyn DocumentChanges> {
        Some(self)
    }

    fn usage(&self) -> Usage {
        self.account.usage(OF_WON_DEALS)
    }
}

#[async_trait]
impl DocumentChanges for HubSpotWonDeals {
    async fn mark(&self, _: Day) -> Result<Mark, CallError> {
        Ok(Known::beginning(self.account.now()))
    }

    fn reading(&self) -> String {
        format!("{:?} {}", self.settings, self.account.zone.name())
    }

    async fn changed(
        &self,
        _: Day,
        since: &Mark,
        from: Option<Cursor>,
    ) -> Result<ChangedDocuments, CallError> {
        self.changed_page(since, from).await.map_err(during("reading changed deals", SCOPE))
    }

    async fn deleted(&self, since: &Mark, until: &Mark) -> Result<Deleted<DocumentId>, CallError> {
        let gone = self.no_longer(since, until).await;
        Ok(Deleted::Told(gone.map_err(during("reading changed deals", SCOPE))?))
    }
}
