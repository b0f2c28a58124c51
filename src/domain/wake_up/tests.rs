use rust_decimal::Decimal;

use super::*;
use crate::domain::catalogue::Language;
use crate::domain::document::Entry;
use crate::domain::explanation::Explainer;
use crate::domain::figures::{ColdExclusion, CompanyFacts, Figures, Horizon, compute};
use crate::domain::ids::{CompanyId, DealId};
use crate::domain::money::{Cents, Money};
use crate::domain::rules::Rules;
use crate::domain::time::Day;
use chrono::{DateTime, Utc};

const AS_OF: &str = "2026-06-30";

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn facts() -> CompanyFacts {
    CompanyFacts {
        created: None,
        potential: None,
        excluded_category: false,
        d_and_p: false,
        active_owner: true,
        last_contact: None,
        open_deal: false,
    }
}

/// The figures of a customer that last bought on a day.
fn figures(facts: &CompanyFacts, last_purchase: &str) -> Figures {
    let entries = [Entry { day: day(last_purchase), signed: Cents::new(100_000).unwrap() }];
    compute(&Rules::default(), &Horizon::new(day(AS_OF)), facts, &entries)
}

/// A card of sirank's, made on the first of June.
fn card(stage: StageRole) -> Card {
    Card {
        id: DealId::from("9"),
        name: "Esempio".to_owned(),
        companies: vec![CompanyId::from("17")],
        stage: CardStage::Known(stage),
        created: moment("2026-06-01T08:00:00Z"),
        created_on: day("2026-06-01"),
        closed: None,
        key: Some(CardKey::of(&CompanyId::from("17"), day("2026-06-01"))),
        version: None,
    }
}

/// What may have happened to a card's company.
#[derive(Default)]
struct Happened {
    contact: Option<&'static str>,
    bought: Option<&'static str>,
    deal: Option<&'static str>,
    exclusion: bool,
    contacted: Option<&'static str>,
}

fn verdict(stage: StageRole, placed_by: PlacedBy, happened: &Happened) -> Option<(StageRole, MoveReason)> {
    let mut facts = facts();
    facts.last_contact = happened.contact.map(|text| moment(text).date_naive().into());
    facts.excluded_category = happened.exclusion;
    facts.open_deal = happened.deal.is_some();
    let figures = figures(&facts, happened.bought.unwrap_or("2025-01-10"));
    let deals: Vec<_> = happened
        .deal
        .map(|text| DealOfCompany { id: DealId::from("5"), created: Some(moment(text)) })
        .into_iter()
        .collect();
    let card = card(stage);
    let subject = CardSubject {
        card: &card,
        placed_by,
        contacted: happened.contacted.map(moment),
        facts: &facts,
        figures: &figures,
        last_contact: happened.contact.map(moment),
        bought: happened.bought.map(day),
        deals: &deals,
    };
    judge(&subject, &WakeUpRules::default())
}

#[test]
fn cards_go_where_the_first_rule_says() {
    use PlacedBy::{Sirank, Somebody};
    use StageRole::{Appointment, Contacted, NoLongerCold, Reactivated, ToContact};
    let nothing = Happened::default;
    let contact = || Happened { contact: Some("2026-06-10T09:00:00Z"), ..nothing() };
    let before = || Happened { contact: Some("2026-06-01T07:59:59Z"), ..nothing() };
    let bought = || Happened { bought: Some("2026-06-01"), ..nothing() };
    let deal = |created| Happened { deal: Some(created), ..nothing() };
    let after = |created| Happened { deal: Some(created), ..contact() };
    let excluded = || Happened { exclusion: true, ..nothing() };
    let known = |created| Happened { contacted: Some("2026-06-10T09:00:00Z"), ..deal(created) };
    let table: [(StageRole, PlacedBy, Happened, Option<StageRole>); 18] = [
        (ToContact, Sirank, nothing(), None),
        (ToContact, Sirank, contact(), Some(Contacted)),
        (ToContact, Sirank, before(), None),
        (Contacted, Sirank, contact(), None),
        (ToContact, Somebody, contact(), None),
        // The day on which the card was made counts: the purchase was not known yet.
        (ToContact, Sirank, bought(), Some(Reactivated)),
        (Appointment, Somebody, bought(), Some(Reactivated)),
        // A deal after the contact is what the contact brought about; one before it, or without any, is not.
        (ToContact, Sirank, after("2026-06-11T09:00:00Z"), Some(Reactivated)),
        (ToContact, Sirank, after("2026-06-09T09:00:00Z"), Some(NoLongerCold)),
        (ToContact, Sirank, deal("2026-06-11T09:00:00Z"), Some(NoLongerCold)),
        (Contacted, Sirank, known("2026-06-11T09:00:00Z"), Some(Reactivated)),
        (Contacted, Sirank, known("2026-06-09T09:00:00Z"), Some(NoLongerCold)),
        (Appointment, Somebody, known("2026-06-11T09:00:00Z"), Some(Reactivated)),
        (Appointment, Somebody, known("2026-06-09T09:00:00Z"), None),
        (ToContact, Sirank, excluded(), Some(NoLongerCold)),
        (Contacted, Sirank, excluded(), Some(NoLongerCold)),
        (Contacted, Somebody, excluded(), None),
        (ToContact, Somebody, excluded(), None),
    ];
    for (row, (stage, placed_by, happened, expected)) in table.into_iter().enumerate() {
        let found = verdict(stage, placed_by, &happened);
        assert_eq!(found.as_ref().map(|(to, _)| *to), expected, "row {row}: {found:?}");
    }
}

#[test]
fn a_purchase_that_was_not_known_when_the_card_was_made_closes_it() {
    let facts = facts();
    let figures = figures(&facts, "2026-05-20");
    let card = card(StageRole::ToContact);
    let subject = CardSubject {
        card: &card,
        placed_by: PlacedBy::Sirank,
        contacted: None,
        facts: &facts,
        figures: &figures,
        last_contact: None,
        bought: None,
        deals: &[],
    };
    let expected = (StageRole::NoLongerCold, MoveReason::Closes(CloseReason::Active));
    assert_eq!(judge(&subject, &WakeUpRules::default()), Some(expected));
    let off = WakeUpRules { closes: false, ..WakeUpRules::default() };
    assert_eq!(judge(&subject, &off), None);
}

#[test]
fn without_knowledge_only_a_card_in_the_first_stage_is_where_sirank_put_it() {
    let mine = card(StageRole::ToContact);
    let further = card(StageRole::Contacted);
    let theirs = Card { key: None, ..card(StageRole::ToContact) };
    assert_eq!(mine.placed_by(None), PlacedBy::Sirank);
    assert_eq!(further.placed_by(None), PlacedBy::Somebody);
    assert_eq!(further.placed_by(Some(StageRole::Contacted)), PlacedBy::Sirank);
    assert_eq!(further.placed_by(Some(StageRole::ToContact)), PlacedBy::Somebody);
    assert_eq!(theirs.placed_by(None), PlacedBy::Somebody);
}

#[test]
fn a_card_is_about_the_company_that_it_was_made_for_or_else_the_first() {
    let of = |companies: &[&str]| {
        let companies = companies.iter().copied().map(CompanyId::from).collect();
        Card { companies, ..card(StageRole::ToContact) }.company().map(ToString::to_string)
    };
    assert_eq!(of(&["3", "17"]).as_deref(), Some("17"));
    assert_eq!(of(&["3", "4"]).as_deref(), Some("3"), "it was merged into another one");
    assert_eq!(of(&[]), None);
    assert_eq!(CardKey::of(&CompanyId::from("11x9"), day(AS_OF)).as_str(), "11x9@2026-06-30");
    assert_eq!(CardKey::read("  "), None);
}

#[test]
fn those_that_brought_in_most_are_chosen_and_few_are_kept() {
    let worth = |units: i64| (units > 0).then(|| Money::rounded(Decimal::from(units)));
    let rules = WakeUpRules { new_per_run: 3, open_at_most: 10, ..WakeUpRules::default() };
    let chosen = |open| {
        let mut chooser = Chooser::new(&rules);
        for (id, units) in [("d", 5), ("a", 0), ("b", 9), ("c", 5), ("e", 1), ("f", 7), ("g", 2), ("h", 3)] {
            chooser.add(Candidate { company: CompanyId::from(id), worth: worth(units), about: () });
            assert!(chooser.kept() <= 6);
        }
        let (chosen, waiting) = chooser.finish(open);
        (chosen.into_iter().map(|candidate| candidate.company.to_string()).collect::<String>(), waiting)
    };
    assert_eq!(chosen(0), ("bfc".to_owned(), 5), "ties by id");
    assert_eq!(chosen(8), ("bf".to_owned(), 6), "room for two");
    assert_eq!(chosen(12), (String::new(), 8));
}

#[test]
fn what_stands_on_a_card_is_in_the_language_of_the_account() {
    let figures = figures(&facts(), "2025-01-10");
    let text = |language| Teller::new(Explainer::new(language, "EUR")).new_card(&figures, 180);
    assert_eq!(
        text(Language::En).reason,
        "Cold customer: no purchase for more than 180 days, the last on 2025-01-10"
    );
    let it = text(Language::It);
    assert_eq!(it.reason, "Cliente freddo: nessun acquisto da più di 180 giorni, l'ultimo il 10/01/2025");
    assert!(it.description.contains("Fatturato dell'ultimo anno attivo: 1.000,00 EUR"), "{}", it.description);
    let reasons = [
        MoveReason::Contact(day(AS_OF)),
        MoveReason::Purchase { day: day(AS_OF), invoice: Some("7/A".to_owned()) },
        MoveReason::Deal(DealId::from("5")),
        MoveReason::Closes(CloseReason::Excluded(ColdExclusion::Lost)),
        MoveReason::Closes(CloseReason::Merged),
    ];
    for reason in reasons {
        let said = |language| Teller::new(Explainer::new(language, "EUR")).reason(&reason);
        let (en, it) = (said(Language::En), said(Language::It));
        assert!(!en.is_empty() && !it.is_empty() && en != it && !en.contains('\n'), "{en} / {it}");
    }
}
