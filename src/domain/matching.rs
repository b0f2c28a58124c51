//! Which company a document belongs to: by keys, never by name.
//!
//! For each document the keys are tried in order (customer id, VAT number, tax code); the first value that at least one
//! company holds decides. One company is a match, several are an ambiguity. A value that no company holds is passed
//! over.
//!
//! A VAT number that several companies share (gruppo IVA) is decided by the tax code: the one holder that has the
//! document's tax code takes the document. Where every holder has a tax code and none is the document's, the document
//! belongs to none of them, and its tax code is tried as a key of its own.

use std::borrow::Cow;
use std::collections::HashSet;

use super::company::CompanyKeysText;
use super::ids::CompanyId;
use super::keys::PartyKeys;
use super::rules::AmbiguousKeys;
use super::time::Day;

mod index;

use self::index::{Entry, KeyIndex};

/// The place of a company in the caller's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompanyIndex(pub u32);

impl CompanyIndex {
    /// The place as an index of a slice.
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

/// Which kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// The accounting system's customer id.
    CustomerId,
    /// The VAT number.
    VatNumber,
    /// The Italian tax code.
    TaxCode,
}

/// One key of a company, normalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key<'a> {
    /// Which kind of key.
    pub kind: KeyKind,
    /// Its normalised text.
    pub text: &'a str,
}

/// What the keys of a document lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match<'a> {
    /// One company.
    Company(CompanyIndex),
    /// The document has none of the keys.
    NoKey,
    /// No company holds any of its keys.
    NoCompany,
    /// Several companies hold the key that decides.
    Ambiguous {
        /// That key.
        key: Key<'a>,
        /// The companies, oldest first.
        companies: Cow<'a, [CompanyIndex]>,
    },
}

/// Whether documents can find a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompanyStanding<'a> {
    /// By a key of its own.
    Keyed,
    /// It has none of the keys.
    NoKey,
    /// The first of its keys is another's too, and nothing tells them apart. Only where ambiguous keys are skipped.
    Ambiguous {
        /// That key.
        key: Key<'a>,
        /// Every company that holds it, oldest first, this one included.
        companies: &'a [CompanyIndex],
    },
}

/// What a company is matched by.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its place in the caller's list.
    pub index: CompanyIndex,
    /// Its keys as they stand.
    pub keys: &'a CompanyKeysText,
    /// When its record was created; unknown counts as youngest.
    pub created: Option<Day>,
    /// Its id.
    pub id: &'a CompanyId,
}

/// The keys of all companies. Keeps no more than their texts and places: a million companies fit in some 100 MB.
#[derive(Debug)]
pub struct Matcher {
    customer_ids: KeyIndex,
    vat_numbers: KeyIndex,
    tax_codes: KeyIndex,
    companies: Vec<Held>,
    policy: AmbiguousKeys,
}

/// What the matcher keeps of one company.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    customer_id: Option<Entry>,
    /// Nobody shares it, so it never makes a company ambiguous.
    own_id: Option<Entry>,
    vat_number: Option<Entry>,
    tax_code: Option<Entry>,
    /// Whether a holder of the same VAT number cannot be told apart from it by the tax code.
    vat_is_ambiguous: bool,
}

impl Matcher {
    /// A matcher over companies whose keys are normalised.
    pub fn new<'a>(companies: impl IntoIterator<Item = Candidate<'a>>, policy: AmbiguousKeys) -> Self {
        Self::build(companies, policy, PartyKeys::of_company)
    }

    /// A matcher for the two-file form: the VAT number as it stands, trimmed and in upper case, is the only key.
    pub fn as_it_stands<'a>(
        companies: impl IntoIterator<Item = Candidate<'a>>,
        policy: AmbiguousKeys,
    ) -> Self {
        Self::build(companies, policy, |keys| {
            keys.vat_number.as_deref().map(PartyKeys::as_it_stands).unwrap_or_default()
        })
    }

    fn build<'a>(
        companies: impl IntoIterator<Item = Candidate<'a>>,
        policy: AmbiguousKeys,
        read: impl Fn(&CompanyKeysText) -> PartyKeys,
    ) -> Self {
        let mut matcher = Self {
            customer_ids: KeyIndex::default(),
            vat_numbers: KeyIndex::default(),
            tax_codes: KeyIndex::default(),
            companies: Vec::new(),
            policy,
        };
        let mut ages = Vec::new();
        for candidate in companies {
            matcher.insert(candidate.index, &read(candidate.keys));
            ages.push((candidate.index, candidate.created, candidate.id.clone()));
        }
        matcher.sort_by_age(ages);
        matcher.find_ambiguous_vat_numbers();
        matcher
    }

    fn insert(&mut self, company: CompanyIndex, keys: &PartyKeys) {
        let place = company.get();
        if self.companies.len() <= place {
            self.companies.resize(place + 1, Held::default());
        }
        self.companies[place] = Held {
            customer_id: keys.customer_id.as_ref().map(|id| self.customer_ids.insert(id.as_str(), company)),
            own_id: keys
                .own_id
                .as_ref()
                .filter(|own| keys.customer_id.as_ref() != Some(own))
                .map(|id| self.customer_ids.insert(id.as_str(), company)),
            vat_number: keys.vat_number.as_ref().map(|vat| self.vat_numbers.insert(vat.as_str(), company)),
            tax_code: keys.tax_code.as_ref().map(|code| self.tax_codes.insert(code.as_str(), company)),
            vat_is_ambiguous: false,
        };
    }

    /// Puts the holders of every shared key in the order of age, so that the oldest comes first.
    fn sort_by_age(&mut self, mut ages: Vec<(CompanyIndex, Option<Day>, CompanyId)>) {
        let indexes = [&mut self.customer_ids, &mut self.vat_numbers, &mut self.tax_codes];
        if indexes.iter().all(|index| !index.has_shared()) {
            return;
        }
        ages.sort_by(|(_, created, id), (_, other_created, other_id)| {
            (created.is_none(), created, id).cmp(&(other_created.is_none(), other_created, other_id))
        });
        let mut rank = vec![usize::MAX; self.companies.len()];
        for (age, (company, _, _)) in ages.iter().enumerate() {
            rank[company.get()] = age;
        }
        for index in indexes {
            index.sort_holders_by_key(|company| rank[company.get()]);
        }
    }

    /// Two holders of a VAT number are told apart where both have a tax code and the codes differ.
    fn find_ambiguous_vat_numbers(&mut self) {
        let companies = &mut self.companies;
        for holders in self.vat_numbers.shared() {
            let code_of = |company: &CompanyIndex| companies[company.get()].tax_code;
            let mut seen = HashSet::new();
            let repeated: HashSet<_> =
                holders.iter().filter_map(code_of).filter(|code| !seen.insert(*code)).collect();
            for company in holders {
                let held = &mut companies[company.get()];
                let told_apart = held.tax_code.is_some_and(|code| !repeated.contains(&code));
                held.vat_is_ambiguous = !told_apart;
            }
        }
    }

    /// The company of a document with these keys.
    ///
    /// Where the rules give an ambiguous key to the oldest company, the outcome is never ambiguous.
    pub fn find(&self, keys: &PartyKeys) -> Match<'_> {
        let by_id = keys.customer_id.as_ref().and_then(|id| self.customer_ids.find(id.as_str()));
        if let Some(entry) = by_id {
            return self.decide(KeyKind::CustomerId, entry, Cow::Borrowed(self.customer_ids.holders(entry)));
        }
        let code = keys.tax_code.as_ref().and_then(|code| self.tax_codes.find(code.as_str()));
        let by_vat = keys.vat_number.as_ref().and_then(|vat| self.vat_numbers.find(vat.as_str()));
        if let Some(entry) = by_vat {
            let holders = self.vat_holders(entry, keys.tax_code.is_some(), code);
            if !holders.is_empty() {
                return self.decide(KeyKind::VatNumber, entry, holders);
            }
        }
        match code {
            Some(entry) => self.decide(KeyKind::TaxCode, entry, Cow::Borrowed(self.tax_codes.holders(entry))),
            None if keys.is_empty() => Match::NoKey,
            None => Match::NoCompany,
        }
    }

    /// The companies of a VAT number that a document with this tax code may belong to; none where it belongs to another.
    fn vat_holders(&self, entry: Entry, has_code: bool, code: Option<Entry>) -> Cow<'_, [CompanyIndex]> {
        let holders = self.vat_numbers.holders(entry);
        if holders.len() == 1 || !has_code {
            return Cow::Borrowed(holders);
        }
        let with_code = code.map_or(&[][..], |code| self.tax_codes.holders(code));
        let of_both: Vec<_> = with_code
            .iter()
            .copied()
            .filter(|company| self.companies[company.get()].vat_number == Some(entry))
            .collect();
        let everyone_has_one =
            || holders.iter().all(|holder| self.companies[holder.get()].tax_code.is_some());
        if of_both.is_empty() && !everyone_has_one() { Cow::Borrowed(holders) } else { Cow::Owned(of_both) }
    }

    fn decide<'a>(&'a self, kind: KeyKind, entry: Entry, holders: Cow<'a, [CompanyIndex]>) -> Match<'a> {
        match (holders.as_ref(), self.policy) {
            ([], _) => Match::NoCompany,
            ([only], _) | ([only, ..], AmbiguousKeys::Oldest) => Match::Company(*only),
            (_, AmbiguousKeys::Skip) => Match::Ambiguous { key: self.key(kind, entry), companies: holders },
        }
    }

    /// Whether documents can find this company by a key of its own.
    ///
    /// This is what the companies alone say. Under [`AmbiguousKeys::Skip`] a company gets no figures either if some
    /// document was ambiguous between it and another: collect these in [`AmbiguousCompanies`].
    pub fn standing(&self, company: CompanyIndex) -> CompanyStanding<'_> {
        let Some(held) = self.companies.get(company.get()) else { return CompanyStanding::NoKey };
        let (kind, index, entry) = match *held {
            Held { customer_id: Some(entry), .. } | Held { own_id: Some(entry), .. } => {
                (KeyKind::CustomerId, &self.customer_ids, entry)
            }
            Held { vat_number: Some(entry), .. } => (KeyKind::VatNumber, &self.vat_numbers, entry),
            Held { tax_code: Some(entry), .. } => (KeyKind::TaxCode, &self.tax_codes, entry),
            Held { .. } => return CompanyStanding::NoKey,
        };
        let companies = index.holders(entry);
        let ambiguous = companies.len() > 1 && (kind != KeyKind::VatNumber || held.vat_is_ambiguous);
        match self.policy {
            AmbiguousKeys::Skip if ambiguous => {
                CompanyStanding::Ambiguous { key: self.key(kind, entry), companies }
            }
            AmbiguousKeys::Skip | AmbiguousKeys::Oldest => CompanyStanding::Keyed,
        }
    }

    fn key(&self, kind: KeyKind, entry: Entry) -> Key<'_> {
        let index = match kind {
            KeyKind::CustomerId => &self.customer_ids,
            KeyKind::VatNumber => &self.vat_numbers,
            KeyKind::TaxCode => &self.tax_codes,
        };
        Key { kind, text: index.text(entry) }
    }
}

/// The companies that documents turned out to be ambiguous between: they get no figures where such keys are skipped.
#[derive(Clone, Debug, Default)]
pub struct AmbiguousCompanies {
    companies: HashSet<CompanyIndex>,
    keys: HashSet<(KeyKind, Box<str>)>,
}

impl AmbiguousCompanies {
    /// Takes note of what was found for a document.
    pub fn note(&mut self, found: &Match<'_>) {
        let Match::Ambiguous { key, companies } = found else { return };
        // A key that thousands of documents share is walked once; only what a tax code narrows may differ per document.
        let is_whole = matches!(companies, Cow::Borrowed(_));
        if is_whole && !self.keys.insert((key.kind, key.text.into())) {
            return;
        }
        self.companies.extend(companies.iter().copied());
    }

    /// Whether a document was ambiguous between this company and another.
    pub fn contains(&self, company: CompanyIndex) -> bool {
        self.companies.contains(&company)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.companies.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.companies.is_empty()
    }
}

#[cfg(test)]
mod tests;
