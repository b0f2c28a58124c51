//! HubSpot: reading, making, moving and deleting cards, whatever fails.

use chrono::{DateTime, Utc};
use sirank::connectors::hubspot::HubSpot;
use sirank::domain::ids::{CompanyId, DealId, OwnerId};
use sirank::domain::time::Day;
use sirank::domain::wake_up::{Card, CardKey, CardStage, StageRole};
use sirank::ports::{Board, CardOutcome, CardUpdate, Changes, Crm, Mark, NewCard};
use sirank_mocks::clock::Clock;
use sirank_mocks::faults::{Action, Fault};
use sirank_mocks::hubspot as mock;
use std::collections::BTreeSet;
use std::time::Duration;

use crate::hubspot_board::{board, keeping_cards, set_up};
use crate::hubspot_support::{LONG_AGO, NOON, TOKEN, portal};
use crate::raw_server::{RawServer, json as answer};

const DEAL: mock::Kind = mock::Kind::Deal;
const COMPANY: mock::Kind = mock::Kind::Company;

/// A portal with the board in place, and companies.
struct Place {
    hub: mock::HubSpot,
    hubspot: HubSpot,
    board: Board,
    companies: Vec<CompanyId>,
}

impl Place {
    async fn with(companies: usize) -> Self {
        Self::lagging(companies, Duration::ZERO).await
    }

    async fn lagging(companies: usize, lag: Duration) -> Self {
        let mut portal = portal();
        portal.add_owner(71, "anna@example.com", false);
        let companies = (0..companies)
            .map(|_| portal.add(COMPANY, LONG_AGO, &[("name", "Esempio Srl")]).to_string())
            .map(|id| CompanyId::from(id.as_str()))
            .collect();
        let clock = Clock::frozen_at(DateTime::<Utc>::from_timestamp_millis(NOON).unwrap());
        let builder = mock::HubSpot::builder().token(TOKEN).seed(portal).clock(clock).search_lag(lag);
        let hub = builder.start().await.unwrap();
        let hubspot = keeping_cards(&hub.base_url());
        set_up(&hubspot).await;
        let board = board(&hubspot.survey().await.unwrap());
        hub.forget();
        Self { hub, hubspot, board, companies }
    }

    fn keeper(&self) -> &dyn sirank::ports::Cards {
        self.hubspot.cards().unwrap()
    }

    async fn create(&self, batch: &[NewCard]) -> Vec<CardOutcome> {
        self.keeper().create(&self.board, batch).await.unwrap()
    }

    async fn update(&self, batch: &[CardUpdate]) -> Vec<CardOutcome> {
        self.keeper().update(&self.board, batch).await.unwrap()
    }

    /// New cards of all companies.
    fn new_cards(&self) -> Vec<NewCard> {
        self.companies.iter().map(new_card).collect()
    }

    /// A card for each company.
    async fn made(&self) -> Vec<DealId> {
        self.create(&self.new_cards()).await.iter().map(id_of).collect()
    }

    async fn all(&self) -> Vec<Card> {
        let (mut cards, mut from) = (Vec::new(), None);
        loop {
            let page = self.keeper().cards(&self.board, from).await.unwrap();
            cards.extend(page.items);
            from = page.next;
            if from.is_none() {
                return cards;
            }
        }
    }

    fn deals(&self) -> usize {
        self.hub.portal(|portal| portal.space(DEAL).records.len())
    }

    fn value(&self, deal: &DealId, name: &str) -> Option<String> {
        self.hub.value(DEAL, deal.as_str().parse().unwrap(), name)
    }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn new_card(company: &CompanyId) -> NewCard {
    NewCard {
        key: CardKey::of(company, day("2026-11-22")),
        company: company.clone(),
        name: "Esempio Srl".to_owned(),
        owner: Some(OwnerId::from("71")),
        description: "Ultimo acquisto: 01/02/2026\nSiRank: 12,5".to_owned(),
        reason: "Cliente freddo".to_owned(),
        lost_revenue: sirank::domain::money::Money::rounded("12345.60".parse().unwrap()).into(),
        amount: None,
        close_by: day("2027-02-20"),
        trace: format!("trace-{company}"),
    }
}

fn moved(card: &DealId, stage: StageRole) -> CardUpdate {
    CardUpdate {
        id: card.clone(),
        stage,
        reason: "Nuovo acquisto".to_owned(),
        reactivated_by: (stage == StageRole::Reactivated).then(|| "2026/77".to_owned()),
        trace: format!("trace-{card}"),
    }
}

fn id_of(outcome: &CardOutcome) -> DealId {
    match outcome {
        CardOutcome::Applied(id, Some(_)) => id.clone(),
        other => panic!("{other:?}"),
    }
}

fn refused_with(outcome: &CardOutcome) -> (&str, &str) {
    match outcome {
        CardOutcome::Refused { code, message } => (code, message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn two_hundred_and_fifty_cards_are_three_calls() {
    let place = Place::with(250).await;
    let traits = place.keeper().traits();
    let mut made = Vec::new();
    for batch in place.new_cards().chunks(traits.batch) {
        made.extend(place.create(batch).await.iter().map(id_of));
    }
    assert_eq!(place.hub.stats().by_kind["batch_create"], 3);
    assert_eq!(place.hub.stats().requests, 3);
    let values = ["dealname", "sirank_lost_revenue", "sirank_wakeup_reason", "hubspot_owner_id", "amount"]
        .map(|name| place.value(&made[0], name));
    let expected = [Some("Esempio Srl"), Some("12345.6"), Some("Cliente freddo"), Some("71"), None];
    assert_eq!(values.each_ref().map(Option::as_deref), expected);
    assert_eq!(place.value(&made[0], "closedate").as_deref(), Some("2027-02-20T00:00:00.000Z"));
    let cards = place.all().await;
    assert_eq!(cards.len(), 250);
    let card = &cards[0];
    assert_eq!(card.companies, place.companies[..1]);
    assert_eq!(card.stage, CardStage::Known(StageRole::ToContact));
    assert_eq!((card.created.timestamp_millis(), card.created_on), (NOON, day("2026-11-22")));
    assert_eq!((card.closed, card.key.as_ref()), (None, Some(&new_card(&place.companies[0]).key)));
    assert_eq!(card.version.unwrap().0, NOON);
    let stats = place.hub.stats();
    assert_eq!((stats.by_kind["search"], stats.by_kind["associations_read"]), (2, 1));
    let primary = place.hub.portal(|portal| portal.links.primary_company(made[7].as_str().parse().unwrap()));
    assert_eq!(primary.map(|id| id.to_string()), Some(place.companies[7].to_string()));
}

#[tokio::test]
async fn one_refused_of_a_hundred_does_not_stop_the_others() {
    let place = Place::with(100).await;
    let mut batch = place.new_cards();
    batch[40].owner = Some(OwnerId::from("99"));
    place.hub.person_archives(COMPANY, place.companies[50].as_str().parse().unwrap());
    let outcomes = place.create(&batch).await;
    let (code, message) = refused_with(&outcomes[40]);
    assert!(code == "INVALID_OWNER_ID" && message.contains("hubspot_owner_id"), "{code} {message}");
    assert_eq!(outcomes[50], CardOutcome::Gone);
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, CardOutcome::Applied(..))).count(), 98);
    assert_eq!((place.deals(), place.hub.stats().by_kind["batch_create"]), (98, 1));
}

#[tokio::test]
async fn properties_that_the_administrator_requires_are_named() {
    let place = Place::with(2).await;
    place.hub.change(|portal| {
        portal.rules.push(mock::Rule {
            kind: DEAL,
            property: "dealtype".to_owned(),
            need: mock::Need::OnCreate,
        });
    });
    for outcome in place.create(&place.new_cards()).await {
        let (code, message) = refused_with(&outcome);
        assert!(code == "MISSING_REQUIRED_PROPERTY" && message.contains("dealtype"), "{code} {message}");
    }
    assert_eq!(place.deals(), 0);
}

/// What an administrator requires in this pipeline alone, or in one of its stages.
#[tokio::test]
async fn properties_that_one_pipeline_or_stage_requires_are_named_card_by_card() {
    let place = Place::with(3).await;
    let requires = |property: &str, when: &str, is: &str| mock::Rule {
        kind: DEAL,
        property: property.to_owned(),
        need: mock::Need::When { property: when.to_owned(), value: is.to_owned() },
    };
    let made = place.made().await;
    let contacted = place.board.stages[&StageRole::Contacted].to_string();
    place.hub.change(|portal| portal.rules.push(requires("dealtype", "dealstage", &contacted)));
    place.hub.person_edits(DEAL, made[1].as_str().parse().unwrap(), &[("dealtype", "newbusiness")]);
    let moves = [0, 1, 2].map(|at| moved(&made[at], StageRole::Contacted));
    let outcomes = place.update(&moves).await;
    assert_eq!(id_of(&outcomes[1]), made[1]);
    for at in [0, 2] {
        let (code, message) = refused_with(&outcomes[at]);
        assert_eq!(code, "MISSING_CONDITIONAL_REQUIRED_PROPERTY");
        assert!(message.contains("dealtype"), "{message}");
    }

    let place = Place::with(3).await;
    let board = place.board.pipeline.to_string();
    // No name is asked for in other pipelines; here every deal has to have an amount.
    place.hub.change(|portal| portal.rules.push(requires("amount", "pipeline", &board)));
    let mut batch = place.new_cards();
    batch[2].amount = sirank::domain::money::Money::rounded("10".parse().unwrap()).into();
    let outcomes = place.create(&batch).await;
    assert!(matches!(outcomes[2], CardOutcome::Applied(..)), "{outcomes:?}");
    for outcome in &outcomes[..2] {
        let (code, message) = refused_with(outcome);
        assert_eq!(code, "MISSING_CONDITIONAL_REQUIRED_PROPERTY");
        assert!(message.contains("amount"), "{message}");
    }
    assert_eq!((place.deals(), place.hub.stats().by_kind["batch_create"]), (1, 1));
}

#[tokio::test]
async fn a_refusal_whose_text_does_not_name_the_property_names_it_all_the_same() {
    let place = Place::with(1).await;
    let server = RawServer::always(answer(
        400,
        r#"{"status":"error","category":"VALIDATION_ERROR","message":"A required property is missing",
            "errors":[{"message":"A value is required","code":"MISSING_REQUIRED_PROPERTY",
                       "context":{"propertyName":["hs_priority"]}}]}"#,
    ))
    .await;
    let hubspot = keeping_cards(&server.base_url);
    let outcomes = hubspot.cards().unwrap().create(&place.board, &place.new_cards()).await.unwrap();
    let (code, message) = refused_with(&outcomes[0]);
    assert_eq!((code, message), ("MISSING_REQUIRED_PROPERTY", "A value is required (property hs_priority)"));
}

#[tokio::test]
async fn whether_cards_may_be_written_is_told_without_writing() {
    let place = Place::with(1).await;
    place.keeper().may_write().await.unwrap();
    place.hub.set_token(TOKEN, mock::Token::scoped(&["crm.objects.deals.read"]));
    let error = place.keeper().may_write().await.unwrap_err().to_string();
    assert!(error.contains("missing crm.objects.deals.write") && error.contains("Add the scope"), "{error}");
    assert!(place.hub.writes().all().is_empty());
}

#[tokio::test]
async fn a_key_that_is_taken_is_to_be_looked_up() {
    let place = Place::with(3).await;
    let before = place.create(&place.new_cards()[1..2]).await;
    let outcomes = place.create(&place.new_cards()).await;
    assert_eq!(outcomes[1], CardOutcome::Unknown);
    assert!(matches!((&outcomes[0], &outcomes[2]), (CardOutcome::Applied(..), CardOutcome::Applied(..))));
    assert_eq!(place.deals(), 3);
    let found = place.keeper().of_companies(&place.board, &place.companies[1..2]).await.unwrap();
    assert_eq!(found[0].id, id_of(&before[0]));
}

#[tokio::test]
async fn unknown_outcomes_are_not_sent_again() {
    for action in
        [Action::Status { status: 502, retry_after: None, body: None }, Action::Reset, Action::EmptyBody]
    {
        let place = Place::with(2).await;
        let fault = |kind| Fault::new(action.clone()).kind(kind).after_effect();
        place.hub.faults(|faults| faults.add(fault("batch_create")));
        assert_eq!(place.create(&place.new_cards()).await, [CardOutcome::Unknown, CardOutcome::Unknown]);
        assert_eq!((place.deals(), place.hubspot.usage().calls["deals.create"]), (2, 1));
        let cards = place.keeper().of_companies(&place.board, &place.companies).await.unwrap();
        let keys: BTreeSet<_> = cards.iter().map(|card| card.key.clone().unwrap()).collect();
        assert_eq!(keys, place.new_cards().into_iter().map(|card| card.key).collect());

        place.hub.faults(|faults| faults.add(fault("batch_update")));
        let moves = [moved(&cards[0].id, StageRole::Reactivated)];
        assert_eq!(place.update(&moves).await, [CardOutcome::Unknown]);
        assert_eq!(place.hubspot.usage().calls["deals.update"], 1);
        let ids = [cards[0].id.clone()];
        let now = place.keeper().read(&place.board, &ids).await.unwrap();
        assert_eq!(now[0].stage, CardStage::Known(StageRole::Reactivated));
    }
}

#[tokio::test]
async fn moving_writes_the_stage_and_why_and_nothing_else() {
    let place = Place::with(2).await;
    let made = place.made().await;
    let moves = [moved(&made[0], StageRole::Reactivated), moved(&made[1], StageRole::Contacted)];
    assert_eq!(place.update(&moves).await.iter().map(id_of).collect::<Vec<_>>(), made);
    let log = place.hub.writes();
    let sent =
        |card: &DealId| log.of("deals", card.as_str())[1].properties.keys().cloned().collect::<Vec<_>>();
    assert_eq!(sent(&made[0]), ["dealstage", "pipeline", "sirank_reactivated_by", "sirank_wakeup_reason"]);
    assert_eq!(sent(&made[1]), ["dealstage", "pipeline", "sirank_wakeup_reason"]);
    let cards = place.keeper().read(&place.board, &made).await.unwrap();
    assert_eq!(cards[0].closed, Some(day("2026-11-22")), "closed by the move, not by what it was meant for");
    assert_eq!((cards[1].closed, cards[1].is_open()), (None, true));
    // One that is no more, and one that is refused, stop no other.
    place.hub.person_archives(DEAL, made[0].as_str().parse().unwrap());
    let outcomes = place.update(&moves).await;
    assert_eq!(outcomes[0], CardOutcome::Gone);
    assert_eq!(id_of(&outcomes[1]), made[1]);
}

#[tokio::test]
async fn a_look_up_sees_what_search_does_not_show_yet() {
    let place = Place::lagging(2, Duration::from_mins(10)).await;
    let made = place.made().await;
    // The second company has part in the first card too, and a deal in another pipeline.
    place.hub.change(|portal| {
        let number = |id: &str| -> u64 { id.parse().unwrap() };
        let second = number(place.companies[1].as_str());
        portal.associate((DEAL, number(made[0].as_str())), (COMPANY, second));
        let other = portal.add(DEAL, NOON, &[("pipeline", "default"), ("dealstage", "contractsent")]);
        portal.associate((DEAL, other), (COMPANY, second));
    });
    assert_eq!(place.all().await, []);
    let found = place.keeper().of_companies(&place.board, &place.companies[..1]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].companies, place.companies, "all of its companies");
    let found = place.keeper().of_companies(&place.board, &place.companies).await.unwrap();
    assert_eq!(
        found.iter().map(|card| card.id.clone()).collect::<Vec<_>>(),
        made,
        "each once, no other deal"
    );
    place.hub.clock().advance(Duration::from_mins(11));
    assert_eq!(place.all().await.len(), 2);
    let nobody = place.keeper().of_companies(&place.board, &[CompanyId::from("5")]).await.unwrap();
    assert_eq!(nobody, []);
}

#[tokio::test]
async fn reading_leaves_out_what_is_gone_or_elsewhere() {
    let place = Place::with(5).await;
    let made = place.made().await;
    let number = |at: usize| -> u64 { made[at].as_str().parse().unwrap() };
    place.hub.person_archives(DEAL, number(0));
    let elsewhere = [("pipeline", "default"), ("dealstage", "contractsent")];
    place.hub.person_edits(DEAL, number(1), &elsewhere);
    place.hub.person_merges(DEAL, number(2), number(3));
    let ids: Vec<DealId> = made.iter().cloned().chain([DealId::from("999999")]).collect();
    let cards = place.keeper().read(&place.board, &ids).await.unwrap();
    let found: Vec<DealId> = cards.iter().map(|card| card.id.clone()).collect();
    assert_eq!(found, [made[2].clone(), made[4].clone()]);
    assert_eq!(cards[0].companies, place.companies[2..4], "a merge brings the companies together");
    assert_eq!(place.all().await.len(), 2);
}

#[tokio::test]
async fn a_stage_of_people_s_own_is_known_as_such() {
    let place = Place::with(1).await;
    let made = place.made().await;
    place.hub.change(|portal| portal.pipelines[1].stages.push(mock::Stage::new("own", "Nostra", 9, "0.0")));
    let board = board(&place.hubspot.survey().await.unwrap());
    let number = made[0].as_str().parse().unwrap();
    assert!(place.hub.person_edits(DEAL, number, &[("dealstage", "own")]));
    let card = place.keeper().read(&board, &made).await.unwrap().remove(0);
    assert_eq!(card.stage, CardStage::Other { id: "own".into(), closed: true });
    assert_eq!(card.closed, Some(day("2026-11-22")));
}

#[tokio::test]
async fn deleting_is_one_call_and_what_is_gone_is_no_failure() {
    let place = Place::with(3).await;
    let made = place.made().await;
    place.hub.person_archives(DEAL, made[0].as_str().parse().unwrap());
    place.hub.forget();
    let outcomes = place.keeper().delete(&made).await.unwrap();
    assert_eq!(outcomes, made.iter().cloned().map(|id| CardOutcome::Applied(id, None)).collect::<Vec<_>>());
    assert_eq!((place.deals(), place.hub.stats().requests), (0, 1));
    place.hub.faults(|faults| faults.add(Fault::status(502).kind("batch_archive")));
    assert_eq!(place.keeper().delete(&made[..1]).await.unwrap(), [CardOutcome::Unknown]);
    let none = RawServer::always(answer(404, r#"{"status":"error","category":"OBJECT_NOT_FOUND"}"#)).await;
    let elsewhere = keeping_cards(&none.base_url);
    let outcomes = elsewhere.cards().unwrap().delete(&made[..2]).await.unwrap();
    assert_eq!(outcomes, [CardOutcome::Gone, CardOutcome::Gone]);
}

#[tokio::test]
async fn a_batch_that_is_refused_as_a_whole_is_taken_apart() {
    let place = Place::with(64).await;
    let culprit = format!("{}@", place.companies[13]);
    let server = RawServer::start(move |_, request| {
        let body: serde_json::Value =
            serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
        let inputs = body["inputs"].as_array().unwrap();
        let key =
            |input: &serde_json::Value| input["properties"]["sirank_wakeup_key"].as_str().unwrap().to_owned();
        if inputs.iter().any(|input| key(input).starts_with(&culprit)) {
            return answer(
                409,
                r#"{"status":"error","category":"CONFLICT","message":"already exists. Existing ID: 7"}"#,
            );
        }
        let made = inputs.iter().map(|input| {
            serde_json::json!({"id": key(input), "objectWriteTraceId": input["objectWriteTraceId"],
                "properties": {}, "updatedAt": "2026-11-22T12:00:00Z"})
        });
        answer(201, &serde_json::json!({"results": made.collect::<Vec<_>>()}).to_string())
    })
    .await;
    let hubspot = keeping_cards(&server.base_url);
    let outcomes = hubspot.cards().unwrap().create(&place.board, &place.new_cards()).await.unwrap();
    let unknown: Vec<usize> = (0..64).filter(|at| outcomes[*at] == CardOutcome::Unknown).collect();
    assert_eq!(unknown, [13]);
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, CardOutcome::Applied(..))).count(), 63);
    assert!(hubspot.usage().total() <= 13, "{:?}", hubspot.usage());
}

#[tokio::test]
async fn a_missing_permission_is_an_error_of_the_whole_call() {
    let place = Place::with(1).await;
    place
        .hub
        .set_token(TOKEN, mock::Token::scoped(&["crm.objects.deals.read", "crm.objects.companies.read"]));
    let error = place.keeper().create(&place.board, &place.new_cards()).await.unwrap_err();
    assert!(error.to_string().contains("crm.objects.deals.write"), "{error}");
}

#[tokio::test]
async fn changed_cards_are_read_also_where_no_pipeline_is_watched() {
    let place = Place::with(1).await;
    let made = place.made().await;
    let survey = place.hubspot.survey().await.unwrap();
    let deals = place.hubspot.changes().and_then(Changes::deals).unwrap();
    let mark = Mark(NOON.to_string());
    let page = deals.changed(&survey, &BTreeSet::new(), &mark, None).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!((&page.items[0].id, page.items[0].pipeline.as_ref()), (&made[0], Some(&place.board.pipeline)));
}
