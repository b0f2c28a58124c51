//! Every fault of the portal at every kind of call, once and for good: the run ends in the right state, or stops with
//! the documented exit code, and resumed ends in the right state with nothing written twice.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use sirank::cli::Exit;
use sirank::engine::Request;
use sirank_mocks::faults::{Action, Effect, Fault, Faults};
use sirank_mocks::hubspot as mock;

use super::small;
use super::world::{World, request};
use crate::hubspot_support::TOKEN;

/// How many worlds are run through at once.
const AT_ONCE: usize = 8;
/// Longer than any patience of the tests.
const TOO_LONG: Option<u64> = Some(3_600);
/// What a backfill calls to read, beside the look-up.
const READS: [&str; 8] =
    ["account", "properties", "pipelines", "owners", "limits", "list", "search", "associations_read"];
/// Calls of the survey that a run can do without.
const OPTIONAL: [&str; 2] = ["account", "limits"];

/// What happens, and where a backfill ends then.
struct Row {
    action: Action,
    effect: Effect,
    /// A read that meets it once.
    read_once: Exit,
    /// A read that always meets it.
    read_always: Exit,
    /// A write that meets it once.
    write_once: Exit,
    /// A write that always meets it.
    write_always: Exit,
}

impl Row {
    /// Whether the fault is one of the right answer, so that it always comes after the effect.
    fn needs_answer(&self) -> bool {
        matches!(self.action, Action::CutBody { .. } | Action::MalformedJson | Action::OversizedBody { .. })
    }
}

const fn status(status: u16, retry_after: Option<u64>) -> Action {
    Action::Status { status, retry_after, body: None }
}

fn rows() -> Vec<Row> {
    use Effect::{After, Before};
    use Exit::{Done, Permission, Unavailable};
    let row = |action, effect, [read_once, read_always, write_once, write_always]: [Exit; 4]| Row {
        action,
        effect,
        read_once,
        read_always,
        write_once,
        write_always,
    };
    let passing = [Done, Unavailable, Done, Unavailable];
    let lasting = [Unavailable; 4];
    // A write that was carried out is found in place by the look-up.
    let carried_out = [Done, Unavailable, Done, Done];
    let mut rows = vec![
        row(status(429, Some(0)), Before, passing),
        row(status(429, None), Before, passing),
        row(status(429, TOO_LONG), Before, lasting),
        row(status(423, Some(0)), Before, passing),
        row(status(423, TOO_LONG), Before, lasting),
        row(status(477, Some(0)), Before, passing),
        row(status(477, TOO_LONG), Before, lasting),
        row(Action::Reset, Before, passing),
        row(Action::Reset, After, carried_out),
        row(Action::HtmlPage { status: 200 }, Before, passing),
        row(Action::HtmlPage { status: 200 }, After, carried_out),
        row(Action::HtmlPage { status: 502 }, Before, passing),
        row(Action::HtmlPage { status: 502 }, After, carried_out),
        row(Action::EmptyBody, Before, passing),
        row(Action::EmptyBody, After, carried_out),
        row(Action::CutBody { keep: 20 }, After, carried_out),
        row(Action::MalformedJson, After, carried_out),
        row(Action::OversizedBody { bytes: 2 << 20 }, After, [Unavailable, Unavailable, Done, Done]),
        row(
            Action::Redirect { status: 307, to: "https://elsewhere.example/*".to_owned() },
            Before,
            [Done, Unavailable, Unavailable, Unavailable],
        ),
        row(Action::ExpireToken, Before, [Permission; 4]),
        row(status(403, None), Before, [Permission; 4]),
    ];
    for code in [500, 502, 503, 504] {
        rows.push(row(status(code, None), Before, passing));
        rows.push(row(status(code, None), After, carried_out));
    }
    rows
}

struct Case {
    kind: &'static str,
    always: bool,
    fault: Fault,
    expected: Exit,
}

impl Case {
    fn of(row: &Row, kind: &'static str, always: bool) -> Self {
        let mut fault = Fault::new(row.action.clone()).kind(kind);
        fault.effect = row.effect;
        if always {
            fault = fault.always();
        }
        let write = kind == "batch_update";
        let expected = match (write, always) {
            (false, false) => row.read_once,
            (false, true) => row.read_always,
            (true, false) => row.write_once,
            (true, true) => row.write_always,
        };
        let optional = OPTIONAL.contains(&kind) && row.action == status(403, None);
        let expected = if optional { Exit::Done } else { expected };
        Self { kind, always, fault, expected }
    }

    fn name(&self) -> String {
        let how = if self.always { "always" } else { "once" };
        format!("{:?} {:?} {how} at {}", self.fault.action, self.fault.effect, self.kind)
    }
}

/// A world from a portal that is set up already.
async fn world(portal: &mock::Portal) -> World {
    let mut world = World::of(portal.clone(), small::books()).await;
    // Everything is looked up before it is written over, so that this call is met too.
    world.policy.reread_after = Duration::ZERO;
    world
}

async fn run_through(case: &Case, portal: &mock::Portal, right: &BTreeMap<(String, String), String>) {
    let mut world = world(portal).await;
    if matches!(case.fault.action, Action::Slow { .. }) {
        world.timeout = Duration::from_secs(1);
    } else if case.always {
        world.budget = Duration::from_millis(50);
    }
    world.hub.faults(|faults| faults.add(case.fault.clone()));
    let ended = match world.backfill().await {
        Ok(report) => Exit::from(report.outcome),
        Err(error) => {
            assert!(!error.to_string().contains(TOKEN), "{}: {error}", case.name());
            Exit::from(&error)
        }
    };
    assert!(world.hub.stats().faults > 0, "{}: the fault was never met", case.name());
    assert_eq!(ended, case.expected, "{}", case.name());
    if ended != Exit::Done {
        world.hub.faults(Faults::clear);
        world.hub.set_token(TOKEN, mock::Token::all());
        world.budget = Duration::from_mins(1);
        let resumed = world.run(Request { resume: true, ..request() }).await.unwrap();
        assert_eq!(Exit::from(resumed.outcome), Exit::Done, "{}: resumed", case.name());
    }
    assert_eq!(&world.written_values(), right, "{}", case.name());
    assert_eq!(world.hub.writes().written_twice("companies"), BTreeMap::new(), "{}", case.name());
}

async fn run_all(cases: Vec<Case>) {
    let ready = World::small().await;
    let portal = ready.hub.portal(mock::Portal::clone);
    let undisturbed = world(&portal).await;
    undisturbed.backfill().await.unwrap();
    let right = undisturbed.written_values();
    assert!(right.len() > 30, "{right:?}");
    futures_util::stream::iter(&cases)
        .for_each_concurrent(AT_ONCE, |case| run_through(case, &portal, &right))
        .await;
}

fn cases(kinds: &[&'static str], always: bool) -> Vec<Case> {
    let rows = rows();
    let of_kind = |kind: &'static str| {
        // Whether a read took effect before its answer was lost is all the same.
        let differs =
            move |row: &&Row| kind == "batch_update" || row.effect == Effect::Before || row.needs_answer();
        rows.iter().filter(differs).map(move |row| Case::of(row, kind, always))
    };
    kinds.iter().flat_map(|kind| of_kind(kind)).collect()
}

#[tokio::test]
async fn reads_that_fail_once() {
    run_all(cases(&READS, false)).await;
}

#[tokio::test]
async fn reads_that_always_fail() {
    run_all(cases(&READS, true)).await;
}

#[tokio::test]
async fn look_ups_that_fail() {
    let mut all = cases(&["batch_read"], false);
    all.extend(cases(&["batch_read"], true));
    run_all(all).await;
}

#[tokio::test]
async fn writes_that_fail_once() {
    run_all(cases(&["batch_update"], false)).await;
}

#[tokio::test]
async fn writes_that_always_fail() {
    run_all(cases(&["batch_update"], true)).await;
}

#[tokio::test]
async fn slow_answers_end_in_a_time_out() {
    let slow = Action::Slow { ms: 60_000 };
    let case = |kind, always, expected| {
        let fault = Fault::new(slow.clone()).kind(kind);
        Case { kind, always, fault: if always { fault.always() } else { fault }, expected }
    };
    run_all(vec![
        case("list", false, Exit::Done),
        case("list", true, Exit::Unavailable),
        case("batch_read", false, Exit::Done),
        case("batch_update", false, Exit::Done),
        case("batch_update", true, Exit::Done),
    ])
    .await;
}

#[tokio::test]
async fn setup_that_failed_is_completed_by_the_next() {
    for row in rows() {
        let world = World::of(small::portal(), small::books()).await;
        let mut fault = Fault::new(row.action.clone()).kind("properties_write").skip(3);
        fault.effect = row.effect;
        world.hub.faults(|faults| faults.add(fault));
        let store = world.store();
        let first = world.with_engine(&store, async |engine| engine.setup(false).await.map(drop)).await;
        if let Err(error) = first {
            let exit = Exit::from(&error);
            assert!(matches!(exit, Exit::Unavailable | Exit::Permission), "{:?}: {error}", row.action);
        }
        drop(store);
        world.hub.set_token(TOKEN, mock::Token::all());
        world.setup().await;
        assert_eq!(Exit::from(world.backfill().await.unwrap().outcome), Exit::Done, "{:?}", row.action);
    }
}

/// One company that the portal chokes on does not take the others with it.
#[tokio::test]
async fn a_company_whose_write_is_never_answered_is_told_from_a_portal_that_is_down() {
    let world = World::ready().await;
    // The batch with the first company fails five times: narrowed each time, the others get through.
    world.hub.faults(|faults| faults.add(Fault::status(500).kind("batch_update").times(1)));
    let report = world.backfill().await.unwrap();
    assert_eq!(report.applied.unwrap().applied, 301);
    assert_eq!(world.hub.writes().written_twice("companies"), BTreeMap::new());
    // Four batches of the first round, of which the first is sent again in quarters.
    assert_eq!(world.hub.stats().by_kind["batch_update"], 4 + 4);
}
