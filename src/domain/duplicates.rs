//! Documents that several sources hold: an invoice that is in the ledger and, as an e-invoice, in a folder.
//!
//! Sources know a document under ids of their own. What makes two of them one is who issued it, the year of its date, its
//! number and whether it is a credit note. A seller that is not said is compatible with every other. Where a source holds
//! several such documents of its own, as branches that number by themselves, the one of the same amount is meant.

use std::hash::{DefaultHasher, Hash, Hasher};

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
}

/// That a source holds a document. Sorted by likeness, then by the rank of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// What the document is.
    pub likeness: Likeness,
    /// Which source in their order: the first one counts before all others.
    pub rank: u32,
    /// Who issued it, by a number of the caller's; none where the source does not say.
    pub seller: Option<u32>,
    /// Its amount, by a number that is another for another amount, as good as always.
    pub amount: u32,
}

/// The claims to documents that a source of a lower rank holds as well.
pub fn repeated(mut claims: Vec<Claim>) -> Vec<Claim> {
    claims.sort_unstable();
    claims.dedup();
    let mut repeated = Vec::new();
    for alike in claims.chunk_by(|one, other| one.likeness == other.likeness) {
        let mut first: Vec<Claim> = Vec::new();
        for claim in alike {
            let may_be = |other: &&Claim| may_be_one(claim.seller, other.seller);
            let is_beside = |other: &&Claim| other.rank == claim.rank && may_be(other);
            // Another one of its source is meant, to the cent.
            let is_another = |of: &Claim| {
                claim.amount != of.amount && alike.iter().filter(is_beside).any(|it| it.amount == of.amount)
            };
            let mut earlier = first.iter().filter(|other| other.rank < claim.rank).filter(may_be);
            if earlier.any(|other| !is_another(other)) {
                repeated.push(*claim);
            } else {
                first.push(*claim);
            }
        }
    }
    repeated
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
            seller,
            amount: 100,
        };
        let worth = |amount, claim| Claim { amount, ..claim };
        let table: [(&[Claim], &[Claim]); 10] = [
            (&[of("1", 0, None), of("2", 1, None)], &[]),
            (&[of("1", 1, None), of("1", 0, None)], &[of("1", 1, None)]),
            (&[of("1", 0, None), of("1", 0, None)], &[]), // two documents of one source
            (&[of("1", 0, Some(7)), of("1", 1, Some(7))], &[of("1", 1, Some(7))]),
            (&[of("1", 0, Some(7)), of("1", 1, Some(8))], &[]),
            // The second is the first one's, so the third is another document.
            (&[of("1", 0, Some(7)), of("1", 1, None), of("1", 2, Some(8))], &[of("1", 1, None)]),
            // Rounded otherwise, or with the stamp.
            (&[of("1", 0, None), worth(102, of("1", 1, None))], &[worth(102, of("1", 1, None))]),
            (
                &[of("1", 0, None), worth(50, of("1", 1, None)), worth(102, of("1", 1, None))],
                &[worth(50, of("1", 1, None)), worth(102, of("1", 1, None))],
            ),
            // Of two branches of the second source, one is the first one's.
            (&[of("1", 0, None), worth(50, of("1", 1, None)), of("1", 1, None)], &[of("1", 1, None)]),
            (
                &[of("1", 0, None), worth(50, of("1", 0, None)), worth(50, of("1", 1, None))],
                &[worth(50, of("1", 1, None))],
            ),
        ];
        for (claims, expected) in table {
            assert_eq!(repeated(claims.to_vec()), expected, "{claims:?}");
        }
    }
}
