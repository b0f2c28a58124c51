//! What HubSpot alone has: batches, deals of several companies, a search beside the list, a limit of properties.

use sirank::cli::Exit;
use sirank::domain::catalogue::Figure;
use sirank_mocks::faults::Fault;
use sirank_mocks::hubspot::{HubSpot, Kind, Portal, Record};

use super::faults::rows;
use super::small::{COMUNE, FONTANA, GALLO, account, books};
use super::world::World;
use crate::crm::hubspot::{deal, portal};
use crate::crm::{LONG_AGO, Vendor};
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
