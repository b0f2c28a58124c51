//! Dolibarr's endpoints: paths, filters and pages.
//!
//! Lists are read by what comes behind an id, not by the number of a page: a record that is deleted while pages are read
//! would push another over the edge of a page that was read already.

use std::fmt::Write as _;

use serde::de::DeserializeOwned;

use super::wire::{Invoice, Scalar, Status, ThirdParty, User, text};
use crate::http::{Call, Class, HttpFailure, Stack};

/// Where the API is, below the installation.
const API: &str = "api/index.php";
/// Without this a row is seventy times as large. Releases before 17 or so ignore it.
const INVOICE_FIELDS: &str = "id,ref,socid,type,status,statut,close_code,date,date_modification,total_ht,\
                              multicurrency_code,multicurrency_tx,multicurrency_total_ht";
const CUSTOMER_FIELDS: &str = "id,name,tva_intra,country_code,code_client,idprof1,idprof2,idprof3,idprof4,idprof5,\
                               idprof6,date_modification,array_options";
/// Ids in one filter: an address stays below two thousand characters.
pub(super) const IDS: usize = 50;
/// A page that is too large is asked for again in parts of this many.
const PARTS: u64 = 4;

pub(super) type Answered<T> = Result<T, Box<HttpFailure>>;

/// Which records of a list.
#[derive(Clone, Debug)]
pub(super) struct Which {
    filters: Vec<String>,
    sort: (&'static str, &'static str),
    customers_only: bool,
}

impl Which {
    /// Those with a greater id, in the order of their ids.
    pub(super) fn after(id: u64) -> Self {
        Self { filters: vec![format!("(t.rowid:>:{id})")], sort: ("t.rowid", "ASC"), customers_only: false }
    }

    /// Those that were changed last, the latest first.
    pub(super) fn latest() -> Self {
        Self { filters: Vec::new(), sort: ("t.tms,t.rowid", "DESC,DESC"), customers_only: false }
    }

    /// Of them, those that were changed at this time on the server's clock or later: `2026-11-22 05:07:00`.
    #[must_use]
    pub(super) fn changed_since(mut self, time: &str) -> Self {
        self.filters.push(format!("(t.tms:>=:'{time}')"));
        self
    }

    /// Of them, those whose column holds one of these ids.
    #[must_use]
    pub(super) fn with(mut self, column: &str, ids: &[u64]) -> Self {
        let mut any = String::from("(");
        for (at, id) in ids.iter().enumerate() {
            let or = if at == 0 { "" } else { " or " };
            // Writing into a text cannot fail.
            let _ = write!(any, "{or}({column}:=:{id})");
        }
        any.push(')');
        self.filters.push(any);
        self
    }

    /// Of third parties, customers alone.
    #[must_use]
    pub(super) fn customers(mut self) -> Self {
        self.customers_only = true;
        self
    }

    fn filter(&self) -> Option<String> {
        match &self.filters[..] {
            [] => None,
            [one] => Some(one.clone()),
            several => Some(format!("({})", several.join(" and "))),
        }
    }
}

/// A record that has an id.
pub(super) trait Identified {
    fn id(&self) -> Option<&Scalar>;

    /// Its id as a number.
    fn number(&self) -> Option<u64> {
        text(self.id())?.parse().ok()
    }
}

impl Identified for Invoice {
    fn id(&self) -> Option<&Scalar> {
        self.id.as_ref()
    }
}

impl Identified for ThirdParty {
    fn id(&self) -> Option<&Scalar> {
        self.id.as_ref()
    }
}

pub(super) struct Client {
    pub(super) stack: Stack,
    page: u64,
}

impl Client {
    pub(super) fn new(stack: Stack, page: u64) -> Self {
        Self { stack, page: page.max(1) }
    }

    pub(super) async fn status(&self) -> Answered<Status> {
        self.stack.json(&Call::get("status", format!("{API}/status"))).await
    }

    /// The API user with its permissions. Releases, and users without the right to see themselves, may refuse it.
    pub(super) async fn user(&self) -> Answered<User> {
        let call =
            Call::get("users.info", format!("{API}/users/info")).with("includepermissions", "1").once();
        self.stack.json(&call).await
    }

    /// The invoices of a page; none: there are no more.
    pub(super) async fn invoices(&self, which: &Which) -> Answered<Vec<Invoice>> {
        self.invoices_at_most(which, self.page).await
    }

    pub(super) async fn invoices_at_most(&self, which: &Which, most: u64) -> Answered<Vec<Invoice>> {
        self.list("invoices.list", "invoices", INVOICE_FIELDS, which, most).await
    }

    /// The third parties of a page; none: there are no more.
    pub(super) async fn third_parties(&self, which: &Which) -> Answered<Vec<ThirdParty>> {
        self.third_parties_at_most(which, self.page).await
    }

    pub(super) async fn third_parties_at_most(&self, which: &Which, most: u64) -> Answered<Vec<ThirdParty>> {
        self.list("thirdparties.list", "thirdparties", CUSTOMER_FIELDS, which, most).await
    }

    async fn list<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        fields: &str,
        which: &Which,
        most: u64,
    ) -> Answered<Vec<T>> {
        let mut limit = most.max(1);
        loop {
            let mut call = Call::get(operation, format!("{API}/{path}"))
                .with("limit", limit.to_string())
                .with("page", "0")
                .with("sortfield", which.sort.0)
                .with("sortorder", which.sort.1)
                .with("properties", fields);
            if which.customers_only {
                call = call.with("mode", "1");
            }
            if let Some(filter) = which.filter() {
                call = call.with("sqlfilters", filter);
            }
            match self.stack.json(&call).await {
                Err(failure) if is_end(&failure) => return Ok(Vec::new()),
                Err(failure) if failure.class == Class::TooLarge && limit > 1 => {
                    limit = (limit / PARTS).max(1);
                }
                answered => return answered,
            }
        }
    }
}

/// Whether a list says by a 404 that it has no rows: `Thirdparties not found`, `No invoice found`; third parties do, and
/// invoices did in old releases. A 404 that says anything else is of a path that is not there, or of a server in between.
pub(super) fn is_end(failure: &HttpFailure) -> bool {
    let said = failure.answer.as_ref().and_then(|answer| answer.json::<serde_json::Value>().ok());
    let said = said.as_ref().and_then(|body| body["error"]["message"].as_str()).unwrap_or_default();
    let said = said.trim_start_matches("Not Found").trim_matches([':', ' ']).to_lowercase();
    failure.class == Class::NotFound
        && (said.ends_with("not found") || (said.starts_with("no ") && said.ends_with(" found")))
}
