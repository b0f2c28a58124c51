//! What the sources of documents in HubSpot have in common: they are read over the connection of the CRM, within its
//! quotas, and a document names its company by the company's id.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use chrono_tz::Tz;

use super::client::{Answered, Client};
use super::map::day_of_instant;
use super::objects::Objects;
use super::server_clock::ServerClock;
use super::wire::{AssociatedAs, AssociationType, Filter, FilterGroup, Record, Search};
use super::{HubSpot, SYSTEM, survey};
use crate::domain::document::Party;
use crate::http::HttpFailure;
use crate::ports::{CallError, Finding, Severity, Trouble, Usage};

/// What the operations of the sources begin with, by which their calls are told from those of the CRM.
pub(super) const OF_INVOICES: &str = "invoices.";
pub(super) const OF_WON_DEALS: &str = "won_deals.";
/// What the names of properties end with that hold an amount in the account's currency, whatever that of the record is.
const IN_ACCOUNT_CURRENCY: [&str; 2] = ["_in_home_currency", "_in_company_currency"];

/// The account of the CRM, as its sources of documents reach it.
pub(super) struct Account {
    pub(super) client: Arc<Client>,
    clock: ServerClock,
    pub(super) zone: Tz,
    pub(super) name: String,
    currency: OnceLock<String>,
}

impl Account {
    pub(super) fn of(hubspot: &HubSpot) -> Self {
        let name = hubspot.config.client.base_url.host_str().unwrap_or_default().to_owned();
        let (client, clock) = (hubspot.client.clone(), hubspot.clock.clone());
        Self { client, clock, zone: hubspot.config.zone, name, currency: OnceLock::new() }
    }

    /// The moment up to which everything is read by whoever begins to read now, in milliseconds of HubSpot's clock.
    pub(super) fn now(&self) -> i64 {
        self.clock.at(self.client.stack.now()).timestamp_millis()
    }

    /// The day of a property in the business zone; its text where it is none.
    pub(super) fn day(&self, record: &Record, property: &str) -> Option<String> {
        let text = record.text(property)?;
        Some(day_of_instant(text, self.zone).map_or_else(|| text.to_owned(), |day| day.to_string()))
    }

    /// The currency of the account itself; none where the token may not ask for it, so that it is taken for the base
    /// currency, as the survey says. Once it is known it is not asked for again; a token that may not ask may some day.
    pub(super) async fn currency(&self) -> Answered<Option<&str>> {
        if self.currency.get().is_none() {
            let account = survey::tolerated(self.client.account().await)?;
            if let Some(currency) = account.and_then(|account| account.company_currency) {
                // Whoever asked at the same time was told the same.
                let _ = self.currency.set(currency);
            }
        }
        Ok(self.currency.get().map(String::as_str))
    }

    /// The calls of one source.
    pub(super) fn usage(&self, operations: &str) -> Usage {
        let usage = self.client.stack.usage();
        let calls = usage.calls.into_iter().filter(|(operation, _)| operation.starts_with(operations));
        Usage { calls: calls.collect(), quotas: usage.quotas, ..Usage::default() }
    }

    /// The properties that records of a kind lack, of those that are read; none where they cannot be asked about.
    pub(super) async fn lacking(&self, objects: &str, read: &[String]) -> Result<Vec<String>, CallError> {
        let Some(known) = survey::optional(self.client.properties(objects).await)? else {
            return Ok(Vec::new());
        };
        let is_known = |name: &&String| known.iter().any(|property| property.name == **name);
        Ok(read.iter().filter(|name| !is_known(name)).cloned().collect())
    }
}

/// The calls of the CRM itself.
pub(super) fn without_sources(mut usage: Usage) -> Usage {
    let of_source =
        |operation: &str| [OF_INVOICES, OF_WON_DEALS].iter().any(|own| operation.starts_with(own));
    usage.calls.retain(|operation, _| !of_source(operation));
    usage
}

/// The key of a company in documents of HubSpot's own. A bare number might be a customer of another system.
pub(super) fn company_key(id: &str) -> String {
    format!("hubspot:{id}")
}

/// The customer of a document.
pub(super) fn party(company: Option<&String>) -> Party {
    Party { customer_id: company.map(|id| company_key(id)), ..Party::default() }
}

/// Whose a record is that several companies are associated with: the primary one's, else the oldest's.
pub(super) fn one_of(
    companies: &BTreeMap<String, Vec<AssociatedAs>>,
    primary: Option<AssociationType>,
) -> Option<String> {
    let is_primary = |types: &&Vec<AssociatedAs>| {
        primary.is_some_and(|primary| types.iter().any(|associated| associated.is(primary)))
    };
    let primary = companies.iter().find(|(_, types)| is_primary(types));
    // Ids count up, so the shortest, then the first by digits, is the oldest.
    let oldest = || companies.iter().min_by_key(|(id, _)| (id.len(), id.as_str()));
    primary.or_else(oldest).map(|(id, _)| id.clone())
}

/// The currency of an amount: that of the account, whatever the record's is, where its property says so, and where the
/// record has none.
pub(super) fn currency_of(
    record: &Record,
    amount: &str,
    currency: &str,
    of_account: Option<&str>,
) -> Option<String> {
    let is_of_account = IN_ACCOUNT_CURRENCY.iter().any(|ending| amount.ends_with(ending));
    let own = record.text(currency).filter(|_| !is_of_account);
    own.or(of_account).map(str::to_owned)
}

/// What was being done, where a call failed; a missing scope is named where HubSpot does not.
pub(super) fn during(doing: &'static str, scope: &'static str) -> impl Fn(Box<HttpFailure>) -> CallError {
    move |failure| {
        let mut error = failure.during(SYSTEM, doing);
        if let Trouble::Forbidden { missing, .. } = &mut error.trouble
            && missing.is_empty()
        {
            missing.push(scope.to_owned());
        }
        error
    }
}

/// A property that is read and is not there.
pub(super) fn missing(place: &str, objects: &str, property: &str, advice: &str) -> Finding {
    Finding {
        severity: Severity::Error,
        place: place.to_owned(),
        what: format!("the portal has no property `{property}` of {objects}"),
        advice: advice.to_owned(),
    }
}

/// How many records there are that pass a filter, where HubSpot says so.
pub(super) async fn counted(
    account: &Account,
    objects: &'static Objects,
    filters: Vec<Filter>,
) -> Answered<Option<u64>> {
    let mut search = Search::counting(None);
    if !filters.is_empty() {
        search.filter_groups = vec![FilterGroup { filters }];
    }
    Ok(account.client.search(objects, &search).await?.total)
}
