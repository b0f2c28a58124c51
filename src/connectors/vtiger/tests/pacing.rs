//! How many sessions write at once, on servers that exist in numbers only.

use std::time::Duration;

use crate::connectors::vtiger::pacer::{Epoch, Pacer};

/// Calls a second that a server manages with so many sessions.
type Server = fn(usize) -> f64;

fn four_cores(sessions: usize) -> f64 {
    [27.0, 52.0, 70.0, 84.0].get(sessions - 1).copied().unwrap_or(84.0)
}

fn one_core(_sessions: usize) -> f64 {
    27.0
}

fn endless(sessions: usize) -> f64 {
    27.0 * f64::from(u32::try_from(sessions).unwrap())
}

fn crowded(sessions: usize) -> f64 {
    [27.0, 50.0, 72.0, 60.0, 45.0, 30.0, 20.0, 10.0][sessions - 1]
}

/// Six sessions are best, and doubling from four leads past them.
fn six(sessions: usize) -> f64 {
    [20.0, 40.0, 60.0, 78.0, 94.0, 110.0].get(sessions - 1).copied().unwrap_or(95.0)
}

struct Course {
    /// Calls and seconds spent with each number of sessions.
    spent: Vec<(usize, f64, f64)>,
}

impl Course {
    /// So many epochs; `noise` shifts each measurement by up to a share, always the same way.
    fn run(server: Server, most: usize, epochs: usize, noise: f64) -> Self {
        let mut pacer = Pacer::new(most);
        let mut random = fastrand::Rng::with_seed(7);
        let mut spent = Vec::new();
        for _ in 0..epochs {
            let sessions = pacer.limit();
            let rate = server(sessions) * (1.0 + noise * (2.0 * random.f64() - 1.0));
            let done = pacer.epoch();
            let elapsed = f64::from(done) / rate;
            spent.push((sessions, f64::from(done), elapsed));
            pacer.observe(Epoch { done, failed: 0, elapsed: Duration::from_secs_f64(elapsed) });
        }
        Self { spent }
    }

    fn throughput(&self) -> f64 {
        let sum = |value: fn(&(usize, f64, f64)) -> f64| self.spent.iter().map(value).sum::<f64>();
        sum(|(_, done, _)| *done) / sum(|(_, _, elapsed)| *elapsed)
    }

    /// The number of sessions that most of the later epochs had.
    fn settled(&self) -> usize {
        let later = &self.spent[self.spent.len() / 2..];
        let count = |sessions: usize| later.iter().filter(|(number, ..)| *number == sessions).count();
        (1..=32).max_by_key(|sessions| count(*sessions)).unwrap()
    }
}

#[test]
fn as_many_sessions_as_make_the_server_faster() {
    let table: [(&str, Server, usize, usize, f64); 6] = [
        ("four cores", four_cores, 8, 4, 84.0),
        ("one core", one_core, 8, 1, 27.0),
        ("endless", endless, 8, 8, 216.0),
        ("crowded", crowded, 8, 3, 72.0),
        ("six", six, 8, 6, 110.0),
        ("one session", endless, 1, 1, 27.0),
    ];
    for (name, server, most, sessions, best) in table {
        for noise in [0.0, 0.04] {
            let course = Course::run(server, most, 150, noise);
            assert_eq!(course.settled(), sessions, "{name} with a noise of {noise}");
            let share = course.throughput() / best;
            assert!(share > 0.9, "{name} with a noise of {noise}: {share}");
        }
    }
}

#[test]
fn a_short_run_loses_little_to_the_beginning() {
    // Some 1,000 calls.
    let course = Course::run(four_cores, 8, 30, 0.0);
    assert!(course.throughput() > 0.9 * 84.0, "{}", course.throughput());
}

#[test]
fn a_server_that_fails_is_left_in_peace() {
    let mut pacer = Pacer::new(8);
    let epoch = |done, failed| Epoch { done, failed, elapsed: Duration::from_secs(1) };
    pacer.observe(epoch(27, 0));
    pacer.observe(epoch(54, 0));
    assert_eq!(pacer.limit(), 8);
    pacer.observe(epoch(100, 3));
    assert_eq!(pacer.limit(), 8, "one failure in thirty is an accident");
    let mut limits = Vec::new();
    for _ in 0..4 {
        pacer.observe(epoch(20, 4));
        limits.push(pacer.limit());
    }
    assert_eq!(limits, [4, 2, 1, 1]);
}
