//! Where a pull stands, and which page comes next.
//!
//! Pages are counted, not followed: the vendor's `next_page_url` may be relative or stale. A document that is deleted
//! while pages are read moves all later ones forward, so that the first ones of the next page would slip through: where
//! the total has shrunk, as many pages are read again as it takes to have seen them.

use std::fmt;
use std::str::FromStr;

use super::client::PAGE;
use super::map::DocumentType;
use crate::ports::Cursor;

/// How often a pull goes back before it gives up: somebody is emptying the company.
const MOST_RETURNS: u32 = 20;

/// A place in a pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) kind: DocumentType,
    /// From 1.
    pub(super) page: u64,
    /// How many documents of the type there were at the page before.
    total: Option<u64>,
    /// How often pages were read again so far.
    returns: u32,
}

/// What an answer says of its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) current_page: Option<u64>,
    pub(super) last_page: Option<u64>,
    pub(super) total: Option<u64>,
    pub(super) rows: u64,
}

impl Place {
    /// The beginning.
    pub(super) const START: Self = Self::first(DocumentType::Invoice);

    /// Whether pages before another place, or that one, are to be read again.
    pub(super) fn is_back_from(self, other: Self) -> bool {
        self.kind == other.kind && self.page <= other.page
    }

    /// The beginning of the next type; none after the last.
    pub(super) fn next_kind(self) -> Option<Self> {
        self.kind.next().map(Self::first)
    }

    const fn first(kind: DocumentType) -> Self {
        Self { kind, page: 1, total: None, returns: 0 }
    }

    /// The place after the page that was read here; none at the end.
    ///
    /// # Errors
    /// Where the answer is no page of this list, or the list shrinks again and again.
    pub(super) fn after(self, told: Told) -> Result<Option<Self>, String> {
        if told.current_page.is_some_and(|page| page != self.page) {
            return Err(format!(
                "page {} of the documents was asked for, and page {} came",
                self.page,
                told.current_page.unwrap_or_default()
            ));
        }
        let gone = self.total.unwrap_or_default().saturating_sub(told.total.unwrap_or(u64::MAX));
        let total = told.total.or(self.total);
        if gone > 0 && self.page > 1 {
            if self.returns == MOST_RETURNS {
                return Err("documents are being deleted faster than they can be read".to_owned());
            }
            let page = self.page.saturating_sub(gone.div_ceil(PAGE)).max(1);
            return Ok(Some(Self { page, total, returns: self.returns + 1, ..self }));
        }
        let more = match told.last_page {
            Some(last) => self.page < last,
            None => told.rows == PAGE,
        };
        Ok(if more { Some(Self { page: self.page + 1, total, ..self }) } else { self.next_kind() })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}/", self.kind.as_str(), self.page)?;
        self.total.map_or(Ok(()), |total| write!(out, "{total}"))?;
        write!(out, "/{}", self.returns)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('/');
        let mut part = || parts.next().ok_or(());
        let kind = DocumentType::parse(part()?).ok_or(())?;
        let page = part()?.parse().map_err(drop)?;
        let total = match part()? {
            "" => None,
            total => Some(total.parse().map_err(drop)?),
        };
        let returns = part()?.parse().map_err(drop)?;
        Ok(Self { kind, page, total, returns })
    }
}

impl From<Place> for Cursor {
    fn from(place: Place) -> Self {
        Self(place.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(last_page: Option<u64>, total: Option<u64>, rows: u64) -> Told {
        Told { current_page: None, last_page, total, rows }
    }

    fn at(kind: DocumentType, page: u64, total: Option<u64>, returns: u32) -> Place {
        Place { kind, page, total, returns }
    }

    #[test]
    fn pages_are_counted_and_credit_notes_come_after_invoices() {
        use DocumentType::{CreditNote, Invoice};
        let table = [
            (Place::START, told(Some(3), Some(230), 100), Some(at(Invoice, 2, Some(230), 0))),
            (at(Invoice, 2, Some(230), 0), told(Some(3), Some(230), 100), Some(at(Invoice, 3, Some(230), 0))),
            (at(Invoice, 3, Some(230), 0), told(Some(3), Some(230), 30), Some(at(CreditNote, 1, None, 0))),
            (at(CreditNote, 1, None, 0), told(Some(1), Some(0), 0), None),
            // A document that appeared meanwhile is on the last page.
            (at(Invoice, 3, Some(300), 0), told(Some(4), Some(301), 100), Some(at(Invoice, 4, Some(301), 0))),
            // Without a last page, a full page has another one.
            (Place::START, told(None, None, 100), Some(at(Invoice, 2, None, 0))),
            (at(Invoice, 2, None, 0), told(None, None, 99), Some(at(CreditNote, 1, None, 0))),
            // One document or a hundred fewer: the page before holds what slipped through; 101: two pages.
            (at(Invoice, 3, Some(230), 0), told(Some(3), Some(229), 29), Some(at(Invoice, 2, Some(229), 1))),
            (at(Invoice, 4, Some(400), 1), told(Some(3), Some(300), 0), Some(at(Invoice, 3, Some(300), 2))),
            (at(Invoice, 4, Some(400), 0), told(Some(3), Some(299), 0), Some(at(Invoice, 2, Some(299), 1))),
        ];
        for (place, told, next) in table {
            assert_eq!(place.after(told), Ok(next), "{place} {told:?}");
        }
    }

    #[test]
    fn a_foreign_page_and_an_endless_deletion_are_errors() {
        let other = Told { current_page: Some(1), ..told(Some(3), Some(230), 100) };
        assert!(at(DocumentType::Invoice, 2, Some(230), 0).after(other).is_err());
        let shrinking = at(DocumentType::Invoice, 2, Some(230), MOST_RETURNS);
        assert!(shrinking.after(told(Some(3), Some(220), 100)).is_err());
    }

    #[test]
    fn a_place_survives_its_text() {
        for place in [Place::START, at(DocumentType::CreditNote, 12, Some(1200), 3)] {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for text in ["", "quote/1//0", "invoice/x//0", "invoice/1"] {
            assert_eq!(text.parse::<Place>(), Err(()), "{text}");
        }
    }
}
