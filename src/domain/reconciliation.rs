//! Documents pulled = matched + unmatched + not counted + rejected, in number and in money per currency.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::classes::{Class, UnmatchedReason};
use super::document::{CurrencyAmount, NotCounted, Rejection};
use super::money::Money;

/// A number of documents and their signed money per currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many documents.
    pub documents: u64,
    /// Of them, how many have no readable amount.
    pub without_amount: u64,
    /// Signed money by the currency of the documents; credit notes are negative.
    pub money: BTreeMap<String, Money>,
}

impl Tally {
    /// Counts documents: their number, and what they amount to together.
    pub fn add(&mut self, documents: u64, amount: Option<&CurrencyAmount>) {
        self.documents += documents;
        let Some(amount) = amount else {
            self.without_amount += documents;
            return;
        };
        let money = Money::from(amount.cents);
        match self.money.get_mut(&amount.currency) {
            Some(sum) => *sum += money,
            None => {
                self.money.insert(amount.currency.clone(), money);
            }
        }
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.documents == 0
    }

    /// Counts what another tally has counted.
    pub fn merge(&mut self, other: &Self) {
        self.documents += other.documents;
        self.without_amount += other.without_amount;
        for (currency, money) in &other.money {
            *self.money.entry(currency.clone()).or_default() += *money;
        }
    }
}

/// The reconciliation of one run.
///
/// What was pulled and what became of it are counted at two places, so that a document lost between them shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// Everything that the sources hold.
    pub pulled: Tally,
    /// What counts for a company.
    pub matched: Tally,
    /// What counts for no company, by reason.
    pub unmatched: BTreeMap<UnmatchedReason, Tally>,
    /// What is no part of the revenue, by reason.
    pub not_counted: BTreeMap<NotCounted, Tally>,
    /// What cannot be used, by reason.
    pub rejected: BTreeMap<Rejection, Tally>,
    /// Of what counts: what an earlier source holds too and counts as well.
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    pub counted_twice: Tally,
}

impl Reconciliation {
    /// Counts documents as pulled.
    pub fn pull(&mut self, documents: u64, amount: Option<&CurrencyAmount>) {
        self.pulled.add(documents, amount);
    }

    /// Counts documents as what became of them.
    pub fn class(&mut self, class: Class, documents: u64, amount: Option<&CurrencyAmount>) {
        let tally = match class {
            Class::Matched(_) => &mut self.matched,
            Class::Unmatched(reason) => self.unmatched.entry(reason).or_default(),
            Class::NotCounted(why) => self.not_counted.entry(why).or_default(),
            Class::Rejected(reason) => self.rejected.entry(reason).or_default(),
        };
        tally.add(documents, amount);
    }

    /// All that is unmatched.
    pub fn all_unmatched(&self) -> Tally {
        sum(self.unmatched.values())
    }

    /// All that is not counted.
    pub fn all_not_counted(&self) -> Tally {
        sum(self.not_counted.values())
    }

    /// All that is rejected.
    pub fn all_rejected(&self) -> Tally {
        sum(self.rejected.values())
    }

    /// Whether the four classes add up to what was pulled, in number and in money of every currency.
    pub fn balances(&self) -> bool {
        let classes =
            [self.matched.clone(), self.all_unmatched(), self.all_not_counted(), self.all_rejected()];
        without_zeros(sum(classes.iter())) == without_zeros(self.pulled.clone())
    }
}

fn sum<'a>(tallies: impl Iterator<Item = &'a Tally>) -> Tally {
    tallies.fold(Tally::default(), |mut sum, tally| {
        sum.merge(tally);
        sum
    })
}

fn without_zeros(mut tally: Tally) -> Tally {
    tally.money.retain(|_, money| *money != Money::ZERO);
    tally
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::matching::CompanyIndex;
    use crate::domain::money::Cents;

    fn amount(currency: &str, cents: i64) -> CurrencyAmount {
        CurrencyAmount { currency: currency.to_owned(), cents: Cents::new(cents).unwrap() }
    }

    #[test]
    fn a_lost_document_or_amount_shows() {
        let mut books = Reconciliation::default();
        let (one, other) = (amount("EUR", 100), amount("EUR", -100));
        books.pull(1, Some(&one));
        books.pull(1, Some(&other));
        books.class(Class::Matched(CompanyIndex(0)), 1, Some(&one));
        assert!(!books.balances(), "a document is missing");
        books.class(Class::Rejected(Rejection::NoDate), 1, Some(&one));
        assert!(!books.balances(), "the money differs");
        books.rejected.clear();
        books.class(Class::Rejected(Rejection::NoDate), 1, Some(&other));
        assert!(books.balances());
        assert_eq!(books.all_rejected().money["EUR"].to_string(), "-1.00");
    }

    #[test]
    fn it_is_stored_and_read_back() {
        let mut books = Reconciliation::default();
        books.pull(1, Some(&amount("USD", 1050)));
        books.pull(1, None);
        books.class(Class::NotCounted(NotCounted::ProForma), 1, Some(&amount("USD", 1050)));
        books.class(Class::Rejected(Rejection::NoAmount), 1, None);
        let text = serde_json::to_string(&books).unwrap();
        assert!(
            text.contains(r#""pro_forma":{"documents":1,"without_amount":0,"money":{"USD":"10.50"}}"#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Reconciliation>(&text).unwrap(), books);
    }

    fn any_class() -> impl Strategy<Value = Class> {
        prop_oneof![
            Just(Class::Matched(CompanyIndex(1))),
            proptest::sample::select(UnmatchedReason::ALL).prop_map(Class::Unmatched),
            proptest::sample::select(NotCounted::ALL).prop_map(Class::NotCounted),
            proptest::sample::select(Rejection::ALL).prop_map(Class::Rejected),
        ]
    }

    proptest! {
        #[test]
        fn it_balances_whatever_is_pulled(
            documents in proptest::collection::vec(
                (any_class(), proptest::option::of((0..3_usize, -1_000_000_i64..1_000_000))), 0..60)
        ) {
            let mut books = Reconciliation::default();
            for (class, money) in documents {
                let amount = money.map(|(currency, cents)| amount(["EUR", "USD", "CHF"][currency], cents));
                books.pull(1, amount.as_ref());
                books.class(class, 1, amount.as_ref());
            }
            prop_assert!(books.balances());
        }
    }
}
