//! A request on its way: token, quota, scope, endpoint, headers.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::auth::{self, Access, Accesses, OAuthClient};
use super::company::{Company, euro};
use super::failure::{Failure, Outcome};
use super::quotas::Meter;
use super::{clients, control, documents};
use crate::http::server::App;
use crate::http::{Call, Reply};
use crate::journal::{Actor, WriteEntry, WriteLog};

/// The mock behind its server.
#[derive(Debug)]
pub(crate) struct FattureApp {
    pub(crate) companies: Vec<Company>,
    pub(crate) tokens: Accesses,
    pub(crate) oauth: Option<OAuthClient>,
    pub(crate) meter: Meter,
    pub(crate) writes: WriteLog,
    /// Whether `/user/companies` nests the companies below an accountant's.
    pub(crate) accountant: bool,
}

/// A write as it happened.
pub(crate) struct Written<'a> {
    pub(crate) by: Actor,
    pub(crate) request: u64,
    pub(crate) object: &'a str,
    pub(crate) id: u64,
    pub(crate) action: &'a str,
    pub(crate) sent: Map<String, Value>,
}

impl FattureApp {
    pub(crate) fn log(&mut self, now: i64, written: Written<'_>) {
        let changed = written.sent.keys().cloned().collect();
        self.writes.push(WriteEntry {
            seq: 0,
            request: written.request,
            at_ms: now,
            by: written.by,
            object: written.object.to_owned(),
            id: written.id.to_string(),
            action: written.action.to_owned(),
            trace_id: None,
            properties: written.sent,
            changed,
        });
    }

    /// Somebody revokes the app: none of its tokens is good any more.
    pub(crate) fn revoke_authorisations(&mut self) {
        if let Some(client) = &mut self.oauth {
            client.refresh_tokens.clear();
        }
        for token in std::mem::take(&mut self.tokens.1) {
            self.tokens.0.remove(&token);
        }
    }

    pub(crate) fn company(&mut self, id: u64) -> Option<&mut Company> {
        self.companies.iter_mut().find(|company| company.id == id)
    }

    fn user_companies(&self) -> Reply {
        let show = |company: &Company, kind: &str, below: Vec<Value>| {
            json!({
                "id": company.id, "name": company.name, "type": kind, "tax_code": company.vat_number,
                "vat_number": company.vat_number, "access_token": "mock", "connection_id": company.id + 1,
                "controlled_companies": below, "fic": true, "fic_plan": "premium_plus",
                "fic_license_expire": "2030-12-31",
            })
        };
        let all: Vec<Value> =
            self.companies.iter().map(|company| show(company, "company", Vec::new())).collect();
        let shown = match self.companies.first() {
            Some(first) if self.accountant => {
                let office = Company::new(first.id + 900_000, "Studio Commercialista");
                vec![show(&office, "accountant", all)]
            }
            _ => all,
        };
        Reply::json(200, &json!({"data": {"companies": shown}}))
    }

    fn in_company(
        &mut self,
        call: &Call,
        access: &Access,
        id: u64,
        rest: &[&str],
        now: i64,
        no: u64,
    ) -> Outcome {
        let method = call.method.as_str();
        let company = self.company(id).ok_or_else(Failure::not_found)?;
        needed_scope(company, call, rest).map_or(Ok(()), |scope| access.needs(&scope))?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| Failure::not_found());
        let (outcome, object, written) = match (method, rest) {
            ("GET", ["company", "info"]) => return Ok(info(company)),
            ("GET", ["issued_documents"]) => return documents::list_documents(company, call),
            ("GET", ["issued_documents", id]) => return documents::get(company, call, number(id)?),
            ("GET", ["bin", "issued_documents"]) => return Ok(documents::bin(company)),
            ("GET", ["bin", "issued_documents", id]) => return documents::bin_one(company, number(id)?),
            ("GET", ["entities", "clients"]) => return clients::list_clients(company, call),
            ("GET", ["entities", "clients", id]) => return clients::get(company, call, number(id)?),
            ("POST", ["issued_documents"]) => {
                let (reply, id) = documents::create(company, call, now)?;
                (Ok(reply), "issued_documents", (id, "create"))
            }
            ("PUT", ["issued_documents", id]) => {
                let id = number(id)?;
                (documents::update(company, call, id, now), "issued_documents", (id, "update"))
            }
            ("DELETE", ["issued_documents", id]) => {
                let id = number(id)?;
                (documents::delete(company, id), "issued_documents", (id, "archive"))
            }
            ("POST", ["bin", "issued_documents", id, "recover"]) => {
                let id = number(id)?;
                (documents::recover(company, id), "issued_documents", (id, "recover"))
            }
            ("POST", ["entities", "clients"]) => {
                let (reply, id) = clients::create(company, call, now)?;
                (Ok(reply), "clients", (id, "create"))
            }
            ("PUT", ["entities", "clients", id]) => {
                let id = number(id)?;
                (clients::update(company, call, id, now), "clients", (id, "update"))
            }
            ("DELETE", ["entities", "clients", id]) => {
                let id = number(id)?;
                (clients::delete(company, id), "clients", (id, "archive"))
            }
            _ => return Err(Failure::not_found()),
        };
        let reply = outcome?;
        let sent = documents::data(call).unwrap_or_default();
        let (id, action) = written;
        self.log(now, Written { by: Actor::Api, request: no, object, id, action, sent });
        Ok(reply)
    }
}

/// The scope of a request; none where every token will do.
fn needed_scope(company: &Company, call: &Call, rest: &[&str]) -> Option<String> {
    let access = if call.method == "GET" { 'r' } else { 'a' };
    let held = |id: &str| {
        let id: u64 = id.parse().ok()?;
        let document = company.documents.get(&id).or_else(|| company.bin.get(&id))?;
        document["type"].as_str().map(str::to_owned)
    };
    let kind = match rest {
        ["entities", "clients", ..] => return Some(format!("entity.clients:{access}")),
        ["issued_documents"] if call.method == "GET" => call.param("type").map(str::to_owned),
        ["issued_documents"] => {
            let data = documents::data(call).ok()?;
            Some(data.get("type").and_then(Value::as_str).unwrap_or("invoice").to_owned())
        }
        ["issued_documents", id, ..] | ["bin", "issued_documents", id, ..] => held(id),
        _ => None,
    };
    documents::scope(&kind?, access)
}

fn info(company: &Company) -> Reply {
    let data = json!({
        "id": company.id, "name": company.name, "email": "info@example.com", "type": "company",
        "fic_license_expire": "2030-12-31", "fic_plan_name": "premium_plus", "accountant_id": null,
        "is_accountant": false, "access_info": {"role": "master", "through_accountant": false},
        "plan_info": {"limits": {"clients": 5000, "suppliers": 5000, "products": 5000, "documents": 3000}},
    });
    Reply::json(200, &json!({"data": data}))
}

impl App for FattureApp {
    fn kind(&self, call: &Call) -> Cow<'static, str> {
        let parts = call.parts();
        let writes = call.method != "GET";
        Cow::Borrowed(match parts.as_slice() {
            ["user", ..] => "user",
            ["oauth", ..] if !writes => "consent",
            ["oauth", ..] => "oauth",
            ["info", ..] => "info",
            ["c", _, "company", ..] => "company_info",
            ["c", _, "issued_documents", ..] if writes => "documents_write",
            ["c", _, "issued_documents"] => "documents_list",
            ["c", _, "issued_documents", ..] => "document_get",
            ["c", _, "entities", "clients", ..] if writes => "clients_write",
            ["c", _, "entities", "clients"] => "clients_list",
            ["c", _, "entities", "clients", ..] => "client_get",
            ["c", _, "bin", ..] => "bin",
            _ => "other",
        })
    }

    fn bucket(&self, kind: &str) -> &'static str {
        if matches!(kind, "oauth" | "consent") { "oauth" } else { "general" }
    }

    fn handle(&mut self, call: &Call, now: i64, no: u64) -> Reply {
        let parts = call.parts();
        if call.method == "POST" && parts.as_slice() == ["oauth", "token"] {
            return auth::token(self.oauth.as_mut(), &mut self.tokens, call, now);
        }
        if call.method == "GET" && parts.as_slice() == ["oauth", "authorize"] {
            return auth::authorize(self.oauth.as_mut(), call, now);
        }
        let access = match self.tokens.admit(call, now) {
            Ok(access) => access,
            Err(failure) => return failure.reply(),
        };
        match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["user", "companies"]) => self.user_companies(),
            ("GET", ["user", "info"]) => {
                let data = json!({"id": 1, "name": "Mario Rossi", "email": "mario.rossi@example.com"});
                Reply::json(200, &json!({"data": data}))
            }
            ("GET", ["info", "currencies"]) => Reply::json(200, &json!({"data": [euro()]})),
            (_, ["c", id, rest @ ..]) => {
                let Ok(id) = id.parse::<u64>() else { return Failure::not_found().reply() };
                let admitted = self.meter.admit(id, now);
                let outcome = admitted.and_then(|()| self.in_company(call, &access, id, rest, now, no));
                let reply = outcome.unwrap_or_else(|failure| failure.reply());
                self.meter.headers(id, reply)
            }
            _ => Failure::not_found().reply(),
        }
    }

    fn failure(&mut self, status: u16, _now: i64) -> Reply {
        match status {
            401 => Failure::unauthorized().reply(),
            429 => Failure::new(429, "Troppe richieste. Riprova più tardi.").reply(),
            502..=504 => Reply::raw(status, "text/html", format!("<html><body>{status}</body></html>")),
            _ => Failure::new(status, "Si è verificato un errore.").reply(),
        }
    }

    fn expire_token(&mut self, call: &Call) {
        if let Some(held) = call.bearer().and_then(|text| self.tokens.0.get_mut(text)) {
            held.expires_ms = Some(i64::MIN);
        }
    }

    fn control(&mut self, call: &Call, now: i64) -> Option<Reply> {
        control::answer(self, call, now)
    }

    fn writes(&mut self) -> &mut WriteLog {
        &mut self.writes
    }
}
