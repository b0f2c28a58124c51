//! Wiring: settings become connectors, rules and an engine. The only place that knows every connector.

pub(super) mod authorisation;
mod connectors;
mod csv;
mod erp;
mod own_documents;
mod sql;
mod table;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{day_in, now};
use crate::domain::plan::GuardRules;
use crate::domain::time::Day;
use crate::engine::{Engine, InputMapping, LastSurvey, Policy, Progress};
use crate::events::{Event, emit};
use crate::notify::Notifier;
use crate::ports::{Crm, InputProperty, InvoiceSource, QuotaLedger};
use crate::settings::{Environment, LoadRequest, Loaded, Settings};
use crate::store::{Retention, Store, StoreError, StoredFiles};
use crate::telemetry::{self, LogRequest};

use super::args::{Common, LogFormat};
use super::error::CliError;
use super::exit_code::Exit;
use super::progress;

/// How old an observed value may be before it is read again, ahead of being written over.
const REREAD_AFTER: Duration = Duration::from_mins(15);
/// How old the last reading of everything may be: the schedule sees to it far more often, unless it always fails.
const WHOLE_AFTER: Duration = Duration::from_hours(8 * 24);
/// The longest period that is waited for, a day with its 25th hour; a month is not.
const QUOTA_PATIENCE: Duration = Duration::from_hours(26);
/// The first wait for a CRM that does not answer writes: four rounds come to half a minute.
const SILENCE_PAUSE: Duration = Duration::from_secs(5);

/// What every command works with.
pub(crate) struct Context {
    loaded: Loaded,
    common: Common,
    policy: Policy,
    as_of: Option<Day>,
    json_logs: bool,
    stop: CancellationToken,
    quota_patience: Duration,
}

/// The connectors of a configuration.
pub(crate) struct Systems {
    crm: Box<dyn Crm>,
    sources: Vec<Box<dyn InvoiceSource>>,
    survey: LastSurvey,
    progress: Box<dyn Progress>,
}

/// Loads the configuration of a command line.
pub(super) fn load(common: &Common) -> Result<Loaded, CliError> {
    let request = LoadRequest { files: common.config.clone(), environment: Environment::of_process() };
    Ok(Settings::load(request)?)
}

/// Who tells people of what happens, as a configuration says; none where no way is configured.
pub(super) fn notifier(loaded: &Loaded, stop: &CancellationToken) -> Result<Option<Notifier>, CliError> {
    Ok(Notifier::of(loaded.notifications()?, stop.clone())?)
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
        let stop = CancellationToken::new();
        let as_of = common.as_of;
        let quota_patience = Duration::ZERO;
        Ok(Self { policy, as_of, json_logs, stop, loaded, common: common.clone(), quota_patience })
    }

    /// The context of the same command line with the configuration as it is now, to be asked to stop as this one is.
    pub(crate) fn reloaded(&self) -> Result<Self, CliError> {
        let quota_patience = self.quota_patience;
        Ok(Self { stop: self.stop.clone(), quota_patience, ..Self::load(&self.common)? })
    }

    /// For work that nobody waits for: it pauses until a quota that is used up is full again, and goes on.
    #[must_use]
    pub(crate) fn patient(self) -> Self {
        Self { quota_patience: QUOTA_PATIENCE, ..self }
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

    /// The day that was given, if any.
    pub(crate) fn given_as_of(&self) -> Option<Day> {
        self.as_of
    }

    /// The base currency's code.
    pub(crate) fn currency(&self) -> &str {
        &self.policy.currency.base
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
        self.stop_on_signals()?;
        self.connected(store)
    }

    /// The same again, for whoever reads the configuration anew.
    pub(crate) fn again(&self) -> Self {
        Self {
            loaded: self.loaded.clone(),
            common: self.common.clone(),
            policy: self.policy.clone(),
            stop: self.stop.clone(),
            ..*self
        }
    }

    /// Refuses a configuration whose credentials cannot be read.
    pub(crate) fn credentials_are_there(&self) -> Result<(), CliError> {
        self.loaded.connections()?;
        self.notifier().map(drop)
    }

    /// Who tells people of what happens; none where no way is configured. Nothing is sent yet.
    pub(crate) fn notifier(&self) -> Result<Option<Notifier>, CliError> {
        notifier(&self.loaded, &self.stop)
    }

    /// An interrupt or SIGTERM ends the work in good order from now on.
    pub(crate) fn stop_on_signals(&self) -> Result<(), CliError> {
        stop_on_signals(&self.stop)
    }

    /// What is told of progress: a bar or lines.
    pub(crate) fn progress(&self) -> Box<dyn Progress> {
        progress::for_this_terminal(self.json_logs)
    }

    /// Builds the connectors. Nothing is sent yet.
    pub(crate) fn connected(&self, store: &Arc<Store>) -> Result<Systems, CliError> {
        let ledger: Arc<dyn QuotaLedger> = store.clone();
        let (crm, sources) = self.connect(self.loaded.connections()?, &ledger, |source| {
            Arc::new(StoredFiles::new(store.clone(), source.into()))
        })?;
        Ok(Systems { crm, sources, survey: LastSurvey::default(), progress: self.progress() })
    }
}

impl Systems {
    /// Refuses a service for one day: from the next on it would hold every plan. Mocks may live in another time.
    pub(crate) fn has_a_day_of_its_own(&self, context: &Context) -> Result<(), CliError> {
        if context.given_as_of().is_some() && !self.crm.traits().loopback {
            let advice =
                "the service computes for the day that it is: leave --as-of out, or give it to `sirank plan`";
            return Err(CliError::Usage(advice.to_owned()));
        }
        Ok(())
    }

    /// The engine over these connectors.
    pub(crate) fn engine<'a>(&'a self, context: &'a Context, store: &'a Store) -> Engine<'a> {
        self.engine_telling(context, store, self.progress.as_ref())
    }

    /// The engine over these connectors, telling somebody else how far it has come.
    pub(crate) fn engine_telling<'a>(
        &'a self,
        context: &'a Context,
        store: &'a Store,
        progress: &'a dyn Progress,
    ) -> Engine<'a> {
        Engine {
            store,
            crm: self.crm.as_ref(),
            sources: &self.sources,
            survey: &self.survey,
            policy: &context.policy,
            progress,
            stop: &context.stop,
        }
    }
}

fn policy(settings: &Settings) -> Result<Policy, CliError> {
    let company = &settings.company;
    Ok(Policy {
        rules: settings.rules().map_err(|error| CliError::Machine(error.to_string()))?,
        currency: settings.currency_rules(),
        duplicates: settings.matching.duplicates.into(),
        sellers: settings
            .accounting
            .iter()
            .filter_map(|source| Some((source.name().into(), source.seller()?.to_owned())))
            .collect(),
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
        zone: settings.zone(),
        wake_up: settings.wake_up(),
        tasks: settings.tasks.rules(),
        reread_after: REREAD_AFTER,
        whole_after: WHOLE_AFTER,
        silence_pause: SILENCE_PAUSE,
        retention: Retention { days: settings.store.keep_days, mib: settings.store.keep_mib },
    })
}

fn guards(settings: &Settings) -> GuardRules {
    let guards = &settings.guards;
    GuardRules {
        max_cluster_change_share: guards.max_cluster_change_share.get(),
        max_clear_share: guards.max_clear_share.get(),
        min_feed_share: guards.min_feed_share.get(),
        max_card_close_share: guards.max_card_close_share.get(),
    }
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
        emit(&Event::StopRequested {});
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
