//! Explain: every figure of one company with the documents and rules behind it, from the store alone.

use serde::Serialize;

use crate::domain::catalogue::{Label, Language};
use crate::domain::classes::{Class, classify};
use crate::domain::company::CompanyRecord;
use crate::domain::document::{DocumentRef, Entry, Standing};
use crate::domain::explain::{self, Subject};
use crate::domain::explanation::Explainer;
use crate::domain::figures::{Horizon, compute};
use crate::domain::ids::{CompanyId, PlanId};
use crate::domain::keys::VatNumber;
use crate::domain::tasks::TaskChange;
use crate::domain::time::Day;
use crate::domain::wake_up::CardChange;
use crate::domain::{money::Money, readings};
use crate::store::{Store, StoreError, StoredChange};

use super::Policy;
use super::matched::{CompanyVerdict, Matched, for_each_company};
use super::tasks::{TaskStanding, task_standing};
use super::wake_up::{CardStanding, card_standing};

/// Which companies a text means.
#[derive(Clone, Debug)]
pub enum Found {
    /// None.
    Nothing,
    /// This one.
    One(CompanyId),
    /// Several: id and name of each.
    Several(Vec<(CompanyId, String)>),
}

/// Everything about one company.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// As it was pulled.
    pub company: CompanyRecord,
    /// The day it is for.
    pub as_of: Day,
    /// Its figures, each with its rule and inputs; none where it gets no figures.
    pub figures: Option<explain::Explained>,
    /// Why it gets no figures.
    pub without_figures: Option<String>,
    /// Its documents, by date.
    pub documents: Vec<ExplainedDocument>,
    /// What was written to it, newest first.
    pub changes: Vec<(PlanId, StoredChange)>,
    /// What was done with its cards, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub card_changes: Vec<(PlanId, StoredChange<CardChange>)>,
    /// What was done with its tasks, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub task_changes: Vec<(PlanId, StoredChange<TaskChange>)>,
    /// Why it has a card in the Wake Up pipeline, or none; nothing where none is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<CardStanding>,
    /// Its tasks, and why it has a contact task, or none; nothing where none are made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks: Option<TaskStanding>,
}

/// One document behind a figure.
#[derive(Clone, Debug, Serialize)]
pub struct ExplainedDocument {
    /// Its address.
    pub document: DocumentRef,
    /// The number printed on it.
    pub number: String,
    /// Its date; none where it does not count.
    pub day: Option<Day>,
    /// What it adds to the revenue.
    pub net: Option<Money>,
    /// Whether it counts, and why not.
    pub standing: &'static str,
}

const CHANGES_SHOWN: u32 = 20;

/// Finds companies by CRM id, VAT number or a part of the name.
pub fn find(store: &Store, text: &str) -> Result<Found, StoreError> {
    let wanted = text.trim();
    if let Some(row) = store.company(&CompanyId::from(wanted))? {
        return Ok(Found::One(row.record.id));
    }
    let vat = VatNumber::normalised(wanted, None);
    let name = wanted.to_lowercase();
    let (mut by_vat, mut by_name, mut exact) = (Vec::new(), Vec::new(), Vec::new());
    for_each_company(store, |_, row| -> Result<(), StoreError> {
        let record = row.record;
        let keys = &record.keys;
        let its_vat =
            keys.vat_number.as_deref().and_then(|text| VatNumber::normalised(text, keys.country.as_deref()));
        let hit = (record.id.clone(), record.name.clone());
        let its_name = record.name.to_lowercase();
        if vat.is_some() && its_vat == vat {
            by_vat.push(hit);
        } else if its_name == name {
            exact.push(hit);
        } else if !name.is_empty() && its_name.contains(&name) {
            by_name.push(hit);
        }
        Ok(())
    })?;
    let hits = [by_vat, exact, by_name].into_iter().find(|hits| !hits.is_empty()).unwrap_or_default();
    Ok(match hits.as_slice() {
        [] => Found::Nothing,
        [(id, _)] => Found::One(id.clone()),
        _ => Found::Several(hits),
    })
}

impl Explained {
    /// Explains one company; none where the snapshot does not hold it.
    pub fn of(
        store: &Store,
        policy: &Policy,
        as_of: Day,
        id: &CompanyId,
    ) -> Result<Option<Self>, StoreError> {
        let Some(row) = store.company(id)? else { return Ok(None) };
        let matched = Matched::of(store, policy, as_of)?;
        let Some(place) = matched.place(id) else { return Ok(None) };
        let parties = matched.parties_of(place);
        let owners = store.active_owners()?;
        let mut documents = Vec::new();
        let mut entries: Vec<Entry> = Vec::new();
        store.documents(Some(&parties), |document| {
            let class = classify(&document.standing, as_of, || matched.party(document.party));
            let entry = match document.standing {
                Standing::Counts { day, kind, net } => Some(Entry::new(day, kind, net)),
                Standing::NotCounted(_) | Standing::Rejected { .. } => None,
            };
            let counts = matches!(class, Class::Matched(_));
            entries.extend(entry.filter(|_| counts));
            documents.push(ExplainedDocument {
                document: document.document,
                number: document.number,
                day: entry.map(|entry| entry.day),
                net: entry.map(|entry| entry.signed.into()),
                standing: standing_word(class),
            });
        })?;
        entries.sort_by_key(|entry| entry.day);
        documents.sort_by_key(|document| document.day);

        let without_figures = match matched.company(place) {
            CompanyVerdict::Keyed => None,
            CompanyVerdict::WithoutKey => Some("it has no VAT number, tax code or accounting id".to_owned()),
            CompanyVerdict::Ambiguous { key, with } => {
                let with: Vec<&str> = with.iter().map(CompanyId::as_str).collect();
                Some(format!("its {key} is also that of {}", with.join(", ")))
            }
        };
        let horizon = Horizon::new(as_of);
        let facts = readings::facts(&row.record, &policy.rules, &owners, row.open_deal);
        let computed = without_figures.is_none().then(|| compute(&policy.rules, &horizon, &facts, &entries));
        let card = card_standing(store, policy, as_of, id, computed.as_ref())?;
        let known = computed.as_ref().map(|figures| (&facts, figures));
        let tasks = task_standing(store, policy, as_of, &row.record, known)?;
        let figures = computed.map(|figures| {
            let explainer = Explainer::new(policy.language, &policy.currency.base);
            explain::explain(&Subject {
                rules: &policy.rules,
                horizon: &horizon,
                facts: &facts,
                entries: &entries,
                figures: &figures,
                explainer: &explainer,
            })
        });
        let changes = store.changes_of(id, CHANGES_SHOWN)?;
        Ok(Some(Self {
            company: row.record,
            as_of,
            figures,
            without_figures,
            documents,
            changes,
            card_changes: store.record_changes_of(id, CHANGES_SHOWN)?,
            task_changes: store.record_changes_of(id, CHANGES_SHOWN)?,
            card,
            tasks,
        }))
    }
}

/// A text in the language of people.
pub(super) fn said(language: Language, label: &Label) -> String {
    label.in_language(language).to_owned()
}

fn standing_word(class: Class) -> &'static str {
    match class {
        Class::Matched(_) => "counts",
        Class::Unmatched(reason) => reason.as_str(),
        Class::NotCounted(reason) => reason.as_str(),
        Class::Rejected(reason) => reason.as_str(),
    }
}
