//! What the events add up to, for Prometheus.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Event;

/// A metric as it is documented.
#[derive(Clone, Copy, Debug)]
pub struct DeclaredMetric {
    /// Its name.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// Its labels.
    pub labels: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

/// Upper bounds of the durations of runs, in seconds.
const RUN_SECONDS: [f64; 11] = [0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 43_200.0];

type Labels = Vec<(&'static str, String)>;
type Counters = Family<Labels, Counter>;
type Gauges = Family<Labels, Gauge>;
type Seconds = Gauge<f64, AtomicU64>;
type SecondsBy = Family<Labels, Seconds>;
type Durations = Family<Labels, Histogram, fn() -> Histogram>;

/// Declares metrics: makes the struct, its registration, and their list for the documents. A counter is registered
/// without its `_total`, which the format adds.
macro_rules! metrics {
    ($(
        #[doc = $meaning:literal]
        $field:ident: $kind:ty = $shape:literal $registered:literal $suffix:literal [$labels:literal];
    )+) => {
        /// The metrics of a process.
        pub struct Metrics {
            registry: Registry,
            $(#[doc = $meaning] $field: $kind,)+
        }

        /// Every metric.
        pub const METRICS: &[DeclaredMetric] = &[
            $(DeclaredMetric {
                name: concat!($registered, $suffix),
                kind: $shape,
                labels: $labels,
                meaning: $meaning,
            },)+
        ];

        impl Metrics {
            pub(super) fn new() -> Self {
                let mut registry = Registry::default();
                $(
                    let $field = <$kind as New>::new();
                    registry.register($registered, $meaning.trim().trim_end_matches('.'), $field.clone());
                )+
                let metrics = Self { registry, $($field,)+ };
                // What may be counted one day is there from the beginning, so that its first step shows as one.
                for outcome in ["done", "done_with_failures", "held", "stopped", "failed"] {
                    let of_run = vec![("command", "run".to_owned()), ("outcome", outcome.to_owned())];
                    let _ = metrics.runs.get_or_create(&of_run);
                }
                for result in ["applied", "refused", "gone", "moved"] {
                    let _ = metrics.records.get_or_create(&vec![("result", result.to_owned())]);
                }
                metrics.build.get_or_create(&vec![("version", env!("CARGO_PKG_VERSION").to_owned())]).set(1);
                metrics
            }
        }
    };
}

metrics! {
    /// Always 1; the program's version is the label.
    build: Gauges = "gauge" "sirank_build_info" "" ["version"];
    /// Runs that have ended, by the command and how they ended.
    runs: Counters = "counter" "sirank_runs" "_total" ["command, outcome"];
    /// How long runs took.
    run_seconds: Durations = "histogram" "sirank_run_duration_seconds" "" ["command"];
    /// 1 while a run is under way.
    run_in_progress: Gauge = "gauge" "sirank_run_in_progress" "" [""];
    /// When the last run ended that did what it was to do, as seconds since 1970; 0: never since the state was made.
    last_good_run: Seconds = "gauge" "sirank_last_good_run_timestamp_seconds" "" [""];
    /// Seconds since the last run ended that did what it was to do, or since the service started.
    last_good_run_age: Seconds = "gauge" "sirank_last_good_run_age_seconds" "" [""];
    /// When the next run of each kind is due, as seconds since 1970.
    next_run: SecondsBy = "gauge" "sirank_next_run_timestamp_seconds" "" ["kind"];
    /// Calls to each system by what they came to.
    calls: Counters = "counter" "sirank_calls" "_total" ["system, outcome"];
    /// What is left of each quota, as the system last told.
    quota_left: Gauges = "gauge" "sirank_quota_left" "" ["system, quota"];
    /// The whole of each quota, as the system last told.
    quota_limit: Gauges = "gauge" "sirank_quota_limit" "" ["system, quota"];
    /// Companies that were written, by what became of it.
    records: Counters = "counter" "sirank_records" "_total" ["result"];
    /// Documents in the ledger, by what they count as.
    documents: Gauges = "gauge" "sirank_documents" "" ["state"];
    /// Companies in the CRM.
    companies: Gauge = "gauge" "sirank_companies" "" [""];
    /// Plans that wait for approval.
    held_plans: Gauge = "gauge" "sirank_held_plans" "" [""];
    /// Companies whose values the CRM refused, waiting to be tried again.
    failed_writes: Gauge = "gauge" "sirank_failed_writes" "" [""];
    /// 1 while the authorisation of a system is gone.
    authorization_lost: Gauges = "gauge" "sirank_authorization_lost" "" ["system"];
    /// 1 while the configuration on disk is not the one in force because it is invalid.
    reload_failed: Gauge = "gauge" "sirank_reload_failed" "" [""];
    /// Notifications by channel and whether they were sent.
    notifications: Counters = "counter" "sirank_notifications" "_total" ["channel, outcome"];
    /// Size of the state on disk.
    state_bytes: Gauge = "gauge" "sirank_state_bytes" "" [""];
}

/// What the state holds: read when somebody asks, so that it is right also after a restart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// When the last good run ended, in seconds since 1970; zero: never.
    pub last_good_run: f64,
    /// Seconds since then, or since the service started.
    pub last_good_run_age: f64,
    /// Companies in the CRM.
    pub companies: u64,
    /// Documents by what they count as.
    pub documents: [(&'static str, u64); 4],
    /// Plans that wait for approval.
    pub held_plans: u64,
    /// Companies whose values were refused.
    pub failed_writes: u64,
    /// Size of the state.
    pub state_bytes: u64,
    /// Kind and moment of the next runs.
    pub next_runs: Vec<(&'static str, f64)>,
}

impl Metrics {
    /// Takes over what the state holds.
    pub fn stand(&self, standing: &Standing) {
        self.last_good_run.set(standing.last_good_run);
        self.last_good_run_age.set(standing.last_good_run_age);
        self.companies.set(signed(standing.companies));
        self.held_plans.set(signed(standing.held_plans));
        self.failed_writes.set(signed(standing.failed_writes));
        self.state_bytes.set(signed(standing.state_bytes));
        for (state, count) in standing.documents {
            self.documents.get_or_create(&vec![("state", state.to_owned())]).set(signed(count));
        }
        for (kind, at) in &standing.next_runs {
            self.next_run.get_or_create(&vec![("kind", (*kind).to_owned())]).set(*at);
        }
    }

    /// Takes over what a system just told of a quota.
    pub fn quota(&self, system: &str, quota: &str, left: u64, limit: u64) {
        let labels = vec![("system", system.to_owned()), ("quota", quota.to_owned())];
        self.quota_left.get_or_create(&labels).set(signed(left));
        self.quota_limit.get_or_create(&labels).set(signed(limit));
    }

    /// All of them in Prometheus's text format.
    pub fn encoded(&self) -> Result<String, std::fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }
}

impl Event<'_> {
    /// Moves the metrics that belong to the event.
    pub(super) fn count(&self, metrics: &Metrics) {
        match *self {
            Self::RunStarted { .. } | Self::RunResumed { .. } => drop(metrics.run_in_progress.set(1)),
            Self::RunEnded { command, outcome, seconds, .. }
            | Self::RunFailed { command, outcome, seconds, .. } => {
                let of_run = vec![("command", command.to_owned()), ("outcome", outcome.to_owned())];
                metrics.runs.get_or_create(&of_run).inc();
                metrics.run_seconds.get_or_create(&vec![("command", command.to_owned())]).observe(seconds);
                metrics.run_in_progress.set(0);
            }
            Self::Called { system, outcome, .. } => {
                let of_call = vec![("system", system.to_owned()), ("outcome", outcome.to_owned())];
                metrics.calls.get_or_create(&of_call).inc();
            }
            Self::PlanApplied { applied, refused, gone, moved } => {
                let results = [("applied", applied), ("refused", refused), ("gone", gone), ("moved", moved)];
                for (result, companies) in results {
                    metrics.records.get_or_create(&vec![("result", result.to_owned())]).inc_by(companies);
                }
            }
            Self::AuthorizationLost { system, .. } => metrics.authorization(system, 1),
            Self::AuthorizationRestored { system } => metrics.authorization(system, 0),
            Self::ReloadRefused { .. } => drop(metrics.reload_failed.set(1)),
            Self::ReloadApplied {} => drop(metrics.reload_failed.set(0)),
            Self::NotificationSent { channel, .. } => metrics.notified(channel, "sent"),
            Self::NotificationFailed { channel, .. } => metrics.notified(channel, "failed"),
            _ => {}
        }
    }
}

impl Metrics {
    fn authorization(&self, system: &str, lost: i64) {
        self.authorization_lost.get_or_create(&vec![("system", system.to_owned())]).set(lost);
    }

    fn notified(&self, channel: &str, outcome: &str) {
        let labels = vec![("channel", channel.to_owned()), ("outcome", outcome.to_owned())];
        self.notifications.get_or_create(&labels).inc();
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A metric with nothing in it yet.
trait New {
    fn new() -> Self;
}

impl New for Counters {
    fn new() -> Self {
        Self::default()
    }
}

impl New for Gauges {
    fn new() -> Self {
        Self::default()
    }
}

impl New for Gauge {
    fn new() -> Self {
        Self::default()
    }
}

impl New for Seconds {
    fn new() -> Self {
        Self::default()
    }
}

impl New for SecondsBy {
    fn new() -> Self {
        Self::default()
    }
}

impl New for Durations {
    fn new() -> Self {
        Self::new_with_constructor(|| Histogram::new(RUN_SECONDS))
    }
}
