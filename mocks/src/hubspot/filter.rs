//! The filters of a search.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::failure::Failure;
use super::kind::Kind;
use super::portal::Portal;
use super::record::{Props, Record};
use super::values::millis;

const GROUPS: usize = 5;
const PER_GROUP: usize = 6;
const ALTOGETHER: usize = 18;

/// A value as search compares it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Instant(i64),
    Number(Decimal),
    Text(String),
}

/// A record as the search index knows it.
#[derive(Clone, Copy)]
pub(crate) struct Indexed<'a> {
    pub(crate) record: &'a Record,
    pub(crate) props: &'a Props,
    pub(crate) updated_ms: i64,
}

fn typed(data_type: &str, text: &str) -> Option<Field> {
    match data_type {
        "date" | "datetime" => millis(text).map(Field::Instant),
        "number" => text.parse().ok().map(Field::Number),
        _ => Some(Field::Text(text.to_lowercase())),
    }
}

/// The indexed value of a property.
pub(crate) fn field(
    portal: &Portal,
    kind: Kind,
    entry: Indexed<'_>,
    name: &str,
    data_type: &str,
) -> Option<Field> {
    match name {
        "hs_object_id" => Some(Field::Number(entry.record.id.into())),
        "hs_lastmodifieddate" => Some(Field::Instant(entry.updated_ms)),
        _ if name == kind.created_property() => Some(Field::Instant(entry.record.created_ms)),
        "num_associated_deals" | "hs_num_open_deals" => {
            portal.value(kind, entry.record, name).and_then(|text| typed(data_type, &text))
        }
        _ => entry.props.get(name).and_then(|text| typed(data_type, text)),
    }
}

/// One filter.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) name: String,
    data_type: String,
    operator: String,
    pub(crate) value: Option<Field>,
    high: Option<Field>,
    values: Vec<Field>,
    token: String,
}

impl Filter {
    fn parse(portal: &Portal, kind: Kind, fields: &Map<String, Value>) -> Result<Self, Failure> {
        let text = |key: &str| fields.get(key).and_then(Value::as_str);
        let name = text("propertyName").unwrap_or_default();
        let operator = text("operator").unwrap_or_default();
        let Some(property) = portal.space(kind).schema.properties.get(name) else {
            return Err(Failure::invalid(format!(
                "There was a problem with the request. No property {name}"
            )));
        };
        let data_type = property.data_type.clone();
        let read = |key: &str| -> Result<Option<Field>, Failure> {
            match fields.get(key) {
                None | Some(Value::Null) => Ok(None),
                Some(Value::String(text)) => typed(&data_type, text)
                    .map(Some)
                    .ok_or_else(|| Failure::invalid(format!("Invalid value {text} for {name}"))),
                Some(other) => Err(Failure::invalid(format!("Filter values are strings, not {other}"))),
            }
        };
        let list = fields.get("values").and_then(Value::as_array);
        let values: Vec<Field> = list
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter_map(|one| typed(&data_type, one))
            .collect();
        let filter = Self {
            value: read("value")?,
            high: read("highValue")?,
            token: text("value").unwrap_or_default().to_lowercase(),
            name: name.to_owned(),
            operator: operator.to_owned(),
            data_type,
            values,
        };
        filter.complete()
    }

    fn complete(self) -> Result<Self, Failure> {
        let fits = match self.operator.as_str() {
            "EQ" | "NEQ" | "LT" | "LTE" | "GT" | "GTE" | "CONTAINS_TOKEN" | "NOT_CONTAINS_TOKEN" => {
                self.value.is_some()
            }
            "BETWEEN" => self.value.is_some() && self.high.is_some(),
            "IN" | "NOT_IN" => !self.values.is_empty(),
            "HAS_PROPERTY" | "NOT_HAS_PROPERTY" => true,
            _ => return Err(Failure::invalid(format!("Invalid operator: {}", self.operator))),
        };
        if fits {
            return Ok(self);
        }
        Err(Failure::invalid(format!("The operator {} on {} misses its value", self.operator, self.name)))
    }

    /// The largest id that this filter leaves out from below.
    pub(crate) fn above_id(&self) -> Option<u64> {
        match &self.value {
            Some(Field::Number(number)) if self.name == "hs_object_id" && self.operator == "GT" => {
                number.trunc().to_string().parse().ok()
            }
            _ => None,
        }
    }

    pub(crate) fn holds(&self, portal: &Portal, kind: Kind, entry: Indexed<'_>) -> bool {
        let held = field(portal, kind, entry, &self.name, &self.data_type);
        let compare = |wanted: &Option<Field>| match (&held, wanted) {
            (Some(held), Some(wanted)) => Some(held.cmp(wanted)),
            _ => None,
        };
        let is_in = || held.as_ref().is_some_and(|held| self.values.contains(held));
        match self.operator.as_str() {
            "HAS_PROPERTY" => held.is_some(),
            "NOT_HAS_PROPERTY" => held.is_none(),
            "EQ" => compare(&self.value) == Some(Ordering::Equal),
            "NEQ" => compare(&self.value).is_some_and(Ordering::is_ne),
            "LT" => compare(&self.value).is_some_and(Ordering::is_lt),
            "LTE" => compare(&self.value).is_some_and(Ordering::is_le),
            "GT" => compare(&self.value).is_some_and(Ordering::is_gt),
            "GTE" => compare(&self.value).is_some_and(Ordering::is_ge),
            "BETWEEN" => {
                compare(&self.value).is_some_and(Ordering::is_ge)
                    && compare(&self.high).is_some_and(Ordering::is_le)
            }
            "IN" => is_in(),
            "NOT_IN" => held.is_some() && !is_in(),
            "CONTAINS_TOKEN" => self.has_token(held.as_ref()),
            "NOT_CONTAINS_TOKEN" => held.is_some() && !self.has_token(held.as_ref()),
            _ => false,
        }
    }

    fn has_token(&self, held: Option<&Field>) -> bool {
        let Some(Field::Text(text)) = held else { return false };
        let (ends, begins) = (self.token.starts_with('*'), self.token.ends_with('*'));
        let bare = self.token.trim_matches('*');
        text.split(|letter: char| !letter.is_alphanumeric()).any(|word| match (ends, begins) {
            (true, true) => word.contains(bare),
            (true, false) => word.ends_with(bare),
            (false, true) => word.starts_with(bare),
            (false, false) => word == bare,
        })
    }
}

/// The filter groups of a search body: any group, all filters in it.
pub(crate) fn groups(
    portal: &Portal,
    kind: Kind,
    body: &Map<String, Value>,
) -> Result<Vec<Vec<Filter>>, Failure> {
    let lists: Vec<&Vec<Value>> = body
        .get("filterGroups")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|group| group.get("filters").and_then(Value::as_array))
        .collect();
    let altogether: usize = lists.iter().map(|list| list.len()).sum();
    let too_long = lists.iter().any(|list| list.len() > PER_GROUP);
    if lists.len() > GROUPS || too_long || altogether > ALTOGETHER {
        return Err(Failure::invalid(format!(
            "At most {GROUPS} filter groups with {PER_GROUP} filters each and {ALTOGETHER} in all"
        )));
    }
    let parse = |entry: &Value| Filter::parse(portal, kind, &entry.as_object().cloned().unwrap_or_default());
    lists.into_iter().map(|list| list.iter().map(parse).collect()).collect()
}
