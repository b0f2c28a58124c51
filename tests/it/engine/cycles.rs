//! Cycles of the service: what has changed is right after a cycle, the rest after a reconciliation, and where nothing has
//! changed nothing is done.

use sirank::domain::catalogue::Figure;
use sirank::engine::{Engine, Reading, Request, RunReport};
use sirank::ports::InputProperty;
use sirank::store::RunOutcome;

use super::small::{BIANCHI, FONTANA, GALLO, ROSSI, invoice};
use super::world::{World, request};
use crate::crm::{Company, Entry, Vendor};

/// What the service asks for every few minutes.
pub(super) fn cycle() -> Request {
    Request { command: "run", reading: Reading::Changes, resume: true, ..request() }
}

/// What it asks for once a day.
pub(super) fn reconciliation() -> Request {
    Request { reading: Reading::Whole, ..cycle() }
}

pub(super) async fn run(engine: &Engine<'_>, request: Request) -> RunReport {
    engine.run(&request).await.unwrap()
}

fn applied(report: &RunReport) -> u64 {
    report.applied.unwrap_or_else(|| panic!("nothing was applied: {report:?}")).applied
}

pub(crate) async fn a_cycle_without_changes_ends_after_its_reads<V: Vendor>() {
    let world = World::<V>::small().await;
    let store = world.store();
    world
        .with_engine(&store, async |engine| {
            let first = run(&engine, cycle()).await;
            assert!(!first.nothing_new && applied(&first) == 6, "{first:?}");
            world.crm.forget();
            for _ in 0..3 {
                let quiet = run(&engine, cycle()).await;
                assert!(quiet.nothing_new, "the echo of own writes is no news");
                assert_eq!((quiet.outcome, &quiet.plan.id), (RunOutcome::Done, &first.plan.id));
                assert!(quiet.analysis.is_none() && quiet.applied.is_none());
                assert_eq!(quiet.usage[0].1.writes, 0);
                let undone = engine.undo(quiet.run.as_str(), quiet.plan.as_of, true).await;
                let error = undone.unwrap_err().to_string();
                assert!(error.contains("wrote nothing"), "that is not its plan to take back: {error}");
            }
            assert!(world.crm.was_only_read());
            assert_eq!(store.runs(10).unwrap().len(), 4, "each is on record");
            // Another day, other rules and a few companies by hand are no quiet cycles.
            let tomorrow = "2014-01-01".parse().unwrap();
            let next_day = run(&engine, Request { as_of: tomorrow, today: tomorrow, ..cycle() }).await;
            assert!(!next_day.nothing_new && next_day.plan.as_of == tomorrow);
            assert!(!run(&engine, Request { apply: false, ..cycle() }).await.nothing_new);
            assert!(!run(&engine, cycle()).await.nothing_new, "another plan was made in between");
            assert!(run(&engine, cycle()).await.nothing_new);
        })
        .await;
    let mut world = world;
    world.policy.rules.inactive_after_days += 1;
    world.with_engine(&store, async |engine| assert!(!run(&engine, cycle()).await.nothing_new)).await;
}

pub(crate) async fn what_people_change_is_right_after_a_cycle<V: Vendor>() {
    let world = World::<V>::small().await.unguarded();
    let store = world.store();
    world
        .with_engine(&store, async |engine| {
            run(&engine, cycle()).await;
            world.edit(ROSSI, Entry::Input(InputProperty::Potential), "lost");
            world.edit(BIANCHI, Entry::Figure(Figure::Cluster), "A");
            world.crm.person_opens_deal(&world.company(GALLO), "ecommerce");
            world.crm.person_closes_deals("sales");
            world.books.lock().unwrap().retain(|document| document.id != "7");
            world.books.lock().unwrap().push(invoice("8", BIANCHI, "2013-12-01", "50000.00"));
            let new = Company {
                name: "Nuova Srl".to_owned(),
                vat_number: "IT00000000077".to_owned(),
                potential: "high".to_owned(),
                category: String::new(),
            };
            let created = world.crm.person_creates(&new);
            let report = run(&engine, cycle()).await;
            assert!(!report.nothing_new);
            let value = |vat, figure| world.value(vat, figure);
            assert_eq!(value(ROSSI, Figure::Cluster).as_deref(), Some("Z"));
            assert_eq!(value(BIANCHI, Figure::Cluster).as_deref(), Some("D"));
            assert_eq!(value(FONTANA, Figure::ColdCustomer).as_deref(), Some("true"), "its deal is closed");
            assert_eq!(value(GALLO, Figure::Ltv).as_deref(), Some("50"));
            assert_eq!(world.crm.figure(&created, Figure::Phase).as_deref(), Some("awareness"));
            assert!(run(&engine, cycle()).await.nothing_new);
            world.crm.forget();
            run(&engine, reconciliation()).await;
            assert!(world.crm.companies_written().is_empty(), "a whole reading finds nothing more");
        })
        .await;
}

pub(crate) async fn what_no_reading_of_changes_shows_is_right_after_a_reconciliation<V: Vendor>() {
    let world = World::<V>::small().await.unguarded();
    let store = world.store();
    world
        .with_engine(&store, async |engine| {
            run(&engine, cycle()).await;
            // Two companies share a number until one is merged into the other; a third is deleted.
            let twin = Company { vat_number: ROSSI.to_owned(), ..Company::default() };
            let rossi = world.company(ROSSI);
            let twin = world.crm.person_creates(&twin);
            run(&engine, cycle()).await;
            assert_eq!(world.crm.figure(&rossi, Figure::Cluster), None, "ambiguous, so cleared");
            world.crm.person_merges(&rossi, &twin);
            world.crm.person_deletes(&world.company(BIANCHI));
            run(&engine, cycle()).await;
            run(&engine, reconciliation()).await;
            assert_eq!(world.crm.figure(&rossi, Figure::Cluster).as_deref(), Some("A"));
            assert_eq!(store.company_count().unwrap(), 5);
            assert!(run(&engine, cycle()).await.nothing_new);
        })
        .await;
    assert_complete(world).await;
}

/// That a backfill from nothing finds everything in place.
async fn assert_complete<V: Vendor>(world: World<V>) {
    world.delete_state();
    world.crm.forget();
    let report = world.backfill().await.unwrap();
    assert!(world.crm.companies_written().is_empty(), "{:?}", report.plan.summary);
}

pub(crate) async fn a_held_plan_waits_for_its_approval<V: Vendor>() {
    let world = World::<V>::small().await;
    let store = world.store();
    world
        .with_engine(&store, async |engine| {
            run(&engine, cycle()).await;
            let all = std::mem::take(&mut *world.books.lock().unwrap());
            world.crm.forget();
            let held = run(&engine, cycle()).await;
            assert_eq!(held.outcome, RunOutcome::Held);
            let still = run(&engine, cycle()).await;
            assert!(still.nothing_new, "nothing is computed anew, so nothing overtakes the plan");
            assert_eq!((still.outcome, &still.plan.id), (RunOutcome::Held, &held.plan.id));
            world.books.lock().unwrap().extend(all);
            let restored = run(&engine, cycle()).await;
            assert_eq!(restored.outcome, RunOutcome::Done, "{:?}", restored.plan.objections);
            assert!(world.crm.companies_written().is_empty(), "no customer turned cold");
        })
        .await;
}

pub(crate) async fn random_edits_leave_what_a_whole_reading_would<V: Vendor>() {
    for seed in 1..=3 {
        random_edits::<V>(seed).await;
    }
}

async fn random_edits<V: Vendor>(seed: u64) {
    println!("seed {seed}");
    let mut numbers = Numbers(seed);
    let world = World::<V>::small().await.unguarded();
    let store = world.store();
    world
        .with_engine(&store, async |engine| {
            run(&engine, cycle()).await;
            for round in 0..6 {
                for _ in 0..=numbers.below(4) {
                    edit(&world, &mut numbers, round);
                    if numbers.below(3) == 0 {
                        run(&engine, cycle()).await;
                    }
                }
                run(&engine, cycle()).await;
                assert!(run(&engine, cycle()).await.nothing_new, "seed {seed}, round {round}");
                world.crm.forget();
                run(&engine, reconciliation()).await;
                let written = world.crm.companies_written();
                assert!(written.is_empty(), "seed {seed}, round {round}: {written:?} were overlooked");
                let companies = world.crm.companies();
                if companies.len() > 4 {
                    let place = |number: u64| usize::try_from(number).unwrap() % companies.len();
                    let (one, other) = (place(numbers.below(1_000)), place(numbers.below(1_000)));
                    if one == other {
                        world.crm.person_deletes(&companies[one]);
                    } else {
                        world.crm.person_merges(&companies[one], &companies[other]);
                    }
                    run(&engine, cycle()).await;
                    run(&engine, reconciliation()).await;
                }
            }
        })
        .await;
    assert_complete(world).await;
}

/// Something that a reading of changes has to show.
fn edit<V: Vendor>(world: &World<V>, numbers: &mut Numbers, round: u64) {
    let companies = world.crm.companies();
    let company = &companies[usize::try_from(numbers.below(companies.len() as u64)).unwrap()];
    let pick = |numbers: &mut Numbers, words: &[&'static str]| {
        words[usize::try_from(numbers.below(words.len() as u64)).unwrap()]
    };
    let vat = pick(numbers, &[ROSSI, BIANCHI, FONTANA, GALLO, "IT00000000099"]);
    match numbers.below(8) {
        0 => {
            let potential = pick(numbers, &["high", "low", "lost", ""]);
            world.crm.person_edits(company, Entry::Input(InputProperty::Potential), potential);
        }
        1 => world.crm.person_edits(company, Entry::Input(InputProperty::VatNumber), vat),
        2 => world.crm.person_edits(company, Entry::Figure(Figure::Cluster), pick(numbers, &["A", "E", ""])),
        3 => world.crm.person_opens_deal(company, pick(numbers, &["sales", "ecommerce", "unwatched"])),
        4 => world.crm.person_closes_deals(pick(numbers, &["sales", "ecommerce"])),
        5 => {
            let new = Company {
                name: format!("Nuova {round} {}", numbers.below(1_000_000)),
                vat_number: vat.to_owned(),
                ..Company::default()
            };
            world.crm.person_creates(&new);
        }
        6 => {
            let id = format!("n{}", numbers.below(12));
            let mut books = world.books.lock().unwrap();
            books.retain(|document| document.id != id);
            books.push(invoice(&id, vat, "2013-11-11", &numbers.below(20_000).to_string()));
        }
        _ => {
            let mut books = world.books.lock().unwrap();
            let place = usize::try_from(numbers.below(books.len() as u64)).unwrap();
            books.remove(place);
        }
    }
}

/// A small generator of numbers (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }
}
