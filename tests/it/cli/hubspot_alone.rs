//! What HubSpot alone has: an API that creates properties, and so a setup that can be killed.

use std::time::Duration;

use sirank_mocks::hubspot::Kind;
use sirank_mocks::seed;

use super::desk::{Desk, documents};
use super::killed::{LATENCY_MS, Moment, SEED};

#[tokio::test(flavor = "multi_thread")]
async fn a_setup_that_was_killed_is_finished_by_the_next() {
    let names = |desk: &Desk| -> Vec<String> {
        desk.crm.portal(|portal| {
            portal.space(Kind::Company).schema.properties.keys().map(ToString::to_string).collect()
        })
    };
    let undisturbed = Desk::with(seed::cluster301().unwrap(), documents(0)).await;
    undisturbed.run(&["setup"]).exits(0);
    let mut random = fastrand::Rng::with_seed(SEED);
    let desk = Desk::with(seed::cluster301().unwrap(), documents(0)).await;
    desk.crm.set_latency(Duration::from_millis(LATENCY_MS));
    for _ in 0..6 {
        let before = desk.crm.requests().len();
        let moment = Moment::Request(random.usize(1..=14));
        println!("seed {SEED}: {moment:?}");
        desk.run_and_kill(&["setup"], |hub| moment.has_come(hub, before));
    }
    desk.run(&["setup"]).exits(0);
    assert_eq!(names(&desk), names(&undisturbed));
    desk.run(&["setup"]).exits(0).shows("25 properties in place already");
}
