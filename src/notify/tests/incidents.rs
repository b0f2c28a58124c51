//! What is news, worked out by hand: the minute, what happened, and what is told of it.

use chrono::{DateTime, TimeDelta, Utc};

use super::at;
use crate::domain::time::Day;
use crate::notify::{Cause, Ended, Memory, Notice, Wanted, decide};

const ALL: Wanted = Wanted { run_failed: true, plan_held: true, authorization_lost: true };
const DAY: i64 = 24 * 60;

fn failed(key: &str) -> Ended {
    Ended::Failed { key: key.to_owned(), cause: Cause::Passing, reason: "why".to_owned(), run: None }
}

fn held(plan: &str) -> Ended {
    Ended::Held {
        plan: plan.to_owned(),
        as_of: Day::from_ymd(2026, 11, 22).unwrap(),
        objections: vec!["too much".to_owned()],
    }
}

fn lost(system: &str) -> Ended {
    Ended::Lost { system: system.to_owned(), advice: "renew it".to_owned() }
}

fn minute(minute: i64) -> DateTime<Utc> {
    at("2026-11-22T08:00:00Z") + TimeDelta::minutes(minute)
}

/// What is told of each thing that happens.
fn told(wanted: Wanted, happens: &[(i64, Ended)]) -> Vec<Vec<Notice>> {
    let mut memory = Memory::default();
    let mut told = Vec::new();
    for (when, ended) in happens {
        let (notices, next) = decide(&memory, wanted, ended, minute(*when));
        // What is remembered survives the state.
        let kept = serde_json::to_string(&next).unwrap();
        memory = serde_json::from_str(&kept).unwrap();
        told.push(notices);
    }
    told
}

/// When a run ends, how, and what is told then.
type Step = (i64, Ended, &'static [&'static str]);

#[test]
fn one_notice_per_incident() {
    let table: [(&str, Vec<Step>); 8] = [
        ("runs that go well are no news", vec![(0, Ended::Well, &[]), (15, Ended::Well, &[])]),
        (
            "a failure is told at first, then once a day, and its end once",
            vec![
                (0, failed("a"), &["run_failed"]),
                (15, failed("a"), &[]),
                (DAY - 1, failed("a"), &[]),
                (DAY, failed("a"), &["run_failed"]),
                (DAY + 15, failed("a"), &[]),
                (DAY + 30, Ended::Well, &["recovered"]),
                (DAY + 45, Ended::Well, &[]),
                (DAY + 60, failed("a"), &["run_failed"]),
            ],
        ),
        (
            "two failures that alternate are told once each",
            vec![
                (0, failed("a"), &["run_failed"]),
                (15, failed("b"), &["run_failed"]),
                (30, failed("a"), &[]),
                (45, failed("b"), &[]),
                (60, Ended::Well, &["recovered"]),
            ],
        ),
        (
            "a stop says nothing about how the run would have ended",
            vec![(0, failed("a"), &["run_failed"]), (15, Ended::Stopped, &[]), (30, failed("a"), &[])],
        ),
        (
            "a plan is told once, its successors once a day",
            vec![
                (0, held("p1"), &["plan_held"]),
                (15, held("p1"), &[]),
                (30, held("p2"), &[]),
                (DAY, held("p96"), &["plan_held"]),
                (2 * DAY, held("p96"), &[]),
                (2 * DAY + 15, Ended::Well, &[]),
                (2 * DAY + 30, held("p98"), &["plan_held"]),
            ],
        ),
        (
            "an authorisation is told once, however long it is gone",
            vec![
                (0, lost("HubSpot"), &["authorization_lost"]),
                (15, lost("HubSpot"), &[]),
                (3 * DAY, lost("HubSpot"), &[]),
                (3 * DAY + 15, lost("Fatture in Cloud"), &["authorization_lost"]),
                (3 * DAY + 30, Ended::Well, &["recovered"]),
                (3 * DAY + 45, lost("HubSpot"), &["authorization_lost"]),
            ],
        ),
        (
            "a run whose plan is held came to its end",
            vec![
                (0, failed("a"), &["run_failed"]),
                (15, held("p1"), &["recovered", "plan_held"]),
                (30, Ended::Well, &[]),
            ],
        ),
        (
            "a clock that is put back repeats nothing for a day",
            vec![
                (60, failed("a"), &["run_failed"]),
                (0, failed("a"), &[]),
                (60 - DAY, failed("a"), &["run_failed"]),
            ],
        ),
    ];
    for (name, rows) in table {
        let happens: Vec<(i64, Ended)> = rows.iter().map(|(when, ended, _)| (*when, ended.clone())).collect();
        let words: Vec<Vec<&str>> =
            told(ALL, &happens).iter().map(|notices| notices.iter().map(Notice::word).collect()).collect();
        let expected: Vec<Vec<&str>> = rows.iter().map(|(_, _, words)| words.to_vec()).collect();
        assert_eq!(words, expected, "{name}");
    }
}

#[test]
fn what_is_not_wanted_is_neither_told_nor_remembered() {
    let none = Wanted { run_failed: false, plan_held: false, authorization_lost: false };
    for ended in [failed("a"), held("p1"), lost("HubSpot")] {
        assert_eq!(decide(&Memory::default(), none, &ended, minute(0)), (Vec::new(), Memory::default()));
    }
}

#[test]
fn what_lasts_says_since_when_and_the_end_says_how_long() {
    let told = told(
        ALL,
        &[(0, failed("a")), (DAY, failed("a")), (DAY + 5, lost("HubSpot")), (DAY + 9, Ended::Well)],
    );
    let since: Vec<Option<DateTime<Utc>>> = told
        .into_iter()
        .flatten()
        .map(|notice| match notice {
            Notice::RunFailed { since, .. } => since,
            Notice::Recovered { since, .. } => Some(since),
            _ => None,
        })
        .collect();
    assert_eq!(since, [None, Some(minute(0)), None, Some(minute(0))]);
}
