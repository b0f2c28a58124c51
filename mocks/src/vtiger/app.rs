//! A request on its way: limits, parameters, session, operation.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::cloud::{self, Cloud};
use super::crm::Crm;
use super::failure::{Failure, Outcome, fatal, fatal_at_once, success};
use super::hooks::Hooks;
use super::input::Input;
use super::json::Json;
use super::options::Options;
use super::pace::Queue;
use super::query::module_named;
use super::sessions::Sessions;
use super::sync::Applications;
use super::user::User;
use super::write::{Change, Writer, Written, element};
use super::{control, values};
use crate::http::server::App;
use crate::http::{Call, Reply};
use crate::journal::{Actor, WriteEntry, WriteLog};

const PATH: &str = "/webservice.php";

/// The mock vTiger behind its server.
#[derive(Debug)]
pub(crate) struct VTigerApp {
    pub(crate) crm: Crm,
    pub(crate) options: Options,
    pub(crate) sessions: Sessions,
    pub(crate) applications: Applications,
    pub(crate) cloud: Cloud,
    pub(crate) queue: Queue,
    pub(crate) hooks: Hooks,
    pub(crate) writes: WriteLog,
}

/// One request as an operation sees it.
struct Request<'a> {
    input: &'a Input,
    now_ms: i64,
    no: u64,
}

impl VTigerApp {
    pub(crate) fn new(crm: Crm, options: Options) -> Self {
        Self {
            sessions: Sessions::new(options.session_idle_ms),
            applications: Applications::default(),
            cloud: Cloud::new(options.cloud),
            queue: Queue::default(),
            hooks: Hooks::default(),
            writes: WriteLog::default(),
            crm,
            options,
        }
    }

    pub(crate) fn log(&mut self, written: &Written, by: Actor, request: u64, now_ms: i64) {
        let module = &self.crm.schema.modules[written.found.module];
        let prefix = module.id_prefix.as_deref().unwrap_or_default();
        self.writes.push(WriteEntry {
            seq: 0,
            request,
            at_ms: now_ms,
            by,
            object: module.name.clone(),
            id: format!("{prefix}x{}", written.found.id),
            action: written.action.to_owned(),
            trace_id: None,
            properties: written.sent.clone(),
            changed: written.changed.clone(),
        });
    }

    fn answer(&mut self, call: &Call, now_ms: i64, no: u64) -> Reply {
        if call.target.len() > self.options.longest_target {
            return Reply::raw(
                414,
                "text/html",
                "<html><body><h1>414 Request-URI Too Large</h1></body></html>",
            );
        }
        if call.path != PATH {
            return Reply::raw(404, "text/html", "<html><body><h1>404 Not Found</h1></body></html>");
        }
        let input = Input::of(call);
        let Some(operation) = input.operation() else { return fatal_at_once() };
        let request = Request { input: &input, now_ms, no };
        let outcome = match operation {
            "getchallenge" => self.getchallenge(&request),
            "login" => self.login(&request),
            _ => self.with_session(operation, &request, cookie_session(call).as_deref()),
        };
        match outcome {
            Ok(result) => success(result),
            Err(failure) => failure.reply(),
        }
    }

    fn getchallenge(&mut self, request: &Request<'_>) -> Outcome<Json<'static>> {
        let denied = |message: &str| Failure::new("ACCESS_DENIED", message);
        let name = request.input.get("username").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| denied("No username given"))?;
        let user = self.user_named(name).ok_or_else(|| denied("username does not exists"))?;
        let now_s = request.now_ms.div_euclid(1000);
        let (token, expires_s) = self.sessions.challenge(user.id, now_s);
        Ok(Json::object([
            ("token", Json::text(token)),
            ("serverTime", Json::Int(now_s)),
            ("expireTime", Json::Int(expires_s)),
        ]))
    }

    fn login(&mut self, request: &Request<'_>) -> Outcome<Json<'static>> {
        let user = request.input.get("username").and_then(|name| self.user_named(name)).cloned();
        let proof = request.input.get("accessKey").unwrap_or_default();
        let session = self.sessions.login(user.as_ref(), proof, request.now_ms)?;
        let user = user.ok_or_else(Failure::not_logged_in)?;
        Ok(Json::object([
            ("username", Json::text(user.name)),
            ("first_name", Json::text(user.first_name)),
            ("last_name", Json::text(user.last_name)),
            ("email", Json::text(user.email)),
            ("time_zone", Json::text(user.time_zone)),
            ("hour_format", Json::text(user.hour_format)),
            ("date_format", Json::text(user.date_format)),
            ("is_admin", Json::text(if user.admin { "on" } else { "off" })),
            ("call_duration", Json::text("5")),
            ("other_event_duration", Json::text("5")),
            ("sessionName", Json::text(session)),
            ("userId", Json::text(format!("{}x{}", self.crm.schema.prefix("Users"), user.id))),
            ("version", Json::text("0.22")),
            ("vtigerVersion", Json::text(self.options.version.clone())),
        ]))
    }

    fn user_named(&self, name: &str) -> Option<&User> {
        self.crm.users.values().find(|user| user.name.eq_ignore_ascii_case(name))
    }

    fn with_session(
        &mut self,
        operation: &'static str,
        request: &Request<'_>,
        cookie: Option<&str>,
    ) -> Outcome<Json<'_>> {
        let named = request.input.session();
        let session = named.or_else(|| cookie.filter(|_| operation == "extendsession"));
        let session = session.ok_or_else(Failure::not_logged_in)?.to_owned();
        let user = self.sessions.user_of(&session, request.now_ms)?;
        match operation {
            "logout" => {
                self.sessions.end(&session);
                return Ok(Json::object([("message", Json::text("successfull"))]));
            }
            "extendsession" => {
                return Ok(Json::object([
                    ("sessionName", Json::text(session)),
                    ("userId", Json::text(format!("{}x{user}", self.crm.schema.prefix("Users")))),
                    ("version", Json::text("0.22")),
                    ("vtigerVersion", Json::text(self.options.version.clone())),
                ]));
            }
            _ => {}
        }
        let user = self.crm.users.get(&user).cloned().ok_or_else(Failure::invalid_session)?;
        self.operate(operation, request, &user)
    }

    fn operate(&mut self, operation: &'static str, request: &Request<'_>, user: &User) -> Outcome<Json<'_>> {
        let get = |name: &str| request.input.get(name);
        match operation {
            "listtypes" => Ok(self.crm.list_types(user, get("fieldTypeList")).owned()),
            "describe" => Ok(self.crm.describe(user, get("elementType"))?.owned()),
            "retrieve" => self.crm.retrieve(user, get("id")),
            "query" => {
                let plan = self.crm.plan(user, get("query").unwrap_or_default())?;
                Ok(self.crm.rows(user, &plan, None))
            }
            "create" | "revise" | "update" => self.write(operation, request, user),
            "delete" => {
                let writer = Writer { user, now_ms: request.now_ms };
                let written = self.crm.remove(writer, get("id"))?;
                self.log(&written, Actor::Api, request.no, request.now_ms);
                Ok(Json::object([("status", Json::text("successful"))]))
            }
            "relatedtypes" => self.crm.related_types(user, get("elementType")),
            "retrieve_related" => {
                self.crm.retrieve_related(user, get("id"), get("relatedType"), get("relatedLabel"))
            }
            "query_related" => self.crm.query_related(user, get("query"), get("id"), get("relatedLabel")),
            "add_related" => self.crm.add_related(user, get("sourceRecordId"), get("relatedRecordId")),
            "sync" if self.options.sync_patched => {
                self.crm.sync(user, get("modifiedTime"), get("elementType"), get("syncType"))
            }
            "wsapp_register" => self.applications.register(get("type"), get("synctype")),
            "wsapp_deregister" => Ok(self.applications.deregister(get("type"), get("key"))),
            "wsapp_get" if !self.applications.knows(get("key")) => Ok(Json::List(Vec::new())),
            "wsapp_get" => self.crm.wsapp_get(user, get("module"), get("token")),
            // The stock sync, retrieve_inventory and what nobody recorded.
            _ => Err(Failure::Fatal),
        }
    }

    fn write(&mut self, operation: &str, request: &Request<'_>, user: &User) -> Outcome<Json<'_>> {
        let writer = Writer { user, now_ms: request.now_ms };
        let sent = element(request.input.get("element"))?;
        let written = match operation {
            "create" => {
                let module = request.input.get("elementType");
                self.crm.create(writer, module, sent, self.options.invoice_guard)?
            }
            "revise" => self.crm.change(writer, Change::Revise, sent)?,
            _ => self.crm.change(writer, Change::Update, sent)?,
        };
        self.log(&written, Actor::Api, request.no, request.now_ms);
        if operation != "update" {
            return Ok(self.crm.written_record(user, &written));
        }
        let answer = self.crm.written_record(user, &written).owned();
        self.crm.damage_description(&written);
        Ok(answer)
    }
}

/// The session in PHP's own cookie.
fn cookie_session(call: &Call) -> Option<String> {
    let cookies = call.header("cookie")?;
    let named = cookies.split(';').filter_map(|cookie| cookie.trim().split_once('='));
    named.into_iter().find(|(name, _)| *name == "PHPSESSID").map(|(_, value)| value.to_owned())
}

/// The module that a request is about, for counters and faults.
fn module_meant<'a>(crm: &'a Crm, input: &'a Input) -> Option<Cow<'a, str>> {
    let of_id = |id: &str| {
        let found = crm.split(id)?;
        Some(Cow::Borrowed(crm.schema.modules.get(found.module)?.name.as_str()))
    };
    match input.operation()? {
        "query" => module_named(input.get("query")?).map(Cow::Borrowed),
        "describe" | "create" | "sync" => input.get("elementType").map(Cow::Borrowed),
        "wsapp_get" => input.get("module").map(Cow::Borrowed),
        "retrieve" | "delete" => of_id(input.get("id")?),
        "revise" | "update" => {
            let element: Map<String, Value> = serde_json::from_str(input.get("element")?).ok()?;
            of_id(&values::plain(element.get("id")?))
        }
        _ => None,
    }
}

/// Whether a query names the records that it wants, so that it is no part of a list.
fn is_by_id(input: &Input) -> bool {
    let query = input.get("query").unwrap_or_default().to_ascii_lowercase();
    query.contains("where id in (") || query.contains("where id = ")
}

/// Whether a query skips rows, as one does that looks for the end of a list.
fn is_by_offset(input: &Input) -> bool {
    let query = input.get("query").unwrap_or_default().to_ascii_lowercase();
    let offset = query.rsplit_once(" limit ").and_then(|(_, limit)| limit.split_once(','));
    offset.is_some_and(|(skipped, _)| skipped.trim() != "0")
}

impl App for VTigerApp {
    fn kind(&self, call: &Call) -> Cow<'static, str> {
        let input = Input::of(call);
        let Some(operation) = input.operation() else { return Cow::Borrowed("unknown") };
        match module_meant(&self.crm, &input) {
            Some(module) if operation == "query" && is_by_id(&input) => {
                Cow::Owned(format!("query {module} by id"))
            }
            Some(module) if operation == "query" && is_by_offset(&input) => {
                Cow::Owned(format!("query by offset {module}"))
            }
            Some(module) => Cow::Owned(format!("{operation} {module}")),
            None => Cow::Borrowed(operation),
        }
    }

    fn bucket(&self, kind: &str) -> &'static str {
        if kind.starts_with("revise") { "revise" } else { "general" }
    }

    fn handle(&mut self, call: &Call, now: i64, no: u64) -> Reply {
        if !self.hooks.is_empty() {
            let kind = self.kind(call);
            for change in self.hooks.due(&kind) {
                change(&mut self.crm);
            }
        }
        if !self.cloud.admit(now) {
            return self.cloud.headers(cloud::refused());
        }
        let reply = self.answer(call, now, no);
        self.cloud.headers(reply)
    }

    fn failure(&mut self, status: u16, _now: i64) -> Reply {
        match status {
            500 => fatal(),
            429 => self.cloud.headers(cloud::refused()),
            _ => Reply::raw(status, "text/html", format!("<html><body><h1>{status}</h1></body></html>")),
        }
    }

    fn expire_token(&mut self, call: &Call) {
        if let Some(session) = Input::of(call).session() {
            self.sessions.end(session);
        }
    }

    fn control(&mut self, call: &Call, now: i64) -> Option<Reply> {
        control::answer(self, call, now)
    }

    fn writes(&mut self) -> &mut WriteLog {
        &mut self.writes
    }

    fn due(&mut self, call: &Call, kind: &str, arrived: Instant, wait: Duration) -> Instant {
        let input = Input::of(call);
        let whole = input.get("query").is_some_and(|query| query.contains('*'));
        let pace = self.options.pace.as_ref();
        self.queue.admit(pace, kind, whole, input.session(), arrived, wait)
    }
}
