//! Where one open card goes: on, by itself, or nowhere.

use chrono::{DateTime, NaiveTime, Utc};

use super::{Card, CardStage, CloseReason, MoveReason, PlacedBy, StageRole, WakeUpRules};
use crate::domain::cluster::Potential;
use crate::domain::figures::{ColdExclusion, CompanyFacts, Figures};
use crate::domain::ids::DealId;
use crate::domain::time::Day;

/// An open deal of a company in a watched pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DealOfCompany {
    /// The deal.
    pub id: DealId,
    /// When it was made, where the CRM says so.
    pub created: Option<DateTime<Utc>>,
}

/// A card with all that decides where it goes.
#[derive(Clone, Copy, Debug)]
pub struct CardSubject<'a> {
    /// The card: an open one.
    pub card: &'a Card,
    /// Who put it where it is.
    pub placed_by: PlacedBy,
    /// When it was first seen past the first stage, where it is there.
    pub contacted: Option<DateTime<Utc>>,
    /// What the CRM says of its company.
    pub facts: &'a CompanyFacts,
    /// The company's figures.
    pub figures: &'a Figures,
    /// The moment of the last call, meeting or e-mail.
    pub last_contact: Option<DateTime<Utc>>,
    /// The first day on which the company bought since the day on which the card was made, that day included.
    pub bought: Option<Day>,
    /// The company's open deals.
    pub deals: &'a [DealOfCompany],
}

/// Where an open card goes: the first rule that applies.
///
/// A purchase, or a deal that was made after the contact, moves it wherever it is. Everything else moves only a card that
/// is where sirank put it: what a person put somewhere stays there. None: it stays.
pub fn judge(subject: &CardSubject<'_>, rules: &WakeUpRules) -> Option<(StageRole, MoveReason)> {
    let moves = |to, why| Some((to, why));
    if rules.purchase_moves {
        if let Some(day) = subject.bought {
            return moves(StageRole::Reactivated, MoveReason::Purchase { day, invoice: None });
        }
        if let Some(deal) = deal_after_the_contact(subject) {
            return moves(StageRole::Reactivated, MoveReason::Deal(deal.id.clone()));
        }
    }
    if subject.placed_by == PlacedBy::Somebody {
        return None;
    }
    if let Some(reason) = closing_reason(subject).filter(|_| rules.closes) {
        return moves(StageRole::NoLongerCold, MoveReason::Closes(reason));
    }
    let in_first = subject.card.stage == CardStage::Known(StageRole::ToContact);
    if rules.contact_moves && in_first && contact_since(subject).is_some() {
        return moves(StageRole::Contacted, MoveReason::Contact(subject.facts.last_contact?));
    }
    None
}

/// The moment of a contact after the card was made; of one that has no time of day, the beginning of a later day.
fn contact_since(subject: &CardSubject<'_>) -> Option<DateTime<Utc>> {
    let timed = subject.last_contact.filter(|moment| *moment > subject.card.created);
    let later = subject.facts.last_contact.filter(|day| *day > subject.card.created_on);
    timed.or_else(|| later.map(|day| day.date().and_time(NaiveTime::MIN).and_utc()))
}

/// An open deal that was made after the card was contacted: what the contact brought about.
fn deal_after_the_contact<'a>(subject: &CardSubject<'a>) -> Option<&'a DealOfCompany> {
    // A card past the first stage was contacted when that was first seen; one in the first, at the last contact.
    let contacted = if subject.card.stage == CardStage::Known(StageRole::ToContact) {
        contact_since(subject)
    } else {
        subject.contacted.or_else(|| contact_since(subject)).or(Some(subject.card.created))
    }?;
    subject.deals.iter().find(|deal| deal.created.is_some_and(|created| created > contacted))
}

fn closing_reason(subject: &CardSubject<'_>) -> Option<CloseReason> {
    let CardSubject { facts, figures, .. } = subject;
    if let Some(exclusion) = figures.cold_exclusion {
        return Some(CloseReason::Excluded(exclusion));
    }
    // Whatever counts as cold: nobody works on a customer that is given up.
    if facts.potential == Some(Potential::Lost) {
        return Some(CloseReason::Excluded(ColdExclusion::Lost));
    }
    (!figures.inactive).then_some(CloseReason::Active)
}
