//! What vTiger's answers mean.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::NoLedger;
use crate::connectors::vtiger::classify::VtigerDialect;
use crate::connectors::vtiger::config::QuotaSettings;
use crate::connectors::vtiger::quota::{MINUTE_LIMITER, Quotas};
use crate::connectors::vtiger::wire::{Cell, Listed, Row};
use crate::http::{Answer, Call, Class, Dialect, Verdict};
use crate::ports::QuotaLedger;

const NOON: i64 = 1_795_348_800;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOON, 0).unwrap()
}

fn quotas() -> Quotas {
    let ledger: Arc<dyn QuotaLedger> = Arc::new(NoLedger);
    Quotas::new(QuotaSettings::default(), chrono_tz::Europe::Rome, "crm.example.com", &ledger)
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap()))
        .collect();
    Answer { status, headers, body: body.as_bytes().to_vec() }
}

fn verdict(operation: &'static str, answer: &Answer) -> Verdict {
    VtigerDialect::new(quotas()).classify(&Call::get(operation, "webservice.php"), answer, now())
}

#[tokio::test]
async fn what_answers_mean() {
    let refused = |code: &str| Class::Refused { code: code.to_owned() };
    let forbidden = || Class::Forbidden { missing: Vec::new() };
    let error = |code: &str| format!(r#"{{"success":false,"error":{{"message":"Said.","code":{code}}}}}"#);
    let table = [
        (200, r#"{"success":true,"result":[]}"#.to_owned(), Class::Ok),
        (200, r#"{ "success": true, "result": null }"#.to_owned(), Class::Ok),
        (200, String::new(), Class::Malformed),
        (200, "\n".to_owned(), Class::Malformed),
        (200, "Fatal error".to_owned(), Class::Malformed),
        (200, r#"{"success":false,"err"#.to_owned(), Class::Malformed),
        (200, r#"{"success":false}"#.to_owned(), refused("NO_CODE")),
        (200, error(r#""INVALID_SESSIONID""#), Class::Unauthorized),
        (200, error(r#""AUTHENTICATION_REQUIRED""#), Class::Unauthorized),
        (200, error(r#""SESSION_EXPIRED""#), Class::Unauthorized),
        (200, error(r#""SESSION_LEFT_IDLE""#), Class::Unauthorized),
        (200, error(r#""INVALID_USER_CREDENTIALS""#), Class::Unauthorized),
        (200, error(r#""INVALID_AUTH_TOKEN""#), Class::Unauthorized),
        (200, error(r#""ACCESS_DENIED""#), forbidden()),
        (200, error(r#""RECORD_NOT_FOUND""#), Class::NotFound),
        (200, error(r#""INVALID_ID_ATTRIBUTE""#), refused("INVALID_ID_ATTRIBUTE")),
        (200, error(r#""MANDATORY_FIELDS_MISSING""#), refused("MANDATORY_FIELDS_MISSING")),
        (200, error(r#""REFERENCE_INVALID""#), refused("REFERENCE_INVALID")),
        (200, error(r#""QUERY_SYNTAX_ERROR""#), refused("QUERY_SYNTAX_ERROR")),
        (200, error(r#""INTERNAL_SERVER_ERROR""#), Class::Overloaded { after: None }),
        (200, error(r#""DATABASE_QUERY_ERROR""#), Class::Overloaded { after: None }),
        (200, error("0"), refused("DUPLICATE")),
        (200, error("7"), refused("7")),
        (400, String::new(), refused("HTTP_400")),
        (401, String::new(), forbidden()),
        (403, "<h1>Forbidden</h1>".to_owned(), forbidden()),
        (404, String::new(), Class::NotFound),
        (414, String::new(), refused("HTTP_414")),
        (500, String::new(), Class::Overloaded { after: None }),
        (502, "<html>".to_owned(), Class::Overloaded { after: None }),
    ];
    for (status, body, class) in table {
        let verdict = verdict("organizations.list", &answer(status, &[], &body));
        assert_eq!(verdict.class, class, "{status} {body}");
        assert_eq!(verdict.message.is_empty(), class == Class::Ok, "{status} {body}");
    }
}

#[tokio::test]
async fn what_a_server_says_of_a_login_is_not_repeated() {
    let said = r#"{"result":{"sessionName":"hidden-name"}"#;
    let verdict = verdict("session.login", &answer(200, &[], said));
    assert!(!verdict.message.contains("hidden-name"), "{}", verdict.message);
}

#[tokio::test]
async fn a_limit_of_the_cloud_says_how_long_it_lasts() {
    let reset = (NOON + 25).to_string();
    let tomorrow = (NOON + 12 * 3600).to_string();
    let throttled =
        |seconds| Class::Throttled { after: Duration::from_secs(seconds), limiter: Some(MINUTE_LIMITER) };
    let spent = |until: &str| Class::QuotaSpent { quota: "daily".to_owned(), until: until.to_owned() };
    let date = ("date", "Sun, 22 Nov 2026 12:00:05 GMT");
    let none_left = ("x-ratelimit-remaining", "0");
    let table: [(&[(&str, &str)], Class); 6] = [
        (&[], throttled(60)),
        (&[("x-floodcontrol-reset", &reset)], throttled(25)),
        (&[("x-floodcontrol-reset", &reset), date], throttled(20)),
        (&[("x-floodcontrol-reset", &reset), ("retry-after", "7")], throttled(7)),
        (&[none_left, ("x-ratelimit-reset", &tomorrow)], spent("2026-11-23 01:00 CET")),
        (&[none_left], spent("midnight UTC")),
    ];
    for (headers, class) in table {
        let verdict = verdict("organizations.list", &answer(429, headers, ""));
        assert_eq!(verdict.class, class, "{headers:?}");
    }
}

#[tokio::test]
async fn without_headers_there_is_no_limit_and_with_them_there_is() {
    let quotas = quotas();
    assert_eq!(quotas.calls_per_second(), None);
    quotas.observe(&answer(200, &[], ""), now());
    assert_eq!(quotas.calls_per_second(), None);
    let headers = [("x-floodcontrol-minutelimit", "60"), ("x-floodcontrol-remaining", "59")];
    quotas.observe(&answer(200, &headers, ""), now());
    let rate = quotas.calls_per_second().unwrap();
    assert!((0.8..1.0).contains(&rate), "{rate}");
    let headers = [("x-ratelimit-dailylimit", "24000"), ("x-ratelimit-remaining", "23000")];
    quotas.observe(&answer(200, &headers, ""), now());
    let daily = quotas.daily.state(now()).unwrap();
    assert_eq!((daily.left, daily.limit), (23_000, 24_000));
}

#[tokio::test]
async fn what_php_says_around_an_answer_is_left_out() {
    let json = r#"{"success":true,"result":[]}"#;
    let notice = "<br />\n<b>Warning</b>: Undefined index in <b>x.php</b><br />\n";
    for body in [format!("{notice}{json}"), format!("{json}\n{notice}"), format!("{notice}{json}{notice}")] {
        let mut answer = answer(200, &[("content-type", "text/html; charset=UTF-8")], &body);
        VtigerDialect::new(quotas()).clean(&mut answer);
        assert_eq!(String::from_utf8_lossy(&answer.body), json, "{body}");
        assert!(!answer.is_html());
    }
    for body in ["<html><body>Log in</body></html>", "", r#"{"success":true,"result":[{"id""#] {
        let mut answer = answer(200, &[], body);
        VtigerDialect::new(quotas()).clean(&mut answer);
        assert_eq!(String::from_utf8_lossy(&answer.body), body);
    }
}

#[test]
fn values_are_texts_whatever_json_makes_of_them() {
    let row =
        r#"{"a": " x ", "b": 383.995, "c": true, "d": false, "e": null, "f": {"g": [1]}, "h": "", "i": -0}"#;
    let row: Row = serde_json::from_str(row).unwrap();
    let texts: Vec<_> = "abcdefghi".chars().map(|name| row.text(&name.to_string())).collect();
    let expected = [Some("x"), Some("383.995"), Some("1"), Some("0"), None, None, None, None, Some("-0")];
    assert_eq!(texts, expected);
    assert_eq!(
        (row.raw("a"), row.raw("h"), row.raw("e"), row.raw("z")),
        (Some(" x "), Some(""), Some(""), None)
    );
    let listed = |json: &str| serde_json::from_str::<Listed<Cell>>(json).unwrap().0.len();
    assert_eq!((listed("[1,2]"), listed(r#"{"0":1,"5":2}"#), listed("null"), listed("[]")), (2, 2, 0, 0));
}
