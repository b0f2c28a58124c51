//! A request on its way: protocol, key, model, method.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::User;
use super::books::{Books, Row};
use super::domain;
use super::failure::Failure;
use crate::http::server::App;
use crate::http::{Call, Reply};
use crate::journal::WriteLog;

/// The release that brought JSON-2.
const JSON2_FROM: u32 = 19;
/// The release that takes JSON-RPC away.
const RPC_UNTIL: u32 = 22;

/// The mock behind its server.
#[derive(Debug)]
pub(crate) struct OdooApp {
    pub(crate) books: Books,
    pub(crate) keys: BTreeMap<String, User>,
    pub(crate) database: String,
    pub(crate) release: u32,
    pub(crate) writes: WriteLog,
}

impl OdooApp {
    fn json2(&self, call: &Call, model: &str, method: &str) -> Reply {
        if call.header("x-odoo-database").is_some_and(|name| name != self.database) {
            return web_page(404);
        }
        let Some(user) = call.bearer().and_then(|key| self.keys.get(key)) else {
            return Failure::unauthorized().json2();
        };
        let Ok(arguments) = call.json() else {
            return Failure::value("could not parse the body as json").json2();
        };
        match self.carry_out(user, model, method, &arguments) {
            Ok(result) => Reply::json(200, &result),
            Err(failure) => failure.json2(),
        }
    }

    fn rpc(&self, call: &Call) -> Reply {
        let body = call.json().unwrap_or_default();
        let id = &body["id"];
        match self.rpc_result(&body["params"]) {
            Ok(result) => Reply::json(200, &json!({"jsonrpc": "2.0", "id": id, "result": result})),
            Err(failure) => failure.rpc(id),
        }
    }

    fn rpc_result(&self, params: &Value) -> Result<Value, Failure> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let args = params["args"].as_array().cloned().unwrap_or_default();
        let arg = |at: usize| args.get(at).cloned().unwrap_or_default();
        let database = text(&arg(0));
        if database != self.database {
            return Err(Failure::no_database(&database));
        }
        let user = self.keys.get(&text(&arg(2)));
        match (text(&params["service"]).as_str(), text(&params["method"]).as_str()) {
            ("common", "login") => {
                let login = text(&arg(1));
                Ok(user.filter(|user| user.login == login).map_or(json!(false), |user| json!(user.id)))
            }
            ("object", "execute_kw") => {
                let user = user.filter(|user| arg(1) == user.id).ok_or_else(Failure::denied)?;
                self.carry_out(user, &text(&arg(3)), &text(&arg(4)), &arg(6))
            }
            _ => Err(Failure::value("Method not found")),
        }
    }

    fn carry_out(&self, user: &User, model: &str, method: &str, arguments: &Value) -> Result<Value, Failure> {
        if (model, method) == ("res.users", "context_get") {
            return Ok(json!({"lang": "it_IT", "tz": "Europe/Rome", "uid": user.id}));
        }
        let rows = self.books.model(model);
        let rows = rows.ok_or_else(|| Failure::not_found(&format!("the model '{model}' does not exist")))?;
        if model == "account.move" && !user.reads_invoices {
            return Err(Failure::access(model));
        }
        match method {
            "fields_get" => Ok(self.fields_get(model, arguments)),
            "search_read" => self.search_read(user, model, rows, arguments),
            _ => Err(Failure::not_found(&format!("the method '{model}.{method}' does not exist"))),
        }
    }

    fn fields_get(&self, model: &str, arguments: &Value) -> Value {
        let wanted = arguments["allfields"].as_array();
        let is_wanted = |name: &str| wanted.is_none_or(|wanted| wanted.contains(&json!(name)));
        let fields = self.books.fields(model).iter().filter(|name| is_wanted(name));
        fields
            .map(|name| ((*name).to_owned(), json!({"type": "char"})))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    fn search_read(
        &self,
        user: &User,
        model: &str,
        rows: &BTreeMap<u64, Row>,
        arguments: &Value,
    ) -> Result<Value, Failure> {
        let known = self.books.fields(model);
        let conditions = arguments["domain"].as_array().map_or(&[][..], Vec::as_slice);
        let shows_archived = arguments["context"]["active_test"] == json!(false);
        let mut found = Vec::new();
        for row in rows.values() {
            let is_active = shows_archived || row.get("active") != Some(&json!(false));
            if is_active && sees(user, model, row) && domain::holds(conditions, known, row)? {
                found.push(row);
            }
        }
        sort(&mut found, arguments["order"].as_str().unwrap_or("id"), known)?;
        let number = |name: &str| arguments[name].as_u64().and_then(|number| usize::try_from(number).ok());
        let limit = number("limit").filter(|limit| *limit > 0).unwrap_or(usize::MAX);
        let fields: Vec<&str> = match arguments["fields"].as_array() {
            Some(fields) => fields.iter().filter_map(Value::as_str).collect(),
            None => known.to_vec(),
        };
        if let Some(unknown) = fields.iter().find(|field| !known.contains(field)) {
            return Err(Failure::value(&format!("Invalid field '{unknown}' on '{model}'")));
        }
        let shown = found.into_iter().skip(number("offset").unwrap_or(0)).take(limit).map(|row| {
            let shown = |field: &&&str| **field == "id" || fields.contains(field);
            let fields = known.iter().filter(shown);
            let value = |field: &&str| row.get(*field).cloned().unwrap_or(json!(false));
            fields.map(|field| ((*field).to_owned(), value(field))).collect::<serde_json::Map<_, _>>()
        });
        Ok(shown.map(Value::Object).collect())
    }
}

/// The rules of several companies.
fn sees(user: &User, model: &str, row: &Row) -> bool {
    let company = match model {
        "res.company" => row.get("id").and_then(Value::as_u64),
        "account.move" => row.get("company_id").and_then(|link| link[0].as_u64()),
        _ => None,
    };
    let (Some(company), Some(own)) = (company, &user.companies) else { return true };
    own.contains(&company)
}

fn sort(rows: &mut [&Row], order: &str, known: &[&str]) -> Result<(), Failure> {
    let mut keys = Vec::new();
    for part in order.split(',') {
        let mut words = part.split_whitespace();
        let field = words.next().unwrap_or_default();
        if !known.contains(&field) {
            return Err(Failure::value(&format!("Invalid field '{field}' in order")));
        }
        keys.push((field, words.next().is_some_and(|word| word.eq_ignore_ascii_case("desc"))));
    }
    rows.sort_by(|one, other| {
        keys.iter().fold(Ordering::Equal, |order, (field, descending)| {
            order.then_with(|| {
                let both = one.get(*field).zip(other.get(*field));
                let found =
                    both.and_then(|(one, other)| domain::compare(one, other)).unwrap_or(Ordering::Equal);
                if *descending { found.reverse() } else { found }
            })
        })
    });
    Ok(())
}

/// What Odoo's website answers to a path that it does not know.
fn web_page(status: u16) -> Reply {
    Reply::raw(
        status,
        "text/html; charset=utf-8",
        "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n",
    )
}

impl App for OdooApp {
    /// The model that is read, `fields` where its fields are asked for, `login` and `protocol` for what comes before.
    fn kind(&self, call: &Call) -> Cow<'static, str> {
        let (model, method) = match call.parts().as_slice() {
            ["json", "2", model, method] => ((*model).to_owned(), (*method).to_owned()),
            ["jsonrpc"] => {
                let params = call.json().unwrap_or_default()["params"].clone();
                if params["service"] == "common" {
                    return Cow::Borrowed("login");
                }
                let text = |at: usize| params["args"][at].as_str().unwrap_or_default().to_owned();
                (text(3), text(4))
            }
            _ => return Cow::Borrowed("other"),
        };
        Cow::Borrowed(match (model.as_str(), method.as_str()) {
            (_, "fields_get") => "fields",
            ("account.move", _) => "account.move",
            ("res.partner", _) => "res.partner",
            ("res.company", _) => "res.company",
            ("res.country", _) => "res.country",
            ("res.users", _) => "protocol",
            _ => "other",
        })
    }

    fn bucket(&self, _kind: &str) -> &'static str {
        "general"
    }

    fn handle(&mut self, call: &Call, _now: i64, _no: u64) -> Reply {
        match (call.method.as_str(), call.parts().as_slice()) {
            ("POST", ["json", "2", model, method]) if self.release >= JSON2_FROM => {
                self.json2(call, model, method)
            }
            ("POST", ["jsonrpc"]) if self.release < RPC_UNTIL => self.rpc(call),
            _ => web_page(404),
        }
    }

    fn failure(&mut self, status: u16, _now: i64) -> Reply {
        match status {
            502..=504 => Reply::raw(status, "text/html", format!("<html><body>{status}</body></html>")),
            _ => Failure::of_status(status).json2(),
        }
    }

    fn expire_token(&mut self, call: &Call) {
        if let Some(key) = call.bearer() {
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
