use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Europe::Rome;

use super::classify::{FattureDialect, remedies};
use super::config::QuotaSettings;
use super::country;
use super::map::{DocumentType, draft};
use super::quota::{FIVE_MINUTES_LIMITER, Quotas};
use super::wire::{Document, List, Scalar};
use crate::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted, Standing};
use crate::domain::intake::{CurrencyRules, intake};
use crate::http::{Answer, Call, Class, Dialect};
use crate::ports::QuotaLedger;

struct NoLedger;

impl QuotaLedger for NoLedger {
    fn count(&self, _quota: &str, _period: &str) -> Result<u64, String> {
        Ok(1)
    }
}

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
    let headers =
        headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    Answer { status, headers, body: body.as_bytes().to_vec() }
}

fn classify(answer: &Answer) -> (Class, String) {
    let ledger: Arc<dyn QuotaLedger> = Arc::new(NoLedger);
    let quotas = Quotas::new(QuotaSettings::default(), Rome, "test", &ledger);
    let dialect = FattureDialect { quotas, zone: Rome, company_id: "12345".to_owned(), remedies: remedies() };
    let call = Call::get("documents.list", "c/12345/issued_documents").with("type", "credit_note");
    let verdict = dialect.classify(&call, answer, "2026-11-22T13:20:00Z".parse().unwrap());
    (verdict.class, verdict.message)
}

#[tokio::test]
async fn answers_mean_what_the_vendor_means() {
    let said = r#"{"error":{"message":"Detto.","validation_result":null}}"#;
    let spent = |quota: &str, until: &str| Class::QuotaSpent { quota: quota.into(), until: until.into() };
    let throttled = |seconds| Class::Throttled {
        after: Duration::from_secs(seconds),
        limiter: Some(FIVE_MINUTES_LIMITER),
    };
    let forbidden = Class::Forbidden { missing: vec!["issued_documents.credit_notes:r".to_owned()] };
    let table = [
        (answer(200, &[], "{}"), Class::Ok),
        (answer(401, &[], said), Class::Unauthorized),
        (answer(403, &[], said), forbidden),
        (answer(403, &[("retry-after", "2400")], said), spent("hourly", "2026-11-22 15:00 in Europe/Rome")),
        (
            answer(403, &[("retry-after", "729600")], said),
            spent("monthly", "2026-12-01 01:00 in Europe/Rome"),
        ),
        (answer(403, &[("retry-after", "90")], said), throttled(90)),
        (answer(404, &[], said), Class::NotFound),
        (answer(429, &[("retry-after", "7")], said), throttled(7)),
        (answer(429, &[], said), throttled(60)),
        (answer(500, &[], said), Class::Overloaded { after: None }),
        (
            answer(503, &[("retry-after", "5")], said),
            Class::Overloaded { after: Some(Duration::from_secs(5)) },
        ),
        (answer(422, &[], said), Class::Refused { code: "HTTP_422".to_owned() }),
        (answer(409, &[], said), Class::Refused { code: "HTTP_409".to_owned() }),
    ];
    for (answer, class) in table {
        assert_eq!(classify(&answer).0, class, "{} {:?}", answer.status, answer.headers);
    }
}

#[tokio::test]
async fn messages_tell_what_the_vendor_said_and_what_to_do() {
    let invalid = r#"{"error":{"message":"Non valido.","validation_result":{"q":["Errore."],"type":["Manca.","Serve."]}}}"#;
    assert_eq!(classify(&answer(422, &[], invalid)).1, "Non valido.; q: Errore.; type: Manca. Serve. (422)");
    let oauth = r#"{"error":"invalid_request","error_description":"The token is missing."}"#;
    let message = classify(&answer(401, &[], oauth)).1;
    assert!(message.contains("401: The token is missing.") && message.contains("token_file"), "{message}");
    let message = classify(&answer(404, &[], "")).1;
    assert!(message.contains("company_id: 12345") && message.contains("an empty body"), "{message}");
}

fn drafts(kind: DocumentType, rows: &str) -> Vec<DocumentDraft> {
    let body = format!(r#"{{"current_page":1,"last_page":1,"total":1,"data":[{rows}]}}"#);
    let list: List<Document> = answer(200, &[], &body).json().unwrap();
    list.data.into_iter().map(|document| draft(document, kind, "page 1".to_owned())).collect()
}

fn one(kind: DocumentType, row: &str) -> DocumentDraft {
    drafts(kind, row).pop().unwrap()
}

#[test]
fn a_document_is_read_field_by_field() {
    let draft = one(
        DocumentType::Invoice,
        r#"{"id":10000001,"type":"invoice","number":12,"numeration":"/A","date":"2024-02-29","amount_net":367.52,
            "currency":{"id":"USD","exchange_rate":"1.08450","symbol":"$"},"ei_status":"accepted",
            "entity":{"id":77,"name":" Esempio S.r.l. ","vat_number":"IT01234567890","tax_code":"01234567890",
            "country":"Italia","country_iso":"IT"},"unknown":[1,{}]}"#,
    );
    assert_eq!((draft.id.as_str(), draft.number.as_str()), ("10000001", "12/A"));
    assert_eq!(draft.kind, Ok(DraftKind::Issued(DocumentKind::Invoice)));
    assert_eq!((draft.date.as_deref(), draft.net.as_deref()), (Some("2024-02-29"), Some("367.52")));
    assert_eq!((draft.currency.as_deref(), draft.rate.as_deref()), (Some("USD"), Some("1.08450")));
    let party = draft.party;
    assert_eq!((party.customer_id.as_deref(), party.name.as_deref()), (Some("77"), Some("Esempio S.r.l.")));
    assert_eq!(
        (party.vat_number.as_deref(), party.tax_code.as_deref()),
        (Some("IT01234567890"), Some("01234567890"))
    );
    assert_eq!(party.country.as_deref(), Some("IT"));
}

#[test]
fn everything_may_be_null_or_absent() {
    let nulls = r#"{"id":null,"number":null,"numeration":null,"date":null,"amount_net":null,"currency":null,
        "ei_status":null,"entity":null}"#;
    for row in [
        nulls,
        "{}",
        r#"{"entity":{"id":null,"vat_number":null},"currency":{"id":null,"exchange_rate":null}}"#,
    ] {
        let draft = one(DocumentType::CreditNote, row);
        assert_eq!((draft.id.as_str(), draft.number.as_str()), ("", ""));
        assert_eq!((draft.date, draft.net, draft.currency, draft.rate), (None, None, None, None));
        assert_eq!(draft.party, crate::domain::document::Party::default());
        assert_eq!(draft.kind, Ok(DraftKind::Issued(DocumentKind::CreditNote)));
    }
}

#[test]
fn amounts_are_read_to_the_last_digit() {
    for (json, expected) in [
        ("1234567890123456.78", "1234567890123456.78"),
        ("123456789.123456789", "123456789.123456789"),
        ("0", "0"),
        ("-12.30", "-12.30"),
        ("1.5e3", "1500"),
        ("1E-2", "0.01"),
        ("\"367.52\"", "367.52"),
    ] {
        let draft = one(DocumentType::Invoice, &format!(r#"{{"amount_net":{json}}}"#));
        assert_eq!(draft.net.as_deref(), Some(expected), "{json}");
    }
}

#[test]
fn a_vat_number_sent_as_a_number_gets_its_leading_zeros_back() {
    for (entity, expected) in [
        (r#"{"vat_number":3881520161}"#, "03881520161"),
        (r#"{"vat_number":3881520161,"country":"Italia"}"#, "03881520161"),
        (r#"{"vat_number":12345678,"country_iso":"SI"}"#, "12345678"),
        (r#"{"vat_number":"3881520161"}"#, "3881520161"),
        (r#"{"vat_number":" IT 038 "}"#, "IT 038"),
    ] {
        let draft = one(DocumentType::Invoice, &format!(r#"{{"entity":{entity}}}"#));
        assert_eq!(draft.party.vat_number.as_deref(), Some(expected), "{entity}");
    }
}

#[test]
fn discarded_documents_are_not_counted_and_all_other_states_are_issued() {
    let kind_of = |status: &str| one(DocumentType::Invoice, &format!(r#"{{"ei_status":"{status}"}}"#)).kind;
    assert_eq!(kind_of("discarded"), Ok(DraftKind::NotCounted(NotCounted::Discarded)));
    for status in
        ["", "not_sent", "sent", "pending", "error", "not_delivered", "accepted", "rejected", "no_response"]
    {
        assert_eq!(kind_of(status), Ok(DraftKind::Issued(DocumentKind::Invoice)), "{status}");
    }
}

#[test]
fn a_credit_note_comes_positive_and_is_subtracted() {
    for net in ["100.00", "-100.00"] {
        let row = format!(
            r#"{{"id":1,"date":"2024-01-10","amount_net":{net},"currency":{{"id":"EUR","exchange_rate":"1"}}}}"#
        );
        let document = intake(one(DocumentType::CreditNote, &row), &CurrencyRules::default());
        let Standing::Counts { kind, net, .. } = document.standing else { panic!("counts") };
        assert_eq!((kind, net.get()), (DocumentKind::CreditNote, 10_000));
    }
}

#[test]
fn another_currency_is_divided_by_the_documents_own_rate() {
    let row =
        r#"{"id":1,"date":"2024-01-10","amount_net":100,"currency":{"id":"USD","exchange_rate":"1.08450"}}"#;
    let document = intake(one(DocumentType::Invoice, row), &CurrencyRules::default());
    let Standing::Counts { net, .. } = document.standing else { panic!("counts") };
    assert_eq!(net.get(), 9_221);
}

#[test]
fn what_is_neither_number_nor_text_is_named_with_its_place() {
    let body = r#"{"data":[{"amount_net":1},{"amount_net":{"x":1}}]}"#;
    let error = answer(200, &[], body).json::<List<Document>>().unwrap_err();
    assert!(error.starts_with("data[1].amount_net: neither a number nor a text"), "{error}");
    assert_eq!(serde_json::from_str::<Scalar>("\"a\\u0020b\"").unwrap().text(), Some("a b"));
}

#[test]
fn countries_are_codes_or_italian_names() {
    for (iso, name, expected) in [
        (Some("IT"), None, Some("IT")),
        (Some("Italia"), Some("Italia"), Some("IT")),
        (None, Some("germania"), Some("DE")),
        (Some(""), Some("Paesi Bassi"), Some("NL")),
        (Some("de"), Some("Italia"), Some("DE")),
        (None, Some("Atlantide"), None),
        (None, None, None),
    ] {
        assert_eq!(country::code(iso, name).as_deref(), expected, "{iso:?} {name:?}");
    }
}
