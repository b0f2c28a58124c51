//! vTiger: the cards of the Wake Up pipeline.

use std::collections::{BTreeMap, BTreeSet};

use sirank::connectors::vtiger::Vtiger;
use sirank::domain::catalogue::{Label, Language};
use sirank::domain::ids::{CompanyId, DealId, OwnerId, PipelineId, StageId};
use sirank::domain::money::Money;
use sirank::domain::value::ValueKind;
use sirank::domain::wake_up::{BoardNames, CardField, CardKey, CardStage, StageRole};
use sirank::ports::{self, Board, CardOutcome, CardUpdate, Crm, NewCard, SchemaItem, Trouble};
use sirank_mocks::faults::Fault;
use sirank_mocks::vtiger as mock;

use crate::vtiger_support::{ADMIN, KEY, LONG_AGO, NOON, USER, all, company, config, crm, number, start};

const PIPELINE: &str = "Wake Up";
const TODAY: &str = "2026-11-22";

fn names() -> BoardNames {
    let stages = StageRole::ALL.map(|role| (role, role.label().en.to_owned()));
    BoardNames { pipeline: PIPELINE.to_owned(), stages: stages.into() }
}

fn board() -> Board {
    let stages = StageRole::ALL.map(|role| (role, StageId::from(role.label().en)));
    let others = ["Prospecting", "Closed Won", "Closed Lost"];
    Board {
        pipeline: PipelineId::from(PIPELINE),
        stages: stages.into(),
        others: others.map(|stage| (StageId::from(stage), stage.starts_with("Closed"))).into(),
    }
}

fn field_of(field: CardField) -> mock::CustomField {
    match field.kind() {
        ValueKind::Currency => mock::CustomField::currency(field.label().en, 12, 2),
        _ => mock::CustomField::text(field.label().en, 255),
    }
}

/// A CRM that is set up for cards.
fn crm_with_board() -> mock::Crm {
    let mut crm = crm();
    let pipeline = pipeline_field(&crm);
    crm.add_picklist_value("Potentials", &pipeline, PIPELINE);
    for role in StageRole::ALL {
        crm.add_picklist_value("Potentials", "sales_stage", role.label().en);
    }
    for field in CardField::ALL {
        crm.add_field("Potentials", &field_of(field)).unwrap();
    }
    crm
}

fn pipeline_field(crm: &mock::Crm) -> String {
    crm.field_named("Potentials", "Pipeline").unwrap().to_owned()
}

/// The mock, a connector that keeps cards, and so many companies.
async fn with_companies(count: usize) -> (mock::VTiger, Vtiger, Vec<CompanyId>) {
    started(crm_with_board(), count).await
}

async fn started(mut crm: mock::Crm, count: usize) -> (mock::VTiger, Vtiger, Vec<CompanyId>) {
    let ids = (0..count).map(|number| {
        let name = format!("Company {number}");
        company(crm.add("Accounts", LONG_AGO, ADMIN, &[("accountname", name.as_str())]))
    });
    let ids = ids.collect();
    let tiger = start(crm).await;
    let vtiger = connect(&tiger);
    (tiger, vtiger, ids)
}

fn connect(tiger: &mock::VTiger) -> Vtiger {
    let mut config = config(&tiger.base_url());
    config.wake_up = Some(names());
    Vtiger::new(config).unwrap()
}

fn cards(vtiger: &Vtiger) -> &dyn ports::Cards {
    vtiger.cards().unwrap()
}

fn new_card(company: &CompanyId) -> NewCard {
    NewCard {
        key: CardKey::of(company, TODAY.parse().unwrap()),
        company: company.clone(),
        name: format!("Ditta Finta {company}"),
        owner: None,
        description: "Last purchase: 2026-01-31\nSiRank: 40.0".to_owned(),
        reason: "Cold customer: no purchase for more than 180 days".to_owned(),
        lost_revenue: Some(Money::rounded("1234.5".parse().unwrap())),
        amount: None,
        close_by: "2027-02-20".parse().unwrap(),
        trace: format!("trace-{company}"),
    }
}

fn new_cards(companies: &[CompanyId]) -> Vec<NewCard> {
    companies.iter().map(new_card).collect()
}

fn move_to(card: &DealId, stage: StageRole) -> CardUpdate {
    CardUpdate {
        id: card.clone(),
        stage,
        reason: "Contacted on 2026-11-22".to_owned(),
        reactivated_by: None,
        trace: "trace".to_owned(),
    }
}

fn id_of(outcome: &CardOutcome) -> DealId {
    match outcome {
        CardOutcome::Applied(id, _) => id.clone(),
        other => panic!("{other:?}"),
    }
}

fn refused(outcome: &CardOutcome) -> (&str, &str) {
    match outcome {
        CardOutcome::Refused { code, message } => (code, message),
        other => panic!("{other:?}"),
    }
}

fn number_of(card: &DealId) -> u64 {
    card.as_str().split_once('x').unwrap().1.parse().unwrap()
}

/// What a card holds in a field: a stock one by its name, one of sirank's own by its label.
fn held(tiger: &mock::VTiger, card: &DealId, field: &str) -> String {
    let name = tiger.crm(|crm| crm.field_named("Potentials", field).unwrap_or(field).to_owned());
    tiger.value("Potentials", number_of(card), &name).unwrap()
}

fn cards_in(tiger: &mock::VTiger) -> usize {
    tiger.crm(|crm| crm.count("Potentials"))
}

fn count(tiger: &mock::VTiger, kind: &str) -> u64 {
    tiger.stats().by_kind.get(kind).copied().unwrap_or_default()
}

#[tokio::test]
async fn thirty_cards_are_one_search_and_thirty_calls() {
    let (tiger, vtiger, ids) = with_companies(30).await;
    let outcomes = cards(&vtiger).create(&board(), &new_cards(&ids)).await.unwrap();
    assert_eq!((outcomes.len(), cards_in(&tiger)), (30, 30));
    assert_eq!((count(&tiger, "query Potentials"), count(&tiger, "create Potentials")), (1, 30));
    assert_eq!(vtiger.usage().writes, 30);
    assert!(tiger.logins() > 1 && tiger.stats().max_in_flight <= 4, "the sessions share the work");

    let first = id_of(&outcomes[0]);
    let expected = [
        ("potentialname", "Ditta Finta 11x1000"),
        ("related_to", "11x1000"),
        ("sales_stage", "To contact"),
        ("Pipeline", PIPELINE),
        ("closingdate", "2027-02-20"),
        ("assigned_user_id", "19x1"),
        ("amount", "0.00000000"),
        ("description", "Last purchase: 2026-01-31\nSiRank: 40.0"),
        ("SiRank key", "11x1000@2026-11-22"),
        ("Lost revenue", "1234.50"),
        ("Wake Up reason", "Cold customer: no purchase for more than 180 days"),
        ("Reactivated by", ""),
    ];
    for (field, value) in expected {
        assert_eq!(held(&tiger, &first, field), value, "{field}");
    }
    assert!(tiger.writes().all().iter().all(|write| !write.properties.contains_key("amount")));
}

#[tokio::test]
async fn what_only_some_cards_have_is_written_too_and_a_name_is_cut_to_what_fits() {
    let (tiger, vtiger, ids) = with_companies(2).await;
    let long = NewCard {
        name: "è".repeat(130),
        owner: Some(OwnerId::from("20x2")),
        amount: Some(Money::rounded("99.9".parse().unwrap())),
        ..new_card(&ids[0])
    };
    let nameless = NewCard { name: " ".to_owned(), lost_revenue: None, ..new_card(&ids[1]) };
    let outcomes = cards(&vtiger).create(&board(), &[long, nameless]).await.unwrap();
    let [long, nameless] = [0, 1].map(|place: usize| id_of(&outcomes[place]));
    assert_eq!(held(&tiger, &long, "potentialname"), "è".repeat(120));
    assert_eq!(held(&tiger, &long, "assigned_user_id"), "20x2");
    assert_eq!(held(&tiger, &long, "amount"), "99.90000000");
    assert_eq!(held(&tiger, &nameless, "potentialname"), ids[1].as_str());
    assert_eq!(held(&tiger, &nameless, "Lost revenue"), "0.00");
}

#[tokio::test]
async fn a_creation_that_failed_after_its_effect_is_unknown_and_found_by_the_next_one() {
    let (tiger, vtiger, ids) = with_companies(3).await;
    tiger.faults(|faults| faults.add(Fault::status(500).kind("create Potentials").after_effect()));
    let first = cards(&vtiger).create(&board(), &new_cards(&ids)).await.unwrap();
    let unknown = first.iter().filter(|outcome| **outcome == CardOutcome::Unknown).count();
    assert_eq!((unknown, cards_in(&tiger)), (1, 3), "{first:?}");
    assert_eq!(count(&tiger, "create Potentials"), 3, "nothing is sent twice");

    let again = cards(&vtiger).create(&board(), &new_cards(&ids)).await.unwrap();
    let found: BTreeSet<DealId> = again.iter().map(id_of).collect();
    assert_eq!((found.len(), cards_in(&tiger)), (3, 3));
    assert_eq!(count(&tiger, "create Potentials"), 3, "all of them are there");
}

#[tokio::test]
async fn a_card_of_a_key_that_is_there_is_not_made_again() {
    let (tiger, vtiger, ids) = with_companies(2).await;
    let first = cards(&vtiger).create(&board(), &new_cards(&ids[..1])).await.unwrap();
    // Wherever a person has put it.
    let (card, field) = (id_of(&first[0]), tiger.crm(pipeline_field));
    tiger.person_edits("Potentials", number_of(&card), &[(&field, "Sales"), ("sales_stage", "Closed Lost")]);
    let outcomes = cards(&vtiger).create(&board(), &new_cards(&ids)).await.unwrap();
    assert_eq!((id_of(&outcomes[0]), cards_in(&tiger)), (card, 2));
}

#[tokio::test]
async fn a_search_that_fails_writes_nothing() {
    let (tiger, vtiger, ids) = with_companies(2).await;
    vtiger.survey().await.unwrap();
    tiger.faults(|faults| faults.add(Fault::status(500).kind("query Potentials").times(99)));
    let error = cards(&vtiger).create(&board(), &new_cards(&ids)).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Unavailable { .. }), "{error}");
    assert_eq!((cards_in(&tiger), count(&tiger, "create Potentials")), (0, 0));
}

#[tokio::test]
async fn what_a_profile_hides_is_refused_and_taken_back() {
    let (tiger, vtiger, ids) = with_companies(2).await;
    vtiger.survey().await.unwrap();
    cards(&vtiger).create(&board(), &new_cards(&ids[..1])).await.unwrap();
    let hidden = ("Potentials".to_owned(), tiger.crm(pipeline_field));
    let profile = mock::Profile { hidden_fields: [hidden].into(), ..mock::Profile::default() };
    tiger.change(|crm| crm.add_user(mock::User::new(ADMIN, USER, KEY).decimals(5).profile(profile)));
    let outcomes = cards(&vtiger).create(&board(), &new_cards(&ids[1..])).await.unwrap();
    let (code, message) = refused(&outcomes[0]);
    assert_eq!(code, "NOT_STORED");
    assert!(message.contains("(Pipeline)") && message.contains("in its profile"), "{message}");
    assert_eq!(cards_in(&tiger), 1, "nobody would find it again");

    // Where even the deletion fails, it is said what is left.
    tiger.faults(|faults| faults.add(Fault::status(503).kind("delete Potentials").times(99)));
    let outcomes = cards(&vtiger).create(&board(), &new_cards(&ids[1..])).await.unwrap();
    let (_, message) = refused(&outcomes[0]);
    assert!(message.contains("could not be deleted again"), "{message}");

    // Nor does a user who is no administrator any more see what is there.
    let error = cards(&connect(&tiger)).create(&board(), &new_cards(&ids)).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Forbidden { .. }), "{error}");
}

#[tokio::test]
async fn a_field_or_stage_that_is_missing_or_locked_is_refused_before_anything_is_sent() {
    let (tiger, vtiger, ids) = with_companies(1).await;
    let mut less = board();
    less.stages.remove(&StageRole::ToContact);
    let outcomes = cards(&vtiger).create(&less, &new_cards(&ids)).await.unwrap();
    assert_eq!(refused(&outcomes[0]).0, "NO_STAGE");

    let lost = tiger.crm(|crm| crm.field_named("Potentials", "Lost revenue").unwrap().to_owned());
    tiger.change(|crm| crm.set_field_editable("Potentials", &lost, false));
    let outcomes = cards(&connect(&tiger)).create(&board(), &new_cards(&ids)).await.unwrap();
    let (code, message) = refused(&outcomes[0]);
    assert!(code == "READ_ONLY" && message.contains("(Lost revenue)"), "{code}: {message}");

    let key = tiger.crm(|crm| crm.field_named("Potentials", "SiRank key").unwrap().to_owned());
    tiger.change(|crm| crm.remove_custom_field("Potentials", &key));
    let outcomes = cards(&connect(&tiger)).create(&board(), &new_cards(&ids)).await.unwrap();
    let (code, message) = refused(&outcomes[0]);
    assert!(code == "NO_FIELD" && message.contains("`SiRank key`"), "{code}: {message}");
    assert_eq!(count(&tiger, "create Potentials"), 0);
}

#[tokio::test]
async fn a_mandatory_field_of_the_administrator_refuses_cards_and_is_told_beforehand() {
    let (tiger, vtiger, ids) = with_companies(1).await;
    tiger.change(|crm| crm.set_field_mandatory("Potentials", "nextstep", true));
    let survey = vtiger.survey().await.unwrap();
    assert!(
        survey.findings.iter().any(|finding| finding.place.contains("nextstep")),
        "{:?}",
        survey.findings
    );
    let outcomes = cards(&vtiger).create(&board(), &new_cards(&ids)).await.unwrap();
    let (code, message) = refused(&outcomes[0]);
    assert!(code == "MANDATORY_FIELDS_MISSING" && message.contains("make it optional"), "{code}: {message}");

    // One with a default is given that.
    tiger.change(|crm| crm.set_field_default("Potentials", "nextstep", "Call"));
    let survey = vtiger.survey().await.unwrap();
    assert!(!survey.findings.iter().any(|finding| finding.place.contains("nextstep")));
    let outcomes = cards(&vtiger).create(&board(), &new_cards(&ids)).await.unwrap();
    assert_eq!(held(&tiger, &id_of(&outcomes[0]), "nextstep"), "Call");
}

#[tokio::test]
async fn who_may_not_write_opportunities_is_told_what_to_do() {
    let (tiger, vtiger, _) = with_companies(0).await;
    cards(&vtiger).may_write().await.unwrap();
    let profile = mock::Profile {
        read_only_modules: ["Potentials".to_owned()].into(),
        read_only_fields: [("Potentials".to_owned(), "sales_stage".to_owned())].into(),
        ..mock::Profile::default()
    };
    tiger.change(|crm| crm.add_user(mock::User::new(ADMIN, USER, KEY).decimals(5).profile(profile)));
    let error = cards(&vtiger).may_write().await.unwrap_err();
    let Trouble::Forbidden { missing, message } = &error.trouble else { panic!("{error}") };
    let expected = ["Potentials: create", "Potentials: edit", "Potentials.sales_stage (Sales Stage): edit"];
    assert_eq!(missing, &expected);
    assert!(message.contains("may not create and edit opportunities"), "{message}");
}

#[tokio::test]
async fn an_organization_that_is_no_more_gets_no_card() {
    let (tiger, vtiger, ids) = with_companies(2).await;
    tiger.person_deletes("Accounts", number(&ids[0]));
    let mut batch = new_cards(&ids);
    batch.push(new_card(&CompanyId::from("nonsense")));
    let outcomes = cards(&vtiger).create(&board(), &batch).await.unwrap();
    assert_eq!((&outcomes[0], &outcomes[2]), (&CardOutcome::Gone, &CardOutcome::Gone));
    assert!(matches!(outcomes[1], CardOutcome::Applied(..)));
    assert_eq!(cards_in(&tiger), 1, "vTiger takes the card of an organization that is no more");
}

#[tokio::test]
async fn cards_move_with_what_changes_and_nothing_else() {
    let (tiger, vtiger, ids) = with_companies(2).await;
    let made = cards(&vtiger).create(&board(), &new_cards(&ids)).await.unwrap();
    let [one, other] = [0, 1].map(|place: usize| id_of(&made[place]));
    let won =
        CardUpdate { reactivated_by: Some("2026/118".to_owned()), ..move_to(&other, StageRole::Reactivated) };
    let batch = [
        move_to(&one, StageRole::Contacted),
        won,
        move_to(&DealId::from("13x999999"), StageRole::Contacted),
        move_to(&DealId::from("nonsense"), StageRole::Contacted),
    ];
    let outcomes = cards(&vtiger).update(&board(), &batch).await.unwrap();
    let applied = |id: &DealId| CardOutcome::Applied(id.clone(), None);
    assert_eq!(outcomes, [applied(&one), applied(&other), CardOutcome::Gone, CardOutcome::Gone]);
    assert_eq!(held(&tiger, &one, "sales_stage"), "Contacted");
    assert_eq!(held(&tiger, &one, "Wake Up reason"), "Contacted on 2026-11-22");
    assert_eq!(held(&tiger, &other, "sales_stage"), "Reactivated");
    assert_eq!(held(&tiger, &other, "Reactivated by"), "2026/118");
    let revised = tiger.writes();
    let revised = revised.all().iter().filter(|write| write.action == "update");
    let names: Vec<usize> = revised.map(|write| write.properties.len()).collect();
    assert_eq!(names.iter().sum::<usize>(), 3 + 4, "id, stage, reason, and the invoice once");

    // A move that fails after its effect is not repeated.
    tiger.faults(|faults| faults.add(Fault::status(502).kind("revise Potentials").after_effect()));
    let outcomes = cards(&vtiger).update(&board(), &[move_to(&one, StageRole::NoLongerCold)]).await.unwrap();
    assert_eq!(outcomes, [CardOutcome::Unknown]);
    let there = cards(&vtiger).read(&board(), &[one]).await.unwrap();
    assert_eq!(there[0].stage, CardStage::Known(StageRole::NoLongerCold));
}

#[tokio::test]
async fn a_stage_that_a_profile_locks_is_refused() {
    let (tiger, vtiger, ids) = with_companies(1).await;
    vtiger.survey().await.unwrap();
    let made = cards(&vtiger).create(&board(), &new_cards(&ids)).await.unwrap();
    let locked = ("Potentials".to_owned(), "sales_stage".to_owned());
    let profile = mock::Profile { read_only_fields: [locked].into(), ..mock::Profile::default() };
    tiger.change(|crm| crm.add_user(mock::User::new(ADMIN, USER, KEY).decimals(5).profile(profile)));
    let change = [move_to(&id_of(&made[0]), StageRole::Contacted)];
    let outcomes = cards(&vtiger).update(&board(), &change).await.unwrap();
    let (code, message) = refused(&outcomes[0]);
    assert!(code == "NOT_STORED" && message.contains("`Contacted` was sent"), "{code}: {message}");
}

#[tokio::test]
async fn cards_are_deleted_once() {
    let (tiger, vtiger, ids) = with_companies(3).await;
    let made = cards(&vtiger).create(&board(), &new_cards(&ids)).await.unwrap();
    let made: Vec<DealId> = made.iter().map(id_of).collect();
    tiger.person_deletes("Accounts", number(&ids[2]));
    let outcomes = cards(&vtiger).delete(&made).await.unwrap();
    let applied = |id: &DealId| CardOutcome::Applied(id.clone(), None);
    assert_eq!(outcomes, [applied(&made[0]), applied(&made[1]), CardOutcome::Gone]);
    assert_eq!(cards(&vtiger).delete(&made).await.unwrap(), vec![CardOutcome::Gone; 3]);
    assert_eq!((cards_in(&tiger), cards(&vtiger).delete(&[]).await.unwrap()), (0, vec![]));
}

#[tokio::test]
async fn cards_are_read_with_their_company_stage_key_and_times() {
    let (tiger, vtiger, ids) = with_companies(3).await;
    let field = tiger.crm(pipeline_field);
    let made = cards(&vtiger).create(&board(), &new_cards(&ids[..1])).await.unwrap();
    let ours = id_of(&made[0]);
    let add = |of: (&str, u64), stage: &str, pipeline: &str| {
        let values = [
            ("potentialname", "By hand"),
            ("sales_stage", stage),
            (of.0, &*of.1.to_string()),
            (field.as_str(), pipeline),
        ];
        let number = tiger.change(|crm| crm.add("Potentials", LONG_AGO, ADMIN, &values));
        DealId::new(format!("13x{number}"))
    };
    let contact = [("lastname", "Rossi"), ("account_id", &*number(&ids[1]).to_string())];
    let person = tiger.change(|crm| crm.add("Contacts", LONG_AGO, ADMIN, &contact));
    let of_person = add(("contact_id", person), "Prospecting", PIPELINE);
    let closed = add(("related_to", number(&ids[2])), "Closed Lost", PIPELINE);
    let elsewhere = add(("related_to", number(&ids[2])), "Prospecting", "Sales");
    let spelled = add(("related_to", number(&ids[2])), "Prospecting", "WAKE UP");

    let found = all(async |from| cards(&vtiger).cards(&board(), from).await).await;
    let by_id: BTreeMap<DealId, _> = found.into_iter().map(|card| (card.id.clone(), card)).collect();
    let there: BTreeSet<&DealId> = by_id.keys().collect();
    assert_eq!(there, [&ours, &of_person, &closed].into(), "only those of the pipeline");
    let card = &by_id[&ours];
    assert_eq!((card.name.as_str(), card.is_open()), ("Ditta Finta 11x1000", true));
    assert_eq!(card.companies, [ids[0].clone()]);
    assert_eq!(card.stage, CardStage::Known(StageRole::ToContact));
    assert_eq!(card.key, Some(CardKey::of(&ids[0], TODAY.parse().unwrap())));
    assert_eq!((card.created.timestamp_millis(), card.created_on), (NOON, TODAY.parse().unwrap()));
    assert_eq!(card.closed, None);
    let card = &by_id[&of_person];
    assert_eq!((card.companies.clone(), card.key.clone()), (vec![ids[1].clone()], None));
    assert!(matches!(&card.stage, CardStage::Other { closed: false, .. }));
    let card = &by_id[&closed];
    assert!(matches!(&card.stage, CardStage::Other { closed: true, .. }));
    assert_eq!(card.closed, Some("2025-01-01".parse().unwrap()));

    let asked = [&ours, &elsewhere, &spelled, &DealId::from("13x999999"), &DealId::from("nonsense")];
    let before = vtiger.usage().total();
    let read = cards(&vtiger).read(&board(), &asked.map(Clone::clone)).await.unwrap();
    assert_eq!((read.len(), &read[0]), (1, &by_id[&ours]));
    assert_eq!(vtiger.usage().total() - before, 1, "one call for all of them");

    let of = cards(&vtiger).of_companies(&board(), &[ids[2].clone(), ids[0].clone()]).await.unwrap();
    let of: Vec<&DealId> = of.iter().map(|card| &card.id).collect();
    assert_eq!(of, [&closed, &ours].into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
    assert!(cards(&vtiger).of_companies(&board(), &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn many_cards_are_read_in_full_pages() {
    let (tiger, vtiger, ids) = with_companies(1).await;
    let field = tiger.crm(pipeline_field);
    let organization = number(&ids[0]).to_string();
    for stage in ["To contact", "Not interested"].iter().cycle().take(250) {
        let values = [
            ("potentialname", "Card"),
            ("sales_stage", stage),
            ("related_to", organization.as_str()),
            (&field, PIPELINE),
        ];
        tiger.change(|crm| crm.add("Potentials", LONG_AGO, ADMIN, &values));
    }
    let found = all(async |from| cards(&vtiger).cards(&board(), from).await).await;
    assert_eq!((found.len(), vtiger.usage().calls["opportunities.list"]), (250, 4));
    assert_eq!(cards(&vtiger).of_companies(&board(), &ids).await.unwrap().len(), 250);
}

#[tokio::test]
async fn cards_are_no_open_deals_of_other_pipelines() {
    let (tiger, vtiger, ids) = with_companies(4).await;
    cards(&vtiger).create(&board(), &new_cards(&ids)).await.unwrap();
    let field = tiger.crm(pipeline_field);
    let add = |stage: &str, pipeline: &str| {
        let values = [
            ("potentialname", "Deal"),
            ("sales_stage", stage),
            ("related_to", &*number(&ids[0]).to_string()),
            (field.as_str(), pipeline),
        ];
        tiger.change(|crm| crm.add("Potentials", LONG_AGO, ADMIN, &values))
    };
    let deal = add("Prospecting", "Sales");
    add("Reactivated", "Sales");
    let survey = vtiger.survey().await.unwrap();
    let watched: BTreeSet<PipelineId> = survey
        .pipelines
        .iter()
        .map(|pipeline| pipeline.id.clone())
        .filter(|id| id.as_str() != PIPELINE)
        .collect();
    assert_eq!(watched.len(), survey.pipelines.len() - 1);
    let open = all(async |from| vtiger.open_deals(&survey, &watched, from).await).await;
    let [open] = open.as_slice() else { panic!("{open:?}") };
    assert_eq!(open.id, DealId::new(format!("13x{deal}")));
    assert_eq!(open.created.map(|created| created.timestamp_millis()), Some(LONG_AGO));
}

#[tokio::test]
async fn a_survey_tells_the_board_and_the_properties_of_cards() {
    let (tiger, vtiger, _) = with_companies(0).await;
    let survey = vtiger.survey().await.unwrap();
    let kinds: Vec<_> = survey.card_properties.iter().map(|(field, state)| (*field, &state.kind)).collect();
    assert_eq!(kinds.len(), 4);
    for (field, kind) in kinds {
        assert_eq!(kind.as_ref(), Ok(&field.kind()), "{field:?}");
    }
    assert!(survey.card_properties.values().all(|state| !state.read_only));
    let board = survey.pipelines.iter().find(|pipeline| pipeline.id.as_str() == PIPELINE).unwrap();
    for role in StageRole::ALL {
        let stage = board.stages.iter().find(|stage| stage.id.as_str() == role.label().en).unwrap();
        assert_eq!(stage.closed, role.is_closed(), "{role:?}");
    }
    let without = Vtiger::new(config(&tiger.base_url())).unwrap();
    assert!(without.cards().is_none());
    assert!(without.survey().await.unwrap().card_properties.is_empty());
}

#[tokio::test]
async fn what_is_missing_is_work_by_hand_on_the_screens_of_opportunities() {
    let tiger = start(crm()).await;
    let mut settings = config(&tiger.base_url());
    settings.wake_up = Some(names());
    let connect =
        |settings: &sirank::connectors::vtiger::VtigerConfig| Vtiger::new(settings.clone()).unwrap();
    let vtiger = connect(&settings);
    assert!(vtiger.survey().await.unwrap().card_properties.is_empty());
    let work = vtiger.by_hand(&SchemaItem::Board).unwrap().to_string();
    let stages = "Settings > Picklist Field Values > Opportunities > Sales Stage";
    let start = format!(
        "Settings > Picklist Field Values > Opportunities > Pipeline: Add Value: Wake Up; {stages} > Add Value: To contact; "
    );
    assert!(work.starts_with(&start) && work.ends_with("Add Value: No longer cold"), "{work}");

    let missing = vec![StageRole::Contacted, StageRole::NoLongerCold];
    let work = vtiger.by_hand(&SchemaItem::Stages(PipelineId::from(PIPELINE), missing)).unwrap();
    assert_eq!(work.to_string(), format!("{stages}: Add Value: Contacted; Add Value: No longer cold"));

    let work = vtiger.by_hand(&SchemaItem::CardField(CardField::LostRevenue)).unwrap().to_string();
    assert!(
        work.ends_with(
            "> Opportunities > Add Custom Field: Select Field Type: Currency; Label Name: Lost revenue; Length: 12; \
             Decimal Places: 2"
        ),
        "{work}"
    );
    let work = vtiger.by_hand(&SchemaItem::CardField(CardField::Key)).unwrap().to_string();
    assert!(work.ends_with("Select Field Type: Text; Label Name: SiRank key; Length: 64"), "{work}");

    settings.pipeline_field = None;
    settings.language = Language::It;
    settings.wake_up = Some(BoardNames { pipeline: "Risveglio".to_owned(), stages: BTreeMap::new() });
    let work = connect(&settings).by_hand(&SchemaItem::Board).unwrap().to_string();
    for text in [
        "> Opportunities > Add Custom Field: Select Field Type: Picklist; Label Name: Pipeline; Picklist Values: Risveglio;",
        "vtiger.pipeline_field: Pipeline;",
        "Add Value: Non più freddo",
    ] {
        assert!(work.contains(text), "{text}: {work}");
    }
    let error = connect(&settings).create(&SchemaItem::Board).await.unwrap_err();
    assert!(error.to_string().contains("Picklist Values: Risveglio"), "{error}");
}

#[test]
fn people_can_type_every_name_into_the_screens() {
    let refused = ['&', '<', '>', ':', '\'', '"', ',', '_', '#', '[', ']', '{', '}'];
    let labels = CardField::ALL.map(CardField::label).into_iter().chain(StageRole::ALL.map(StageRole::label));
    for text in labels.flat_map(|Label { en, it }| [en, it]) {
        assert!(!text.contains(refused), "{text}");
    }
}
