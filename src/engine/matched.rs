//! Which company each party of the ledger is.

use std::collections::HashMap;

use crate::domain::classes::UnmatchedReason;
use crate::domain::company::CompanyKeysText;
use crate::domain::ids::CompanyId;
use crate::domain::keys::PartyKeys;
use crate::domain::matching::{Candidate, CompanyIndex, CompanyStanding, Key, KeyKind, Match, Matcher};
use crate::domain::rules::Rules;
use crate::domain::time::Day;
use crate::store::{CompanyRow, Store, StoreError};

use super::Policy;

/// How many companies are taken from the store at once.
const CHUNK: usize = 1_000;

/// The companies of a snapshot, in the order of their ids, and which of them each party of the ledger is.
pub(super) struct Matched {
    ids: Vec<CompanyId>,
    matcher: Matcher,
    parties: Vec<PartyVerdict>,
    /// Companies among which a document could not choose, with the key and all of them.
    undecided: HashMap<CompanyIndex, (String, Vec<CompanyIndex>)>,
}

/// Which company a party is, or why it is none.
type PartyVerdict = Result<CompanyIndex, UnmatchedReason>;

/// Whether a company gets figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CompanyVerdict {
    /// It does.
    Keyed,
    /// It has no key.
    WithoutKey,
    /// It shares a key with others.
    Ambiguous {
        /// What they share, for people.
        key: String,
        /// The others.
        with: Vec<CompanyId>,
    },
}

impl Matched {
    /// Matches every party of the ledger.
    pub(super) fn of(store: &Store, policy: &Policy, as_of: Day) -> Result<Self, StoreError> {
        Self::by(store, &policy.rules, as_of)
    }

    /// The same by these rules.
    pub(super) fn by(store: &Store, rules: &Rules, as_of: Day) -> Result<Self, StoreError> {
        let companies = companies(store)?;
        let candidates = companies.iter().zip(0..).map(|((id, keys, created), index)| Candidate {
            index: CompanyIndex(index),
            keys,
            created: *created,
            id,
        });
        let mut matched = Self {
            matcher: Matcher::new(candidates, rules.ambiguous),
            ids: companies.into_iter().map(|(id, _, _)| id).collect(),
            parties: Vec::new(),
            undecided: HashMap::new(),
        };
        let mut found = Vec::new();
        store.parties(|row| found.push((row.no, PartyKeys::of_party(&row.party))))?;
        let counting = store.parties_that_count(as_of)?;
        for (no, keys) in found {
            matched.add_party(no as usize, &keys, counting.contains(&no));
        }
        Ok(matched)
    }

    fn add_party(&mut self, no: usize, keys: &PartyKeys, counts: bool) {
        let found = self.matcher.find(keys);
        // Drafts, discarded documents and those of later days decide nothing, so they leave nothing undecided.
        if let (Match::Ambiguous { key, companies }, true) = (&found, counts) {
            for company in companies.iter() {
                self.undecided.insert(*company, (key_text(*key), companies.to_vec()));
            }
        }
        let verdict = found.company();
        if self.parties.len() <= no {
            self.parties.resize(no + 1, Err(UnmatchedReason::NoKey));
        }
        self.parties[no] = verdict;
    }

    /// Which company a party is; a company that gets no figures has no documents either.
    pub(super) fn party(&self, no: u32) -> PartyVerdict {
        let company = self.parties.get(no as usize).copied().unwrap_or(Err(UnmatchedReason::NoKey))?;
        if self.company(company.0) == CompanyVerdict::Keyed {
            Ok(company)
        } else {
            Err(UnmatchedReason::Ambiguous)
        }
    }

    /// Whether the company with a place in the snapshot gets figures.
    pub(super) fn company(&self, index: u32) -> CompanyVerdict {
        let index = CompanyIndex(index);
        match self.matcher.standing(index) {
            CompanyStanding::NoKey => CompanyVerdict::WithoutKey,
            CompanyStanding::Ambiguous { key, companies } => self.ambiguous(index, key_text(key), companies),
            CompanyStanding::Keyed => match self.undecided.get(&index) {
                None => CompanyVerdict::Keyed,
                Some((key, companies)) => self.ambiguous(index, key.clone(), companies),
            },
        }
    }

    fn ambiguous(&self, company: CompanyIndex, key: String, companies: &[CompanyIndex]) -> CompanyVerdict {
        let others = companies.iter().filter(|other| **other != company);
        CompanyVerdict::Ambiguous { key, with: others.map(|other| self.ids[other.get()].clone()).collect() }
    }

    /// The place of a company in the snapshot.
    pub(super) fn place(&self, company: &CompanyId) -> Option<u32> {
        let place = self.ids.binary_search(company).ok()?;
        u32::try_from(place).ok()
    }

    /// The numbers of the parties that are the company with this place.
    pub(super) fn parties_of(&self, place: u32) -> Vec<u32> {
        let is_it = |no: &u32| self.party(*no) == Ok(CompanyIndex(place));
        (0..).take(self.parties.len()).filter(is_it).collect()
    }
}

fn key_text(key: Key<'_>) -> String {
    let kind = match key.kind {
        KeyKind::CustomerId => "accounting id",
        KeyKind::VatNumber => "VAT number",
        KeyKind::TaxCode => "tax code",
    };
    format!("{kind} {}", key.text)
}

type Keyed = (CompanyId, CompanyKeysText, Option<Day>);

fn companies(store: &Store) -> Result<Vec<Keyed>, StoreError> {
    let mut companies = Vec::new();
    for_each_company(store, |_, row| -> Result<(), StoreError> {
        companies.push((row.record.id, row.record.keys, row.record.created));
        Ok(())
    })?;
    Ok(companies)
}

/// Walks the companies of the snapshot by id, a chunk at a time, so that the store is free between chunks.
pub(super) fn for_each_company<E: From<StoreError>>(
    store: &Store,
    mut visit: impl FnMut(u32, CompanyRow) -> Result<(), E>,
) -> Result<(), E> {
    let mut last = None;
    let mut index = 0;
    loop {
        let chunk = store.companies_after(last.as_ref(), CHUNK)?;
        let Some(end) = chunk.last() else { return Ok(()) };
        last = Some(end.record.id.clone());
        for row in chunk {
            visit(index, row)?;
            index += 1;
        }
    }
}
