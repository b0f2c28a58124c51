//! HubSpot: writing batches, and taking refusals apart.

use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use sirank::domain::catalogue::Figure;
use sirank::domain::ids::CompanyId;
use sirank::domain::value::Value;
use sirank::ports::{CompanyWrite, Crm, WriteOutcome};
use sirank_mocks::hubspot as mock;

use crate::hubspot_support::{connect, number, score, versionless, with_companies, write_of, writes_of};
use crate::raw_server::{RawServer, json as answer};

fn refused_with(outcome: &WriteOutcome) -> (&str, &str) {
    match outcome {
        WriteOutcome::Refused { code, message } => (code, message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_batch_is_one_call() {
    let (hub, ids) = with_companies(100).await;
    let hubspot = connect(&hub.base_url());
    let outcomes = versionless(hubspot.write(&writes_of(&ids)).await.unwrap());
    assert!(outcomes.iter().all(|outcome| *outcome == WriteOutcome::Applied(None)));
    assert_eq!(score(&hub, &ids[99]).as_deref(), Some("12.5"));
    let usage = hubspot.usage();
    assert_eq!((usage.total(), usage.writes), (1, 1));
    let log = hub.writes();
    assert_eq!(log.all()[0].trace_id.as_deref(), Some(format!("trace-{}", ids[0]).as_str()));
    assert!(log.all()[0].properties.values().all(Json::is_string));
}

#[tokio::test]
async fn none_clears_a_value() {
    let (hub, ids) = with_companies(1).await;
    let hubspot = connect(&hub.base_url());
    versionless(hubspot.write(&writes_of(&ids)).await.unwrap());
    let clear = CompanyWrite {
        id: ids[0].clone(),
        trace: "t".to_owned(),
        values: vec![
            (Figure::Score, None),
            (Figure::LastPurchase, Some(Value::date("2026-01-31".parse().unwrap()))),
        ],
    };
    assert_eq!(versionless(hubspot.write(&[clear]).await.unwrap()), [WriteOutcome::Applied(None)]);
    assert_eq!(score(&hub, &ids[0]), None);
    let last = hub.value(mock::Kind::Company, number(&ids[0]), "sirank_last_purchase");
    assert_eq!(last.as_deref(), Some("2026-01-31"));
}

#[tokio::test]
async fn a_partial_failure_is_taken_apart_to_the_record() {
    let (hub, ids) = with_companies(6).await;
    hub.person_archives(mock::Kind::Company, number(&ids[1]));
    hub.person_merges(mock::Kind::Company, number(&ids[0]), number(&ids[2]));
    let mut batch = writes_of(&ids);
    batch[3] = write_of(&ids[3], "12.5", "Q");
    batch[4].values.push((Figure::NextContactDue, Some(Value::date("2026-12-01".parse().unwrap()))));
    let outcomes = versionless(connect(&hub.base_url()).write(&batch).await.unwrap());
    assert_eq!(outcomes[0], WriteOutcome::Applied(None));
    assert_eq!((&outcomes[1], &outcomes[2]), (&WriteOutcome::Gone, &WriteOutcome::Gone));
    let (code, message) = refused_with(&outcomes[3]);
    assert!(code == "INVALID_OPTION" && message.contains("sirank_cluster"), "{code}: {message}");
    let (code, message) = refused_with(&outcomes[4]);
    assert!(
        code == "PROPERTY_DOESNT_EXIST" && message.contains("sirank_next_contact_due"),
        "{code}: {message}"
    );
    assert_eq!(outcomes[5], WriteOutcome::Applied(None));
    assert_eq!(score(&hub, &ids[3]), None);
}

#[tokio::test]
async fn a_merged_company_that_answers_as_the_other_is_gone() {
    let (hub, ids) = with_companies(2).await;
    hub.person_merges(mock::Kind::Company, number(&ids[0]), number(&ids[1]));
    hub.options(|options| options.merged_write = mock::MergedWrite::Winner);
    let outcomes = versionless(connect(&hub.base_url()).write(&writes_of(&ids[1..])).await.unwrap());
    assert_eq!(outcomes, [WriteOutcome::Gone]);
}

#[tokio::test]
async fn a_property_that_the_administrator_requires_is_named() {
    let (hub, ids) = with_companies(2).await;
    hub.change(|portal| {
        portal.rules.push(mock::Rule {
            kind: mock::Kind::Company,
            property: "industry".to_owned(),
            need: mock::Need::When { property: "sirank_cluster".to_owned(), value: "A".to_owned() },
        });
    });
    let batch = [write_of(&ids[0], "1", "A"), write_of(&ids[1], "1", "B")];
    let outcomes = versionless(connect(&hub.base_url()).write(&batch).await.unwrap());
    let (code, message) = refused_with(&outcomes[0]);
    assert_eq!(code, "MISSING_CONDITIONAL_REQUIRED_PROPERTY");
    assert!(message.contains("industry"), "{message}");
    assert_eq!(outcomes[1], WriteOutcome::Applied(None));
}

/// A server that refuses a batch as a whole if any record in it is bad, and counts what it wrote.
struct Whole {
    server: RawServer,
    written: Arc<Mutex<Vec<String>>>,
}

impl Whole {
    /// `refuse` looks at an input and says what is wrong with it; `names` tells which records the body names.
    async fn start(refuse: fn(&Json) -> Option<Json>) -> Self {
        let written = Arc::new(Mutex::new(Vec::new()));
        let log = written.clone();
        let server = RawServer::start(move |_, request| {
            let body: Json = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
            let inputs = body["inputs"].as_array().unwrap();
            if let Some(problem) = inputs.iter().find_map(refuse) {
                return answer(400, &problem.to_string());
            }
            log.lock().unwrap().extend(inputs.iter().map(|input| input["id"].as_str().unwrap().to_owned()));
            answer(200, &json!({"status": "COMPLETE", "results": inputs}).to_string())
        })
        .await;
        Self { server, written }
    }
}

fn company_ids(count: usize) -> Vec<CompanyId> {
    (0..count).map(|number| CompanyId::new(format!("{}", 500 + number))).collect()
}

#[tokio::test]
async fn a_whole_batch_refused_is_split_down_to_the_culprit() {
    let whole = Whole::start(|input| {
        (input["id"] == "537").then(|| {
            json!({"status": "error", "category": "VALIDATION_ERROR", "message": "no", "correlationId": "c",
                   "errors": [{"message": "too long", "code": "SOMETHING_ELSE"}]})
        })
    })
    .await;
    let ids = company_ids(100);
    let hubspot = connect(&whole.server.base_url);
    let outcomes = versionless(hubspot.write(&writes_of(&ids)).await.unwrap());
    let refused: Vec<usize> = (0..100).filter(|at| outcomes[*at] != WriteOutcome::Applied(None)).collect();
    assert_eq!(refused, [37]);
    assert_eq!(refused_with(&outcomes[37]), ("SOMETHING_ELSE", "too long"));
    let mut written = whole.written.lock().unwrap().clone();
    written.sort();
    written.dedup();
    assert_eq!(written.len(), 99, "each exactly once");
    assert_eq!(whole.written.lock().unwrap().len(), 99);
    assert!(hubspot.usage().total() <= 15, "{:?}", hubspot.usage());
}

#[tokio::test]
async fn culprits_that_are_named_cost_one_call_more() {
    let whole = Whole::start(|input| {
        let id = input["id"].as_str().unwrap();
        (id == "502").then(|| json!({"status": "error", "category": "OBJECT_NOT_FOUND", "message": "no", "context": {"ids": [id]}}))
    })
    .await;
    let hubspot = connect(&whole.server.base_url);
    let outcomes = versionless(hubspot.write(&writes_of(&company_ids(4))).await.unwrap());
    let applied = WriteOutcome::Applied(None);
    assert_eq!(outcomes, [applied.clone(), applied.clone(), WriteOutcome::Gone, applied]);
    assert_eq!(hubspot.usage().total(), 2);
}

#[tokio::test]
async fn a_fault_of_the_definition_is_not_searched_for_in_the_records() {
    let whole = Whole::start(|input| {
        input["properties"]["sirank_score"].is_string().then(|| {
            json!({"status": "error", "category": "VALIDATION_ERROR", "message": "no", "errors": [
                {"message": "is read only", "code": "READ_ONLY_VALUE", "context": {"propertyName": ["sirank_score"]}}]})
        })
    })
    .await;
    let hubspot = connect(&whole.server.base_url);
    let mut batch = writes_of(&company_ids(50));
    batch[49].values.remove(0);
    let outcomes = versionless(hubspot.write(&batch).await.unwrap());
    assert_eq!(refused_with(&outcomes[0]), ("READ_ONLY_VALUE", "is read only (property sirank_score)"));
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == WriteOutcome::Applied(None)).count(), 1);
    assert_eq!(hubspot.usage().total(), 2);
}

#[tokio::test]
async fn a_value_that_is_refused_once_is_not_tried_with_every_record() {
    let whole = Whole::start(|input| {
        (input["properties"]["sirank_cluster"] == "A").then(|| {
            json!({"status": "error", "category": "VALIDATION_ERROR", "message": "no", "errors": [
                {"message": "A is no option", "code": "INVALID_OPTION", "in": "sirank_cluster"}]})
        })
    })
    .await;
    let hubspot = connect(&whole.server.base_url);
    let ids = company_ids(64);
    let mut batch = writes_of(&ids);
    batch[63] = write_of(&ids[63], "1", "B");
    let outcomes = versionless(hubspot.write(&batch).await.unwrap());
    assert!(outcomes[..63].iter().all(|outcome| refused_with(outcome).0 == "INVALID_OPTION"));
    assert_eq!(outcomes[63], WriteOutcome::Applied(None));
    assert!(hubspot.usage().total() <= 9, "{:?}", hubspot.usage());
}

#[tokio::test]
async fn an_echo_that_lacks_a_record_or_differs_leaves_its_outcome_open() {
    let body = r#"{"status":"COMPLETE","results":[
        {"id":"500","properties":{"sirank_score":"12.50","sirank_cluster":"A","other":"x"}},
        {"id":"501","properties":{"sirank_score":"12.51"}}]}"#;
    let server = RawServer::always(answer(200, body)).await;
    let outcomes = versionless(connect(&server.base_url).write(&writes_of(&company_ids(3))).await.unwrap());
    assert_eq!(outcomes, [WriteOutcome::Applied(None), WriteOutcome::Unknown, WriteOutcome::Unknown]);
}
