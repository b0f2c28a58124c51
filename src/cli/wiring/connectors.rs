//! Settings become connectors: one function for each system.

use std::path::PathBuf;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::clock::now;
use crate::connectors::csv::{CompanyColumns, CsvCrm, CsvCrmConfig, CsvSource};
use crate::connectors::fatturapa::{FatturaPa, FatturaPaConfig, Own};
use crate::connectors::fattureincloud::{self, FattureInCloud, FattureInCloudConfig};
use crate::connectors::hubspot::{ApiVersion, HubSpot, HubSpotConfig, Mapping, QuotaSettings};
use crate::connectors::sql::SqlSource;
use crate::connectors::vtiger::{
    self, ContactSettings, InvoiceSettings, Vtiger, VtigerConfig, VtigerInvoices,
};
use crate::http::{ClientSettings, Policy as RetryPolicy};
use crate::ports::{CallError, Crm, FileIndex, InputProperty, InvoiceSource, QuotaLedger, Trouble};
use crate::settings::accounting;
use crate::settings::hubspot::Hubspot;
use crate::settings::number::Share;
use crate::settings::{Connections, Credential, CrmConnection, SourceConnection, VtigerConnection};

use super::csv::csv_source;
use super::own_documents::ConnectedCrm;
use super::{CliError, Context, authorisation};

/// The property that holds the country in HubSpot and in CSV files.
const COUNTRY: &str = "country";

/// The CRM and the sources of a configuration.
type Connected = (Box<dyn Crm>, Vec<Box<dyn InvoiceSource>>);

impl Context {
    /// The connectors of these connections. Nothing is sent yet.
    pub(super) fn connect(
        &self,
        connections: Connections,
        ledger: &Arc<dyn QuotaLedger>,
        files: impl Fn(&str) -> Arc<dyn FileIndex>,
    ) -> Result<Connected, CliError> {
        let Connections { crm, vtiger, sources } = connections;
        let own_documents = self.settings().has_own_documents();
        let config = vtiger.map(|connection| self.vtiger(connection, own_documents, ledger));
        let crm = self.crm(crm, config.as_ref(), ledger)?;
        let mut connected: Vec<Box<dyn InvoiceSource>> = Vec::new();
        for source in sources {
            connected.push(match source {
                SourceConnection::FattureInCloud { settings, credential } => {
                    Box::new(self.fattureincloud(&settings, credential, ledger)?)
                }
                SourceConnection::FatturaPa(settings) => {
                    let index = files(&settings.name);
                    Box::new(fatturapa(settings, index))
                }
                SourceConnection::Vtiger(settings) => {
                    Box::new(self.vtiger_invoices(settings, crm.vtiger(), config.as_ref())?)
                }
                SourceConnection::Hubspot(settings) => Box::new(crm.hubspot_invoices(settings)?),
                SourceConnection::WonDeals(settings) => {
                    let wake_up = self.settings().wake_up.pipeline.clone();
                    crm.won_deals(settings, wake_up)?
                }
                SourceConnection::Csv(settings) => {
                    Box::new(CsvSource::new(csv_source(*settings), Arc::new(now)))
                }
                SourceConnection::Dolibarr { settings, key } => Box::new(self.dolibarr(&settings, key)?),
                SourceConnection::Odoo { settings, key } => Box::new(self.odoo(&settings, key)?),
                SourceConnection::Sql { settings, query, password } => {
                    Box::new(SqlSource::new(self.sql(*settings, query, password)))
                }
            });
        }
        Ok((crm.into_box(), connected))
    }

    fn crm(
        &self,
        connection: CrmConnection,
        vtiger: Option<&VtigerConfig>,
        ledger: &Arc<dyn QuotaLedger>,
    ) -> Result<ConnectedCrm, CliError> {
        Ok(match connection {
            CrmConnection::Hubspot { settings, credential } => {
                ConnectedCrm::Hubspot(Box::new(self.hubspot(&settings, credential, ledger)?))
            }
            CrmConnection::Vtiger => {
                let config = vtiger.ok_or_else(unreached)?.clone();
                let vtiger = Vtiger::new(config).map_err(|error| unbuildable("vTiger", &error))?;
                ConnectedCrm::Vtiger(Box::new(vtiger))
            }
            CrmConnection::Csv { companies, figures } => {
                ConnectedCrm::Csv(Box::new(self.csv_crm(companies, figures)))
            }
        })
    }

    pub(super) fn hubspot(
        &self,
        settings: &Hubspot,
        credential: Credential,
        ledger: &Arc<dyn QuotaLedger>,
    ) -> Result<HubSpot, CliError> {
        let client = self.hubspot_client(settings);
        let tokens = self.tokens(
            credential,
            authorisation::HUBSPOT,
            authorisation::oauth_of_hubspot(self.settings()),
            &client,
        )?;
        let config = HubSpotConfig {
            client,
            version: ApiVersion::parse(settings.api_version.as_str()).unwrap_or_default(),
            tokens,
            mapping: self.mapping(),
            prefix: self.settings().company.property_prefix.clone(),
            figures: self.policy.figures.iter().copied().collect(),
            language: self.policy.language,
            own_documents: self.settings().has_own_documents(),
            wake_up: self.settings().board_names(),
            zone: self.settings().zone(),
            quotas: QuotaSettings {
                burst: settings.burst_limit,
                searches_per_second: settings.search_per_second,
                daily_reserve_percent: percent(settings.daily_reserve),
                ..QuotaSettings::default()
            },
            concurrency: settings.concurrency as usize,
            policy: self.retry(),
            ledger: ledger.clone(),
            wall: Arc::new(now),
        };
        HubSpot::new(config).map_err(|error| unbuildable("HubSpot", &error))
    }

    fn vtiger(
        &self,
        connection: VtigerConnection,
        own_invoices: bool,
        ledger: &Arc<dyn QuotaLedger>,
    ) -> VtigerConfig {
        let VtigerConnection { settings, base_url, username, access_key } = connection;
        let company = &self.settings().company;
        let mut client = self.client(&base_url, settings.timeout_seconds);
        client.allow_plain_http = settings.allow_plain_http;
        client.ca_bundle.clone_from(&settings.ca_bundle);
        let inputs = InputProperty::ALL.into_iter();
        VtigerConfig {
            client,
            username,
            access_key,
            mapping: vtiger::Mapping {
                inputs: inputs.filter_map(|input| Some((input, company.mapped(input)?.to_owned()))).collect(),
                figures: settings.fields.0,
                options: settings.values.0,
                country: company.country.clone(),
            },
            figures: self.policy.figures.iter().copied().collect(),
            language: self.policy.language,
            zone: self.settings().zone(),
            pipeline_field: settings.pipeline_field,
            closed_stages: settings.closed_stages.into_iter().collect(),
            won_stages: settings.won_stages.into_iter().collect(),
            wake_up: self.settings().board_names(),
            contacts: ContactSettings {
                activity_types: settings.contact_events,
                statuses: settings.held_statuses,
                emails: settings.emails,
            },
            groups_are_owners: settings.groups_are_owners,
            own_invoices,
            sessions: settings.sessions as usize,
            quotas: vtiger::QuotaSettings {
                calls_per_minute: settings.calls_per_minute,
                hourly: settings.calls_per_hour.map(u64::from),
                reserve_percent: percent(settings.daily_reserve),
                ..vtiger::QuotaSettings::default()
            },
            policy: self.retry(),
            ledger: ledger.clone(),
            wall: Arc::new(now),
        }
    }

    fn csv_crm(&self, companies: PathBuf, figures: PathBuf) -> CsvCrm {
        let settings = self.settings();
        let company = &settings.company;
        let columns = CompanyColumns {
            potential: company.input_property(InputProperty::Potential),
            d_and_p: company.input_property(InputProperty::DAndP),
            category: company.input_property(InputProperty::Category),
            vat_number: company.input_property(InputProperty::VatNumber),
            tax_code: company.input_property(InputProperty::TaxCode),
            customer_id: company.input_property(InputProperty::AccountingId),
            country: self.country(),
            ..CompanyColumns::default()
        };
        CsvCrm::new(CsvCrmConfig {
            companies,
            figures,
            columns,
            prefix: company.property_prefix.clone(),
            // A pipeline is known by the deals in it: one that is watched may have none today.
            pipelines: settings.cold.watched_pipelines.clone().unwrap_or_default(),
        })
    }

    /// The invoices of vTiger, over the sessions of the CRM where it is the same.
    fn vtiger_invoices(
        &self,
        settings: accounting::VtigerInvoices,
        crm: Option<&Vtiger>,
        config: Option<&VtigerConfig>,
    ) -> Result<VtigerInvoices, CliError> {
        let name = settings.name.as_str().into();
        let invoices = InvoiceSettings {
            base_currency: self.currency().to_owned(),
            void: settings.void_statuses.into_iter().collect(),
            credit_notes: settings.credit_note_statuses.into_iter().collect(),
            drafts: settings.draft_statuses.into_iter().collect(),
            number_field: settings.number_field,
        };
        match crm {
            Some(crm) => Ok(crm.invoices(name, invoices)),
            None => VtigerInvoices::new(config.ok_or_else(unreached)?, name, invoices)
                .map_err(|error| unbuildable(&settings.name, &error)),
        }
    }

    pub(super) fn fattureincloud(
        &self,
        settings: &accounting::FattureInCloud,
        credential: Credential,
        ledger: &Arc<dyn QuotaLedger>,
    ) -> Result<FattureInCloud, CliError> {
        let client = self.fattureincloud_client(settings);
        let tokens = self.tokens(credential, &settings.name, fattureincloud::OAUTH, &client)?;
        let config = FattureInCloudConfig {
            name: settings.name.as_str().into(),
            company_id: settings.company_id.clone(),
            zone: self.settings().zone(),
            client,
            tokens,
            quotas: fattureincloud::QuotaSettings {
                reserve_percent: percent(settings.monthly_reserve),
                ..fattureincloud::QuotaSettings::default()
            },
            policy: self.retry(),
            ledger: ledger.clone(),
            wall: Arc::new(now),
        };
        FattureInCloud::new(config).map_err(|error| unbuildable(&settings.name, &error))
    }

    pub(super) fn hubspot_client(&self, settings: &Hubspot) -> ClientSettings {
        let mut client = self.client(&settings.base_url, settings.timeout_seconds);
        client.allow_plain_http = settings.allow_plain_http;
        client.ca_bundle.clone_from(&settings.ca_bundle);
        client
    }

    pub(super) fn fattureincloud_client(&self, settings: &accounting::FattureInCloud) -> ClientSettings {
        let mut client = self.client(&settings.base_url, settings.timeout_seconds);
        client.allow_plain_http = settings.allow_plain_http;
        client.ca_bundle.clone_from(&settings.ca_bundle);
        client
    }

    pub(super) fn client(
        &self,
        base: &crate::settings::BaseUrl,
        timeout_seconds: Option<u32>,
    ) -> ClientSettings {
        let http = &self.settings().http;
        let mut client = ClientSettings::new(base.url().clone());
        client.connect_timeout = http.connect_timeout();
        client.request_timeout = http.timeout(timeout_seconds);
        client.max_body_bytes = http.max_body_bytes();
        client
    }

    pub(super) fn retry(&self) -> RetryPolicy {
        RetryPolicy {
            attempts: self.settings().http.max_attempts,
            quota_patience: self.quota_patience,
            ..RetryPolicy::default()
        }
    }

    fn mapping(&self) -> Mapping {
        let company = &self.settings().company;
        let property = |input| Some(company.input_property(input));
        Mapping {
            potential: property(InputProperty::Potential),
            d_and_p: property(InputProperty::DAndP),
            category: property(InputProperty::Category),
            vat_number: property(InputProperty::VatNumber),
            tax_code: property(InputProperty::TaxCode),
            accounting_id: property(InputProperty::AccountingId),
            country: Some(self.country()),
            ..Mapping::default()
        }
    }

    fn country(&self) -> String {
        self.settings().company.country.clone().unwrap_or_else(|| COUNTRY.to_owned())
    }
}

/// The settings give a vTiger whenever they name one; this is only said where they do not.
pub(super) fn unreached() -> CliError {
    CliError::Machine("the configuration names vTiger but not how it is reached".to_owned())
}

fn fatturapa(settings: accounting::FatturaPa, index: Arc<dyn FileIndex>) -> FatturaPa {
    FatturaPa::new(FatturaPaConfig {
        name: settings.name.as_str().into(),
        own: Own::of(&settings.own_vat_numbers, &settings.own_tax_codes),
        count_asset_sales: settings.count_asset_sales,
        settle: settings.settle(),
        folder: settings.folder,
        index,
        wall: Arc::new(now),
    })
}

/// A share in whole percent, rounded up: a reserve is never smaller than was asked for.
fn percent(share: Share) -> u64 {
    (share.get() * Decimal::ONE_HUNDRED).ceil().try_into().unwrap_or(100)
}

pub(super) fn unbuildable(system: &str, error: &dyn std::error::Error) -> CliError {
    CliError::Call(CallError {
        system: system.to_owned(),
        operation: "preparing the connection".to_owned(),
        trouble: Trouble::Configuration(error.to_string()),
    })
}
