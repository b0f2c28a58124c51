//! The pace of a real server: a session is served one request at a time, and all sessions share one machine.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// Requests a second of one kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// On one session.
    pub session: f64,
    /// On all sessions together, however many there are.
    pub server: f64,
}

/// How fast requests are served, by kind (`revise`, `query`, `query Accounts`, ...).
#[derive(Clone, Debug)]
pub struct Pace {
    rates: BTreeMap<String, Rate>,
    other: Rate,
}

impl Pace {
    /// The pace that was measured on a real 8.4.0 with two cores.
    pub fn measured() -> Self {
        let rate = |session: f64, server: f64| Rate { session, server };
        let rates = [
            ("retrieve", rate(119.0, 234.0)),
            ("retrieve Invoice", rate(63.0, 124.0)),
            ("query", rate(106.0, 176.0)),
            ("query Invoice", rate(45.0, 75.0)),
            ("query *", rate(66.0, 110.0)),
            ("revise", rate(27.0, 84.0)),
            ("update", rate(27.0, 84.0)),
            ("describe", rate(72.0, 150.0)),
            ("create", rate(25.0, 78.0)),
            ("create Invoice", rate(15.0, 46.0)),
        ];
        Self {
            rates: rates.into_iter().map(|(kind, rate)| (kind.to_owned(), rate)).collect(),
            other: rate(100.0, 200.0),
        }
    }

    /// The same pace for everything.
    pub fn constant(session: f64, server: f64) -> Self {
        Self { rates: BTreeMap::new(), other: Rate { session, server } }
    }

    /// Another pace for one kind.
    #[must_use]
    pub fn with(mut self, kind: &str, session: f64, server: f64) -> Self {
        self.rates.insert(kind.to_owned(), Rate { session, server });
        self
    }

    /// The rate of a kind: of the exact one, of its operation, or of everything else. `whole`: all columns are asked
    /// for.
    fn rate(&self, kind: &str, whole: bool) -> Rate {
        let (operation, about) = kind.split_once(' ').unwrap_or((kind, ""));
        let module = about.split(' ').next().unwrap_or_default();
        let kind = format!("{operation} {module}");
        let all_columns = self.rates.get("query *").filter(|_| whole && operation == "query");
        let found = self.rates.get(kind.trim_end()).or(all_columns).or_else(|| self.rates.get(operation));
        *found.unwrap_or(&self.other)
    }
}

/// When the sessions and the machine are free again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    sessions: HashMap<String, Instant>,
    /// When the machine is taken, from and until: requests that wait for their session leave gaps for others.
    taken: BTreeMap<Instant, Instant>,
}

impl Queue {
    /// When a request that arrives now is answered. Requests of one session wait for each other even without a pace.
    pub(crate) fn admit(
        &mut self,
        pace: Option<&Pace>,
        kind: &str,
        whole: bool,
        session: Option<&str>,
        arrived: Instant,
        extra: Duration,
    ) -> Instant {
        let free = session.and_then(|name| self.sessions.get(name)).copied();
        let mut start = free.map_or(arrived, |free| free.max(arrived));
        let mut service = extra;
        if let Some(pace) = pace {
            let rate = pace.rate(kind, whole);
            start = self.take(arrived, start, seconds(rate.server));
            service += seconds(rate.session);
        }
        let done = start + service;
        if let Some(name) = session {
            if self.sessions.len() > 1_000 {
                self.sessions.retain(|_, free| *free > arrived);
            }
            self.sessions.insert(name.to_owned(), done);
        }
        done
    }

    /// Takes the machine for so long, from the first gap after `start` on.
    fn take(&mut self, arrived: Instant, start: Instant, long: Duration) -> Instant {
        self.taken.retain(|_, until| *until > arrived);
        let mut start = start;
        for (from, until) in &self.taken {
            if *from >= start + long {
                break;
            }
            start = start.max(*until);
        }
        self.taken.insert(start, start + long);
        start
    }
}

fn seconds(rate: f64) -> Duration {
    Duration::try_from_secs_f64(1.0 / rate).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests a second over ten seconds with so many sessions, each sending again as soon as it is answered.
    fn sustained(sessions: usize) -> usize {
        let pace = Pace::measured();
        let mut queue = Queue::default();
        let start = Instant::now();
        let end = start + Duration::from_secs(10);
        let mut free: Vec<(Instant, String)> = (0..sessions).map(|n| (start, format!("s{n}"))).collect();
        let mut answered = 0;
        loop {
            free.sort();
            let (at, name) = free.remove(0);
            if at >= end {
                return answered / 10;
            }
            let done = queue.admit(Some(&pace), "revise Accounts", false, Some(&name), at, Duration::ZERO);
            answered += usize::from(done <= end);
            free.push((done, name));
        }
    }

    #[test]
    fn one_session_27_four_84_eight_no_more() {
        let measured = [1, 2, 4, 8].map(sustained);
        assert!((26..=27).contains(&measured[0]), "{measured:?}");
        assert!((53..=54).contains(&measured[1]), "{measured:?}");
        assert!((82..=84).contains(&measured[2]), "{measured:?}");
        assert!((82..=84).contains(&measured[3]), "{measured:?}");
    }

    #[test]
    fn a_session_that_queues_does_not_hold_up_another() {
        let pace = Pace::constant(10.0, 100.0);
        let mut queue = Queue::default();
        let now = Instant::now();
        let mut admit = |session: &str| {
            queue.admit(Some(&pace), "revise", false, Some(session), now, Duration::ZERO) - now
        };
        let queued: Vec<Duration> = (0..5).map(|_| admit("a")).collect();
        assert_eq!(queued[4], Duration::from_millis(500));
        assert_eq!(admit("b"), Duration::from_millis(110));
    }

    #[test]
    fn the_narrowest_rate_counts() {
        let pace = Pace::measured();
        assert!((pace.rate("query Accounts", false).session - 106.0).abs() < 0.1);
        assert!((pace.rate("query Accounts", true).session - 66.0).abs() < 0.1);
        assert!((pace.rate("query Invoice", true).session - 45.0).abs() < 0.1);
        assert!((pace.rate("query Invoice by id", false).session - 45.0).abs() < 0.1);
        assert!((pace.rate("login", false).session - 100.0).abs() < 0.1);
    }
}
