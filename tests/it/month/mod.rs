//! A month of the service in simulated time, in which people work on both sides, servers and networks fail, another
//! integration eats the account's day, and the process is killed. At its end the CRM holds what it should.
//!
//! One clock is shared by the service, the mocks and the test: a file. The test moves it on to the next step or
//! appointment whenever the service has kept all before; the service moves it on itself where it waits inside its work.
//! `SIRANK_MONTH_DAYS` makes the month shorter or longer, `SIRANK_MONTH_MINUTES` the steps of the clock, which are the
//! service's interval too, and `SIRANK_MONTH_SEED` makes it another month.

mod oracle;
mod people;
mod service;
mod weather;
mod world;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Europe::Rome;
use sirank_mocks::journal::{Actor, RequestEntry};

use self::people::People;
use self::service::{Service, Waited};
use self::world::{KEEP_DAYS, World};
use crate::crm::{Vendor as _, Written};

/// Eight o'clock in Rome on 20 October 2026. Five days later clocks are put back; then October ends.
const START: &str = "2026-10-20T06:00:00Z";
const DAYS: u64 = 30;
/// Steps are long enough for a month to be lived through in a minute and a half.
const MINUTES: u64 = 120;
const SEED: u64 = 20_261_020;
const KILLS: usize = 100;
/// A kill comes after fewer requests of a run: about as many as a run has.
const MOST_REQUESTS: usize = 16;
/// By how much memory may grow from the second day to the last, and the state once it is pruned, in percent.
const GROWTH: u64 = 25;
/// Real time that every answer takes while a kill is waited for, so that it comes between two calls.
const LATENCY: Duration = Duration::from_millis(4);

/// What a month that nobody disturbs leaves behind.
static UNDISTURBED: OnceLock<Written> = OnceLock::new();

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_month_the_crm_holds_what_a_fresh_backfill_would_write() {
    assert!(!undisturbed().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_100_random_moments_of_the_month_it_ends_as_without_kills() {
    let mut month = Month { state_is_lost: true, ..Month::of(seed()).await };
    let mut random = fastrand::Rng::with_seed(seed() ^ 0x4b31);
    for _ in 0..KILLS {
        let step = random.u64(0..month.steps());
        month.kills.entry(step).or_default().push(random.usize(0..MOST_REQUESTS));
    }
    println!("seed {}: killed in these steps after so many requests: {:?}", month.seed, month.kills);
    let figures = month.live();
    let undisturbed = undisturbed().await;
    for (place, value) in undisturbed {
        assert_eq!(figures.get(place), Some(value), "{place:?}");
    }
    assert_eq!(figures.len(), undisturbed.len());
}

async fn undisturbed() -> &'static Written {
    let month = Month::of(seed()).await;
    UNDISTURBED.get_or_init(|| month.live())
}

fn seed() -> u64 {
    number("SIRANK_MONTH_SEED").unwrap_or(SEED)
}

fn number(variable: &str) -> Option<u64> {
    Some(std::env::var_os(variable)?.to_str().unwrap().parse().unwrap())
}

/// A month to live through.
struct Month {
    seed: u64,
    days: u64,
    start: DateTime<Utc>,
    /// How far the clock goes at once: the service's interval, too.
    interval: TimeDelta,
    world: World,
    /// Steps in which the service is killed, each time after so many requests.
    kills: BTreeMap<u64, Vec<usize>>,
    /// Whether the state is deleted in the middle.
    state_is_lost: bool,
}

impl Month {
    async fn of(seed: u64) -> Self {
        let start: DateTime<Utc> = START.parse().unwrap();
        let minutes = number("SIRANK_MONTH_MINUTES").unwrap_or(MINUTES);
        let interval = TimeDelta::minutes(i64::try_from(minutes).unwrap());
        let world = World::at(start, interval, &mut fastrand::Rng::with_seed(seed)).await;
        world.run("own.toml", &["setup"]).exits(0);
        let days = number("SIRANK_MONTH_DAYS").unwrap_or(DAYS);
        Self { seed, days, start, interval, world, kills: BTreeMap::new(), state_is_lost: false }
    }

    fn steps(&self) -> u64 {
        self.days * self.steps_a_day()
    }

    fn steps_a_day(&self) -> u64 {
        u64::try_from(TimeDelta::days(1).num_minutes() / self.interval.num_minutes()).unwrap()
    }

    /// The moment at which a step begins, unless the clock is ahead of it.
    fn moment(&self, step: u64) -> DateTime<Utc> {
        self.start + self.interval * i32::try_from(step).unwrap()
    }

    fn live(&self) -> Written {
        let began = Instant::now();
        let mut service = Service::of(&self.world);
        let (mut memory, mut state) = (BTreeMap::new(), BTreeMap::new());
        for step in 0..self.steps() {
            self.step(&mut service, step);
            if self.state_is_lost && step == self.steps() / 2 {
                self.lose_the_state(&mut service);
            }
            // Days are counted from 1, and measured at their end.
            let day = step / self.steps_a_day() + 1;
            memory.insert(day, service.resident_kb());
            state.insert(day, service.state_bytes());
        }
        self.come_to_rest(&mut service);
        let figures = self.world.hub.written();
        oracle::assert_nothing_to_do(&self.world);
        oracle::assert_as_computed(&self.world, &figures);
        service.end();

        let requests = self.world.hub.requests();
        println!(
            "seed {}: {} steps in {:.1} s; {} and {} requests, {} waits for a quota, {} faults, {} companies \
             written; memory by day, in kB: {memory:?}; bytes of the state: {state:?}",
            self.seed,
            self.steps(),
            began.elapsed().as_secs_f64(),
            requests.len(),
            self.world.books.request_count(),
            service.told("quota_waited", ""),
            requests.iter().filter(|request| request.fault).count(),
            self.written(),
        );
        self.assert_quiet_days_had_no_refusals(&requests);
        assert_eq!(self.world.hub.misplaced_writes(), Vec::<String>::new(), "values that were there already");
        assert_eq!(service.told("plan_held", ""), 0, "nothing happened that a person has to look at");
        if self.kills.is_empty() {
            assert_flat("memory", &memory, 2);
            assert_flat("the state", &state, u64::try_from(KEEP_DAYS).unwrap() + 4);
        }
        figures
    }

    /// Companies written by the API so far.
    fn written(&self) -> usize {
        self.world.hub.writes().all().iter().filter(|write| write.by == Actor::Api).count()
    }

    /// People change something before the clock moves on, and while the service works.
    fn step(&self, service: &mut Service<'_>, step: u64) {
        let moment = self.moment(step);
        let mut random = fastrand::Rng::with_seed(self.seed ^ step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        service.at = format!("seed {}, step {step}, {moment}", self.seed);
        let mut people = People { world: &self.world, moment, random: random.fork() };
        let is_day = (7..20).contains(&moment.with_timezone(&Rome).hour());
        let most = if is_day { 4 } else { 1 };
        people.work(random.usize(0..=most));
        self.weather(step, &mut random);
        self.world.clock.advance_to(moment.timestamp_millis());
        if random.u8(0..20) == 0 {
            service.reload();
        }
        people.work(random.usize(0..=most));
        // On the first day alone, so that memory can be compared from the second on.
        if step == 5 || (!self.kills.is_empty() && random.u8(0..30) == 0) {
            service.end();
            service.start();
        }
        for after in self.kills.get(&step).into_iter().flatten() {
            self.kill(service, *after);
        }
        self.keep_appointments(service, self.moment(step + 1));
    }

    /// What goes wrong on other machines.
    fn weather(&self, step: u64, random: &mut fastrand::Rng) {
        if random.u8(0..3) == 0 {
            weather::fault(&self.world, random);
        }
        let (day, step_of_day) = (step / self.steps_a_day(), step % self.steps_a_day());
        if weather::is_noisy(day) && step_of_day == self.steps_a_day() / 6 {
            weather::neighbour_eats(&self.world, random);
        }
    }

    /// Kills the service after so many more requests, or when it has nothing to do, and starts it again.
    fn kill(&self, service: &mut Service<'_>, after: usize) {
        self.world.hub.set_latency(LATENCY);
        self.world.books.set_latency(LATENCY);
        let before = self.world.requests();
        service.wait(|| self.world.requests() >= before + after);
        service.kill();
        self.world.hub.set_latency(Duration::ZERO);
        self.world.books.set_latency(Duration::ZERO);
        service.start();
    }

    /// Lets every appointment before a moment be kept.
    fn keep_appointments(&self, service: &mut Service<'_>, until: DateTime<Utc>) {
        loop {
            match service.wait(|| false) {
                Waited::Idle(next) if next < until => self.world.clock.advance_to(next.timestamp_millis()),
                _ => return,
            }
        }
    }

    /// In the middle of the month the state is gone: a backfill finds everything in place.
    fn lose_the_state(&self, service: &mut Service<'_>) {
        weather::clears(&self.world);
        service.end();
        self.world.run("own.toml", &["backfill"]).exits(0);
        let before = self.written();
        self.world.forget_state();
        self.world.run("own.toml", &["backfill"]).exits(0);
        assert_eq!(self.written(), before, "with the state deleted, everything is found in place");
        service.start();
    }

    /// Nothing changes and nothing fails any more, until everything has been read once more.
    fn come_to_rest(&self, service: &mut Service<'_>) {
        weather::clears(&self.world);
        let rest = self.world.now() + TimeDelta::hours(26);
        self.world.clock.advance_to(rest.timestamp_millis());
        self.keep_appointments(service, rest + self.interval);
    }

    fn assert_quiet_days_had_no_refusals(&self, requests: &[RequestEntry]) {
        let books = self.world.books.requests();
        let refused = requests.iter().chain(&books).filter(|request| {
            let since = DateTime::from_timestamp_millis(request.at_ms).unwrap() - self.start;
            let is_noisy = u64::try_from(since.num_days()).is_ok_and(weather::is_noisy);
            matches!(request.status, 403 | 429) && !request.fault && !is_noisy
        });
        let refused: Vec<_> = refused.collect();
        assert!(refused.is_empty(), "{refused:#?}");
    }
}

/// Asserts that a measure has not grown since a day, if that was lived through.
#[track_caller]
fn assert_flat(what: &str, by_day: &BTreeMap<u64, u64>, since: u64) {
    let Some((first, last)) = by_day.get(&since).zip(by_day.values().last()) else { return };
    assert!(*last <= first + first * GROWTH / 100, "{what} grows: {by_day:?}");
}

#[test]
fn the_clock_is_the_same_for_everybody_and_never_goes_back() {
    use sirank_mocks::clock::Clock;
    let folder = tempfile::TempDir::new().unwrap();
    let (path, start): (_, DateTime<Utc>) = (folder.path().join("clock"), START.parse().unwrap());
    let [one, other] =
        [Clock::shared(&path, start), Clock::shared(&path, DateTime::UNIX_EPOCH)].map(Result::unwrap);
    one.advance(Duration::from_millis(500));
    assert_eq!(other.now_ms(), start.timestamp_millis() + 500);
    other.advance_to(start.timestamp_millis());
    assert_eq!(one.now_ms(), start.timestamp_millis() + 500, "it does not go back");
    other.advance_to(start.timestamp_millis() + 2_000);
    assert_eq!(one.now_ms(), other.now_ms());
}
