//! A fictitious year of a sales office: customers go cold, are called, buy again, get deals, are excluded, merged and
//! deleted, and people move cards by hand. Every evening sirank runs once, as its operators run it, and what stands in
//! the CRM is held against the rules, which are written down here a second time and share nothing with the engine.
//!
//! The same year is lived through over every CRM. Its script is what must happen ([`script`]) and what a fixed seed adds
//! ([`chance`]); `SIRANK_YEAR_SEED` makes it another year, `SIRANK_YEAR_DAYS` a shorter one.

mod acts;
mod cast;
mod chance;
mod oracle;
mod script;
mod vendor;
mod world;

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use sirank_mocks::hubspot::HubSpot;

use self::chance::Chance;
use self::oracle::{Evening, Oracle};
use self::script::Script;
use self::vendor::YearVendor;
use self::world::World;
use crate::crm::vtiger::VTiger;

/// Nine o'clock in Rome on the day on which the year begins.
const START: &str = "2026-01-07T08:00:00Z";
const DAYS: u32 = 365;
const SEED: u64 = 20_260_107;
/// sirank runs nine hours after people came to work.
const UNTIL_EVENING: TimeDelta = TimeDelta::hours(9);
/// Every so many days sirank runs a second time, for which only customers are left who waited for their turn.
const SECOND_RUN: u32 = 29;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rules_hold_every_day_over_hubspot() {
    live_through::<HubSpot>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rules_hold_every_day_over_vtiger() {
    live_through::<VTiger>().await;
}

async fn live_through<V: YearVendor>() {
    let began = Instant::now();
    let start: DateTime<Utc> = START.parse().unwrap();
    let (days, seed) =
        (number("SIRANK_YEAR_DAYS").unwrap_or(DAYS), number("SIRANK_YEAR_SEED").unwrap_or(SEED));
    let mut world = World::<V>::at(start).await;
    let (mut script, mut chance, mut oracle) = (Script::begin(), Chance::of(seed), Oracle::default());
    for day in 0..days {
        let morning = start + TimeDelta::days(day.into());
        world.clock.advance_to(morning.timestamp_millis());
        script.happens(&mut world, day);
        chance.happens(&mut world);
        world.clock.advance_to((morning + UNTIL_EVENING).timestamp_millis());
        oracle.judge(&evening(&mut world));
        if day % SECOND_RUN == 0 {
            oracle.judge(&evening(&mut world));
        }
    }
    let by_seed = format!("seed {seed}, {days} days, {:.1} s", began.elapsed().as_secs_f64());
    println!("{by_seed}: {:?}", oracle.tally());
    if (days, seed) == (DAYS, SEED) {
        script.assert_ended();
        oracle.assert_everything_occurred::<V>();
    }
    oracle::assert_explained(&world);
}

/// sirank runs: how the CRM looks before and after.
fn evening<V: YearVendor>(world: &mut World<V>) -> Evening {
    let (before, moment) = (world.sight(), world.clock.now());
    world.runs();
    Evening {
        moment,
        acts: world.acts,
        cast: world.cast.clone(),
        before,
        after: world.sight(),
        wrote_elsewhere: world.crm.misplaced_writes(),
        only_read: world.crm.was_only_read(),
    }
}

fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(variable: &str) -> Option<T> {
    Some(std::env::var_os(variable)?.to_str().unwrap().parse().unwrap())
}
