//! Checking and applying the values of one record.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::context::Context;
use super::failure::{Detail, Failure};
use super::kind::Kind;
use super::portal::Need;
use super::record::Record;
use super::values;
use crate::clock::iso;

/// Values that may be written.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) values: Vec<(Arc<str>, String)>,
    pub(crate) warnings: Vec<Value>,
    pub(crate) sent: Map<String, Value>,
}

impl Checked {
    fn get(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(key, _)| &**key == name).map(|(_, value)| value.as_str())
    }
}

/// Checks values for a new record (`id` none) or an existing one.
pub(crate) fn check(
    ctx: &Context<'_>,
    kind: Kind,
    id: Option<u64>,
    sent: &Map<String, Value>,
) -> Result<Checked, Failure> {
    let mut checked = Checked { sent: sent.clone(), ..Checked::default() };
    let mut problems = Vec::new();
    for (name, value) in sent {
        match check_one(ctx, kind, id, name, value) {
            Ok((name, value, warning)) => {
                checked.values.push((name, value));
                checked.warnings.extend(warning);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if kind == Kind::Deal {
        check_stage(ctx, id, &mut checked, &mut problems);
    }
    if kind == Kind::Task && id.is_none() {
        check_new_task(ctx, &mut checked, &mut problems);
    }
    if ctx.is_2026_09() {
        check_rules(ctx, kind, id, &checked, &mut problems);
    }
    if problems.is_empty() { Ok(checked) } else { Err(Failure::values(problems)) }
}

type One = (Arc<str>, String, Option<Value>);

fn check_one(
    ctx: &Context<'_>,
    kind: Kind,
    id: Option<u64>,
    name: &str,
    value: &Value,
) -> Result<One, Detail> {
    let space = ctx.portal.space(kind);
    let Some((key, property)) = space.schema.properties.get_key_value(name) else {
        let message = format!("Property \"{name}\" does not exist");
        return Err(Detail::new(name, "PROPERTY_DOESNT_EXIST", message));
    };
    if property.read_only {
        let message = format!("\"{name}\" is a read only property; its value cannot be set.");
        return Err(Detail::new(name, "READ_ONLY_VALUE", message));
    }
    let text = values::text_of(name, value)?;
    if text.is_empty() {
        return Ok((Arc::clone(key), text, None));
    }
    let stored = values::check(property, &text, ctx.is_2026_09(), ctx.options.reformat_numbers)?;
    if name == "hubspot_owner_id"
        && !ctx.portal.owners.iter().any(|owner| owner.id.to_string() == stored.value)
    {
        return Err(Detail::new(name, "INVALID_OWNER_ID", format!("Owner {text} does not exist")));
    }
    if property.unique
        && let Some(holder) = space.holder(name, &stored.value).filter(|holder| Some(*holder) != id)
    {
        let message = format!(
            "Cannot set PropertyValueCoordinates{{portalId={}, objectTypeId={}, propertyName={name}, value={text}}}. \
             {holder} already has that value.",
            ctx.portal.account.portal_id,
            kind.type_id()
        );
        return Err(Detail::new(name, "CONFLICTING_UNIQUE_VALUE", message));
    }
    Ok((Arc::clone(key), stored.value, stored.warning))
}

fn missing(name: &str, code: &str) -> Detail {
    Detail::new(name, code, format!("Property \"{name}\" is required"))
}

/// The values of the record as they are now.
fn existing<'a>(ctx: &'a Context<'_>, kind: Kind, id: Option<u64>) -> Option<&'a Record> {
    ctx.portal.space(kind).records.get(&id?)
}

/// Pipeline and stage have to fit together; a new deal without them gets the default ones.
fn check_stage(ctx: &Context<'_>, id: Option<u64>, checked: &mut Checked, problems: &mut Vec<Detail>) {
    let held = existing(ctx, Kind::Deal, id);
    let of = |name: &str| {
        checked
            .get(name)
            .map(str::to_owned)
            .or_else(|| held.and_then(|deal| deal.props.get(name)).map(str::to_owned))
    };
    let written = checked.get("pipeline").is_some() || checked.get("dealstage").is_some();
    if id.is_some() && !written {
        return;
    }
    let default_pipeline =
        || ctx.portal.pipelines.first().map(|pipeline| pipeline.id.clone()).unwrap_or_default();
    let pipeline_id = of("pipeline").unwrap_or_else(default_pipeline);
    let Some(pipeline) = ctx.portal.pipelines.iter().find(|pipeline| pipeline.id == pipeline_id) else {
        let message = format!("{pipeline_id} was not one of the allowed options: pipelines of deals");
        problems.push(Detail::new("pipeline", "INVALID_OPTION", message));
        return;
    };
    let first = || pipeline.stages.first().map(|stage| stage.id.clone()).unwrap_or_default();
    let stage_id = of("dealstage").unwrap_or_else(first);
    let Some(stage) = pipeline.stage(&stage_id) else {
        let message =
            format!("{stage_id} was not one of the allowed options: stages of pipeline {pipeline_id}");
        problems.push(Detail::new("dealstage", "INVALID_OPTION", message));
        return;
    };
    let moved = held.and_then(|deal| deal.props.get("dealstage")) != Some(stage_id.as_str());
    let closes = stage.is_closed() && moved && checked.get("closedate").is_none();
    let mut fill = |name: &str, value: String| {
        let known = ctx.portal.space(Kind::Deal).schema.name_of(name);
        if let Some(key) = known.filter(|_| checked.get(name).is_none()) {
            checked.values.push((Arc::clone(key), value));
        }
    };
    if id.is_none() {
        fill("pipeline", pipeline_id);
        fill("dealstage", stage_id);
    }
    if closes {
        fill("closedate", iso(ctx.now));
    }
}

/// A task has to be due some time; without a status it is not started.
fn check_new_task(ctx: &Context<'_>, checked: &mut Checked, problems: &mut Vec<Detail>) {
    if checked.get("hs_timestamp").is_none_or(str::is_empty) {
        problems.push(missing("hs_timestamp", "MISSING_REQUIRED_PROPERTY"));
    }
    let status = ctx.portal.space(Kind::Task).schema.name_of("hs_task_status");
    if let Some(status) = status.filter(|_| checked.get("hs_task_status").is_none()) {
        checked.values.push((Arc::clone(status), "NOT_STARTED".to_owned()));
    }
}

fn check_rules(
    ctx: &Context<'_>,
    kind: Kind,
    id: Option<u64>,
    checked: &Checked,
    problems: &mut Vec<Detail>,
) {
    let held = existing(ctx, kind, id);
    let after = |name: &str| {
        let kept = || held.and_then(|record| record.props.get(name));
        checked.get(name).or_else(kept).filter(|value| !value.is_empty())
    };
    for rule in ctx.portal.rules.iter().filter(|rule| rule.kind == kind && after(&rule.property).is_none()) {
        match &rule.need {
            Need::OnCreate if id.is_none() => {
                problems.push(missing(&rule.property, "MISSING_REQUIRED_PROPERTY"));
            }
            Need::When { property, value } if after(property) == Some(value) => {
                problems.push(missing(&rule.property, "MISSING_CONDITIONAL_REQUIRED_PROPERTY"));
            }
            Need::OnCreate | Need::When { .. } => {}
        }
    }
}

/// Makes a record of checked values and its associations.
pub(crate) fn create(
    ctx: &mut Context<'_>,
    kind: Kind,
    checked: &Checked,
    links: &[(Kind, u64, u32)],
    trace_id: Option<&str>,
) -> u64 {
    let id = ctx.portal.fresh_id();
    let mut record = Record::new(id, ctx.now);
    record.searchable_ms = ctx.now + ctx.options.search_lag_ms;
    let space = ctx.portal.space_mut(kind);
    space.records.insert(id, record);
    let changed = space.set(id, &checked.values);
    if kind == Kind::Deal {
        ctx.portal.refresh_deal(id);
    }
    ctx.log(kind.plural(), id, "create", trace_id, &checked.sent, changed);
    for (to, to_id, type_id) in links {
        ctx.portal.links.add((kind, id), (*to, *to_id), *type_id);
        echo(ctx, kind, *to, *to_id);
    }
    id
}

/// Writes checked values. Writing what is there already is a write too: the change date moves.
pub(crate) fn update(ctx: &mut Context<'_>, kind: Kind, id: u64, checked: &Checked, trace_id: Option<&str>) {
    ctx.touch(kind, id);
    let mut changed = ctx.portal.space_mut(kind).set(id, &checked.values);
    if kind == Kind::Deal {
        changed.extend(ctx.portal.refresh_deal(id));
    }
    ctx.log(kind.plural(), id, "update", trace_id, &checked.sent, changed);
    echo_of_activity(ctx, kind, id);
}

/// An activity that is made or changed shows in its companies.
pub(crate) fn echo_of_activity(ctx: &mut Context<'_>, kind: Kind, id: u64) {
    if matches!(kind, Kind::Task | Kind::Note) {
        for link in ctx.portal.links.of(kind, id, Kind::Company).to_vec() {
            echo(ctx, kind, Kind::Company, link.to);
        }
    }
}

/// Activities and deals move their companies' change date; activities their activity date too.
pub(crate) fn echo(ctx: &mut Context<'_>, from: Kind, to: Kind, id: u64) {
    if !ctx.options.echo_on_companies || to != Kind::Company {
        return;
    }
    ctx.touch(to, id);
    if matches!(from, Kind::Task | Kind::Note) {
        let now = iso(ctx.now);
        ctx.portal.put(to, id, &[("notes_last_updated", now.as_str())]);
    }
}
