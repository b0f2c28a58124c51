//! Batches: at most 100 inputs, partial failures as 207, results in another order than the inputs.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::context::{Context, Outcome, body, strings};
use super::failure::Failure;
use super::kind::Kind;
use super::objects::{self, properties, render, resolve};
use super::write;
use crate::clock::iso;
use crate::http::{Call, Reply};

const MOST: usize = 100;

/// One input of a batch.
struct Input {
    fields: Map<String, Value>,
    id: Option<String>,
    trace_id: Option<String>,
}

/// What the inputs of a batch came to.
#[derive(Default)]
struct Done {
    results: Vec<Value>,
    errors: Vec<Value>,
}

impl Done {
    fn reply(mut self, ctx: &Context<'_>, success: u16) -> Reply {
        self.results.reverse();
        let mut answer = json!({
            "status": "COMPLETE", "results": self.results,
            "startedAt": iso(ctx.now), "completedAt": iso(ctx.now),
        });
        if self.errors.is_empty() {
            return Reply::json(success, &answer);
        }
        answer["numErrors"] = json!(self.errors.len());
        answer["errors"] = Value::Array(self.errors);
        Reply::json(207, &answer)
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn inputs(fields: &Map<String, Value>, needs_id: bool) -> Result<Vec<Input>, Failure> {
    let Some(list) = fields.get("inputs").and_then(Value::as_array) else {
        return Err(Failure::invalid("Invalid input JSON: some required fields were not set: [inputs]"));
    };
    if list.len() > MOST {
        return Err(Failure::invalid(format!("The maximum number of inputs is {MOST}, got {}", list.len())));
    }
    let mut found = Vec::with_capacity(list.len());
    let mut ids = BTreeSet::new();
    for entry in list {
        let fields = entry.as_object().cloned().unwrap_or_default();
        let id = text(fields.get("id"));
        if needs_id {
            let Some(id) = &id else {
                return Err(Failure::invalid("Invalid input JSON: some required fields were not set: [id]"));
            };
            if !ids.insert(id.clone()) {
                return Err(Failure::invalid(format!(
                    "Duplicate IDs found in batch input: [{id}]. IDs must be unique"
                )));
            }
        }
        let trace_id = text(fields.get("objectWriteTraceId"));
        found.push(Input { fields, id, trace_id });
    }
    Ok(found)
}

/// Failures stand alone only when every input carries a trace id of its own.
fn traced(inputs: &[Input]) -> bool {
    let ids: BTreeSet<&String> = inputs.iter().filter_map(|input| input.trace_id.as_ref()).collect();
    ids.len() == inputs.len()
}

pub(crate) fn read(ctx: &Context<'_>, call: &Call, kind: Kind) -> Outcome {
    let fields = body(call)?;
    let asked = strings(&fields, "properties");
    let id_property = fields.get("idProperty").and_then(Value::as_str);
    let mut done = Done::default();
    let archived = call.flag("archived");
    for input in inputs(&fields, true)? {
        let id = input.id.unwrap_or_default();
        let space = ctx.portal.space(kind);
        let found = if archived {
            id.parse()
                .ok()
                .and_then(|id: u64| space.archived.get(&id))
                .ok_or_else(|| Failure::not_found("Object", &id))
        } else {
            resolve(ctx, kind, &id, id_property, true)
                .and_then(|live| space.records.get(&live).ok_or_else(|| Failure::not_found("Object", &id)))
        };
        match found {
            Ok(record) => done.results.push(Value::Object(render(ctx.portal, kind, record, &asked))),
            Err(failure) if failure.status == 404 => done.errors.push(failure.entry(Some(&id), None)),
            Err(failure) => return Err(failure),
        }
    }
    Ok(done.reply(ctx, 200))
}

/// What is to be done with one input, once it is checked.
enum Step {
    Create(write::Checked, Vec<(Kind, u64, u32)>),
    Update(u64, write::Checked),
}

fn plan_create(ctx: &Context<'_>, kind: Kind, input: &Input) -> Result<Step, Failure> {
    let checked = write::check(ctx, kind, None, &properties(&input.fields)?)?;
    let links = objects::new_links(ctx, kind, &input.fields)?;
    Ok(Step::Create(checked, links))
}

fn plan_update(ctx: &Context<'_>, kind: Kind, input: &Input) -> Result<Step, Failure> {
    let id_property = input.fields.get("idProperty").and_then(Value::as_str);
    let id = resolve(ctx, kind, input.id.as_deref().unwrap_or_default(), id_property, false)?;
    let checked = write::check(ctx, kind, Some(id), &properties(&input.fields)?)?;
    Ok(Step::Update(id, checked))
}

fn plan_upsert(ctx: &Context<'_>, kind: Kind, input: &Input) -> Result<Step, Failure> {
    let value = input.id.as_deref().unwrap_or_default();
    let Some(property) = input.fields.get("idProperty").and_then(Value::as_str) else {
        return Err(Failure::invalid("Invalid input JSON: some required fields were not set: [idProperty]"));
    };
    match resolve(ctx, kind, value, Some(property), false) {
        Ok(id) => {
            let checked = write::check(ctx, kind, Some(id), &properties(&input.fields)?)?;
            Ok(Step::Update(id, checked))
        }
        Err(failure) if failure.status == 404 => {
            let mut sent = properties(&input.fields)?;
            sent.insert(property.to_owned(), json!(value));
            Ok(Step::Create(write::check(ctx, kind, None, &sent)?, Vec::new()))
        }
        Err(failure) => Err(failure),
    }
}

fn take(ctx: &mut Context<'_>, kind: Kind, step: Step, trace_id: Option<&str>, upsert: bool) -> Value {
    let (id, checked, new) = match step {
        Step::Create(checked, links) => (write::create(ctx, kind, &checked, &links, trace_id), checked, true),
        Step::Update(id, checked) => {
            write::update(ctx, kind, id, &checked, trace_id);
            (id, checked, false)
        }
    };
    let mut shown = objects::written(ctx, kind, id, &checked, trace_id);
    if upsert {
        shown.insert("new".into(), json!(new));
    }
    Value::Object(shown)
}

type Plan = fn(&Context<'_>, Kind, &Input) -> Result<Step, Failure>;

fn run(
    ctx: &mut Context<'_>,
    kind: Kind,
    inputs: Vec<Input>,
    plan: Plan,
    success: u16,
    upsert: bool,
) -> Outcome {
    let mut done = Done::default();
    if traced(&inputs) {
        for input in &inputs {
            let trace_id = input.trace_id.as_deref();
            match plan(ctx, kind, input) {
                Ok(step) => done.results.push(take(ctx, kind, step, trace_id, upsert)),
                Err(failure) => done.errors.push(failure.entry(input.id.as_deref(), trace_id)),
            }
        }
        return Ok(done.reply(ctx, success));
    }
    let mut steps = Vec::with_capacity(inputs.len());
    for input in inputs {
        let step = plan(ctx, kind, &input).map_err(|failure| Failure { status: 400, ..failure })?;
        steps.push((step, input.trace_id));
    }
    for (step, trace_id) in steps {
        done.results.push(take(ctx, kind, step, trace_id.as_deref(), upsert));
    }
    Ok(done.reply(ctx, success))
}

pub(crate) fn create(ctx: &mut Context<'_>, call: &Call, kind: Kind) -> Outcome {
    let inputs = inputs(&body(call)?, false)?;
    run(ctx, kind, inputs, plan_create, 201, false)
}

pub(crate) fn update(ctx: &mut Context<'_>, call: &Call, kind: Kind) -> Outcome {
    let inputs = inputs(&body(call)?, true)?;
    run(ctx, kind, inputs, plan_update, 200, false)
}

pub(crate) fn upsert(ctx: &mut Context<'_>, call: &Call, kind: Kind) -> Outcome {
    let inputs = inputs(&body(call)?, true)?;
    run(ctx, kind, inputs, plan_upsert, 200, true)
}

pub(crate) fn archive(ctx: &mut Context<'_>, call: &Call, kind: Kind) -> Outcome {
    for input in inputs(&body(call)?, true)? {
        objects::archive(ctx, kind, &input.id.unwrap_or_default());
    }
    Ok(Reply::empty(204))
}
