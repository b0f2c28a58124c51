//! Reference figures, and ours in the same columns.

use std::collections::BTreeMap;
use std::fmt::Display;

use sirank::domain::figures::Figures;

use super::dataset::{read, rows};

/// A file of reference figures: one row per company, by column.
pub(super) struct Reference {
    pub(super) rows: Vec<BTreeMap<String, String>>,
}

impl Reference {
    pub(super) fn load(path: &str) -> Option<Self> {
        Some(Self { rows: rows(&read(path)?) })
    }
}

/// Our figures in the columns of the reference.
pub(super) fn columns(figures: &Figures) -> Vec<(&'static str, String)> {
    fn text(value: Option<impl Display>) -> String {
        value.map_or_else(String::new, |value| value.to_string())
    }
    vec![
        ("revenue_36m", figures.revenue_36m.to_string()),
        ("revenue_12m", figures.revenue_12m.to_string()),
        ("revenue_total", figures.revenue_total.to_string()),
        ("purchase_days_12m", figures.purchase_days_12m.to_string()),
        ("first_purchase", text(figures.first_purchase)),
        ("last_purchase", text(figures.last_purchase)),
        ("revenue_band", figures.revenue_band.to_string()),
        ("cluster", text(figures.cluster)),
        ("action", text(figures.action())),
        ("inactive_180d", figures.inactive.to_string()),
        ("cold_customer", figures.cold_customer.to_string()),
        ("cold_exclusion", text(figures.cold_exclusion)),
        ("sirank", text(figures.score)),
        ("phase", figures.phase.to_string()),
        ("next_contact_due", text(figures.next_contact_due)),
        ("contact_overdue", figures.contact_overdue.to_string()),
        ("key_account_missing", figures.key_account_missing.to_string()),
        ("revenue_last_active", text(figures.revenue_last_active)),
        ("ltv", figures.ltv.to_string()),
    ]
}
