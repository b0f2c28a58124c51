//! Worked out by hand from the specification, one table per rule; then laws.

mod bands_and_clusters;
mod inactivity;
mod laws;
mod phases_and_contacts;
mod score_and_worth;
mod windows;

use super::*;
use crate::domain::document::DocumentKind;
use crate::domain::money::Cents;

/// Documents as dates and amounts.
pub(super) type Documents = &'static [(&'static str, &'static str)];

pub(super) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(super) fn money(text: &str) -> Money {
    Money::rounded(text.parse().unwrap())
}

/// Entries in any order: an amount that begins with a minus is a credit note.
pub(super) fn entries(documents: &[(&str, &str)]) -> Vec<Entry> {
    let mut entries: Vec<_> = documents
        .iter()
        .map(|(date, amount)| {
            let kind = if amount.starts_with('-') { DocumentKind::CreditNote } else { DocumentKind::Invoice };
            let net = Cents::from_decimal(amount.trim_start_matches('-').parse().unwrap()).unwrap();
            Entry::new(day(date), kind, net)
        })
        .collect();
    entries.sort_by_key(|entry| entry.day);
    entries
}

pub(super) fn facts() -> CompanyFacts {
    CompanyFacts {
        created: None,
        potential: Some(Potential::High),
        excluded_category: false,
        d_and_p: false,
        active_owner: true,
        last_contact: None,
        open_deal: false,
    }
}

/// Figures by the default rules.
pub(super) fn figures(as_of: &str, facts: &CompanyFacts, documents: &[(&str, &str)]) -> Figures {
    figures_by(&Rules::default(), as_of, facts, documents)
}

pub(super) fn figures_by(
    rules: &Rules,
    as_of: &str,
    facts: &CompanyFacts,
    documents: &[(&str, &str)],
) -> Figures {
    let as_of = day(as_of);
    compute(rules, &Horizon::new(as_of), facts, up_to(&entries(documents), as_of))
}
