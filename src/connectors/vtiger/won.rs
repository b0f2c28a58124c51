//! Won deals: opportunities in a stage that counts as won. vTiger keeps no day of winning, so the closing date counts.

use std::collections::{BTreeMap, BTreeSet};

use super::client::Answered;
use super::config::VtigerConfig;
use super::deals::{STAGE, pipeline_field, pipeline_of};
use super::fields::Module;
use super::labels::same;
use super::link::POTENTIALS;
use super::map::day_of_instant;
use super::query::{Query, RecordId};
use super::relations::{Relations, parent};
use super::tasks::{OWNER, owner};
use super::wire::Row;
use super::{Vtiger, cursor, position};
use crate::domain::ids::{CompanyId, DealId, PipelineId};
use crate::domain::tasks::WonDeal;
use crate::domain::time::Day;
use crate::ports::{Cursor, Page};

pub(super) const NAME: &str = "potentialname";
pub(super) const CLOSING: &str = "closingdate";
const MODIFIED: &str = "modifiedtime";

pub(super) async fn won_deals(
    vtiger: &Vtiger,
    watched: &BTreeSet<PipelineId>,
    since: Day,
    from: Option<&Cursor>,
) -> Answered<Page<WonDeal>> {
    let Vtiger { link, config, .. } = vtiger;
    let potentials = link.needed(POTENTIALS).await?;
    let after = position(from, potentials.prefix)?;
    let query = query(config, &potentials, &[OWNER]).filter(|_| !watched.is_empty());
    let Some(query) = query.map(|query| query.not_below(CLOSING, &since.to_string())) else {
        return Ok(Page { items: Vec::new(), next: None, total: Some(0) });
    };
    let page = link.client.page("opportunities.won", query, after).await?;
    let field = pipeline_field(config, &potentials);
    let is_watched = |row: &Row| watched.contains(&pipeline_of(row, field));
    let won = page.rows.iter().filter(|row| is_won(config, row) && is_watched(row));
    let won: Vec<(&Row, Day)> =
        won.filter_map(|row| Some((row, won_on(config, row).filter(|day| *day >= since)?))).collect();
    let wanted: BTreeSet<RecordId> = won.iter().filter_map(|(row, _)| parent(row)).collect();
    let companies: BTreeMap<RecordId, CompanyId> =
        Relations::of(vtiger).await?.organizations_of(&wanted).await?;
    let items = won.into_iter().map(|(row, won_on)| WonDeal {
        id: DealId::from(row.id()),
        name: row.text(NAME).unwrap_or_default().to_owned(),
        owner: owner(row),
        companies: parent(row).and_then(|id| companies.get(&id).cloned()).into_iter().collect(),
        won_on,
    });
    Ok(Page { items: items.collect(), next: page.last.map(cursor), total: None })
}

/// The opportunities in won stages, with these columns besides; none where there is no stage that could be asked for.
pub(super) fn query(config: &VtigerConfig, potentials: &Module, besides: &[&str]) -> Option<Query> {
    let person = potentials.field("contact_id").map(|_| "contact_id");
    let pipeline = pipeline_field(config, potentials).map(|field| field.name.as_str());
    let columns = [NAME, STAGE, "related_to", CLOSING, MODIFIED];
    let columns = columns.into_iter().chain(besides.iter().copied()).chain(person).chain(pipeline);
    Query::of(POTENTIALS).columns(columns).one_of(STAGE, &won_values(config, potentials))
}

/// The won stages as the picklist writes them, or else as they are configured.
fn won_values(config: &VtigerConfig, potentials: &Module) -> BTreeSet<String> {
    let values = potentials.field(STAGE).map(|field| field.values.as_slice()).unwrap_or_default();
    let offered = values.iter().map(|(value, _)| value);
    let offered = offered.filter(|value| config.won_stages.iter().any(|won| same(won, value)));
    offered.chain(&config.won_stages).cloned().collect()
}

pub(super) fn is_won(config: &VtigerConfig, row: &Row) -> bool {
    row.text(STAGE).is_some_and(|stage| config.won_stages.iter().any(|won| same(won, stage)))
}

/// The closing date. It is the expected one and may lie ahead: nothing was won after it was last changed.
fn won_on(config: &VtigerConfig, row: &Row) -> Option<Day> {
    let closing: Day = row.text(CLOSING)?.parse().ok()?;
    let changed = row.text(MODIFIED).and_then(|text| day_of_instant(text, config.zone));
    Some(changed.map_or(closing, |changed| changed.min(closing)))
}
