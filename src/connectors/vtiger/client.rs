//! vTiger's operations: parameters, paging and answers. Answers are vTiger's own types; `map` makes domain values of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::Method;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::pool::{Ended, Pool};
use super::query::{PAGE, Query, RecordId};
use super::quota::Quotas;
use super::session::{Door, Identity};
use super::wire::{self, Changes, Module, Row, Types};
use crate::http::{Call, Class, Effect, HttpFailure, Stack};

/// The one address of the webservice, below the base URL.
pub(super) const ENDPOINT: &str = "webservice.php";

pub(super) type Failed = HttpFailure;
pub(super) type Answered<T> = Result<T, Box<HttpFailure>>;

pub(super) struct Client {
    pub(super) stack: Arc<Stack>,
    pub(super) door: Arc<Door>,
    pool: Pool,
    quotas: Quotas,
}

/// One page of a list that is read by id.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    /// The last record of the page; none on an empty one, which is the end.
    pub(super) last: Option<RecordId>,
}

impl Client {
    pub(super) fn new(stack: Arc<Stack>, door: Arc<Door>, sessions: usize, quotas: Quotas) -> Self {
        let pool = Pool::new(&door, sessions);
        Self { stack, door, pool, quotas }
    }

    /// Who the user is. Logs in where nobody has.
    pub(super) async fn identity(&self) -> Answered<Identity> {
        if self.door.identity().is_none() {
            self.types().await?;
        }
        self.door.identity().ok_or_else(|| malformed("session.login", "the login tells no user"))
    }

    /// The modules that the user sees.
    pub(super) async fn types(&self) -> Answered<Vec<String>> {
        let call = Call::get("modules.list", ENDPOINT).with("operation", "listtypes");
        Ok(self.call::<Types>(call).await?.types.0)
    }

    pub(super) async fn describe(&self, module: &str) -> Answered<Module> {
        let call =
            Call::get("modules.describe", ENDPOINT).with("operation", "describe").with("elementType", module);
        self.call(call).await
    }

    pub(super) async fn retrieve(&self, operation: &'static str, id: &str) -> Answered<Row> {
        self.call(Call::get(operation, ENDPOINT).with("operation", "retrieve").with("id", id)).await
    }

    /// The rows of one question, at most a page.
    pub(super) async fn query(&self, operation: &'static str, query: &Query) -> Answered<Vec<Row>> {
        let call = Call::get(operation, ENDPOINT).with("operation", "query").with("query", query.to_string());
        Ok(self.call::<wire::Listed<Row>>(call).await?.0)
    }

    /// The page of a list behind a record. The list ends with an empty page, not with a short one: the server may leave
    /// rows out after it has counted them.
    pub(super) async fn page(
        &self,
        operation: &'static str,
        query: Query,
        after: RecordId,
    ) -> Answered<Rows> {
        let rows = self.query(operation, &query.after(after)).await?;
        let mut last = after;
        for row in &rows {
            let id: RecordId = row
                .id()
                .parse()
                .map_err(|()| malformed(operation, &format!("`{}` is no id of a record", row.id())))?;
            if id.number < last.number || (last == after && id.number <= after.number) {
                return Err(malformed(
                    operation,
                    "the records of a page do not come in the order of their ids",
                ));
            }
            last = id;
        }
        Ok(Rows { last: (!rows.is_empty()).then_some(last), rows })
    }

    /// All records of a short list.
    pub(super) async fn all(
        &self,
        operation: &'static str,
        query: &Query,
        module: u64,
    ) -> Answered<Vec<Row>> {
        let mut all = Vec::new();
        let mut after = RecordId::before_all(module);
        loop {
            let page = self.page(operation, query.clone(), after).await?;
            let Some(last) = page.last else { return Ok(all) };
            after = last;
            all.extend(page.rows);
        }
    }

    /// Records by their ids, any number of them; those that are no more are left out.
    pub(super) async fn among(
        &self,
        operation: &'static str,
        query: &Query,
        ids: &[RecordId],
    ) -> Answered<BTreeMap<RecordId, Row>> {
        let mut found = BTreeMap::new();
        for chunk in ids.chunks(PAGE) {
            for row in self.query(operation, &query.clone().among(chunk)).await? {
                if let Ok(id) = row.id().parse() {
                    found.insert(id, row);
                }
            }
        }
        Ok(found)
    }

    /// Changes the named fields of one record, its `id` among them, and returns the whole record as it is then.
    pub(super) async fn revise(
        &self,
        operation: &'static str,
        element: &BTreeMap<&str, String>,
    ) -> Answered<Row> {
        let call = Call::write(operation, Method::POST, ENDPOINT)
            .with_field("operation", "revise")
            .with_field("element", json(operation, element)?);
        self.call(call).await
    }

    /// Makes a record and returns the whole of it, as far as the user sees it. Not idempotent: what is sent twice is
    /// there twice.
    pub(super) async fn create(
        &self,
        operation: &'static str,
        module: &str,
        element: &BTreeMap<&str, String>,
    ) -> Answered<Row> {
        let call = Call::write(operation, Method::POST, ENDPOINT)
            .with_field("operation", "create")
            .with_field("elementType", module)
            .with_field("element", json(operation, element)?);
        self.call(call).await
    }

    /// Deletes a record.
    pub(super) async fn delete(&self, operation: &'static str, id: &str) -> Answered<()> {
        let call = Call::write(operation, Method::POST, ENDPOINT)
            .with_field("operation", "delete")
            .with_field("id", id);
        self.call::<IgnoredAny>(call).await.map(|_| ())
    }

    /// What changed since a moment. Broken in the stock release, so a failure is an answer too.
    pub(super) async fn changes(&self, module: &str, since: i64) -> Answered<Changes> {
        let call = Call::get("changes.list", ENDPOINT)
            .with("operation", "sync")
            .with("modifiedTime", since.max(1).to_string())
            .with("elementType", module)
            .with("syncType", "application");
        self.call(call.once()).await
    }

    async fn call<T: DeserializeOwned>(&self, call: Call) -> Answered<T> {
        let Some(mut lease) = self.pool.lease().await else {
            return Err(malformed(call.operation, "there is no session left"));
        };
        let exceeded = self.quotas.times_exceeded();
        let answered = self.stack.json_as::<wire::Answered<T>>(lease.session(), &call).await;
        let asked_to_wait = self.quotas.times_exceeded() > exceeded;
        lease.ended(ended(call.effect, asked_to_wait, answered.as_ref().err().map(|failure| &failure.class)));
        answered.map(|answer| answer.result)
    }
}

/// What the end of a call says about the server's strength. Only writes come in such numbers that it matters.
fn ended(effect: Effect, asked_to_wait: bool, failed: Option<&Class>) -> Ended {
    match (effect, failed) {
        (Effect::Read, _) => Ended::Unmeasured,
        (Effect::Write, _) if asked_to_wait => Ended::Strained,
        (Effect::Write, Some(Class::Overloaded { .. } | Class::Lost | Class::Unreachable)) => Ended::Strained,
        (Effect::Write, _) => Ended::Done,
    }
}

fn json(operation: &'static str, element: &BTreeMap<&str, String>) -> Answered<String> {
    serde_json::to_string(element)
        .map_err(|error| malformed(operation, &format!("no JSON can be made: {error}")))
}

/// An answer that cannot be meant.
pub(super) fn malformed(operation: &'static str, message: &str) -> Box<HttpFailure> {
    HttpFailure::found(operation, Class::Malformed, message)
}
