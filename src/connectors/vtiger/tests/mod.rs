mod answers;
mod fields;
mod hand;
mod pacing;
mod pooling;
mod queries;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::config::{
    ContactSettings, Mapping, QuotaSettings, VtigerConfig, stock_closed_stages, stock_won_stages,
};
use super::fields::{Module, Organizations};
use crate::domain::catalogue::{Figure, Language};
use crate::http::{ClientSettings, Policy};
use crate::ports::QuotaLedger;

pub(super) struct NoLedger;

impl QuotaLedger for NoLedger {
    fn count(&self, _quota: &str, _period: &str) -> Result<u64, String> {
        Ok(1)
    }
}

fn config() -> VtigerConfig {
    VtigerConfig {
        client: ClientSettings::new("https://crm.example.com/vtiger/".parse().unwrap()),
        username: "api".to_owned(),
        access_key: "key".into(),
        mapping: Mapping { inputs: BTreeMap::new(), ..Mapping::default() },
        figures: Figure::ALL.to_vec(),
        language: Language::En,
        zone: chrono_tz::Europe::Rome,
        pipeline_field: None,
        closed_stages: stock_closed_stages(),
        won_stages: stock_won_stages(),
        wake_up: None,
        contacts: ContactSettings::default(),
        groups_are_owners: true,
        own_invoices: false,
        sessions: 8,
        quotas: QuotaSettings::default(),
        policy: Policy::default(),
        ledger: Arc::new(NoLedger),
        wall: Arc::new(|| "2026-11-22T12:00:00Z".parse().unwrap()),
    }
}

/// A module of organizations with these fields: name, label, type, picklist values.
fn module(fields: &[(&str, &str, &str, &[&str])]) -> Module {
    let fields: Vec<serde_json::Value> = fields
        .iter()
        .map(|(name, label, kind, values)| {
            let values: Vec<_> =
                values.iter().map(|value| serde_json::json!({"label": value, "value": value})).collect();
            serde_json::json!({
                "name": name,
                "label": label,
                "type": {"name": kind, "picklistValues": values},
                "editable": *name != "cf_9",
            })
        })
        .collect();
    let described = serde_json::json!({
        "name": "Accounts", "label": "Organizations", "idPrefix": "11", "updateable": true, "fields": fields,
    });
    Module::of(serde_json::from_value(described).unwrap()).unwrap()
}

fn organizations(config: &VtigerConfig, fields: &[(&str, &str, &str, &[&str])]) -> Organizations {
    Organizations::of(module(fields), config)
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
