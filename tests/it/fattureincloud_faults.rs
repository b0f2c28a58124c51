//! Fatture in Cloud: quotas, permissions, and everything that goes wrong on the way.

use crate::any_day;
use std::sync::Arc;

use sirank::connectors::fattureincloud::{FattureInCloud, QuotaSettings};
use sirank::http::StaticToken;
use sirank::ports::{CallError, InvoiceSource, QuotaLedger, Trouble};
use sirank_mocks::fattureincloud as mock;
use sirank_mocks::faults::{Action, Fault};

use crate::fattureincloud_support::{TOKEN, company, config, connect, pull, start, with_quotas};

const LIST: &str = "documents_list";

fn status(status: u16, retry_after: Option<u64>) -> Action {
    Action::Status { status, retry_after, body: None }
}

async fn pull_with(fault: Fault) -> (Result<usize, CallError>, FattureInCloud) {
    let fic = start(company(120)).await;
    fic.faults(|faults| faults.add(fault.kind(LIST).skip(1)));
    let source = connect(&fic);
    let read = pull(&source, |_| ()).await.map(|drafts| drafts.len());
    (read, source)
}

#[tokio::test]
async fn a_pull_gets_over_faults_that_pass() {
    for action in [
        status(429, Some(0)),
        status(403, Some(0)),
        status(500, None),
        status(503, Some(0)),
        Action::HtmlPage { status: 200 },
        Action::HtmlPage { status: 502 },
        Action::Reset,
        Action::CutBody { keep: 60 },
        Action::MalformedJson,
        Action::EmptyBody,
    ] {
        let (read, source) = pull_with(Fault::new(action.clone()).times(2)).await;
        assert_eq!(read.unwrap(), 123, "{action:?}");
        assert_eq!(source.usage().retries, 2, "{action:?}");
    }
}

#[tokio::test]
async fn a_pull_ends_with_a_word_on_faults_that_stay() {
    type Check = fn(&Trouble) -> bool;
    let unavailable: Check = |trouble| matches!(trouble, Trouble::Unavailable { .. });
    let malformed: Check = |trouble| matches!(trouble, Trouble::Malformed(_));
    let cases = [
        (status(500, None), unavailable, "overloaded (500"),
        (status(429, Some(3600)), unavailable, "too many calls (429"),
        (Action::Reset, unavailable, "no complete answer"),
        (Action::HtmlPage { status: 200 }, malformed, "a web page instead of JSON"),
        (Action::MalformedJson, malformed, "cannot be read"),
        (
            Action::Redirect { status: 302, to: "https://elsewhere.example/*".to_owned() },
            malformed,
            "not followed",
        ),
    ];
    for (action, check, text) in cases {
        let (read, _) = pull_with(Fault::new(action.clone()).always()).await;
        let error = read.unwrap_err();
        assert!(check(&error.trouble), "{action:?}: {error:?}");
        let shown = error.to_string();
        assert!(
            shown.starts_with("Fatture in Cloud: reading documents: ") && shown.contains(text),
            "{shown}"
        );
        assert!(!shown.contains(TOKEN));
    }
}

#[tokio::test]
async fn a_quota_that_answers_403_is_no_missing_scope() {
    for (retry_after, quota, until) in [
        (2_400, "hourly", "2026-11-22 15:00 in Europe/Rome"),
        (726_000, "monthly", "2026-12-01 00:00 in Europe/Rome"),
    ] {
        let (read, source) = pull_with(Fault::new(status(403, Some(retry_after))).always()).await;
        let Trouble::QuotaSpent { quota: spent, until: ends } = read.unwrap_err().trouble else {
            panic!("spent")
        };
        assert_eq!((spent.as_str(), ends.as_str()), (quota, until));
        assert_eq!(source.usage().retries, 0, "waiting for it is no use");
    }
}

#[tokio::test]
async fn the_reserve_of_a_quota_is_left_to_others() {
    let quotas = mock::Quotas { hourly: Some(30), monthly: Some(40_000), ..mock::Quotas::unlimited() };
    let fic = with_quotas(company(120), quotas).await;
    let source = connect(&fic);
    let mut pulls = 0;
    let error = loop {
        match pull(&source, |_| ()).await {
            Ok(_) => pulls += 1,
            Err(error) => break error,
        }
    };
    assert!(
        matches!(&error.trouble, Trouble::QuotaSpent { quota, until }
        if quota == "hourly" && until == "15:00 in Europe/Rome"),
        "{error}"
    );
    let requests = fic.requests();
    assert_eq!((pulls, requests.len()), (9, 27), "three calls of thirty are left");
    assert!(requests.iter().all(|request| request.status == 200));
    let hourly = source.usage().quotas.into_iter().find(|quota| quota.name == "hourly").unwrap();
    assert_eq!((hourly.left, hourly.limit), (3, 30));
}

#[tokio::test]
async fn calls_are_counted_over_restarts() {
    struct Nearly;
    impl QuotaLedger for Nearly {
        fn count(&self, quota: &str, _period: &str) -> Result<u64, String> {
            assert!(quota.starts_with("fattureincloud 127.0.0.1 12345 "), "{quota}");
            Ok(if quota.ends_with("monthly") { 36_001 } else { 1 })
        }
    }
    let fic = start(company(1)).await;
    let mut config = config(&fic.base_url());
    config.ledger = Arc::new(Nearly);
    let error = FattureInCloud::new(config).unwrap().documents(any_day(), None).await.unwrap_err();
    assert!(matches!(&error.trouble, Trouble::QuotaSpent { quota, .. } if quota == "monthly"), "{error}");
    assert_eq!(fic.requests().len(), 0);
}

#[tokio::test]
async fn a_small_company_is_read_at_once_within_five_minutes_of_quota() {
    let fic = with_quotas(company(1_800), mock::Quotas::usual()).await;
    let mut config = config(&fic.base_url());
    config.quotas = QuotaSettings::default();
    let source = FattureInCloud::new(config).unwrap();
    for _ in 0..2 {
        assert_eq!(pull(&source, |_| ()).await.unwrap().len(), 1_803);
    }
    assert_eq!((source.usage().total(), source.usage().throttled), (38, 0));
}

#[tokio::test]
async fn a_wrong_token_is_refused_with_what_to_do() {
    let fic = start(company(1)).await;
    let mut config = config(&fic.base_url());
    config.tokens = Arc::new(StaticToken::new("a/wrong-token".to_owned().into()));
    let source = FattureInCloud::new(config).unwrap();
    for error in [source.probe().await.map(drop), source.documents(any_day(), None).await.map(drop)] {
        let error = error.unwrap_err();
        assert!(
            matches!(&error.trouble, Trouble::Unauthorized(text) if text.contains("token_file")),
            "{error}"
        );
        assert!(!format!("{error} {error:?}").contains("wrong-token"));
    }
}

#[tokio::test]
async fn a_token_that_expires_during_a_pull_stops_it() {
    let (read, _) = pull_with(Fault::new(status(401, None)).always()).await;
    assert!(matches!(read.unwrap_err().trouble, Trouble::Unauthorized(_)));
}

#[tokio::test]
async fn every_missing_scope_is_named() {
    let held = |scopes: &[&str]| mock::Access {
        scopes: Some(scopes.iter().map(ToString::to_string).collect()),
        expires_ms: None,
    };
    for (scopes, expected) in [
        (&[][..], &["issued_documents.invoices:r", "issued_documents.credit_notes:r"][..]),
        (&["issued_documents.invoices:r"], &["issued_documents.credit_notes:r"]),
    ] {
        let builder = mock::FattureInCloud::builder().token_with(TOKEN, held(scopes)).company(company(1));
        let fic = builder.start().await.unwrap();
        let error = connect(&fic).probe().await.unwrap_err();
        let Trouble::Forbidden { missing, .. } = &error.trouble else { panic!("{error}") };
        assert_eq!(missing, expected);
        assert!(matches!(pull(&connect(&fic), |_| ()).await.unwrap_err().trouble, Trouble::Forbidden { .. }));
    }
}

#[tokio::test]
async fn an_unreachable_server_is_unavailable() {
    let fic = start(company(1)).await;
    let source = connect(&fic);
    fic.shutdown().await;
    assert!(matches!(
        source.documents(any_day(), None).await.unwrap_err().trouble,
        Trouble::Unavailable { .. }
    ));
}
