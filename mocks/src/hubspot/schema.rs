//! Property definitions and groups of one object type.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::iso;

/// One option of an enumeration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// What people see.
    pub label: String,
    /// What is stored.
    pub value: String,
    /// Its place.
    pub display_order: i64,
    /// Whether people cannot pick it.
    pub hidden: bool,
    /// Free text.
    #[serde(default)]
    pub description: Option<String>,
}

impl Choice {
    /// A visible option.
    pub fn new(value: &str, label: &str, display_order: i64) -> Self {
        Self {
            label: label.to_owned(),
            value: value.to_owned(),
            display_order,
            hidden: false,
            description: None,
        }
    }
}

/// One property definition.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the vendor's definition has these flags")]
pub struct Property {
    /// The internal name.
    pub name: String,
    /// What people see.
    pub label: String,
    /// bool, date, datetime, enumeration, number, string, `phone_number`
    pub data_type: String,
    /// text, number, select, booleancheckbox, date, ...
    pub field_type: String,
    /// The group's internal name.
    pub group: String,
    /// Free text.
    pub description: String,
    /// For enumerations and booleans.
    pub options: Vec<Choice>,
    /// `hasUniqueValue`
    pub unique: bool,
    /// Made by the vendor.
    pub standard: bool,
    /// Values cannot be written.
    pub read_only: bool,
    /// The vendor computes the value.
    pub calculated: bool,
    /// Options live elsewhere (owners, pipelines).
    pub external_options: bool,
    /// `numberDisplayHint`
    pub number_hint: Option<String>,
    /// Its place.
    pub display_order: i64,
    /// Hidden from people.
    pub hidden: bool,
    /// Usable in forms.
    pub form_field: bool,
    /// Milliseconds since the epoch.
    pub created_ms: i64,
    /// Milliseconds since the epoch.
    pub updated_ms: i64,
    /// Set once archived.
    pub archived_ms: Option<i64>,
}

impl Property {
    /// A custom property.
    pub fn new(name: &str, data_type: &str, field_type: &str) -> Self {
        Self {
            name: name.to_owned(),
            label: name.to_owned(),
            data_type: data_type.to_owned(),
            field_type: field_type.to_owned(),
            group: "companyinformation".to_owned(),
            description: String::new(),
            options: Vec::new(),
            unique: false,
            standard: false,
            read_only: false,
            calculated: false,
            external_options: false,
            number_hint: None,
            display_order: -1,
            hidden: false,
            form_field: false,
            created_ms: 0,
            updated_ms: 0,
            archived_ms: None,
        }
    }

    /// A custom text property.
    pub fn text(name: &str) -> Self {
        Self::new(name, "string", "text")
    }

    /// A custom number property.
    pub fn number(name: &str) -> Self {
        Self::new(name, "number", "number")
    }

    /// A custom date property.
    pub fn date(name: &str) -> Self {
        Self::new(name, "date", "date")
    }

    /// A custom yes/no property.
    pub fn flag(name: &str) -> Self {
        Self::new(name, "bool", "booleancheckbox").options(&[("true", "Yes"), ("false", "No")])
    }

    /// A custom enumeration with (value, label) options.
    pub fn choice(name: &str, options: &[(&str, &str)]) -> Self {
        Self::new(name, "enumeration", "select").options(options)
    }

    /// In this group.
    #[must_use]
    pub fn group(mut self, group: &str) -> Self {
        group.clone_into(&mut self.group);
        self
    }

    /// With this label.
    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        label.clone_into(&mut self.label);
        self
    }

    /// With a unique value.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Not writable.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Computed by the vendor, so not writable either.
    #[must_use]
    pub fn calculated(mut self) -> Self {
        self.calculated = true;
        self.read_only = true;
        self
    }

    /// Made by the vendor.
    #[must_use]
    pub fn standard(mut self) -> Self {
        self.standard = true;
        self
    }

    fn options(mut self, options: &[(&str, &str)]) -> Self {
        self.options =
            options.iter().zip(0..).map(|((value, label), at)| Choice::new(value, label, at)).collect();
        self
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut body = json!({
            "name": self.name, "label": self.label, "type": self.data_type, "fieldType": self.field_type,
            "groupName": self.group, "description": self.description, "options": self.options,
            "displayOrder": self.display_order, "hasUniqueValue": self.unique, "hidden": self.hidden,
            "formField": self.form_field, "calculated": self.calculated, "externalOptions": self.external_options,
            "hubspotDefined": self.standard, "archived": self.archived_ms.is_some(), "dataSensitivity": "non_sensitive",
            "createdAt": iso(self.created_ms), "updatedAt": iso(self.updated_ms),
            "modificationMetadata": {
                "archivable": !self.standard, "readOnlyDefinition": self.standard,
                "readOnlyValue": self.read_only, "readOnlyOptions": self.standard && self.options.is_empty(),
            },
        });
        if let Value::Object(fields) = &mut body {
            if let Some(hint) = &self.number_hint {
                fields.insert("numberDisplayHint".into(), json!(hint));
            }
            if let Some(at) = self.archived_ms {
                fields.insert("archivedAt".into(), json!(iso(at)));
            }
        }
        body
    }
}

/// A group of properties.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// The internal name.
    pub name: String,
    /// What people see.
    pub label: String,
    /// Its place.
    pub display_order: i64,
    /// In the bin.
    pub archived: bool,
}

/// The definitions of one object type.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Groups by name.
    pub groups: BTreeMap<String, Group>,
    /// Live definitions by name.
    pub properties: BTreeMap<Arc<str>, Property>,
    /// Archived definitions by name.
    pub archived: BTreeMap<Arc<str>, Property>,
}

impl Schema {
    pub(crate) fn name_of(&self, name: &str) -> Option<&Arc<str>> {
        self.properties.get_key_value(name).map(|(key, _)| key)
    }

    pub(crate) fn add(&mut self, property: Property) {
        self.properties.insert(property.name.as_str().into(), property);
    }

    pub(crate) fn add_group(&mut self, name: &str, label: &str) {
        let group =
            Group { name: name.to_owned(), label: label.to_owned(), display_order: -1, archived: false };
        self.groups.insert(name.to_owned(), group);
    }

    pub(crate) fn custom(&self) -> usize {
        self.properties.values().filter(|property| !property.standard).count()
    }
}
