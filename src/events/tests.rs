use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::{EVENTS, Event, METRICS, Metrics};

/// The documents that are written from the declarations. `SIRANK_WRITE_DOCUMENTS=1 cargo test --lib events` writes them.
fn held(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(file);
    if std::env::var_os("SIRANK_WRITE_DOCUMENTS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "config/{file} is not what the code declares: write it anew as this test's file says"
    );
}

#[test]
fn the_list_of_events_is_what_the_code_declares() {
    let mut text = String::from(
        "# Events\n\nWhat sirank writes to its log, by the name in the field `event`. Written from `src/events/list.rs`.\n\
         Lines about a run also have `run` and `phase`; `system` is the remote system that a line is about, or sirank.\n\n\
         | event | level | sentence | fields | meaning |\n| --- | --- | --- | --- | --- |\n",
    );
    for event in EVENTS {
        let fields = event.fields.join(", ");
        writeln!(
            text,
            "| {} | {} | {} | {fields} | {} |",
            event.name,
            event.level,
            event.sentence,
            event.meaning.trim()
        )
        .unwrap();
    }
    held("events.md", &text);
}

#[test]
fn the_list_of_metrics_is_what_the_code_declares() {
    let mut text = String::from(
        "# Metrics\n\nWhat `GET /metrics` tells. Written from `src/events/metrics.rs`.\n\n\
         | metric | type | labels | meaning |\n| --- | --- | --- | --- |\n",
    );
    for metric in METRICS {
        writeln!(
            text,
            "| {} | {} | {} | {} |",
            metric.name,
            metric.kind,
            metric.labels,
            metric.meaning.trim()
        )
        .unwrap();
    }
    held("metrics.md", &text);
}

#[test]
fn names_are_unique_and_in_one_style() {
    let names: BTreeSet<_> = EVENTS.iter().map(|event| event.name).collect();
    assert_eq!(names.len(), EVENTS.len());
    for name in names {
        assert!(name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'), "{name}");
    }
}

#[test]
fn an_event_moves_its_metric_and_the_page_holds_every_declared_one() {
    let metrics = Metrics::new();
    metrics.stand(&super::metrics::Standing {
        next_runs: vec![("changes", 1.5)],
        documents: [("matched", 4), ("unmatched", 3), ("not_counted", 2), ("rejected", 1)],
        ..Default::default()
    });
    metrics.quota("HubSpot", "daily", 7, 10);
    let events = [
        Event::RunStarted { command: "run", as_of: "2026-11-22" },
        Event::RunEnded {
            command: "run",
            outcome: "done",
            seconds: 2.0,
            calls: 4,
            writes: 0,
            changes: 0,
            applied: 0,
            refused: 0,
        },
        Event::Called {
            system: "HubSpot",
            operation: "companies.list",
            outcome: "ok",
            status: 200,
            millis: 3,
            attempt: 1,
            correlation: "",
        },
        Event::PlanApplied { applied: 5, refused: 1, gone: 0, moved: 0 },
        Event::AuthorizationLost { system: "HubSpot", advice: "" },
        Event::NotificationFailed { channel: "email", notice: "run_failed", reason: "" },
        Event::ReloadRefused { problem: "" },
    ];
    for event in events {
        event.count(&metrics);
    }
    let page = metrics.encoded().unwrap();
    for line in [
        "sirank_runs_total{command=\"run\",outcome=\"done\"} 1",
        "sirank_run_duration_seconds_bucket{le=\"5.0\",command=\"run\"} 1",
        "sirank_run_in_progress 0",
        "sirank_calls_total{system=\"HubSpot\",outcome=\"ok\"} 1",
        "sirank_records_total{result=\"applied\"} 5",
        "sirank_authorization_lost{system=\"HubSpot\"} 1",
        "sirank_notifications_total{channel=\"email\",outcome=\"failed\"} 1",
        "sirank_reload_failed 1",
        "sirank_quota_left{system=\"HubSpot\",quota=\"daily\"} 7",
        "sirank_documents{state=\"unmatched\"} 3",
        "sirank_next_run_timestamp_seconds{kind=\"changes\"} 1.5",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
    }
    for metric in METRICS {
        assert!(page.contains(&format!("\n{}", metric.name)), "{}", metric.name);
    }
}
