//! What Odoo's records and answers mean, by tables.

use chrono::DateTime;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::classify::OdooDialect;
use super::map::{Countries, draft, party};
use super::wire::{Move, Partner};
use crate::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted};
use crate::http::{Answer, Call, Class, Dialect};

fn draft_of(row: &Value) -> DocumentDraft {
    let row: Move = serde_json::from_str(&row.to_string()).unwrap();
    draft(&row, None, None)
}

#[test]
fn types_and_states_decide_what_counts() {
    let table = [
        ("out_invoice", "posted", Ok(DraftKind::Issued(DocumentKind::Invoice))),
        ("out_refund", "posted", Ok(DraftKind::Issued(DocumentKind::CreditNote))),
        ("out_invoice", "draft", Ok(DraftKind::NotCounted(NotCounted::Draft))),
        ("out_refund", "cancel", Ok(DraftKind::NotCounted(NotCounted::Void))),
        ("entry", "posted", Err("entry".to_owned())),
        ("out_invoice", "proforma2", Err("proforma2".to_owned())),
    ];
    for (move_type, state, expected) in table {
        assert_eq!(draft_of(&json!({"id": 1, "move_type": move_type, "state": state})).kind, expected);
    }
    let refused =
        json!({"id": 1, "move_type": "out_invoice", "state": "posted", "l10n_it_edi_state": "rejected"});
    assert_eq!(draft_of(&refused).kind, Ok(DraftKind::NotCounted(NotCounted::Discarded)));
}

#[test]
fn false_is_nothing_and_an_odd_field_harms_its_own_document_alone() {
    let row = json!({"id": 7, "name": "/", "move_type": "out_invoice", "state": "draft", "invoice_date": false,
        "commercial_partner_id": false, "amount_untaxed_signed": false, "write_date": false});
    let nothing = draft_of(&row);
    assert_eq!((nothing.id.as_str(), nothing.number.as_str()), ("7", ""));
    assert_eq!((nothing.date, nothing.net, nothing.party.customer_id), (None, None, None));
    let row = json!({"id": 7, "name": "INV/2026/0001", "invoice_date": ["?"], "amount_untaxed_signed": -1234.56,
        "commercial_partner_id": [9, "Rossi S.r.l."]});
    let odd = draft_of(&row);
    assert_eq!(odd.number, "INV/2026/0001");
    assert_eq!(odd.net.as_deref(), Some("-1234.56"));
    assert_eq!(odd.date.as_deref(), Some("[\"?\"]"));
    assert_eq!(
        (odd.party.customer_id.as_deref(), odd.party.name.as_deref()),
        (Some("9"), Some("Rossi S.r.l."))
    );
    let small: Move = serde_json::from_str(r#"{"id": 1, "amount_untaxed_signed": 5e-05}"#).unwrap();
    assert_eq!(draft(&small, None, Some("CHF")).net.as_deref(), Some("0.00005"));
    assert_eq!(draft(&small, None, Some("CHF")).currency.as_deref(), Some("CHF"));
    let partner: Partner = serde_json::from_str(
        r#"{"id": 9, "name": "Rossi", "vat": "/", "l10n_it_codice_fiscale": false, "country_id": [109, "Italy"]}"#,
    )
    .unwrap();
    let known = party(&partner, &Countries::from([(109, "IT".to_owned())]));
    assert_eq!((known.country.as_deref(), known.tax_code), (Some("IT"), None));
    assert_eq!(party(&partner, &Countries::new()).country, None);
}

#[test]
fn answers_mean_the_same_in_both_protocols() {
    let json2 = |name: &str, message: &str| {
        json!({"name": name, "message": message, "debug": "Traceback"}).to_string()
    };
    let rpc = |name: &str, message: &str| {
        let data = json!({"name": name, "message": message, "debug": "Traceback"});
        json!({"jsonrpc": "2.0", "id": 1, "error": {"code": 200, "message": "Odoo Server Error", "data": data}})
            .to_string()
    };
    let refused = |code: &str| Class::Refused { code: code.to_owned() };
    let forbidden = Class::Forbidden { missing: Vec::new() };
    let away = Class::Overloaded { after: None };
    let table = [
        ("json/2/x/y", 200, "[]".to_owned(), Class::Ok),
        // A result that happens to have a field of that name is no error.
        ("json/2/x/y", 200, r#"{"error": "x"}"#.to_owned(), Class::Ok),
        ("jsonrpc", 200, r#"{"jsonrpc": "2.0", "id": 1, "result": []}"#.to_owned(), Class::Ok),
        ("json/2/x/y", 401, json2("werkzeug.exceptions.Unauthorized", "Invalid apikey"), Class::Unauthorized),
        ("jsonrpc", 200, rpc("odoo.exceptions.AccessDenied", "Access Denied"), Class::Unauthorized),
        ("json/2/x/y", 403, json2("odoo.exceptions.AccessError", "You are not allowed"), forbidden.clone()),
        ("jsonrpc", 200, rpc("odoo.exceptions.AccessError", "You are not allowed"), forbidden),
        ("json/2/x/y", 500, json2("builtins.ValueError", "Invalid field"), refused("ValueError")),
        ("jsonrpc", 200, rpc("builtins.ValueError", "Invalid field"), refused("ValueError")),
        ("jsonrpc", 200, rpc("psycopg2.errors.SerializationFailure", "concurrent update"), away.clone()),
        (
            "jsonrpc",
            200,
            rpc("psycopg2.OperationalError", "database \"x\" does not exist"),
            refused("NO_SUCH_DATABASE"),
        ),
        ("jsonrpc", 200, rpc("some.Other", "?"), refused("ODOO_ERROR")),
        ("json/2/x/y", 404, json2("werkzeug.exceptions.NotFound", "no such model"), Class::NotFound),
        ("json/2/x/y", 502, "<html>".to_owned(), away),
        ("json/2/x/y", 422, json2("odoo.exceptions.UserError", "no"), refused("UserError")),
    ];
    for (path, status, body, class) in table {
        let answer = Answer { status, headers: HeaderMap::new(), body: body.clone().into_bytes() };
        let verdict = OdooDialect.classify(&Call::query_by_post("x", path), &answer, DateTime::UNIX_EPOCH);
        assert_eq!(verdict.class, class, "{status} {body}");
        assert!(!verdict.message.contains("Traceback"), "{}", verdict.message);
    }
}
