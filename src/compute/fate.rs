//! What becomes of a row of the documents file, in four bytes.

use crate::domain::classes::UnmatchedReason;
use crate::domain::document::{NotCounted, Rejection};

use super::row::{FateCode, MOST_COMPANIES};

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// It belongs to the company of this number.
    Matched(u32),
    /// It belongs to no company.
    Unmatched(UnmatchedReason),
    /// It is no part of the revenue.
    NotCounted(NotCounted),
    /// It cannot be used.
    Rejected(Rejection),
    /// A later row has the same document id.
    Superseded,
}

/// The fates that are no company, by their code behind the companies.
const OTHERS: [Fate; 16] = [
    Fate::Superseded,
    Fate::Unmatched(UnmatchedReason::NoKey),
    Fate::Unmatched(UnmatchedReason::NoCompany),
    Fate::Unmatched(UnmatchedReason::Ambiguous),
    Fate::NotCounted(NotCounted::Draft),
    Fate::NotCounted(NotCounted::ProForma),
    Fate::NotCounted(NotCounted::Void),
    Fate::NotCounted(NotCounted::Discarded),
    Fate::NotCounted(NotCounted::AfterAsOf),
    Fate::NotCounted(NotCounted::NoSale),
    Fate::NotCounted(NotCounted::Duplicate),
    Fate::Rejected(Rejection::NoDate),
    Fate::Rejected(Rejection::NoAmount),
    Fate::Rejected(Rejection::Unreadable),
    Fate::Rejected(Rejection::NoRate),
    Fate::Rejected(Rejection::NoId),
];

impl From<Fate> for FateCode {
    fn from(fate: Fate) -> Self {
        if let Fate::Matched(company) = fate {
            return Self(company);
        }
        let place = (0_u32..).zip(OTHERS).find(|(_, other)| *other == fate);
        Self(MOST_COMPANIES + place.map_or(0, |(place, _)| place))
    }
}

impl From<FateCode> for Fate {
    fn from(code: FateCode) -> Self {
        match code.0.checked_sub(MOST_COMPANIES) {
            None => Self::Matched(code.0),
            Some(place) => OTHERS.get(place as usize).copied().unwrap_or(Self::Superseded),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fate_survives_its_code() {
        for fate in OTHERS.into_iter().chain([Fate::Matched(0), Fate::Matched(MOST_COMPANIES - 1)]) {
            assert_eq!(Fate::from(FateCode::from(fate)), fate);
        }
    }
}
