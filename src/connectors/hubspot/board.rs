//! The Wake Up pipeline in the portal: what of it is there, and creating what is not. Idempotent: what carries the
//! configured label, or id, is it.

use std::collections::BTreeMap;

use super::HubSpot;
use super::map::property_state;
use super::schema::{card_property_name, error, exists, failed};
use super::survey::optional;
use super::wire::{NewPipeline, NewStage, Pipeline};
use crate::domain::ids::PipelineId;
use crate::domain::wake_up::{BoardNames, CardField, StageRole};
use crate::http::Outcome;
use crate::ports::{CallError, Finding, Severity, Survey, Trouble};

/// The object type id of deals.
const DEALS: &str = "0-3";
/// For people.
const THE_BOARD: &str = "the Wake Up pipeline";

/// The properties of cards, and how many pipelines the account may still have. A permission that is missing is no obstacle
/// to the rest of a run.
pub(super) async fn survey(hubspot: &HubSpot, survey: &mut Survey) -> Result<(), CallError> {
    if let Some(limits) = optional(hubspot.client.pipeline_limits().await)? {
        let deals = limits.by_object_type.iter().find(|limit| limit.object_type_id == DEALS);
        survey.pipelines_left = deals.map(|deals| deals.limit.saturating_sub(deals.usage));
    }
    let Some(properties) = optional(hubspot.client.properties("deals").await)? else {
        survey.findings.push(Finding {
            severity: Severity::Warning,
            place: "HubSpot deals".to_owned(),
            what: "the properties of deals cannot be read, so those of cards count as missing".to_owned(),
            advice: "Add the scope crm.schemas.deals.read to the service key or app".to_owned(),
        });
        return Ok(());
    };
    for field in CardField::ALL {
        let name = card_property_name(field, &hubspot.config.prefix);
        let Some(property) = properties.iter().find(|property| property.name == name) else { continue };
        survey.card_properties.insert(field, property_state(property));
        if field == CardField::Key && property.has_unique_value != Some(true) {
            survey.findings.push(Finding {
                severity: Severity::Warning,
                place: format!("property {name} of deals"),
                what: "it takes the same value twice, so HubSpot itself does not keep two cards of one company apart"
                    .to_owned(),
                advice: "Delete it for good in HubSpot and let `sirank setup` create it".to_owned(),
            });
        }
    }
    Ok(())
}

/// Creates the pipeline with its stages; where it is there already, the stages that it lacks.
pub(super) async fn create(hubspot: &HubSpot) -> Result<(), CallError> {
    let names = names(hubspot)?;
    let pipelines = pipelines(hubspot).await?;
    if let Some(found) = find(&pipelines, &names.pipeline) {
        return complete(hubspot, names, found, &StageRole::ALL).await;
    }
    let wanted = NewPipeline {
        label: names.pipeline.clone(),
        display_order: pipelines.len(),
        stages: StageRole::ALL.map(|role| new_stage(names, role)).into(),
    };
    let Err(failure) = hubspot.client.create_pipeline(&wanted).await else { return Ok(()) };
    // Somebody else was faster, or nobody knows: it is looked up, and never made twice.
    if exists(&failure) || failure.outcome == Outcome::Unknown {
        let pipelines = self::pipelines(hubspot).await?;
        if let Some(found) = find(&pipelines, &names.pipeline) {
            return complete(hubspot, names, found, &StageRole::ALL).await;
        }
    }
    Err(failed(THE_BOARD, &failure))
}

/// Creates stages that the pipeline lacks.
pub(super) async fn create_stages(
    hubspot: &HubSpot,
    pipeline: &PipelineId,
    roles: &[StageRole],
) -> Result<(), CallError> {
    let names = names(hubspot)?;
    let pipelines = pipelines(hubspot).await?;
    let Some(found) = find(&pipelines, pipeline.as_str()) else {
        let message = format!("the portal has no deal pipeline with the id {pipeline} any more");
        return Err(error(THE_BOARD, Trouble::Refused { code: "PIPELINE_GONE".to_owned(), message }));
    };
    complete(hubspot, names, found, roles).await
}

async fn complete(
    hubspot: &HubSpot,
    names: &BoardNames,
    found: &Pipeline,
    roles: &[StageRole],
) -> Result<(), CallError> {
    for role in roles.iter().copied().filter(|role| !has_stage(found, &stage_name(names, *role))) {
        let wanted = new_stage(names, role);
        let Err(failure) = hubspot.client.create_stage(&found.id.0, &wanted).await else { continue };
        let may_be_there = exists(&failure) || failure.outcome == Outcome::Unknown;
        if may_be_there {
            let pipelines = pipelines(hubspot).await?;
            let now = find(&pipelines, &found.id.0);
            if now.is_some_and(|now| has_stage(now, &wanted.label)) {
                continue;
            }
        }
        return Err(failed(&format!("the stage {} of {THE_BOARD}", wanted.label), &failure));
    }
    Ok(())
}

fn names(hubspot: &HubSpot) -> Result<&BoardNames, CallError> {
    hubspot.config.wake_up.as_ref().ok_or_else(|| {
        error(THE_BOARD, Trouble::Configuration("no Wake Up pipeline is configured".to_owned()))
    })
}

async fn pipelines(hubspot: &HubSpot) -> Result<Vec<Pipeline>, CallError> {
    hubspot.client.pipelines().await.map_err(|failure| failed(THE_BOARD, &failure))
}

pub(super) fn find<'a>(pipelines: &'a [Pipeline], name: &str) -> Option<&'a Pipeline> {
    let by_id = pipelines.iter().find(|pipeline| pipeline.id.0 == name);
    by_id.or_else(|| pipelines.iter().find(|pipeline| alike(&pipeline.label, name)))
}

fn has_stage(pipeline: &Pipeline, name: &str) -> bool {
    pipeline.stages.iter().any(|stage| stage.id.0 == name || alike(&stage.label, name))
}

/// HubSpot takes no two labels that differ in nothing but case.
fn alike(label: &str, name: &str) -> bool {
    label.trim().to_lowercase() == name.trim().to_lowercase()
}

fn stage_name(names: &BoardNames, role: StageRole) -> String {
    names.stages.get(&role).cloned().unwrap_or_else(|| role.label().en.to_owned())
}

fn new_stage(names: &BoardNames, role: StageRole) -> NewStage {
    let probability = format!("{}.{}", role.tenths() / 10, role.tenths() % 10);
    NewStage {
        label: stage_name(names, role),
        display_order: role as usize,
        metadata: BTreeMap::from([("probability", probability)]),
    }
}
