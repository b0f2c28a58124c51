//! The Fatture in Cloud connector against the mock, with hurried clocks.

use crate::any_day;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sirank::connectors::fattureincloud::{FattureInCloud, FattureInCloudConfig, QuotaSettings};
use sirank::domain::document::DocumentDraft;
use sirank::http::{ClientSettings, StaticToken};
use sirank::ports::{CallError, InvoiceSource};
use sirank_mocks::clock::Clock;
use sirank_mocks::fattureincloud as mock;

use crate::hubspot_support::{MemoryLedger, hurried};

pub(crate) const TOKEN: &str = "a/test-token";
pub(crate) const COMPANY: u64 = 12_345;

/// 2026-11-22, 13:20 in Greenwich.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-22T13:20:00Z".parse().unwrap()
}

pub(crate) fn config(base_url: &str) -> FattureInCloudConfig {
    FattureInCloudConfig {
        name: "cloud".into(),
        company_id: COMPANY.to_string(),
        client: ClientSettings::new(base_url.parse().unwrap()),
        tokens: Arc::new(StaticToken::new(TOKEN.to_owned().into())),
        zone: chrono_tz::Europe::Rome,
        quotas: QuotaSettings { five_minutes: 100_000, ..QuotaSettings::default() },
        policy: sirank::http::Policy { longest_wait: Duration::from_secs(2), ..hurried() },
        ledger: Arc::new(MemoryLedger::default()),
        wall: Arc::new(now),
    }
}

pub(crate) fn connect(fic: &mock::FattureInCloud) -> FattureInCloud {
    FattureInCloud::new(config(&fic.base_url())).unwrap()
}

/// A company with so many invoices of 10.00, one a day, and three credit notes of 1.00.
pub(crate) fn company(invoices: u32) -> mock::Company {
    let mut company = mock::Company::new(COMPANY, "Azienda di prova S.r.l.");
    let first = chrono::NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
    for number in 0..invoices {
        let date = (first + chrono::Days::new(number.into())).to_string();
        add(&mut company, "invoice", &date, 1_000, json!({"id": 7, "vat_number": "IT01234567890"}));
    }
    for _ in 0..3 {
        add(
            &mut company,
            "credit_note",
            "2024-01-10",
            100,
            json!({"id": null, "vat_number": "IT01234567890"}),
        );
    }
    company
}

pub(crate) fn add(company: &mut mock::Company, kind: &str, date: &str, cents: i64, entity: Value) -> u64 {
    let new = mock::NewDocument { kind, date, net: Decimal::new(cents, 2), entity, subject: "" };
    company.add_document(1, &new)
}

pub(crate) async fn start(company: mock::Company) -> mock::FattureInCloud {
    with_quotas(company, mock::Quotas::unlimited()).await
}

pub(crate) async fn with_quotas(company: mock::Company, quotas: mock::Quotas) -> mock::FattureInCloud {
    let builder = mock::FattureInCloud::builder().token(TOKEN).company(company).quotas(quotas);
    builder.clock(Clock::frozen_at(now())).start().await.unwrap()
}

/// Everything that a pull delivers. `between` is called after every page with the number of pages so far.
pub(crate) async fn pull(
    source: &FattureInCloud,
    mut between: impl FnMut(usize),
) -> Result<Vec<DocumentDraft>, CallError> {
    let (mut drafts, mut pages, mut next) = (Vec::new(), 0, None);
    loop {
        let page = source.documents(any_day(), next).await?;
        drafts.extend(page.items);
        next = page.next;
        pages += 1;
        if next.is_none() {
            return Ok(drafts);
        }
        between(pages);
    }
}
