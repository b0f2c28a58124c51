//! Invoices and third parties as the database keeps them: dates and times without a zone.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Offset, TimeZone};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

/// Fields that come as Unix seconds. In the ledger they hold what the database's text would be in UTC.
const TIMES: [&str; 6] =
    ["date", "date_creation", "date_validation", "date_lim_reglement", "date_modification", "datem"];

/// A record with the fields that the API answers.
pub(crate) type Row = Map<String, Value>;

/// What a Dolibarr holds, by id.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub(crate) invoices: BTreeMap<u64, Row>,
    pub(crate) third_parties: BTreeMap<u64, Row>,
}

/// An invoice to come.
#[derive(Clone, Copy, Debug)]
pub struct NewInvoice<'a> {
    /// 0 standard, 1 replacement, 2 credit note, 3 deposit, 4 proforma, 5 situation.
    pub kind: u8,
    /// 0 draft, 1 validated, 2 paid, 3 abandoned.
    pub status: u8,
    /// Its third party.
    pub customer: u64,
    /// `YYYY-MM-DD`
    pub date: &'a str,
    /// The net amount in the company's currency: `100.00000000`.
    pub net: &'a str,
}

/// A third party to come.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewThirdParty<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its VAT number.
    pub vat_number: &'a str,
    /// The field `idprof4`.
    pub tax_code: &'a str,
    /// 0 neither, 1 customer, 2 prospect, 3 both.
    pub client: u8,
}

impl Ledger {
    /// Adds an invoice as the API showed it on a server in UTC.
    pub fn insert_invoice(&mut self, row: Value) {
        insert(&mut self.invoices, row);
    }

    /// Adds a third party as the API showed it on a server in UTC.
    pub fn insert_third_party(&mut self, row: Value) {
        insert(&mut self.third_parties, row);
    }

    /// Takes over the rows of a recorded exchange with a server in UTC: what it shows of a record that is there already is
    /// added to it.
    pub fn take_over(&mut self, exchange: &Value) {
        let path = exchange["request"]["path"].as_str().unwrap_or_default();
        let rows = exchange["response"]["body_json"].as_array().into_iter().flatten();
        let table = match path.rsplit('/').next() {
            Some("invoices") => &mut self.invoices,
            Some("thirdparties") => &mut self.third_parties,
            _ => return,
        };
        for row in rows {
            let id = row["id"].as_str().and_then(|id| id.parse().ok());
            if let (Some(id), Value::Object(row)) = (id, row) {
                table.entry(id).or_default().extend(row.clone());
            }
        }
    }

    /// Adds an invoice; `at` is the database's clock. Returns its id.
    pub fn add_invoice(&mut self, new: &NewInvoice<'_>, at: i64) -> u64 {
        let id = next(&self.invoices);
        let day = new.date.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0));
        let date = day.map(|day| day.and_utc().timestamp());
        let prefix = match new.kind {
            2 => "CN",
            3 => "ID",
            _ => "IN",
        };
        let reference = if new.status == 0 { format!("(PROV{id})") } else { format!("{prefix}2601-{id:04}") };
        self.insert_invoice(json!({
            "id": id.to_string(), "entity": "1", "ref": reference, "socid": new.customer.to_string(),
            "type": new.kind.to_string(), "status": new.status.to_string(), "statut": new.status.to_string(),
            "close_code": null, "fk_facture_source": null, "date": date, "date_creation": at,
            "date_modification": at, "tms": null, "total_ht": new.net, "multicurrency_code": "EUR",
            "multicurrency_tx": "1.00000000", "multicurrency_total_ht": new.net, "array_options": [],
        }));
        id
    }

    /// Adds a third party; `at` is the database's clock. Returns its id.
    pub fn add_third_party(&mut self, new: &NewThirdParty<'_>, at: i64) -> u64 {
        let id = next(&self.third_parties);
        self.insert_third_party(json!({
            "id": id.to_string(), "entity": "1", "name": new.name, "tva_intra": new.vat_number,
            "idprof1": "", "idprof2": "", "idprof3": "", "idprof4": new.tax_code, "idprof5": "", "idprof6": "",
            "client": new.client.to_string(), "fournisseur": "0", "status": "1", "country_code": "IT",
            "code_client": format!("CU2611-{id:05}"), "date_modification": at, "array_options": [],
        }));
        id
    }

    /// Deletes an invoice. False: there is none.
    pub fn delete_invoice(&mut self, id: u64) -> bool {
        self.invoices.remove(&id).is_some()
    }

    pub(crate) fn edit_invoice(&mut self, id: u64, field: &str, value: &str, at: i64) {
        edit(self.invoices.get_mut(&id), field, value, at);
    }

    pub(crate) fn edit_third_party(&mut self, id: u64, field: &str, value: &str, at: i64) {
        edit(self.third_parties.get_mut(&id), field, value, at);
    }
}

fn edit(row: Option<&mut Row>, field: &str, value: &str, at: i64) {
    if let Some(row) = row {
        row.insert(field.to_owned(), json!(value));
        row.insert("date_modification".to_owned(), json!(at));
    }
}

fn insert(rows: &mut BTreeMap<u64, Row>, row: Value) {
    let id = row["id"].as_str().and_then(|id| id.parse().ok());
    if let (Some(id), Value::Object(row)) = (id, row) {
        rows.insert(id, row);
    }
}

/// The id that the database gives next.
pub(crate) fn next(rows: &BTreeMap<u64, Row>) -> u64 {
    rows.last_key_value().map_or(1, |(id, _)| id + 1)
}

/// What a clock in a zone shows at a moment, as the seconds that it would be in UTC.
pub(crate) fn local(now_ms: i64, zone: Tz) -> i64 {
    let seconds = now_ms.div_euclid(1000);
    let offset = DateTime::from_timestamp(seconds, 0)
        .map_or(0, |instant| zone.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc());
    seconds + i64::from(offset)
}

/// A record as a server in this zone answers it: texts of the database become Unix seconds by the server's clock.
pub(crate) fn shown(row: &Row, zone: Tz) -> Row {
    let mut row = row.clone();
    for field in TIMES {
        let Some(value) = row.get_mut(field) else { continue };
        let Some(text) = value.as_i64().and_then(|seconds| DateTime::from_timestamp(seconds, 0)) else {
            continue;
        };
        if let Some(instant) = zone.from_local_datetime(&text.naive_utc()).earliest() {
            *value = json!(instant.timestamp());
        }
    }
    row
}
