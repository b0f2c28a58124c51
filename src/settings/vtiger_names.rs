//! What figures and their options are called in one vTiger installation. Their keys follow the catalogue.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::problem::Report;
use crate::domain::catalogue::Figure;

/// The field of a figure, by its label or its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldNames(pub BTreeMap<Figure, String>);

/// The picklist value of an option of a figure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ValueNames(pub BTreeMap<Figure, BTreeMap<String, String>>);

impl ValueNames {
    /// That no two options of a figure are one value: it could not be read back.
    pub(super) fn check(&self, report: &mut Report<'_>) {
        for (figure, values) in &self.0 {
            let mut seen = BTreeMap::new();
            for (option, value) in values {
                if let Some(first) = seen.insert(value.trim().to_lowercase(), option) {
                    report.add(
                        &format!("vtiger.values.{figure}.{option}"),
                        format!("`{value}` stands for `{first}` too"),
                        "Give every option a value of its own",
                    );
                }
            }
        }
    }
}

impl JsonSchema for FieldNames {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "FieldNames".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let fields = Figure::ALL.map(|figure| {
            let label = figure.describe().label;
            text(figure.name(), &format!("The field that otherwise is called {} or {}.", label.en, label.it))
        });
        table(&fields.into_iter().collect())
    }
}

impl JsonSchema for ValueNames {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "ValueNames".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let choices = Figure::ALL.map(Figure::describe);
        let choices = choices.into_iter().filter(|description| !description.options.is_empty());
        let tables = choices.map(|description| {
            let options = description.options.iter().map(|option| {
                let label = option.label;
                text(
                    option.name,
                    &format!("The value that otherwise is \"{}\" or \"{}\".", label.en, label.it),
                )
            });
            let mut schema = table(&options.collect()).to_value();
            schema["description"] = format!("The values of {}.", description.label.en).into();
            (description.name.to_owned(), schema)
        });
        table(&tables.collect())
    }
}

fn text(name: &str, description: &str) -> (String, Json) {
    (name.to_owned(), json!({ "type": "string", "minLength": 1, "description": description }))
}

fn table(properties: &Map<String, Json>) -> Schema {
    json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
}
