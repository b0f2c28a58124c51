//! A portal described by a JSON file, for tests in other processes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::cluster301::SeedError;
use crate::hubspot::{Choice, Kind, Pipeline, Portal, Property, Stage};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    owners: Vec<OwnerEntry>,
    #[serde(default)]
    pipelines: Vec<PipelineEntry>,
    #[serde(default)]
    properties: BTreeMap<String, Vec<PropertyEntry>>,
    #[serde(default)]
    companies: Vec<Entry>,
    #[serde(default)]
    deals: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnerEntry {
    id: u64,
    email: String,
    #[serde(default)]
    archived: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PipelineEntry {
    id: String,
    label: String,
    /// Without stages: those of [`Pipeline::plain`].
    #[serde(default)]
    stages: Vec<StageEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StageEntry {
    id: String,
    label: String,
    probability: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PropertyEntry {
    name: String,
    #[serde(rename = "type")]
    data_type: String,
    field_type: String,
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    group_name: Option<String>,
    /// Internal values; the labels are the same.
    #[serde(default)]
    options: Vec<String>,
    #[serde(default)]
    has_unique_value: bool,
    #[serde(default)]
    read_only: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// RFC 3339; the epoch when absent.
    #[serde(default)]
    created: Option<String>,
    properties: BTreeMap<String, String>,
    /// For deals: places in the list of companies, counted from 0; the first is the primary one.
    #[serde(default)]
    companies: Vec<usize>,
    #[serde(default)]
    archived: bool,
}

/// Reads a portal from JSON: `currency`, `owners`, `pipelines`, `properties` by object type, `companies`, `deals`.
/// Ids are given from 1000001 in the order of companies, then deals.
pub fn portal_from_json(text: &str) -> Result<Portal, SeedError> {
    let file: File = serde_json::from_str(text).map_err(|error| SeedError::new(&error.to_string()))?;
    let mut portal = Portal::new();
    if let Some(currency) = file.currency {
        portal.account.currency = currency;
    }
    for owner in file.owners {
        portal.add_owner(owner.id, &owner.email, owner.archived);
    }
    for entry in file.pipelines {
        portal.add_pipeline(pipeline(&entry));
    }
    for (kind, entries) in file.properties {
        let kind = Kind::parse(&kind).ok_or_else(|| SeedError::new(&format!("object type {kind}")))?;
        for entry in entries {
            portal.add_property(kind, property(kind, &entry));
        }
    }
    let mut companies = Vec::new();
    for entry in &file.companies {
        companies.push(record(&mut portal, Kind::Company, entry)?);
    }
    for entry in &file.deals {
        let deal = record(&mut portal, Kind::Deal, entry)?;
        for place in &entry.companies {
            let company =
                companies.get(*place).ok_or_else(|| SeedError::new(&format!("no company {place}")))?;
            portal.associate((Kind::Deal, deal), (Kind::Company, *company));
        }
    }
    Ok(portal)
}

fn pipeline(entry: &PipelineEntry) -> Pipeline {
    if entry.stages.is_empty() {
        return Pipeline::plain(&entry.id, &entry.label);
    }
    let stages = entry
        .stages
        .iter()
        .zip(0..)
        .map(|(held, at)| Stage::new(&held.id, &held.label, at, &held.probability));
    Pipeline::new(&entry.id, &entry.label, stages.collect())
}

fn property(kind: Kind, entry: &PropertyEntry) -> Property {
    let group = if kind == Kind::Deal { "dealinformation" } else { "companyinformation" };
    let mut property = Property::new(&entry.name, &entry.data_type, &entry.field_type)
        .group(entry.group_name.as_deref().unwrap_or(group))
        .label(entry.label.as_deref().unwrap_or(&entry.name));
    property.options =
        entry.options.iter().zip(0..).map(|(value, at)| Choice::new(value, value, at)).collect();
    property.unique = entry.has_unique_value;
    property.read_only = entry.read_only;
    property
}

fn record(portal: &mut Portal, kind: Kind, entry: &Entry) -> Result<u64, SeedError> {
    let created = match &entry.created {
        Some(text) => chrono::DateTime::parse_from_rfc3339(text)
            .map_err(|error| SeedError::new(&format!("{text}: {error}")))?
            .timestamp_millis(),
        None => 0,
    };
    let values: Vec<(&str, &str)> =
        entry.properties.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let id = portal.add(kind, created, &values);
    if entry.archived {
        portal.archive(kind, id, created);
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_portal() {
        let portal = portal_from_json(
            r#"{"owners": [{"id": 7, "email": "a@example.com"}], "pipelines": [{"id": "sales", "label": "Sales"}],
                "properties": {"companies": [{"name": "cluster", "type": "enumeration", "fieldType": "select",
                    "options": ["A", "B"]}]},
                "companies": [{"created": "2020-01-01T00:00:00Z", "properties": {"name": "x", "cluster": "A"}}],
                "deals": [{"properties": {"pipeline": "sales", "dealstage": "sales_new"}, "companies": [0]}]}"#,
        )
        .unwrap();
        assert_eq!(portal.links.primary_company(1_000_002), Some(1_000_001));
        let company = portal.space(Kind::Company).records.values().next().unwrap();
        assert_eq!(portal.value(Kind::Company, company, "hs_num_open_deals").as_deref(), Some("1"));
        assert!(portal_from_json(r#"{"company": []}"#).is_err());
    }
}
