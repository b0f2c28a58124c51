//! Deal pipelines over HTTP.

use serde_json::{Map, Value, json};

use super::context::{Context, Outcome, body, required};
use super::failure::Failure;
use super::kind::Kind;
use super::pipeline::{Pipeline, Stage};
use crate::http::{Call, Reply};

pub(crate) fn list(ctx: &Context<'_>) -> Reply {
    let results: Vec<Value> = ctx.portal.pipelines.iter().map(Pipeline::to_json).collect();
    Reply::json(200, &json!({"results": results}))
}

fn missing(id: &str) -> Failure {
    Failure::new(404, "OBJECT_NOT_FOUND", format!("No pipeline or stage with id {id}"))
}

fn find<'a>(ctx: &'a mut Context<'_>, id: &str) -> Result<&'a mut Pipeline, Failure> {
    ctx.portal.pipelines.iter_mut().find(|held| held.id == id).ok_or_else(|| missing(id))
}

pub(crate) fn get(ctx: &mut Context<'_>, id: &str) -> Outcome {
    Ok(Reply::json(200, &find(ctx, id)?.to_json()))
}

pub(crate) fn stages(ctx: &mut Context<'_>, id: &str) -> Outcome {
    let results: Vec<Value> = find(ctx, id)?.stages.iter().map(Stage::to_json).collect();
    Ok(Reply::json(200, &json!({"results": results})))
}

/// The probability of a stage: a string from 0.0 to 1.0 in steps of a tenth.
fn probability(fields: &Map<String, Value>) -> Result<String, Failure> {
    let held = fields.get("metadata").and_then(|metadata| metadata.get("probability"));
    let Some(Value::String(text)) = held else {
        return Err(Failure::invalid("Stages of deal pipelines need metadata.probability as a string"));
    };
    let tenths: Vec<String> = (0..=10).map(|tenth| format!("{}.{}", tenth / 10, tenth % 10)).collect();
    let text = match text.as_str() {
        "0" => "0.0",
        "1" => "1.0",
        other => other,
    };
    if tenths.iter().any(|tenth| tenth == text) {
        return Ok(text.to_owned());
    }
    Err(Failure::invalid(format!("Invalid probability {text}: 0.0 to 1.0 in steps of 0.1")))
}

fn read_stage(ctx: &mut Context<'_>, fields: &Map<String, Value>) -> Result<Stage, Failure> {
    let label = required(fields, "label")?;
    let order = fields.get("displayOrder").and_then(Value::as_i64);
    let order = order.ok_or_else(|| Failure::invalid("Invalid input JSON: stages need displayOrder"))?;
    let probability = probability(fields)?;
    let id = ctx.portal.fresh_id().to_string();
    let mut stage = Stage::new(&id, label, order, &probability);
    (stage.created_ms, stage.updated_ms) = (ctx.now, ctx.now);
    Ok(stage)
}

pub(crate) fn create(ctx: &mut Context<'_>, call: &Call) -> Outcome {
    let fields = body(call)?;
    let label = required(&fields, "label")?;
    if ctx.portal.pipelines.len() >= ctx.portal.plan.pipelines {
        let message =
            format!("The account has reached its limit of {} deal pipelines", ctx.portal.plan.pipelines);
        return Err(Failure {
            sub_category: Some("PipelineError.LIMIT_EXCEEDED"),
            ..Failure::invalid(message)
        });
    }
    if ctx.portal.pipelines.iter().any(|held| held.label.eq_ignore_ascii_case(label)) {
        return Err(Failure::new(
            409,
            "CONFLICT",
            format!("A pipeline with the label '{label}' already exists"),
        ));
    }
    let list = fields.get("stages").and_then(Value::as_array).cloned().unwrap_or_default();
    if list.is_empty() || list.len() > 100 {
        return Err(Failure::invalid("A pipeline needs from 1 to 100 stages"));
    }
    let mut stages = Vec::with_capacity(list.len());
    for entry in &list {
        let stage = read_stage(ctx, &entry.as_object().cloned().unwrap_or_default())?;
        if stages.iter().any(|held: &Stage| held.label == stage.label) {
            return Err(Failure::invalid(format!("Stage labels have to be unique: {}", stage.label)));
        }
        stages.push(stage);
    }
    stages.sort_by_key(|stage| stage.display_order);
    let id = ctx.portal.fresh_id().to_string();
    let mut pipeline = Pipeline::new(&id, label, stages);
    pipeline.display_order = fields.get("displayOrder").and_then(Value::as_i64).unwrap_or(0);
    (pipeline.created_ms, pipeline.updated_ms) = (ctx.now, ctx.now);
    let shown = pipeline.to_json();
    ctx.portal.pipelines.push(pipeline);
    Ok(Reply::json(201, &shown))
}

pub(crate) fn update(ctx: &mut Context<'_>, call: &Call, id: &str) -> Outcome {
    let fields = body(call)?;
    let now = ctx.now;
    let pipeline = find(ctx, id)?;
    if let Some(label) = fields.get("label").and_then(Value::as_str) {
        label.clone_into(&mut pipeline.label);
    }
    if let Some(order) = fields.get("displayOrder").and_then(Value::as_i64) {
        pipeline.display_order = order;
    }
    pipeline.updated_ms = now;
    let shown = pipeline.to_json();
    touch_deals(ctx, id);
    Ok(Reply::json(200, &shown))
}

pub(crate) fn create_stage(ctx: &mut Context<'_>, call: &Call, id: &str) -> Outcome {
    let fields = body(call)?;
    find(ctx, id)?;
    let stage = read_stage(ctx, &fields)?;
    let pipeline = find(ctx, id)?;
    if pipeline.stages.iter().any(|held| held.label == stage.label) {
        return Err(Failure::invalid(format!("Stage labels have to be unique: {}", stage.label)));
    }
    let shown = stage.to_json();
    pipeline.stages.push(stage);
    pipeline.stages.sort_by_key(|stage| stage.display_order);
    Ok(Reply::json(201, &shown))
}

pub(crate) fn update_stage(ctx: &mut Context<'_>, call: &Call, id: &str, stage_id: &str) -> Outcome {
    let fields = body(call)?;
    let probability = if fields.contains_key("metadata") { Some(probability(&fields)?) } else { None };
    let now = ctx.now;
    let pipeline = find(ctx, id)?;
    let stage =
        pipeline.stages.iter_mut().find(|held| held.id == stage_id).ok_or_else(|| missing(stage_id))?;
    if let Some(label) = fields.get("label").and_then(Value::as_str) {
        label.clone_into(&mut stage.label);
    }
    if let Some(order) = fields.get("displayOrder").and_then(Value::as_i64) {
        stage.display_order = order;
    }
    if let Some(probability) = probability {
        stage.probability = probability;
    }
    stage.updated_ms = now;
    let shown = stage.to_json();
    touch_deals(ctx, id);
    Ok(Reply::json(200, &shown))
}

/// Editing a pipeline moves the change date of all its deals.
fn touch_deals(ctx: &mut Context<'_>, pipeline: &str) {
    let deals = &ctx.portal.space(Kind::Deal).records;
    let ids: Vec<u64> = deals
        .values()
        .filter(|deal| deal.props.get("pipeline") == Some(pipeline))
        .map(|deal| deal.id)
        .collect();
    for id in ids {
        ctx.touch(Kind::Deal, id);
        ctx.portal.refresh_deal(id);
    }
}
