//! Active owners and their names.

use std::collections::BTreeMap;

use super::Place;
use crate::domain::ids::OwnerId;
use crate::domain::owner::OwnerName;

#[test]
fn names_are_replaced_and_are_no_news_but_who_is_active_is() {
    let place = Place::new();
    let store = place.open();
    store.set_active_owners(&["1", "2"].map(OwnerId::from).into()).unwrap();
    store.note_computed("figures").unwrap();
    let owner = |id: &str, last: &str| (OwnerId::from(id), OwnerName::of(Some("Ada"), Some(last), None));
    let names = BTreeMap::from([owner("1", "Esempio"), owner("9", "Partita")]);
    store.set_owner_names(&names).unwrap();
    assert_eq!(store.owner_names().unwrap(), names, "also of who is not active");

    let names = BTreeMap::from([owner("1", "Sposata"), (OwnerId::from("2"), OwnerName::default())]);
    store.set_owner_names(&names).unwrap();
    assert_eq!(store.owner_names().unwrap(), names);
    assert!(!store.has_news().unwrap(), "no figure rests on a name");

    store.set_active_owners(&["1"].map(OwnerId::from).into()).unwrap();
    assert!(store.has_news().unwrap());
    assert_eq!(store.owner_names().unwrap(), names);
}
