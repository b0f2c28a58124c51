//! HubSpot's endpoints: paths, paging and bodies. Answers are HubSpot's own types; `map` makes domain values of them.

use reqwest::Method;
use serde::de::DeserializeOwned;

use super::objects::Objects;
use super::quota::{ASSOCIATIONS, SEARCH};
use super::wire::{
    Account, AssociationInput, Associations, Batch, BatchRead, CustomPropertyLimits, InputId, Inputs, List,
    NewPipeline, NewProperty, NewRecord, NewStage, Owner, Pipeline, PipelineLimits, Property, PropertyOption,
    Record, Search, Update, UsageList,
};
use crate::http::{Answer, Call, Class, HttpFailure, Outcome, Stack};

/// The most records in one page of a list, one batch read and one batch write.
pub(super) const BATCH: usize = 100;
/// The most records in one batch read of associations.
pub(super) const ASSOCIATION_BATCH: usize = 1_000;

/// The group of sirank's own properties.
pub(super) const GROUP: &str = "sirank";

/// What reading the list of invoices is counted as.
pub(super) const INVOICE_LIST: &str = "invoices.list";

pub(super) type Answered<T> = Result<T, Box<HttpFailure>>;

pub(super) struct Client {
    pub(super) stack: Stack,
    version: &'static str,
}

impl Client {
    pub(super) fn new(stack: Stack, version: &'static str) -> Self {
        Self { stack, version }
    }

    pub(super) async fn account(&self) -> Answered<Account> {
        self.get(Call::get("account.details", format!("account-info/{}/details", self.version))).await
    }

    /// What the account's private apps have used of the day.
    pub(super) async fn daily_usage(&self) -> Answered<UsageList> {
        let path = format!("account-info/{}/api-usage/daily/private-apps", self.version);
        self.get(Call::get("account.usage", path)).await
    }

    pub(super) async fn companies(
        &self,
        properties: &[String],
        after: Option<&str>,
    ) -> Answered<List<Record>> {
        let call = self.list("companies.list", "companies").with("properties", properties.join(","));
        self.get(paged(call, after)).await
    }

    pub(super) async fn read(
        &self,
        objects: &'static Objects,
        ids: &[&str],
        properties: &[String],
    ) -> Answered<Batch<Record>> {
        let body = BatchRead {
            properties,
            properties_with_history: [],
            inputs: ids.iter().map(|id| InputId { id }).collect(),
        };
        let call = Call::query_by_post(objects.read, self.batch_path(objects, "read"));
        self.get(json(call, &body)?).await
    }

    pub(super) async fn update(
        &self,
        objects: &'static Objects,
        inputs: Vec<Update<'_>>,
    ) -> Answered<Batch<Record>> {
        let call = Call::write(objects.update, Method::POST, self.batch_path(objects, "update"));
        self.get(json(call, &Inputs { inputs })?).await
    }

    pub(super) async fn create(
        &self,
        objects: &'static Objects,
        inputs: Vec<NewRecord<'_>>,
    ) -> Answered<Batch<Record>> {
        let call = Call::write(objects.create, Method::POST, self.batch_path(objects, "create"));
        self.get(json(call, &Inputs { inputs })?).await
    }

    /// An id that is no more is no error.
    pub(super) async fn archive(&self, objects: &'static Objects, inputs: Vec<InputId<'_>>) -> Answered<()> {
        let call = Call::write(objects.archive, Method::POST, self.batch_path(objects, "archive"));
        self.stack.send(&json(call, &Inputs { inputs })?).await.map(drop)
    }

    /// A batch update of nothing: a question, not a write.
    pub(super) async fn update_nothing(&self, objects: &'static Objects) -> Answered<Answer> {
        let call = Call::query_by_post(objects.may_write, self.batch_path(objects, "update"));
        self.stack.send(&json(call, &Inputs { inputs: Vec::<Update<'_>>::new() })?).await
    }

    pub(super) async fn deals(&self, after: Option<&str>) -> Answered<List<Record>> {
        let call = self
            .list("deals.list", "deals")
            .with("properties", "pipeline,dealstage")
            .with("associations", "companies");
        self.get(paged(call, after)).await
    }

    /// Invoices with what leads to their companies.
    pub(super) async fn invoices(
        &self,
        properties: &[String],
        after: Option<&str>,
    ) -> Answered<List<Record>> {
        let call = self
            .list(INVOICE_LIST, "invoices")
            .with("properties", properties.join(","))
            .with("associations", "companies,deals,contacts");
        self.get(paged(call, after)).await
    }

    pub(super) async fn search(&self, objects: &'static Objects, search: &Search) -> Answered<List<Record>> {
        let path = format!("crm/objects/{}/{}/search", self.version, objects.path);
        self.get(json(Call::query_by_post(objects.search, path).in_lane(SEARCH), search)?).await
    }

    pub(super) async fn associations(
        &self,
        from: &'static Objects,
        to: &'static Objects,
        inputs: Vec<AssociationInput>,
    ) -> Answered<Batch<Associations>> {
        let path = format!("crm/associations/{}/{}/{}/batch/read", self.version, from.path, to.path);
        let call = Call::query_by_post(from.associations, path).in_lane(ASSOCIATIONS);
        self.get(json(call, &Inputs { inputs })?).await
    }

    pub(super) async fn properties(&self, objects: &str) -> Answered<Vec<Property>> {
        let call = Call::get("properties.list", self.properties_path(objects));
        self.get::<List<Property>>(call).await.map(|list| list.results)
    }

    pub(super) async fn property(&self, objects: &str, name: &str) -> Answered<Property> {
        self.get(Call::get("properties.read", format!("{}/{name}", self.properties_path(objects)))).await
    }

    pub(super) async fn create_property(&self, objects: &str, property: &NewProperty) -> Answered<Property> {
        let call = Call::write("properties.create", Method::POST, self.properties_path(objects));
        self.get(json(call, property)?).await
    }

    pub(super) async fn set_options(&self, name: &str, options: &[PropertyOption]) -> Answered<Property> {
        let path = format!("{}/{name}", self.properties_path("companies"));
        let call = Call::write("properties.update", Method::PATCH, path);
        self.get(json(call, &serde_json::json!({ "options": options }))?).await
    }

    pub(super) async fn create_group(&self, objects: &str, label: &str) -> Answered<()> {
        let path = format!("{}/groups", self.properties_path(objects));
        let call = Call::write("groups.create", Method::POST, path);
        let body = serde_json::json!({ "name": GROUP, "label": label });
        self.stack.send(&json(call, &body)?).await.map(drop)
    }

    pub(super) async fn create_pipeline(&self, pipeline: &NewPipeline) -> Answered<()> {
        let call = Call::write("pipelines.create", Method::POST, self.pipelines_path());
        self.stack.send(&json(call, pipeline)?).await.map(drop)
    }

    pub(super) async fn create_stage(&self, pipeline: &str, stage: &NewStage) -> Answered<()> {
        let path = format!("{}/{pipeline}/stages", self.pipelines_path());
        self.stack.send(&json(Call::write("stages.create", Method::POST, path), stage)?).await.map(drop)
    }

    pub(super) async fn pipelines(&self) -> Answered<Vec<Pipeline>> {
        self.pipelines_for("pipelines.list").await
    }

    /// The pipelines, counted as another operation.
    pub(super) async fn pipelines_for(&self, operation: &'static str) -> Answered<Vec<Pipeline>> {
        let call = Call::get(operation, self.pipelines_path());
        self.get::<List<Pipeline>>(call).await.map(|list| list.results)
    }

    /// All active users.
    pub(super) async fn owners(&self) -> Answered<Vec<Owner>> {
        let mut owners = Vec::new();
        let mut after = None;
        loop {
            let call = Call::get("owners.list", format!("crm/owners/{}", self.version)).with("limit", "100");
            let page: List<Owner> = self.get(paged(call, after.as_deref())).await?;
            let next = page.after();
            owners.extend(page.results);
            match next {
                Some(next) if Some(&next) != after.as_ref() => after = Some(next),
                _ => return Ok(owners),
            }
        }
    }

    pub(super) async fn custom_property_limits(&self) -> Answered<CustomPropertyLimits> {
        self.get(Call::get("limits.properties", format!("crm/limits/{}/custom-properties", self.version)))
            .await
    }

    pub(super) async fn pipeline_limits(&self) -> Answered<PipelineLimits> {
        self.get(Call::get("limits.pipelines", format!("crm/limits/{}/pipelines", self.version))).await
    }

    fn list(&self, operation: &'static str, objects: &str) -> Call {
        Call::get(operation, format!("crm/objects/{}/{objects}", self.version))
            .with("limit", BATCH.to_string())
            .with("archived", "false")
    }

    fn batch_path(&self, objects: &Objects, action: &str) -> String {
        format!("crm/objects/{}/{}/batch/{action}", self.version, objects.path)
    }

    fn properties_path(&self, objects: &str) -> String {
        format!("crm/properties/{}/{objects}", self.version)
    }

    fn pipelines_path(&self) -> String {
        format!("crm/pipelines/{}/deals", self.version)
    }

    async fn get<T: DeserializeOwned>(&self, call: Call) -> Answered<T> {
        self.stack.json(&call).await
    }
}

fn paged(call: Call, after: Option<&str>) -> Call {
    match after {
        Some(after) => call.with("after", after),
        None => call,
    }
}

fn json<T: serde::Serialize>(call: Call, body: &T) -> Answered<Call> {
    let operation = call.operation;
    call.with_json(body).map_err(|error| {
        Box::new(HttpFailure {
            operation,
            class: Class::Refused { code: "UNSENDABLE".to_owned() },
            message: format!("the request cannot be written as JSON: {error}"),
            outcome: Outcome::NotApplied,
            answer: None,
            attempts: 0,
        })
    })
}
