//! The contact plan as people, spreadsheets and calendars get it.

use chrono::{DateTime, Utc};

use super::*;
use crate::domain::catalogue::Language;
use crate::domain::cluster::Cluster;
use crate::domain::contact_plan::{Contact, FallsTo};
use crate::domain::explanation::Explainer;
use crate::domain::ids::{CompanyId, OwnerId};
use crate::domain::money::Money;
use crate::domain::time::Day;
use crate::engine::{ContactRequest, OwnerContacts};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn money(text: &str) -> Money {
    Money::rounded(text.parse().unwrap())
}

fn contact(id: &str, name: &str, cluster: Cluster, due: &str, reason: &str) -> Contact {
    let due = day(due);
    Contact {
        company: CompanyId::from(id),
        name: name.to_owned(),
        owner: Some(OwnerId::from("7")),
        owner_name: Some("Ada Esempio".to_owned()),
        cluster,
        action: cluster.action(),
        due: Some(due),
        overdue: due < day("2026-08-02"),
        last_contact: Some(day("2026-05-01")),
        created: Some(day("2020-01-01")),
        score: Some("63.2".parse().unwrap()),
        revenue_36m: money("1234567.8"),
        revenue_12m: money("-950"),
        reason: reason.to_owned(),
        basis: reason.split(", due").next().unwrap().to_owned(),
        falls_to: FallsTo::Nobody,
    }
}

fn plan() -> ContactPlan {
    let why = |cluster: &str| format!("{cluster}: every 3 months; last contact 2026-05-01, due 2026-08-01");
    ContactPlan {
        as_of: day("2026-08-02"),
        until: day("2026-09-01"),
        account: "HubSpot 12345".to_owned(),
        currency: "EUR".to_owned(),
        owners: vec![OwnerContacts {
            owner: OwnerId::from("7"),
            name: Some("Ada Esempio".to_owned()),
            email: Some("ada@example.com".to_owned()),
            contacts: vec![
                contact("101", "Vetreria Ferrea, S.n.c.", Cluster::A, "2026-08-01", &why("A")),
                contact("102", "=HYPERLINK(\"http://example.com\")", Cluster::B, "2026-08-20", &why("B")),
            ],
        }],
        without_owner: vec![Contact {
            owner: None,
            owner_name: None,
            score: None,
            ..contact("11x103", "Città Perché S.r.l.", Cluster::D, "2026-08-02", &why("D"))
        }],
        to_assign: vec![contact("104", "Orfana S.p.A.", Cluster::C, "2027-08-02", &why("C"))],
    }
}

fn request() -> ContactRequest {
    let (as_of, until) = (day("2026-08-02"), day("2026-09-01"));
    ContactRequest { as_of, until, overdue_only: false, clusters: Vec::new(), owners: Vec::new() }
}

fn explainer(language: Language) -> Explainer {
    Explainer::new(language, "EUR")
}

fn noon() -> DateTime<Utc> {
    "2026-08-02T12:34:56.789Z".parse().unwrap()
}

#[test]
fn people_read_it_owner_by_owner_in_their_language() {
    insta::assert_snapshot!("table_en", table(&plan(), &request(), &explainer(Language::En)));
    insta::assert_snapshot!("table_it", table(&plan(), &request(), &explainer(Language::It)));
    let nobody =
        ContactPlan { owners: Vec::new(), without_owner: Vec::new(), to_assign: Vec::new(), ..plan() };
    let text = table(&nobody, &ContactRequest { overdue_only: true, ..request() }, &explainer(Language::En));
    assert_eq!(text, "Contacts on 2026-08-02, overdue (EUR)\n\nNobody has to be contacted.\n");
}

#[test]
fn a_spreadsheet_takes_no_name_for_a_formula() {
    let text = csv(&plan()).unwrap();
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(
        rows[1],
        "due,7,Ada Esempio,ada@example.com,101,\"Vetreria Ferrea, S.n.c.\",A,quarterly_contact,2026-08-01,true,\
         2026-05-01,2020-01-01,63.2,1234567.80,-950.00,\"A: every 3 months; last contact 2026-05-01, due 2026-08-01\""
    );
    assert!(rows[2].contains(",102,\"'=HYPERLINK(\"\"http://example.com\"\")\",B,"), "{}", rows[2]);
    assert!(rows[3].starts_with("due,,,,11x103,Città Perché S.r.l.,D,extend_service,2026-08-02,false,"));
    assert!(rows[3].contains(",2020-01-01,,1234567.80,"), "no SiRank is no value: {}", rows[3]);
    assert!(rows[4].starts_with("to_assign,7,Ada Esempio,,104,"));
    assert_eq!(rows.len(), 5);
    for name in ["+39", "-1", "@SUM(A1)", "\tx"] {
        let mut plan = plan();
        plan.owners[0].contacts[0].name = name.to_owned();
        assert!(csv(&plan).unwrap().contains(&format!(",'{name},")), "{name}");
    }
}

#[test]
fn a_calendar_has_a_whole_day_for_each_contact_and_takes_nobodys_time() {
    let text = calendar(&plan(), &explainer(Language::It), noon());
    let unfolded = text.replace("\r\n ", "");
    insta::assert_snapshot!("calendar_it", unfolded.replace("\r\n", "\n"));
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 3, "what is to be assigned is in nobody's");
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])));
}

#[test]
fn the_same_company_of_the_same_account_is_the_same_event_whenever_it_is_due() {
    let uids = |plan: &ContactPlan| -> Vec<String> {
        let text = calendar(plan, &explainer(Language::En), noon()).replace("\r\n ", "");
        text.lines().filter_map(|line| line.strip_prefix("UID:")).map(str::to_owned).collect()
    };
    let expected = [
        "contact-hubspot-12345-101@sirank",
        "contact-hubspot-12345-102@sirank",
        "contact-hubspot-12345-11x103@sirank",
    ];
    assert_eq!(uids(&plan()), expected);
    let mut later = plan();
    later.owners[0].contacts[0].due = Some(day("2026-11-05"));
    later.owners[0].contacts[0].name = "Vetreria Nuova".to_owned();
    assert_eq!(uids(&later), expected);
    let elsewhere = ContactPlan { account: "vTiger crm.example.com".to_owned(), ..plan() };
    assert_eq!(uids(&elsewhere)[0], "contact-vtiger-crm.example.com-101@sirank");
}
