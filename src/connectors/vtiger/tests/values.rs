//! Values on the wire, and what vTiger makes of those that are sent.

use chrono_tz::Tz;

use super::{config, organizations};
use crate::connectors::vtiger::compare::altered;
use crate::connectors::vtiger::fields::Organizations;
use crate::connectors::vtiger::map::{Reading, day_of_event, day_of_instant, instant_of_event};
use crate::connectors::vtiger::wire::Row;
use crate::domain::catalogue::Figure;
use crate::domain::ids::OwnerId;
use crate::domain::value::Value;
use crate::ports::InputProperty;

fn installed() -> Organizations {
    organizations(
        &config(),
        &[
            ("cf_1", "SiRank", "double", &[]),
            ("cf_2", "Cluster", "picklist", &["A", "B – low revenue with high potential", "c"]),
            ("cf_3", "Revenue 12 months", "currency", &[]),
            ("cf_4", "Cold customer", "boolean", &[]),
            ("cf_5", "Last purchase", "date", &[]),
            ("cf_6", "Explanation", "string", &[]),
            ("cf_7", "D-P", "boolean", &[]),
            ("cf_8", "Accounting customer id", "integer", &[]),
            ("cf_10", "VAT number", "string", &[]),
            ("bill_country", "Billing Country", "string", &[]),
        ],
    )
}

#[test]
fn observed_and_written_values() {
    let organizations = installed();
    // Figure, what stands in the field, the value, how it is written again.
    let table: [(Figure, &str, Option<&str>, Option<&str>); 18] = [
        (Figure::Score, "12.5000", Some("12.5"), Some("12.5")),
        (Figure::Score, "0.0000", Some("0"), Some("0")),
        (Figure::Score, "", Some("0"), Some("0")),
        (Figure::Score, "n/a", Some("n/a"), Some("n/a")),
        (Figure::Revenue12m, "-1234.50000000", Some("-1234.5"), Some("-1234.5")),
        (Figure::Revenue12m, "1000", Some("1000"), Some("1000")),
        (Figure::ColdCustomer, "1", Some("true"), Some("1")),
        (Figure::ColdCustomer, "0", Some("false"), Some("0")),
        (Figure::ColdCustomer, "", Some("false"), Some("0")),
        (Figure::LastPurchase, "2026-10-31", Some("2026-10-31"), Some("2026-10-31")),
        (Figure::LastPurchase, "0000-00-00", None, Some("")),
        (Figure::LastPurchase, "", None, Some("")),
        (Figure::Cluster, "A", Some("A"), Some("A")),
        (
            Figure::Cluster,
            "B – low revenue with high potential",
            Some("B"),
            Some("B – low revenue with high potential"),
        ),
        (Figure::Cluster, "c", Some("C"), Some("c")),
        (Figure::Cluster, "", None, Some("")),
        // Values of nobody's: shown as they are, never taken for the option that they happen to be called like.
        (Figure::Cluster, "QQQ", Some("QQQ"), None),
        (Figure::Cluster, "B", Some("“B”"), None),
    ];
    for (figure, text, value, written) in table {
        let held = organizations.figure(figure).unwrap();
        let observed = held.observed(text);
        assert_eq!(observed.as_ref().map(Value::as_str), value, "{figure}: {text}");
        assert_eq!(held.written(observed.as_ref()).as_deref(), written, "{figure}: {text}");
    }
    let lacking = organizations.figure(Figure::Cluster).unwrap().written(Some(&Value::choice("Z")));
    assert_eq!(lacking, None, "the picklist lacks Z");
}

#[test]
fn what_vtiger_made_of_a_value() {
    let organizations = installed();
    let wide = "Größe 😀";
    let long = "x".repeat(60);
    // Figure, what was sent, what the answer holds, what that is; none: it is held.
    let table = [
        (Figure::Score, Some("12.5"), Some("12.5000"), None),
        (Figure::Score, Some("12.5"), Some("13"), Some("ROUNDED")),
        (Figure::Score, Some("12.5"), Some("12.0"), Some("ROUNDED")),
        (Figure::Score, Some("0.4"), Some("0"), Some("ROUNDED")),
        (Figure::Score, Some("12.5"), Some("0.0000"), Some("NOT_STORED")),
        (Figure::Score, Some("12.5"), Some("9.9"), Some("CHANGED_BY_SERVER")),
        (Figure::Score, None, Some("0.0000"), None),
        (Figure::Score, Some("0"), Some(""), None),
        (Figure::Score, Some("12.5"), None, Some("NOT_STORED")),
        (Figure::Revenue12m, Some("10.45"), Some("10.50"), Some("ROUNDED")),
        (Figure::Revenue12m, Some("1234567.89"), Some("99999.99"), Some("CHANGED_BY_SERVER")),
        (Figure::ColdCustomer, Some("true"), Some("1"), None),
        (Figure::ColdCustomer, Some("true"), Some("0"), Some("NOT_STORED")),
        (Figure::LastPurchase, Some("2026-01-31"), Some("2026-01-31"), None),
        (Figure::LastPurchase, None, Some("2026-01-31"), Some("NOT_STORED")),
        (Figure::Cluster, Some("B"), Some("B – low revenue with high potential"), None),
        (Figure::Cluster, Some("B"), Some("A"), Some("NOT_STORED")),
        (Figure::Explanation, Some(&long), Some(&long[..30]), Some("CUT")),
        (Figure::Explanation, Some(wide), Some("Größe ????"), Some("CHANGED_BY_SERVER")),
        (Figure::Explanation, Some("D & P"), Some("D &amp; P"), Some("CHANGED_BY_SERVER")),
    ];
    for (figure, sent, stored, code) in table {
        let held = organizations.figure(figure).unwrap();
        let sent = sent.map(Value::choice);
        let found = altered(held, held.place.field().unwrap(), sent.as_ref(), stored, None);
        assert_eq!(found.as_ref().map(|found| found.code), code, "{figure}: {sent:?} {stored:?}");
        if let Some(found) = found {
            assert!(
                found.message.starts_with("cf_") && found.message.contains(" was sent and "),
                "{}",
                found.message
            );
        }
    }
}

#[test]
fn who_has_decimals_enough_is_not_told_to_take_more() {
    let organizations = installed();
    let held = organizations.figure(Figure::Score).unwrap();
    let advice = |decimals| {
        let sent = Value::choice("12.55");
        altered(held, held.place.field().unwrap(), Some(&sent), Some("12.6"), decimals).unwrap()
    };
    for (decimals, of_user) in [(None, true), (Some(1), true), (Some(2), false), (Some(5), false)] {
        let found = advice(decimals);
        assert_eq!(found.code, "ROUNDED");
        assert_eq!(found.message.contains("My Preferences"), of_user, "{decimals:?}: {}", found.message);
        assert!(found.message.to_lowercase().contains("decimal places"), "{}", found.message);
    }
}

#[test]
fn a_company_is_read_from_a_row() {
    let organizations = installed();
    let row = Row::from([
        ("id", "11x30"),
        ("accountname", "Cantina Acquadora Soc. Coop."),
        ("createdtime", "2026-11-21 23:30:00"),
        ("assigned_user_id", "20x2"),
        ("bill_country", "Italia"),
        ("cf_1", "0.0000"),
        ("cf_2", ""),
        ("cf_4", "1"),
        ("cf_7", "1"),
        ("cf_8", "0"),
        ("cf_10", " IT01234567897 "),
    ]);
    let reading =
        Reading { organizations: &organizations, zone: chrono_tz::Europe::Rome, own_invoices: true };
    let company = reading.company(&row);
    assert_eq!(company.id.as_str(), "11x30");
    assert_eq!(company.created, Some("2026-11-22".parse().unwrap()), "half past midnight in Rome");
    assert_eq!(company.owner.as_ref().map(OwnerId::as_str), Some("20x2"));
    assert_eq!(company.keys.own_id.as_deref(), Some("11x30"));
    assert_eq!(company.keys.vat_number.as_deref(), Some("IT01234567897"));
    assert_eq!(company.keys.customer_id, None, "the empty number of an empty field");
    assert_eq!(company.keys.country.as_deref(), Some("Italia"));
    assert_eq!(company.d_and_p.as_deref(), Some("true"));
    assert_eq!(company.last_contact, None);
    assert!(company.has(InputProperty::VatNumber) && !company.has(InputProperty::Potential));
    let observed = [(Figure::Score, Value::choice("0")), (Figure::ColdCustomer, Value::flag(true))];
    assert_eq!(company.observed, observed);
}

#[test]
fn days_are_those_of_the_business_zone() {
    let rome: Tz = chrono_tz::Europe::Rome;
    let day = |day: Option<crate::domain::time::Day>| day.map(|day| day.to_string());
    assert_eq!(day(day_of_instant("2026-07-31 22:15:00", rome)).as_deref(), Some("2026-08-01"));
    assert_eq!(day(day_of_instant("2026-01-31 22:15:00", rome)).as_deref(), Some("2026-01-31"));
    assert_eq!(day(day_of_instant("0000-00-00 00:00:00", rome)), None);
    assert_eq!(day(day_of_event("2026-07-31", Some("22:15:00"), rome)).as_deref(), Some("2026-08-01"));
    assert_eq!(day(day_of_event("2026-07-31", Some("22:15"), rome)).as_deref(), Some("2026-08-01"));
    assert_eq!(day(day_of_event("2026-07-31", None, rome)).as_deref(), Some("2026-07-31"));
    assert_eq!(day(day_of_event("2026-07-31", Some("soon"), rome)).as_deref(), Some("2026-07-31"));
    assert_eq!(day(day_of_event("31-07-2026", None, rome)), None);
    let instant = instant_of_event("2026-07-31", Some("22:15"));
    assert_eq!(instant, "2026-07-31T22:15:00Z".parse().ok(), "events are in UTC too");
    assert_eq!(instant_of_event("2026-07-31", None), None, "the day alone tells no moment");
}
