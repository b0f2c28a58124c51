//! Fatture in Cloud as the source: every fault while documents are read, and documents that go meanwhile.

use std::time::Duration;

use serde_json::{Map, json};
use sirank::cli::Exit;
use sirank::domain::catalogue::Figure;
use sirank::engine::Request;
use sirank_mocks::fattureincloud::{Company, FattureInCloud, NewDocument};
use sirank_mocks::faults::{Action, Fault, Faults};
use sirank_mocks::hubspot::{HubSpot, Kind};
use sirank_mocks::seed;

use super::cycles::{cycle, reconciliation, run};
use super::small::ROSSI;
use super::world::{ACCOUNTING_TOKEN, World, request};
use crate::crm::{LONG_AGO, Vendor as _};

const REVENUE: Figure = Figure::Revenue36m;
/// Three pages of invoices.
const INVOICES: u32 = 230;

async fn world() -> (World<HubSpot>, Vec<u64>) {
    let mut company = Company::new(seed::COMPANY_ID, "Azienda di prova S.r.l.");
    let entity = json!({"id": null, "name": "Acciaierie Rossi", "vat_number": ROSSI, "country_iso": "IT"});
    let ids = (1..=INVOICES)
        .map(|number| {
            let new = NewDocument {
                kind: "invoice",
                date: "2013-06-01",
                net: 10.into(),
                entity: entity.clone(),
                subject: "",
            };
            company.add_document(number.into(), &new)
        })
        .collect();
    let mut world = World::<HubSpot>::small().await;
    let mock = FattureInCloud::builder().token(ACCOUNTING_TOKEN).company(company).start().await.unwrap();
    world.fatture = Some(mock);
    (world, ids)
}

fn faults(world: &World<HubSpot>, change: impl FnOnce(&mut Faults)) {
    world.fatture.as_ref().unwrap().faults(change);
}

#[tokio::test]
async fn a_quiet_cycle_is_four_calls_however_large_the_account_is() {
    for companies in [0, 1_500] {
        let (world, _) = world().await;
        world.crm.change(|portal| {
            for number in 0..companies {
                let vat = format!("IT9{number:010}");
                portal.add(Kind::Company, LONG_AGO, &[("name", "Esempio"), ("vat_number", &vat)]);
            }
        });
        let fatture = world.fatture.as_ref().unwrap();
        let store = world.store();
        world
            .with_engine(&store, async |engine| {
                let first = run(&engine, cycle()).await;
                assert_eq!(first.applied.unwrap().applied, 6 + companies);
                // Later than what the readings overlap, with a mark from then.
                for _ in 0..3 {
                    world.crm.clock().advance(Duration::from_mins(16));
                    run(&engine, cycle()).await;
                }
                for _ in 0..2 {
                    world.crm.forget();
                    fatture.forget();
                    let quiet = run(&engine, cycle()).await;
                    assert!(quiet.nothing_new);
                    let calls: Vec<String> =
                        world.crm.requests().into_iter().map(|call| call.target).collect();
                    assert_eq!(
                        calls,
                        ["/crm/objects/2026-09/companies/search", "/crm/objects/2026-09/deals/search"]
                    );
                    assert_eq!(
                        fatture.stats().by_kind.into_iter().collect::<Vec<_>>(),
                        [("documents_list".to_owned(), 2)]
                    );
                    assert!(world.crm.writes().all().is_empty());
                }
            })
            .await;
    }
}

#[tokio::test]
async fn documents_are_right_after_a_cycle() {
    let (world, ids) = world().await;
    let fatture = world.fatture.as_ref().unwrap();
    let store = world.store();
    world
        .with_engine(&store, async |engine| {
            run(&engine, cycle()).await;
            fatture.clock().advance(Duration::from_hours(24));
            let fields = Map::from_iter([("amount_net".to_owned(), json!(110))]);
            assert!(fatture.person_edits(seed::COMPANY_ID, ids[0], &fields));
            assert!(fatture.person_deletes(seed::COMPANY_ID, ids[1]));
            let entity = json!({"id": null, "name": "Acciaierie Rossi", "vat_number": ROSSI});
            let credit = NewDocument {
                kind: "credit_note",
                date: "2013-07-01",
                net: 1_000.into(),
                entity,
                subject: "",
            };
            fatture.person_issues(seed::COMPANY_ID, 1, &credit).unwrap();
            run(&engine, cycle()).await;
            assert_eq!(world.value(ROSSI, REVENUE).as_deref(), Some("1390"));
            assert!(run(&engine, cycle()).await.nothing_new);
            // Out of the bin again, with its old time of change: the count tells that something is different, not what.
            assert!(fatture.person_recovers(seed::COMPANY_ID, ids[1]));
            run(&engine, cycle()).await;
            run(&engine, reconciliation()).await;
            assert_eq!(world.value(ROSSI, REVENUE).as_deref(), Some("1400"));
            assert!(run(&engine, cycle()).await.nothing_new);
        })
        .await;
}

#[tokio::test]
async fn every_fault_once_and_for_good() {
    use Exit::{Done, Permission, Unavailable};
    let status = |status, retry_after| Action::Status { status, retry_after, body: None };
    for (action, once, always) in [
        (status(429, Some(0)), Done, Unavailable),
        (status(500, None), Done, Unavailable),
        (status(503, None), Done, Unavailable),
        (status(403, Some(1_800)), Unavailable, Unavailable),
        (status(403, Some(400_000)), Unavailable, Unavailable),
        (status(403, None), Permission, Permission),
        (status(401, None), Permission, Permission),
        (Action::HtmlPage { status: 200 }, Done, Unavailable),
        (Action::HtmlPage { status: 502 }, Done, Unavailable),
        (Action::MalformedJson, Done, Unavailable),
        (Action::EmptyBody, Done, Unavailable),
        (Action::CutBody { keep: 50 }, Done, Unavailable),
        (Action::Reset, Done, Unavailable),
    ] {
        for (for_good, expected) in [(false, once), (true, always)] {
            let (mut world, _) = world().await;
            let fault = Fault::new(action.clone()).kind("documents_list").skip(1);
            faults(&world, |faults| faults.add(if for_good { fault.always() } else { fault }));
            if for_good {
                world.budget = Duration::from_millis(50);
            }
            let ended = match world.backfill().await {
                Ok(report) => report.outcome.into(),
                Err(error) => Exit::from(&error),
            };
            assert_eq!(ended, expected, "{action:?} {for_good}");
            if ended != Done {
                assert!(world.crm.companies_written().is_empty(), "nothing is written from half a ledger");
                faults(&world, Faults::clear);
                world.budget = Duration::from_mins(1);
                let resumed = world.run(Request { resume: true, ..request() }).await.unwrap();
                assert_eq!(Exit::from(resumed.outcome), Done, "{action:?} {for_good}");
            }
            assert_eq!(world.value(ROSSI, REVENUE).as_deref(), Some("2300"), "{action:?} {for_good}");
        }
    }
}

#[tokio::test]
async fn documents_deleted_while_a_run_is_stopped_are_noticed() {
    let (world, ids) = world().await;
    faults(&world, |faults| faults.add(Fault::status(401).kind("documents_list").skip(1)));
    world.backfill().await.unwrap_err();
    let mock = world.fatture.as_ref().unwrap();
    for id in &ids[..3] {
        assert!(mock.person_deletes(seed::COMPANY_ID, *id));
    }
    let report = world.run(Request { resume: true, ..request() }).await.unwrap();
    assert!(report.analysis.unwrap().reconciliation.balances());
    // Those of the first page were read before they went, and are not seen to be missing until the next pull.
    world.backfill().await.unwrap();
    assert_eq!(world.value(ROSSI, REVENUE).as_deref(), Some("2270"));
}
