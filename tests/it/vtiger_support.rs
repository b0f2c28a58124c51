//! The vTiger connector against the mock CRM, with hurried clocks.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sirank::connectors::vtiger::{
    ContactSettings, InvoiceSettings, Mapping, QuotaSettings, Vtiger, VtigerConfig, stock_closed_stages,
    stock_won_stages,
};
use sirank::domain::catalogue::{Figure, Language};
use sirank::domain::ids::CompanyId;
use sirank::domain::value::{Value, ValueKind};
use sirank::http::ClientSettings;
use sirank::ports::{CompanyWrite, Cursor, InputProperty, Page};
use sirank_mocks::clock::Clock;
use sirank_mocks::vtiger as mock;

use crate::hubspot_support::{MemoryLedger, hurried};

pub(crate) const KEY: &str = "mock-access-key";
pub(crate) const USER: &str = "api";
/// 2026-11-22T12:00:00Z.
pub(crate) const NOON: i64 = 1_795_348_800_000;
/// When records of the tests were made: 2025-01-01T00:00:00Z.
pub(crate) const LONG_AGO: i64 = 1_735_689_600_000;
/// The number of the API user.
pub(crate) const ADMIN: u64 = 1;

pub(crate) fn config(base_url: &str) -> VtigerConfig {
    VtigerConfig {
        client: ClientSettings::new(base_url.parse().unwrap()),
        username: USER.to_owned(),
        access_key: KEY.into(),
        mapping: Mapping::default(),
        figures: Figure::ALL.to_vec(),
        language: Language::En,
        zone: chrono_tz::Europe::Rome,
        pipeline_field: Some("Pipeline".to_owned()),
        closed_stages: stock_closed_stages(),
        won_stages: stock_won_stages(),
        wake_up: None,
        contacts: ContactSettings::default(),
        groups_are_owners: true,
        own_invoices: true,
        sessions: 4,
        quotas: QuotaSettings::default(),
        policy: hurried(),
        ledger: Arc::new(MemoryLedger::default()),
        wall: Arc::new(|| DateTime::<Utc>::from_timestamp_millis(NOON).unwrap()),
    }
}

pub(crate) fn connect(base_url: &str) -> Vtiger {
    Vtiger::new(config(base_url)).unwrap()
}

pub(crate) fn invoice_settings() -> InvoiceSettings {
    InvoiceSettings::stock("EUR")
}

/// The field of a figure as an administrator adds it.
pub(crate) fn field_of(figure: Figure) -> mock::CustomField {
    let description = figure.describe();
    let label = description.label.en;
    let values: Vec<&str> = description.options.iter().map(|option| option.label.en).collect();
    match description.kind {
        ValueKind::Number => mock::CustomField::decimal(label, 8, 4),
        ValueKind::Currency => mock::CustomField::currency(label, 12, 2),
        ValueKind::Date => mock::CustomField::new(label, mock::UiType::Date),
        ValueKind::Flag => mock::CustomField::new(label, mock::UiType::Checkbox),
        ValueKind::Choice => mock::CustomField::picklist(label, &values),
        ValueKind::Text => mock::CustomField::text(label, 255),
    }
}

fn field_of_input(input: InputProperty) -> mock::CustomField {
    let label = input.label().en;
    match input {
        InputProperty::Potential => mock::CustomField::picklist(label, &["High", "Low", "Lost"]),
        InputProperty::DAndP => mock::CustomField::new(label, mock::UiType::Checkbox),
        _ => mock::CustomField::text(label, 64),
    }
}

/// A CRM with an administrator, the fields of all figures but some, those that people fill in, and pipelines.
pub(crate) fn crm_without(left_out: &[Figure]) -> mock::Crm {
    let mut crm = mock::Crm::new();
    crm.add_user(mock::User::new(ADMIN, USER, KEY).admin().decimals(5));
    for figure in Figure::ALL.into_iter().filter(|figure| !left_out.contains(figure)) {
        crm.add_field("Accounts", &field_of(figure)).unwrap();
    }
    for input in InputProperty::ALL {
        crm.add_field("Accounts", &field_of_input(input)).unwrap();
    }
    crm.add_field("Potentials", &mock::CustomField::picklist("Pipeline", &["Sales", "Renewals"])).unwrap();
    crm.set_next_id(1_000);
    crm
}

pub(crate) fn crm() -> mock::Crm {
    crm_without(&[])
}

pub(crate) async fn start(crm: mock::Crm) -> mock::VTiger {
    mock::VTiger::builder()
        .crm(crm)
        .clock(Clock::frozen_at(DateTime::from_timestamp_millis(NOON).unwrap()))
        .start()
        .await
        .unwrap()
}

pub(crate) fn company(number: u64) -> CompanyId {
    CompanyId::from(format!("11x{number}").as_str())
}

pub(crate) fn number(id: &CompanyId) -> u64 {
    id.as_str().split_once('x').unwrap().1.parse().unwrap()
}

/// A CRM with so many organizations, and their ids.
pub(crate) async fn with_companies(count: usize) -> (mock::VTiger, Vec<CompanyId>) {
    let mut crm = crm();
    let ids = (0..count).map(|number| {
        let name = format!("Company {number}");
        company(crm.add("Accounts", LONG_AGO, ADMIN, &[("accountname", name.as_str())]))
    });
    let ids = ids.collect();
    (start(crm).await, ids)
}

/// The name of a figure's field: `cf_…`.
pub(crate) fn name_of(tiger: &mock::VTiger, figure: Figure) -> String {
    tiger.crm(|crm| crm.field_named("Accounts", figure.describe().label.en).unwrap().to_owned())
}

/// What a figure's field holds.
pub(crate) fn held(tiger: &mock::VTiger, id: &CompanyId, figure: Figure) -> String {
    tiger.value("Accounts", number(id), &name_of(tiger, figure)).unwrap()
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

pub(crate) fn revises(tiger: &mock::VTiger) -> u64 {
    let kinds = tiger.stats().by_kind;
    kinds.iter().filter(|(kind, _)| kind.starts_with("revise")).map(|(_, count)| count).sum()
}

/// All pages of a list.
pub(crate) async fn all<T, E: std::fmt::Debug>(
    page: impl AsyncFn(Option<Cursor>) -> Result<Page<T>, E>,
) -> Vec<T> {
    let mut items = Vec::new();
    let mut from = None;
    for _ in 0..1_000 {
        let page = page(from).await.unwrap();
        items.extend(page.items);
        match page.next {
            Some(next) => from = Some(next),
            None => return items,
        }
    }
    panic!("the list never ends");
}

/// So many of each.
pub(crate) fn counted<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    items.into_iter().fold(BTreeMap::new(), |mut counts, item| {
        *counts.entry(item).or_default() += 1;
        counts
    })
}
