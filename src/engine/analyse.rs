//! Analyse: the snapshot and the ledger of the store → the figures of every company. Reads the store, nothing else.
//!
//! Companies are walked twice in the order of their ids: once for their keys, once with their entries.

use serde::Serialize;

use crate::domain::document::Entry;
use crate::domain::figures::{CompanyFacts, Figures, Horizon, compute};
use crate::domain::ids::CompanyId;
use crate::domain::portfolio::{KeyFigures, Portfolio};
use crate::domain::readings;
use crate::domain::reconciliation::Reconciliation;
use crate::domain::time::Day;
use crate::store::{CompanyRow, Store, StoreError};

use super::Policy;
use super::entries::Entries;
use super::matched::{CompanyVerdict, Matched, for_each_company};

/// What was found over all companies.
#[derive(Clone, Debug, Serialize)]
pub struct Analysis {
    /// The day it is for.
    pub as_of: Day,
    /// Companies in the CRM.
    pub companies: u64,
    /// Of them, companies with figures.
    pub with_figures: u64,
    /// Companies without any key.
    pub without_key: u64,
    /// Companies that share a key with another one.
    pub ambiguous: u64,
    /// Every document in exactly one class.
    pub reconciliation: Reconciliation,
    /// The portfolio's figures.
    pub portfolio: KeyFigures,
}

/// What the analysis says of one company.
#[derive(Debug)]
pub enum Listed<'a> {
    /// It has figures.
    Figures {
        /// What the CRM says of it.
        facts: &'a CompanyFacts,
        /// Its counting documents up to the as-of day, by day.
        entries: &'a [Entry],
        /// Its figures.
        figures: &'a Figures,
    },
    /// It has none of the keys.
    WithoutKey,
    /// It shares a key with other companies.
    Ambiguous {
        /// What they share.
        key: String,
        /// The others.
        with: Vec<CompanyId>,
    },
}

/// Computes the figures of every company and shows each to the visitor, in the order of their ids.
pub(super) fn analyse<E: From<StoreError>>(
    store: &Store,
    policy: &Policy,
    as_of: Day,
    mut visit: impl FnMut(&CompanyRow, Listed<'_>) -> Result<(), E>,
) -> Result<Analysis, E> {
    let matched = Matched::of(store, policy, as_of)?;
    let (mut entries, reconciliation) = Entries::read(store, &matched, as_of)?;
    let owners = store.active_owners()?;
    let horizon = Horizon::new(as_of);
    let mut portfolio = Portfolio::default();
    let mut analysis = Analysis {
        as_of,
        companies: 0,
        with_figures: 0,
        without_key: 0,
        ambiguous: 0,
        reconciliation,
        portfolio: portfolio.key_figures(),
    };
    let mut buffer = Vec::new();
    for_each_company(store, |index, row| -> Result<(), E> {
        analysis.companies += 1;
        match matched.company(index) {
            CompanyVerdict::WithoutKey => {
                analysis.without_key += 1;
                visit(&row, Listed::WithoutKey)
            }
            CompanyVerdict::Ambiguous { key, with } => {
                analysis.ambiguous += 1;
                visit(&row, Listed::Ambiguous { key, with })
            }
            CompanyVerdict::Keyed => {
                entries.of(index, &mut buffer)?;
                let facts = readings::facts(&row.record, &policy.rules, &owners, row.open_deal);
                let figures = compute(&policy.rules, &horizon, &facts, &buffer);
                analysis.with_figures += 1;
                portfolio.add(&facts, &figures);
                visit(&row, Listed::Figures { facts: &facts, entries: &buffer, figures: &figures })
            }
        }
    })?;
    analysis.portfolio = portfolio.key_figures();
    Ok(analysis)
}
