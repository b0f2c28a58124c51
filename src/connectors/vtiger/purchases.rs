//! Won opportunities as purchases, for a company whose accounting nobody can read.
//!
//! They are read whole each time, as open opportunities are. A purchase is that of the organization of the opportunity, or
//! of the one where its person works, on the day that it counts as won.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::client::Answered;
use super::config::{VtigerConfig, WonDealSettings};
use super::currencies::{Currencies, currencies};
use super::deals::{pipeline_field, pipeline_of, pipelines};
use super::fields::Module;
use super::labels::same;
use super::link::{Link, POTENTIALS, account_id, during};
use super::query::{PAGE, RecordId};
use super::relations::{Relations, parent};
use super::wire::Row;
use super::won::{CLOSING, NAME, is_won, query};
use super::{SYSTEM, Vtiger, cursor, position};
use crate::domain::document::{DocumentDraft, Party};
use crate::domain::ids::{CompanyId, PipelineId, SourceName};
use crate::domain::time::Day;
use crate::ports::{CallError, Cursor, Finding, InvoiceSource, Page, Severity, SourceProbe, Usage};

/// What the operations of this source begin with, by which its calls are told from those of the CRM.
pub(super) const OF_WON_DEALS: &str = "won_deals.";
/// Not there in the open source edition, whose amounts are in the base currency.
const CURRENCY: &str = "currency_id";

/// The won opportunities of the vTiger that is the CRM.
pub struct VtigerWonDeals {
    name: SourceName,
    settings: WonDealSettings,
    config: VtigerConfig,
    link: Arc<Link>,
    known: Mutex<Option<Arc<Known>>>,
}

/// What there is to read.
struct Known {
    module: Module,
    /// The field with the amount; none where there is none.
    amount: Option<String>,
    currencies: Currencies,
    counting: BTreeSet<PipelineId>,
    labels: Vec<String>,
    /// Pipelines of the settings that are not there.
    unknown: Vec<String>,
}

impl Vtiger {
    /// The won opportunities of this installation as purchases, over the same sessions.
    pub fn won_deals(&self, name: SourceName, settings: WonDealSettings) -> VtigerWonDeals {
        let (config, link) = (self.config.clone(), self.link.clone());
        VtigerWonDeals { name, settings, config, link, known: Mutex::default() }
    }
}

impl VtigerWonDeals {
    /// What is read, asked for anew at the beginning of a pull.
    async fn known(&self, begins: bool) -> Answered<Arc<Known>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|_| !begins) {
            return Ok(known);
        }
        self.link.forget_one(POTENTIALS);
        let module = (*self.link.needed(POTENTIALS).await?).clone();
        let amount = module.meant_by(&self.settings.amount_field).first().map(|field| field.name.clone());
        let there = pipelines(&self.config, &module);
        let is_called = |pipeline: &crate::ports::Pipeline, name: &str| {
            pipeline.id.as_str() == name || same(&pipeline.label, name) || same(pipeline.id.as_str(), name)
        };
        let named = self.settings.pipelines.as_deref();
        let counts = |pipeline: &&crate::ports::Pipeline| {
            !is_called(pipeline, &self.settings.wake_up_pipeline)
                && named.is_none_or(|names| names.iter().any(|name| is_called(pipeline, name)))
        };
        let is_unknown = |name: &&String| !there.iter().any(|pipeline| is_called(pipeline, name));
        let known = Arc::new(Known {
            amount,
            currencies: currencies(&self.link).await?,
            counting: there.iter().filter(counts).map(|pipeline| pipeline.id.clone()).collect(),
            labels: there.iter().filter(counts).map(|pipeline| pipeline.label.clone()).collect(),
            unknown: named.unwrap_or_default().iter().filter(is_unknown).cloned().collect(),
            module,
        });
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }

    async fn page(&self, from: Option<&Cursor>) -> Answered<Page<DocumentDraft>> {
        let known = self.known(from.is_none()).await?;
        let after = position(from, known.module.prefix)?;
        let currency = known.module.field(CURRENCY).map(|_| CURRENCY);
        let besides: Vec<&str> = known.amount.as_deref().into_iter().chain(currency).collect();
        let Some(query) = query(&self.config, &known.module, &besides) else {
            return Ok(Page { items: Vec::new(), next: None, total: Some(0) });
        };
        let page = self.link.client.page("won_deals.list", query, after).await?;
        let field = pipeline_field(&self.config, &known.module);
        let counts =
            |row: &&Row| is_won(&self.config, row) && known.counting.contains(&pipeline_of(row, field));
        let won: Vec<&Row> = page.rows.iter().filter(counts).collect();
        let companies = self.companies_of(&won).await?;
        let company = |row: &Row| parent(row).and_then(|id| companies.get(&id));
        let items = won.iter().map(|row| Self::draft(row, company(row), &known)).collect();
        Ok(Page { items, next: page.last.map(cursor), total: None })
    }

    async fn companies_of(&self, won: &[&Row]) -> Answered<BTreeMap<RecordId, CompanyId>> {
        let wanted: BTreeSet<RecordId> = won.iter().filter_map(|row| parent(row)).collect();
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        Relations::over(&self.link).await?.organizations_of(&wanted).await
    }

    fn draft(row: &Row, company: Option<&CompanyId>, known: &Known) -> DocumentDraft {
        let name = row.text(NAME).unwrap_or_default();
        let base = || known.currencies.base();
        let currency = row.text(CURRENCY).map(|id| known.currencies.code(id).unwrap_or(id));
        DocumentDraft {
            id: row.id().to_owned(),
            place: format!("won opportunity {name} ({})", row.id()),
            number: name.to_owned(),
            party: Party { customer_id: company.map(ToString::to_string), ..Party::default() },
            date: row.text(CLOSING).map(str::to_owned),
            net: known.amount.as_deref().and_then(|amount| row.text(amount)).map(str::to_owned),
            currency: currency.or_else(base).map(str::to_owned),
            ..DocumentDraft::default()
        }
    }

    fn findings(&self, known: &Known) -> Vec<Finding> {
        let place = format!("accounting source {}", self.name);
        let mut findings = Vec::new();
        let mut find = |severity, key: &str, what: String, advice: &str| {
            let (place, advice) = (format!("{place}{key}"), advice.to_owned());
            findings.push(Finding { severity, place, what, advice });
        };
        if known.amount.is_none() {
            find(
                Severity::Error,
                ": amount_property",
                format!(
                    "opportunities have no field `{}`, or the API user does not see it",
                    self.settings.amount_field
                ),
                "Write the label or the name of the field with the net amount, such as amount",
            );
        }
        for name in &known.unknown {
            find(
                Severity::Error,
                ": pipelines",
                format!("{SYSTEM} has no pipeline `{name}`"),
                "Write a value of the picklist that vtiger.pipeline_field names, or leave pipelines out",
            );
        }
        let none = known.counting.is_empty();
        find(
            if none { Severity::Error } else { Severity::Ok },
            "",
            format!("won opportunities count as purchases, of these pipelines: {}", known.labels.join(", ")),
            "Amounts of opportunities are what was agreed, perhaps with tax; prefer invoices where there are any",
        );
        findings
    }
}

#[async_trait]
impl InvoiceSource for VtigerWonDeals {
    fn name(&self) -> SourceName {
        self.name.clone()
    }

    async fn probe(&self) -> Result<SourceProbe, CallError> {
        let known = self.known(true).await.map_err(during("looking at won opportunities", POTENTIALS))?;
        Ok(SourceProbe {
            identity: format!("won opportunities of {SYSTEM} at {}", account_id(&self.config)),
            quotas: self.usage().quotas,
            findings: self.findings(&known),
            ..SourceProbe::default()
        })
    }

    async fn documents(&self, _: Day, from: Option<Cursor>) -> Result<Page<DocumentDraft>, CallError> {
        self.page(from.as_ref()).await.map_err(during("reading won opportunities", POTENTIALS))
    }

    fn documents_per_call(&self) -> Option<u64> {
        Some(PAGE as u64)
    }

    fn usage(&self) -> Usage {
        let usage = self.link.client.stack.usage();
        let calls = usage.calls.into_iter().filter(|(operation, _)| operation.starts_with(OF_WON_DEALS));
        Usage { calls: calls.collect(), quotas: usage.quotas, ..Usage::default() }
    }
}
