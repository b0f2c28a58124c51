//! What vTiger alone does: it forgets sessions, takes almost any value in silence, keeps one challenge per user, shows
//! empty numbers as zero, and tells what has changed.

use sirank::domain::catalogue::Figure;
use sirank::engine::{Applied, EngineError, Reading, Request};
use sirank::ports::InputProperty;
use sirank::store::RunOutcome;
use sirank_mocks::faults::{Action, Fault};
use sirank_mocks::vtiger::{CustomField, UiType};

use super::small::{self, BIANCHI, FONTANA, ROSSI, invoice};
use super::world::{World, request};
use crate::crm::vtiger::{ACCOUNTS, VTiger, label, number};
use crate::crm::{Damage, Entry, Vendor, Written};

/// Never a customer: its figures are empty.
const MAI: &str = "IT00000000006";

type Vtiger = World<VTiger>;

/// A world like one that is set up already.
async fn like(ready: &Vtiger) -> Vtiger {
    World::of(ready.crm.twin().await, small::books())
}

#[tokio::test]
async fn a_session_that_ends_at_any_request_makes_no_difference() {
    let ready = Vtiger::small().await;
    let undisturbed = like(&ready).await;
    undisturbed.backfill().await.unwrap();
    let right = undisturbed.written();
    let requests = undisturbed.crm.requests().len() as u64;
    assert!((20..200).contains(&requests), "{requests}");
    for request in 0..=requests {
        let world = like(&ready).await;
        world.crm.end_sessions_after(request);
        let report = world.backfill().await.unwrap();
        assert_eq!(report.outcome, RunOutcome::Done, "request {request}");
        assert_eq!(world.written(), right, "request {request}");
        assert!(world.crm.written_twice().is_empty(), "request {request}");
    }
}

#[tokio::test]
async fn a_challenge_that_another_program_spoiled_is_asked_for_again() {
    let refused = Action::Status {
        status: 200,
        retry_after: None,
        body: Some(serde_json::json!({
            "success": false,
            "error": {"code": "INVALID_USER_CREDENTIALS", "message": "Invalid username or password"},
        })),
    };
    let world = Vtiger::small().await;
    world.crm.faults(|faults| faults.add(Fault::new(refused).kind("login").times(2)));
    assert_eq!(world.backfill().await.unwrap().outcome, RunOutcome::Done);
}

#[tokio::test]
async fn empty_numbers_that_read_back_as_zero_are_not_written_again() {
    let world = Vtiger::small().await;
    world.backfill().await.unwrap();
    let shown = |figure| world.crm.value(ACCOUNTS, number(&world.company(MAI)), &world.crm.property(figure));
    assert_eq!(shown(Figure::Score).as_deref(), Some("0.00"), "never a purchase, so no score");
    assert_eq!(shown(Figure::RevenueLastActive).as_deref(), Some("0.00"));
    assert_eq!(shown(Figure::ContactOverdue).as_deref(), Some("0"));
    world.crm.forget();
    world.backfill().await.unwrap();
    assert!(world.crm.was_only_read());

    // What a person wrote there is no zero.
    world.edit(MAI, Entry::Figure(Figure::Score), "5");
    let report = world.backfill().await.unwrap();
    assert_eq!(report.applied, Some(Applied { applied: 1, ..Applied::default() }));
    assert_eq!(shown(Figure::Score).as_deref(), Some("0.00"));
}

/// A field in the place of another one with the same label.
fn replace(world: &Vtiger, figure: Figure, field: &CustomField) {
    let name = world.crm.property(figure);
    world.crm.change(|data| {
        assert!(data.remove_custom_field(ACCOUNTS, &name));
        data.add_field(ACCOUNTS, field).unwrap();
    });
}

/// What a backfill refuses, by code, and how many companies it wrote.
async fn refused(world: &Vtiger) -> (Vec<(String, String)>, u64) {
    let report = world.backfill().await.unwrap();
    let refused = world.store().failed_writes().unwrap();
    let said = refused.into_iter().map(|failed| (failed.code, failed.message));
    let said: Vec<_> = said.collect();
    assert_eq!(report.outcome == RunOutcome::DoneWithFailures, !said.is_empty());
    (said, report.applied.unwrap().applied)
}

#[tokio::test]
async fn a_value_that_vtiger_rounds_is_refused_with_the_mend_and_the_others_are_written() {
    let world = Vtiger::small().await;
    let whole_euros = CustomField::currency(label(Figure::Revenue36m), 12, 0);
    replace(&world, Figure::Revenue36m, &whole_euros);
    let (said, applied) = refused(&world).await;
    let [(code, message)] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!((code.as_str(), applied), ("ROUNDED", 5));
    assert!(message.contains("`12800.5` was sent and `12801` is stored"), "{message}");
    assert!(message.contains("give the field as many Decimal Places"), "{message}");
    assert_eq!(world.value(ROSSI, Figure::Cluster).as_deref(), Some("A"), "the other values are stored");
    // It stays refused until somebody mends the field.
    assert_eq!(refused(&world).await.0.len(), 1);
    replace(&world, Figure::Revenue36m, &CustomField::currency(label(Figure::Revenue36m), 12, 2));
    assert_eq!(refused(&world).await.0, []);
    assert_eq!(world.value(ROSSI, Figure::Revenue36m).as_deref(), Some("12800.5"));
}

#[tokio::test]
async fn a_text_that_vtiger_cuts_is_refused_with_the_mend() {
    let world = Vtiger::small().await;
    replace(&world, Figure::Explanation, &CustomField::text(label(Figure::Explanation), 20));
    let (said, applied) = refused(&world).await;
    assert_eq!((said.len(), applied), (6, 0), "{said:?}");
    assert!(said.iter().all(|(code, message)| code == "CUT" && message.contains("too short")), "{said:?}");
    assert_eq!(world.value(ROSSI, Figure::Cluster).as_deref(), Some("A"), "the other values are stored");
    replace(&world, Figure::Explanation, &CustomField::new(label(Figure::Explanation), UiType::TextArea));
    assert_eq!(refused(&world).await, (Vec::new(), 6));
}

#[tokio::test]
async fn a_user_with_too_few_decimals_keeps_a_run_from_beginning() {
    let world = Vtiger::small().await;
    world.crm.change(|data| {
        for user in data.users.values_mut() {
            user.currency_decimals = Some(0);
        }
    });
    let error = world.backfill().await.unwrap_err();
    assert!(matches!(error, EngineError::Preflight(_)), "{error}");
    assert!(error.to_string().contains("Number Of Currency Decimals"), "{error}");
    assert!(world.crm.was_only_read());
}

#[tokio::test]
async fn a_picklist_value_that_went_between_plan_and_apply_prevents_the_write() {
    let world = Vtiger::small().await;
    let plan = dry_run(&world).await;
    world.crm.administrator_spoils(Figure::Cluster, Damage::Option { lost: "A", own: "Nostro" });
    let error = world.apply(&plan).await.unwrap_err();
    assert!(matches!(error, EngineError::Preflight(_)), "{error}");
    assert!(error.to_string().contains("it lacks the options A"), "{error}");
    assert!(world.crm.was_only_read());
    world.setup().await;
    assert_eq!(world.apply(&plan).await.unwrap().applied.unwrap().applied, 6);
}

#[tokio::test]
async fn an_organization_renamed_to_a_duplicate_between_plan_and_apply_is_refused_and_no_other() {
    let world = Vtiger::small().await;
    let plan = dry_run(&world).await;
    // People can, with the duplicate check switched off for a moment.
    world.edit(BIANCHI, Entry::Name, "Acciaierie Rossi");
    let report = world.apply(&plan).await.unwrap();
    assert_eq!(report.applied, Some(Applied { applied: 4, refused: 2, ..Applied::default() }));
    for failed in world.store().failed_writes().unwrap() {
        assert_eq!(failed.code, "DUPLICATE");
        assert!(failed.message.contains("rename one"), "{failed:?}");
    }
    world.edit(BIANCHI, Entry::Name, "Bianchi Srl");
    let next = world.backfill().await.unwrap();
    assert_eq!(next.applied, Some(Applied { applied: 2, ..Applied::default() }));
    assert!(world.crm.written_twice().is_empty());
}

#[tokio::test]
async fn an_organization_that_is_deleted_while_the_others_are_written_is_gone() {
    let world = Vtiger::small().await;
    let fontana = world.company(FONTANA);
    let doomed = number(&fontana);
    world.crm.before("revise", 2, move |data| assert!(data.delete(ACCOUNTS, doomed, 0)));
    let report = world.backfill().await.unwrap();
    let applied = report.applied.unwrap();
    assert_eq!((applied.applied + applied.gone, applied.refused, applied.pending), (6, 0, 0));
    assert_eq!(report.outcome, RunOutcome::Done);
    let next = world.backfill().await.unwrap();
    assert_eq!(next.plan.summary["companies"], 5);
}

#[tokio::test]
async fn a_write_that_took_effect_although_php_gave_up_is_found_in_place() {
    let world = Vtiger::small().await;
    world.crm.faults(|faults| faults.add(Fault::status(500).kind("revise").skip(1).times(3).after_effect()));
    let report = world.backfill().await.unwrap();
    assert_eq!(report.applied, Some(Applied { applied: 6, ..Applied::default() }));
    assert!(world.crm.written_twice().is_empty());
    assert_eq!(world.crm.companies_written().len(), 6);
}

/// The daemon reads only what has changed, whether `sync` works or not.
#[tokio::test]
async fn what_changed_and_what_was_deleted_is_noticed_without_reading_everything() {
    for sync_patched in [false, true] {
        let world = Vtiger::small().await.unguarded();
        world.crm.options(|options| options.sync_patched = sync_patched);
        let changes = || Request { reading: Reading::Changes, command: "run", ..request() };
        world.run(changes()).await.unwrap();
        let company = world.company(BIANCHI);
        world.edit(BIANCHI, Entry::Input(InputProperty::Potential), "high");
        world.crm.person_deletes(&world.company(FONTANA));
        world.books.lock().unwrap().push(invoice("8", BIANCHI, "2013-12-01", "70.00"));
        world.crm.forget();
        let report = world.run(changes()).await.unwrap();
        assert_eq!(report.plan.summary["companies"], 5, "{sync_patched}");
        assert_eq!(world.value(BIANCHI, Figure::Cluster).as_deref(), Some("B"), "{sync_patched}");
        assert_eq!(world.crm.companies_written(), [company], "{sync_patched}");

        // What a whole reading would find is nothing else.
        let before: Written = world.written();
        world.crm.forget();
        world.backfill().await.unwrap();
        assert!(world.crm.was_only_read(), "{sync_patched}");
        assert_eq!(world.written(), before);
    }
}

/// A plan that is not applied.
async fn dry_run(world: &Vtiger) -> String {
    let report = world.run(Request { apply: false, ..request() }).await.unwrap();
    report.plan.id.to_string()
}
