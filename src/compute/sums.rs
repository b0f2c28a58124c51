//! Numbers of documents and their money, while they are counted: plain integers, side by side per thread.

use std::collections::BTreeMap;

use crate::domain::money::{Cents, Money};
use crate::domain::reconciliation::{Reconciliation, Tally};

use super::fate::Fate;

/// A number of documents and their signed money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    documents: u64,
    without_amount: u64,
    cents: i128,
}

impl Sum {
    /// Counts a document.
    pub(super) fn add(&mut self, amount: Option<Cents>) {
        self.documents += 1;
        self.without_amount += u64::from(amount.is_none());
        self.cents += amount.map_or(0, |amount| i128::from(amount.get()));
    }

    /// Counts what another sum has counted.
    #[must_use]
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            documents: self.documents + other.documents,
            without_amount: self.without_amount + other.without_amount,
            cents: self.cents + other.cents,
        }
    }

    /// What is left without the documents that another sum has counted; they are among those of this one.
    #[must_use]
    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            documents: self.documents - other.documents,
            without_amount: self.without_amount - other.without_amount,
            cents: self.cents - other.cents,
        }
    }

    fn tally(self, currency: &str) -> Tally {
        let money = (self.documents > self.without_amount)
            .then(|| (currency.to_owned(), Money::from_cents(self.cents)))
            .into_iter()
            .collect();
        Tally { documents: self.documents, without_amount: self.without_amount, money }
    }
}

/// Documents by their fate; those of all companies together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ByFate(BTreeMap<Fate, Sum>);

impl ByFate {
    /// Counts a document.
    pub(super) fn add(&mut self, fate: Fate, amount: Option<Cents>) {
        let fate = if let Fate::Matched(_) = fate { Fate::Matched(0) } else { fate };
        self.0.entry(fate).or_default().add(amount);
    }

    /// Counts what another has counted.
    #[must_use]
    pub(super) fn plus(mut self, other: Self) -> Self {
        for (fate, sum) in other.0 {
            let all = self.0.entry(fate).or_default();
            *all = all.plus(sum);
        }
        self
    }

    /// What was superseded.
    pub(super) fn superseded(&self) -> Sum {
        self.0.get(&Fate::Superseded).copied().unwrap_or_default()
    }

    /// The reconciliation of what was read, without what was superseded.
    ///
    /// `read` was counted when the rows were read; here they are counted after the last step that could lose one.
    pub(super) fn reconciliation(self, read: Sum, currency: &str) -> Reconciliation {
        let mut books = Reconciliation {
            pulled: read.minus(self.superseded()).tally(currency),
            ..Reconciliation::default()
        };
        for (fate, sum) in self.0 {
            let tally = sum.tally(currency);
            match fate {
                Fate::Matched(_) => books.matched = tally,
                Fate::Unmatched(reason) => drop(books.unmatched.insert(reason, tally)),
                Fate::NotCounted(why) => drop(books.not_counted.insert(why, tally)),
                Fate::Rejected(reason) => drop(books.rejected.insert(reason, tally)),
                Fate::Superseded => {}
            }
        }
        books
    }
}
