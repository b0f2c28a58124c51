//! The narrow query language over real HTTP, and what paging with it is worth.

use serde_json::{Value, json};
use sirank_mocks::seed::{ACCESS_KEY, VTigerSize, vtiger_generated};
use sirank_mocks::vtiger::{Crm, Language, Profile, User, VTiger};

use crate::vtiger::{Api, small, start};

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_the_language_takes() {
    let (_crm, api) = start(VTiger::builder().crm(small())).await;
    let table = [
        ("select id from Accounts where bill_city='forli';", 10),
        ("select id from Accounts where bill_city like 'FORL%' and id > '11x105';", 5),
        ("select id from Accounts where id >= '99x105' and id < '11x108' order by id;", 3),
        ("select id from Accounts where id in ('11x101','11x102','11x999');", 2),
        ("select id from Accounts where id='11x101' or id='11x102' and bill_city='Roma';", 1),
        ("select id from Accounts where accountname!='Azienda 1';", 9),
        ("select id from Accounts where assigned_user_id='19x1' limit 3;", 3),
        ("select id from Accounts order by accountname desc limit 8,5;", 2),
        ("select id from Accounts where modifiedtime>='2020-09-13 12:26:40';", 10),
        ("select id from Accounts where modifiedtime>'2020-09-13 12:26:40';", 0),
        ("select id from Accounts where createdtime<'2020-09-14';", 10),
        ("select id from Accounts where employees=0;", 10),
        ("select id from Accounts where employees>-1;", 10),
        ("SELECT id FROM Accounts WHERE cf_854 = '0' ;", 10),
        ("select id from Potentials where related_to='11x101';", 1),
        ("select id from Accounts where accountname='it''s; select' limit 1;", 0),
        ("select count(*) from Accounts;", 0),
        ("select id from Accounts limit 500,100;", 0),
    ];
    for (query, rows) in table {
        assert_eq!(api.query(query).await.len(), rows, "{query}");
    }
}

#[tokio::test]
async fn what_the_language_refuses() {
    let (_crm, api) = start(VTiger::builder().crm(small())).await;
    let table = [
        ("select id from Accounts", "QUERY_SYNTAX_ERROR"),
        ("select id from Accounts where (id='11x101');", "QUERY_SYNTAX_ERROR"),
        ("select id from Accounts order by id asc, accountname desc;", "QUERY_SYNTAX_ERROR"),
        ("select id from Accounts limit 5 offset 5;", "QUERY_SYNTAX_ERROR"),
        ("select distinct id from Accounts;", "QUERY_SYNTAX_ERROR"),
        ("select id from Accounts where phone='';", "INTERNAL_SERVER_ERROR"),
        ("select id from Accounts where phone=\"1\";", "INTERNAL_SERVER_ERROR"),
        ("select id from Accounts where annual_revenue>1.5;", "INTERNAL_SERVER_ERROR"),
        ("select id from accounts;", "ACCESS_DENIED"),
        ("select id,nothing from Accounts;", "ACCESS_DENIED"),
        ("select id from Accounts where nothing='1';", "ACCESS_DENIED"),
        ("hello", "ACCESS_DENIED"),
        ("select id from Potentials where related_to='101';", "INVALID_ID_ATTRIBUTE"),
        ("select id from Accounts where id>'101';", "INVALID_ID_ATTRIBUTE"),
        ("select id from Accounts where bill_city=Roma;", "DATABASE_QUERY_ERROR"),
        ("select id from Accounts order by nothing;", "DATABASE_QUERY_ERROR"),
        ("select id from Accounts where phone='1','2';", "QUERY_SYNTAX_ERROR"),
    ];
    for (query, code) in table {
        assert_eq!(api.query_error(query).await, code, "{query}");
    }
}

#[tokio::test]
async fn no_order_is_nobodys_order() {
    let (_crm, api) = start(VTiger::builder().crm(generated(300))).await;
    let any = api.query("select id from Accounts;").await;
    let again = api.query("select id from Accounts limit 0,100;").await;
    assert_eq!(ids(&any), ids(&again), "the same every time");
    let sorted = api.query("select id from Accounts order by id;").await;
    assert_ne!(ids(&any), ids(&sorted));
    let mut tied = Vec::new();
    for page in 0..3 {
        // All of them were modified in the same second.
        let query = format!("select id from Accounts order by modifiedtime limit {},100;", page * 100);
        tied.extend(ids(&api.query(&query).await));
    }
    tied.sort_unstable();
    tied.dedup();
    assert!(tied.len() < 300, "offset paging over ties misses some and shows others twice");
}

fn generated(organizations: u64) -> Crm {
    let size = VTigerSize { organizations, ..VTigerSize::default() };
    let mut crm = vtiger_generated(size, &[], Language::English).unwrap();
    for id in crm.ids("Accounts") {
        crm.put("Accounts", id, &[("modifiedtime", "2026-01-01 10:00:00")]);
    }
    crm
}

#[tokio::test]
async fn keyset_paging_misses_and_repeats_nothing_while_others_write() {
    let (crm, api) = start(VTiger::builder().crm(generated(450))).await;
    let before = crm.crm(|held| held.ids("Accounts"));
    let mut last = "11x0".to_owned();
    let mut seen = Vec::new();
    for page in 0.. {
        let rows =
            api.query(&format!("select id from Accounts where id > '{last}' order by id limit 0,100;")).await;
        let Some(end) = rows.last() else { break };
        last = end["id"].as_str().unwrap().to_owned();
        seen.extend(ids(&rows));
        if page > 3 {
            continue;
        }
        crm.change(|held| {
            held.add("Accounts", 0, 1, &[("accountname", &format!("Nuova {page}"))]);
            // Deleted ahead of and behind the reader.
            held.delete("Accounts", before[usize::try_from(page * 10).unwrap()], 0);
            held.delete("Accounts", before[usize::try_from(449 - page).unwrap()], 0);
        });
    }
    let mut unique = seen.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), seen.len(), "nothing twice");
    let left = crm.crm(|held| held.ids("Accounts"));
    let missed = left.iter().filter(|id| !seen.contains(&format!("11x{id}"))).count();
    assert_eq!(missed, 0, "nothing missed, new ones included");
}

#[tokio::test]
async fn an_email_is_a_row_for_each_thing_that_it_is_about() {
    let mut seeded = small();
    let values = [("subject", "Offerta"), ("date_start", "2020-09-13"), ("email_flag", "SENT")];
    let email = seeded.add("Emails", 1_600_000_000_000, 1, &values);
    for parent in [101, 102] {
        seeded.add_email_parent(email, parent);
    }
    let (crm, api) = start(VTiger::builder().crm(seeded)).await;
    let rows = api.query("select id,parent_id from Emails where email_flag='SENT' order by id;").await;
    let parents: Vec<&Value> = rows.iter().map(|row| &row["parent_id"]).collect();
    assert_eq!(parents, ["11x101", "11x102"]);
    assert_eq!(rows[0]["id"], rows[1]["id"]);
    let one = api.query("select id from Emails where parent_id='11x102';").await;
    assert_eq!(one.len(), 1);
    assert!(crm.person_deletes("Accounts", 101));
    let rows = api.query("select parent_id from Emails order by id;").await;
    assert_eq!((&rows[0]["parent_id"], &rows[1]["parent_id"]), (&Value::Null, &json!("11x102")));
    crm.change(|held| held.emails_in_one_row = true);
    assert_eq!(api.query("select id from Emails order by id;").await.len(), 1);
}

#[tokio::test]
async fn people_without_rights_find_less() {
    let mut seeded = small();
    let hidden = [("Accounts".to_owned(), "cf_854".to_owned())].into_iter().collect();
    let profile = Profile {
        hidden_modules: ["Invoice".to_owned()].into_iter().collect(),
        read_only_modules: ["Potentials".to_owned()].into_iter().collect(),
        hidden_fields: hidden,
        ..Profile::default()
    };
    seeded.add_user(User::new(5, "agent", "agent-key").profile(profile));
    seeded.private.insert("Accounts".to_owned());
    seeded.put("Accounts", 101, &[("assigned_user_id", "19x5")]);
    seeded.put("Accounts", 102, &[("assigned_user_id", "20x3")]);
    let (crm, admin) = start(VTiger::builder().crm(seeded)).await;
    let mut agent = Api::new(&crm);
    agent.login("agent", "agent-key").await;
    assert_eq!(ids(&agent.query("select id from Accounts order by id;").await), ["11x101"]);
    crm.change(|held| held.groups.get_mut(&3).unwrap().members.insert(5));
    assert_eq!(agent.query("select id from Accounts;").await.len(), 2);
    assert_eq!(admin.query("select id from Accounts;").await.len(), 10);
    for query in [
        "select id from Invoice;",
        "select id from Users;",
        "select id,cf_854 from Accounts;",
        "select id from Accounts where cf_854='1';",
    ] {
        assert_eq!(agent.query_error(query).await, "ACCESS_DENIED", "{query}");
    }
    let described = agent.get("describe", &[("elementType", "Potentials")]).await;
    assert_eq!(described["result"]["updateable"], false);
    let refused = agent.revise(json!({"id": "13x111", "nextstep": "x"})).await;
    assert_eq!(refused["error"]["code"], "ACCESS_DENIED");
    let types = agent.get("listtypes", &[]).await;
    assert!(!types["result"]["types"].as_array().unwrap().contains(&json!("Invoice")));
    assert_eq!(ACCESS_KEY, "mock-access-key");
}

#[tokio::test]
async fn a_field_that_is_younger_than_a_record_is_null_until_it_is_saved() {
    let mut seeded = small();
    seeded.add_field("Accounts", &sirank_mocks::vtiger::CustomField::currency("Fatturato", 10, 2)).unwrap();
    let (_crm, api) = start(VTiger::builder().crm(seeded)).await;
    let query = "select id,cf_860 from Accounts where id='11x101';";
    assert_eq!(api.query(query).await[0]["cf_860"], Value::Null);
    let answer = api.revise(json!({"id": "11x101", "phone": "1"})).await;
    assert_eq!(answer["result"]["cf_860"], "0.00");
    assert_eq!(api.query(query).await[0]["cf_860"], "0.00");
}
