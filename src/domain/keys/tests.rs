use proptest::prelude::*;

use super::*;

fn vat(text: &str, country: Option<&str>) -> Option<String> {
    VatNumber::normalised(text, country).map(|vat| vat.as_str().to_owned())
}

#[test]
fn vat_numbers_are_normalised_with_their_country() {
    let table = [
        ("IT01234567897", None, Some("IT01234567897")),
        ("01234567897", None, Some("IT01234567897")),
        (" it 012.345-678/97 ", None, Some("IT01234567897")),
        ("01234567897", Some("it"), Some("IT01234567897")),
        ("123456789", Some("DE"), Some("DE123456789")),
        ("DE123456789", Some("IT"), Some("DE123456789")), // its own prefix counts
        ("123456789", Some("Germany"), Some("IT123456789")), // not a code
        ("123456789", Some(""), Some("IT123456789")),
        ("123456789", Some("ZZ"), Some("IT123456789")),
        ("EL123456789", None, Some("EL123456789")),
        ("GR123456789", None, Some("EL123456789")), // one country, two codes
        ("123456789", Some("GR"), Some("EL123456789")),
        ("XI123456789", None, Some("XI123456789")),
        ("GB123456789", None, Some("GB123456789")),
        ("ESB12345678", None, Some("ESB12345678")),
        ("B12345678", Some("ES"), Some("ESB12345678")),
        ("FRXX123456789", None, Some("FRXX123456789")),
        ("AB123456789", Some("FR"), Some("FRAB123456789")), // AB is no country
        ("ῶ1", None, Some("ITΩ1")),                         // its upper case is a letter and a mark
    ];
    for (text, country, normalised) in table {
        assert_eq!(vat(text, country).as_deref(), normalised, "{text:?} {country:?}");
    }
}

#[test]
fn empty_values_and_placeholders_are_no_vat_number() {
    let placeholders = [
        "",
        "  ",
        "-",
        "IT",
        "it ",
        "EL",
        "XI",
        "DE",
        "0",
        "0000000",
        "00000000000",
        "IT00000000000",
        "99999999999",
        "IT99999999999",
        "9",
        "OO99999999999",
        "OO",
        "IT OO99999999999",
        "XX",
        "XX1234567",
        "xx-1",
        "N/A",
    ];
    for text in placeholders {
        assert_eq!(vat(text, None), None, "{text:?}");
        assert_eq!(vat(text, Some("DE")), None, "{text:?}");
    }
    assert!(vat("99000000010", None).is_some() && vat("00000000019", None).is_some());
}

#[test]
fn tax_codes_are_normalised_without_a_country() {
    let table = [
        ("rssmra80a01h501u", Some("RSSMRA80A01H501U")),
        (" RSS MRA 80A01 H501U ", Some("RSSMRA80A01H501U")),
        ("01234567897", Some("01234567897")),
        ("IT01234567897", Some("01234567897")),
        ("ITLMRA80A01H501U", Some("ITLMRA80A01H501U")), // a person's, not a country
        ("", None),
        ("00000000000", None),
        ("99999999999", None),
        ("IT00000000000", None),
        ("OO99999999999", None),
        ("XXXXXXXXXXXXXXXX", None),
        ("IT", None),
    ];
    for (text, normalised) in table {
        let code = TaxCode::normalised(text);
        assert_eq!(code.as_ref().map(TaxCode::as_str), normalised, "{text:?}");
    }
}

#[test]
fn a_customer_id_is_only_trimmed() {
    let party = |id: &str| Party { customer_id: Some(id.to_owned()), ..Party::default() };
    for (text, id) in
        [(" 42 ", Some("42")), ("9", Some("9")), ("00", Some("00")), ("a-B", Some("a-B")), (" ", None)]
    {
        let keys = PartyKeys::of_party(&party(text));
        assert_eq!(keys.customer_id.as_ref().map(CustomerId::as_str), id, "{text:?}");
        assert_eq!(keys.is_empty(), id.is_none());
    }
}

#[test]
fn the_two_file_form_compares_the_column_as_it_stands() {
    let text = |text: &str| PartyKeys::as_it_stands(text).vat_number.map(|vat| vat.as_str().to_owned());
    assert_eq!(text(" it99-1 ").as_deref(), Some("IT99-1"));
    assert_eq!(text("12346").as_deref(), Some("12346"));
    assert_eq!(text("00000000000").as_deref(), Some("00000000000"), "nothing is a placeholder there");
    assert_eq!(text("  "), None);
}

#[test]
fn the_check_digit_of_italian_numbers_is_only_a_warning() {
    let valid = |text: &str| is_valid_italian(&VatNumber::normalised(text, None).unwrap());
    assert_eq!(valid("00000000018"), Some(true)); // 1 doubled is 2, and 8
    assert_eq!(valid("12345678903"), Some(true));
    assert_eq!(valid("12345678901"), Some(false));
    assert_eq!(valid("IT123"), Some(false));
    assert_eq!(valid("DE123456789"), None);
}

#[test]
fn the_table_of_countries_is_sorted() {
    assert!(COUNTRIES.is_sorted());
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing(text in "\\PC{0,20}|[A-Za-z]{2}[0-9 .]{5,14}", country in "[A-Z]{2}") {
        if let Some(once) = vat(&text, Some(&country)) {
            prop_assert_eq!(vat(&once, None), Some(once.clone()));
        }
        if let Some(code) = TaxCode::normalised(&text) {
            prop_assert_eq!(TaxCode::normalised(code.as_str()), Some(code.clone()));
        }
    }
}
