//! Reads a data set of two CSV files, independently of the product's own reader.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use sirank::domain::classes::{Class, classify};
use sirank::domain::company::{CompanyKeysText, CompanyRecord};
use sirank::domain::document::{DocumentDraft, DocumentKind, DraftKind, Entry, Party, Standing};
use sirank::domain::figures::CompanyFacts;
use sirank::domain::ids::{CompanyId, OwnerId};
use sirank::domain::intake::{CurrencyRules, intake};
use sirank::domain::keys::PartyKeys;
use sirank::domain::matching::{Candidate, CompanyIndex, CompanyStanding, Matcher};
use sirank::domain::readings::facts;
use sirank::domain::reconciliation::Reconciliation;
use sirank::domain::rules::{AmbiguousKeys, Rules};

pub(super) type Row = BTreeMap<String, String>;

/// The text of a file beside the manifest, unpacked; none (and a line that says so) where it is absent.
pub(super) fn read(path: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let packed = path.with_added_extension("gz");
    let mut text = String::new();
    let unpacked = |path: &Path, text: &mut String| {
        flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(text).unwrap();
    };
    if path.extension().is_some_and(|extension| extension == "gz") && path.exists() {
        unpacked(&path, &mut text);
    } else if path.exists() {
        text = std::fs::read_to_string(&path).unwrap();
    } else if packed.exists() {
        unpacked(&packed, &mut text);
    } else {
        println!("skipped: {} is absent", path.display());
        return None;
    }
    Some(text)
}

pub(super) fn rows(text: &str) -> Vec<Row> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// How documents find their companies.
enum Keys {
    /// By the column `vat_number`, as in the two-file form.
    AsTheyStand,
    /// By other keys, made of that column, which are normalised as those of a CRM are.
    Normalised(fn(&str) -> CompanyKeysText),
}

impl Keys {
    fn record(&self, row: &Row) -> CompanyRecord {
        let record = record(row);
        match self {
            Self::AsTheyStand => record,
            Self::Normalised(keys) => CompanyRecord { keys: keys(&row["vat_number"]), ..record },
        }
    }

    fn of(&self, party: &Party) -> PartyKeys {
        match self {
            Self::AsTheyStand => PartyKeys::as_it_stands(party.vat_number.as_deref().unwrap_or_default()),
            Self::Normalised(_) => PartyKeys::of_party(party),
        }
    }
}

/// Companies, and the documents of each, matched by the product's own rules.
pub(super) struct Dataset {
    records: Vec<CompanyRecord>,
    open_deals: Vec<bool>,
    owners: BTreeSet<OwnerId>,
    entries: Vec<Vec<Entry>>,
}

impl Dataset {
    pub(super) fn load(folder: &str) -> Option<Self> {
        let documents = rows(&read(&format!("{folder}/documents.csv"))?);
        Self::of(folder, documents.iter().enumerate().map(|(number, row)| draft(number, row)).collect())
    }

    /// The companies of a folder, and documents from wherever they were read; the VAT number is a key as it stands.
    pub(super) fn of(folder: &str, documents: Vec<DocumentDraft>) -> Option<Self> {
        Self::new(folder, documents, &Keys::AsTheyStand)
    }

    /// The same, with other keys in the place of the data set's own, matched by the rules of a run.
    pub(super) fn with_keys(
        folder: &str,
        documents: Vec<DocumentDraft>,
        keys: fn(&str) -> CompanyKeysText,
    ) -> Option<Self> {
        Self::new(folder, documents, &Keys::Normalised(keys))
    }

    fn new(folder: &str, documents: Vec<DocumentDraft>, keys: &Keys) -> Option<Self> {
        let companies = rows(&read(&format!("{folder}/companies.csv"))?);
        let records: Vec<_> = companies.iter().map(|row| keys.record(row)).collect();
        let mut dataset = Self {
            open_deals: companies.iter().map(has_watched_deal).collect(),
            owners: records.iter().filter_map(|record| record.owner.clone()).collect(),
            entries: vec![Vec::new(); records.len()],
            records,
        };
        dataset.match_documents(documents, keys);
        Some(dataset)
    }

    fn match_documents(&mut self, documents: Vec<DocumentDraft>, keys: &Keys) {
        let candidates = self.records.iter().enumerate().map(|(place, record)| Candidate {
            index: CompanyIndex(u32::try_from(place).unwrap()),
            keys: &record.keys,
            created: record.created,
            id: &record.id,
        });
        let matcher = match keys {
            Keys::AsTheyStand => Matcher::as_it_stands(candidates, AmbiguousKeys::Skip),
            Keys::Normalised(_) => Matcher::new(candidates, AmbiguousKeys::Skip),
        };
        for place in 0..self.records.len() {
            let standing = matcher.standing(CompanyIndex(u32::try_from(place).unwrap()));
            assert_eq!(standing, CompanyStanding::Keyed, "{}", self.records[place].id);
        }
        let mut books = Reconciliation::default();
        for draft in documents {
            let document = intake(draft, &CurrencyRules::default());
            books.pull(1, document.amount.as_ref());
            let keys = keys.of(&document.party);
            let class =
                classify(&document.standing, "9999-12-31".parse().unwrap(), || matcher.find(&keys).company());
            books.class(class, 1, document.amount.as_ref());
            let (Class::Matched(company), Standing::Counts { day, kind, net }) = (class, document.standing)
            else {
                panic!("{} is {class:?}", document.id)
            };
            self.entries[company.get()].push(Entry::new(day, kind, net));
        }
        assert!(books.balances());
        self.entries.iter_mut().for_each(|entries| entries.sort_by_key(|entry| entry.day));
    }

    /// Every company with its facts and all of its entries.
    pub(super) fn companies(&self, rules: &Rules) -> impl Iterator<Item = (String, CompanyFacts, &[Entry])> {
        self.records.iter().enumerate().map(|(place, record)| {
            let facts = facts(record, rules, &self.owners, self.open_deals[place]);
            (record.id.to_string(), facts, self.entries[place].as_slice())
        })
    }
}

fn record(row: &Row) -> CompanyRecord {
    let text = |column: &str| Some(row[column].clone()).filter(|text| !text.is_empty());
    CompanyRecord {
        version: None,
        id: CompanyId::from(row["company_id"].as_str()),
        name: row["name"].clone(),
        created: text("created").map(|day| day.parse().unwrap()),
        keys: CompanyKeysText { vat_number: text("vat_number"), ..CompanyKeysText::default() },
        potential: text("potential"),
        category: text("category"),
        d_and_p: text("d_and_p"),
        owner: text("owner").map(|owner| OwnerId::from(owner.as_str())),
        last_contact: text("last_contacted").map(|day| day.parse().unwrap()),
        last_contact_at: None,
        observed: Vec::new(),
    }
}

fn has_watched_deal(row: &Row) -> bool {
    row["open_deal_pipelines"].split('|').any(|pipeline| ["sales", "ecommerce"].contains(&pipeline))
}

fn draft(number: usize, row: &Row) -> DocumentDraft {
    DocumentDraft {
        id: row["document_id"].clone(),
        number: row["document_id"].clone(),
        party: Party { vat_number: Some(row["vat_number"].clone()), ..Party::default() },
        kind: match row["kind"].as_str() {
            "invoice" => Ok(DraftKind::Issued(DocumentKind::Invoice)),
            "credit_note" => Ok(DraftKind::Issued(DocumentKind::CreditNote)),
            other => Err(other.to_owned()),
        },
        date: Some(row["date"].clone()),
        net: Some(row["net_amount"].clone()),
        place: format!("row {}", number + 2),
        ..DocumentDraft::default()
    }
}
