//! Documents that several sources hold: an invoice that is in the ledger and, as an e-invoice, in a folder.
//!
//! Sources know a document under ids of their own. What makes two of them one is who issued it, the year of its date, its
//! number and whether it is a credit note. A seller that is not said is compatible with every other. Where a source holds
//! several such documents of its own, as branches that number by themselves, the one of the same amount and day is meant,
//! else the one of the same amount, else the one that comes nearest to it; the others are documents of their own.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::RangeInclusive;

use serde::Serialize;

use super::document::DocumentKind;
use super::time::Day;

/// What a document means that an earlier source holds too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateRule {
    /// Both count, and it is reported.
    #[default]
    Report,
    /// The earlier source's counts.
    CountOnce,
}

/// The year, the number and the kind of a document, in a form that millions of them are compared in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Likeness(u128);

impl Likeness {
    /// The likeness of a document; none without a number. Numbers are compared without blanks and without regard to case.
    pub fn of(number: &str, day: Day, kind: DocumentKind) -> Option<Self> {
        let number: String =
            number.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect();
        if number.is_empty() {
            return None;
        }
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, day.year(), &number, kind).hash(&mut hasher);
            u128::from(hasher.finish())
        };
        // Twice 64 bits: that two of a hundred million documents should be taken for one by chance is not to be feared.
        Some(Self(half(0) << 64 | half(1)))
    }

    /// In which of so many parts, all of about one size, the documents are that are alike in this way.
    pub fn part(self, parts: u64) -> u64 {
        u64::try_from(self.0 % u128::from(parts.max(1))).unwrap_or_default()
    }
}

/// That a source holds a document. Sorted by likeness, then by the rank of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// What the document is.
    pub likeness: Likeness,
    /// Which source in their order: the first one counts before all others.
    pub rank: u16,
    /// Its amount, by a number that is another for another amount, as good as always, and near for a near one.
    pub amount: u32,
    /// Its day, by a number that is another for every day of a year.
    pub day: u16,
    /// Who issued it, by a number of the caller's; none where the source does not say.
    pub seller: Option<u32>,
}

/// That an earlier source holds the document of a claim as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The later one.
    pub claim: Claim,
    /// Whether the earlier source has it with the same amount.
    pub is_of_same_amount: bool,
}

/// The claims to documents that a source of a lower rank holds as well. A document is one of another source at most.
pub fn repeated(mut claims: Vec<Claim>) -> Vec<Repeated> {
    claims.sort_unstable();
    let mut repeated = Vec::new();
    for alike in claims.chunk_by(|one, other| one.likeness == other.likeness) {
        let mut earlier: Vec<Claim> = Vec::new();
        for of_source in alike.chunk_by(|one, other| one.rank == other.rank) {
            let mut open = Open::of(of_source);
            let mut left = earlier.clone();
            for find in [Open::same, Open::of_amount, Open::nearest] {
                left.retain(|earlier| {
                    let Some(found) = find(&open, earlier) else { return true };
                    open.0.remove(&found);
                    let is_of_same_amount = found.0.amount == earlier.amount;
                    repeated.push(Repeated { claim: found.0, is_of_same_amount });
                    false
                });
            }
            earlier.extend(open.0.into_iter().map(|(claim, _)| claim));
        }
    }
    repeated
}

/// The claims of one source to documents that are alike, each with a number of its own.
struct Open(BTreeSet<(Claim, usize)>);

impl Open {
    fn of(claims: &[Claim]) -> Self {
        Self(claims.iter().copied().zip(0..).collect())
    }

    /// The one of the same amount and day.
    fn same(&self, as_this: &Claim) -> Option<(Claim, usize)> {
        self.within(as_this, as_this.amount..=as_this.amount, as_this.day..=as_this.day).next()
    }

    /// The first one of the same amount.
    fn of_amount(&self, as_this: &Claim) -> Option<(Claim, usize)> {
        self.within(as_this, as_this.amount..=as_this.amount, 0..=u16::MAX).next()
    }

    /// The one whose amount is nearest.
    fn nearest(&self, to: &Claim) -> Option<(Claim, usize)> {
        let below = self.within(to, 0..=to.amount, 0..=u16::MAX).next_back();
        let above = self.within(to, to.amount..=u32::MAX, 0..=u16::MAX).next();
        below.into_iter().chain(above).min_by_key(|(claim, _)| claim.amount.abs_diff(to.amount))
    }

    fn within(
        &self,
        of: &Claim,
        amounts: RangeInclusive<u32>,
        days: RangeInclusive<u16>,
    ) -> impl DoubleEndedIterator<Item = (Claim, usize)> {
        let seller = of.seller;
        let rank = self.0.first().map_or(of.rank, |(claim, _)| claim.rank);
        let from = Claim { rank, amount: *amounts.start(), day: *days.start(), seller: None, ..*of };
        let to = Claim { rank, amount: *amounts.end(), day: *days.end(), seller: Some(u32::MAX), ..*of };
        let range = self.0.range((from, 0)..=(to, usize::MAX)).copied();
        range.filter(move |(claim, _)| may_be_one(claim.seller, seller))
    }
}

fn may_be_one(one: Option<u32>, other: Option<u32>) -> bool {
    one.is_none() || other.is_none() || one == other
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(number: &str, day: &str, kind: DocumentKind) -> Option<Likeness> {
        Likeness::of(number, day.parse().unwrap(), kind)
    }

    #[test]
    fn a_document_is_known_by_year_number_and_kind() {
        use DocumentKind::{CreditNote, Invoice};
        let one = likeness("12/A", "2026-01-05", Invoice);
        assert_eq!(one, likeness(" 12 / a ", "2026-12-31", Invoice));
        for other in [
            likeness("12/B", "2026-01-05", Invoice),
            likeness("012/A", "2026-01-05", Invoice),
            likeness("12/A", "2025-12-31", Invoice),
            likeness("12/A", "2026-01-05", CreditNote),
        ] {
            assert_ne!(one, other);
        }
        assert_eq!(likeness(" ", "2026-01-05", Invoice), None, "documents without a number are never alike");
    }

    #[test]
    fn the_first_source_counts_and_other_sellers_are_other_documents() {
        let of = |number: &str, rank, seller| Claim {
            likeness: likeness(number, "2026-01-05", DocumentKind::Invoice).unwrap(),
            rank,
            amount: 100,
            day: 5,
            seller,
        };
        let worth = |amount, claim| Claim { amount, ..claim };
        let on = |day, claim| Claim { day, ..claim };
        let table: [(&[Claim], &[Claim]); 14] = [
            (&[of("1", 0, None), of("2", 1, None)], &[]),
            (&[of("1", 1, None), of("1", 0, None)], &[of("1", 1, None)]),
            (&[of("1", 0, None), of("1", 0, None)], &[]), // two documents of one source
            (&[of("1", 0, Some(7)), of("1", 1, Some(7))], &[of("1", 1, Some(7))]),
            (&[of("1", 0, Some(7)), of("1", 1, Some(8))], &[]),
            // The second is the first one's, so the third is another document.
            (&[of("1", 0, Some(7)), of("1", 1, None), of("1", 2, Some(8))], &[of("1", 1, None)]),
            // Rounded otherwise, or with the stamp.
            (&[of("1", 0, None), worth(102, of("1", 1, None))], &[worth(102, of("1", 1, None))]),
            // One document is not two, and the nearest amount is meant.
            (
                &[of("1", 0, None), worth(50, of("1", 1, None)), worth(102, of("1", 1, None))],
                &[worth(102, of("1", 1, None))],
            ),
            // Of two branches of the second source, one is the first one's.
            (&[of("1", 0, None), worth(50, of("1", 1, None)), of("1", 1, None)], &[of("1", 1, None)]),
            (&[of("1", 0, None), of("1", 1, None), of("1", 1, None)], &[of("1", 1, None)]),
            (&[of("1", 0, None), on(4, of("1", 1, None)), of("1", 1, None)], &[of("1", 1, None)]),
            (
                &[of("1", 0, None), of("1", 0, None), of("1", 1, None), of("1", 1, None)],
                &[of("1", 1, None); 2],
            ),
            (&[of("1", 0, None), of("1", 1, None), of("1", 2, None)], &[of("1", 1, None), of("1", 2, None)]),
            (
                &[of("1", 0, None), worth(50, of("1", 0, None)), worth(50, of("1", 1, None))],
                &[worth(50, of("1", 1, None))],
            ),
        ];
        for (claims, expected) in table {
            let found: Vec<Claim> = repeated(claims.to_vec()).into_iter().map(|it| it.claim).collect();
            assert_eq!(found, expected, "{claims:?}");
        }
        let differs = repeated(vec![of("1", 0, None), worth(102, of("1", 1, None))]);
        assert_eq!(differs.iter().map(|it| it.is_of_same_amount).collect::<Vec<_>>(), [false]);
    }
}
