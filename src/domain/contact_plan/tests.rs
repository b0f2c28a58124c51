//! Worked out by hand: who is listed, whose it is, when, in which order and why.

use super::super::document::{DocumentKind, Entry};
use super::super::figures::{Horizon, compute};
use super::super::money::Cents;
use super::super::readings;
use super::*;

const AS_OF: &str = "2026-08-02";

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// A company with this potential, revenue 10 days ago (or, where it is dormant, 4 years ago), and an active owner.
struct Company {
    record: CompanyRecord,
    bought: &'static str,
    revenue: i64,
}

fn company(cluster: &str) -> Company {
    let (potential, bought, revenue) = match cluster {
        "A" => (Some("high"), "2026-07-23", 20_000),
        "B" => (Some("high"), "2026-07-23", 500),
        "C" => (Some("high"), "2022-07-23", 500),
        "D" => (Some("low"), "2026-07-23", 20_000),
        "E" => (Some("low"), "2026-07-23", 500),
        "Z" => (Some("lost"), "2026-07-23", 500),
        _ => (None, "2026-07-23", 500),
    };
    let mut record = CompanyRecord::named(cluster, "Esempio S.r.l.");
    record.potential = potential.map(str::to_owned);
    record.owner = Some(OwnerId::from("active"));
    Company { record, bought, revenue }
}

impl Company {
    fn contacted(mut self, day_of: &str) -> Self {
        self.record.last_contact = Some(day(day_of));
        self
    }

    fn created(mut self, day_of: &str) -> Self {
        self.record.created = Some(day(day_of));
        self
    }

    fn owned_by(mut self, owner: Option<&str>) -> Self {
        self.record.owner = owner.map(OwnerId::from);
        self
    }

    fn contact_in(&self, rules: &Rules, language: Language) -> Option<Contact> {
        let owners = BTreeSet::from([OwnerId::from("active")]);
        let facts = readings::facts(&self.record, rules, &owners, false);
        let net = Cents::new(self.revenue * 100).unwrap();
        let entries = [Entry::new(day(self.bought), DocumentKind::Invoice, net)];
        let figures = compute(rules, &Horizon::new(day(AS_OF)), &facts, &entries);
        Contact::of(rules, &Explainer::new(language, "EUR"), &self.record, &facts, &figures)
    }

    fn contact(&self) -> Option<Contact> {
        self.contact_in(&Rules::default(), Language::En)
    }
}

fn until(day_of: &str) -> Selection {
    Selection { owners: None, clusters: None, until: day(day_of), overdue_only: false }
}

#[test]
fn each_cluster_has_its_interval_and_the_last_day_of_it_is_not_overdue() {
    let table = [
        ("A", "2026-05-02", Some("2026-08-02"), false),
        ("A", "2026-05-01", Some("2026-08-01"), true),
        ("A", "2026-11-30", Some("2027-02-28"), false),
        ("B", "2026-02-02", Some("2026-08-02"), false),
        ("B", "2026-02-01", Some("2026-08-01"), true),
        ("C", "2025-08-02", Some("2026-08-02"), false),
        ("D", "2025-08-01", Some("2026-08-01"), true),
        ("E", "2020-01-01", None, false),
        ("Z", "2020-01-01", None, false),
        ("none", "2020-01-01", None, false),
    ];
    for (cluster, last, due, overdue) in table {
        let contact = company(cluster).contacted(last).contact();
        let found = contact.as_ref().map(|contact| (contact.due, contact.overdue));
        assert_eq!(found, due.map(|due| (Some(day(due)), overdue)), "{cluster} {last}");
    }
}

#[test]
fn the_reason_is_the_rule_what_it_counts_from_and_what_comes_out() {
    let table = [
        (
            company("A").contacted("2026-05-02").created("2020-01-01"),
            "A: every 3 months; last contact 2026-05-02, due 2026-08-02",
            "A: ogni 3 mesi; ultimo contatto 02/05/2026, entro il 02/08/2026",
        ),
        (
            company("C").created("2026-01-31"),
            "C: every 12 months; never contacted; created 2026-01-31, due 2027-01-31",
            "C: ogni 12 mesi; mai contattata; creata il 31/01/2026, entro il 31/01/2027",
        ),
        (
            company("B").owned_by(None),
            "B: every 6 months; never contacted; no day of creation is known",
            "B: ogni 6 mesi; mai contattata; data di creazione non nota",
        ),
    ];
    for (company, en, it) in table {
        let reason = |language| company.contact_in(&Rules::default(), language).unwrap().reason;
        assert_eq!(reason(Language::En), en);
        assert_eq!(reason(Language::It), it);
    }
    let rules = Rules { contact_months: [(Cluster::B, 1)].into(), ..Rules::default() };
    let monthly = company("B").contacted("2026-07-15").contact_in(&rules, Language::En).unwrap();
    assert_eq!(monthly.reason, "B: every month; last contact 2026-07-15, due 2026-08-15");
    let unset = company("A").contacted("2026-07-15").owned_by(None).contact_in(&rules, Language::En).unwrap();
    assert_eq!(unset.reason, "A: no interval is set; last contact 2026-07-15");
    assert!(company("A").contacted("2026-07-15").contact_in(&rules, Language::En).is_none());
    assert!(company("A").contact().is_none(), "an owner, and nothing to count from");
}

#[test]
fn without_an_active_owner_a_key_account_is_to_be_assigned_and_the_rest_is_nobodys() {
    for (cluster, expected) in [
        ("A", Some(FallsTo::Assignment)),
        ("B", Some(FallsTo::Assignment)),
        ("C", Some(FallsTo::Assignment)),
        ("D", Some(FallsTo::Nobody)),
        ("E", None),
        ("Z", None),
        ("none", None),
    ] {
        for owner in [None, Some("gone")] {
            let company = company(cluster).contacted("2026-05-02").owned_by(owner);
            assert_eq!(company.contact().map(|contact| contact.falls_to), expected, "{cluster} {owner:?}");
        }
    }
    let owned = company("D").contacted("2026-05-02").contact().unwrap();
    assert_eq!(owned.falls_to, FallsTo::Owner(OwnerId::from("active")));
}

#[test]
fn what_is_overdue_is_always_asked_for_and_the_rest_until_a_day() {
    let due_on = |due: &str| {
        let last = day(due).minus_months(3).to_string();
        company("A").contacted(&last).contact().unwrap()
    };
    let (overdue, today, later) = (due_on("2026-08-01"), due_on("2026-08-02"), due_on("2026-09-01"));
    let taken = |selection: &Selection| [&overdue, &today, &later].map(|contact| selection.takes(contact));
    assert_eq!(taken(&until("2026-09-01")), [true, true, true]);
    assert_eq!(taken(&until("2026-08-31")), [true, true, false]);
    assert_eq!(taken(&until("2026-07-01")), [true, false, false]);
    assert_eq!(taken(&Selection { overdue_only: true, ..until("2026-09-01") }), [true, false, false]);

    let orphan = company("A").contacted("2026-07-31").owned_by(None).contact().unwrap();
    assert!(until("2026-08-02").takes(&orphan), "somebody has to be found whenever it is due");
    assert!(!Selection { overdue_only: true, ..until("2026-08-02") }.takes(&orphan));
}

#[test]
fn owners_and_clusters_narrow_it_down() {
    let contact =
        |cluster, owner| company(cluster).contacted("2026-05-02").owned_by(owner).contact().unwrap();
    let owners = |id: &str| Selection { owners: Some([OwnerId::from(id)].into()), ..until(AS_OF) };
    assert!(owners("active").takes(&contact("A", Some("active"))));
    assert!(!owners("active").takes(&contact("A", Some("gone"))));
    assert!(!owners("active").takes(&contact("A", None)));
    assert!(
        owners("gone").takes(&contact("A", Some("gone"))),
        "what somebody who left leaves to be assigned"
    );
    let clusters = Selection { clusters: Some([Cluster::B, Cluster::D].into()), ..until("2027-08-02") };
    let taken = ["A", "B", "C", "D"].map(|cluster| clusters.takes(&contact(cluster, Some("active"))));
    assert_eq!(taken, [false, true, false, true]);
}

#[test]
fn the_order_is_by_day_then_cluster_then_sirank_then_id() {
    let contact = |id: &str, cluster: Cluster, due: &str, score: Option<i64>| {
        let mut contact = company("A").contacted("2026-05-02").contact().unwrap();
        contact.company = CompanyId::from(id);
        contact.cluster = cluster;
        contact.due = Some(day(due));
        contact.score = score.map(Decimal::from);
        contact
    };
    let mut contacts = vec![
        contact("7", Cluster::A, "2026-08-03", Some(99)),
        contact("6", Cluster::B, "2026-08-02", None),
        contact("5", Cluster::B, "2026-08-02", Some(10)),
        contact("4", Cluster::B, "2026-08-02", Some(10)),
        contact("3", Cluster::B, "2026-08-02", Some(90)),
        contact("2", Cluster::A, "2026-08-02", Some(1)),
        contact("1", Cluster::D, "2026-08-01", None),
    ];
    let ids = |contacts: &[Contact]| contacts.iter().map(|one| one.company.to_string()).collect::<String>();
    contacts.sort_by(Contact::by_due_day);
    assert_eq!(ids(&contacts), "1234567");
    contacts.sort_by(Contact::by_weight);
    assert_eq!(ids(&contacts), "7234561");
}
