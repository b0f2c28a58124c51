//! vTiger's JSON, as it is: every value is a text, mostly. Private to the connector.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A successful answer.
#[derive(Debug, Deserialize)]
pub(super) struct Answered<T> {
    pub(super) result: T,
}

/// What an answer is, without its result.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) success: bool,
    pub(super) error: Option<Problem>,
}

/// Why vTiger refuses a call.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Problem {
    /// A word, but the number 0 for duplicates.
    #[serde(default)]
    pub(super) code: Cell,
    #[serde(default)]
    pub(super) message: Cell,
}

/// One value: a text, though some answers hold numbers. A number keeps its digits; what has parts is no value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell(Option<Box<str>>);

impl Cell {
    /// The text, trimmed; none where it is blank.
    pub(super) fn text(&self) -> Option<&str> {
        self.0.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    /// Whether it says yes.
    pub(super) fn is_true(&self) -> bool {
        matches!(self.text(), Some("1" | "true" | "on" | "yes"))
    }
}

#[cfg(test)]
impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self(Some(text.into()))
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let json = raw.get();
        Ok(Self(match json.as_bytes().first() {
            Some(b'"') => {
                let text: String = serde_json::from_str(json).map_err(serde::de::Error::custom)?;
                Some(text.into())
            }
            Some(b'-' | b'0'..=b'9') => Some(json.into()),
            Some(b't') => Some("1".into()),
            Some(b'f') => Some("0".into()),
            _ => None,
        }))
    }
}

/// A record: its fields by name, as far as they were asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Row(BTreeMap<String, Cell>);

impl Row {
    /// A field's text, trimmed; none where it is blank or was not delivered.
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field).and_then(Cell::text)
    }

    /// A field as it stands, blanks included; none where it was not delivered.
    pub(super) fn raw(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(|cell| cell.0.as_deref().unwrap_or_default())
    }

    /// Its id.
    pub(super) fn id(&self) -> &str {
        self.text("id").unwrap_or_default()
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Row {
    fn from(fields: [(&str, &str); N]) -> Self {
        Self(fields.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect())
    }
}

/// A list. PHP writes one whose keys have gaps as an object.
#[derive(Clone, Debug)]
pub(super) struct Listed<T>(pub(super) Vec<T>);

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
            type Value = Vec<T>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a list")
            }
            fn visit_unit<E>(self) -> Result<Vec<T>, E> {
                Ok(Vec::new())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(list)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
                let mut list = Vec::new();
                while let Some((_, item)) = items.next_entry::<IgnoredAny, T>()? {
                    list.push(item);
                }
                Ok(list)
            }
        }
        deserializer.deserialize_any(Items(PhantomData)).map(Self)
    }
}

/// What a login needs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Challenge {
    pub(super) token: String,
    /// Seconds since 1970 by the server's clock.
    #[serde(default)]
    pub(super) server_time: Cell,
}

/// What a login gives.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Login {
    pub(super) session_name: String,
    #[serde(default)]
    pub(super) user_id: Cell,
    #[serde(default)]
    pub(super) vtiger_version: Cell,
    /// Of 8.x; older ones do not tell.
    #[serde(default, rename = "is_admin")]
    pub(super) is_admin: Cell,
}

/// The modules that the user sees.
#[derive(Debug, Deserialize)]
pub(super) struct Types {
    pub(super) types: Listed<String>,
}

/// A module.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Module {
    pub(super) name: String,
    #[serde(default)]
    pub(super) label: Cell,
    #[serde(default)]
    pub(super) id_prefix: Cell,
    #[serde(default)]
    pub(super) createable: Cell,
    #[serde(default)]
    pub(super) updateable: Cell,
    pub(super) fields: Listed<Field>,
}

/// A field of a module.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Field {
    pub(super) name: String,
    #[serde(default)]
    pub(super) label: Cell,
    #[serde(rename = "type")]
    pub(super) kind: FieldType,
    #[serde(default)]
    pub(super) editable: Cell,
    #[serde(default)]
    pub(super) mandatory: Cell,
    #[serde(default)]
    pub(super) default: Cell,
}

/// The type of a field.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FieldType {
    pub(super) name: String,
    #[serde(default)]
    pub(super) picklist_values: Listed<Choice>,
}

/// A value of a picklist.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    pub(super) label: Cell,
    #[serde(default)]
    pub(super) value: Cell,
}

/// What changed since a moment, where the server can tell.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changes {
    #[serde(default)]
    pub(super) deleted: Listed<Cell>,
    #[serde(default)]
    pub(super) more: Cell,
    #[serde(default)]
    pub(super) last_modified_time: Cell,
}
