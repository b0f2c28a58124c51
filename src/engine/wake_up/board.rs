//! Whether the pipeline is in this account as it has to be, and what is missing.

use std::collections::BTreeMap;

use crate::domain::ids::{OwnerId, PipelineId, StageId};
use crate::domain::owner::Owners;
use crate::domain::wake_up::{CardField, StageRole, WakeUp};
use crate::engine::{Engine, EngineError};
use crate::ports::{Board, Finding, Pipeline, SchemaItem, Severity, Stage, Survey};

/// Under this name the state remembers the ids of the pipeline and its stages: people rename them.
const BOARD: &str = "wake_up_board";

const PLACE: &str = "wake_up";

/// The pipeline of a run.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Boarded {
    pub(in crate::engine) board: Board,
    /// Who works on new cards.
    pub(in crate::engine) assistant: Option<OwnerId>,
    /// Whether new cards are made: not while the assistant is not there.
    pub(in crate::engine) makes_cards: bool,
}

/// What was found of it.
#[derive(Debug, Default)]
pub(in crate::engine) struct Looked {
    pub(in crate::engine) boarded: Option<Boarded>,
    /// The pipeline of the cards, whole or not: its deals never count as deals.
    pub(in crate::engine) pipeline: Option<PipelineId>,
    /// What `check` says.
    pub(in crate::engine) findings: Vec<Finding>,
    /// What `setup` would create.
    pub(in crate::engine) missing: Vec<SchemaItem>,
}

impl Engine<'_> {
    /// Looks for the pipeline in a survey; nothing where none is configured or the CRM keeps none.
    pub(in crate::engine) fn look_for_board(&self, survey: &Survey) -> Result<Looked, EngineError> {
        let known = self.remembered_board()?;
        let pipeline_before = known.as_ref().map(|known| known.pipeline.clone());
        let mut looked = Looked { pipeline: pipeline_before, ..Looked::default() };
        let (Some(wake_up), Some(_)) = (&self.policy.wake_up, self.crm.cards()) else { return Ok(looked) };
        let missing_fields =
            CardField::ALL.into_iter().filter(|field| !survey.card_properties.contains_key(field));
        looked.missing.extend(missing_fields.map(SchemaItem::CardField));
        let board = match pipeline(wake_up, known.as_ref(), survey) {
            None => {
                looked.missing.push(SchemaItem::Board);
                None
            }
            Some(pipeline) => {
                looked.pipeline = Some(pipeline.id.clone());
                let (board, missing) = board(wake_up, known.as_ref(), pipeline);
                if !missing.is_empty() {
                    looked.missing.push(SchemaItem::Stages(pipeline.id.clone(), missing));
                }
                Some(board)
            }
        };
        looked.findings.extend(looked.missing.iter().map(|item| self.missing_finding(wake_up, item, survey)));
        if let (Some(board), true) = (board, looked.missing.is_empty()) {
            looked.boarded = Some(boarded(wake_up, board, survey, &mut looked.findings));
        }
        Ok(looked)
    }

    /// Remembers the ids by which a whole pipeline is found again.
    pub(in crate::engine) fn remember_board(&self, boarded: Option<&Boarded>) -> Result<(), EngineError> {
        let Some(Boarded { board, .. }) = boarded else { return Ok(()) };
        let text = serde_json::to_string(board).unwrap_or_default();
        if self.store.meta(BOARD)?.as_ref() != Some(&text) {
            self.store.set_meta(BOARD, &text)?;
        }
        Ok(())
    }

    /// The pipeline as the last survey found it whole.
    pub(in crate::engine) fn remembered_board(&self) -> Result<Option<Board>, EngineError> {
        Ok(self.store.meta(BOARD)?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    fn missing_finding(&self, wake_up: &WakeUp, item: &SchemaItem, survey: &Survey) -> Finding {
        let what = match item {
            SchemaItem::Board => {
                format!("the CRM has no deal pipeline `{}`", wake_up.names.pipeline)
            }
            SchemaItem::Stages(_, roles) => {
                let names: Vec<&str> = roles
                    .iter()
                    .filter_map(|role| wake_up.names.stages.get(role))
                    .map(String::as_str)
                    .collect();
                format!("the pipeline lacks the stages {}: deleted, or made anew", names.join(", "))
            }
            SchemaItem::CardField(field) => {
                format!("deals have no property {} ({})", field.name(), field.label().en)
            }
            _ => String::new(),
        };
        let full = matches!(item, SchemaItem::Board) && survey.pipelines_left == Some(0);
        let advice = match self.crm.by_hand(item) {
            Some(work) => format!("Add it: {work}."),
            None if full => "The plan of the account allows no more pipelines: name one that is there in \
                             wake_up.pipeline, with its stages in wake_up.stages, or switch wake_up off."
                .to_owned(),
            None => "Create it with `sirank setup`, or name the one that is meant in wake_up.".to_owned(),
        };
        warning(
            PLACE,
            format!("{what}; until then no card is made or moved, figures are written all the same"),
            advice,
        )
    }
}

/// The pipeline that is whole, and whether new cards can be made.
fn boarded(wake_up: &WakeUp, board: Board, survey: &Survey, findings: &mut Vec<Finding>) -> Boarded {
    let assistant = wake_up.assistant.as_deref().map(|named| active_user(named, survey));
    let (assistant, makes_cards) = match assistant {
        None => (None, true),
        Some(Ok(user)) => (Some(user), true),
        Some(Err(what)) => {
            findings.push(warning(
                "wake_up.assistant",
                format!("{what}, so no new cards are made; those that are there move on"),
                "Name the id, or the e-mail address, of one active user.".to_owned(),
            ));
            (None, false)
        }
    };
    Boarded { board, assistant, makes_cards }
}

/// The active user whom an id, an e-mail address or a name means.
fn active_user(named: &str, survey: &Survey) -> Result<OwnerId, String> {
    let owners = Owners { active: survey.active_owners.clone(), names: survey.owner_names.clone() };
    let mut meant: Vec<OwnerId> = owners.meant_by(named).into_iter().collect();
    match (meant.pop(), meant.is_empty()) {
        (Some(user), true) if survey.active_owners.contains(&user) => Ok(user),
        (Some(_), false) => Err(format!("several users are called `{named}`")),
        _ => Err(format!("the user {named} is not active in the CRM")),
    }
}

fn warning(place: &str, what: String, advice: String) -> Finding {
    Finding { severity: Severity::Warning, place: place.to_owned(), what, advice }
}

/// The pipeline by what the configuration calls it, else by the id that is remembered: people rename it.
fn pipeline<'a>(wake_up: &WakeUp, known: Option<&Board>, survey: &'a Survey) -> Option<&'a Pipeline> {
    let name = &wake_up.names.pipeline;
    let named =
        || survey.pipelines.iter().find(|pipeline| is_called(name, pipeline.id.as_str(), &pipeline.label));
    let remembered =
        known.and_then(|known| survey.pipelines.iter().find(|pipeline| pipeline.id == known.pipeline));
    // What the configuration names exactly comes first: it may have been changed on purpose.
    named().or(remembered)
}

/// The stages by the ids that are remembered, else by what the configuration calls them; and those that are not there.
fn board(wake_up: &WakeUp, known: Option<&Board>, pipeline: &Pipeline) -> (Board, Vec<StageRole>) {
    let mut stages = BTreeMap::new();
    let mut missing = Vec::new();
    for role in StageRole::ALL {
        let name = wake_up.names.stages.get(&role).map_or("", String::as_str);
        let remembered = known
            .filter(|known| known.pipeline == pipeline.id)
            .and_then(|known| known.stages.get(&role))
            .and_then(|id| pipeline.stages.iter().find(|stage| stage.id == *id));
        let named = || pipeline.stages.iter().find(|stage| is_called(name, stage.id.as_str(), &stage.label));
        match remembered.or_else(named) {
            // A stage is for one thing alone.
            Some(Stage { id, .. }) if !stages.values().any(|taken| taken == id) => {
                stages.insert(role, id.clone());
            }
            _ => missing.push(role),
        }
    }
    let own = |id: &StageId| stages.values().any(|stage| stage == id);
    let others = pipeline.stages.iter().filter(|stage| !own(&stage.id));
    let others = others.map(|stage| (stage.id.clone(), stage.closed)).collect();
    (Board { pipeline: pipeline.id.clone(), stages, others }, missing)
}

fn is_called(name: &str, id: &str, label: &str) -> bool {
    name == id || name.trim().to_lowercase() == label.trim().to_lowercase()
}
