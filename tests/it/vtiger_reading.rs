//! vTiger: reading organizations, opportunities and direct contacts.

use std::collections::BTreeSet;

use sirank::domain::catalogue::Figure;
use sirank::domain::ids::{CompanyId, OwnerId, PipelineId};
use sirank::domain::value::Value;
use sirank::ports::{Changes, CompanyLookup, Crm, Deleted, InputProperty, Mark, Survey, Trouble};
use sirank_mocks::vtiger as mock;

use crate::vtiger_support::{
    ADMIN, LONG_AGO, NOON, all, company, connect, counted, crm, name_of, number, start, with_companies,
};

#[tokio::test]
async fn every_organization_is_read_once_in_full_pages() {
    let (tiger, ids) = with_companies(301).await;
    let vtiger = connect(&tiger.base_url());
    let companies = all(async |from| vtiger.companies(from).await).await;
    assert_eq!(companies.iter().map(|company| company.id.clone()).collect::<Vec<_>>(), ids);
    assert_eq!(vtiger.usage().calls["organizations.list"], 5, "four pages, and an empty one at the end");
    assert_eq!(tiger.logins(), 1);
    assert_eq!(companies[0].name, "Company 0");
    assert_eq!(companies[0].created, Some("2025-01-01".parse().unwrap()));
    assert_eq!(companies[0].owner, Some(OwnerId::from("19x1")));
    assert_eq!(companies[0].keys.own_id.as_deref(), Some("11x1000"));
    let zero = companies[0].observed.iter().find(|(figure, _)| *figure == Figure::Score);
    assert_eq!(zero, Some(&(Figure::Score, Value::number(0.into()))), "an empty number is zero");
    assert!(companies[0].observed.iter().all(|(figure, _)| *figure != Figure::Cluster));
}

#[tokio::test]
async fn organizations_are_counted_by_feeling_for_the_end() {
    for count in [0, 1, 99, 100, 101, 250, 1_234] {
        let (tiger, _) = with_companies(count).await;
        let vtiger = connect(&tiger.base_url());
        assert_eq!(vtiger.count(None).await.unwrap(), Some(count as u64));
        assert!(vtiger.usage().calls["organizations.count"] <= 11, "{count}: few calls");
        assert_eq!(vtiger.count(Some(InputProperty::Potential)).await.unwrap(), None, "nobody can tell");
    }
}

#[tokio::test]
async fn what_others_delete_and_add_meanwhile_hides_nothing() {
    let (tiger, ids) = with_companies(250).await;
    let vtiger = connect(&tiger.base_url());
    let first = vtiger.companies(None).await.unwrap();
    for id in &ids[..50] {
        tiger.person_deletes("Accounts", number(id));
    }
    tiger.change(|crm| crm.add("Accounts", NOON, ADMIN, &[("accountname", "Late")]));
    let mut seen: Vec<CompanyId> = first.items.into_iter().map(|company| company.id).collect();
    let mut from = first.next;
    while let Some(cursor) = from {
        let page = vtiger.companies(Some(cursor)).await.unwrap();
        seen.extend(page.items.into_iter().map(|company| company.id));
        from = page.next;
    }
    assert!(ids.iter().all(|id| seen.contains(id)));
    assert_eq!(seen.len(), 251);
    assert!(counted(seen).values().all(|count| *count == 1));
}

#[tokio::test]
async fn companies_are_looked_up_by_id() {
    let (tiger, ids) = with_companies(120).await;
    let vtiger = connect(&tiger.base_url());
    tiger.person_deletes("Accounts", number(&ids[7]));
    let mut asked = ids.clone();
    asked.extend([CompanyId::from("11x999999"), CompanyId::from("12x1"), CompanyId::from("C0001")]);
    let found = vtiger.read(&asked).await.unwrap();
    assert_eq!(found.len(), asked.len());
    for (id, lookup) in asked.iter().zip(found) {
        let gone = *id == ids[7] || !ids.contains(id);
        match lookup {
            CompanyLookup::Found(company) => assert!(!gone && company.id == *id),
            CompanyLookup::Gone(found) => assert!(gone && found == *id, "{id}"),
        }
    }
    assert_eq!(vtiger.usage().calls["organizations.read"], 2);
}

#[tokio::test]
async fn a_user_who_sees_nothing_does_not_make_everything_gone() {
    let (tiger, ids) = with_companies(3).await;
    let vtiger = connect(&tiger.base_url());
    for id in &ids {
        tiger.change(|crm| crm.delete("Accounts", number(id), NOON));
    }
    let error = vtiger.read(&ids).await.unwrap_err();
    assert!(
        matches!(&error.trouble, Trouble::Malformed(said) if said.contains("no organization")),
        "{error}"
    );

    let (tiger, ids) = with_companies(3).await;
    tiger.change(|crm| {
        let agent = crm.users.get_mut(&ADMIN).unwrap();
        agent.admin = false;
        crm.private.insert("Accounts".to_owned());
        crm.put("Accounts", number(&ids[0]), &[("assigned_user_id", "20x2")]);
    });
    let error = connect(&tiger.base_url()).read(&ids).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Forbidden { .. }), "{error}");
}

fn deals_crm() -> (mock::Crm, [u64; 2]) {
    let mut crm = crm();
    let first = crm.add("Accounts", LONG_AGO, ADMIN, &[("accountname", "First")]);
    let second = crm.add("Accounts", LONG_AGO, ADMIN, &[("accountname", "Second")]);
    let person =
        crm.add("Contacts", LONG_AGO, ADMIN, &[("lastname", "Rossi"), ("account_id", &second.to_string())]);
    let pipeline = crm.field_named("Potentials", "Pipeline").unwrap().to_owned();
    let mut deal = |stage: &str, of: (&str, u64), value: &str| {
        let values = [
            ("potentialname", "Deal"),
            ("sales_stage", stage),
            (of.0, &*of.1.to_string()),
            (pipeline.as_str(), value),
        ];
        crm.add("Potentials", LONG_AGO, ADMIN, &values)
    };
    deal("Prospecting", ("related_to", first), "Sales");
    deal("Closed Won", ("related_to", first), "Sales");
    deal("Closed Lost", ("related_to", first), "Sales");
    deal("Stage of nobody's", ("related_to", second), "Renewals");
    deal("Prospecting", ("contact_id", person), "");
    deal("Prospecting", ("related_to", first), "Pipeline of nobody's");
    (crm, [first, second])
}

#[tokio::test]
async fn open_opportunities_come_with_their_organizations() {
    let (crm, [first, second]) = deals_crm();
    let tiger = start(crm).await;
    let vtiger = connect(&tiger.base_url());
    let survey = vtiger.survey().await.unwrap();
    let ids: Vec<&str> = survey.pipelines.iter().map(|pipeline| pipeline.id.as_str()).collect();
    assert_eq!(ids, ["Sales", "Renewals", "opportunities"]);
    let open = async |watched: &[&str]| {
        let watched: BTreeSet<PipelineId> = watched.iter().map(|id| PipelineId::from(*id)).collect();
        let deals = all(async |from| vtiger.open_deals(&survey, &watched, from).await).await;
        deals
            .into_iter()
            .map(|deal| {
                let companies = deal.companies.iter().map(number).collect::<Vec<_>>();
                (deal.pipeline.to_string(), companies)
            })
            .collect::<Vec<_>>()
    };
    let rest = "opportunities".to_owned();
    let expected = [
        ("Sales".to_owned(), vec![first]),
        ("Renewals".to_owned(), vec![second]),
        (rest.clone(), vec![second]),
        (rest.clone(), vec![first]),
    ];
    assert_eq!(open(&["Sales", "Renewals", "opportunities"]).await, expected);
    assert_eq!(open(&["Renewals"]).await, expected[1..2]);
    assert_eq!(open(&[]).await, []);
}

#[tokio::test]
async fn the_latest_call_meeting_and_email_are_found_wherever_they_are_filed() {
    let (mut crm, [first, second]) = deals_crm();
    let deal = crm.ids("Potentials")[0];
    let person = crm.ids("Contacts")[0];
    let event = |crm: &mut mock::Crm, kind: &str, status: &str, day: &str, time: &str, of: (&str, u64)| {
        let values = [
            ("subject", "Event"),
            ("activitytype", kind),
            ("eventstatus", status),
            ("date_start", day),
            ("time_start", time),
            (of.0, &*of.1.to_string()),
        ];
        crm.add("Events", LONG_AGO, ADMIN, &values)
    };
    event(&mut crm, "Call", "Held", "2026-01-31", "23:30:00", ("parent_id", first));
    event(&mut crm, "Meeting", "Held", "2026-03-01", "10:00:00", ("parent_id", deal));
    event(&mut crm, "Call", "Held", "2026-03-02", "10:00:00", ("contact_id", person));
    event(&mut crm, "Call", "Planned", "2026-09-01", "10:00:00", ("parent_id", first));
    event(&mut crm, "Call", "Not Held", "2026-09-02", "10:00:00", ("parent_id", first));
    event(&mut crm, "Mobile Call", "Held", "2026-09-03", "10:00:00", ("parent_id", first));
    let email = |crm: &mut mock::Crm, flag: &str, day: &str, parents: &[u64]| {
        let values =
            [("subject", "Mail"), ("email_flag", flag), ("date_start", day), ("time_start", "09:00:00")];
        let id = crm.add("Emails", LONG_AGO, ADMIN, &values);
        for parent in parents {
            crm.add_email_parent(id, *parent);
        }
    };
    email(&mut crm, "SENT", "2026-04-01", &[first, person]);
    email(&mut crm, "MAILSCANNER", "2026-04-02", &[deal]);
    email(&mut crm, "SAVED", "2026-10-01", &[first]);
    let tiger = start(crm).await;
    let vtiger = connect(&tiger.base_url());
    let contacts = all(async |from| vtiger.last_contacts(from).await).await;
    let mut found: Vec<(u64, String)> =
        contacts.iter().map(|contact| (number(&contact.company), contact.day.to_string())).collect();
    found.sort();
    let expected = [
        (first, "2026-02-01"),
        (first, "2026-03-01"),
        (first, "2026-04-01"),
        (first, "2026-04-02"),
        (second, "2026-03-02"),
        (second, "2026-04-01"),
    ];
    assert_eq!(found, expected.map(|(id, day)| (id, day.to_owned())));
}

#[tokio::test]
async fn an_email_to_many_is_read_whole_however_its_rows_fall_on_pages() {
    let mut crm = crm();
    let organizations: Vec<u64> = (0..250)
        .map(|number| {
            let name = format!("Company {number}");
            crm.add("Accounts", LONG_AGO, ADMIN, &[("accountname", name.as_str())])
        })
        .collect();
    let mut mail = |parents: &[u64]| {
        let values = [("subject", "Mail"), ("email_flag", "SENT"), ("date_start", "2026-04-01")];
        let id = crm.add("Emails", LONG_AGO, ADMIN, &values);
        for parent in parents {
            crm.add_email_parent(id, *parent);
        }
    };
    mail(&organizations[..99]);
    mail(&organizations[50..60]);
    mail(&organizations);
    mail(&organizations[..1]);
    let tiger = start(crm).await;
    let vtiger = connect(&tiger.base_url());
    let contacts = all(async |from| vtiger.last_contacts(from).await).await;
    let found = counted(contacts.iter().map(|contact| number(&contact.company)));
    assert_eq!(found.len(), 250);
    let expected = |place: usize| {
        1 + usize::from(place < 99) + usize::from((50..60).contains(&place)) + usize::from(place == 0)
    };
    for (place, id) in organizations.iter().enumerate() {
        assert!(found[id] >= expected(place), "company {place} was found {} times", found[id]);
    }
}

#[tokio::test]
async fn modules_that_the_user_does_not_see_are_told_and_left_out() {
    let tiger = start(crm()).await;
    let vtiger = connect(&tiger.base_url());
    let survey = vtiger.survey().await.unwrap();
    let warnings = |survey: &Survey| -> Vec<String> {
        let warnings = survey.findings.iter().filter(|found| found.severity != sirank::ports::Severity::Ok);
        warnings.map(|finding| finding.what.clone()).collect()
    };
    assert_eq!(warnings(&survey), [] as [String; 0]);
}

#[tokio::test]
async fn what_changed_since_a_mark_is_read_with_what_was_written_in_its_second() {
    let (tiger, ids) = with_companies(150).await;
    let vtiger = connect(&tiger.base_url());
    let changes: &dyn Changes = vtiger.changes().unwrap();
    let mark = changes.mark().await.unwrap();
    assert_eq!(mark, Mark((NOON / 1_000).to_string()));
    let touched = async || -> Vec<CompanyId> {
        let companies = all(async |from| changes.changed(&mark, from).await).await;
        companies.into_iter().map(|company| company.id).collect()
    };
    assert_eq!(touched().await, []);
    // In the same second as the mark.
    let field = name_of(&tiger, Figure::Score);
    for id in &ids[10..130] {
        tiger.person_edits("Accounts", number(id), &[(field.as_str(), "7")]);
    }
    assert_eq!(touched().await, ids[10..130]);
    tiger.person_deletes("Accounts", number(&ids[20]));
    let deleted = changes.deleted(&mark).await.unwrap();
    assert_eq!(deleted, Deleted::ByIds, "the stock release does not tell");
    let there = all(async |from| changes.ids(from).await).await;
    assert_eq!(there.len(), 149);
    assert!(!there.contains(&ids[20]) && there.contains(&company(1_000)));
}
