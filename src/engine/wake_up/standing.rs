//! Why a company has a card, or has none: for people, from the state alone.

use serde::Serialize;

use crate::clock::now;
use crate::domain::catalogue::{Label, Language};
use crate::domain::figures::Figures;
use crate::domain::ids::CompanyId;
use crate::domain::time::Day;
use crate::domain::wake_up::{CardStage, PlacedBy};
use crate::engine::Policy;
use crate::engine::explain::said;
use crate::engine::records::REFUSED_REST;
use crate::store::{CardRow, Store, StoreError};

use super::plan::{rest_of, rests_since};

/// A company's card, and why it has one or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CardStanding {
    /// Its cards, the open ones first.
    pub cards: Vec<CardLine>,
    /// Why it has one, or none, in the configured language.
    pub why: String,
}

/// One card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CardLine {
    /// The deal.
    pub id: String,
    /// Its stage, as it is called at first.
    pub stage: String,
    /// Whether it is open.
    pub open: bool,
    /// The day on which it was made.
    pub created: Day,
    /// Whether a person put it where it is: then only a purchase, or a deal after the contact, moves it.
    pub placed_by: PlacedBy,
}

/// Why a company has a card, or none; nothing where no Wake Up pipeline is configured. `figures`: none where it has none.
pub(in crate::engine) fn card_standing(
    store: &Store,
    policy: &Policy,
    as_of: Day,
    company: &CompanyId,
    figures: Option<&Figures>,
) -> Result<Option<CardStanding>, StoreError> {
    let Some(wake_up) = &policy.wake_up else { return Ok(None) };
    let mut rows = store.cards_of(company)?;
    rows.sort_by_key(|row| (!row.card.is_open(), std::cmp::Reverse(row.card.created)));
    let rest_days = wake_up.rules.rest_days;
    let resting = || -> Result<bool, StoreError> {
        let since = rests_since(as_of, rest_days);
        Ok(store.companies_without_their_cards(since, now() - REFUSED_REST)?.contains(company))
    };
    let language = policy.language;
    let why = match figures {
        _ if rows.iter().any(|row| row.card.is_open()) => said(language, &HAS_ONE),
        None => said(language, &NO_FIGURES),
        Some(figures) if !figures.inactive => said(language, &ACTIVE),
        Some(figures) if !figures.cold_customer => said(language, &EXCLUDED),
        Some(_) => match rest_of(&rows, rest_days).filter(|until| *until > as_of) {
            Some(until) => format!("{} {until}", said(language, &RESTS)),
            None if resting()? => said(language, &TAKEN_AWAY),
            None => said(language, &WAITS),
        },
    };
    Ok(Some(CardStanding { cards: rows.iter().map(|row| line(row, language)).collect(), why }))
}

fn line(row: &CardRow, language: Language) -> CardLine {
    let stage = match &row.card.stage {
        CardStage::Known(role) => role.label().in_language(language).to_owned(),
        CardStage::Other { id, .. } => id.to_string(),
    };
    CardLine {
        id: row.card.id.to_string(),
        stage,
        open: row.card.is_open(),
        created: row.card.created_on,
        placed_by: row.placed_by(),
    }
}

const HAS_ONE: Label = Label { en: "It has an open card.", it: "Ha una scheda aperta." };
const NO_FIGURES: Label =
    Label { en: "It has no figures, so it gets no card.", it: "Non ha valori, quindi nessuna scheda." };
const ACTIVE: Label =
    Label { en: "It is no cold customer: it buys.", it: "Non è un cliente freddo: acquista." };
const EXCLUDED: Label = Label {
    en: "It is no cold customer: an exclusion applies, see cold_exclusion.",
    it: "Non è un cliente freddo: si applica un'esclusione, vedi cold_exclusion.",
};
const RESTS: Label = Label {
    en: "Its last card was lost; it rests until",
    it: "L'ultima scheda è stata persa; riposa fino al",
};
const TAKEN_AWAY: Label = Label {
    en: "A card that was made for it was deleted, or refused by the CRM lately.",
    it: "Una scheda creata per essa è stata eliminata, o rifiutata dal CRM di recente.",
};
const WAITS: Label = Label {
    en: "It is a cold customer and waits for its turn: those that brought in more come first, wake_up.new_per_run in a \
         run and wake_up.open_at_most in all. `sirank check` says whether anything is in the way of cards.",
    it: "È un cliente freddo in attesa del proprio turno: prima chi rendeva di più, wake_up.new_per_run per esecuzione e \
         wake_up.open_at_most in tutto. `sirank check` dice se qualcosa ostacola le schede.",
};
