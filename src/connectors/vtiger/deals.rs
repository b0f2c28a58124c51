//! Opportunities are the deals, sales stages their stages. A picklist of theirs may tell the pipeline.

use std::collections::{BTreeMap, BTreeSet};

use super::client::Answered;
use super::config::VtigerConfig;
use super::fields::{Field, Module};
use super::labels::same;
use super::link::POTENTIALS;
use super::map::instant;
use super::query::{Query, RecordId};
use super::relations::{Relations, parent};
use super::wire::Row;
use super::{Vtiger, cursor, position};
use crate::domain::ids::{CompanyId, DealId, PipelineId, StageId};
use crate::ports::{Cursor, OpenDeal, Page, Pipeline, Stage};

/// The pipeline of opportunities that are in no other.
const ONLY: &str = "opportunities";
pub(super) const STAGE: &str = "sales_stage";
pub(super) const CREATED: &str = "createdtime";

/// The pipelines of an installation: one for each value of the configured picklist, and one for the rest.
pub(super) fn pipelines(config: &VtigerConfig, potentials: &Module) -> Vec<Pipeline> {
    let stages: Vec<Stage> = potentials.field(STAGE).map(|field| stages(config, field)).unwrap_or_default();
    let named = pipeline_field(config, potentials).map(|field| field.values.as_slice()).unwrap_or_default();
    let named = named.iter().map(|(value, label)| (value.clone(), label.clone()));
    let rest = (ONLY.to_owned(), potentials.label.clone());
    named
        .chain([rest])
        .map(|(id, label)| Pipeline { id: PipelineId::new(id), label, stages: stages.clone() })
        .collect()
}

fn stages(config: &VtigerConfig, field: &Field) -> Vec<Stage> {
    let stages = field.values.iter().map(|(value, label)| Stage {
        id: StageId::from(value.as_str()),
        label: label.clone(),
        closed: is_closed(config, value),
    });
    stages.collect()
}

/// Open is what is not closed, stages included that nobody has heard of: vTiger takes any. All pipelines share the stages,
/// so the closed ones of the Wake Up pipeline are closed everywhere.
fn is_closed(config: &VtigerConfig, stage: &str) -> bool {
    let of_board = config.wake_up.iter().flat_map(|names| &names.stages);
    let of_board = of_board.filter(|(role, _)| role.is_closed()).map(|(_, name)| name);
    config.closed_stages.iter().chain(of_board).any(|closed| same(closed, stage))
}

pub(super) fn pipeline_field<'a>(config: &VtigerConfig, potentials: &'a Module) -> Option<&'a Field> {
    let meant = potentials.meant_by(config.pipeline_field.as_deref()?);
    meant.first().copied().filter(|field| field.kind == "picklist")
}

pub(super) async fn open_deals(
    vtiger: &Vtiger,
    watched: &BTreeSet<PipelineId>,
    from: Option<&Cursor>,
) -> Answered<Page<OpenDeal>> {
    if watched.is_empty() {
        return Ok(Page { items: Vec::new(), next: None, total: Some(0) });
    }
    let Vtiger { link, config, .. } = vtiger;
    let potentials = link.needed(POTENTIALS).await?;
    let field = pipeline_field(config, &potentials);
    let after = position(from, potentials.prefix)?;
    let people = potentials.field("contact_id").map(|_| "contact_id");
    let columns = [STAGE, "related_to", CREATED]
        .into_iter()
        .chain(people)
        .chain(field.map(|field| field.name.as_str()));
    let closed = closed_values(config, &potentials);
    let query = Query::of(POTENTIALS).columns(columns);
    let query = closed.iter().fold(query, |query, stage| query.without(STAGE, stage));
    let page = link.client.page("opportunities.list", query, after).await?;
    let open: Vec<(&Row, PipelineId)> = page
        .rows
        .iter()
        .filter(|row| !is_closed(config, row.text(STAGE).unwrap_or_default()))
        .map(|row| (row, pipeline_of(row, field)))
        .filter(|(_, pipeline)| watched.contains(pipeline))
        .collect();
    let relations = Relations::of(vtiger).await?;
    let wanted: BTreeSet<RecordId> = open.iter().filter_map(|(row, _)| parent(row)).collect();
    let companies: BTreeMap<RecordId, CompanyId> = relations.organizations_of(&wanted).await?;
    let items = open
        .into_iter()
        .map(|(row, pipeline)| OpenDeal {
            version: None,
            created: row.text(CREATED).and_then(instant),
            id: DealId::from(row.id()),
            pipeline,
            companies: parent(row).and_then(|id| companies.get(&id).cloned()).into_iter().collect(),
        })
        .collect();
    Ok(Page { items, next: page.last.map(cursor), total: None })
}

/// The closed stages as the picklist writes them.
fn closed_values(config: &VtigerConfig, potentials: &Module) -> Vec<String> {
    let values = potentials.field(STAGE).map(|field| field.values.as_slice()).unwrap_or_default();
    values.iter().map(|(value, _)| value.clone()).filter(|value| is_closed(config, value)).collect()
}

/// A value that the picklist does not have any more leaves an opportunity in no pipeline of its own.
pub(super) fn pipeline_of(row: &Row, field: Option<&Field>) -> PipelineId {
    let value = field.and_then(|field| {
        let value = row.text(&field.name)?;
        field.values.iter().find(|(known, _)| known == value)
    });
    PipelineId::from(value.map_or(ONLY, |(value, _)| value.as_str()))
}
