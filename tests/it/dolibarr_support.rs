//! The Dolibarr connector against the mock, with hurried clocks.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sirank::connectors::dolibarr::{CustomerId, Dolibarr, DolibarrConfig};
use sirank::domain::document::DocumentDraft;
use sirank::domain::time::Day;
use sirank::http::{ClientSettings, StaticToken};
use sirank::ports::{CallError, InvoiceSource};
use sirank_mocks::clock::Clock;
use sirank_mocks::dolibarr as mock;

use crate::hubspot_support::hurried;

pub(crate) const KEY: &str = "PLANTED-dolibarr-key";

/// 2026-11-22, 13:20 in Greenwich.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-22T13:20:00Z".parse().unwrap()
}

pub(crate) fn today() -> Day {
    "2026-11-22".parse().unwrap()
}

pub(crate) fn config(base_url: &str) -> DolibarrConfig {
    DolibarrConfig {
        name: "erp".into(),
        client: ClientSettings::new(base_url.parse().unwrap()),
        tokens: Arc::new(StaticToken::new(KEY.to_owned().into())),
        base_currency: "EUR".to_owned(),
        currency: None,
        zone: None,
        tax_code_field: Some("idprof4".to_owned()),
        customer_id: CustomerId::Id,
        deposits_are_payments: false,
        page: 100,
        policy: hurried(),
        wall: Arc::new(now),
    }
}

pub(crate) fn connect(erp: &mock::Dolibarr) -> Dolibarr {
    Dolibarr::new(config(&erp.base_url())).unwrap()
}

pub(crate) fn builder(ledger: mock::Ledger) -> mock::Builder {
    let builder = mock::Dolibarr::builder().key(KEY, mock::User::default()).ledger(ledger);
    builder.clock(Clock::frozen_at(now()))
}

pub(crate) async fn start(ledger: mock::Ledger) -> mock::Dolibarr {
    builder(ledger).start().await.unwrap()
}

/// So many customers with five invoices of 10.00 each, all made a year ago.
pub(crate) fn ledger(customers: u64) -> mock::Ledger {
    let made = now().timestamp() - 365 * 86_400;
    let mut ledger = mock::Ledger::default();
    for number in 0..customers {
        let vat_number = format!("IT{:011}", number + 1);
        let new = mock::NewThirdParty {
            name: "Cliente di prova",
            vat_number: &vat_number,
            tax_code: "",
            client: 1,
        };
        let customer = ledger.add_third_party(&new, made);
        for day in 1..=5 {
            let date = format!("2025-06-{day:02}");
            let new = mock::NewInvoice { kind: 0, status: 1, customer, date: &date, net: "10.00000000" };
            ledger.add_invoice(&new, made);
        }
    }
    ledger
}

/// Everything that a pull delivers. `between` is called after every page with the number of pages so far.
pub(crate) async fn pull(
    source: &dyn InvoiceSource,
    mut between: impl FnMut(usize),
) -> Result<Vec<DocumentDraft>, CallError> {
    let (mut drafts, mut pages, mut next) = (Vec::new(), 0, None);
    loop {
        let page = source.documents(today(), next).await?;
        drafts.extend(page.items);
        next = page.next;
        pages += 1;
        if next.is_none() {
            return Ok(drafts);
        }
        between(pages);
    }
}

/// The recordings of a real server, where they are.
pub(crate) fn recordings() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/recorded/dolibarr");
    if folder.exists() {
        return Some(folder);
    }
    eprintln!("skipped: there are no recordings at {}", folder.display());
    None
}

/// The rows of a recorded exchange.
pub(crate) fn exchange(folder: &Path, name: &str) -> Value {
    let text = std::fs::read_to_string(folder.join(name).with_extension("json")).unwrap();
    serde_json::from_str(&text).unwrap()
}
