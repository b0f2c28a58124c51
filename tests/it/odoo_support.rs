//! The Odoo connector against the mock, with hurried clocks.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sirank::connectors::odoo::{Odoo, OdooConfig, Protocol};
use sirank::http::{ClientSettings, StaticToken};
use sirank_mocks::clock::Clock;
use sirank_mocks::odoo as mock;

use crate::hubspot_support::hurried;

pub(crate) const KEY: &str = "PLANTED-odoo-key";
/// When the records of the tests were made.
pub(crate) const MADE: &str = "2025-11-22 10:00:00";

/// 2026-11-22, 13:20 in Greenwich.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-22T13:20:00Z".parse().unwrap()
}

pub(crate) fn config(base_url: &str) -> OdooConfig {
    OdooConfig {
        name: "odoo".into(),
        client: ClientSettings::new(base_url.parse().unwrap()),
        tokens: Arc::new(StaticToken::new(KEY.to_owned().into())),
        protocol: Protocol::Auto,
        database: Some("prova".to_owned()),
        username: Some("sirank".to_owned()),
        company_id: None,
        base_currency: "EUR".to_owned(),
        page: 100,
        calls_per_second: 10_000,
        policy: hurried(),
        wall: Arc::new(now),
    }
}

pub(crate) fn connect(odoo: &mock::Odoo) -> Odoo {
    Odoo::new(config(&odoo.base_url())).unwrap()
}

pub(crate) fn builder(books: mock::Books) -> mock::Builder {
    let builder = mock::Odoo::builder().key(KEY, mock::User::default()).books(books);
    builder.clock(Clock::frozen_at(now()))
}

pub(crate) fn invoice(partner: u64, date: &str) -> mock::NewMove<'_> {
    mock::NewMove { kind: "out_invoice", state: "posted", company: 1, partner, date, net: "10.00" }
}

/// So many customers with five invoices of 10.00 each, all made a year ago.
pub(crate) fn books(customers: u64) -> mock::Books {
    let mut books = mock::Books::new();
    for number in 1..=customers {
        let vat = format!("IT{number:011}");
        let new = mock::NewPartner { name: "Cliente di prova", vat: &vat, ..mock::NewPartner::default() };
        let partner = books.add_partner(&new, MADE);
        for day in 1..=5 {
            books.add_move(&invoice(partner, &format!("2025-06-{day:02}")), MADE);
        }
    }
    books
}
