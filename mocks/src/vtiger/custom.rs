//! Fields that an administrator adds: Settings, Module Layouts & Fields.

use serde::{Deserialize, Serialize};

use super::field::{Choice, Field, Role, Type};

/// The type as the administrator's screen calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UiType {
    /// One line of text.
    Text,
    /// Many lines of text.
    #[serde(rename = "Text Area")]
    TextArea,
    /// A number with decimals.
    Decimal,
    /// A whole number.
    Integer,
    /// An amount in the user's currency.
    Currency,
    /// A percentage.
    Percent,
    /// Yes or no.
    Checkbox,
    /// A calendar day.
    Date,
    /// One of some values.
    Picklist,
    /// Any of some values.
    #[serde(rename = "Multi-select")]
    MultiSelect,
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A web address.
    #[serde(rename = "URL")]
    Url,
}

/// A custom field as it is added. Its name (`cf_NNN`) is the CRM's choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomField {
    /// What people read; unique in its module.
    pub label: String,
    /// The type.
    pub ui_type: UiType,
    /// Characters of a text; digits before the point of a number.
    #[serde(default)]
    pub length: Option<u32>,
    /// Decimals of a number.
    #[serde(default)]
    pub decimals: Option<u32>,
    /// The values of a picklist, in order.
    #[serde(default)]
    pub values: Vec<String>,
    /// Whether records cannot be made without it.
    #[serde(default)]
    pub mandatory: bool,
    /// The value that the layout proposes.
    #[serde(default)]
    pub default: String,
}

impl CustomField {
    /// A field of this type with the screen's usual length and decimals.
    pub fn new(label: &str, ui_type: UiType) -> Self {
        Self {
            label: label.to_owned(),
            ui_type,
            length: None,
            decimals: None,
            values: Vec::new(),
            mandatory: false,
            default: String::new(),
        }
    }

    /// Text of at most so many characters.
    pub fn text(label: &str, length: u32) -> Self {
        Self { length: Some(length), ..Self::new(label, UiType::Text) }
    }

    /// A number.
    pub fn decimal(label: &str, length: u32, decimals: u32) -> Self {
        Self { length: Some(length), decimals: Some(decimals), ..Self::new(label, UiType::Decimal) }
    }

    /// An amount.
    pub fn currency(label: &str, length: u32, decimals: u32) -> Self {
        Self { length: Some(length), decimals: Some(decimals), ..Self::new(label, UiType::Currency) }
    }

    /// One of some values.
    pub fn picklist(label: &str, values: &[&str]) -> Self {
        Self {
            values: values.iter().map(ToString::to_string).collect(),
            ..Self::new(label, UiType::Picklist)
        }
    }

    /// The same, asked for on every creation.
    #[must_use]
    pub fn mandatory(mut self) -> Self {
        self.mandatory = true;
        self
    }

    pub(crate) fn field(&self, name: String) -> Field {
        let (kind, length) = match self.ui_type {
            UiType::Text => (Type::String, Some(self.length.unwrap_or(255))),
            UiType::TextArea => (Type::Text, Some(65_535)),
            UiType::Decimal | UiType::Percent => (Type::Double, None),
            UiType::Integer => (Type::Integer, None),
            UiType::Currency => (Type::Currency, None),
            UiType::Checkbox => (Type::Boolean, None),
            UiType::Date => (Type::Date, None),
            UiType::Picklist => (Type::Picklist, Some(255)),
            UiType::MultiSelect => (Type::Multipicklist, Some(65_535)),
            UiType::Phone => (Type::Phone, Some(30)),
            UiType::Email => (Type::Email, Some(100)),
            UiType::Url => (Type::Url, Some(255)),
        };
        let decimals = match self.ui_type {
            UiType::Decimal | UiType::Currency | UiType::Percent => self.decimals.unwrap_or(2),
            _ => 0,
        };
        let default = match self.ui_type {
            UiType::Decimal | UiType::Currency if self.default.is_empty() => "0".to_owned(),
            _ => self.default.clone(),
        };
        // The column is decimal(n + d + 1, d): one digit more than the screen says.
        let digits = if self.ui_type == UiType::Integer { 10 } else { self.length.unwrap_or(10) + 1 };
        Field {
            name,
            label: self.label.clone(),
            label_it: None,
            kind,
            column: None,
            mandatory: self.mandatory,
            nullable: true,
            editable: true,
            unique: false,
            bare: false,
            default: Some(default),
            refers_to: Vec::new(),
            values: self.values.iter().map(|value| choice(value)).collect(),
            length: length.map(|length| length as usize),
            decimals,
            digits,
            null: false,
            line: false,
            extra: false,
            spelled: false,
            undescribed: false,
            percent: self.ui_type == UiType::Percent,
            custom: true,
            inactive: false,
            role: Role::Plain,
        }
    }
}

/// A value of an administrator's picklist. One that is equal to a text of the CRM's own pages is translated like it.
pub(crate) fn choice(value: &str) -> Choice {
    let translated: &[&str] = match value {
        "Email" => &["Email", "Primary Email", "Email Principale"],
        _ => &[value],
    };
    Choice(translated.iter().map(ToString::to_string).collect())
}
