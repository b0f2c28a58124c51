//! A request on its way: key, endpoint.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde_json::{Value, json};

use super::User;
use super::failure::{Failure, Outcome};
use super::ledger::{Ledger, local, next, shown};
use crate::clock::instant;
use crate::http::server::App;
use crate::http::{Call, Reply};
use crate::journal::WriteLog;

/// The mock behind its server.
#[derive(Debug)]
pub(crate) struct DolibarrApp {
    pub(crate) ledger: Ledger,
    pub(crate) keys: BTreeMap<String, User>,
    pub(crate) zone: Tz,
    pub(crate) release: u32,
    pub(crate) writes: WriteLog,
}

impl DolibarrApp {
    fn admitted(&self, call: &Call) -> Result<User, Failure> {
        let given = call.header("dolapikey").or_else(|| call.param("DOLAPIKEY"));
        let user = given.and_then(|key| self.keys.get(key));
        user.cloned().ok_or_else(|| Failure::unauthorized(given))
    }

    fn answer(&mut self, call: &Call, now: i64) -> Outcome {
        let parts = call.parts();
        let ["api", "index.php", rest @ ..] = parts.as_slice() else { return Ok(web_page()) };
        if !matches!(rest.first(), Some(&("status" | "users" | "invoices" | "thirdparties"))) {
            return Ok(Reply::raw(
                501,
                "text/html; charset=UTF-8",
                "API not found (failed to include API file)",
            ));
        }
        if call.method != "GET" && call.json().is_err() {
            return Err(Failure::bad_json());
        }
        let user = self.admitted(call)?;
        match (call.method.as_str(), rest) {
            ("GET", ["status"]) => Ok(self.status(now)),
            ("GET", ["users", "info"]) => user_info(call, &user),
            ("GET", ["invoices"]) => self.invoices(call, &user),
            ("GET", ["thirdparties"]) => self.third_parties(call, &user),
            ("GET", ["invoices", id]) => self.invoice(id),
            ("GET", ["thirdparties", id]) => self.third_party(id),
            ("POST", ["invoices"]) => Ok(self.create(call, now)),
            _ => Err(Failure::call(404, "", "Routes.php:458")),
        }
    }

    fn status(&self, now: i64) -> Reply {
        let here = local(now, self.zone);
        let version = if self.release == 20 { "20.0.2".to_owned() } else { format!("{}.0.0", self.release) };
        let body = json!({"success": {
            "code": 200, "dolibarr_version": version, "access_locked": "0", "environment": "non-production",
            "timestamp_now_utc": now.div_euclid(1000), "timestamp_php_tz": self.zone.name(),
            "date_tz": instant(here * 1000).format("%Y-%m-%d %H:%M:%S").to_string(),
        }});
        json_reply(&body)
    }

    fn invoice(&self, id: &str) -> Outcome {
        let row = id.parse().ok().and_then(|id: u64| self.ledger.invoices.get(&id));
        let row = row.ok_or_else(|| Failure::call(404, "Invoice not found", "api_invoices.class.php:139"))?;
        let mut row = shown(row, self.zone);
        row.insert("linkedObjectsIds".to_owned(), json!([]));
        Ok(json_reply(&Value::Object(row)))
    }

    fn third_party(&self, id: &str) -> Outcome {
        let row = id.parse().ok().and_then(|id: u64| self.ledger.third_parties.get(&id));
        let row =
            row.ok_or_else(|| Failure::call(404, "Thirdparty not found", "api_thirdparties.class.php:2026"))?;
        let mut row = shown(row, self.zone);
        row.insert("absolute_discount".to_owned(), json!("0"));
        row.insert("absolute_creditnote".to_owned(), json!("0"));
        Ok(json_reply(&Value::Object(row)))
    }

    /// A draft; the answer is its bare id.
    fn create(&mut self, call: &Call, now: i64) -> Reply {
        let sent = call.json().unwrap_or_default();
        let id = next(&self.ledger.invoices);
        let text = |name: &str| match &sent[name] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let at = local(now, self.zone);
        let date = sent["date"].as_i64().map(|seconds| local(seconds * 1000, self.zone));
        self.ledger.insert_invoice(json!({
            "id": id.to_string(), "entity": "1", "ref": format!("(PROV{id})"), "socid": text("socid"),
            "type": text("type"), "status": "0", "statut": "0", "close_code": null, "date": date,
            "date_creation": at, "date_modification": at, "total_ht": "0.00000000",
            "multicurrency_code": "EUR", "multicurrency_tx": "1.00000000",
            "multicurrency_total_ht": "0.00000000", "array_options": [],
        }));
        json_reply(&json!(id))
    }
}

/// The user of the key. Permissions are told as the card of the user has them: what it lacks is not there.
fn user_info(call: &Call, user: &User) -> Outcome {
    if !user.sees_itself {
        return Err(Failure::call(403, "Not allowed", "api_users.class.php:234"));
    }
    let mut body = json!({
        "id": "2", "login": user.login, "admin": "0",
        "socid": user.of_third_party.map(|id| id.to_string()), "rights": null,
    });
    if call.param("includepermissions") == Some("1") {
        let mut rights = json!({"facture": {}, "societe": {}, "user": {"self": {"creer": 1}}});
        if user.reads_invoices {
            rights["facture"]["lire"] = json!(1);
        }
        if user.reads_third_parties {
            rights["societe"]["lire"] = json!(1);
        }
        if user.sees_only.is_none() {
            rights["societe"]["client"] = json!({"voir": 1});
        }
        body["rights"] = rights;
    }
    Ok(json_reply(&body))
}

fn json_reply(body: &Value) -> Reply {
    Reply::raw(200, "application/json; charset=utf-8", body.to_string())
}

/// What the rest of the installation answers.
fn web_page() -> Reply {
    Reply::raw(200, "text/html; charset=UTF-8", "<!doctype html><html><title>Login @ 20.0.2</title></html>")
}

impl App for DolibarrApp {
    fn kind(&self, call: &Call) -> Cow<'static, str> {
        let parts = call.parts();
        Cow::Borrowed(match parts.get(2..).unwrap_or_default() {
            ["status"] => "status",
            ["users", ..] => "users",
            ["invoices"] if call.method == "GET" => "invoices_list",
            ["invoices", ..] => "invoice",
            ["thirdparties"] if call.method == "GET" => "thirdparties_list",
            ["thirdparties", ..] => "thirdparty",
            _ => "other",
        })
    }

    fn bucket(&self, _kind: &str) -> &'static str {
        "general"
    }

    fn handle(&mut self, call: &Call, now: i64, _no: u64) -> Reply {
        self.answer(call, now).unwrap_or_else(|failure| failure.reply())
    }

    fn failure(&mut self, status: u16, _now: i64) -> Reply {
        match status {
            401 => Failure::unauthorized(Some("")).reply(),
            502 | 504 => Reply::raw(status, "text/html", format!("<html><body>{status}</body></html>")),
            _ => Failure::call(status, "", "DbGeneric.php:1").reply(),
        }
    }

    fn expire_token(&mut self, call: &Call) {
        if let Some(key) = call.header("dolapikey") {
            self.keys.remove(key);
        }
    }

    fn control(&mut self, _call: &Call, _now: i64) -> Option<Reply> {
        None
    }

    fn writes(&mut self) -> &mut WriteLog {
        &mut self.writes
    }
}
