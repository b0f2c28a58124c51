//! Creating the groups, the properties and the options that a portal lacks. Idempotent: what exists is accepted if it is
//! of the right type.

use super::board;
use super::client::Answered;
use super::map::{can_hold, kind_for_people, property_state};
use super::wire::{NewProperty, Property, PropertyOption};
use super::{HubSpot, SYSTEM};
use crate::domain::catalogue::{ChoiceOption, Figure, Label, Language};
use crate::domain::value::ValueKind;
use crate::domain::wake_up::CardField;
use crate::http::{Class, HttpFailure, Outcome};
use crate::ports::{CallError, InputProperty, SchemaItem, Trouble};

const COMPANIES: &str = "companies";
const DEALS: &str = "deals";

pub(super) async fn create(hubspot: &HubSpot, item: &SchemaItem) -> Result<(), CallError> {
    match item {
        SchemaItem::Figure(figure) => create_figure(hubspot, *figure).await,
        SchemaItem::Options(figure, missing) => add_options(hubspot, *figure, missing).await,
        SchemaItem::Input(input) => create_input(hubspot, *input).await,
        SchemaItem::Board => board::create(hubspot).await,
        SchemaItem::Stages(pipeline, roles) => board::create_stages(hubspot, pipeline, roles).await,
        SchemaItem::CardField(field) => create_card_field(hubspot, *field).await,
    }
}

async fn create_figure(hubspot: &HubSpot, figure: Figure) -> Result<(), CallError> {
    let wanted = figure_property(figure, &hubspot.config.prefix, hubspot.config.language);
    let found = create_or_read(hubspot, COMPANIES, &wanted).await?;
    check_kind(&found, figure.describe().kind)?;
    merge_options(hubspot, found, wanted.options).await
}

async fn create_card_field(hubspot: &HubSpot, field: CardField) -> Result<(), CallError> {
    let wanted = card_property(field, &hubspot.config.prefix, hubspot.config.language);
    let found = create_or_read(hubspot, DEALS, &wanted).await?;
    check_kind(&found, field.kind())?;
    if wanted.has_unique_value && found.has_unique_value != Some(true) {
        let message = "the portal already has, or had, a property of this name that takes the same value twice, so \
                       HubSpot would not keep two cards of one company apart. Delete it for good in HubSpot or set \
                       another prefix";
        let code = "PROPERTY_NOT_UNIQUE".to_owned();
        return Err(error(&wanted.name, Trouble::Refused { code, message: message.to_owned() }));
    }
    Ok(())
}

/// Whether what was there already, or came back from the bin, can hold such values.
fn check_kind(found: &Property, wanted: ValueKind) -> Result<(), CallError> {
    let kind = property_state(found).kind;
    if can_hold(&kind, wanted) {
        return Ok(());
    }
    let message = format!(
        "the portal already has, or had, a property of this name; it is of the type {}, not {}. Delete it for good in \
         HubSpot or set another prefix",
        kind_for_people(&kind),
        kind_for_people(&Ok(wanted))
    );
    Err(error(&found.name, Trouble::Refused { code: "PROPERTY_OF_ANOTHER_TYPE".to_owned(), message }))
}

async fn add_options(hubspot: &HubSpot, figure: Figure, missing: &[String]) -> Result<(), CallError> {
    let wanted = figure_property(figure, &hubspot.config.prefix, hubspot.config.language);
    let found = hubspot
        .client
        .property(COMPANIES, &wanted.name)
        .await
        .map_err(|failure| failed(&wanted.name, &failure))?;
    let options = wanted.options.into_iter().filter(|option| missing.contains(&option.value)).collect();
    merge_options(hubspot, found, options).await
}

async fn create_input(hubspot: &HubSpot, input: InputProperty) -> Result<(), CallError> {
    let Some(name) = hubspot.config.mapping.property(input) else {
        let message = format!("no property is configured for {}", input.label().en);
        return Err(error("an input property", Trouble::Configuration(message)));
    };
    let wanted = input_property(input, name, hubspot.config.language);
    // Whatever its type, people fill it in: what exists under the configured name is theirs.
    create_or_read(hubspot, COMPANIES, &wanted).await.map(drop)
}

/// Creates a property, restored where it was archived, or reads the one that exists.
async fn create_or_read(
    hubspot: &HubSpot,
    objects: &'static str,
    wanted: &NewProperty,
) -> Result<Property, CallError> {
    ensure_group(hubspot, objects).await.map_err(|failure| failed("the property group", &failure))?;
    match hubspot.client.create_property(objects, wanted).await {
        Ok(created) => Ok(created),
        Err(failure) if exists(&failure) || failure.outcome == Outcome::Unknown => {
            hubspot.client.property(objects, &wanted.name).await.map_err(|read| {
                failed(&wanted.name, if read.class == Class::NotFound { &failure } else { &read })
            })
        }
        Err(failure) => Err(failed(&wanted.name, &failure)),
    }
}

async fn ensure_group(hubspot: &HubSpot, objects: &'static str) -> Answered<()> {
    if hubspot.group_exists(objects) {
        return Ok(());
    }
    match hubspot.client.create_group(objects, "SiRank").await {
        Ok(()) => {}
        // After an unknown outcome the property tells: without a group it is refused.
        Err(failure) if exists(&failure) || failure.outcome == Outcome::Unknown => {}
        Err(failure) => return Err(failure),
    }
    hubspot.remember_group(objects);
    Ok(())
}

/// Adds the options that a property lacks. An update replaces the whole list, so all that are there go with it.
async fn merge_options(
    hubspot: &HubSpot,
    found: Property,
    wanted: Vec<PropertyOption>,
) -> Result<(), CallError> {
    let mut options = found.options.unwrap_or_default();
    let missing: Vec<PropertyOption> = wanted
        .into_iter()
        .filter(|wanted| !options.iter().any(|option| option.value == wanted.value))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let last = options.iter().map(|option| option.display_order).max().unwrap_or(-1);
    options.extend(
        (last + 1..).zip(missing).map(|(display_order, option)| PropertyOption { display_order, ..option }),
    );
    hubspot
        .client
        .set_options(&found.name, &options)
        .await
        .map(drop)
        .map_err(|failure| failed(&found.name, &failure))
}

pub(super) fn exists(failure: &HttpFailure) -> bool {
    failure.answer.as_ref().is_some_and(|answer| answer.status == 409)
}

pub(super) fn failed(what: &str, failure: &HttpFailure) -> CallError {
    failure.during(SYSTEM, &format!("creating {what}"))
}

pub(super) fn error(what: &str, trouble: Trouble) -> CallError {
    CallError { system: SYSTEM.to_owned(), operation: format!("creating {what}"), trouble }
}

fn figure_property(figure: Figure, prefix: &str, language: Language) -> NewProperty {
    let description = figure.describe();
    let text = |label: Label| label.in_language(language).to_owned();
    new_property(
        figure.property_name(prefix),
        text(description.label),
        text(description.definition),
        description.kind,
        options(description.kind, description.options, language),
    )
}

fn input_property(input: InputProperty, name: &str, language: Language) -> NewProperty {
    let kind = input.kind();
    let definition = Label {
        en: "Filled in by people; sirank only reads it.",
        it: "Compilato dalle persone; sirank lo legge soltanto.",
    };
    let text = |label: Label| label.in_language(language).to_owned();
    let options = options(kind, input.options(), language);
    new_property(name.to_owned(), text(input.label()), text(definition), kind, options)
}

fn card_property(field: CardField, prefix: &str, language: Language) -> NewProperty {
    let text = |label: Label| label.in_language(language).to_owned();
    let name = card_property_name(field, prefix);
    let property =
        new_property(name, text(field.label()), text(field.definition()), field.kind(), Vec::new());
    NewProperty { has_unique_value: field == CardField::Key, ..property }
}

/// The property of deals that holds a field of cards.
pub(super) fn card_property_name(field: CardField, prefix: &str) -> String {
    format!("{prefix}{}", field.name())
}

fn new_property(
    name: String,
    label: String,
    description: String,
    kind: ValueKind,
    options: Vec<PropertyOption>,
) -> NewProperty {
    let (data_type, field_type) = match kind {
        ValueKind::Number | ValueKind::Currency => ("number", "number"),
        ValueKind::Date => ("date", "date"),
        ValueKind::Flag => ("bool", "booleancheckbox"),
        ValueKind::Choice => ("enumeration", "select"),
        ValueKind::Text => ("string", "text"),
    };
    let currency = kind == ValueKind::Currency;
    NewProperty {
        name,
        label,
        description,
        data_type,
        field_type,
        group_name: super::client::GROUP,
        hidden: false,
        form_field: false,
        has_unique_value: false,
        number_display_hint: match kind {
            ValueKind::Number => Some("formatted"),
            ValueKind::Currency => Some("currency"),
            _ => None,
        },
        show_currency_symbol: currency.then_some(true),
        options,
    }
}

fn options(kind: ValueKind, choices: &[ChoiceOption], language: Language) -> Vec<PropertyOption> {
    const FLAGS: [ChoiceOption; 2] = [
        ChoiceOption { name: "true", label: Label { en: "Yes", it: "Sì" } },
        ChoiceOption { name: "false", label: Label { en: "No", it: "No" } },
    ];
    let choices = if kind == ValueKind::Flag { &FLAGS[..] } else { choices };
    (0..)
        .zip(choices)
        .map(|(display_order, choice)| PropertyOption {
            label: choice.label.in_language(language).to_owned(),
            value: choice.name.to_owned(),
            description: None,
            display_order,
            hidden: false,
        })
        .collect()
}
