//! What HubSpot alone has: batches, deals of several companies, a search beside the list, a limit of properties.

use std::time::Duration;

use sirank::cli::Exit;
use sirank::domain::catalogue::Figure;
use sirank::engine::Request;
use sirank::ports::InputProperty;
use sirank::store::RunOutcome;
use sirank_mocks::faults::{Fault, Faults};
use sirank_mocks::hubspot::{HubSpot, Kind, Portal, Record};

use super::cycles::{cycle, reconciliation, run};
use super::faults::rows;
use super::small::{COMUNE, FONTANA, GALLO, ROSSI, account, books};
use super::world::World;
use crate::crm::hubspot::{deal, portal};
use crate::crm::{Entry, LONG_AGO, Vendor};
use crate::hubspot_support;

async fn world(portal: Portal) -> World<HubSpot> {
    World::of(hubspot_support::start(portal).await, books())
}

/// The same with few deals, so that listing all is cheaper than searching.
fn without_won_deals(mut portal: Portal) -> Portal {
    let won = |(id, deal): (&u64, &Record)| (deal.props.get("dealstage") == Some("sales_won")).then_some(*id);
    let won: Vec<u64> = portal.space(Kind::Deal).records.iter().filter_map(won).collect();
    for deal in won {
        portal.archive(Kind::Deal, deal, LONG_AGO);
    }
    portal
}

#[tokio::test]
async fn a_deal_of_several_companies_keeps_all_of_them_from_being_cold() {
    // Found by the search among many deals, and by the list where there are few.
    for many in [true, false] {
        let mut portal = portal(&account());
        let company = |vat: &str| {
            let mut records = portal.space(Kind::Company).records.values();
            records.find(|record| record.props.get("vat_number") == Some(vat)).unwrap().id
        };
        let several = [COMUNE, FONTANA, GALLO].map(company);
        deal(&mut portal, &several, "ecommerce", "ecommerce_offer");
        deal(&mut portal, &[several[1]], "unwatched", "unwatched_new");
        if !many {
            portal = without_won_deals(portal);
        }
        let mut world = world(portal).await;
        world.policy.rules.cold.excluded_categories.clear();
        world.policy.excluded_categories.clear();
        world.setup().await;
        world.crm.forget();
        world.backfill().await.unwrap();
        for vat in [COMUNE, FONTANA, GALLO] {
            let exclusion = world.value(vat, Figure::ColdExclusion);
            assert_eq!(exclusion.as_deref(), Some("open_deal"), "{vat} {many}");
        }
        assert_eq!(world.crm.stats().by_kind.contains_key("associations_read"), many);
        // Closed, one is cold again.
        world.crm.person_closes_deals("ecommerce");
        world.backfill().await.unwrap();
        assert_eq!(world.value(COMUNE, Figure::ColdCustomer).as_deref(), Some("true"), "{many}");
        assert_eq!(world.value(COMUNE, Figure::ColdExclusion), None);
        assert_eq!(world.value(FONTANA, Figure::ColdExclusion).as_deref(), Some("open_deal"));
    }
}

#[tokio::test]
async fn an_index_that_lags_neither_hides_changes_nor_makes_own_writes_news() {
    let lag = Duration::from_mins(2);
    let world = World::<HubSpot>::small().await.unguarded();
    world.crm.options(|options| options.search_lag_ms = i64::try_from(lag.as_millis()).unwrap());
    let store = world.store();
    world
        .with_engine(&store, async |engine| {
            run(&engine, cycle()).await;
            world.crm.clock().advance(lag * 20);
            run(&engine, cycle()).await;
            world.edit(ROSSI, Entry::Input(InputProperty::Potential), "lost");
            assert!(run(&engine, cycle()).await.nothing_new, "nobody can see it yet");
            world.crm.clock().advance(lag);
            assert_eq!(run(&engine, cycle()).await.applied.unwrap().applied, 1);
            assert_eq!(world.value(ROSSI, Figure::Cluster).as_deref(), Some("Z"));
            world.crm.forget();
            assert!(run(&engine, cycle()).await.nothing_new, "the index shows the state before the write");
            world.crm.clock().advance(lag);
            assert!(run(&engine, cycle()).await.nothing_new, "the index shows the write");
            assert!(world.crm.companies_written().is_empty());
        })
        .await;
}

#[tokio::test]
async fn what_is_associated_apart_from_an_edit_is_right_after_a_reconciliation() {
    let world = World::<HubSpot>::small().await.unguarded();
    let store = world.store();
    world
        .with_engine(&store, async |engine| {
            run(&engine, cycle()).await;
            let exclusion = |vat| world.value(vat, Figure::ColdExclusion);
            assert_eq!(exclusion(FONTANA).as_deref(), Some("open_deal"));
            let number = |vat| hubspot_support::number(&world.company(vat));
            let (fontana, comune) = (number(FONTANA), number(COMUNE));
            world.edit(COMUNE, Entry::Input(InputProperty::Category), "");
            world.crm.change(|portal| {
                let deal = portal.links.of(Kind::Company, fontana, Kind::Deal)[0].to;
                portal.links.remove((Kind::Deal, deal), (Kind::Company, fontana));
                portal.associate((Kind::Deal, deal), (Kind::Company, comune));
            });
            run(&engine, cycle()).await;
            run(&engine, reconciliation()).await;
            assert_eq!((exclusion(FONTANA), exclusion(COMUNE).as_deref()), (None, Some("open_deal")));
            assert!(run(&engine, cycle()).await.nothing_new);
        })
        .await;
}

#[tokio::test]
async fn a_new_stage_and_an_owner_who_left_are_asked_about_when_they_matter() {
    let world = World::<HubSpot>::small().await.unguarded();
    let store = world.store();
    world
        .with_engine(&store, async |engine| {
            run(&engine, cycle()).await;
            world.crm.forget();
            // A deal in a stage that the last survey does not know.
            let now = world.crm.clock().now_ms();
            let gallo = hubspot_support::number(&world.company(GALLO));
            world.crm.change(|portal| {
                let sales = portal.pipelines.iter_mut().find(|pipeline| pipeline.id == "sales").unwrap();
                let mut stage = sales.stages[0].clone();
                stage.id = "sales_invented".to_owned();
                stage.label = "Appena inventato".to_owned();
                sales.stages.push(stage);
                let values = [("pipeline", "sales"), ("dealstage", "sales_invented")];
                let deal = portal.add(Kind::Deal, now, &values);
                portal.associate((Kind::Deal, deal), (Kind::Company, gallo));
            });
            run(&engine, cycle()).await;
            assert_eq!(world.value(GALLO, Figure::ColdExclusion).as_deref(), Some("open_deal"));
            assert_eq!(world.crm.stats().by_kind["pipelines"], 1, "the account was asked once more");
            // Nobody is asked in a quiet cycle; when something is to be written, what left with the survey is noticed too.
            world.crm.owners_leave();
            world.crm.forget();
            assert!(run(&engine, cycle()).await.nothing_new);
            assert!(!world.crm.stats().by_kind.contains_key("owners"));
            world.edit(ROSSI, Entry::Input(InputProperty::Potential), "low");
            run(&engine, cycle()).await;
            assert_eq!(world.value(FONTANA, Figure::KeyAccountMissing).as_deref(), Some("true"));
        })
        .await;
}

#[tokio::test]
async fn what_a_full_portal_does_not_take_is_left_out() {
    let mut full = portal(&account());
    full.plan.custom_properties =
        full.space(Kind::Company).schema.properties.values().filter(|p| !p.standard).count() + 3;
    let report = world(full).await.setup().await;
    assert_eq!((report.created.len(), report.left_out.len()), (3, Figure::ALL.len() - 3));
    let order: Vec<&str> = report.created.iter().map(|item| item.property.as_str()).collect();
    let first: Vec<String> = Figure::ALL[..3].iter().map(|figure| figure.property_name("sirank_")).collect();
    assert_eq!(order, first, "in the order of the catalogue");
}

#[tokio::test]
async fn setup_that_failed_is_completed_by_the_next() {
    for row in rows::<HubSpot>() {
        let world = World::<HubSpot>::bare().await;
        let mut fault = Fault::new(row.action.clone()).kind("properties_write").skip(3);
        fault.effect = row.effect;
        world.crm.faults(|faults| faults.add(fault));
        let store = world.store();
        let first = world.with_engine(&store, async |engine| engine.setup(false).await.map(drop)).await;
        if let Err(error) = first {
            let exit = Exit::from(&error);
            assert!(matches!(exit, Exit::Unavailable | Exit::Permission), "{:?}: {error}", row.action);
        }
        drop(store);
        world.crm.renew_credentials();
        world.setup().await;
        assert_eq!(Exit::from(world.backfill().await.unwrap().outcome), Exit::Done, "{:?}", row.action);
    }
}

#[tokio::test]
async fn a_batch_without_an_answer_is_sent_again_in_quarters() {
    let world = World::<HubSpot>::ready().await;
    world.crm.faults(|faults| faults.add(Fault::status(500).kind("batch_update")));
    let report = world.backfill().await.unwrap();
    assert_eq!(report.applied.unwrap().applied, 301);
    assert!(world.crm.written_twice().is_empty());
    // Four batches of the first round, of which the first is sent again in quarters.
    assert_eq!(world.crm.stats().by_kind["batch_update"], 4 + 4);
}

/// What the search does not tell of is found by the reconciliation, also where that takes up a run that stopped after it had
/// read what has changed, or that had come to writing.
#[tokio::test]
async fn a_reconciliation_that_takes_up_a_stopped_cycle_reads_everything() {
    let mut world = world(portal(&account())).await.unguarded();
    world.setup().await;
    let store = world.store();
    world
        .with_engine(&store, async |engine| {
            assert!(run(&engine, cycle()).await.read_all);
            assert!(!run(&engine, cycle()).await.read_all);
            let companies = store.company_count().unwrap();
            world.crm.person_deletes(&world.company(ROSSI));
            // The search of deals comes after that of companies.
            world.crm.faults(|faults| faults.add(Fault::status(503).kind("search").skip(1).always()));
            engine.run(&cycle()).await.unwrap_err();
            world.crm.faults(Faults::clear);
            let stopped = store.runs(1).unwrap().remove(0);
            assert_eq!(stopped.outcome, Some(RunOutcome::Stopped));

            let report = run(&engine, reconciliation()).await;
            assert_eq!(report.run, stopped.id, "it goes on with the run");
            assert!(report.read_all);
            assert_eq!(store.company_count().unwrap(), companies - 1, "the deletion was found");
        })
        .await;

    // Nothing is read by a run that goes on with its plan, so everything is to be read still.
    world.edit(GALLO, Entry::Input(InputProperty::Potential), "lost");
    world.budget = Duration::from_millis(20);
    world
        .with_engine(&store, async |engine| {
            run(&engine, cycle()).await;
            world.edit(GALLO, Entry::Input(InputProperty::Potential), "high");
            world.crm.faults(|faults| faults.add(Fault::status(429).kind("batch_update").always()));
            engine.run(&cycle()).await.unwrap_err();
            world.crm.faults(Faults::clear);
            let went_on = run(&engine, reconciliation()).await;
            assert!(went_on.applied.is_some() && !went_on.read_all, "{went_on:?}");
            assert!(run(&engine, reconciliation()).await.read_all);
        })
        .await;
}

#[tokio::test]
async fn what_somebody_only_wanted_to_look_at_is_never_gone_on_with() {
    let world = world(portal(&account())).await;
    world.setup().await;
    world.crm.faults(|faults| faults.add(Fault::status(503).kind("list").always()));
    let looked = Request { command: "plan", apply: false, resume: false, ..cycle() };
    world.run(looked).await.unwrap_err();
    world.crm.faults(Faults::clear);
    let looked = world.store().runs(1).unwrap().remove(0);
    assert_eq!((looked.command.as_str(), looked.outcome), ("plan", Some(RunOutcome::Stopped)));
    let report = world.run(cycle()).await.unwrap();
    assert_ne!(report.run, looked.id, "a service's run that writes is recorded as one");
}
