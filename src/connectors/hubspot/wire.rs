//! HubSpot's JSON, as it is. Private to the connector.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An id: a text, though some endpoints send it as a number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(pub(super) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrNumber;
        impl Visitor<'_> for TextOrNumber {
            type Value = Id;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an id as text or whole number")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
                Ok(Id(text.to_owned()))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Id, E> {
                Ok(Id(number.to_string()))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Id, E> {
                Ok(Id(number.to_string()))
            }
        }
        deserializer.deserialize_any(TextOrNumber)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) results: Vec<T>,
    pub(super) paging: Option<Paging>,
    /// Of searches only.
    pub(super) total: Option<u64>,
}

impl<T> List<T> {
    pub(super) fn after(&self) -> Option<String> {
        self.paging.as_ref().and_then(Paging::after)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Paging {
    next: Option<Next>,
}

#[derive(Debug, Deserialize)]
struct Next {
    after: Option<Id>,
}

impl Paging {
    pub(super) fn after(&self) -> Option<String> {
        Some(self.next.as_ref()?.after.as_ref()?.0.clone())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) properties: BTreeMap<String, Option<String>>,
    pub(super) created_at: Option<String>,
    /// Moves with every write, as `hs_lastmodifieddate` does.
    pub(super) updated_at: Option<String>,
    #[serde(default)]
    pub(super) archived: bool,
    pub(super) associations: Option<BTreeMap<String, AssociatedIds>>,
    pub(super) object_write_trace_id: Option<String>,
    pub(super) warnings: Option<Vec<Value>>,
}

impl Record {
    /// A property's text; none where it is empty.
    pub(super) fn text(&self, property: &str) -> Option<&str> {
        self.properties.get(property)?.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct AssociatedIds {
    #[serde(default)]
    pub(super) results: Vec<AssociatedId>,
    pub(super) paging: Option<Paging>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AssociatedId {
    pub(super) id: Id,
}

/// An answer of a batch endpoint, complete (200) or in part (207). Errors stay raw: every field of theirs is optional.
#[derive(Debug, Deserialize)]
pub(super) struct Batch<T> {
    #[serde(default = "Vec::new")]
    pub(super) results: Vec<T>,
    pub(super) errors: Option<Vec<Value>>,
    pub(super) warnings: Option<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Associations {
    pub(super) from: ObjectId,
    #[serde(default)]
    pub(super) to: Vec<AssociationTarget>,
    pub(super) paging: Option<Paging>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssociationTarget {
    pub(super) to_object_id: Id,
    #[serde(default)]
    pub(super) association_types: Vec<AssociatedAs>,
}

/// How two records are associated: a pair may be in several ways.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssociatedAs {
    pub(super) category: Option<String>,
    pub(super) type_id: Option<u32>,
}

impl AssociatedAs {
    /// Whether it is a type of HubSpot's own.
    pub(super) fn is(&self, wanted: AssociationType) -> bool {
        let category = self.category.as_deref();
        self.type_id == Some(wanted.association_type_id)
            && category.is_none_or(|category| category == wanted.association_category)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ObjectId {
    pub(super) id: Id,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Property {
    pub(super) name: String,
    #[serde(default)]
    pub(super) label: String,
    #[serde(rename = "type")]
    pub(super) data_type: String,
    #[serde(default)]
    pub(super) field_type: String,
    pub(super) number_display_hint: Option<String>,
    pub(super) show_currency_symbol: Option<bool>,
    pub(super) calculated: Option<bool>,
    pub(super) has_unique_value: Option<bool>,
    pub(super) options: Option<Vec<PropertyOption>>,
    pub(super) modification_metadata: Option<ModificationMetadata>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PropertyOption {
    #[serde(default)]
    pub(super) label: String,
    pub(super) value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) display_order: i64,
    #[serde(default)]
    pub(super) hidden: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModificationMetadata {
    pub(super) read_only_value: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewProperty {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) description: String,
    #[serde(rename = "type")]
    pub(super) data_type: &'static str,
    pub(super) field_type: &'static str,
    pub(super) group_name: &'static str,
    pub(super) hidden: bool,
    pub(super) form_field: bool,
    pub(super) has_unique_value: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number_display_hint: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) show_currency_symbol: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) options: Vec<PropertyOption>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Pipeline {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) label: String,
    #[serde(default)]
    pub(super) stages: Vec<Stage>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Stage {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) label: String,
    #[serde(default)]
    pub(super) metadata: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Owner {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) archived: bool,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) email: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Account {
    pub(super) portal_id: Id,
    pub(super) portal_name: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) company_currency: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct UsageList {
    #[serde(default)]
    pub(super) results: Vec<DailyUsage>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DailyUsage {
    pub(super) usage_limit: Option<u64>,
    pub(super) current_usage: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustomPropertyLimits {
    pub(super) overall_limit: Option<u64>,
    pub(super) overall_usage: Option<u64>,
    #[serde(default)]
    pub(super) by_object_type: Vec<ObjectTypeLimit>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectTypeLimit {
    pub(super) object_type_id: String,
    pub(super) limit: u64,
    pub(super) usage: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PipelineLimits {
    #[serde(default)]
    pub(super) by_object_type: Vec<ObjectTypeLimit>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewPipeline {
    pub(super) label: String,
    pub(super) display_order: usize,
    pub(super) stages: Vec<NewStage>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewStage {
    pub(super) label: String,
    pub(super) display_order: usize,
    /// `probability` as a text: 0.0 is closed and lost, 1.0 closed and won.
    pub(super) metadata: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Inputs<T> {
    pub(super) inputs: Vec<T>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BatchRead<'a> {
    pub(super) properties: &'a [String],
    pub(super) properties_with_history: [String; 0],
    pub(super) inputs: Vec<InputId<'a>>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct InputId<'a> {
    pub(super) id: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct AssociationInput {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update<'a> {
    pub(super) id: &'a str,
    pub(super) object_write_trace_id: &'a str,
    pub(super) properties: &'a BTreeMap<String, String>,
}

/// A new record with what it is associated with.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewRecord<'a> {
    pub(super) object_write_trace_id: &'a str,
    pub(super) properties: &'a BTreeMap<String, String>,
    pub(super) associations: &'a [NewAssociation<'a>],
}

#[derive(Debug, Serialize)]
pub(super) struct NewAssociation<'a> {
    pub(super) to: InputId<'a>,
    types: Vec<AssociationType>,
}

impl<'a> NewAssociation<'a> {
    /// An association with a record, of these types.
    pub(super) fn of(id: &'a str, types: &[AssociationType]) -> Self {
        Self { to: InputId { id }, types: types.to_vec() }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssociationType {
    pub(super) association_category: &'static str,
    pub(super) association_type_id: u32,
}

impl AssociationType {
    /// A deal's company.
    pub(super) const COMPANY_OF_DEAL: Self = Self::defined(341);
    /// A deal's primary company: the one that its revenue is counted for.
    pub(super) const PRIMARY_COMPANY_OF_DEAL: Self = Self::defined(5);
    /// A person's primary company.
    pub(super) const PRIMARY_COMPANY_OF_CONTACT: Self = Self::defined(1);
    /// A task's company.
    pub(super) const COMPANY_OF_TASK: Self = Self::defined(192);
    /// A task's deal.
    pub(super) const DEAL_OF_TASK: Self = Self::defined(216);

    const fn defined(association_type_id: u32) -> Self {
        Self { association_category: "HUBSPOT_DEFINED", association_type_id }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Search {
    pub(super) filter_groups: Vec<FilterGroup>,
    pub(super) sorts: Vec<Sort>,
    pub(super) properties: Vec<Cow<'static, str>>,
    pub(super) limit: u32,
}

impl Search {
    /// Asks for no more than how many records there are, or how many have a value in a property.
    pub(super) fn counting(having: Option<&str>) -> Self {
        let has = |property: &str| Filter {
            property_name: Cow::Owned(property.to_owned()),
            operator: "HAS_PROPERTY",
            value: None,
            values: None,
        };
        Self {
            filter_groups: having
                .map(|property| FilterGroup { filters: vec![has(property)] })
                .into_iter()
                .collect(),
            sorts: Vec::new(),
            properties: vec!["hs_object_id".into()],
            limit: 1,
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct FilterGroup {
    pub(super) filters: Vec<Filter>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filter {
    pub(super) property_name: Cow<'static, str>,
    pub(super) operator: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) values: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sort {
    pub(super) property_name: &'static str,
    pub(super) direction: &'static str,
}
