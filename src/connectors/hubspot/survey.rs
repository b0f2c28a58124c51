//! What the account is like, and what stands in the way of a run.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use serde_json::Value;

use super::HubSpot;
use super::board;
use super::client::Answered;
use super::map::property_state;
use super::wire;
use crate::domain::ids::{OwnerId, PipelineId, StageId};
use crate::domain::owner::OwnerName;
use crate::http::Class;
use crate::ports::{CallError, Finding, InputProperty, Pipeline, Severity, Stage, Survey, Trouble};

/// The object type id of companies.
const COMPANIES: &str = "0-2";

pub(super) async fn survey(hubspot: &HubSpot) -> Result<Survey, CallError> {
    let client = &hubspot.client;
    let mut refusals = Refusals::default();
    let mut survey = Survey::default();
    let properties = refusals.needed(client.properties("companies").await, "crm.schemas.companies.read")?;
    let pipelines = refusals.needed(client.pipelines().await, "crm.objects.deals.read")?;
    let owners = refusals.needed(client.owners().await, "crm.objects.owners.read")?;
    refusals.into_result()?;

    for property in properties.unwrap_or_default() {
        survey.properties.insert(property.name.clone(), property_state(&property));
    }
    survey.pipelines = pipelines.unwrap_or_default().into_iter().map(pipeline).collect();
    let owners = owners.unwrap_or_default();
    survey.owner_names = owners.iter().map(owner_name).collect();
    survey.active_owners = active(owners);
    survey.keyed_by_id = hubspot.config.own_documents;
    survey.figure_properties =
        hubspot.reader.figures().map(|(figure, _, name)| (figure, name.to_owned())).collect();
    let mapped = |input| Some((input, hubspot.config.mapping.property(input)?.to_owned()));
    survey.input_properties = InputProperty::ALL.into_iter().filter_map(mapped).collect();
    account(hubspot, &mut survey).await?;
    properties_left(hubspot, &mut survey).await?;
    daily_quota(hubspot).await?;
    judge_mapping(hubspot, &mut survey);
    if hubspot.config.wake_up.is_some() {
        board::survey(hubspot, &mut survey).await?;
    }
    survey.quotas = hubspot.client.stack.usage().quotas;
    hubspot.remember_properties(survey.properties.keys().cloned().collect());
    Ok(survey)
}

/// Permissions that are missing, gathered so that one message names them all.
#[derive(Default)]
struct Refusals {
    missing: BTreeSet<String>,
    messages: Vec<String>,
}

impl Refusals {
    /// The answer; none where a permission is missing.
    fn needed<T>(&mut self, answered: Answered<T>, scope: &str) -> Result<Option<T>, CallError> {
        match answered {
            Ok(value) => Ok(Some(value)),
            Err(failure) => {
                let Class::Forbidden { missing } = &failure.class else {
                    return Err(failure.during("HubSpot", "reading the account's set-up"));
                };
                self.missing.extend(missing.iter().cloned());
                if missing.is_empty() {
                    self.missing.insert(scope.to_owned());
                }
                self.messages.push(failure.message);
                Ok(None)
            }
        }
    }

    fn into_result(self) -> Result<(), CallError> {
        if self.messages.is_empty() {
            return Ok(());
        }
        let trouble = Trouble::Forbidden {
            missing: self.missing.into_iter().collect(),
            message: self.messages.into_iter().next().unwrap_or_default(),
        };
        let operation = "reading the account's set-up".to_owned();
        Err(CallError { system: "HubSpot".to_owned(), operation, trouble })
    }
}

/// The answer of an endpoint that a run can do without; none where the account or the token has no access to it.
pub(super) fn optional<T>(answered: Answered<T>) -> Result<Option<T>, CallError> {
    tolerated(answered).map_err(|failure| failure.during("HubSpot", "reading the account's set-up"))
}

/// The same, for who says otherwise what was being done.
pub(super) fn tolerated<T>(answered: Answered<T>) -> Answered<Option<T>> {
    match answered {
        Ok(value) => Ok(Some(value)),
        Err(failure) => match failure.class {
            Class::Forbidden { .. } | Class::NotFound | Class::Refused { .. } => Ok(None),
            _ => Err(failure),
        },
    }
}

async fn account(hubspot: &HubSpot, survey: &mut Survey) -> Result<(), CallError> {
    let Some(account) = optional(hubspot.client.account().await)? else {
        survey.findings.push(Finding {
            severity: Severity::Warning,
            place: "HubSpot account".to_owned(),
            what: "the account's details cannot be read".to_owned(),
            advice:
                "its currency and time zone are not checked; compare them with currency.base and time.zone"
                    .to_owned(),
        });
        return Ok(());
    };
    if let Some(zone) = account.time_zone.as_deref().and_then(|zone| zone.parse::<Tz>().ok()) {
        hubspot.quotas.set_zone(zone);
    }
    survey.account_id = Some(account.portal_id.0.clone());
    survey.account = match account.portal_name.filter(|name| !name.trim().is_empty()) {
        Some(name) => format!("{name} ({})", account.portal_id.0),
        None => account.portal_id.0,
    };
    survey.time_zone = account.time_zone;
    survey.currency = account.company_currency;
    Ok(())
}

/// What is left of the account's day, where the headers of the answers so far did not tell: those under OAuth never do.
async fn daily_quota(hubspot: &HubSpot) -> Result<(), CallError> {
    if hubspot.quotas.daily.state((hubspot.config.wall)()).is_some() {
        return Ok(());
    }
    let usage = optional(hubspot.client.daily_usage().await)?;
    let known =
        usage.iter().flat_map(|usage| &usage.results).find_map(|day| day.usage_limit.zip(day.current_usage));
    if let Some((limit, used)) = known {
        hubspot.quotas.daily.observe(Some(limit), Some(limit.saturating_sub(used)), (hubspot.config.wall)());
    }
    Ok(())
}

async fn properties_left(hubspot: &HubSpot, survey: &mut Survey) -> Result<(), CallError> {
    let Some(limits) = optional(hubspot.client.custom_property_limits().await)? else { return Ok(()) };
    let overall =
        limits.overall_limit.zip(limits.overall_usage).map(|(limit, usage)| limit.saturating_sub(usage));
    let companies = limits
        .by_object_type
        .iter()
        .find(|object_type| object_type.object_type_id == COMPANIES)
        .map(|object_type| object_type.limit.saturating_sub(object_type.usage));
    survey.properties_left = overall.into_iter().chain(companies).min();
    Ok(())
}

/// HubSpot's own properties that are read. Those that people fill in are the engine's to judge.
fn judge_mapping(hubspot: &HubSpot, survey: &mut Survey) {
    let mapping = &hubspot.config.mapping;
    let mapped = [&mapping.country, &mapping.last_contact].into_iter().flatten();
    let missing = mapped.filter(|name| !survey.properties.contains_key(*name));
    let findings: Vec<Finding> = missing
        .map(|name| Finding {
            severity: Severity::Warning,
            place: format!("property {name}"),
            what: "the portal has no such property of companies, so every company counts as having none"
                .to_owned(),
            advice: "Name the property that holds it in company.country".to_owned(),
        })
        .collect();
    survey.findings.extend(findings);
}

fn active(owners: Vec<wire::Owner>) -> BTreeSet<OwnerId> {
    owners.into_iter().filter(|owner| !owner.archived).map(|owner| OwnerId::new(owner.id.0)).collect()
}

fn owner_name(owner: &wire::Owner) -> (OwnerId, OwnerName) {
    let (first, last) = (owner.first_name.as_deref(), owner.last_name.as_deref());
    (OwnerId::from(owner.id.0.as_str()), OwnerName::of(first, last, owner.email.as_deref()))
}

fn pipeline(pipeline: wire::Pipeline) -> Pipeline {
    Pipeline {
        id: PipelineId::new(pipeline.id.0),
        label: pipeline.label,
        stages: pipeline.stages.into_iter().map(stage).collect(),
    }
}

fn stage(stage: wire::Stage) -> Stage {
    Stage { closed: is_closed(&stage), id: StageId::new(stage.id.0), label: stage.label }
}

/// `isClosed` comes as the text "true" or "false"; without it, a probability of 0 or 1 says the same.
fn is_closed(stage: &wire::Stage) -> bool {
    let text = |key: &str| match stage.metadata.get(key) {
        Some(Value::String(text)) => Some(text.trim().to_ascii_lowercase()),
        Some(Value::Bool(flag)) => Some(flag.to_string()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    match text("isClosed") {
        Some(closed) => closed == "true",
        None => matches!(text("probability").as_deref(), Some("0" | "0.0" | "1" | "1.0")),
    }
}
