//! Every document pulled is in exactly one class.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::document::{NotCounted, Rejection, Standing};
use super::matching::{CompanyIndex, Match};
use super::time::Day;

/// Why a counting document has no company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnmatchedReason {
    /// It has none of the keys.
    NoKey,
    /// No company holds any of its keys.
    NoCompany,
    /// Several companies hold the key that decides.
    Ambiguous,
}

/// The class of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// It counts for a company.
    Matched(CompanyIndex),
    /// It counts, for no company.
    Unmatched(UnmatchedReason),
    /// It is no part of the revenue.
    NotCounted(NotCounted),
    /// It cannot be used.
    Rejected(Rejection),
}

impl Match<'_> {
    /// The company, or why there is none.
    pub fn company(&self) -> Result<CompanyIndex, UnmatchedReason> {
        match self {
            Self::Company(company) => Ok(*company),
            Self::NoKey => Err(UnmatchedReason::NoKey),
            Self::NoCompany => Err(UnmatchedReason::NoCompany),
            Self::Ambiguous { .. } => Err(UnmatchedReason::Ambiguous),
        }
    }
}

/// The class of a document on an as-of day. `find` is asked only for documents that count.
pub fn classify(
    standing: &Standing,
    as_of: Day,
    find: impl FnOnce() -> Result<CompanyIndex, UnmatchedReason>,
) -> Class {
    match standing {
        Standing::Rejected { reason, .. } => Class::Rejected(*reason),
        Standing::NotCounted(why) => Class::NotCounted(*why),
        Standing::Counts { day, .. } if *day > as_of => Class::NotCounted(NotCounted::AfterAsOf),
        Standing::Counts { .. } => find().map_or_else(Class::Unmatched, Class::Matched),
    }
}

macro_rules! named {
    ($($name:ty { $($variant:ident => $text:literal),+ $(,)? })+) => {$(
        impl $name {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The internal name, as it is serialised.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(self.as_str())
            }
        }
    )+};
}

named! {
    UnmatchedReason { NoKey => "no_key", NoCompany => "no_company", Ambiguous => "ambiguous" }
    NotCounted {
        Draft => "draft",
        ProForma => "pro_forma",
        Void => "void",
        Discarded => "discarded",
        AfterAsOf => "after_as_of",
        NoSale => "no_sale",
        Duplicate => "duplicate",
    }
    Rejection {
        NoDate => "no_date",
        NoAmount => "no_amount",
        Unreadable => "unreadable",
        NoRate => "no_rate",
        NoId => "no_id",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::DocumentKind;
    use crate::domain::money::Cents;

    fn counting(day: &str) -> Standing {
        Standing::Counts { day: day.parse().unwrap(), kind: DocumentKind::Invoice, net: Cents::ZERO }
    }

    #[test]
    fn a_document_is_in_one_class() {
        let as_of: Day = "2024-02-29".parse().unwrap();
        let company = CompanyIndex(3);
        let rejected = Standing::Rejected { reason: Rejection::NoDate, detail: String::new() };
        let table = [
            (counting("2024-02-29"), Match::Company(company), Class::Matched(company)),
            (counting("2024-03-01"), Match::Company(company), Class::NotCounted(NotCounted::AfterAsOf)),
            (counting("2024-02-29"), Match::NoKey, Class::Unmatched(UnmatchedReason::NoKey)),
            (counting("2024-02-29"), Match::NoCompany, Class::Unmatched(UnmatchedReason::NoCompany)),
            (
                Standing::NotCounted(NotCounted::Discarded),
                Match::Company(company),
                Class::NotCounted(NotCounted::Discarded),
            ),
            (rejected, Match::Company(company), Class::Rejected(Rejection::NoDate)),
        ];
        for (standing, found, class) in table {
            assert_eq!(classify(&standing, as_of, || found.company()), class, "{standing:?}");
        }
    }

    #[test]
    fn names_are_those_of_the_serialised_form() {
        for reason in UnmatchedReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
        for why in NotCounted::ALL {
            assert_eq!(serde_json::to_value(why).unwrap(), why.as_str());
        }
        for reason in Rejection::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
    }
}
