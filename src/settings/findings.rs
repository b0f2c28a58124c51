//! What `check` says of the configuration alone.

use super::accounting::{self, AccountingSource};
use super::base_url::BaseUrl;
use super::crm::CrmKind;
use super::problem::Problem;
use super::{Loaded, Origin};
use crate::ports::{Finding, Severity};

impl Loaded {
    /// What there is to say of the configuration without reaching a system: what prevents a run, what is risky, and that
    /// it is in order where nothing prevents a run.
    pub fn findings(&self) -> Vec<Finding> {
        let problems = self.connection_problems();
        let verdict = problems.is_empty().then(|| Finding {
            severity: Severity::Ok,
            place: "configuration".to_owned(),
            what: "it is complete and free of contradictions".to_owned(),
            advice: String::new(),
        });
        let plain = self.systems_without_tls().into_iter().map(|(key, url)| self.without_tls(&key, url));
        let doubled = self.won_deals_beside_others();
        problems.into_iter().map(Finding::from).chain(plain).chain(doubled).chain(verdict).collect()
    }

    /// Won deals as purchases beside invoices: nothing tells which invoice a deal became.
    fn won_deals_beside_others(&self) -> Option<Finding> {
        let sources = &self.settings.accounting;
        let deals = sources
            .iter()
            .position(|source| matches!(source, AccountingSource::WonDeals(_)))
            .filter(|_| sources.len() > 1)?;
        let key = accounting::section(deals);
        Some(Finding {
            severity: Severity::Warning,
            place: placed(&key, &self.origins.of(&key)),
            what:
                "a won deal and the invoice that it became both count: nothing tells that they are one sale"
                    .to_owned(),
            advice: "Leave the won deals out, unless no other source holds what they became".to_owned(),
        })
    }

    /// The systems in use that are reached in clear over the network, by their key.
    fn systems_without_tls(&self) -> Vec<(String, &BaseUrl)> {
        let hubspot = (self.settings.crm.kind == CrmKind::Hubspot)
            .then(|| ("hubspot.base_url".to_owned(), &self.settings.hubspot.base_url));
        let vtiger = self.settings.vtiger.base_url.as_ref().filter(|_| self.settings.uses_vtiger());
        let vtiger = vtiger.map(|url| ("vtiger.base_url".to_owned(), url));
        let sources =
            self.settings.accounting.iter().enumerate().filter_map(|(index, source)| match source {
                AccountingSource::FattureInCloud(source) => {
                    Some((format!("{}.base_url", accounting::section(index)), &source.base_url))
                }
                AccountingSource::Dolibarr(source) => {
                    Some((format!("{}.base_url", accounting::section(index)), &source.base_url))
                }
                AccountingSource::Odoo(source) => {
                    Some((format!("{}.base_url", accounting::section(index)), &source.base_url))
                }
                AccountingSource::FatturaPa(_)
                | AccountingSource::Vtiger(_)
                | AccountingSource::Hubspot(_)
                | AccountingSource::WonDeals(_)
                | AccountingSource::Csv(_)
                | AccountingSource::Sql(_) => None,
            });
        let all = hubspot.into_iter().chain(vtiger).chain(sources);
        all.filter(|(_, url)| url.is_plain() && !url.is_loopback()).collect()
    }

    fn without_tls(&self, key: &str, url: &BaseUrl) -> Finding {
        Finding {
            severity: Severity::Warning,
            place: placed(key, &self.origins.of(key)),
            what: format!("{url} has no TLS: the token and the data cross the network in clear"),
            advice: "Write https:// as soon as the system offers it".to_owned(),
        }
    }
}

impl From<Problem> for Finding {
    fn from(problem: Problem) -> Self {
        Self {
            severity: Severity::Error,
            place: placed(&problem.key, &problem.place),
            what: problem.message,
            advice: problem.advice,
        }
    }
}

fn placed(key: &str, origin: &Origin) -> String {
    match origin {
        Origin::Default => key.to_owned(),
        origin => format!("{key} ({origin})"),
    }
}
