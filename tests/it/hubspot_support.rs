//! The HubSpot connector against the mock portal, with hurried clocks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sirank::connectors::hubspot::{ApiVersion, HubSpot, HubSpotConfig, Mapping, QuotaSettings};
use sirank::domain::catalogue::{Figure, Language};
use sirank::domain::ids::CompanyId;
use sirank::domain::value::Value;
use sirank::http::{ClientSettings, Policy, StaticToken};
use sirank::ports::{CompanyWrite, QuotaLedger, WriteOutcome};
use sirank_mocks::hubspot as mock;

/// A credential that must never be seen again.
pub(crate) const TOKEN: &str = "pat-eu1-PLANTED-hubspot";
/// 2026-11-22T12:00:00Z.
pub(crate) const NOON: i64 = 1_795_348_800_000;
/// When records of the tests were made: 2025-01-01T00:00:00Z.
pub(crate) const LONG_AGO: i64 = 1_735_689_600_000;

/// Counts in memory.
#[derive(Default)]
pub(crate) struct MemoryLedger(Mutex<BTreeMap<(String, String), u64>>);

impl QuotaLedger for MemoryLedger {
    fn count(&self, quota: &str, period: &str) -> Result<u64, String> {
        let mut counts = self.0.lock().unwrap();
        let count = counts.entry((quota.to_owned(), period.to_owned())).or_default();
        *count += 1;
        Ok(*count)
    }
}

/// A policy that waits for milliseconds where the product waits for seconds.
pub(crate) fn hurried() -> Policy {
    Policy {
        attempts: 4,
        base: Duration::from_millis(1),
        longest_backoff: Duration::from_millis(4),
        longest_wait: Duration::from_secs(5),
        budget: Duration::from_mins(1),
        quota_patience: Duration::ZERO,
    }
}

pub(crate) fn config(base_url: &str) -> HubSpotConfig {
    let moment = Duration::from_millis(1);
    HubSpotConfig {
        client: ClientSettings::new(base_url.parse().unwrap()),
        version: ApiVersion::V2026_09,
        tokens: Arc::new(StaticToken::new(TOKEN.to_owned().into())),
        mapping: Mapping {
            potential: Some("potential".to_owned()),
            d_and_p: Some("d_and_p".to_owned()),
            category: Some("category".to_owned()),
            vat_number: Some("vat_number".to_owned()),
            tax_code: Some("tax_code".to_owned()),
            accounting_id: Some("accounting_id".to_owned()),
            ..Mapping::default()
        },
        prefix: "sirank_".to_owned(),
        figures: Figure::ALL.to_vec(),
        language: Language::En,
        own_documents: false,
        wake_up: None,
        zone: chrono_tz::Europe::Rome,
        quotas: QuotaSettings {
            burst: Some(100_000),
            searches_per_second: 1_000,
            associations: 100_000,
            burst_pause: moment,
            search_pause: moment,
            locked_pause: moment,
            ..QuotaSettings::default()
        },
        concurrency: 4,
        policy: hurried(),
        ledger: Arc::new(MemoryLedger::default()),
        wall: Arc::new(|| DateTime::<Utc>::from_timestamp_millis(NOON).unwrap()),
    }
}

pub(crate) fn connect(base_url: &str) -> HubSpot {
    HubSpot::new(config(base_url)).unwrap()
}

/// A portal with the inputs and the figures' properties in place.
pub(crate) fn portal() -> mock::Portal {
    let mut portal = mock::Portal::new();
    let mut add = |property| portal.add_property(mock::Kind::Company, property);
    add(mock::Property::choice("potential", &[("high", "High"), ("low", "Low"), ("lost", "Lost")]));
    add(mock::Property::flag("d_and_p"));
    for name in ["category", "vat_number", "tax_code", "accounting_id", "sirank_explanation"] {
        add(mock::Property::text(name));
    }
    add(mock::Property::number("sirank_score"));
    add(mock::Property::number("sirank_ltv"));
    add(mock::Property::date("sirank_last_purchase"));
    add(mock::Property::flag("sirank_cold_customer"));
    let clusters = ["A", "B", "C", "D", "E", "Z"].map(|letter| (letter, letter));
    add(mock::Property::choice("sirank_cluster", &clusters));
    portal
}

pub(crate) async fn start(portal: mock::Portal) -> mock::HubSpot {
    mock::HubSpot::builder().token(TOKEN).seed(portal).start().await.unwrap()
}

/// A portal with so many companies, and their ids.
pub(crate) async fn with_companies(count: usize) -> (mock::HubSpot, Vec<CompanyId>) {
    let mut portal = portal();
    let ids = (0..count)
        .map(|number| {
            let name = format!("Company {number}");
            portal.add(mock::Kind::Company, LONG_AGO, &[("name", name.as_str())]).to_string()
        })
        .map(|id| CompanyId::from(id.as_str()))
        .collect();
    (start(portal).await, ids)
}

pub(crate) fn number(id: &CompanyId) -> u64 {
    id.as_str().parse().unwrap()
}

/// A write of a score and a cluster.
pub(crate) fn write_of(id: &CompanyId, score: &str, cluster: &str) -> CompanyWrite {
    CompanyWrite {
        id: id.clone(),
        trace: format!("trace-{id}"),
        values: vec![
            (Figure::Score, Some(Value::number(score.parse().unwrap()))),
            (Figure::Cluster, Some(Value::choice(cluster))),
        ],
    }
}

pub(crate) fn writes_of(ids: &[CompanyId]) -> Vec<CompanyWrite> {
    ids.iter().map(|id| write_of(id, "12.5", "A")).collect()
}

pub(crate) fn score(hub: &mock::HubSpot, id: &CompanyId) -> Option<String> {
    hub.value(mock::Kind::Company, number(id), "sirank_score")
}

/// Outcomes without the versions that HubSpot told.
pub(crate) fn versionless(outcomes: Vec<WriteOutcome>) -> Vec<WriteOutcome> {
    let without = |outcome| match outcome {
        WriteOutcome::Applied(_) => WriteOutcome::Applied(None),
        other => other,
    };
    outcomes.into_iter().map(without).collect()
}
