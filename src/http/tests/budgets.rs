//! Long quotas: what is spread, and what is waited for. Time is paused.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::http::{Budget, Period};
use crate::ports::QuotaLedger;

struct Uncounted;

impl QuotaLedger for Uncounted {
    fn count(&self, _quota: &str, _period: &str) -> Result<u64, String> {
        Ok(1)
    }
}

fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// A day's quota of 100,000 with a reserve of 10 %, of which so much is left at noon.
fn budget(limit: u64, left: u64) -> Budget {
    let day = |now: DateTime<Utc>| Period {
        key: now.date_naive().to_string(),
        ends: "midnight UTC".to_owned(),
        until: now.date_naive().and_hms_opt(0, 0, 0).unwrap().and_utc() + TimeDelta::days(1),
    };
    let budget = Budget::new("daily", "test".to_owned(), Some(limit), 10, Arc::new(Uncounted), day);
    budget.observe(Some(limit), Some(left), noon());
    budget
}

#[tokio::test(start_paused = true)]
async fn far_from_the_limit_nobody_waits() {
    let budget = budget(100_000, 30_000);
    assert_eq!(budget.spacing(noon()), Duration::ZERO);
    assert_eq!(budget.spacing(noon()), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn near_the_limit_what_is_left_lasts_to_the_end_of_the_day() {
    // 12 hours for 14,400 calls: three seconds each.
    let budget = budget(100_000, 24_400);
    let waits: Vec<u64> = (0..4).map(|_| budget.spacing(noon()).as_secs()).collect();
    assert_eq!(waits, [0, 3, 6, 9]);
    tokio::time::advance(Duration::from_mins(1)).await;
    assert_eq!(budget.spacing(noon()).as_secs(), 0, "whoever came late anyway does not wait");
}

#[tokio::test(start_paused = true)]
async fn a_few_calls_always_come_through() {
    let budget = budget(100_000, 10_002);
    assert_eq!([budget.spacing(noon()), budget.spacing(noon())].map(|wait| wait.as_secs()), [0, 10]);
}

#[tokio::test(start_paused = true)]
async fn tiny_limits_and_other_days_are_not_spread() {
    assert_eq!(budget(900, 91).spacing(noon()), Duration::ZERO);
    let budget = budget(100_000, 10_002);
    let tomorrow = noon() + TimeDelta::days(1);
    assert_eq!([budget.spacing(tomorrow), budget.spacing(tomorrow)], [Duration::ZERO; 2]);
}

#[test]
fn a_quota_is_full_again_shortly_after_its_period() {
    assert_eq!(budget(100_000, 0).refill(noon()), Duration::from_secs(12 * 3600 + 5));
    let state = budget(100_000, 12_000).state(noon()).unwrap();
    assert_eq!((state.usable(), state.reserve), (2_000, 10_000));
}

#[test]
fn a_server_whose_clock_is_behind_does_not_spend_the_new_day_with_the_old() {
    let budget = budget(100_000, 9_000);
    let second =
        |second| "2026-11-23T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(second);
    assert!(budget.reserve(noon()).is_err(), "only the reserve is left");
    for at in [0, 5, 60] {
        assert!(budget.reserve(second(at)).is_ok());
        // Its midnight is still to come.
        budget.observe(Some(100_000), Some(8_999), second(at));
        assert_eq!(budget.refill(second(at)), Duration::from_mins(2), "not the whole day");
    }
    assert!(budget.reserve(second(121)).is_ok());
    budget.observe(Some(100_000), Some(99_990), second(121));
    assert_eq!(budget.state(second(121)).unwrap().left, 99_990);
    budget.observe(Some(100_000), Some(9_000), second(180));
    assert!(budget.reserve(second(181)).is_err(), "from then on it is believed");
}
