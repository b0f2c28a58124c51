//! Currencies, each a record of its own; one of them is the base that rates count from.

use std::collections::BTreeMap;

use super::client::Answered;
use super::link::{CURRENCY, Link};
use super::query::Query;

/// What stands in the record of the base currency.
const BASE: &str = "-11";

/// The currencies of an installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Currencies {
    codes: BTreeMap<String, String>,
    base: Option<String>,
}

impl Currencies {
    /// The code of a currency, `EUR`.
    pub(super) fn code(&self, id: &str) -> Option<&str> {
        self.codes.get(id).map(String::as_str)
    }

    /// The code of the base currency.
    pub(super) fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }
}

/// Reads the currencies, those that are out of use included: old invoices are in them.
pub(super) async fn currencies(link: &Link) -> Answered<Currencies> {
    let module = link.needed(CURRENCY).await?;
    let query = Query::of(CURRENCY).columns(["currency_code", "conversion_rate", "defaultid"]);
    let mut currencies = Currencies::default();
    for row in link.client.all("currencies.list", &query, module.prefix).await? {
        let Some(code) = row.text("currency_code").map(str::to_uppercase) else { continue };
        if row.text("defaultid") == Some(BASE) {
            currencies.base = Some(code.clone());
        }
        currencies.codes.insert(row.id().to_owned(), code);
    }
    Ok(currencies)
}
