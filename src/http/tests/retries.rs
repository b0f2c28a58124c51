use std::time::Duration;

use crate::http::{Class, Decision, Effect, Policy, decide};

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn policy() -> Policy {
    Policy {
        attempts: 4,
        base: secs(1),
        longest_backoff: secs(5),
        longest_wait: secs(100),
        budget: secs(300),
        quota_patience: secs(0),
    }
}

#[test]
fn what_is_repeated_and_what_not() {
    let throttled = |after| Class::Throttled { after: secs(after), limiter: None };
    let again = |seconds| Decision::Again(Duration::from_millis(seconds));
    // Class, decision for a read, decision for a write: first attempt, no jitter (half of the backoff of 1 s).
    let table = [
        (Class::Ok, Decision::Stop, Decision::Stop),
        (Class::Partial, Decision::Stop, Decision::Stop),
        (Class::NotFound, Decision::Stop, Decision::Stop),
        (Class::Unauthorized, Decision::Stop, Decision::Stop),
        (Class::Forbidden { missing: vec![] }, Decision::Stop, Decision::Stop),
        (Class::Refused { code: "X".into() }, Decision::Stop, Decision::Stop),
        (Class::QuotaSpent { quota: "daily".into(), until: "x".into() }, Decision::Stop, Decision::Stop),
        (Class::TooLarge, Decision::Stop, Decision::Stop),
        (Class::NotCounted, Decision::Stop, Decision::Stop),
        (throttled(10), again(10_500), again(10_500)),
        (throttled(101), Decision::Stop, Decision::Stop),
        (Class::Locked { after: secs(2) }, again(2_500), again(2_500)),
        (Class::Overloaded { after: None }, again(500), Decision::Stop),
        (Class::Overloaded { after: Some(secs(7)) }, again(7_500), Decision::Stop),
        (Class::Unreachable, again(500), again(500)),
        (Class::Lost, again(500), Decision::Stop),
        (Class::Malformed, again(500), Decision::Stop),
    ];
    for (class, read, write) in table {
        assert_eq!(decide(&class, Effect::Read, 1, secs(0), &policy(), 0.0), read, "{class:?} of a read");
        assert_eq!(decide(&class, Effect::Write, 1, secs(0), &policy(), 0.0), write, "{class:?} of a write");
    }
}

#[test]
fn backoff_doubles_up_to_its_limit_with_jitter_in_its_upper_half() {
    let delay = |attempt, jitter| {
        let policy = Policy { attempts: 100, ..policy() };
        match decide(&Class::Lost, Effect::Read, attempt, secs(0), &policy, jitter) {
            Decision::Again(delay) => delay.as_millis(),
            Decision::Stop => panic!("attempt {attempt} stopped"),
        }
    };
    assert_eq!([1, 2, 3, 4, 5, 40].map(|attempt| delay(attempt, 0.0)), [500, 1000, 2000, 2500, 2500, 2500]);
    assert_eq!([1, 2, 3, 4].map(|attempt| delay(attempt, 1.0)), [1000, 2000, 4000, 5000]);
}

#[test]
fn attempts_and_time_end() {
    let lost = |attempt, elapsed| decide(&Class::Lost, Effect::Read, attempt, elapsed, &policy(), 0.0);
    assert!(matches!(lost(3, secs(0)), Decision::Again(_)));
    assert_eq!(lost(4, secs(0)), Decision::Stop);
    assert_eq!(lost(1, secs(300)), Decision::Stop);
    // A server that says when to come back is believed as long as the time lasts.
    let throttled = Class::Throttled { after: secs(10), limiter: None };
    let decision = |elapsed| decide(&throttled, Effect::Write, 20, elapsed, &policy(), 0.0);
    assert!(matches!(decision(secs(200)), Decision::Again(_)));
    assert_eq!(decision(secs(290)), Decision::Stop);
}
