//! Which texts of a column mean what.

use std::collections::BTreeMap;

use crate::domain::document::{DocumentKind, DraftKind, NotCounted};

/// Texts with their meaning; trimmed, upper and lower case alike. The first meaning of a text counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts<Meaning>(BTreeMap<String, Meaning>);

impl<Meaning: Copy> Texts<Meaning> {
    /// The texts of a list.
    pub fn new(texts: impl IntoIterator<Item = (String, Meaning)>) -> Self {
        let mut known = BTreeMap::new();
        for (text, meaning) in texts {
            known.entry(normal(&text)).or_insert(meaning);
        }
        Self(known)
    }

    /// Whether no text means anything: the column is not looked at.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a text means; none where it is not among them.
    pub fn meaning(&self, text: &str) -> Option<Meaning> {
        // Nearly every text is written as in the settings: nothing is allocated for it.
        self.0.get(text).or_else(|| self.0.get(&normal(text))).copied()
    }

    /// Every text with its meaning, in an order that is always the same.
    pub fn sorted(&self) -> Vec<(&str, Meaning)> {
        self.0.iter().map(|(text, meaning)| (text.as_str(), *meaning)).collect()
    }
}

impl<Meaning> Default for Texts<Meaning> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

fn normal(text: &str) -> String {
    text.trim().to_lowercase()
}

/// What a text in the column of kinds means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindMeaning {
    /// A document of this kind.
    Document(DraftKind),
    /// No document of sales at all (an order, a delivery note): the row is passed over.
    Ignored,
}

/// What a text in the column of statuses means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusMeaning {
    /// Issued: the kind says what it is.
    Counted,
    /// No part of the revenue, whatever its kind.
    NotCounted(NotCounted),
    /// Nothing to keep: the row is passed over.
    Ignored,
}

/// The texts that name each kind. A text that is not among them is unreadable.
pub type KindTexts = Texts<KindMeaning>;

/// The texts that name each status. Without any the column is not looked at; else a text that is not among them makes the
/// row unreadable.
pub type StatusTexts = Texts<StatusMeaning>;

/// The texts of the sign column: true for those that take away. Without any the column is not looked at.
pub type SignTexts = Texts<bool>;

impl KindTexts {
    /// The names of the kinds themselves.
    pub fn plain() -> Self {
        let kinds = [
            ("invoice", DraftKind::Issued(DocumentKind::Invoice)),
            ("credit_note", DraftKind::Issued(DocumentKind::CreditNote)),
            ("draft", DraftKind::NotCounted(NotCounted::Draft)),
            ("pro_forma", DraftKind::NotCounted(NotCounted::ProForma)),
            ("void", DraftKind::NotCounted(NotCounted::Void)),
            ("discarded", DraftKind::NotCounted(NotCounted::Discarded)),
        ];
        Self::new(kinds.map(|(text, kind)| (text.to_owned(), KindMeaning::Document(kind))))
    }
}
