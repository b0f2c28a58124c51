//! Wiring: settings become connectors, rules and an engine. The only place that knows every connector.

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use tokio_util::sync::CancellationToken;

use crate::clock::{day_in, now};
use crate::connectors::csv::{
    CompanyColumns, CsvCrm, CsvCrmConfig, CsvSource, CsvSourceConfig, DocumentColumns, KindTexts,
};
use crate::connectors::fattureincloud::{self, FattureInCloud, FattureInCloudConfig};
use crate::connectors::hubspot::{ApiVersion, HubSpot, HubSpotConfig, Mapping, QuotaSettings};
use crate::domain::plan::GuardRules;
use crate::domain::time::Day;
use crate::engine::{Engine, InputMapping, Policy, Progress};
use crate::http::{ClientSettings, Policy as RetryPolicy, StaticToken};
use crate::ports::{CallError, Crm, InputProperty, InvoiceSource, QuotaLedger, Trouble};
use crate::settings::accounting;
use crate::settings::number::Share;
use crate::settings::{
    Connections, CrmConnection, Environment, LoadRequest, Loaded, Settings, SourceConnection,
};
use crate::store::{Store, StoreError};
use crate::telemetry::{self, LogRequest};

use super::args::{Common, LogFormat};
use super::error::CliError;
use super::exit_code::Exit;
use super::progress;

/// How old an observed value may be before it is read again, ahead of being written over.
const REREAD_AFTER: Duration = Duration::from_mins(15);
/// The property that holds the country in HubSpot and in CSV files.
const COUNTRY: &str = "country";
/// The first wait for a CRM that does not answer writes: four rounds come to half a minute.
const SILENCE_PAUSE: Duration = Duration::from_secs(5);

/// What every command works with.
pub(crate) struct Context {
    loaded: Loaded,
    policy: Policy,
    as_of: Option<Day>,
    json_logs: bool,
    stop: CancellationToken,
}

/// The connectors of a configuration.
pub(crate) struct Systems {
    crm: Box<dyn Crm>,
    sources: Vec<Box<dyn InvoiceSource>>,
    progress: Box<dyn Progress>,
}

/// Loads the configuration of a command line.
pub(super) fn load(common: &Common) -> Result<Loaded, CliError> {
    let request = LoadRequest { files: common.config.clone(), environment: Environment::of_process() };
    Ok(Settings::load(request)?)
}

impl Context {
    /// Loads the configuration, and begins to log as it says.
    pub(crate) fn load(common: &Common) -> Result<Self, CliError> {
        Self::of(load(common)?, common)
    }

    /// The context of a configuration that is loaded already.
    pub(crate) fn of(loaded: Loaded, common: &Common) -> Result<Self, CliError> {
        let settings = &loaded.settings;
        let json_logs = json_logs(settings, common);
        telemetry::init(&LogRequest { json: json_logs, filter: filter(settings, common.verbose) });
        let policy = policy(settings)?;
        Ok(Self { policy, as_of: common.as_of, json_logs, stop: CancellationToken::new(), loaded })
    }

    /// The rules of the account.
    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The settings.
    pub(crate) fn settings(&self) -> &Settings {
        &self.loaded.settings
    }

    /// Today, in the business zone.
    pub(crate) fn today(&self) -> Day {
        day_in(self.settings().zone(), now())
    }

    /// The day to compute for.
    pub(crate) fn as_of(&self) -> Day {
        self.as_of.unwrap_or_else(|| self.today())
    }

    /// The base currency's code.
    pub(crate) fn currency(&self) -> &str {
        &self.policy.currency.base
    }

    /// What the names of sirank's properties begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.settings().company.property_prefix
    }

    /// Cancelled when the process is asked to end.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Opens the state for writing.
    pub(crate) fn open_store(&self) -> Result<Arc<Store>, CliError> {
        Ok(Arc::new(Store::open(&self.settings().store.path)?))
    }

    /// Opens the state for reading, beside whoever writes it.
    pub(crate) fn open_store_for_reading(&self) -> Result<Store, CliError> {
        Ok(Store::open_for_reading(&self.settings().store.path)?)
    }

    /// Opens the state for writing, or beside whoever writes it for reading: for commands that change nothing.
    pub(crate) fn open_store_if_free(&self) -> Result<Arc<Store>, CliError> {
        match self.open_store() {
            Err(CliError::Store(StoreError::Held { .. })) => Ok(Arc::new(self.open_store_for_reading()?)),
            other => other,
        }
    }

    /// Builds the connectors. Nothing is sent yet. An interrupt or SIGTERM ends the work in good order from now on.
    pub(crate) fn systems(&self, store: &Arc<Store>) -> Result<Systems, CliError> {
        stop_on_signals(&self.stop)?;
        let Connections { crm, vtiger: _, sources } = self.loaded.connections()?;
        let ledger: Arc<dyn QuotaLedger> = store.clone();
        Ok(Systems {
            crm: self.crm(crm, &ledger)?,
            sources: sources
                .into_iter()
                .map(|source| self.source(source, &ledger))
                .collect::<Result<_, CliError>>()?,
            progress: progress::for_this_terminal(self.json_logs),
        })
    }

    fn crm(
        &self,
        connection: CrmConnection,
        ledger: &Arc<dyn QuotaLedger>,
    ) -> Result<Box<dyn Crm>, CliError> {
        let settings = self.settings();
        match connection {
            CrmConnection::Hubspot { settings: hubspot, token } => {
                let mut client = self.client(&hubspot.base_url, hubspot.timeout_seconds);
                client.allow_plain_http = hubspot.allow_plain_http;
                client.ca_bundle.clone_from(&hubspot.ca_bundle);
                let config = HubSpotConfig {
                    client,
                    version: ApiVersion::parse(hubspot.api_version.as_str()).unwrap_or_default(),
                    tokens: Arc::new(StaticToken::new(token)),
                    mapping: self.mapping(),
                    prefix: settings.company.property_prefix.clone(),
                    figures: self.policy.figures.iter().copied().collect(),
                    language: self.policy.language,
                    zone: settings.zone(),
                    quotas: QuotaSettings {
                        burst: hubspot.burst_limit,
                        searches_per_second: hubspot.search_per_second,
                        daily_reserve_percent: percent(hubspot.daily_reserve),
                        ..QuotaSettings::default()
                    },
                    concurrency: hubspot.concurrency as usize,
                    policy: self.retry(),
                    ledger: ledger.clone(),
                    wall: Arc::new(now),
                };
                let connector = HubSpot::new(config).map_err(|error| unbuildable("HubSpot", &error))?;
                Ok(Box::new(connector))
            }
            CrmConnection::Vtiger => Err(no_vtiger()),
            CrmConnection::Csv { companies, figures } => {
                let company = &settings.company;
                let columns = CompanyColumns {
                    potential: company.input_property(InputProperty::Potential),
                    d_and_p: company.input_property(InputProperty::DAndP),
                    category: company.input_property(InputProperty::Category),
                    vat_number: company.input_property(InputProperty::VatNumber),
                    tax_code: company.input_property(InputProperty::TaxCode),
                    customer_id: company.input_property(InputProperty::AccountingId),
                    country: company.country.clone().unwrap_or_else(|| COUNTRY.into()),
                    ..CompanyColumns::default()
                };
                Ok(Box::new(CsvCrm::new(CsvCrmConfig {
                    companies,
                    figures,
                    columns,
                    prefix: company.property_prefix.clone(),
                    // A pipeline is known by the deals in it: one that is watched may have none today.
                    pipelines: settings.cold.watched_pipelines.clone().unwrap_or_default(),
                })))
            }
        }
    }

    fn source(
        &self,
        connection: SourceConnection,
        ledger: &Arc<dyn QuotaLedger>,
    ) -> Result<Box<dyn InvoiceSource>, CliError> {
        match connection {
            SourceConnection::FattureInCloud { settings, token } => {
                let mut client = self.client(&settings.base_url, settings.timeout_seconds);
                client.allow_plain_http = settings.allow_plain_http;
                client.ca_bundle.clone_from(&settings.ca_bundle);
                let config = FattureInCloudConfig {
                    name: settings.name.as_str().into(),
                    company_id: settings.company_id.clone(),
                    zone: self.settings().zone(),
                    client,
                    tokens: Arc::new(StaticToken::new(token)),
                    quotas: fattureincloud::QuotaSettings {
                        reserve_percent: percent(settings.monthly_reserve),
                        ..fattureincloud::QuotaSettings::default()
                    },
                    policy: self.retry(),
                    ledger: ledger.clone(),
                    wall: Arc::new(now),
                };
                let connector =
                    FattureInCloud::new(config).map_err(|error| unbuildable(&settings.name, &error))?;
                Ok(Box::new(connector))
            }
            SourceConnection::Vtiger(_) => Err(no_vtiger()),
            SourceConnection::Csv(settings) => Ok(Box::new(CsvSource::new(csv_source(settings)))),
        }
    }

    fn client(&self, base: &crate::settings::BaseUrl, timeout_seconds: Option<u32>) -> ClientSettings {
        let http = &self.settings().http;
        let mut client = ClientSettings::new(base.url().clone());
        client.connect_timeout = http.connect_timeout();
        client.request_timeout = http.timeout(timeout_seconds);
        client.max_body_bytes = http.max_body_bytes();
        client
    }

    fn retry(&self) -> RetryPolicy {
        RetryPolicy { attempts: self.settings().http.max_attempts, ..RetryPolicy::default() }
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
            country: Some(company.country.clone().unwrap_or_else(|| COUNTRY.into())),
            ..Mapping::default()
        }
    }
}

impl Systems {
    /// The engine over these connectors.
    pub(crate) fn engine<'a>(&'a self, context: &'a Context, store: &'a Store) -> Engine<'a> {
        Engine {
            store,
            crm: self.crm.as_ref(),
            sources: &self.sources,
            policy: &context.policy,
            progress: self.progress.as_ref(),
            stop: &context.stop,
        }
    }
}

fn policy(settings: &Settings) -> Result<Policy, CliError> {
    let company = &settings.company;
    Ok(Policy {
        rules: settings.rules().map_err(|error| CliError::Machine(error.to_string()))?,
        currency: settings.currency_rules(),
        figures: company.figures.iter().copied().collect(),
        language: settings.language,
        guards: guards(settings),
        watched_pipelines: settings.cold.watched_pipelines.clone(),
        excluded_categories: settings.cold.excluded_categories.clone(),
        inputs: InputProperty::ALL
            .into_iter()
            .map(|input| InputMapping {
                input,
                property: company.input_property(input),
                configured: company.mapped(input).is_some(),
            })
            .collect(),
        reread_after: REREAD_AFTER,
        whole_after: Duration::from_hours(settings.schedule.whole_hours.into()),
        silence_pause: SILENCE_PAUSE,
    })
}

fn guards(settings: &Settings) -> GuardRules {
    let guards = &settings.guards;
    GuardRules {
        max_cluster_change_share: guards.max_cluster_change_share.get(),
        max_clear_share: guards.max_clear_share.get(),
        min_feed_share: guards.min_feed_share.get(),
    }
}

fn csv_source(settings: accounting::CsvSource) -> CsvSourceConfig {
    use crate::domain::document::{DocumentKind, DraftKind, NotCounted};
    let accounting::CsvColumns {
        document_id,
        date,
        net_amount,
        kind,
        number,
        vat_number,
        tax_code,
        customer_id,
        customer_name,
        country,
        currency,
        exchange_rate,
    } = *settings.columns;
    let kinds = settings.kinds;
    let meanings = [
        (kinds.invoice, DraftKind::Issued(DocumentKind::Invoice)),
        (kinds.credit_note, DraftKind::Issued(DocumentKind::CreditNote)),
        (kinds.draft, DraftKind::NotCounted(NotCounted::Draft)),
        (kinds.pro_forma, DraftKind::NotCounted(NotCounted::ProForma)),
        (kinds.void, DraftKind::NotCounted(NotCounted::Void)),
    ];
    let kinds =
        meanings.into_iter().flat_map(|(texts, kind)| texts.into_iter().map(move |text| (text, kind)));
    CsvSourceConfig {
        name: settings.name.as_str().into(),
        files: settings.files,
        separator: settings.separator.bytes().next().unwrap_or(b','),
        columns: DocumentColumns {
            document_id,
            date,
            net_amount,
            kind,
            number,
            vat_number,
            tax_code,
            customer_id,
            customer_name,
            country,
            currency,
            exchange_rate,
        },
        kinds: KindTexts(kinds.collect()),
    }
}

/// A share in whole percent, rounded up: a reserve is never smaller than was asked for.
fn percent(share: Share) -> u64 {
    (share.get() * Decimal::ONE_HUNDRED).ceil().try_into().unwrap_or(100)
}

fn json_logs(settings: &Settings, common: &Common) -> bool {
    use crate::settings::log::LogFormat as Configured;
    match (common.log_format, settings.log.format) {
        (Some(LogFormat::Json), _) | (None, Configured::Json) => true,
        (Some(LogFormat::Text), _) | (None, Configured::Text) => false,
        (None, Configured::Auto) => !telemetry::on_terminal(),
    }
}

fn filter(settings: &Settings, verbose: u8) -> String {
    match verbose {
        0 => format!("warn,sirank={}", settings.log.level.as_str()),
        1 => "warn,sirank=debug".into(),
        _ => "debug,sirank=trace".into(),
    }
}

fn no_vtiger() -> CliError {
    CliError::Machine("the connector of vTiger is not there yet".to_owned())
}

fn unbuildable(system: &str, error: &dyn std::error::Error) -> CliError {
    CliError::Call(CallError {
        system: system.to_owned(),
        operation: "preparing the connection".to_owned(),
        trouble: Trouble::Configuration(error.to_string()),
    })
}

#[cfg(unix)]
fn stop_on_signals(stop: &CancellationToken) -> Result<(), CliError> {
    use tokio::signal::unix::{SignalKind, signal};
    let catch =
        |kind| signal(kind).map_err(|error| CliError::Machine(format!("signals cannot be caught: {error}")));
    let (mut interrupt, mut terminate) = (catch(SignalKind::interrupt())?, catch(SignalKind::terminate())?);
    let stop = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!(
            "Asked to stop: the call in flight is finished first. Asked once more, it ends at once."
        );
        stop.cancel();
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        // Everything that matters is on disk at any moment.
        std::process::exit(Exit::Unavailable as i32);
    });
    Ok(())
}
