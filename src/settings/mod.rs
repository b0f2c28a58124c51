//! The configuration: types with their defaults, layers, checks, origins, secrets and schema.
//!
//! One file per section holds its type, defaults, documentation and checks. The doc comments of the types are what the
//! JSON schema says of each key.
//!
//! This is the one module that reads environment variables.
//!
//! # Layers
//! Built-in defaults, then each file, then variables `SIRANK__SECTION__KEY`. A table is merged key by key; a list is
//! replaced as a whole. Relative paths in a file are taken from the file's directory, those in a variable from the
//! current one. Variables give lists separated by commas and address the accounting sources by their place, from zero:
//! `SIRANK__ACCOUNTING__0__BASE_URL`. An empty variable is none.
//!
//! # Numbers
//! Amounts, weights, rates and shares are exact. They may be written in quotes or bare: bare ones are read by their
//! digits and never pass through a float.

pub mod accounting;
pub mod base_url;
pub mod cluster;
pub mod cold;
pub mod company;
mod connections;
pub mod contact;
pub mod crm;
pub mod csv_crm;
pub mod currency;
mod effective;
mod env;
mod file;
mod findings;
pub mod guards;
pub mod http;
pub mod hubspot;
pub mod inactivity;
mod layer;
mod leaf;
mod load;
pub mod log;
pub mod ltv;
pub mod matching;
mod nearest;
pub mod notify;
pub mod number;
pub mod oauth;
mod origin;
mod path;
pub mod potential;
mod problem;
mod reading;
mod rules;
pub mod schedule;
mod schema;
pub mod score;
mod secret;
pub mod server;
mod shape;
pub mod store;
pub mod tasks;
pub mod time;
mod tls;
mod variable;
pub mod vtiger;
mod vtiger_names;
pub mod wake_up;

#[cfg(test)]
mod tests;

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use accounting::AccountingSource;
pub use base_url::BaseUrl;
pub use connections::{Connections, CrmConnection, SourceConnection, VtigerConnection};
pub use effective::EffectiveValue;
pub use env::Environment;
pub use load::{LoadRequest, Loaded};
pub use oauth::{Credential, OAuthConnection};
pub use origin::{Origin, Origins};
pub use problem::{Problem, SettingsError};
pub use schema::{schema, schema_text};
pub use secret::{HIDDEN, Hidden};

use crate::domain::catalogue::Language;
use problem::Report;

/// The whole configuration.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The language of labels and explanations in the CRM: `en` or `it`.
    pub language: Language,
    /// Which CRM the figures are written to.
    pub crm: crm::CrmChoice,
    /// How HubSpot is reached.
    pub hubspot: hubspot::Hubspot,
    /// How vTiger is reached.
    pub vtiger: vtiger::Vtiger,
    /// The files that stand in for a CRM.
    pub csv: csv_crm::CsvCrm,
    /// The sources of invoices and credit notes.
    pub accounting: Vec<AccountingSource>,
    /// Which properties of a company hold what.
    pub company: company::Company,
    /// How documents find their company.
    pub matching: matching::Matching,
    /// What a company without a potential is.
    pub potential: potential::PotentialRule,
    /// The edges of the customer matrix.
    pub cluster: cluster::ClusterRule,
    /// When a customer is inactive.
    pub inactivity: inactivity::Inactivity,
    /// Which inactive customers are not cold.
    pub cold: cold::Cold,
    /// The weights and half-points of the score.
    pub sirank: score::Score,
    /// The pipeline in which cold customers are worked on.
    pub wake_up: wake_up::WakeUp,
    /// What becomes a task in the CRM.
    pub tasks: tasks::Tasks,
    /// How often each cluster is contacted.
    pub contact: contact::Contact,
    /// How the lifetime value is computed.
    pub ltv: ltv::Ltv,
    /// The base currency and what others are worth.
    pub currency: currency::Currencies,
    /// The zone in which days are counted.
    pub time: time::TimeRule,
    /// When a plan is held for approval.
    pub guards: guards::GuardRules,
    /// How often the daemon works.
    pub schedule: schedule::Schedule,
    /// Where sirank keeps its state.
    pub store: store::StorePlace,
    /// What the calls to all remote systems have in common.
    pub http: http::HttpRules,
    /// Where the service answers operations.
    pub server: server::Server,
    /// What the service tells people.
    pub notify: notify::Notify,
    /// What is logged.
    pub log: log::LogRules,
}

impl Settings {
    /// The zone in which days are counted.
    pub fn zone(&self) -> Tz {
        self.time.zone.0
    }

    /// Whether vTiger is reached at all: as the CRM, or for its invoices.
    pub fn uses_vtiger(&self) -> bool {
        let invoices = |source: &AccountingSource| matches!(source, AccountingSource::Vtiger(_));
        self.crm.kind == crm::CrmKind::Vtiger || self.accounting.iter().any(invoices)
    }

    /// Whether documents come from the CRM itself, and so name a company by its id there.
    pub fn has_own_documents(&self) -> bool {
        self.accounting.iter().any(|source| source.is_of(self.crm.kind))
    }

    /// Checks what the types alone cannot rule out.
    fn check(&self, report: &mut Report<'_>) {
        self.hubspot.check(report);
        self.vtiger.check(report);
        accounting::check(&self.accounting, self.crm.kind, self.matching.duplicates, report);
        self.company.check(report);
        self.cluster.check(report);
        self.sirank.check(report);
        self.wake_up.check(report);
        self.currency.check(report);
        self.notify.check(report);
    }
}
