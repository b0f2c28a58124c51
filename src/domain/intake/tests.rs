use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::domain::document::{NotCounted, Party};

fn currency() -> CurrencyRules {
    CurrencyRules {
        base: "EUR".to_owned(),
        rates: [("USD".to_owned(), dec!(1.25)), ("JPY".to_owned(), dec!(160))].into(),
    }
}

fn draft() -> DocumentDraft {
    DocumentDraft {
        id: "D1".to_owned(),
        number: "1/A".to_owned(),
        party: Party::default(),
        kind: Ok(DraftKind::Issued(DocumentKind::Invoice)),
        date: Some("2013-05-01".to_owned()),
        net: Some("100.00".to_owned()),
        place: "documents.csv row 7".to_owned(),
        ..DocumentDraft::default()
    }
}

fn with_net(net: &str) -> DocumentDraft {
    DocumentDraft { net: Some(net.to_owned()), ..draft() }
}

fn in_currency(net: &str, code: &str, rate: Option<&str>) -> DocumentDraft {
    DocumentDraft { currency: Some(code.to_owned()), rate: rate.map(str::to_owned), ..with_net(net) }
}

fn taken(draft: DocumentDraft) -> SourceDocument {
    intake(draft, &currency())
}

/// Kind and cents of a document that counts.
fn counted(draft: DocumentDraft) -> (DocumentKind, i64) {
    match taken(draft).standing {
        Standing::Counts { kind, net, .. } => (kind, net.get()),
        other => panic!("{other:?}"),
    }
}

fn rejected(draft: DocumentDraft) -> (Rejection, String) {
    match taken(draft).standing {
        Standing::Rejected { reason, detail } => (reason, detail),
        other => panic!("{other:?}"),
    }
}

#[test]
fn below_zero_is_a_credit_note_of_the_absolute_amount() {
    use DocumentKind::{CreditNote, Invoice};
    // (kind, net) → (kind, cents), signed cents for the reconciliation
    let table = [
        ((Invoice, "12.34"), (Invoice, 1234), 1234),
        ((Invoice, "-12.34"), (CreditNote, 1234), -1234),
        ((CreditNote, "12.34"), (CreditNote, 1234), -1234),
        ((CreditNote, "-12.34"), (CreditNote, 1234), -1234),
        ((Invoice, "0.00"), (Invoice, 0), 0),
        ((Invoice, "-0.00"), (Invoice, 0), 0),
        ((CreditNote, "0"), (CreditNote, 0), 0),
    ];
    for ((kind, net), expected, signed) in table {
        let draft = DocumentDraft { kind: Ok(DraftKind::Issued(kind)), ..with_net(net) };
        assert_eq!(counted(draft.clone()), expected, "{kind:?} {net}");
        let amount = taken(draft).amount.unwrap();
        assert_eq!((amount.currency.as_str(), amount.cents.get()), ("EUR", signed), "{kind:?} {net}");
    }
}

#[test]
fn amounts_are_rounded_half_away_from_zero_to_cents() {
    let table = [
        ("0.005", 1),
        ("0.0049999", 0),
        ("-0.005", 1),
        ("2.675", 268),
        ("1.015", 102),
        (" 10 ", 1000),
        ("+10.1", 1010),
        (".5", 50),
        ("5.", 500),
        ("0010.10", 1010),
        ("123456789012.3456789", 12_345_678_901_235),
        ("33.333333333333333333333333333333", 3_333), // more digits than a decimal holds
    ];
    for (net, cents) in table {
        assert_eq!(counted(with_net(net)).1, cents, "{net}");
    }
}

#[test]
fn a_currency_is_converted_by_its_own_rate_then_the_table_and_then_rounded() {
    let table = [
        (in_currency("100", "EUR", None), 10_000),
        (in_currency("100", " eur ", Some("2")), 10_000), // the base currency has no rate
        (in_currency("100", "USD", None), 8_000),
        (in_currency("100", "usd", Some("2")), 5_000),
        (in_currency("100", "USD", Some("  ")), 8_000),
        (in_currency("100", "CHF", Some("0.95")), 10_526), // 105.2631…
        (in_currency("0.01", "JPY", None), 0),
        (in_currency("0.80", "JPY", None), 1), // exactly half a cent
        (in_currency("-0.80", "JPY", None), 1),
        (in_currency("100.004", "USD", Some("1.0001")), 9_999), // 99.9940…, not rounded before
    ];
    for (draft, cents) in table {
        assert_eq!(counted(draft.clone()).1, cents, "{draft:?}");
    }
    let own = taken(in_currency("100.005", "usd", None)).amount.unwrap();
    assert_eq!(
        (own.currency.as_str(), own.cents.get()),
        ("USD", 10_001),
        "its own currency, rounded by itself"
    );
}

#[test]
fn what_cannot_be_used_is_rejected_with_its_reason_and_place() {
    use Rejection::{NoAmount, NoDate, NoId, NoRate, Unreadable};
    let date = |text: &str| DocumentDraft { date: Some(text.to_owned()), ..draft() };
    let table = [
        (DocumentDraft { date: None, ..draft() }, NoDate, "no date"),
        (date("  "), NoDate, "no date"),
        (date("2013-02-30"), Unreadable, "`2013-02-30`"),
        (date("31/12/2013"), Unreadable, "`31/12/2013`"),
        (date("2013-05-01x"), Unreadable, "`2013-05-01x`"),
        (date("2013-05-0"), Unreadable, "`2013-05-0`"),
        (date("à013-05-01"), Unreadable, "YYYY-MM-DD"),
        (DocumentDraft { net: None, ..draft() }, NoAmount, "no net amount"),
        (with_net(" "), NoAmount, "no net amount"),
        (with_net("1,234.50"), Unreadable, "`1,234.50`"),
        (with_net("1.234,50"), Unreadable, "`1.234,50`"),
        (with_net("1_000"), Unreadable, "`1_000`"),
        (with_net("NaN"), Unreadable, "`NaN`"),
        (with_net("1e3"), Unreadable, "`1e3`"),
        (with_net("--1"), Unreadable, "`--1`"),
        (with_net("."), Unreadable, "`.`"),
        (with_net("123456789012345678901234567890"), Unreadable, "not a plain decimal"),
        (with_net("10000000000001"), Unreadable, "beyond ten trillion"),
        (in_currency("100", "CHF", None), NoRate, "`currency.rates`"),
        (in_currency("100", "CHF", Some("abc")), Unreadable, "`abc`"),
        (in_currency("100", "USD", Some("0")), Unreadable, "above zero"),
        (in_currency("100", "USD", Some("-1.1")), Unreadable, "above zero"),
        (in_currency("10000000000000", "CHF", Some("0.0000000000000000001")), Unreadable, "beyond"),
        (DocumentDraft { id: "  ".to_owned(), ..draft() }, NoId, "no id"),
        (DocumentDraft { kind: Err("ricevuta".to_owned()), ..draft() }, Unreadable, "`ricevuta`"),
    ];
    for (draft, reason, words) in table {
        let (is, detail) = rejected(draft.clone());
        assert_eq!(is, reason, "{draft:?}");
        assert!(detail.contains(words), "{detail:?} lacks {words:?}");
        assert!(detail.starts_with("documents.csv row 7: "), "{detail}");
    }
}

#[test]
fn a_rejected_document_keeps_its_amount_and_an_id_of_its_own() {
    let document = taken(DocumentDraft { date: None, id: String::new(), ..with_net("-5") });
    assert_eq!(document.amount.unwrap().cents.get(), -500);
    assert_eq!(document.id.as_str(), "documents.csv row 7");
    assert_eq!(taken(with_net("NaN")).amount, None);
    assert_eq!(taken(DocumentDraft { id: " D1 ".to_owned(), ..draft() }).id.as_str(), "D1");
}

#[test]
fn a_record_that_cannot_be_trusted_is_rejected_whatever_it_says() {
    let fault = Some("the row has 9 fields, the header 5".to_owned());
    let kinds = [draft().kind, Ok(DraftKind::NotCounted(NotCounted::Draft))];
    for kind in kinds {
        let broken = DocumentDraft { kind, fault: fault.clone(), ..draft() };
        let (reason, detail) = rejected(broken.clone());
        assert_eq!(reason, Rejection::Unreadable);
        assert!(detail.ends_with("row 7: the row has 9 fields, the header 5"), "{detail}");
        assert_eq!(taken(broken).amount, None);
    }
}

#[test]
fn what_is_never_revenue_is_not_counted_however_incomplete() {
    for why in NotCounted::ALL {
        let kind = Ok(DraftKind::NotCounted(*why));
        let document = taken(DocumentDraft { kind: kind.clone(), ..in_currency("7.5", "CHF", None) });
        assert_eq!(document.standing, Standing::NotCounted(*why));
        let amount = document.amount.unwrap();
        assert_eq!((amount.currency.as_str(), amount.cents.get()), ("CHF", 750));

        let bare = DocumentDraft { kind, date: None, net: None, ..draft() };
        let document = taken(bare);
        assert_eq!((document.standing, document.amount), (Standing::NotCounted(*why), None));
    }
}

#[test]
fn a_zone_or_a_time_after_the_date_is_cut_off() {
    let dates = [
        "2013-05-01",
        " 2013-05-01 ",
        "2013-05-01+02:00",
        "2013-05-01Z",
        "2013-05-01T23:59:59",
        "2013-05-01 00:00:00",
        "2013-05-01T23:30:00.000Z",
    ];
    for date in dates {
        match taken(DocumentDraft { date: Some(date.to_owned()), ..draft() }).standing {
            Standing::Counts { day, .. } => assert_eq!(day.to_string(), "2013-05-01", "{date}"),
            other => panic!("{date}: {other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_taken_in_and_nothing_negative_counts(
        net in "[-+0-9.,eE ]{0,40}|\\PC{0,20}", date in "[0-9]{4}-[0-9]{2}-[0-9]{2}|\\PC{0,12}", rate in "[-0-9.]{0,30}", code in "EUR|USD|\\PC{0,4}"
    ) {
        let draft = DocumentDraft { date: Some(date), ..in_currency(&net, &code, Some(&rate)) };
        if let Standing::Counts { net, .. } = taken(draft).standing {
            prop_assert!(net >= Cents::ZERO);
        }
    }
}
