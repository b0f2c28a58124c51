//! Report: the portfolio's figures and the reconciliation, from the store alone.

use serde::Serialize;

use crate::domain::catalogue::Figure;
use crate::domain::classes::{Class, UnmatchedReason, classify};
use crate::domain::document::{DocumentRef, Party, Rejection, Standing};
use crate::domain::explanation::Explainer;
use crate::domain::ids::CompanyId;
use crate::domain::time::Day;
use crate::domain::value::Value;
use crate::store::{DocumentRow, Store, StoreError};

use super::Policy;
use super::analyse::{Analysis, Listed, analyse};
use super::matched::Matched;

/// What a report shows.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What was found over all companies.
    pub analysis: Analysis,
    /// Every company with its figures, where they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub companies: Vec<CompanyLine>,
    /// Companies that get no figures, and why.
    pub without_figures: Vec<WithoutFigures>,
}

/// One company of a report.
#[derive(Clone, Debug, Serialize)]
pub struct CompanyLine {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// Its figures by name; empty ones are left out.
    pub figures: Vec<(Figure, Value)>,
}

/// A company without figures.
#[derive(Clone, Debug, Serialize)]
pub struct WithoutFigures {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// A document that is no company's.
#[derive(Clone, Debug, Serialize)]
pub struct UnmatchedDocument {
    /// Its address.
    pub document: DocumentRef,
    /// The number printed on it.
    pub number: String,
    /// Its customer as the source wrote it.
    pub party: Party,
    /// Why.
    pub reason: UnmatchedReason,
    /// Its amount and currency, for people.
    pub amount: Option<String>,
}

impl Report {
    /// The report of a day, from what was pulled last.
    pub fn of(store: &Store, policy: &Policy, as_of: Day, with_companies: bool) -> Result<Self, StoreError> {
        let explainer = Explainer::new(policy.language, &policy.currency.base);
        let mut companies = Vec::new();
        let mut without_figures = Vec::new();
        let analysis = analyse(store, policy, as_of, |row, listed| -> Result<(), StoreError> {
            let (id, name) = (row.record.id.clone(), row.record.name.clone());
            match listed {
                Listed::Figures { figures, .. } if with_companies => companies.push(CompanyLine {
                    id,
                    name,
                    figures: Figure::ALL
                        .iter()
                        .filter_map(|figure| Some((*figure, figures.value(*figure, &explainer)?)))
                        .collect(),
                }),
                Listed::Figures { .. } => {}
                Listed::WithoutKey => without_figures.push(WithoutFigures {
                    id,
                    name,
                    reason: "it has no VAT number, tax code or accounting id".into(),
                }),
                Listed::Ambiguous { key, with } => {
                    let with: Vec<&str> = with.iter().map(CompanyId::as_str).collect();
                    let reason = format!("its {key} is also that of {}", with.join(", "));
                    without_figures.push(WithoutFigures { id, name, reason });
                }
            }
            Ok(())
        })?;
        Ok(Self { analysis, companies, without_figures })
    }
}

/// The documents that are no company's on a day.
pub fn unmatched_documents(
    store: &Store,
    policy: &Policy,
    as_of: Day,
) -> Result<Vec<UnmatchedDocument>, StoreError> {
    let matched = Matched::of(store, policy, as_of)?;
    let mut found: Vec<(DocumentRow, UnmatchedReason)> = Vec::new();
    store.documents(None, |row| {
        if let Class::Unmatched(reason) = classify(&row.standing, as_of, || matched.party(row.party)) {
            found.push((row, reason));
        }
    })?;
    found
        .into_iter()
        .map(|(row, reason)| {
            Ok(UnmatchedDocument {
                party: store.party(row.party)?,
                amount: row.amount.as_ref().map(|amount| {
                    format!("{} {}", crate::domain::money::Money::from(amount.cents), amount.currency)
                }),
                document: row.document,
                number: row.number,
                reason,
            })
        })
        .collect()
}

/// A document that could not be used.
#[derive(Clone, Debug, Serialize)]
pub struct RejectedDocument {
    /// Its address.
    pub document: DocumentRef,
    /// The number printed on it.
    pub number: String,
    /// The class of the fault.
    pub reason: Rejection,
    /// What was found and where.
    pub detail: String,
}

/// The documents that could not be used.
pub fn rejected_documents(store: &Store) -> Result<Vec<RejectedDocument>, StoreError> {
    let mut rejected = Vec::new();
    store.rejected_documents(|row| {
        if let Standing::Rejected { reason, detail } = row.standing {
            rejected.push(RejectedDocument { document: row.document, number: row.number, reason, detail });
        }
    })?;
    Ok(rejected)
}
