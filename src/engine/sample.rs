//! The first documents of a source as they are understood, for people to see whether their mapping is right.

use serde::Serialize;

use crate::domain::document::{DocumentDraft, DocumentKind, Party, SourceDocument, Standing};
use crate::domain::ids::SourceName;
use crate::domain::intake::{CurrencyRules, intake};
use crate::domain::money::Money;
use crate::domain::time::Day;
use crate::ports::{Finding, Severity};

/// The first documents of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// The source.
    pub source: SourceName,
    /// Its documents.
    pub documents: Vec<SampledDocument>,
}

/// One document as it is understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SampledDocument {
    /// Where it stands: file and row.
    pub place: String,
    /// Its id.
    pub id: String,
    /// The number printed on it.
    pub number: String,
    /// Its customer.
    pub customer: Party,
    /// Its date, where it counts.
    pub date: Option<Day>,
    /// What it is: `invoice`, `credit_note`, why it does not count, or `rejected`.
    pub meaning: String,
    /// Its signed amount with the currency, where it can be read.
    pub amount: Option<String>,
    /// Why it was rejected.
    pub fault: Option<String>,
}

impl Sample {
    /// What these drafts are understood as; none of none.
    pub(super) fn of(
        source: SourceName,
        drafts: Vec<DocumentDraft>,
        currency: &CurrencyRules,
    ) -> Option<Self> {
        let understood = |draft: DocumentDraft| {
            let place = draft.place.clone();
            SampledDocument::of(place, intake(draft, currency))
        };
        let documents: Vec<_> = drafts.into_iter().map(understood).collect();
        (!documents.is_empty()).then_some(Self { source, documents })
    }

    /// That none of them can be used: the mapping hardly fits.
    pub(super) fn finding(&self) -> Option<Finding> {
        let is_none_usable = self.documents.iter().all(|document| document.fault.is_some());
        is_none_usable.then(|| Finding {
            severity: Severity::Warning,
            place: format!("accounting source {}", self.source),
            what: format!("none of the first {} documents can be used", self.documents.len()),
            advice: "See the reasons beside them below; correct the settings of the source, or the documents"
                .to_owned(),
        })
    }
}

impl SampledDocument {
    fn of(place: String, document: SourceDocument) -> Self {
        let (date, meaning, fault) = match document.standing {
            Standing::Counts { day, kind: DocumentKind::Invoice, .. } => {
                (Some(day), "invoice".to_owned(), None)
            }
            Standing::Counts { day, kind: DocumentKind::CreditNote, .. } => {
                (Some(day), "credit_note".to_owned(), None)
            }
            Standing::NotCounted(why) => (None, why.to_string(), None),
            Standing::Rejected { detail, .. } => (None, "rejected".to_owned(), Some(detail)),
        };
        let amount = document.amount;
        Self {
            place,
            id: document.id.to_string(),
            number: document.number,
            customer: document.party,
            date,
            meaning,
            amount: amount.map(|amount| format!("{} {}", Money::from(amount.cents), amount.currency)),
            fault,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_says_what_becomes_of_each_document() {
        let draft = |date: Option<&str>, net: &str| DocumentDraft {
            id: "1".to_owned(),
            date: date.map(str::to_owned),
            net: Some(net.to_owned()),
            place: "books: row 2".to_owned(),
            ..DocumentDraft::default()
        };
        let drafts = vec![draft(Some("2026-01-31"), "-5.5"), draft(None, "7")];
        let sample = Sample::of("erp".into(), drafts, &CurrencyRules::default()).unwrap();
        let [credit_note, rejected] = &sample.documents[..] else { panic!("{sample:?}") };
        assert_eq!(
            (credit_note.meaning.as_str(), credit_note.amount.as_deref()),
            ("credit_note", Some("-5.50 EUR"))
        );
        assert_eq!(rejected.meaning, "rejected");
        assert_eq!(rejected.fault.as_deref(), Some("books: row 2: there is no date"));
        assert_eq!(Sample::of("erp".into(), Vec::new(), &CurrencyRules::default()), None);
    }
}
