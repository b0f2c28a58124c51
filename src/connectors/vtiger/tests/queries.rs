//! What is asked is always legal.

use crate::connectors::vtiger::query::{Literal, Query, RecordId};

fn id(text: &str) -> RecordId {
    text.parse().unwrap()
}

#[test]
fn a_page_is_asked_for_behind_a_record() {
    let query = Query::of("Accounts").columns(["accountname", "id", "cf_854", "accountname"]);
    let query = query.after(id("11x300"));
    assert_eq!(
        query.to_string(),
        "select id,accountname,cf_854 from Accounts where id > '11x300' order by id limit 0,100;"
    );
}

#[test]
fn conditions_are_joined_by_and() {
    let query =
        Query::of("Events").columns(["parent_id"]).one_of("activitytype", &["Call".to_owned()]).unwrap();
    let query = query.without("eventstatus", "L'altro").not_below("modifiedtime", "2026-11-22 05:00:00");
    assert_eq!(
        query.exactly(id("18x7")).skipping(100).to_string(),
        "select id,parent_id from Events where activitytype in ('Call') and eventstatus != 'L''altro' and \
         modifiedtime >= '2026-11-22 05:00:00' and id = '18x7' order by id limit 100,100;"
    );
    assert_eq!(
        Query::of("Accounts").among(&[id("11x3"), id("11x4")]).to_string(),
        "select id from Accounts where id in ('11x3','11x4') order by id limit 0,100;"
    );
}

#[test]
fn what_the_language_cannot_say_is_not_said() {
    for text in ["", "a\\b", "line\nbreak", "\u{0}"] {
        assert_eq!(Literal::of(text), None, "{text:?}");
    }
    let plain = Query::of("Events").to_string();
    let hidden = Query::of("Events").columns(["shipping_&_handling", "x;y", "1x", ""]);
    assert_eq!(hidden.to_string(), plain);
    assert_eq!(Query::of("Events").without("eventstatus", "").without("a b", "x").to_string(), plain);
    assert_eq!(Query::of("Events").one_of("activitytype", &[String::new()]), None);
    assert_eq!(Query::of("Events").one_of("activitytype", &[]), None);
    let many: Vec<RecordId> = (1..=150).map(|number| RecordId { module: 11, number }).collect();
    assert_eq!(Query::of("Accounts").among(&many).to_string().matches("'11x").count(), 100);
}

#[test]
fn ids_are_two_numbers() {
    assert_eq!(id("11x300"), RecordId { module: 11, number: 300 });
    for text in ["", "x", "11x", "x3", "11X3", "+1x3", "11x-3", "11x3x4", "999", " 11x3"] {
        assert_eq!(text.parse::<RecordId>(), Err(()), "{text}");
    }
}
