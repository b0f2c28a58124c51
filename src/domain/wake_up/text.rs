//! What people read of cards, in their language.

use super::{CloseReason, MoveReason, NewCardText, StageRole};
use crate::domain::catalogue::{Label, Language};
use crate::domain::explanation::Explainer;
use crate::domain::figures::{ColdExclusion, Figures};
use crate::domain::time::Day;
use crate::domain::value::ValueKind;

/// A property of cards of sirank's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CardField {
    /// sirank's key: unique.
    Key,
    /// What the customer brought in a year while it was active.
    LostRevenue,
    /// The invoice that made it a customer again.
    ReactivatedBy,
    /// Why the card is here, or why it closed.
    Reason,
}

impl CardField {
    /// Every one, in the order in which they are created.
    pub const ALL: [Self; 4] = [Self::Key, Self::LostRevenue, Self::ReactivatedBy, Self::Reason];

    /// Its name without the prefix.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "wakeup_key",
            Self::LostRevenue => "lost_revenue",
            Self::ReactivatedBy => "reactivated_by",
            Self::Reason => "wakeup_reason",
        }
    }

    /// What people read over it.
    pub const fn label(self) -> Label {
        match self {
            Self::Key => Label { en: "SiRank key", it: "Chiave SiRank" },
            Self::LostRevenue => Label { en: "Lost revenue", it: "Fatturato perso" },
            Self::ReactivatedBy => Label { en: "Reactivated by", it: "Riattivato da" },
            Self::Reason => Label { en: "Wake Up reason", it: "Motivo Wake Up" },
        }
    }

    /// What it means.
    pub const fn definition(self) -> Label {
        match self {
            Self::Key => Label {
                en: "By this sirank knows its own cards. Do not change it.",
                it: "Da questa sirank riconosce le proprie schede. Non modificarla.",
            },
            Self::LostRevenue => Label {
                en: "Net revenue of the 12 months that end on the last purchase: what the customer used to bring in.",
                it: "Fatturato netto dei 12 mesi che terminano con l'ultimo acquisto: quanto rendeva il cliente.",
            },
            Self::ReactivatedBy => Label {
                en: "The invoice with which the customer began to buy again.",
                it: "La fattura con cui il cliente ha ricominciato ad acquistare.",
            },
            Self::Reason => Label {
                en: "Why the card was made, and why it was closed.",
                it: "Perché la scheda è stata creata e perché è stata chiusa.",
            },
        }
    }

    /// What kind of value it holds.
    pub const fn kind(self) -> ValueKind {
        match self {
            Self::LostRevenue => ValueKind::Currency,
            Self::Key | Self::ReactivatedBy | Self::Reason => ValueKind::Text,
        }
    }
}

impl StageRole {
    /// What people read over the stage.
    pub const fn label(self) -> Label {
        match self {
            Self::ToContact => Label { en: "To contact", it: "Da contattare" },
            Self::Contacted => Label { en: "Contacted", it: "Contattato" },
            Self::Appointment => Label { en: "Appointment", it: "Appuntamento" },
            Self::Reactivated => Label { en: "Reactivated", it: "Riattivato" },
            Self::NotInterested => Label { en: "Not interested", it: "Non interessato" },
            Self::NoLongerCold => Label { en: "No longer cold", it: "Non più freddo" },
        }
    }
}

/// Writes what stands on cards.
#[derive(Clone, Debug)]
pub struct Teller {
    explainer: Explainer,
}

impl Teller {
    /// One for the language and the currency of an explainer.
    pub const fn new(explainer: Explainer) -> Self {
        Self { explainer }
    }

    /// What stands on a new card of a cold customer, who is inactive after so many days without a purchase.
    pub fn new_card(&self, figures: &Figures, inactivity_days: i64) -> NewCardText {
        let last = figures.last_purchase.map(|day| self.explainer.day(day)).unwrap_or_default();
        let cluster = figures.cluster.map_or("-", |cluster| cluster.as_str());
        let score =
            figures.score.map(|score| self.explainer.decimal(&format!("{score:.1}"))).unwrap_or_default();
        let worth = figures.revenue_last_active.map(|money| self.explainer.amount(money)).unwrap_or_default();
        match self.explainer.language() {
            Language::En => NewCardText {
                description: format!(
                    "Last purchase: {last}\nSiRank: {score}\nCluster: {cluster}\nRevenue of its last active year: {worth}"
                ),
                reason: format!(
                    "Cold customer: no purchase for more than {inactivity_days} days, the last on {last}"
                ),
            },
            Language::It => NewCardText {
                description: format!(
                    "Ultimo acquisto: {last}\nSiRank: {score}\nCluster: {cluster}\nFatturato dell'ultimo anno attivo: {worth}"
                ),
                reason: format!(
                    "Cliente freddo: nessun acquisto da più di {inactivity_days} giorni, l'ultimo il {last}"
                ),
            },
        }
    }

    /// Why a card moved, one line.
    pub fn reason(&self, why: &MoveReason) -> String {
        let day = |day: &Day| self.explainer.day(*day);
        let (en, it) = match why {
            MoveReason::Contact(on) => {
                (format!("Contacted on {}", day(on)), format!("Contattato il {}", day(on)))
            }
            MoveReason::Purchase { day: on, invoice: Some(number) } => (
                format!("Bought again on {}: invoice {number}", day(on)),
                format!("Nuovo acquisto il {}: fattura {number}", day(on)),
            ),
            MoveReason::Purchase { day: on, invoice: None } => {
                (format!("Bought again on {}", day(on)), format!("Nuovo acquisto il {}", day(on)))
            }
            MoveReason::Deal(_) => (
                "A deal was opened after the contact".to_owned(),
                "Una trattativa è stata aperta dopo il contatto".to_owned(),
            ),
            MoveReason::Closes(reason) => (closes(*reason).en.to_owned(), closes(*reason).it.to_owned()),
            MoveReason::Undone => {
                ("The move was undone".to_owned(), "Lo spostamento è stato annullato".to_owned())
            }
        };
        match self.explainer.language() {
            Language::En => en,
            Language::It => it,
        }
    }
}

const fn closes(reason: CloseReason) -> Label {
    match reason {
        CloseReason::Excluded(ColdExclusion::Category) => Label {
            en: "Its category is excluded from the cold customers",
            it: "La sua categoria è esclusa dai clienti freddi",
        },
        CloseReason::Excluded(ColdExclusion::OpenDeal) => {
            Label { en: "It already has an open deal", it: "Ha già una trattativa aperta" }
        }
        CloseReason::Excluded(ColdExclusion::Lost) => {
            Label { en: "Its potential is lost", it: "Il suo potenziale è perso" }
        }
        CloseReason::Active => {
            Label { en: "It is no inactive customer after all", it: "Non risulta più un cliente inattivo" }
        }
        CloseReason::Merged => Label {
            en: "Another card of the same company is further on",
            it: "Un'altra scheda della stessa azienda è più avanti",
        },
        CloseReason::CompanyGone => {
            Label { en: "The company does not exist any more", it: "L'azienda non esiste più" }
        }
    }
}
