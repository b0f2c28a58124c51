//! What an administrator has to add for the Wake Up pipeline: a value of the picklist that tells the pipeline, the stages
//! as values of the one picklist of stages, and the fields of cards.

use super::Vtiger;
use super::byhand::{KEY, LINE, Size, new_field};
use super::deals::{STAGE, pipeline_field};
use super::fields::Field;
use super::labels::{for_label, for_picklist, same};
use super::link::POTENTIALS;
use crate::domain::value::ValueKind;
use crate::domain::wake_up::{CardField, StageRole};
use crate::ports::HandWork;

const MODULE: &str = "Opportunities";
/// What the picklist that tells the pipeline is called, where nobody has named it.
const PIPELINE: &str = "Pipeline";
const PICKLISTS: &str = "Settings > Picklist Field Values > Opportunities";
const ADD_VALUE: &str = "Add Value";
/// The picklist of stages, where vTiger was not asked yet.
const STAGES: &str = "Sales Stage";

impl Vtiger {
    /// The pipeline, and the stages that it lacks: a screen of their own, so their entries name it.
    pub(super) fn new_board(&self) -> HandWork {
        let potentials = self.link.seen(POTENTIALS);
        let field = potentials.as_deref().and_then(|module| pipeline_field(&self.config, module));
        let pipeline = for_picklist(self.config.wake_up.as_ref().map_or("Wake Up", |names| &names.pipeline));
        let mut work = match field {
            Some(field) => HandWork {
                screen: format!("{PICKLISTS} > {}", field.label),
                entries: missing(field, [pipeline]).map(|value| (ADD_VALUE.to_owned(), value)).collect(),
            },
            None => self.new_pipeline_field(pipeline),
        };
        let stages = potentials.as_deref().and_then(|module| module.field(STAGE));
        let entry = format!("{PICKLISTS} > {} > {ADD_VALUE}", stages.map_or(STAGES, |field| &field.label));
        let values = StageRole::ALL.map(|role| self.stage_value(role));
        let lacking: Vec<String> = match stages {
            Some(field) => missing(field, values).collect(),
            None => values.into(),
        };
        work.entries.extend(lacking.into_iter().map(|value| (entry.clone(), value)));
        work
    }

    pub(super) fn new_stages(&self, missing: &[StageRole]) -> HandWork {
        let potentials = self.link.seen(POTENTIALS);
        let stages = potentials.as_deref().and_then(|module| module.field(STAGE));
        let entries = missing.iter().map(|role| (ADD_VALUE.to_owned(), self.stage_value(*role)));
        HandWork {
            screen: format!("{PICKLISTS} > {}", stages.map_or(STAGES, |field| &field.label)),
            entries: entries.collect(),
        }
    }

    pub(super) fn new_card_field(&self, field: CardField) -> HandWork {
        let label = for_label(field.label().in_language(self.config.language));
        let size = match (field, field.kind()) {
            (CardField::Key, _) => Size::Text(KEY),
            (_, ValueKind::Currency) => Size::Money,
            _ => Size::Text(LINE),
        };
        new_field(MODULE, label, size)
    }

    /// A picklist that tells the pipeline, under the name that is configured or will have to be.
    fn new_pipeline_field(&self, pipeline: String) -> HandWork {
        let configured = self.config.pipeline_field.as_deref().filter(|name| !name.starts_with("cf_"));
        let label = for_label(configured.unwrap_or(PIPELINE));
        let mut work = new_field(MODULE, label.clone(), Size::Choice(vec![pipeline]));
        if configured.is_none() {
            work.entries.push(("then in the settings of sirank, vtiger.pipeline_field".to_owned(), label));
        }
        work
    }

    fn stage_value(&self, role: StageRole) -> String {
        let configured = self.config.wake_up.as_ref().and_then(|names| names.stages.get(&role));
        let label = || role.label().in_language(self.config.language);
        for_picklist(configured.map_or_else(label, String::as_str))
    }
}

/// Those of the values that a picklist lacks, by what people read or by the value itself.
fn missing<const N: usize>(field: &Field, wanted: [String; N]) -> impl Iterator<Item = String> {
    let known = |wanted: &String| {
        field.values.iter().any(|(value, label)| same(value, wanted) || same(label, wanted))
    };
    wanted.into_iter().filter(move |wanted| !known(wanted))
}
