//! What people read of tasks, in their language.

use super::{EndReason, TaskText, WonDeal};
use crate::domain::catalogue::Language;
use crate::domain::contact_plan::Contact;
use crate::domain::explanation::Explainer;
use crate::domain::figures::Figures;

/// Writes what stands in tasks.
#[derive(Clone, Debug)]
pub struct TaskTeller {
    explainer: Explainer,
}

impl TaskTeller {
    /// One for the language and the currency of an explainer.
    pub const fn new(explainer: Explainer) -> Self {
        Self { explainer }
    }

    /// The task of an appointment with a cold customer; the lines are what stands on its card.
    pub fn appointment(&self, company: &str, figures: &Figures) -> TaskText {
        let e = &self.explainer;
        let last = figures.last_purchase.map(|day| e.day(day)).unwrap_or_default();
        let worth = figures.revenue_last_active.map(|money| e.amount(money)).unwrap_or_default();
        let (score, cluster) = (self.score(figures.score), cluster(figures));
        match e.language() {
            Language::En => TaskText {
                subject: format!("Appointment with {company}"),
                reason: "Its card in the Wake Up pipeline reached the appointment".to_owned(),
                lines: vec![
                    format!("Last purchase: {last}"),
                    format!("SiRank: {score}"),
                    format!("Cluster: {cluster}"),
                    format!("Revenue of its last active year: {worth}"),
                ],
            },
            Language::It => TaskText {
                subject: format!("Appuntamento con {company}"),
                reason: "La sua scheda nella pipeline Wake Up è arrivata all'appuntamento".to_owned(),
                lines: vec![
                    format!("Ultimo acquisto: {last}"),
                    format!("SiRank: {score}"),
                    format!("Cluster: {cluster}"),
                    format!("Fatturato dell'ultimo anno attivo: {worth}"),
                ],
            },
        }
    }

    /// The task to ask the customer of a won deal.
    pub fn feedback(&self, company: &str, deal: &WonDeal) -> TaskText {
        let (name, day) = (&deal.name, self.explainer.day(deal.won_on));
        match self.explainer.language() {
            Language::En => TaskText {
                subject: format!("Ask {company} for feedback"),
                reason: format!("The deal “{name}” was won on {day}"),
                lines: Vec::new(),
            },
            Language::It => TaskText {
                subject: format!("Chiedere un riscontro a {company}"),
                reason: format!("La trattativa «{name}» è stata vinta il {day}"),
                lines: Vec::new(),
            },
        }
    }

    /// The task to make up for an overdue contact.
    pub fn contact(&self, contact: &Contact) -> TaskText {
        let (score, revenue) = (self.score(contact.score), self.explainer.amount(contact.revenue_36m));
        let (subject, revenue) = match self.explainer.language() {
            Language::En => (format!("Contact {}", contact.name), format!("Revenue, 36 months: {revenue}")),
            Language::It => {
                (format!("Contattare {}", contact.name), format!("Fatturato, 36 mesi: {revenue}"))
            }
        };
        TaskText { subject, reason: contact.reason.clone(), lines: vec![format!("SiRank: {score}"), revenue] }
    }

    /// Why a contact task is ticked off, one line.
    pub fn end(&self, why: EndReason) -> String {
        let (en, it) = match why {
            EndReason::Contacted(day) => {
                let day = self.explainer.day(day);
                (format!("contacted on {day}"), format!("contattata il {day}"))
            }
            EndReason::HasCard => ("it has an open card".to_owned(), "ha una scheda aperta".to_owned()),
            EndReason::HasOtherTask => {
                ("it has another open task".to_owned(), "ha un'altra attività aperta".to_owned())
            }
            EndReason::CompanyGone => {
                ("the company does not exist any more".to_owned(), "l'azienda non esiste più".to_owned())
            }
            EndReason::OtherOwner => (
                "its owner is another one by now, or none".to_owned(),
                "il proprietario è cambiato o manca".to_owned(),
            ),
            EndReason::NotDue => {
                ("no contact is due any more".to_owned(), "nessun contatto è più dovuto".to_owned())
            }
        };
        match self.explainer.language() {
            Language::En => en,
            Language::It => it,
        }
    }

    fn score(&self, score: Option<rust_decimal::Decimal>) -> String {
        score.map_or_else(|| "-".to_owned(), |score| self.explainer.decimal(&format!("{score:.1}")))
    }
}

fn cluster(figures: &Figures) -> &'static str {
    figures.cluster.map_or("-", |cluster| cluster.as_str())
}
