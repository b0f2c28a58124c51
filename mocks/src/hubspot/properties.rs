//! Property definitions and groups over HTTP.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::context::{Context, Outcome, body, required};
use super::failure::Failure;
use super::kind::Kind;
use super::schema::{Choice, Group, Property};
use crate::clock::iso;
use crate::http::{Call, Reply};

const TYPES: &[&str] = &["bool", "date", "datetime", "enumeration", "number", "phone_number", "string"];
const FIELD_TYPES: &[&str] = &[
    "booleancheckbox",
    "calculation_equation",
    "checkbox",
    "date",
    "file",
    "html",
    "number",
    "phonenumber",
    "radio",
    "select",
    "text",
    "textarea",
];

pub(crate) fn list(ctx: &Context<'_>, call: &Call, kind: Kind) -> Reply {
    let schema = &ctx.portal.space(kind).schema;
    let table = if call.flag("archived") { &schema.archived } else { &schema.properties };
    let results: Vec<Value> = table.values().map(Property::to_json).collect();
    Reply::json(200, &json!({"results": results}))
}

fn missing(name: &str) -> Failure {
    Failure::new(404, "OBJECT_NOT_FOUND", format!("No property exists with name: '{name}'"))
}

pub(crate) fn get(ctx: &Context<'_>, call: &Call, kind: Kind, name: &str) -> Outcome {
    let schema = &ctx.portal.space(kind).schema;
    let table = if call.flag("archived") { &schema.archived } else { &schema.properties };
    let property = table.get(name).ok_or_else(|| missing(name))?;
    Ok(Reply::json(200, &property.to_json()))
}

fn read_options(fields: &Map<String, Value>) -> Result<Option<Vec<Choice>>, Failure> {
    let Some(list) = fields.get("options").and_then(Value::as_array) else { return Ok(None) };
    let read = |entry: &Value| {
        serde_json::from_value(entry.clone()).map_err(|error| {
            Failure::invalid(format!(
                "Invalid input JSON: options need label, value, displayOrder and hidden: {error}"
            ))
        })
    };
    let options: Vec<Choice> = list.iter().map(read).collect::<Result<_, _>>()?;
    for (at, option) in options.iter().enumerate() {
        if options.iter().skip(at + 1).any(|other| other.value == option.value || other.label == option.label)
        {
            return Err(Failure::invalid(format!("Duplicate option: {} ({})", option.value, option.label)));
        }
    }
    Ok(Some(options))
}

/// Reads and checks a definition against the schema, without adding it.
fn read(ctx: &Context<'_>, kind: Kind, fields: &Map<String, Value>) -> Result<Property, Failure> {
    let name = required(fields, "name")?;
    let proper = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    if !name.chars().all(proper) || !name.starts_with(|letter: char| letter.is_ascii_lowercase()) {
        return Err(Failure::invalid(format!("The property name {name} has to be lower case, digits and _")));
    }
    let (label, group) = (required(fields, "label")?, required(fields, "groupName")?);
    let (data_type, field_type) = (required(fields, "type")?, required(fields, "fieldType")?);
    if !TYPES.contains(&data_type) || !FIELD_TYPES.contains(&field_type) {
        return Err(Failure::invalid(format!("Invalid type {data_type} or fieldType {field_type}")));
    }
    let schema = &ctx.portal.space(kind).schema;
    if !schema.groups.contains_key(group) {
        return Err(Failure::invalid(format!("Property group {group} does not exist")));
    }
    let options = read_options(fields)?.unwrap_or_default();
    if data_type == "bool" && options.len() != 2 {
        return Err(Failure::invalid("Boolean properties need exactly two options: true and false"));
    }
    if schema.properties.contains_key(name) {
        return Err(Failure::conflict(
            format!("A property named '{name}' already exists."),
            "Properties.PROPERTY_WITH_NAME_EXISTS",
        ));
    }
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    let flag = |key: &str| fields.get(key).and_then(Value::as_bool).unwrap_or(false);
    let mut property = Property::new(name, data_type, field_type).group(group).label(label);
    property.options = options;
    text("description").unwrap_or_default().clone_into(&mut property.description);
    property.number_hint = text("numberDisplayHint").map(str::to_owned);
    property.display_order = fields.get("displayOrder").and_then(Value::as_i64).unwrap_or(-1);
    property.unique = flag("hasUniqueValue");
    property.hidden = flag("hidden");
    property.form_field = flag("formField");
    (property.created_ms, property.updated_ms) = (ctx.now, ctx.now);
    Ok(property)
}

fn check_quota(ctx: &Context<'_>, kind: Kind, property: &Property) -> Result<(), Failure> {
    let schema = &ctx.portal.space(kind).schema;
    let plan = ctx.portal.plan;
    if schema.custom() >= plan.custom_properties {
        let message =
            format!("The account has reached its limit of {} custom properties", plan.custom_properties);
        return Err(Failure {
            sub_category: Some("Properties.PROPERTY_LIMIT_EXCEEDED"),
            ..Failure::invalid(message)
        });
    }
    let unique = schema.properties.values().filter(|held| held.unique && !held.standard).count();
    if property.unique && unique >= plan.unique_properties {
        let message = format!("At most {} properties with unique values", plan.unique_properties);
        return Err(Failure::invalid(message));
    }
    Ok(())
}

fn add(ctx: &mut Context<'_>, kind: Kind, fields: &Map<String, Value>) -> Result<Value, Failure> {
    let property = read(ctx, kind, fields)?;
    check_quota(ctx, kind, &property)?;
    let schema = &mut ctx.portal.space_mut(kind).schema;
    // An archived name comes back as it was.
    let property = match schema.archived.remove(property.name.as_str()) {
        Some(old) => Property { archived_ms: None, updated_ms: property.updated_ms, ..old },
        None => property,
    };
    let shown = property.to_json();
    schema.add(property);
    Ok(shown)
}

pub(crate) fn create(ctx: &mut Context<'_>, call: &Call, kind: Kind) -> Outcome {
    let shown = add(ctx, kind, &body(call)?)?;
    Ok(Reply::json(201, &shown))
}

pub(crate) fn batch_create(ctx: &mut Context<'_>, call: &Call, kind: Kind) -> Outcome {
    let fields = body(call)?;
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for input in fields.get("inputs").and_then(Value::as_array).into_iter().flatten() {
        let input = input.as_object().cloned().unwrap_or_default();
        match add(ctx, kind, &input) {
            Ok(shown) => results.push(shown),
            Err(failure) => {
                let name = input.get("name").and_then(Value::as_str).unwrap_or_default();
                errors.push(failure.with("name", &[name]).entry(None, None));
            }
        }
    }
    let mut answer = json!({
        "status": "COMPLETE", "results": results, "startedAt": iso(ctx.now), "completedAt": iso(ctx.now),
    });
    if errors.is_empty() {
        return Ok(Reply::json(201, &answer));
    }
    answer["numErrors"] = json!(errors.len());
    answer["errors"] = Value::Array(errors);
    Ok(Reply::json(207, &answer))
}

/// Options, when sent, replace the whole list; name and type stay.
pub(crate) fn update(ctx: &mut Context<'_>, call: &Call, kind: Kind, name: &str) -> Outcome {
    let fields = body(call)?;
    let options = read_options(&fields)?;
    let now = ctx.now;
    let schema = &mut ctx.portal.space_mut(kind).schema;
    if let Some(group) = fields.get("groupName").and_then(Value::as_str)
        && !schema.groups.contains_key(group)
    {
        return Err(Failure::invalid(format!("Property group {group} does not exist")));
    }
    let property = schema.properties.get_mut(name).ok_or_else(|| missing(name))?;
    if property.standard {
        return Err(Failure::invalid(format!("{name} is a HubSpot defined property")));
    }
    let set = |key: &str, slot: &mut String| {
        if let Some(text) = fields.get(key).and_then(Value::as_str) {
            text.clone_into(slot);
        }
    };
    set("label", &mut property.label);
    set("groupName", &mut property.group);
    set("description", &mut property.description);
    if let Some(options) = options {
        property.options = options;
    }
    property.updated_ms = now;
    Ok(Reply::json(200, &property.to_json()))
}

pub(crate) fn archive(ctx: &mut Context<'_>, kind: Kind, name: &str) -> Outcome {
    let now = ctx.now;
    let schema = &mut ctx.portal.space_mut(kind).schema;
    if schema.properties.get(name).is_some_and(|property| property.standard) {
        return Err(Failure::invalid(format!("{name} cannot be archived")));
    }
    if let Some(mut property) = schema.properties.remove(name) {
        property.archived_ms = Some(now);
        schema.archived.insert(Arc::from(name), property);
    }
    Ok(Reply::empty(204))
}

pub(crate) fn list_groups(ctx: &Context<'_>, kind: Kind) -> Reply {
    let groups: Vec<&Group> = ctx.portal.space(kind).schema.groups.values().collect();
    Reply::json(200, &json!({"results": groups}))
}

pub(crate) fn get_group(ctx: &Context<'_>, kind: Kind, name: &str) -> Outcome {
    let group = ctx.portal.space(kind).schema.groups.get(name);
    let group = group.ok_or_else(|| Failure::new(404, "OBJECT_NOT_FOUND", format!("No group {name}")))?;
    Ok(Reply::json(200, &json!(group)))
}

pub(crate) fn create_group(ctx: &mut Context<'_>, call: &Call, kind: Kind) -> Outcome {
    let fields = body(call)?;
    let (name, label) = (required(&fields, "name")?, required(&fields, "label")?);
    let schema = &mut ctx.portal.space_mut(kind).schema;
    if schema.groups.contains_key(name) {
        let message = format!("A property group named '{name}' already exists.");
        return Err(Failure::conflict(message, "Properties.GROUP_WITH_NAME_EXISTS"));
    }
    schema.add_group(name, label);
    Ok(Reply::json(201, &json!(schema.groups.get(name))))
}
