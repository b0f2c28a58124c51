//! What a command needs that reaches the systems: secrets, and the settings of just those systems.

use std::path::PathBuf;

use secrecy::SecretString;

use super::Loaded;
use super::accounting::{
    self, AccountingSource, CsvSource, Dolibarr, FattureInCloud, HubspotInvoices, Odoo, SqlSource,
    VtigerInvoices, WonDeals,
};
use super::base_url::BaseUrl;
use super::crm::CrmKind;
use super::hubspot::Hubspot;
use super::oauth::Credential;
use super::problem::{Problem, Report, SettingsError};
use super::secret::SecretSource;
use super::vtiger::Vtiger;

/// The systems of a configuration, ready to be reached.
#[derive(Clone, Debug)]
pub struct Connections {
    /// The CRM.
    pub crm: CrmConnection,
    /// The vTiger that is the CRM or a source, or both.
    pub vtiger: Option<VtigerConnection>,
    /// The accounting sources, in the order of the configuration; at least one.
    pub sources: Vec<SourceConnection>,
}

/// A CRM, ready to be reached.
#[derive(Clone, Debug)]
pub enum CrmConnection {
    /// HubSpot.
    Hubspot {
        /// Its settings.
        settings: Box<Hubspot>,
        /// How it is told who asks.
        credential: Credential,
    },
    /// vTiger: [`Connections::vtiger`].
    Vtiger,
    /// CSV files.
    Csv {
        /// The companies.
        companies: PathBuf,
        /// Where the figures are kept.
        figures: PathBuf,
    },
}

/// An accounting source, ready to be reached.
#[derive(Clone, Debug)]
pub enum SourceConnection {
    /// Fatture in Cloud.
    FattureInCloud {
        /// Its settings.
        settings: Box<FattureInCloud>,
        /// How it is told who asks.
        credential: Credential,
    },
    /// A folder of e-invoices.
    FatturaPa(accounting::FatturaPa),
    /// The invoices of [`Connections::vtiger`].
    Vtiger(VtigerInvoices),
    /// The invoices of the HubSpot that is the CRM.
    Hubspot(HubspotInvoices),
    /// The won deals of the CRM.
    WonDeals(WonDeals),
    /// CSV files.
    Csv(Box<CsvSource>),
    /// Dolibarr.
    Dolibarr {
        /// Its settings.
        settings: Box<Dolibarr>,
        /// The API key of a user.
        key: SecretString,
    },
    /// Odoo.
    Odoo {
        /// Its settings.
        settings: Box<Odoo>,
        /// The API key of a user.
        key: SecretString,
    },
    /// A query to a database.
    Sql {
        /// Its settings.
        settings: Box<SqlSource>,
        /// The query.
        query: String,
        /// The user's password; none where none is given.
        password: Option<SecretString>,
    },
}

/// A vTiger, ready to be reached.
#[derive(Clone, Debug)]
pub struct VtigerConnection {
    /// Its settings.
    pub settings: Vtiger,
    /// Its address.
    pub base_url: BaseUrl,
    /// The API user.
    pub username: String,
    /// The API user's access key.
    pub access_key: SecretString,
}

impl Loaded {
    /// The systems with their secrets, or all that is missing to reach them. Nothing is sent.
    pub fn connections(&self) -> Result<Connections, SettingsError> {
        let mut report = Report::new(&self.origins);
        let crm = self.crm_connection(&mut report);
        let vtiger = self.settings.uses_vtiger().then(|| self.vtiger_connection(&mut report)).flatten();
        let sources = self.source_connections(&mut report);
        let problems = report.into_problems();
        match crm {
            Some(crm) if problems.is_empty() => Ok(Connections { crm, vtiger, sources }),
            _ => Err(SettingsError::of(problems)),
        }
    }

    /// The CRM alone, or what is missing to reach it.
    pub fn connection_of_crm(&self) -> Result<CrmConnection, SettingsError> {
        let mut report = Report::new(&self.origins);
        let crm = self.crm_connection(&mut report);
        crm.ok_or_else(|| SettingsError::of(report.into_problems()))
    }

    /// One source alone, by its place, or what is missing to reach it.
    pub fn connection_of_source(&self, index: usize) -> Result<SourceConnection, SettingsError> {
        let mut report = Report::new(&self.origins);
        let source = self.settings.accounting.get(index);
        let source = source.and_then(|source| self.source_connection(index, source, &mut report));
        source.ok_or_else(|| SettingsError::of(report.into_problems()))
    }

    /// All that is wrong with reaching the systems, as far as it shows without reaching them.
    pub fn connection_problems(&self) -> Vec<Problem> {
        let of_systems = self.connections().err();
        let of_notifications = self.notifications().err();
        let both = of_systems.iter().chain(&of_notifications);
        both.flat_map(SettingsError::problems).cloned().collect()
    }

    fn crm_connection(&self, report: &mut Report<'_>) -> Option<CrmConnection> {
        match self.settings.crm.kind {
            CrmKind::Hubspot => {
                let credential = self.hubspot_credential(report)?;
                Some(CrmConnection::Hubspot { settings: Box::new(self.settings.hubspot.clone()), credential })
            }
            CrmKind::Vtiger => Some(CrmConnection::Vtiger),
            CrmKind::Csv => {
                let (companies, figures) = self.settings.csv.files(report)?;
                Some(CrmConnection::Csv { companies, figures })
            }
        }
    }

    fn hubspot_credential(&self, report: &mut Report<'_>) -> Option<Credential> {
        let settings = &self.settings.hubspot;
        let Some(oauth) = &settings.oauth else {
            return self.reveal(&settings.secret(), "HubSpot", report).map(Credential::Token);
        };
        let app = oauth.connection("hubspot", "HubSpot", settings.authority(), &self.environment, report)?;
        Some(Credential::OAuth(Box::new(app)))
    }

    fn fattureincloud_credential(
        &self,
        index: usize,
        settings: &FattureInCloud,
        report: &mut Report<'_>,
    ) -> Option<Credential> {
        let (section, system) = (accounting::section(index), "Fatture in Cloud");
        let Some(oauth) = &settings.oauth else {
            return self.reveal(&settings.secret(&section), system, report).map(Credential::Token);
        };
        let app = oauth.connection(&section, system, settings.authority(), &self.environment, report)?;
        Some(Credential::OAuth(Box::new(app)))
    }

    fn vtiger_connection(&self, report: &mut Report<'_>) -> Option<VtigerConnection> {
        let settings = self.settings.vtiger.clone();
        let account = settings.account(report);
        let access_key = self.reveal(&settings.secret(), "vTiger", report);
        let ((base_url, username), access_key) = account.zip(access_key)?;
        Some(VtigerConnection { settings, base_url, username, access_key })
    }

    fn source_connections(&self, report: &mut Report<'_>) -> Vec<SourceConnection> {
        if self.settings.accounting.is_empty() {
            report.add(
                "accounting",
                "no source of invoices is given",
                "Add one: [[accounting]] with name and kind, as in config/examples",
            );
        }
        let sources = self.settings.accounting.iter().enumerate();
        sources.filter_map(|(index, source)| self.source_connection(index, source, report)).collect()
    }

    fn source_connection(
        &self,
        index: usize,
        source: &AccountingSource,
        report: &mut Report<'_>,
    ) -> Option<SourceConnection> {
        match source {
            AccountingSource::FattureInCloud(settings) => {
                let credential = self.fattureincloud_credential(index, settings, report)?;
                Some(SourceConnection::FattureInCloud { settings: Box::new(settings.clone()), credential })
            }
            AccountingSource::FatturaPa(settings) => Some(SourceConnection::FatturaPa(settings.clone())),
            AccountingSource::Vtiger(settings) => Some(SourceConnection::Vtiger(settings.clone())),
            AccountingSource::Hubspot(settings) => Some(SourceConnection::Hubspot(settings.clone())),
            AccountingSource::WonDeals(settings) => Some(SourceConnection::WonDeals(settings.clone())),
            AccountingSource::Csv(settings) => Some(SourceConnection::Csv(settings.clone())),
            AccountingSource::Dolibarr(settings) => {
                let key = self.reveal(&settings.secret(&accounting::section(index)), "Dolibarr", report)?;
                Some(SourceConnection::Dolibarr { settings: Box::new(settings.clone()), key })
            }
            AccountingSource::Odoo(settings) => {
                let key = self.reveal(&settings.secret(&accounting::section(index)), "Odoo", report)?;
                Some(SourceConnection::Odoo { settings: Box::new(settings.clone()), key })
            }
            AccountingSource::Sql(settings) => self.sql_connection(index, settings, report),
        }
    }

    fn sql_connection(
        &self,
        index: usize,
        settings: &SqlSource,
        report: &mut Report<'_>,
    ) -> Option<SourceConnection> {
        let section = accounting::section(index);
        let query = settings.query_text(&section, report);
        let password = if settings.has_password() {
            Some(self.reveal(&settings.secret(&section), "the database", report)?)
        } else {
            None
        };
        Some(SourceConnection::Sql { settings: Box::new(settings.clone()), query: query?, password })
    }

    fn reveal(
        &self,
        secret: &SecretSource<'_>,
        system: &str,
        report: &mut Report<'_>,
    ) -> Option<SecretString> {
        secret.reveal(system, &self.environment, report)
    }
}
