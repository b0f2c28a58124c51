//! Owners, account details and the plan's limits over HTTP.

use serde_json::{Value, json};

use super::account::Owner;
use super::context::{Context, Outcome};
use super::failure::Failure;
use super::kind::Kind;
use super::objects::read_limit;
use crate::clock::iso;
use crate::http::{Call, Reply};

pub(crate) fn owners(ctx: &Context<'_>, call: &Call) -> Outcome {
    let limit = read_limit(call, 100, 500)?;
    let after: u64 = call.param("after").and_then(|text| text.parse().ok()).unwrap_or(0);
    let archived = call.flag("archived");
    let email = call.param("email");
    let mut found: Vec<&Owner> = ctx
        .portal
        .owners
        .iter()
        .filter(|owner| owner.archived == archived && owner.id > after)
        .filter(|owner| email.is_none_or(|email| email == owner.email))
        .collect();
    found.sort_by_key(|owner| owner.id);
    let results: Vec<Value> = found.iter().take(limit).map(|owner| owner.to_json()).collect();
    let mut answer = json!({"results": results});
    if let (true, Some(last)) = (found.len() > limit, found.get(limit - 1)) {
        answer["paging"] = json!({"next": {"after": last.id.to_string()}});
    }
    Ok(Reply::json(200, &answer))
}

pub(crate) fn owner(ctx: &Context<'_>, call: &Call, id: &str) -> Outcome {
    let archived = call.flag("archived");
    let found =
        ctx.portal.owners.iter().find(|owner| owner.id.to_string() == id && owner.archived == archived);
    found.map(|owner| Reply::json(200, &owner.to_json())).ok_or_else(|| Failure::not_found("Owner", id))
}

pub(crate) fn account(ctx: &Context<'_>) -> Reply {
    Reply::json(200, &ctx.portal.account.to_json(ctx.now, ctx.version))
}

pub(crate) fn daily_usage(ctx: &Context<'_>, used: u64, limit: Option<u64>) -> Reply {
    let body = json!({"results": [{
        "name": "private-apps-api-calls-daily", "usageLimit": limit, "currentUsage": used,
        "collectedAt": iso(ctx.now), "fetchStatus": "SUCCESS", "resetsAt": iso(ctx.portal.account.midnight_ms(ctx.now)),
    }]});
    Reply::json(200, &body)
}

fn share(usage: u64, limit: u64) -> f64 {
    let tenths = usage.saturating_mul(1_000).checked_div(limit).unwrap_or(0);
    f64::from(u32::try_from(tenths).unwrap_or(u32::MAX)) / 10.0
}

fn by_type(kind: Kind, usage: u64, limit: u64) -> Value {
    json!({
        "objectTypeId": kind.type_id(), "singularLabel": kind.singular(), "pluralLabel": kind.plural(),
        "limit": limit, "usage": usage, "percentage": share(usage, limit),
    })
}

pub(crate) fn custom_properties(ctx: &Context<'_>) -> Reply {
    let limit = ctx.portal.plan.custom_properties as u64;
    let usage = |kind: Kind| ctx.portal.space(kind).schema.custom() as u64;
    let by_object: Vec<Value> = Kind::ALL.iter().map(|kind| by_type(*kind, usage(*kind), limit)).collect();
    let overall: u64 = Kind::ALL.iter().map(|kind| usage(*kind)).sum();
    let body = json!({
        "overallLimit": limit * 4, "overallUsage": overall, "overallPercentage": share(overall, limit * 4),
        "byObjectType": by_object,
    });
    Reply::json(200, &body)
}

pub(crate) fn pipelines(ctx: &Context<'_>) -> Reply {
    let limit = ctx.portal.plan.pipelines as u64;
    let usage = ctx.portal.pipelines.len() as u64;
    Reply::json(
        200,
        &json!({"hasReachedLimit": usage >= limit, "byObjectType": [by_type(Kind::Deal, usage, limit)]}),
    )
}

pub(crate) fn records(ctx: &Context<'_>) -> Reply {
    let limit = ctx.portal.plan.records;
    let by_object: Vec<Value> = Kind::ALL
        .iter()
        .map(|kind| by_type(*kind, ctx.portal.space(*kind).records.len() as u64, limit))
        .collect();
    Reply::json(200, &json!({"hubspotDefinedObjectTypes": by_object, "customObjectTypes": []}))
}
