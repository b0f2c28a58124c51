//! Which documents of the ledger an earlier source holds too.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, Row};

use crate::domain::document::DocumentKind;
use crate::domain::duplicates::{Claim, DuplicateRule, Likeness, Repeated, repeated};
use crate::domain::ids::SourceName;
use crate::domain::time::Day;

use super::ledger::{COUNTED_ELSEWHERE, COUNTED_TWICE};
use super::news::note_news;
use super::{Store, StoreError};

/// How many documents are looked at, and marked in one transaction, at a time.
pub(super) const BATCH: usize = 10_000;

/// How many documents are compared with each other at a time: 32 bytes each, and some hundred for each that another source
/// has too.
const TOGETHER: u64 = 1_000_000;

/// A document whose mark is not the right one.
struct Wrong {
    key: Key,
    mark: i64,
}

/// Documents that were marked: how many, and the numbers of the first few.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// How many there are.
    pub documents: u64,
    /// The numbers of the first few.
    pub named: Vec<String>,
}

impl Marked {
    fn note(&mut self, number: &str, named: usize) {
        self.documents += 1;
        if self.named.len() < named {
            self.named.push(number.to_owned());
        }
    }
}

impl Store {
    /// Marks every document that counts and that an earlier source, in this order, holds too; takes the mark from those
    /// that none does any more. Returns all marked ones, and those of them that the earlier source has with another
    /// amount.
    pub fn mark_duplicates(
        &self,
        order: &[SourceName],
        rule: DuplicateRule,
        named: usize,
    ) -> Result<(Marked, Marked), StoreError> {
        self.mark_by_parts(order, rule, named, TOGETHER)
    }

    pub(super) fn mark_by_parts(
        &self,
        order: &[SourceName],
        rule: DuplicateRule,
        named: usize,
        together: u64,
    ) -> Result<(Marked, Marked), StoreError> {
        let claims = self.claims(order, together)?;
        let mark = match rule {
            DuplicateRule::Report => COUNTED_TWICE,
            DuplicateRule::CountOnce => COUNTED_ELSEWHERE,
        };
        let (mut marked, mut differing) = (Marked::default(), Marked::default());
        for part in 0..claims.parts {
            let mut repeated = self.repeated(&claims, part)?;
            self.each_batch(&claims, part, |batch| {
                let wrong = batch.into_iter().filter_map(|candidate| {
                    // Of claims that are the same in everything, the first ones are meant.
                    let is_of_same_amount =
                        candidate.claim.and_then(|claim| repeated.get_mut(&claim)?.next());
                    if is_of_same_amount.is_some() {
                        marked.note(&candidate.number, named);
                    }
                    if is_of_same_amount == Some(false) {
                        differing.note(&candidate.number, named);
                    }
                    let right = if is_of_same_amount.is_some() { mark } else { 0 };
                    (candidate.mark != right).then_some(Wrong { key: candidate.key, mark: right })
                });
                self.put_marks(&wrong.collect::<Vec<_>>())
            })?;
        }
        Ok((marked, differing))
    }

    /// Which claims of a part an earlier source has too.
    fn repeated(&self, claims: &Claims, part: u64) -> Result<HashMap<Claim, Times>, StoreError> {
        let mut made = Vec::new();
        self.each_batch(claims, part, |batch| {
            made.extend(batch.iter().filter_map(|candidate| candidate.claim));
            Ok(())
        })?;
        let mut times: HashMap<Claim, Times> = HashMap::new();
        for Repeated { claim, is_of_same_amount } in repeated(made) {
            let times = times.entry(claim).or_default();
            times.all += 1;
            times.of_same_amount += u32::from(is_of_same_amount);
        }
        Ok(times)
    }

    /// Shows all candidates of a part in the order of their keys.
    fn each_batch(
        &self,
        claims: &Claims,
        part: u64,
        mut show: impl FnMut(Vec<Candidate>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut after = Key::default();
        loop {
            let mut batch = self.read(|connection| claims.batch(connection, &after))?;
            let Some(last) = batch.last() else { return Ok(()) };
            after.clone_from(&last.key);
            batch.retain(|candidate| claims.part_of(candidate) == part);
            show(batch)?;
        }
    }

    fn put_marks(&self, wrong: &[Wrong]) -> Result<(), StoreError> {
        if wrong.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            let mut put = transaction
                .prepare_cached("UPDATE documents SET duplicate = ?3 WHERE source = ?1 AND id = ?2")?;
            for Wrong { key: (source, id), mark } in wrong {
                put.execute((source, id, mark))?;
            }
            note_news(transaction, true)
        })
    }

    fn claims(&self, order: &[SourceName], together: u64) -> Result<Claims, StoreError> {
        if order.len() < 2 {
            return Ok(Claims { ranks: BTreeMap::new(), sellers: BTreeMap::new(), parts: 1 });
        }
        self.read(|connection| {
            let mut ranks = BTreeMap::new();
            for (rank, source) in (0..).zip(order) {
                let mut numbers = connection.prepare_cached("SELECT no FROM sources WHERE name = ?1")?;
                for no in numbers.query_map([source.as_str()], |row| row.get::<_, i64>(0))? {
                    ranks.insert(no?, rank);
                }
            }
            let sellers: Vec<String> = connection
                .prepare_cached("SELECT DISTINCT seller FROM documents WHERE seller IS NOT NULL")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let documents: u64 =
                connection.query_row("SELECT count(*) FROM documents", [], |row| row.get(0))?;
            Ok(Claims {
                ranks,
                sellers: sellers.into_iter().zip(0..).collect(),
                parts: documents.div_ceil(together).max(1),
            })
        })
    }
}

/// How documents become claims.
struct Claims {
    /// Ranks by the numbers of the sources.
    ranks: BTreeMap<i64, u16>,
    sellers: BTreeMap<String, u32>,
    /// In how many parts they are compared.
    parts: u64,
}

/// How many documents with the same claim an earlier source holds too.
#[derive(Default)]
struct Times {
    all: u32,
    of_same_amount: u32,
    /// How many documents with the claim were met.
    seen: u32,
}

impl Times {
    /// Whether the next document with the claim has the same amount there; none where it is not held there.
    fn next(&mut self) -> Option<bool> {
        self.seen += 1;
        (self.seen <= self.all).then_some(self.seen <= self.of_same_amount)
    }
}

/// What documents are in the order of: the number of the source, and the document's id.
type Key = (i64, String);

/// A document that may be one of another source too.
struct Candidate {
    key: Key,
    number: String,
    mark: i64,
    claim: Option<Claim>,
}

impl Claims {
    /// The next documents that may be of another source too, or have a mark.
    fn batch(&self, connection: &Connection, after: &Key) -> Result<Vec<Candidate>, rusqlite::Error> {
        // Without another source there is nothing to look for, only marks to take away.
        let which = if self.ranks.is_empty() { "" } else { "standing = 0 AND stands_for = 1 OR" };
        let mut query = connection.prepare_cached(&format!(
            "SELECT source, id, number, day, reason, seller, duplicate, net FROM documents
             WHERE (source, id) > (?1, ?2) AND ({which} duplicate > 0) ORDER BY source, id LIMIT {BATCH}"
        ))?;
        query.query_map((after.0, &after.1), |row| self.candidate(row))?.collect()
    }

    fn part_of(&self, candidate: &Candidate) -> u64 {
        candidate.claim.map_or(0, |claim| claim.likeness.part(self.parts))
    }

    fn candidate(&self, row: &Row<'_>) -> Result<Candidate, rusqlite::Error> {
        let source = row.get(0)?;
        let number: String = row.get(2)?;
        let day: Option<i32> = row.get(3)?;
        let kind = match row.get_ref(4)? {
            rusqlite::types::ValueRef::Null => DocumentKind::Invoice,
            _ => DocumentKind::CreditNote,
        };
        let likeness = day.and_then(Day::from_number).and_then(|day| Likeness::of(&number, day, kind));
        let seller: Option<String> = row.get(5)?;
        let seller = seller.and_then(|seller| self.sellers.get(&seller).copied());
        // Its lowest bits: amounts that are some forty millions apart are not compared with each other by chance.
        let amount = row.get::<_, Option<i64>>(7)?.unwrap_or_default().rem_euclid(1 << 32);
        let of_year = day.unwrap_or_default().rem_euclid(1 << 16);
        let claim = likeness.zip(self.ranks.get(&source)).map(|(likeness, rank)| Claim {
            likeness,
            rank: *rank,
            amount: u32::try_from(amount).unwrap_or_default(),
            day: u16::try_from(of_year).unwrap_or_default(),
            seller,
        });
        Ok(Candidate { key: (source, row.get(1)?), number, mark: row.get(6)?, claim })
    }
}
