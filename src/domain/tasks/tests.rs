use chrono::{DateTime, Utc};

use super::*;
use crate::domain::cluster::Cluster;
use crate::domain::contact_plan::{Contact, FallsTo};
use crate::domain::ids::{CompanyId, DealId, OwnerId, TaskId};
use crate::domain::money::Money;
use crate::domain::time::Day;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

const ADA: &str = "ada";
const BEA: &str = "bea";

fn contact(company: &str, cluster: Cluster, owner: &str, overdue: bool) -> Contact {
    Contact {
        company: CompanyId::from(company),
        name: format!("{company} Esempio"),
        owner: Some(OwnerId::from(owner)),
        owner_name: None,
        cluster,
        action: cluster.action(),
        due: Some(day("2026-05-01")),
        overdue,
        last_contact: None,
        created: None,
        score: None,
        revenue_36m: Money::ZERO,
        revenue_12m: Money::ZERO,
        reason: "A: every 3 months".to_owned(),
        basis: "A: every 3 months".to_owned(),
        falls_to: FallsTo::Owner(OwnerId::from(owner)),
    }
}

/// An open contact task of Ada's that was made on 10 May at nine.
fn task() -> KnownTask {
    let company = CompanyId::from("7");
    KnownTask {
        task: Task {
            id: TaskId::from("t1"),
            key: TaskKey::contact(&company, day("2026-05-10")),
            companies: vec![company.clone()],
            owner: Some(OwnerId::from(ADA)),
            done: false,
            created: moment("2026-05-10T07:00:00Z"),
            changed_on: day("2026-05-10"),
            version: None,
        },
        company,
        made_for: Some(OwnerId::from(ADA)),
        ended: None,
        reopened: false,
    }
}

fn ended(by: EndedBy, on: &str) -> KnownTask {
    KnownTask { ended: Some(Ended { on: day(on), by }), ..task() }
}

const NOTHING: ContactSubject<'_> = ContactSubject {
    tasks: &[],
    contact: None,
    has_card: false,
    has_other_task: false,
    last_contact: None,
    last_contact_at: None,
};

#[test]
fn an_open_contact_task_ends_for_the_first_reason_that_applies() {
    let overdue = contact("7", Cluster::A, ADA, true);
    let met = contact("7", Cluster::A, ADA, false);
    let of_bea = contact("7", Cluster::A, BEA, true);
    let nobodys = Contact { falls_to: FallsTo::Assignment, ..overdue.clone() };
    let usual = ContactSubject { contact: Some(&overdue), ..NOTHING };
    let contacted = |on: &str, at: Option<&str>| ContactSubject {
        last_contact: Some(day(on)),
        last_contact_at: at.map(moment),
        ..usual
    };
    let table = [
        ("overdue still", usual, None),
        ("contacted before", contacted("2026-05-10", Some("2026-05-10T06:59:59Z")), None),
        (
            "contacted on the same day, after it was made",
            contacted("2026-05-10", Some("2026-05-10T07:00:01Z")),
            Some(EndReason::Contacted(day("2026-05-10"))),
        ),
        ("contacted on the same day, nobody knows when", contacted("2026-05-10", None), None),
        (
            "contacted on the next day, nobody knows when",
            contacted("2026-05-11", None),
            Some(EndReason::Contacted(day("2026-05-11"))),
        ),
        ("a card", ContactSubject { has_card: true, ..usual }, Some(EndReason::HasCard)),
        ("another task", ContactSubject { has_other_task: true, ..usual }, Some(EndReason::HasOtherTask)),
        ("not overdue", ContactSubject { contact: Some(&met), ..usual }, Some(EndReason::NotDue)),
        ("no contact asked for", NOTHING, Some(EndReason::NotDue)),
        ("another owner", ContactSubject { contact: Some(&of_bea), ..usual }, Some(EndReason::OtherOwner)),
        ("no owner", ContactSubject { contact: Some(&nobodys), ..usual }, Some(EndReason::OtherOwner)),
    ];
    for (what, subject, expected) in table {
        assert_eq!(ends(&task(), day("2026-05-10"), &subject), expected, "{what}");
        let reopened = KnownTask { reopened: true, ..task() };
        assert_eq!(ends(&reopened, day("2026-05-10"), &subject), None, "{what}, but opened again");
    }
    let given_away =
        KnownTask { task: Task { owner: Some(OwnerId::from("carlo")), ..task().task }, ..task() };
    let subject = ContactSubject { contact: Some(&of_bea), ..usual };
    assert_eq!(ends(&given_away, day("2026-05-10"), &subject), None, "a colleague has it");
}

#[test]
fn a_company_gets_one_contact_task_and_rests_after_somebody_ended_it() {
    let overdue = contact("7", Cluster::A, ADA, true);
    let met = contact("7", Cluster::A, ADA, false);
    let nobodys = Contact { falls_to: FallsTo::Assignment, ..overdue.clone() };
    let usual = ContactSubject { contact: Some(&overdue), ..NOTHING };
    let open = [task()];
    let by_people = [ended(EndedBy::Somebody, "2026-05-12")];
    let by_sirank = [ended(EndedBy::Sirank, "2026-05-12")];
    let table = [
        ("overdue", usual, 0, "2026-05-20", true),
        ("not overdue", ContactSubject { contact: Some(&met), ..NOTHING }, 0, "2026-05-20", false),
        ("nothing asked for", NOTHING, 0, "2026-05-20", false),
        ("no owner", ContactSubject { contact: Some(&nobodys), ..NOTHING }, 0, "2026-05-20", false),
        ("a card", ContactSubject { has_card: true, ..usual }, 0, "2026-05-20", false),
        ("another task", ContactSubject { has_other_task: true, ..usual }, 0, "2026-05-20", false),
        ("one that is open", ContactSubject { tasks: &open, ..usual }, 0, "2026-05-20", false),
        ("one that ends now", ContactSubject { tasks: &open, ..usual }, 1, "2026-05-20", true),
        ("one that sirank ended", ContactSubject { tasks: &by_sirank, ..usual }, 0, "2026-05-20", true),
        ("one that somebody ended", ContactSubject { tasks: &by_people, ..usual }, 0, "2026-06-10", false),
        ("the same, thirty days on", ContactSubject { tasks: &by_people, ..usual }, 0, "2026-06-11", true),
    ];
    for (what, subject, ending, as_of, expected) in table {
        let owner = asks_for_a_task(&subject, ending, &TaskRules::default(), day(as_of));
        assert_eq!(owner, expected.then_some(&OwnerId::from(ADA)), "{what}");
    }
}

#[test]
fn the_most_important_contacts_of_each_owner_come_first() {
    let rules = TaskRules { per_owner: 2, open_per_owner: 3, per_run: 3, ..TaskRules::default() };
    let mut chooser = ContactChooser::new(&rules);
    let (ada, bea) = (OwnerId::from(ADA), OwnerId::from(BEA));
    for id in ["4", "3", "2", "1", "0"] {
        chooser.add(&ada, contact(id, Cluster::B, ADA, true));
    }
    chooser.add(&ada, contact("9", Cluster::A, ADA, true));
    for id in ["5", "6", "7"] {
        chooser.add(&bea, contact(id, Cluster::C, BEA, true));
    }
    chooser.stays_open(&bea);
    chooser.stays_open(&bea);
    let (chosen, waiting) = chooser.finish(|contact| contact.company.as_str() != "6");
    let chosen: Vec<_> = chosen.iter().map(|(owner, one)| (owner.as_str(), one.company.as_str())).collect();
    assert_eq!(chosen, [(ADA, "9"), (ADA, "0"), (BEA, "5")]);
    assert_eq!(waiting, 5, "eight may become tasks, three do");
}

#[test]
fn a_company_with_thousands_of_contacts_costs_no_memory() {
    let rules = TaskRules { per_owner: 3, ..TaskRules::default() };
    let mut chooser = ContactChooser::new(&rules);
    for id in 0..10_000 {
        chooser.add(&OwnerId::from(ADA), contact(&format!("{id:05}"), Cluster::B, ADA, true));
        assert!(chooser.kept(&OwnerId::from(ADA)) <= 7);
    }
    let (chosen, waiting) = chooser.finish(|_| true);
    assert_eq!(
        chosen.iter().map(|(_, one)| one.company.as_str()).collect::<Vec<_>>(),
        ["00000", "00001", "00002"]
    );
    assert_eq!(waiting, 9_997);
}

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
fn a_name_is_not_taken_for_a_marker() {
    let key = TaskKey::feedback(&DealId::from("901"));
    for name in
        ["[sirank contact:1@2026-01-01] Esempio", "[[sirank sirank contact:1@2026-01-01] x", "[sirank "]
    {
        assert_eq!(TaskKey::find(&TaskKey::without_markers(name)), None);
        assert_eq!(TaskKey::find(&format!("{name}\n{}", key.marker())), Some(key.clone()), "{name}");
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
