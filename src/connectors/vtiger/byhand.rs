//! What an administrator has to add, since the webservice creates neither fields nor picklist values: which screen, and
//! what to enter, in the order of that screen.

use super::Vtiger;
use super::config::VtigerConfig;
use super::fields::{FigureField, decimals};
use super::labels::{for_label, for_picklist};
use crate::domain::catalogue::{ChoiceOption, Figure, Label};
use crate::domain::value::ValueKind;
use crate::ports::{HandWork, InputProperty, SchemaItem};

const MODULE: &str = "Organizations";

/// How long a number may be before the point, and a text.
const DIGITS: &str = "12";
const SCORE_DIGITS: &str = "5";
const COUNT_DIGITS: &str = "5";
pub(super) const LINE: &str = "255";
pub(super) const KEY: &str = "64";
/// The fewest that the screen takes.
const DECIMAL_PLACES: &str = "2";

impl Vtiger {
    pub(super) fn hand_work(&self, item: &SchemaItem) -> HandWork {
        match item {
            SchemaItem::Figure(figure) => new_figure(&self.config, *figure),
            SchemaItem::Options(figure, missing) => self.new_values(*figure, missing),
            SchemaItem::Input(input) => new_input(&self.config, *input),
            SchemaItem::Board => self.new_board(),
            SchemaItem::Stages(_, missing) => self.new_stages(missing),
            SchemaItem::CardField(field) => self.new_card_field(*field),
        }
    }

    fn new_values(&self, figure: Figure, missing: &[String]) -> HandWork {
        let organizations = self.known_organizations();
        let held = organizations.as_ref().and_then(|organizations| organizations.figure(figure));
        let label = held.and_then(|held| held.place.field()).map_or_else(
            || for_label(figure.describe().label.in_language(self.config.language)),
            |field| field.label.clone(),
        );
        let entries = missing.iter().map(|name| ("Add Value".to_owned(), self.value_of(figure, held, name)));
        HandWork {
            screen: format!("Settings > Picklist Field Values > Organizations > {label}"),
            entries: entries.collect(),
        }
    }

    fn value_of(&self, figure: Figure, held: Option<&FigureField>, name: &str) -> String {
        let known = held.and_then(|held| held.options.iter().find(|option| option.name == name));
        match known {
            Some(option) => option.wanted.clone(),
            None => wanted_values(&self.config, figure)
                .into_iter()
                .find(|(option, _)| *option == name)
                .map_or_else(|| name.to_owned(), |(_, value)| value),
        }
    }
}

fn new_figure(config: &VtigerConfig, figure: Figure) -> HandWork {
    let description = figure.describe();
    let label = label(config, config.mapping.figures.get(&figure), description.label);
    let values: Vec<String> = wanted_values(config, figure).into_iter().map(|(_, value)| value).collect();
    let size = match description.kind {
        ValueKind::Number if decimals(figure) == 0 => Size::Whole,
        ValueKind::Number => Size::Decimal(SCORE_DIGITS),
        ValueKind::Currency => Size::Money,
        ValueKind::Text => Size::Text(LINE),
        ValueKind::Date => Size::Date,
        ValueKind::Flag => Size::Flag,
        ValueKind::Choice => Size::Choice(values),
    };
    new_field(MODULE, label, size)
}

fn new_input(config: &VtigerConfig, input: InputProperty) -> HandWork {
    let label = label(config, config.mapping.inputs.get(&input), input.label());
    let values = |options: &[ChoiceOption]| {
        options.iter().map(|option| for_picklist(option.label.in_language(config.language))).collect()
    };
    let size = match input.kind() {
        ValueKind::Choice => Size::Choice(values(input.options())),
        ValueKind::Flag => Size::Flag,
        _ => Size::Text(KEY),
    };
    new_field(MODULE, label, size)
}

/// What is entered after the label.
pub(super) enum Size {
    Whole,
    Decimal(&'static str),
    Money,
    Text(&'static str),
    Date,
    Flag,
    Choice(Vec<String>),
}

/// A new field of a module, called as its screens call it.
pub(super) fn new_field(module: &str, label: String, size: Size) -> HandWork {
    let screen = format!(
        "Settings > Module Layouts & Fields (7.x: Module Manager > {module} > Edit Layout) > {module} > Add Custom Field"
    );
    let entry = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let length = |digits: &str| entry("Length", digits);
    let places = || entry("Decimal Places", DECIMAL_PLACES);
    let (kind, sizes) = match size {
        Size::Whole => ("Integer", vec![length(COUNT_DIGITS)]),
        Size::Decimal(digits) => ("Decimal", vec![length(digits), places()]),
        Size::Money => ("Currency", vec![length(DIGITS), places()]),
        Size::Text(length_of) => ("Text", vec![length(length_of)]),
        Size::Date => ("Date", Vec::new()),
        Size::Flag => ("Checkbox", Vec::new()),
        Size::Choice(values) => ("Picklist", vec![entry("Picklist Values", &values.join(" | "))]),
    };
    let mut entries = vec![entry("Select Field Type", kind), ("Label Name".to_owned(), label)];
    entries.extend(sizes);
    HandWork { screen, entries }
}

/// The configured label, unless it is a field's own name, which vTiger gives out itself.
fn label(config: &VtigerConfig, configured: Option<&String>, label: Label) -> String {
    match configured {
        Some(name) if !name.starts_with("cf_") => for_label(name),
        _ => for_label(label.in_language(config.language)),
    }
}

/// The options of a figure with the picklist values that stand for them.
fn wanted_values(config: &VtigerConfig, figure: Figure) -> Vec<(&'static str, String)> {
    let configured = config.mapping.options.get(&figure);
    let options = figure.describe().options.iter().map(|option| {
        let value = configured.and_then(|values| values.get(option.name)).cloned();
        let label = || for_picklist(option.label.in_language(config.language));
        (option.name, value.unwrap_or_else(label))
    });
    options.collect()
}
