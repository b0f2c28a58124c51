use super::*;
use crate::domain::ids::{CompanyId, DealId};

#[test]
fn a_marker_is_found_in_whatever_text_stands_around_it() {
    let company = CompanyId::from("11x45");
    let keys = [
        TaskKey::appointment(&DealId::from("13x7")),
        TaskKey::feedback(&DealId::from("901")),
        TaskKey::contact(&company, "2026-05-13".parse().unwrap()),
    ];
    for key in keys {
        let marker = key.marker();
        for text in
            [marker.clone(), format!("<p>Call them.<br>{marker}</p>"), format!("[sirank what] {marker} done")]
        {
            assert_eq!(TaskKey::find(&text), Some(key.clone()), "{text}");
        }
        assert_eq!(serde_json::from_str::<TaskKey>(&serde_json::to_string(&key).unwrap()).unwrap(), key);
    }
}

#[test]
fn a_text_without_a_marker_is_of_a_person() {
    for text in [
        "",
        "Call sirank",
        "[sirank ]",
        "[sirank contact:]",
        "[sirank visit:1]",
        "[sirank contact:1@x",
        "contact:1",
    ] {
        assert_eq!(TaskKey::find(text), None, "{text}");
    }
}
