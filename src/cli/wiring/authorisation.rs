//! Which systems are authorised how, and their tokens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::now;
use crate::connectors::{fattureincloud, hubspot};
use crate::http::{
    Authorisation, Authority, ClientSettings, OAuthSettings, OAuthTokens, OAuthVendor, StaticToken,
    TokenFile, TokenFileError, TokenProvider,
};
use crate::ports::{CallError, Crm, Finding, InvoiceSource, QuotaLedger};
use crate::settings::accounting::AccountingSource;
use crate::settings::crm::CrmKind;
use crate::settings::oauth::OAuth;
use crate::settings::{Credential, CrmConnection, Loaded, OAuthConnection, Settings, SourceConnection};

use super::connectors::unbuildable;
use super::{CliError, Context};

/// The name of HubSpot for `sirank auth`.
pub(super) const HUBSPOT: &str = "hubspot";
/// The name of vTiger for `sirank auth`.
const VTIGER: &str = "vtiger";
/// The most that a token endpoint answers.
const LARGEST_ANSWER: usize = 1 << 20;

/// A system that the configuration names.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Known {
    /// Its name for `sirank auth`: `hubspot`, or that of a source.
    pub(in crate::cli) name: String,
    /// Its name for people.
    pub(in crate::cli) system: &'static str,
    pub(in crate::cli) way: Way,
    /// Its place among the sources; none: it is the CRM.
    source: Option<usize>,
}

/// How a system is told who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Way {
    /// By OAuth, with these scopes.
    OAuth(Vec<String>),
    /// By a token that a person made, in place of which OAuth is possible.
    Token,
    /// In a way of its own: said as a sentence.
    Own(&'static str),
}

/// Who answers under an authorisation.
pub(in crate::cli) struct Identity {
    pub(in crate::cli) account: String,
    pub(in crate::cli) findings: Vec<Finding>,
}

/// HubSpot's OAuth with the scopes of what is switched on.
pub(super) fn oauth_of_hubspot(settings: &Settings) -> OAuthVendor {
    let cards = settings.wake_up.enabled;
    let invoices = settings.accounting.iter().any(|source| matches!(source, AccountingSource::Hubspot(_)));
    let tasks = settings.tasks.rules().any(cards);
    let vendor = hubspot::oauth(cards, tasks);
    if invoices {
        OAuthVendor { scopes: hubspot::scopes_with_invoices(cards, tasks), ..vendor }
    } else {
        vendor
    }
}

/// The systems of a configuration, the CRM first.
pub(in crate::cli) fn known(loaded: &Loaded) -> Vec<Known> {
    let settings = &loaded.settings;
    let hubspot = oauth_of_hubspot(settings);
    let crm = match settings.crm.kind {
        CrmKind::Hubspot => Known {
            name: HUBSPOT.to_owned(),
            system: hubspot.system,
            way: way(settings.hubspot.oauth.as_ref(), hubspot),
            source: None,
        },
        CrmKind::Vtiger => vtiger(VTIGER, None),
        CrmKind::Csv => files("csv", "CSV files", None),
    };
    let sources = settings.accounting.iter().enumerate().map(|(index, source)| match source {
        AccountingSource::FattureInCloud(cloud) => Known {
            name: cloud.name.clone(),
            system: fattureincloud::OAUTH.system,
            way: way(cloud.oauth.as_deref(), fattureincloud::OAUTH),
            source: Some(index),
        },
        AccountingSource::FatturaPa(source) => files(&source.name, "FatturaPA files", Some(index)),
        AccountingSource::Vtiger(invoices) => vtiger(&invoices.name, Some(index)),
        AccountingSource::Hubspot(invoices) => of_the_crm(&invoices.name, crm.system, index),
        AccountingSource::WonDeals(deals) => of_the_crm(&deals.name, crm.system, index),
        AccountingSource::Csv(source) => files(&source.name, "CSV files", Some(index)),
        AccountingSource::Dolibarr(source) => erp("Dolibarr", &source.name, index),
        AccountingSource::Odoo(source) => erp("Odoo", &source.name, index),
        AccountingSource::Sql(source) => database(&source.name, index),
    });
    let sources: Vec<Known> = sources.collect();
    std::iter::once(crm).chain(sources).collect()
}

fn way(oauth: Option<&OAuth>, vendor: OAuthVendor) -> Way {
    oauth.map_or(Way::Token, |oauth| Way::OAuth(scopes(oauth.scopes.as_deref(), vendor)))
}

fn scopes(configured: Option<&[String]>, vendor: OAuthVendor) -> Vec<String> {
    configured.map_or_else(|| vendor.scopes.iter().map(ToString::to_string).collect(), <[String]>::to_vec)
}

fn vtiger(name: &str, source: Option<usize>) -> Known {
    let way = Way::Own(
        "vTiger has no OAuth: give the access key of its API user as vtiger.token_file, token_env or token",
    );
    Known { name: name.to_owned(), system: "vTiger", way, source }
}

fn erp(system: &'static str, name: &str, source: usize) -> Known {
    let way = Way::Own(
        "an ERP is not authorised by OAuth here: give the API key of a user as token_file, token_env or token of the source",
    );
    Known { name: name.to_owned(), system, way, source: Some(source) }
}

/// A source that is read over the connection of the CRM.
fn of_the_crm(name: &str, system: &'static str, source: usize) -> Known {
    let way = Way::Own("this source is read from the CRM, under the CRM's own authorisation");
    Known { name: name.to_owned(), system, way, source: Some(source) }
}

fn database(name: &str, source: usize) -> Known {
    let way = Way::Own(
        "a database has no OAuth: give the user's password as password_file, password_env or password of the source",
    );
    Known { name: name.to_owned(), system: "SQL", way, source: Some(source) }
}

fn files(name: &str, system: &'static str, source: Option<usize>) -> Known {
    let way = Way::Own("files ask for no authorisation");
    Known { name: name.to_owned(), system, way, source }
}

/// The authorisation of a system as its file tells it, without asking anybody.
pub(in crate::cli) fn on_file(loaded: &Loaded, name: &str) -> Result<Option<Authorisation>, TokenFileError> {
    TokenFile::beside(&loaded.settings.store.path, name).read()
}

/// The command that asks for the authorisation of a system.
pub(in crate::cli) fn command(name: &str) -> String {
    format!("sirank auth {name}")
}

impl Context {
    /// The configuration with its origins.
    pub(in crate::cli) fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// Where the tokens of a system come from.
    pub(super) fn tokens(
        &self,
        credential: Credential,
        name: &str,
        vendor: OAuthVendor,
        client: &ClientSettings,
    ) -> Result<Arc<dyn TokenProvider>, CliError> {
        match credential {
            Credential::Token(token) => Ok(Arc::new(StaticToken::new(token))),
            Credential::OAuth(app) => Ok(Arc::new(self.oauth_tokens(*app, name, vendor, client)?)),
        }
    }

    fn oauth_tokens(
        &self,
        app: OAuthConnection,
        name: &str,
        vendor: OAuthVendor,
        api: &ClientSettings,
    ) -> Result<OAuthTokens, CliError> {
        let client = ClientSettings {
            base_url: app.token_url.url().clone(),
            max_body_bytes: LARGEST_ANSWER.min(api.max_body_bytes),
            ..api.clone()
        };
        let authority = Authority::new(OAuthSettings {
            vendor,
            command: command(name),
            client_id: app.client_id,
            client_secret: app.client_secret,
            authorize_url: app.authorize_url.url().clone(),
            redirect_port: app.redirect_port,
            scopes: scopes(app.scopes.as_deref(), vendor),
            client,
        })
        .map_err(|error| unbuildable(vendor.system, &error))?;
        let file = TokenFile::beside(&self.settings().store.path, name);
        Ok(OAuthTokens::new(authority, file, self.retry(), Arc::new(now)))
    }

    /// The tokens of a system that is authorised by OAuth.
    pub(in crate::cli) fn tokens_of(&self, known: &Known) -> Result<OAuthTokens, CliError> {
        let (credential, vendor, client) = match known.source {
            None => match self.loaded.connection_of_crm()? {
                CrmConnection::Hubspot { settings, credential } => {
                    (credential, oauth_of_hubspot(self.settings()), self.hubspot_client(&settings))
                }
                CrmConnection::Vtiger | CrmConnection::Csv { .. } => return Err(no_oauth(known)),
            },
            Some(index) => match self.loaded.connection_of_source(index)? {
                SourceConnection::FattureInCloud { settings, credential } => {
                    (credential, fattureincloud::OAUTH, self.fattureincloud_client(&settings))
                }
                SourceConnection::FatturaPa(_)
                | SourceConnection::Vtiger(_)
                | SourceConnection::Hubspot(_)
                | SourceConnection::WonDeals(_)
                | SourceConnection::Csv(_)
                | SourceConnection::Dolibarr { .. }
                | SourceConnection::Odoo { .. }
                | SourceConnection::Sql { .. } => {
                    return Err(no_oauth(known));
                }
            },
        };
        match credential {
            Credential::OAuth(app) => self.oauth_tokens(*app, &known.name, vendor, &client),
            Credential::Token(_) => Err(no_oauth(known)),
        }
    }

    /// Asks a system who answers under its authorisation.
    pub(in crate::cli) async fn identity(&self, known: &Known) -> Result<Identity, CliError> {
        let ledger: Arc<dyn QuotaLedger> = Arc::new(Uncounted::default());
        match known.source {
            None => match self.loaded.connection_of_crm()? {
                CrmConnection::Hubspot { settings, credential } => {
                    let survey = self.hubspot(&settings, credential, &ledger)?.survey().await?;
                    Ok(Identity { account: survey.account, findings: Vec::new() })
                }
                CrmConnection::Vtiger | CrmConnection::Csv { .. } => Err(no_oauth(known)),
            },
            Some(index) => match self.loaded.connection_of_source(index)? {
                SourceConnection::FattureInCloud { settings, credential } => {
                    let probe = self.fattureincloud(&settings, credential, &ledger)?.probe().await?;
                    Ok(Identity { account: probe.identity, findings: probe.findings })
                }
                SourceConnection::FatturaPa(_)
                | SourceConnection::Vtiger(_)
                | SourceConnection::Hubspot(_)
                | SourceConnection::WonDeals(_)
                | SourceConnection::Csv(_)
                | SourceConnection::Dolibarr { .. }
                | SourceConnection::Odoo { .. }
                | SourceConnection::Sql { .. } => Err(no_oauth(known)),
            },
        }
    }
}

/// Said to whoever wants to authorise what is not authorised in this way.
pub(in crate::cli) fn no_oauth(known: &Known) -> CliError {
    CliError::Usage(match (&known.way, known.source) {
        (Way::Own(sentence), _) => (*sentence).to_owned(),
        (_, None) => format!(
            "{} is reached with a token, which needs no authorisation. To use OAuth, give an app in [{}.oauth] in its place",
            known.system, known.name
        ),
        (_, Some(_)) => format!(
            "the source {} is reached with a token, which needs no authorisation. To use OAuth, give an app in \
             [accounting.oauth] in its place",
            known.name
        ),
    })
}

/// The message of an error without the system's name in front, which the caller says.
pub(in crate::cli) fn trouble(error: &CliError) -> String {
    match error {
        CliError::Call(CallError { operation, trouble, .. }) => format!("{operation}: {trouble}"),
        other => other.to_string(),
    }
}

/// Counts of a handful of calls, kept by nobody: asking who answers needs no state.
#[derive(Default)]
struct Uncounted(Mutex<BTreeMap<(String, String), u64>>);

impl QuotaLedger for Uncounted {
    fn count(&self, quota: &str, period: &str) -> Result<u64, String> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((quota.to_owned(), period.to_owned())).or_default();
        *count += 1;
        Ok(*count)
    }
}
