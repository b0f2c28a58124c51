//! What Dolibarr's records and answers mean, by tables.

use chrono::DateTime;
use chrono_tz::Tz;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::classify::DolibarrDialect;
use super::client::is_end;
use super::config::CustomerId;
use super::map::Mapping;
use super::wire::{Invoice, ThirdParty};
use crate::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted};
use crate::http::{Answer, Call, Class, Dialect, HttpFailure};

fn mapping() -> Mapping {
    Mapping {
        base_currency: "EUR".to_owned(),
        currency: None,
        zone: None,
        tax_code_field: Some("idprof4".to_owned()),
        customer_id: CustomerId::Id,
        deposits_are_payments: false,
    }
}

fn draft_by(mapping: &Mapping, row: &Value) -> DocumentDraft {
    let invoice: Invoice = serde_json::from_str(&row.to_string()).unwrap();
    mapping.draft(&invoice, None)
}

#[test]
fn types_and_statuses_decide_what_counts() {
    let invoice = Ok(DraftKind::Issued(DocumentKind::Invoice));
    let credit = Ok(DraftKind::Issued(DocumentKind::CreditNote));
    let not = |why| Ok(DraftKind::NotCounted(why));
    let table = [
        ("0", "0", None, not(NotCounted::Draft)),
        ("0", "1", None, invoice.clone()),
        ("0", "2", None, invoice.clone()),
        ("0", "3", Some("replaced"), not(NotCounted::Void)),
        ("0", "3", Some("badcustomer"), invoice.clone()),
        ("0", "3", None, invoice.clone()),
        ("1", "1", None, invoice.clone()),
        ("2", "1", None, credit.clone()),
        ("2", "0", None, not(NotCounted::Draft)),
        ("3", "1", None, invoice.clone()),
        ("4", "1", None, not(NotCounted::ProForma)),
        ("5", "2", None, invoice.clone()),
        ("9", "1", None, Err("type 9".to_owned())),
        ("0", "7", None, Err("status 7".to_owned())),
    ];
    for (kind, status, close_code, expected) in table {
        let row = json!({"id": "1", "type": kind, "status": status, "close_code": close_code});
        assert_eq!(draft_by(&mapping(), &row).kind, expected, "{row}");
        let old = json!({"id": 1, "type": kind, "statut": status, "status": null, "close_code": close_code});
        assert_eq!(draft_by(&mapping(), &old).kind, expected, "{old}");
    }
    let payments = Mapping { deposits_are_payments: true, ..mapping() };
    let deposit = |status: &str| json!({"id": "1", "type": "3", "status": status});
    assert_eq!(draft_by(&payments, &deposit("1")).kind, not(NotCounted::NoSale));
    assert_eq!(draft_by(&payments, &deposit("0")).kind, not(NotCounted::Draft));
}

#[test]
fn dates_are_right_in_whichever_zone_the_server_lives() {
    let zones = [
        Tz::UTC,
        Tz::Europe__Rome,
        Tz::Europe__Lisbon,
        Tz::America__New_York,
        Tz::Asia__Tokyo,
        Tz::Pacific__Honolulu,
        Tz::America__Sao_Paulo,
        Tz::Asia__Kolkata,
    ];
    for zone in zones {
        for day in ["2023-09-01", "2023-10-29", "2024-03-31", "2024-02-29", "2025-01-01"] {
            let midnight = day.parse::<chrono::NaiveDate>().unwrap().and_hms_opt(0, 0, 0).unwrap();
            let seconds = midnight.and_local_timezone(zone).earliest().unwrap().timestamp();
            for row in [json!({"date": seconds}), json!({"date": seconds.to_string()})] {
                let told = Mapping { zone: Some(zone), ..mapping() };
                assert_eq!(draft_by(&mapping(), &row).date.as_deref(), Some(day), "{zone} {row}");
                assert_eq!(draft_by(&told, &row).date.as_deref(), Some(day), "{zone} told {row}");
            }
        }
    }
    // Beyond twelve hours the zone has to be told.
    let auckland = Mapping { zone: Some(Tz::Pacific__Auckland), ..mapping() };
    let summer =
        json!({"date": DateTime::parse_from_rfc3339("2024-01-15T00:00:00+13:00").unwrap().timestamp()});
    assert_eq!(draft_by(&auckland, &summer).date.as_deref(), Some("2024-01-15"));
    for (date, shown) in [(json!(null), None), (json!(""), None), (json!("soon"), Some("soon"))] {
        assert_eq!(draft_by(&mapping(), &json!({"date": date})).date.as_deref(), shown);
    }
}

#[test]
fn amounts_are_the_companys_unless_the_invoice_tells_otherwise() {
    let table = [
        (json!({"total_ht": "10.50000000"}), Some("10.50000000"), None),
        (json!({"total_ht": 10.5, "multicurrency_code": ""}), Some("10.5"), None),
        (json!({"total_ht": 1500, "multicurrency_code": null}), Some("1500"), None),
        (
            json!({"total_ht": "300", "multicurrency_code": "USD", "multicurrency_tx": "1.08750000",
                "multicurrency_total_ht": "326.25"}),
            Some("300"),
            None,
        ),
        (
            json!({"total_ht": "7", "multicurrency_code": "EUR", "multicurrency_tx": "1.00000000"}),
            Some("7"),
            None,
        ),
        (
            json!({"total_ht": "7", "multicurrency_code": "CHF", "multicurrency_tx": "1"}),
            Some("7"),
            Some("CHF"),
        ),
        (
            json!({"total_ht": "95", "multicurrency_code": "EUR", "multicurrency_tx": "1.05",
                "multicurrency_total_ht": "99.75"}),
            Some("99.75"),
            None,
        ),
        (json!({"total_ht": null}), None, None),
        (json!({"total_ht": ["?"]}), Some("[\"?\"]"), None),
    ];
    for (row, net, currency) in table {
        let draft = draft_by(&mapping(), &row);
        assert_eq!((draft.net.as_deref(), draft.currency.as_deref()), (net, currency), "{row}");
    }
}

#[test]
fn amounts_of_a_company_with_another_currency_are_in_that() {
    let mapping = |currency: &str| Mapping { currency: Some(currency.to_owned()), ..mapping() };
    let row = |code: Value, rate: &str| {
        json!({"total_ht": "95", "multicurrency_code": code, "multicurrency_tx": rate,
            "multicurrency_total_ht": "100"})
    };
    let table = [
        ("CHF", row(Value::Null, ""), Some("95"), Some("CHF")),
        ("CHF", row(json!("CHF"), "1.00000000"), Some("95"), Some("CHF")),
        ("CHF", row(json!("USD"), "1.0526"), Some("95"), Some("CHF")),
        ("CHF", row(json!("USD"), "1"), Some("95"), Some("USD")),
        ("CHF", row(json!("EUR"), "1.0526"), Some("100"), None),
        ("CHF", row(json!("EUR"), "1"), Some("95"), None),
        ("EUR", row(json!("EUR"), "1.0526"), Some("95"), None),
        ("EUR", row(json!("USD"), "1.0526"), Some("95"), None),
    ];
    for (currency, row, net, expected) in table {
        let draft = draft_by(&mapping(currency), &row);
        let told = (draft.net.as_deref(), draft.currency.as_deref());
        assert_eq!(told, (net, expected), "{currency} {row}");
    }
    let invoice: Invoice = serde_json::from_value(row(json!("EUR"), "1.0526")).unwrap();
    assert!(self::mapping().shows_another_currency(&invoice));
    assert!(!mapping("CHF").shows_another_currency(&invoice));
}

#[test]
fn a_customer_is_known_by_what_the_settings_say() {
    let row = json!({"id": "16", "name": "Rossi ", "tva_intra": "", "country_code": "IT", "code_client": "CU-16",
        "idprof4": "RSSMRA86A01F205X", "array_options": {"options_cf": "X1"}});
    let third: ThirdParty = serde_json::from_str(&row.to_string()).unwrap();
    let party = mapping().party(&third);
    assert_eq!(party.customer_id.as_deref(), Some("16"));
    assert_eq!(party.vat_number, None);
    assert_eq!(party.tax_code.as_deref(), Some("RSSMRA86A01F205X"));
    assert_eq!((party.country.as_deref(), party.name.as_deref()), (Some("IT"), Some("Rossi")));
    let other =
        Mapping { tax_code_field: Some("options_cf".to_owned()), customer_id: CustomerId::Code, ..mapping() };
    let party = other.party(&third);
    assert_eq!((party.customer_id.as_deref(), party.tax_code.as_deref()), (Some("CU-16"), Some("X1")));
    let empty: ThirdParty = serde_json::from_str(r#"{"id": 3, "array_options": []}"#).unwrap();
    assert_eq!(other.party(&empty).tax_code, None);
    let unseen = draft_by(&mapping(), &json!({"id": "1", "socid": "9"})).party;
    assert_eq!(unseen.customer_id.as_deref(), Some("9"));
    assert_eq!(draft_by(&other, &json!({"id": "1", "socid": "9"})).party.customer_id, None);
}

#[test]
fn answers_mean_what_the_recordings_show() {
    let body =
        |code: u16, said: &str| json!({"error": {"code": code, "message": said}, "debug": {}}).to_string();
    let table = [
        (200, "[]".to_owned(), Class::Ok),
        (200, "  {\"success\":{}}".to_owned(), Class::Ok),
        (200, "Module API is not enabled".to_owned(), Class::Malformed),
        (401, body(401, "Unauthorized: Error user not valid"), Class::Unauthorized),
        (
            403,
            body(403, "Forbidden"),
            Class::Forbidden { missing: vec!["Invoices: Read customer invoices".to_owned()] },
        ),
        (404, body(404, "Not Found: Thirdparties not found"), Class::NotFound),
        (
            503,
            body(503, "Service Unavailable: Unknown column 't.nosuch' in 'WHERE'"),
            Class::Refused { code: "UNKNOWN_COLUMN".to_owned() },
        ),
        (503, body(503, "Service Unavailable"), Class::Overloaded { after: None }),
        (
            501,
            "API not found (failed to include API file)".to_owned(),
            Class::Refused { code: "NO_SUCH_API".to_owned() },
        ),
        (400, body(400, "Bad Request: Bad syntax"), Class::Refused { code: "HTTP_400".to_owned() }),
        (502, "<html>".to_owned(), Class::Overloaded { after: None }),
    ];
    for (status, body, class) in table {
        let answer = Answer { status, headers: HeaderMap::new(), body: body.clone().into_bytes() };
        let call = Call::get("invoices.list", "x");
        let verdict = DolibarrDialect.classify(&call, &answer, DateTime::UNIX_EPOCH);
        assert_eq!(verdict.class, class, "{status} {body}");
        assert_eq!(verdict.message.is_empty(), class == Class::Ok, "{}", verdict.message);
    }
}

#[test]
fn only_a_404_that_finds_nothing_is_the_end_of_a_list() {
    let ends = |message: &str| {
        let body = json!({"error": {"code": 404, "message": message}}).to_string().into_bytes();
        let answer = Answer { status: 404, headers: HeaderMap::new(), body };
        let failure = HttpFailure::found("invoices.list", Class::NotFound, String::new());
        is_end(&HttpFailure { answer: Some(answer), ..*failure })
    };
    assert!(ends("Not Found: Thirdparties not found"));
    assert!(ends("Not Found: No invoice found"));
    assert!(!ends("Not Found"));
    assert!(!ends("Not Found: resource moved by proxy"));
}
