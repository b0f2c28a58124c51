use proptest::prelude::*;

use super::*;
use crate::domain::document::{
    DocumentDraft, DocumentKind, DraftKind, NotCounted, Rejection, SourceDocument, Standing,
};
use crate::domain::intake::{CurrencyRules, intake};
use crate::domain::time::Day;

#[test]
fn amounts_in_the_forms_that_ledgers_write() {
    let plain = NumberFormat::default();
    let italian = NumberFormat::ITALIAN;
    let swiss = NumberFormat { decimal: '.', thousands: Some('\'') };
    let blank = NumberFormat { decimal: ',', thousands: Some(' ') };
    let comma = NumberFormat { decimal: ',', thousands: None };
    let cases = [
        (plain, "1234.56", Some("1234.56")),
        (plain, "-1234.5", Some("-1234.5")),
        (plain, "+7", Some("7")),
        (plain, " 7.00 ", Some("7.00")),
        (plain, "7.00-", Some("-7.00")),
        (plain, "(7.00)", Some("-7.00")),
        (plain, "\u{2212}7", Some("-7")),
        (plain, ".5", Some("0.5")),
        (plain, "5.", Some("5")),
        (plain, "1.500000000000000000000000000000000000", Some("1.50000000")),
        (plain, "1.000000000000000000000000000000000001", Some("1.000000000000000000000000000000000001")),
        (plain, "1,234.56", None),
        (plain, "1234,56", None),
        (plain, "1.2.3", None),
        (plain, "", None),
        (plain, ".", None),
        (plain, "-", None),
        (plain, "--5", None),
        (plain, "(5", None),
        (plain, "1E+05", None),
        (plain, "12 34", None),
        (plain, "٣", None),
        (italian, "1.234,56", Some("1234.56")),
        (italian, "1.234.567,8", Some("1234567.8")),
        (italian, "1234,56", Some("1234.56")),
        (italian, "1.234", Some("1234")),
        (italian, "-1.234,56", Some("-1234.56")),
        (italian, "12.34", None),
        (italian, "1.2345", None),
        (italian, "1234.567,00", None),
        (italian, ".234", None),
        (italian, "1..234", None),
        (italian, "1,234.56", None),
        (italian, "1,2,3", None),
        (italian, "1,2-", Some("-1.2")),
        (italian, "€ 5,00", None),
        (swiss, "1'234.56", Some("1234.56")),
        (blank, "1 234,56", Some("1234.56")),
        (blank, "1\u{a0}234,56", Some("1234.56")),
        (blank, "1\u{202f}234\u{202f}567,56", Some("1234567.56")),
        (comma, "1234,56", Some("1234.56")),
        (comma, "1.234,56", None),
        (comma, "12.34", None),
    ];
    for (format, text, expected) in cases {
        assert_eq!(format.plain(text).as_deref(), expected, "{text} as {}", format.example());
    }
}

#[test]
fn dates_in_the_forms_that_ledgers_write() {
    let cases = [
        ("%Y-%m-%d", "2026-01-31", Some("2026-01-31")),
        ("%Y-%m-%d", "2026-01-31T23:30:00+01:00", Some("2026-01-31")),
        ("%Y-%m-%d", "2026-1-3", Some("2026-01-03")),
        ("%Y-%m-%d", "26-01-31", None),
        ("%d/%m/%Y", "31/12/2025", Some("2025-12-31")),
        ("%d/%m/%Y", "1/2/2025", Some("2025-02-01")),
        ("%d/%m/%Y", "01/02/2025 00:00:00", Some("2025-02-01")),
        ("%d/%m/%Y", "12/31/2025", None),
        ("%d/%m/%Y", "29/02/2025", None),
        ("%d/%m/%Y", "29/02/2024", Some("2024-02-29")),
        ("%d/%m/%Y", "31/12/25", None),
        ("%d/%m/%Y", "31/12/20255", None),
        ("%d/%m/%Y", "31.12.2025", None),
        ("%d/%m/%Y", "31/12/2025 x", None),
        ("%d/%m/%Y", "", None),
        ("%d/%m/%y", "9/9/24", Some("2024-09-09")),
        ("%d/%m/%y", "31/12/79", Some("2079-12-31")),
        ("%d/%m/%y", "31/12/80", Some("1980-12-31")),
        ("%d/%m/%y", "31/12/2024", None),
        ("%m/%d/%Y", "12/31/2025 3:05:00 PM", Some("2025-12-31")),
        ("%Y%m%d", "20251231", Some("2025-12-31")),
        ("%Y%m%d", "20251231 1200", Some("2025-12-31")),
        ("%Y%m%d", "202512311200", None),
        ("%d. %m. %Y", "3. 4. 2025", Some("2025-04-03")),
    ];
    for (pattern, text, expected) in cases {
        let read = DateFormat::new(pattern).unwrap().read(text).map(|day| day.to_string());
        assert_eq!(read.as_deref(), expected, "{text} as {pattern}");
    }
    for pattern in ["", "%d/%m", "%d/%m/%Y/%y", "%d/%d/%Y", "dd/mm/yyyy", "%", "%d %B %Y", "%d1%m%Y"] {
        assert!(DateFormat::new(pattern).is_err(), "{pattern}");
    }
}

/// A row of texts in the given columns.
fn row(cells: &[(Column, &str)]) -> Row {
    let mut row = Row::default();
    for (column, text) in cells {
        row.set(*column, text);
    }
    row
}

/// An Italian ledger: amounts without a sign, kinds and statuses in its own words.
fn italian() -> TableRules {
    let issued = |kind| KindMeaning::Document(DraftKind::Issued(kind));
    let texts = |text: &str| text.to_owned();
    TableRules {
        kinds: Texts::new([
            (texts("FT"), issued(DocumentKind::Invoice)),
            (texts(" nc "), issued(DocumentKind::CreditNote)),
            (texts("DDT"), KindMeaning::Ignored),
            (texts("PF"), KindMeaning::Document(DraftKind::NotCounted(NotCounted::ProForma))),
        ]),
        statuses: Texts::new([
            (texts("Confermato"), StatusMeaning::Counted),
            (texts("Bozza"), StatusMeaning::NotCounted(NotCounted::Draft)),
            (texts("Annullato"), StatusMeaning::NotCounted(NotCounted::Void)),
            (texts("Archivio"), StatusMeaning::Ignored),
        ]),
        signs: SignTexts::default(),
        numbers: NumberFormat::ITALIAN,
        dates: DateFormat::new("%d/%m/%Y").unwrap(),
        restore_zeros: false,
    }
}

fn italian_row() -> Row {
    use Column::{CustomerId, Date, Kind, NetAmount, Number, Status};
    row(&[
        (Number, "7"),
        (Date, "31/12/2025"),
        (NetAmount, "1.234,56"),
        (Kind, "FT"),
        (Status, "Confermato"),
        (CustomerId, "000179"),
    ])
}

fn draft_of(rules: &TableRules, row: Row) -> Option<DocumentDraft> {
    let names = ColumnNames::new(|column| format!("the {}", column.name()));
    rules.draft(row, "f.csv: row 2".to_owned(), &names)
}

fn taken_in(rules: &TableRules, row: Row) -> SourceDocument {
    intake(draft_of(rules, row).unwrap(), &CurrencyRules::default())
}

/// The kind and the signed cents of a row that counts, or why it does not.
fn outcome(rules: &TableRules, row: Row) -> String {
    match taken_in(rules, row).standing {
        Standing::Counts { day, kind, net } => {
            let sign = if kind == DocumentKind::CreditNote { "-" } else { "" };
            format!("{day} {sign}{}", net.get())
        }
        Standing::NotCounted(why) => format!("{why:?}"),
        Standing::Rejected { reason, detail } => {
            assert_ne!(reason, Rejection::NoId, "{detail}");
            detail
        }
    }
}

#[test]
fn a_row_of_a_ledger_is_understood() {
    use Column::{Date, Kind, NetAmount, Status};
    let cases: [(&[(Column, &str)], &str); 17] = [
        (&[], "2025-12-31 123456"),
        (&[(Kind, "NC")], "2025-12-31 -123456"),
        (&[(Kind, "Nc"), (NetAmount, "-10,00")], "2025-12-31 -1000"),
        (&[(NetAmount, "-10,00")], "2025-12-31 -1000"),
        (&[(NetAmount, "10,00-")], "2025-12-31 -1000"),
        (&[(Kind, "pf")], "ProForma"),
        (&[(Status, "BOZZA")], "Draft"),
        (&[(Status, "Annullato"), (Kind, "??")], "Void"),
        (&[(Status, "Bozza"), (NetAmount, "x"), (Date, "x")], "Draft"),
        (&[(Kind, "XX")], "f.csv: row 2: the kind `XX` is not known (column `the kind`)"),
        (&[(Kind, "")], "f.csv: row 2: the kind `` is not known (column `the kind`)"),
        (&[(Status, "Sospeso")], "f.csv: row 2: the status `Sospeso` is not known (column `the status`)"),
        (&[(Status, "")], "f.csv: row 2: the status `` is not known (column `the status`)"),
        (
            &[(Date, "2025-12-31")],
            "f.csv: row 2: `2025-12-31` is not a date of the form %d/%m/%Y (column `the date`)",
        ),
        (&[(Date, "")], "f.csv: row 2: there is no date (column `the date`)"),
        (
            &[(NetAmount, "12.34")],
            "f.csv: row 2: `12.34` is not an amount of the form 1.234,56 (column `the net_amount`)",
        ),
        (&[(NetAmount, "")], "f.csv: row 2: there is no net amount (column `the net_amount`)"),
    ];
    for (changes, expected) in cases {
        let mut row = italian_row();
        for (column, text) in changes {
            row.set(*column, text);
        }
        assert_eq!(outcome(&italian(), row), expected, "{changes:?}");
    }
}

#[test]
fn rows_to_pass_over_are_no_documents() {
    for (column, text) in [(Column::Kind, "ddt"), (Column::Status, "archivio")] {
        let mut row = italian_row();
        row.set(column, text);
        assert_eq!(draft_of(&italian(), row), None, "{text}");
    }
}

#[test]
fn a_status_or_a_sign_that_nobody_explained_is_not_looked_at() {
    let mut row = italian_row();
    row.set(Column::Status, "whatever");
    row.set(Column::Sign, "whatever");
    let rules = TableRules { statuses: StatusTexts::default(), ..italian() };
    assert_eq!(outcome(&rules, row), "2025-12-31 123456");
}

#[test]
fn a_sign_column_says_what_takes_away() {
    let rules =
        TableRules { signs: Texts::new([("D".to_owned(), false), ("A".to_owned(), true)]), ..italian() };
    let cases = [
        ("D", "10,00", "2025-12-31 1000"),
        ("a", "10,00", "2025-12-31 -1000"),
        ("D", "-10,00", "2025-12-31 -1000"),
        (
            "A",
            "-10,00",
            "f.csv: row 2: an amount below zero with the sign `A` may add or take away (column `the sign`)",
        ),
        ("X", "10,00", "f.csv: row 2: the sign `X` is not known (column `the sign`)"),
        ("", "10,00", "f.csv: row 2: the sign `` is not known (column `the sign`)"),
        ("A", "", "f.csv: row 2: there is no net amount (column `the net_amount`)"),
    ];
    for (sign, net, expected) in cases {
        let mut row = italian_row();
        row.set(Column::Sign, sign);
        row.set(Column::NetAmount, net);
        assert_eq!(outcome(&rules, row), expected, "{sign} {net}");
    }
    let plain = TableRules { signs: rules.signs, ..TableRules::default() };
    let unreadable = row(&[(Column::Sign, "A"), (Column::NetAmount, "ten"), (Column::DocumentId, "1")]);
    assert_eq!(draft_of(&plain, unreadable).unwrap().net.as_deref(), Some("ten"));
}

#[test]
fn the_net_amount_may_be_gross_minus_tax() {
    let cases = [
        ("", "1.220,00", "220,00", "2025-12-31 100000"),
        ("5,00", "1.220,00", "220,00", "2025-12-31 500"),
        ("", "-122,00", "-22,00", "2025-12-31 -10000"),
        ("", "122,00", "0", "2025-12-31 12200"),
        ("", "122,00", "", "f.csv: row 2: there is no net amount (column `the net_amount`)"),
        (
            "",
            "-122,00",
            "22,00",
            "f.csv: row 2: the tax 22.00 has another sign than the gross amount -122.00 (column `the tax_amount`)",
        ),
        (
            "",
            "122,00",
            "22.0",
            "f.csv: row 2: `22.0` is not an amount of the form 1.234,56 (column `the tax_amount`)",
        ),
    ];
    for (net, gross, tax, expected) in cases {
        let mut row = italian_row();
        row.set(Column::NetAmount, net);
        row.set(Column::GrossAmount, gross);
        row.set(Column::TaxAmount, tax);
        assert_eq!(outcome(&italian(), row), expected, "{net} {gross} {tax}");
    }
}

#[test]
fn documents_without_an_id_are_told_apart_by_what_the_law_tells_them_apart_by() {
    let identity = |changes: &[(Column, &str)]| {
        let mut row = italian_row();
        for (column, text) in changes {
            row.set(*column, text);
        }
        let draft = draft_of(&italian(), row).unwrap();
        (draft.id, draft.number)
    };
    let pair = |id: &str, number: &str| (id.to_owned(), number.to_owned());
    assert_eq!(identity(&[]), pair("2025/7", "7"));
    assert_eq!(identity(&[(Column::Date, "1/1/2026")]), pair("2026/7", "7"));
    assert_eq!(identity(&[(Column::Series, "A")]), pair("2025/A/7", "A/7"));
    assert_eq!(identity(&[(Column::Kind, "NC")]), pair("2025/7/credit note", "7"));
    assert_eq!(identity(&[(Column::Kind, "NC"), (Column::Status, "Bozza")]), pair("2025/7/credit note", "7"));
    // One below zero is a credit note, whatever it is called.
    assert_eq!(identity(&[(Column::NetAmount, "-1,00")]), pair("2025/7/credit note", "7"));
    assert_eq!(identity(&[(Column::Kind, "PF")]), pair("2025/7/pro forma", "7"));
    // What cannot be read takes nobody's place.
    for unusable in [
        (Column::Kind, "XX"),
        (Column::NetAmount, "x"),
        (Column::Date, "31/02/2025"),
        (Column::NetAmount, ""),
    ] {
        let (id, number) = identity(&[unusable]);
        assert!(id != "2025/7" && number == "7", "{unusable:?}: {id}");
    }
    assert_eq!(identity(&[(Column::Seller, "IT1")]), pair("IT1/2025/7", "7"));
    assert_eq!(identity(&[(Column::DocumentId, "X1"), (Column::Series, "A")]), pair("X1", "A/7"));
    assert_eq!(identity(&[(Column::DocumentId, "X1"), (Column::Number, "")]), pair("X1", "X1"));
    let mut nothing = italian_row();
    nothing.set(Column::Number, "");
    let document = taken_in(&italian(), nothing);
    assert!(matches!(document.standing, Standing::Rejected { reason: Rejection::NoId, .. }));
    assert_eq!(document.id.as_str(), "f.csv: row 2");
}

#[test]
fn rates_are_read_in_the_tables_form_and_only_where_they_are_needed() {
    let with = |currency: &str, rate: &str| {
        let mut row = italian_row();
        row.set(Column::NetAmount, "108,00");
        row.set(Column::Currency, currency);
        row.set(Column::ExchangeRate, rate);
        outcome(&italian(), row)
    };
    assert_eq!(with("USD", "1,08"), "2025-12-31 10000");
    assert_eq!(with("EUR", "-"), "2025-12-31 10800");
    assert_eq!(
        with("USD", "1.08"),
        "f.csv: row 2: the exchange rate `\"1.08\"` is not a decimal above zero (column `the exchange_rate`)"
    );
}

#[test]
fn leading_zeros_come_back_where_that_makes_an_italian_number() {
    let party = |restore_zeros: bool, country: &str, vat: &str| {
        let rules = TableRules { restore_zeros, ..italian() };
        let mut row = italian_row();
        row.set(Column::VatNumber, vat);
        row.set(Column::TaxCode, vat);
        row.set(Column::Country, country);
        let party = draft_of(&rules, row).unwrap().party;
        assert_eq!(party.vat_number, party.tax_code);
        party.vat_number.unwrap()
    };
    // 00743110157 is the example that explanations of the check digit use.
    assert_eq!(party(true, "", "743110157"), "00743110157");
    assert_eq!(party(true, "it", "743110157"), "00743110157");
    assert_eq!(party(false, "", "743110157"), "743110157");
    assert_eq!(party(true, "DE", "743110157"), "743110157", "another country's has nine digits");
    assert_eq!(party(true, "", "743110158"), "743110158", "the check digit is wrong");
    assert_eq!(party(true, "", "1234"), "1234", "too short to be one");
    assert_eq!(party(true, "", "IT743110157"), "IT743110157", "a text that was never a number");
}

#[test]
fn a_table_says_what_it_lacks() {
    use Column::{
        CustomerId, Date, DocumentId, GrossAmount, NetAmount, Number, TaxAmount, TaxCode, VatNumber,
    };
    let cases: [(&[Column], &[Column]); 6] = [
        (&[], &[DocumentId, Date, NetAmount]),
        (&[DocumentId, Date, NetAmount], &[VatNumber]),
        (&[DocumentId, Date, NetAmount, CustomerId], &[]),
        (&[Number, Date, GrossAmount, TaxAmount, TaxCode], &[]),
        (&[Number, Date, GrossAmount, TaxCode], &[NetAmount]),
        (&[Number, NetAmount], &[Date]),
    ];
    for (has, lacking) in cases {
        assert_eq!(Column::lacking(|column| has.contains(&column)), lacking, "{has:?}");
    }
}

#[test]
fn every_column_has_a_name_and_a_place_of_its_own() {
    for (place, column) in Column::ALL.into_iter().enumerate() {
        assert_eq!(column as usize, place);
        assert_eq!(ColumnNames::default().of(column), column.name());
        let others = Column::ALL.iter().filter(|other| other.name() == column.name());
        assert_eq!(others.count(), 1);
    }
}

/// Digits in groups of three.
fn grouped(whole: u64, separator: char) -> String {
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

proptest! {
    #[test]
    fn an_amount_reads_alike_in_every_form(cents in 0_u64..1_000_000_000_000, below in any::<bool>()) {
        let sign = if below { "-" } else { "" };
        let expected = format!("{sign}{}.{:02}", cents / 100, cents % 100);
        for (decimal, thousands) in [('.', None), (',', None), (',', Some('.')), ('.', Some(',')), (',', Some(' '))] {
            let format = NumberFormat { decimal, thousands };
            let whole = thousands.map_or_else(|| (cents / 100).to_string(), |with| grouped(cents / 100, with));
            let written = format!("{whole}{decimal}{:02}", cents % 100);
            for text in [format!("{sign}{written}"), if below { format!("({written})") } else { written.clone() }] {
                prop_assert_eq!(format.plain(&text), Some(expected.clone()), "{}", text);
            }
        }
    }

    #[test]
    fn a_day_reads_alike_in_every_form(number in 722_815_i32..759_000) {
        let day = Day::from_number(number).unwrap();
        for pattern in ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%y", "%Y%m%d", "%m-%d-%Y"] {
            let written = day.date().format(pattern).to_string();
            prop_assert_eq!(DateFormat::new(pattern).unwrap().read(&written), Some(day), "{}", written);
        }
    }

    #[test]
    fn what_is_read_is_what_the_intake_reads(text in "[-+(]?[0-9.,' ]{0,9}[-)]?") {
        for format in [NumberFormat::default(), NumberFormat::ITALIAN] {
            if let Some(plain) = format.plain(&text) {
                let draft = DocumentDraft {
                    id: "1".into(), date: Some("2025-01-01".into()), net: Some(plain.clone()), ..DocumentDraft::default()
                };
                let standing = intake(draft, &CurrencyRules::default()).standing;
                prop_assert!(matches!(standing, Standing::Counts { .. }), "{} {:?}", plain, standing);
            }
        }
    }

    #[test]
    fn no_row_is_too_odd(cells in prop::collection::vec((0..Column::ALL.len(), ".{0,12}"), 0..12)) {
        let mut odd = Row::default();
        for (column, text) in &cells {
            odd.set(Column::ALL[*column], text);
        }
        for rules in [TableRules::default(), TableRules { restore_zeros: true, ..italian() }] {
            if let Some(draft) = draft_of(&rules, odd.clone()) {
                intake(draft, &CurrencyRules::default());
            }
        }
    }
}
