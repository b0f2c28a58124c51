//! Odoo by both of its protocols: a whole reading, what has changed, and what goes wrong.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use sirank::connectors::odoo::{Odoo, OdooConfig, Protocol};
use sirank::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted, Rejection, Standing};
use sirank::domain::intake::{CurrencyRules, intake};
use sirank::http::{ClientSettings, StaticToken};
use sirank::ports::{CallError, ChangedDocuments, InvoiceSource, Mark, Severity, Trouble};
use sirank_mocks::faults::{Action, Fault};
use sirank_mocks::odoo as mock;

use crate::dolibarr_support::{pull, today};
use crate::odoo_support::{KEY, MADE, books, builder, config, connect, invoice};

const HOUR: Duration = Duration::from_hours(1);
/// One that speaks JSON-RPC alone, one that speaks both, one that speaks JSON-2 alone.
const RELEASES: [u32; 3] = [16, 19, 22];

fn of(drafts: &[DocumentDraft], id: u64) -> &DocumentDraft {
    drafts.iter().find(|draft| draft.id == id.to_string()).unwrap()
}

fn trouble(result: Result<Vec<DocumentDraft>, CallError>) -> Trouble {
    let error = result.unwrap_err();
    assert!(!format!("{error} {error:?}").contains(KEY), "{error}");
    error.trouble
}

#[tokio::test]
async fn all_invoices_of_the_company_are_read_by_whichever_protocol_there_is() {
    let mut all = books(30);
    let archived = mock::NewPartner { name: "Ex cliente", vat: "IT99", tax_code: "CF99", is_archived: true };
    let archived = all.add_partner(&archived, MADE);
    let other = all.add_company("Altra azienda S.r.l.", "EUR");
    let mut add = |kind, state, company, net| {
        all.add_move(
            &mock::NewMove { kind, state, company, partner: archived, date: "2026-01-31", net },
            MADE,
        )
    };
    let of_archived = add("out_invoice", "posted", 1, "1234.56");
    let credit_note = add("out_refund", "posted", 1, "-34.56");
    let draft = add("out_invoice", "draft", 1, "1");
    let cancelled = add("out_invoice", "cancel", 1, "1");
    let bill = add("in_invoice", "posted", 1, "1");
    let of_other = add("out_invoice", "posted", other, "1");
    for release in RELEASES {
        let odoo = builder(all.clone()).release(release).start().await.unwrap();
        let config = OdooConfig { company_id: Some(1), ..config(&odoo.base_url()) };
        let source = Odoo::new(config).unwrap();
        let drafts = pull(&source, |_| ()).await.unwrap();
        assert_eq!(drafts.len(), 150 + 4, "{release}");
        assert!(drafts.iter().all(|draft| ![bill, of_other].map(|id| id.to_string()).contains(&draft.id)));
        let party = &of(&drafts, of_archived).party;
        assert_eq!((party.vat_number.as_deref(), party.tax_code.as_deref()), (Some("IT99"), Some("CF99")));
        assert_eq!(party.country.as_deref(), Some("IT"));
        assert_eq!(of(&drafts, of_archived).net.as_deref(), Some("1234.56"));
        assert_eq!(of(&drafts, credit_note).kind, Ok(DraftKind::Issued(DocumentKind::CreditNote)));
        assert_eq!(of(&drafts, credit_note).net.as_deref(), Some("-34.56"));
        assert_eq!(of(&drafts, draft).kind, Ok(DraftKind::NotCounted(NotCounted::Draft)));
        assert_eq!(of(&drafts, cancelled).kind, Ok(DraftKind::NotCounted(NotCounted::Void)));
        let probe = source.probe().await.unwrap();
        let by = if release == 16 { "JSON-RPC" } else { "JSON-2" };
        assert!(probe.identity.starts_with("company Azienda di prova S.r.l. (1)"), "{}", probe.identity);
        assert!(probe.identity.ends_with(by), "{}", probe.identity);
        assert_eq!(probe.findings, []);
        assert_eq!(odoo.requests().iter().filter(|request| request.kind == "protocol").count(), 1);
    }
}

#[tokio::test]
async fn what_moves_or_is_deleted_while_pages_are_read_hides_nothing() {
    let odoo = builder(books(60)).start().await.unwrap();
    let drafts = pull(&connect(&odoo), |pages| {
        odoo.books(|books| books.delete_move(u64::try_from(pages).unwrap()));
        odoo.person_writes_move(150, "amount_untaxed_signed", json!(11.0));
    })
    .await
    .unwrap();
    let ids: BTreeSet<&str> = drafts.iter().map(|draft| draft.id.as_str()).collect();
    assert_eq!((drafts.len(), ids.len()), (300, 300));
}

#[tokio::test]
async fn several_companies_have_to_be_told_apart() {
    let mut two = books(1);
    let swiss = two.add_company("Prova SA", "CHF");
    let of_swiss = two.add_move(&mock::NewMove { company: swiss, ..invoice(1, "2026-01-31") }, MADE);
    let odoo = builder(two.clone()).start().await.unwrap();
    let Trouble::Configuration(message) = trouble(pull(&connect(&odoo), |_| ()).await) else { panic!() };
    assert!(message.contains("1 (Azienda di prova S.r.l.), 2 (Prova SA)"), "{message}");
    assert!(matches!(connect(&odoo).probe().await.unwrap_err().trouble, Trouble::Configuration(_)));
    let unknown = OdooConfig { company_id: Some(9), ..config(&odoo.base_url()) };
    let found = trouble(pull(&Odoo::new(unknown).unwrap(), |_| ()).await);
    assert!(matches!(found, Trouble::Configuration(_)), "{found:?}");
    let second = OdooConfig { company_id: Some(swiss), ..config(&odoo.base_url()) };
    let second = Odoo::new(second).unwrap();
    let drafts = pull(&second, |_| ()).await.unwrap();
    assert_eq!((drafts.len(), drafts[0].id.as_str()), (1, of_swiss.to_string().as_str()));
    assert_eq!(drafts[0].currency.as_deref(), Some("CHF"));
    let findings = second.probe().await.unwrap().findings;
    assert_eq!(findings[0].severity, Severity::Warning);
    // A user who sees one of them needs not say which.
    let user = mock::User { companies: Some(BTreeSet::from([1])), ..mock::User::default() };
    let odoo = mock::Odoo::builder().key(KEY, user).books(two).start().await.unwrap();
    assert_eq!(pull(&connect(&odoo), |_| ()).await.unwrap().len(), 5);
}

#[tokio::test]
async fn without_the_italian_modules_there_are_no_tax_codes() {
    let odoo = builder(books(2).without_italian_modules()).start().await.unwrap();
    let drafts = pull(&connect(&odoo), |_| ()).await.unwrap();
    assert_eq!(drafts[0].party.vat_number.as_deref(), Some("IT00000000001"));
    assert_eq!(drafts[0].party.tax_code, None);
}

#[tokio::test]
async fn a_wrong_key_another_database_and_a_missing_right_are_told_apart() {
    for release in RELEASES {
        let odoo = builder(books(1)).release(release).start().await.unwrap();
        let tokens = Arc::new(StaticToken::new("another-key".to_owned().into()));
        let source = Odoo::new(OdooConfig { tokens, ..config(&odoo.base_url()) }).unwrap();
        let Trouble::Unauthorized(message) = trouble(pull(&source, |_| ()).await) else {
            panic!("{release}")
        };
        assert!(message.contains("API Key"), "{message}");
        let database = Some("altro".to_owned());
        let source = Odoo::new(OdooConfig { database, ..config(&odoo.base_url()) }).unwrap();
        let found = trouble(pull(&source, |_| ()).await);
        assert!(matches!(found, Trouble::Refused { .. } | Trouble::Malformed(_)), "{release}: {found:?}");
        let user = mock::User { reads_invoices: false, ..mock::User::default() };
        let odoo =
            mock::Odoo::builder().key(KEY, user).books(books(1)).release(release).start().await.unwrap();
        let found = trouble(pull(&connect(&odoo), |_| ()).await);
        assert!(matches!(found, Trouble::Forbidden { .. }), "{release}: {found:?}");
    }
    // JSON-RPC needs more than a key.
    let odoo = builder(books(1)).release(17).start().await.unwrap();
    let source = Odoo::new(OdooConfig { username: None, ..config(&odoo.base_url()) }).unwrap();
    let Trouble::Configuration(message) = trouble(pull(&source, |_| ()).await) else { panic!() };
    assert!(message.contains("`database` and `username`"), "{message}");
}

#[tokio::test]
async fn a_server_that_is_away_or_something_else_can_be_asked_again() {
    for release in [16, 22] {
        let odoo = builder(books(40)).release(release).start().await.unwrap();
        let source = connect(&odoo);
        odoo.faults(|faults| {
            faults.add(Fault::status(502).kind("account.move").times(2));
            faults.add(Fault::new(Action::CutBody { keep: 9 }).kind("res.partner").times(1));
            faults.add(Fault::new(Action::MalformedJson).kind("account.move").times(1));
        });
        assert_eq!(pull(&source, |_| ()).await.unwrap().len(), 200, "{release}");
        odoo.faults(|faults| {
            faults.add(Fault::new(Action::HtmlPage { status: 200 }).kind("account.move").always());
        });
        assert!(matches!(trouble(pull(&source, |_| ()).await), Trouble::Malformed(_)));
        odoo.faults(sirank_mocks::faults::Faults::clear);
        let mut client = ClientSettings::new(odoo.base_url().parse().unwrap());
        client.max_body_bytes = 9_000;
        let small = Odoo::new(OdooConfig { client, ..config(&odoo.base_url()) }).unwrap();
        assert_eq!(pull(&small, |_| ()).await.unwrap().len(), 200, "in parts");
        odoo.shutdown().await;
        assert!(matches!(trouble(pull(&source, |_| ()).await), Trouble::Unavailable { .. }));
    }
}

#[tokio::test]
async fn one_odd_record_stops_no_other_and_a_changed_field_is_found() {
    let odoo = builder(books(2)).start().await.unwrap();
    odoo.person_writes_move(3, "amount_untaxed_signed", json!(false));
    odoo.person_writes_move(4, "invoice_date", json!("31/01/2026"));
    let drafts = pull(&connect(&odoo), |_| ()).await.unwrap();
    let reason = |id| match intake(of(&drafts, id).clone(), &CurrencyRules::default()).standing {
        Standing::Rejected { reason, .. } => Some(reason),
        _ => None,
    };
    assert_eq!([2, 3, 4].map(reason), [None, Some(Rejection::NoAmount), Some(Rejection::Unreadable)]);
    for id in 1..=10 {
        odoo.person_writes_move(id, "amount_untaxed_signed", json!(false));
    }
    let found = connect(&odoo).probe().await.unwrap().findings;
    assert_eq!(found[0].severity, Severity::Error);
    assert!(found[0].what.contains("amount_untaxed_signed"), "{found:?}");
    // A field that is no more is refused by the server itself.
    let body = json!({"name": "builtins.ValueError", "message": "Invalid field 'move_type'"});
    let action = Action::Status { status: 500, retry_after: None, body: Some(body) };
    odoo.faults(|faults| faults.add(Fault::new(action).kind("account.move").always()));
    let Trouble::Refused { message, .. } = trouble(pull(&connect(&odoo), |_| ()).await) else { panic!() };
    assert!(message.contains("Invalid field"), "{message}");
}

/// Everything that a reading delivers, and the mark that it ends with; none where all has to be read.
async fn changed(source: &Odoo, since: &Mark) -> Option<(Vec<DocumentDraft>, Mark)> {
    let changes = source.changes().unwrap();
    let (mut drafts, mut from) = (Vec::new(), None);
    loop {
        let ChangedDocuments::Page { page, mark } = changes.changed(today(), since, from).await.unwrap()
        else {
            return None;
        };
        drafts.extend(page.items);
        from = page.next;
        assert_eq!(from.is_none(), mark.is_some(), "the mark comes with the last page");
        if let Some(mark) = mark {
            return Some((drafts, mark));
        }
    }
}

fn ids(drafts: &[DocumentDraft]) -> BTreeSet<u64> {
    drafts.iter().map(|draft| draft.id.parse().unwrap()).collect()
}

#[tokio::test]
async fn what_has_changed_is_told_and_a_quiet_cycle_is_two_calls() {
    for release in [16, 22] {
        let odoo = builder(books(60)).release(release).start().await.unwrap();
        let source = connect(&odoo);
        let mark = source.changes().unwrap().mark(today()).await.unwrap();
        odoo.forget();
        let (drafts, same) = changed(&source, &mark).await.unwrap();
        assert_eq!((drafts.len(), &same, odoo.requests().len()), (0, &mark, 2), "{release}");
        odoo.person_writes_move(7, "state", json!("cancel"));
        odoo.person_writes_partner(9, "vat", "IT00000000009");
        let (_, mark) = changed(&source, &mark).await.unwrap();
        odoo.clock().advance(2 * HOUR);
        odoo.person_writes_move(8, "amount_untaxed_signed", json!(99.0));
        let issued = odoo.person_issues(&invoice(3, "2026-11-20"));
        odoo.person_writes_partner(10, "vat", "IT77777777777");
        let (drafts, next) = changed(&source, &mark).await.unwrap();
        let expected: BTreeSet<u64> = [7, 8, issued].into_iter().chain(41..=50).collect();
        assert_eq!(
            ids(&drafts),
            expected,
            "{release}: the overlap and two customers' invoices, not everything"
        );
        assert_eq!(of(&drafts, 50).party.vat_number.as_deref(), Some("IT77777777777"));
        assert_eq!(changed(&source, &next).await.unwrap().0, [], "{release}");
        for partner in 1..=60 {
            odoo.person_writes_partner(partner, "name", "Altro nome");
        }
        assert_eq!(ids(&changed(&source, &next).await.unwrap().0).len(), 301, "{release}");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_asked_for_in_parts() {
    let odoo = builder(books(60)).start().await.unwrap();
    let mut client = ClientSettings::new(odoo.base_url().parse().unwrap());
    client.max_body_bytes = 4_500;
    let source = Odoo::new(OdooConfig { client, ..config(&odoo.base_url()) }).unwrap();
    let drafts = pull(&source, |_| ()).await.unwrap();
    assert_eq!(drafts.len(), 300);
    assert!(drafts.iter().all(|draft| draft.party.vat_number.is_some()), "and no customer is left behind");
    let mark = source.changes().unwrap().mark(today()).await.unwrap();
    for partner in 1..=60 {
        odoo.person_writes_partner(partner, "vat", "IT77777777777");
    }
    let (drafts, _) = changed(&source, &mark).await.unwrap();
    assert_eq!(ids(&drafts), (1..=300).collect());
    assert!(drafts.iter().all(|draft| draft.party.vat_number.as_deref() == Some("IT77777777777")));
}

#[tokio::test]
async fn the_protocol_may_be_fixed() {
    let odoo = builder(books(1)).release(20).start().await.unwrap();
    for (protocol, path) in [(Protocol::Json2, "/json/2/"), (Protocol::JsonRpc, "/jsonrpc")] {
        odoo.forget();
        odoo.record_bodies(true);
        let source = Odoo::new(OdooConfig { protocol, ..config(&odoo.base_url()) }).unwrap();
        assert_eq!(pull(&source, |_| ()).await.unwrap().len(), 5);
        assert!(odoo.requests().iter().all(|request| request.target.starts_with(path)));
        let is_rpc = protocol == Protocol::JsonRpc;
        assert!(odoo.requests().iter().all(|request| request.authorized != is_rpc));
        let bodies = odoo.requests().into_iter().filter_map(|request| request.body);
        assert!(bodies.into_iter().all(|body| body.contains(KEY) == is_rpc));
    }
}
