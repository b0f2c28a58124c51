//! The counting documents of each company, in compact rows and bounded memory.
//!
//! The ledger is kept in the order of its sources, figures are computed company by company. A ledger of usual size is
//! sorted in memory at once. Of a larger one as many companies at a time as fit: each time the ledger is read once more,
//! which is far cheaper than keeping it in a second order on disk.

use crate::domain::classes::{Class, classify};
use crate::domain::document::{Entry, Standing};
use crate::domain::money::Cents;
use crate::domain::reconciliation::Reconciliation;
use crate::domain::time::Day;
use crate::store::{LedgerRow, Store, StoreError};

use super::matched::Matched;

/// The most rows that are kept, 16 bytes each, unless one company alone has more.
const MOST_ROWS: usize = 1_000_000;

/// One counting document: company, then day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    company: u32,
    day: i32,
    cents: i64,
}

impl Row {
    fn entry(&self) -> Option<Entry> {
        Some(Entry { day: Day::from_number(self.day)?, signed: Cents::new(self.cents)? })
    }
}

/// The counting documents of companies that are asked for in the order of their places.
pub(super) struct Entries<'a> {
    store: &'a Store,
    matched: &'a Matched,
    as_of: Day,
    most_rows: usize,
    /// How many rows each company has; only what does not fit at once is counted.
    counts: Vec<u32>,
    /// Those of the companies before `until` that have not been asked for.
    rows: Vec<Row>,
    next: usize,
    until: u32,
}

impl<'a> Entries<'a> {
    /// Reads the ledger, and finds the class of every document in it.
    pub(super) fn read(
        store: &'a Store,
        matched: &'a Matched,
        as_of: Day,
    ) -> Result<(Self, Reconciliation), StoreError> {
        Self::read_at_most(store, matched, as_of, MOST_ROWS)
    }

    fn read_at_most(
        store: &'a Store,
        matched: &'a Matched,
        as_of: Day,
        most_rows: usize,
    ) -> Result<(Self, Reconciliation), StoreError> {
        let (counts, rows) = (Vec::new(), Vec::new());
        let mut entries = Self { store, matched, as_of, most_rows, counts, rows, next: 0, until: 0 };
        let mut reconciliation = Reconciliation::default();
        let mut all = 0;
        store.ledger(|row| {
            let class = entries.class(row);
            reconcile(&mut reconciliation, class, row);
            let Some(row) = counted(class, row) else { return };
            all += 1;
            entries.count(row.company);
            if all <= most_rows {
                entries.rows.push(row);
            } else if all == most_rows + 1 {
                entries.rows = Vec::new();
            }
        })?;
        if all <= most_rows {
            entries.rows.sort_unstable();
            entries.until = u32::MAX;
            entries.counts = Vec::new();
        }
        Ok((entries, reconciliation))
    }

    /// The entries of a company, by day, into a buffer. Companies have to be asked for in the order of their places.
    pub(super) fn of(&mut self, company: u32, buffer: &mut Vec<Entry>) -> Result<(), StoreError> {
        if company >= self.until {
            self.fill_from(company)?;
        }
        buffer.clear();
        let rest = &self.rows[self.next..];
        let rest = &rest[rest.partition_point(|row| row.company < company)..];
        let mine = &rest[..rest.partition_point(|row| row.company <= company)];
        buffer.extend(mine.iter().filter_map(Row::entry));
        self.next = self.rows.len() - rest.len() + mine.len();
        Ok(())
    }

    /// Reads the rows of as many companies as fit, from one on.
    fn fill_from(&mut self, company: u32) -> Result<(), StoreError> {
        let (mut many, mut until) = (0, company);
        for count in self.counts.iter().skip(company as usize) {
            many += *count as usize;
            if many > self.most_rows && until > company {
                many -= *count as usize;
                break;
            }
            until += 1;
        }
        // Beyond the last company with rows there is nothing to read.
        self.until = if (until as usize) < self.counts.len() { until } else { u32::MAX };
        let mut rows = std::mem::take(&mut self.rows);
        rows.clear();
        rows.reserve_exact(many);
        if many > 0 {
            self.store.ledger(|row| {
                rows.extend(
                    counted(self.class(row), row).filter(|row| (company..self.until).contains(&row.company)),
                );
            })?;
        }
        rows.sort_unstable();
        (self.rows, self.next) = (rows, 0);
        Ok(())
    }

    fn class(&self, row: &LedgerRow) -> Class {
        classify(&row.standing, self.as_of, || self.matched.party(row.party))
    }

    fn count(&mut self, company: u32) {
        let place = company as usize;
        if self.counts.len() <= place {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] += 1;
    }
}

/// The row of a document that counts for a company.
fn counted(class: Class, row: &LedgerRow) -> Option<Row> {
    let (Class::Matched(company), Standing::Counts { day, kind, net }) = (class, &row.standing) else {
        return None;
    };
    let entry = Entry::new(*day, *kind, *net);
    Some(Row { company: company.0, day: day.number(), cents: entry.signed.get() })
}

fn reconcile(reconciliation: &mut Reconciliation, class: Class, row: &LedgerRow) {
    let (documents, amount) = (row.documents, row.amount.as_ref());
    reconciliation.pull(documents, amount);
    reconciliation.class(class, documents, amount);
    if row.counted_twice && matches!(class, Class::Matched(_) | Class::Unmatched(_)) {
        reconciliation.counted_twice.add(documents, amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::company::{CompanyKeysText, CompanyRecord};
    use crate::domain::document::{DocumentDraft, Party};
    use crate::domain::intake::{CurrencyRules, intake};
    use crate::domain::rules::Rules;
    use crate::domain::value::Blanks;
    use crate::store::Feed;

    /// Companies c0, c1, … with so many documents each; the first has none.
    fn store(folder: &tempfile::TempDir, documents: &[usize]) -> Store {
        let store = Store::open(&folder.path().join("state")).unwrap();
        let run = "run".into();
        store.start_run(&run, "backfill", "2026-01-01".parse().unwrap(), crate::clock::now()).unwrap();
        let company = |place: usize| CompanyRecord {
            keys: CompanyKeysText { customer_id: Some(format!("k{place}")), ..CompanyKeysText::default() },
            ..CompanyRecord::named(&format!("c{place}"), "")
        };
        let companies: Vec<_> = (0..documents.len()).map(company).collect();
        store.put_companies(&run, &Feed::Companies, &companies, None, Blanks::default()).unwrap();
        // In an order that is neither that of companies nor that of days.
        let most = documents.iter().copied().max().unwrap_or(0);
        let drafts = (0..most).rev().flat_map(|day| {
            let with_so_many = documents.iter().enumerate().filter(move |(_, count)| **count > day);
            with_so_many.map(move |(place, _)| DocumentDraft {
                id: format!("{}-{place}", 1000 - day),
                party: Party { customer_id: Some(format!("k{place}")), ..Party::default() },
                date: Some(format!("2025-01-{:02}", day + 1)),
                net: Some(format!("{place}.{day:02}")),
                ..DocumentDraft::default()
            })
        });
        let drafts: Vec<_> = drafts.map(|draft| intake(draft, &CurrencyRules::default())).collect();
        store.put_documents(&run, &Feed::Documents("s".into()), &"s".into(), &drafts, None).unwrap();
        store
    }

    #[test]
    fn however_few_rows_fit_every_company_gets_all_of_its_own() {
        let counts = [0, 3, 0, 7, 1, 1, 2, 0, 9, 0];
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder, &counts);
        let as_of = "2026-01-01".parse().unwrap();
        let matched = Matched::by(&store, &Rules::default(), as_of).unwrap();
        for most_rows in [1, 2, 3, 5, 8, 22, 23, 1_000] {
            let (mut entries, books) = Entries::read_at_most(&store, &matched, as_of, most_rows).unwrap();
            assert!(books.balances() && books.matched.documents == 23);
            let mut buffer = Vec::new();
            for (place, count) in (0..).zip(counts) {
                entries.of(place, &mut buffer).unwrap();
                let days: Vec<i32> = buffer.iter().map(|entry| entry.day.number()).collect();
                assert_eq!(days.len(), count, "company {place}, {most_rows} rows at once");
                assert!(days.is_sorted());
                let hundreds = i64::from(place) * 100;
                assert!(buffer.iter().all(|entry| (hundreds..hundreds + 100).contains(&entry.signed.get())));
            }
        }
    }
}
