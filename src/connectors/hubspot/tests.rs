//! Tables: what answers mean, how errors and values are read, which way to deals is cheaper.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

use super::classify::{HubSpotDialect, remedies};
use super::config::{ApiVersion, QuotaSettings};
use super::deals::searching_is_cheaper;
use super::map::{can_hold, observed, property_state};
use super::problem::Problem;
use super::quota::{ASSOCIATIONS, Quotas, SEARCH};
use super::server_clock::ServerClock;
use super::wire;
use crate::domain::value::ValueKind;
use crate::http::{Answer, Call, Class, Dialect, Lane, Verdict};
use crate::ports::QuotaLedger;

struct NoLedger;

impl QuotaLedger for NoLedger {
    fn count(&self, _quota: &str, _period: &str) -> Result<u64, String> {
        Ok(1)
    }
}

fn dialect() -> HubSpotDialect {
    let settings = QuotaSettings::default();
    let quotas = Quotas::new(&settings, chrono_tz::Europe::Rome, "api.example.com", Arc::new(NoLedger));
    HubSpotDialect { quotas, settings, clock: ServerClock::default(), remedies: remedies() }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_348_800, 0).unwrap()
}

fn verdict(lane: Lane, status: u16, headers: &[(&str, &str)], body: &str) -> Verdict {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap()))
        .collect();
    let answer = Answer { status, headers, body: body.as_bytes().to_vec() };
    dialect().classify(&Call::get("things.list", "things").in_lane(lane), &answer, now())
}

#[test]
fn scopes_are_asked_for_where_they_are_used_and_the_readme_names_each() {
    let (figures, all) = (super::scopes(false, false), super::scopes(true, true));
    assert_eq!((figures.len(), all.len()), (7, 12));
    let beyond = |cards, tasks| -> Vec<&str> {
        let scopes = super::scopes(cards, tasks).iter().copied();
        scopes.filter(|scope| !figures.contains(scope)).collect()
    };
    let cards = ["crm.objects.deals.write", "crm.schemas.deals.read", "crm.schemas.deals.write"];
    assert_eq!(beyond(true, false), cards);
    assert_eq!(beyond(false, true), ["crm.objects.contacts.read", "crm.objects.contacts.write"]);
    let readme = include_str!("../../../README.md");
    for scope in all {
        assert!(readme.contains(&format!("`{scope}`")), "{scope}");
    }
}

#[test]
fn invoices_ask_for_two_scopes_more() {
    for (cards, tasks) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut expected = super::scopes(cards, tasks).to_vec();
        expected.extend(["crm.objects.invoices.read", "crm.objects.contacts.read"]);
        let mut with_invoices = super::scopes_with_invoices(cards, tasks).to_vec();
        for scopes in [&mut expected, &mut with_invoices] {
            scopes.sort_unstable();
            scopes.dedup();
        }
        assert_eq!(with_invoices, expected, "{cards} {tasks}");
    }
}

#[test]
fn what_answers_mean() {
    type Row = (Lane, u16, &'static [(&'static str, &'static str)], &'static str, Class);
    let throttled = |seconds, limiter| Class::Throttled { after: Duration::from_secs(seconds), limiter };
    let refused = |code: &str| Class::Refused { code: code.to_owned() };
    let general = Lane::GENERAL;
    let daily = r#"{"policyName":"DAILY"}"#;
    let table: [Row; 21] = [
        (general, 200, &[], "{}", Class::Ok),
        (general, 201, &[], "{}", Class::Ok),
        (general, 207, &[], "{}", Class::Partial),
        (general, 401, &[], "{}", Class::Unauthorized),
        (general, 404, &[], "{}", Class::NotFound),
        (general, 400, &[], r#"{"category":"VALIDATION_ERROR"}"#, refused("VALIDATION_ERROR")),
        (general, 400, &[], "", refused("HTTP_400")),
        (general, 414, &[], "<html>", refused("HTTP_414")),
        (general, 423, &[], "{}", Class::Locked { after: Duration::from_secs(2) }),
        (general, 423, &[("retry-after", "7")], "{}", Class::Locked { after: Duration::from_secs(7) }),
        (general, 429, &[], "{}", throttled(10, Some("burst"))),
        (general, 429, &[("retry-after", "3")], "{}", throttled(3, Some("burst"))),
        (general, 429, &[], r#"{"policyName":"ten_secondly_rolling"}"#, throttled(10, Some("burst"))),
        (general, 429, &[], r#"{"policyName":"Secondly"}"#, throttled(1, Some("burst"))),
        (SEARCH, 429, &[], r#"{"policyName":"SECONDLY"}"#, throttled(1, Some("search"))),
        (ASSOCIATIONS, 429, &[], "{}", throttled(10, Some("associations"))),
        (
            general,
            429,
            &[],
            daily,
            Class::QuotaSpent { quota: "daily".to_owned(), until: "midnight in Europe/Rome".to_owned() },
        ),
        (general, 477, &[("retry-after", "3600")], "{}", throttled(3600, None)),
        (general, 502, &[], "<html>", Class::Overloaded { after: None }),
        (general, 524, &[], "", Class::Overloaded { after: None }),
        (general, 408, &[], "", Class::Overloaded { after: None }),
    ];
    for (lane, status, headers, body, class) in table {
        assert_eq!(verdict(lane, status, headers, body).class, class, "{status} {body}");
    }
}

#[test]
fn missing_scopes_are_found_where_they_stand() {
    for body in [
        json!({"context": {"missingScopes": ["b", "a"]}}),
        json!({"errors": [{"message": "x", "context": {"requiredGranularScopes": ["a", "b"]}}]}),
    ] {
        let class = verdict(Lane::GENERAL, 403, &[], &body.to_string()).class;
        assert_eq!(class, Class::Forbidden { missing: vec!["a".to_owned(), "b".to_owned()] });
    }
}

#[test]
fn the_correlation_id_comes_from_the_body_or_the_headers() {
    let of =
        |body: &str| verdict(Lane::GENERAL, 400, &[("x-hubspot-correlation-id", "head")], body).correlation;
    assert_eq!(of(r#"{"correlationId":"body"}"#).as_deref(), Some("body"));
    assert_eq!(of("").as_deref(), Some("head"));
}

#[test]
fn errors_are_read_whatever_they_lack() {
    assert_eq!(Problem::read(b"<html>"), Problem::default());
    assert_eq!(Problem::read(b"[]"), Problem::default());
    let problem = Problem::of(&json!({
        "status": "error", "category": "OBJECT_ALREADY_EXISTS", "message": "Exists.",
        "subCategory": "Properties.PROPERTY_WITH_NAME_EXISTS", "context": {"id": 7, "ids": ["1", "2"]},
    }));
    assert_eq!(problem.code(), Some("PROPERTY_WITH_NAME_EXISTS"));
    assert!(problem.is("OBJECT_ALREADY_EXISTS") && problem.is("property_with_name_exists"));
    assert_eq!((problem.context("id"), problem.context("ids")), (vec!["7"], vec!["1", "2"]));
    let problem = Problem::of(&json!({
        "category": "VALIDATION_ERROR", "subCategory": {"odd": true}, "message": "Not valid: [{}]",
        "errors": [{"message": "Q is no option", "code": "INVALID_OPTION", "in": "sirank_cluster"}, "odd"],
    }));
    assert_eq!(problem.code(), Some("INVALID_OPTION"));
    assert_eq!(problem.explanation(), "Q is no option (property sirank_cluster)");
    let long = Problem::of(&json!({"message": "x".repeat(1_000)}));
    assert_eq!(long.explanation().chars().count(), 301);
}

#[test]
fn dates_are_read_in_every_form() {
    let date = |text: &str| observed(ValueKind::Date, text).map(|value| value.as_str().to_owned());
    for text in ["2026-11-22", "1795305600000", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00.000Z"] {
        assert_eq!(date(text).as_deref(), Some("2026-11-22"), "{text}");
    }
    assert_eq!(date("soon").as_deref(), Some("soon"));
    assert_eq!(date(" "), None);
    let number = observed(ValueKind::Number, "12.50").unwrap();
    assert_eq!(number.as_str(), "12.5");
}

#[test]
fn property_types_and_what_they_can_hold() {
    let state = |definition: serde_json::Value| {
        property_state(&serde_json::from_value::<wire::Property>(definition).unwrap())
    };
    let kind = |data_type: &str, field_type: &str| {
        state(json!({"name": "p", "type": data_type, "fieldType": field_type})).kind
    };
    assert_eq!(kind("number", "number"), Ok(ValueKind::Number));
    assert_eq!(kind("bool", "booleancheckbox"), Ok(ValueKind::Flag));
    assert_eq!(kind("enumeration", "select"), Ok(ValueKind::Choice));
    assert_eq!(kind("enumeration", "checkbox"), Err("multiple checkboxes".to_owned()));
    assert_eq!(kind("datetime", "date"), Err("datetime".to_owned()));
    let money = state(json!({"name": "p", "type": "number", "numberDisplayHint": "currency"}));
    assert_eq!(money.kind, Ok(ValueKind::Currency));
    assert!(
        can_hold(&money.kind, ValueKind::Number) && can_hold(&Ok(ValueKind::Number), ValueKind::Currency)
    );
    assert!(!can_hold(&Ok(ValueKind::Text), ValueKind::Number));
    assert!(!can_hold(&Err("datetime".to_owned()), ValueKind::Date));
    assert!(state(json!({"name": "p", "type": "number", "calculated": true})).read_only);
    let metadata = json!({"name": "p", "type": "number", "modificationMetadata": {"readOnlyValue": true}});
    assert!(state(metadata).read_only);
}

#[test]
fn ids_come_as_text_or_number() {
    let id = |text: &str| serde_json::from_str::<wire::Id>(text).map(|id| id.0);
    assert_eq!(id("\"9007199254740993\"").unwrap(), "9007199254740993");
    assert_eq!(id("9007199254740993").unwrap(), "9007199254740993");
    assert!(id("1.5").is_err() && id("null").is_err());
}

#[test]
fn the_cheaper_way_to_the_deals() {
    // All deals, open watched ones, whether the search costs fewer calls.
    for (all, watched, search) in [
        (0, 0, false),
        (100, 0, false),
        (101, 0, true),
        (200, 150, false),
        (201, 150, true),
        (50_000, 5_000, true),
        (5_000, 5_000, true),
        (1_000, 1_000, true),
    ] {
        assert_eq!(
            searching_is_cheaper(all, watched),
            search,
            "{all} deals, {watched} of them open and watched"
        );
    }
}

#[test]
fn versions_have_names() {
    assert_eq!(ApiVersion::parse("2026-03"), Some(ApiVersion::V2026_03));
    assert_eq!(ApiVersion::parse("2026-09").map(ApiVersion::as_str), Some("2026-09"));
    assert_eq!(ApiVersion::parse("v3"), None);
}
