//! `sirank contacts` over every CRM, compared with the reference figures.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use sirank_mocks::seed;

use super::desk::{DeskOf, documents, ready_crm};
use crate::crm::Vendor;

/// Name, day and whether that day has passed.
type Due = (String, String, bool);

/// What the reference figures ask for: by the address of the owner, and what is to be assigned.
#[derive(Debug, Default, PartialEq)]
struct Expected {
    due: BTreeMap<String, BTreeSet<Due>>,
    to_assign: BTreeSet<String>,
}

impl Expected {
    fn until(until: &str) -> Self {
        let people = seed::company_rows().unwrap();
        let mut expected = Self::default();
        let mut lines = csv::Reader::from_reader(seed::expected_csv().as_bytes());
        let headings = lines.headers().unwrap().clone();
        for (line, company) in lines.records().zip(&people) {
            let line = line.unwrap();
            let text = |name: &str| &line[headings.iter().position(|heading| heading == name).unwrap()];
            assert_eq!(text("company_id"), company.company_id);
            let (due, overdue) = (text("next_contact_due"), text("contact_overdue") == "true");
            if text("key_account_missing") == "true" {
                expected.to_assign.insert(company.name.clone());
            } else if !due.is_empty() && (overdue || due <= until) {
                let address = match company.owner.as_str() {
                    "" => String::new(),
                    owner => format!("{owner}@example.com"),
                };
                let contacts = expected.due.entry(address).or_default();
                contacts.insert((company.name.clone(), due.to_owned(), overdue));
            }
        }
        expected
    }

    fn of(listed: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let array = |value: &Value| value.as_array().unwrap().clone();
        let due = |contacts: &Value| -> BTreeSet<Due> {
            let contacts = array(contacts);
            let one = |c: &Value| (text(&c["name"]), text(&c["due"]), c["overdue"].as_bool().unwrap());
            let days: Vec<String> = contacts.iter().map(|contact| text(&contact["due"])).collect();
            assert!(days.is_sorted(), "{days:?}");
            contacts.iter().map(one).collect()
        };
        let mut found = Self::default();
        for owner in array(&listed["owners"]) {
            found.due.insert(text(&owner["email"]), due(&owner["contacts"]));
        }
        let nobody = due(&listed["without_owner"]);
        if !nobody.is_empty() {
            found.due.insert(String::new(), nobody);
        }
        found.to_assign = array(&listed["to_assign"]).iter().map(|contact| text(&contact["name"])).collect();
        found
    }
}

async fn desk<V: Vendor>() -> DeskOf<V> {
    let desk = DeskOf::<V>::beside(ready_crm(usize::MAX).await, documents(usize::MAX)).await;
    desk.run(&["backfill", "--dry-run"]).exits(0);
    desk.crm.forget();
    desk
}

pub(super) async fn contacts_are_those_of_the_reference_figures<V: Vendor>() {
    let desk = desk::<V>().await;
    let json = |arguments: &[&str]| {
        desk.run(&[&["contacts", "--format", "json"], arguments].concat()).exits(0).json()
    };
    for (arguments, until) in [
        (&[][..], "2014-01-30"),
        (&["--until", "2014-06-30"], "2014-06-30"),
        (&["--until", "2013-01-01"], "2013-01-01"),
    ] {
        let expected = Expected::until(until);
        assert!(expected.due.len() > 3 && !expected.to_assign.is_empty(), "{expected:?}");
        assert_eq!(Expected::of(&json(arguments)), expected, "{until}");
    }
    let overdue = json(&["--overdue"]);
    assert_eq!(Expected::of(&overdue).due, Expected::until("2013-01-01").due);

    let owner = "owner-2@example.com";
    let of_owner = Expected::of(&json(&["--owner", owner, "--until", "2014-06-30"]));
    assert_eq!(
        of_owner.due.into_iter().collect::<Vec<_>>(),
        [(owner.to_owned(), Expected::until("2014-06-30").due.remove(owner).unwrap())]
    );
    let clusters = |listed: Value| -> BTreeSet<String> {
        let lists = listed["owners"].as_array().unwrap().iter().map(|owner| &owner["contacts"]);
        let lists = lists.chain([&listed["without_owner"], &listed["to_assign"]]);
        let contacts = lists.flat_map(|list| list.as_array().unwrap().clone());
        contacts.map(|contact| contact["cluster"].as_str().unwrap().to_owned()).collect()
    };
    let letters = |text: &[&str]| text.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(clusters(json(&["--until", "2020-01-01"])), letters(&["A", "B", "C", "D"]));
    assert_eq!(clusters(json(&["--until", "2020-01-01", "--cluster", "b,D"])), letters(&["B", "D"]));
    assert!(desk.crm.requests().is_empty(), "it reads the state alone");
}

pub(super) async fn contacts_go_into_spreadsheets_and_calendars<V: Vendor>() {
    let desk = desk::<V>().await;
    let expected = Expected::until("2014-01-30");
    let due: usize = expected.due.values().map(BTreeSet::len).sum();

    let csv = desk.run(&["contacts", "--format", "csv"]).exits(0).out;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let of = |list: &str| rows.iter().filter(|row| &row[0] == list).count();
    assert_eq!((of("due"), of("to_assign")), (due, expected.to_assign.len()));

    let file = desk.path("contacts.ics");
    let ask = ["contacts", "--format", "ical", "--out", file.to_str().unwrap()];
    desk.run(&ask).exits(0).says(&format!("{due} companies to be contacted")).says("in no calendar");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let uids = || -> BTreeSet<String> {
        let text = std::fs::read_to_string(&file).unwrap().replace("\r\n ", "");
        text.lines().filter_map(|line| line.strip_prefix("UID:")).map(str::to_owned).collect()
    };
    let first = uids();
    assert_eq!(first.len(), due);
    desk.run(&ask).exits(0);
    assert_eq!(uids(), first, "imported again it takes the place of what was there");

    desk.run(&["contacts"]).exits(0).shows("owner-1@example.com").shows("To be assigned").shows("In all");
    desk.run_with("language = \"it\"\n", &["contacts"]).exits(0).shows("Da assegnare").shows("ogni 3 mesi");
    desk.run(&["contacts", "--owner", "nobody"]).exits(2).says("`nobody`");
    desk.run(&["contacts", "--cluster", "X"]).exits(2).says("A, B, C, D, E, Z");
    desk.run(&["contacts", "--out", "/nowhere/contacts"]).exits(1).says("/nowhere/contacts");
    desk.run(&["--format", "json", "contacts"]).exits(0).json();
    desk.run(&["report", "--format", "csv"]).exits(2).says("[possible values: table, json]");
    desk.run(&["--format", "ical", "contacts"]).exits(2).says("sirank contacts --format ical");
    desk.run(&["contacts", "--format", "xml"]).exits(2).says("table, json, csv, ical");
}
