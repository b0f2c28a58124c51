//! Setup: creates what is missing in the CRM. Repeating it changes nothing.

use std::fmt;

use serde::Serialize;

use crate::domain::catalogue::Figure;
use crate::domain::wake_up::CardField;
use crate::events::{Event, emit};
use crate::ports::{HandWork, SchemaItem, Survey};

use super::preflight::input_property;
use super::{Engine, EngineError, InputMapping};

/// One thing that setup creates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetupItem {
    /// The property's internal name.
    pub property: String,
    /// What it is created for.
    pub what: String,
    #[serde(skip)]
    item: SchemaItem,
}

impl fmt::Display for SetupItem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.property, self.what)
    }
}

/// What setup did, or would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SetupReport {
    /// Created, or to be created.
    pub created: Vec<SetupItem>,
    /// What only a person can create.
    pub by_hand: Vec<(SetupItem, HandWork)>,
    /// Left out because the account takes no more properties.
    pub left_out: Vec<SetupItem>,
    /// Properties that are there already.
    pub in_place: u64,
}

impl SetupItem {
    /// Whether figures are written without it all the same.
    pub fn is_for_people(&self) -> bool {
        !matches!(self.item, SchemaItem::Figure(_) | SchemaItem::Options(..))
    }
}

impl SetupItem {
    fn is_of_cards(&self) -> bool {
        matches!(self.item, SchemaItem::Board | SchemaItem::Stages(..) | SchemaItem::CardField(_))
    }
}

impl SetupReport {
    /// Whether a run is possible as far as properties go.
    pub fn is_complete(&self) -> bool {
        self.by_hand.iter().all(|(item, _)| item.is_for_people())
    }
}

impl Engine<'_> {
    /// Creates what is missing, or with `dry_run` only lists it.
    pub async fn setup(&self, dry_run: bool) -> Result<SetupReport, EngineError> {
        let survey = self.crm.survey().await?;
        let wrong = self.unmendable(&survey);
        if !wrong.is_empty() {
            return Err(EngineError::Preflight(wrong));
        }
        let mut report = self.missing(&survey)?;
        if !dry_run {
            for item in &report.created {
                self.go_on()?;
                self.crm.create(&item.item).await?;
                emit(&Event::Created { property: &item.property });
            }
        }
        let by_hand = report.by_hand.iter().map(|(item, _)| item);
        let missing = report.created.iter().chain(by_hand).chain(&report.left_out);
        let missing = missing.filter(|item| !item.is_of_cards()).count();
        let wanted = survey.figure_properties.len() + self.policy.inputs.len();
        report.in_place = (wanted - missing) as u64;
        Ok(report)
    }

    /// What is missing: figures first, in the order of the catalogue, then what people fill in.
    fn missing(&self, survey: &Survey) -> Result<SetupReport, EngineError> {
        let figures = Figure::ALL.iter().filter(|figure| self.policy.figures.contains(figure));
        let figures = figures.filter_map(|figure| figure_item(*figure, survey));
        let inputs = self.policy.inputs.iter().filter_map(|mapping| input_item(mapping, survey));
        let mut report = SetupReport::default();
        let mut left = survey.properties_left;
        let looked = self.look_for_board(survey)?;
        let of_cards = looked.missing.into_iter().map(|item| self.card_item(item, survey));
        for item in figures.chain(inputs).chain(of_cards) {
            if let Some(work) = self.crm.by_hand(&item.item) {
                report.by_hand.push((item, work));
                continue;
            }
            if item.item == SchemaItem::Board && survey.pipelines_left == Some(0) {
                report.left_out.push(item);
                continue;
            }
            let creates = matches!(item.item, SchemaItem::Figure(_) | SchemaItem::Input(_));
            match &mut left {
                Some(0) if creates => report.left_out.push(item),
                Some(left) if creates => {
                    *left -= 1;
                    report.created.push(item);
                }
                _ => report.created.push(item),
            }
        }
        Ok(report)
    }

    /// What of the Wake Up pipeline is missing, for people.
    fn card_item(&self, item: SchemaItem, survey: &Survey) -> SetupItem {
        let names = self.policy.wake_up.as_ref().map(|wake_up| &wake_up.names);
        let (property, what) = match &item {
            SchemaItem::CardField(field) => {
                let what = format!("deals: {}", field.label().en);
                (card_property(*field, survey), what)
            }
            SchemaItem::Stages(_, roles) => {
                let stages =
                    roles.iter().filter_map(|role| names?.stages.get(role)).cloned().collect::<Vec<_>>();
                ("stages".to_owned(), stages.join(", "))
            }
            _ => {
                let name = names.map(|names| names.pipeline.clone()).unwrap_or_default();
                (name, "the Wake Up pipeline, with its stages".to_owned())
            }
        };
        SetupItem { property, what, item }
    }
}

/// The name of a property of cards: with the prefix that those of figures have, if they have one.
fn card_property(field: CardField, survey: &Survey) -> String {
    let mut names = survey.figure_properties.iter();
    let prefix = names.find_map(|(figure, name)| name.strip_suffix(figure.name()));
    format!("{}{}", prefix.unwrap_or_default(), field.name())
}

fn input_item(mapping: &InputMapping, survey: &Survey) -> Option<SetupItem> {
    let property = input_property(mapping, survey);
    (!survey.properties.contains_key(property)).then(|| SetupItem {
        property: property.to_owned(),
        what: format!("people fill in {}", mapping.input.holds()),
        item: SchemaItem::Input(mapping.input),
    })
}

fn figure_item(figure: Figure, survey: &Survey) -> Option<SetupItem> {
    let name = survey.figure_properties.get(&figure)?;
    let description = figure.describe();
    let Some(there) = survey.properties.get(name) else {
        return Some(SetupItem {
            property: name.clone(),
            what: description.label.en.to_owned(),
            item: SchemaItem::Figure(figure),
        });
    };
    let missing: Vec<String> = description
        .options
        .iter()
        .filter(|option| !there.options.iter().any(|name| name == option.name))
        .map(|option| option.name.to_owned())
        .collect();
    (!missing.is_empty()).then(|| SetupItem {
        property: name.clone(),
        what: format!("the options {}", missing.join(", ")),
        item: SchemaItem::Options(figure, missing),
    })
}
