//! vTiger: sirank's tasks among all others.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sirank::connectors::vtiger::Vtiger;
use sirank::domain::ids::{CompanyId, DealId, OwnerId, TaskId};
use sirank::domain::tasks::{Task, TaskKey};
use sirank::ports::{self, Crm, NewTask, Severity, TaskOutcome, TaskUpdate, Trouble};
use sirank_mocks::faults::Fault;
use sirank_mocks::vtiger as mock;

use crate::crm::tasks::{SeenTask, TaskVendor};
use crate::crm::vtiger::VTiger;
use crate::crm::{Account, Company, Connection, Vendor};
use crate::hubspot_support::MemoryLedger;
use crate::vtiger_support::{ADMIN, KEY, LONG_AGO, NOON, USER, all, connect, crm, number, with_companies};

const TODAY: &str = "2026-11-22";
const CALENDAR: &str = "Calendar";

fn tasks(vtiger: &Vtiger) -> &dyn ports::Tasks {
    vtiger.tasks().unwrap()
}

fn new_task(company: &CompanyId) -> NewTask {
    let key = TaskKey::contact(company, TODAY.parse().unwrap());
    NewTask {
        key: key.clone(),
        company: company.clone(),
        deal: None,
        subject: "Contact Ditta Finta".to_owned(),
        text: vec!["Last contact: never".to_owned(), "SiRank: 40.0".to_owned(), key.marker()],
        owner: OwnerId::from("19x1"),
        due: "2026-11-27".parse().unwrap(),
        made_on: TODAY.parse().unwrap(),
        trace: format!("trace-{company}"),
    }
}

fn new_tasks(companies: &[CompanyId]) -> Vec<NewTask> {
    companies.iter().map(new_task).collect()
}

fn tick(id: &TaskId, done: bool) -> TaskUpdate {
    TaskUpdate { id: id.clone(), done, trace: "trace".to_owned() }
}

fn id_of(outcome: &TaskOutcome) -> TaskId {
    match outcome {
        TaskOutcome::Applied(id, _) => id.clone(),
        other => panic!("{other:?}"),
    }
}

fn refused(outcome: &TaskOutcome) -> (&str, &str) {
    match outcome {
        TaskOutcome::Refused { code, message } => (code, message),
        other => panic!("{other:?}"),
    }
}

fn number_of(task: &TaskId) -> u64 {
    task.as_str().split_once('x').unwrap().1.parse().unwrap()
}

fn held(tiger: &mock::VTiger, task: &TaskId, field: &str) -> String {
    tiger.value(CALENDAR, number_of(task), field).unwrap()
}

fn there(tiger: &mock::VTiger) -> usize {
    tiger.crm(|crm| crm.count(CALENDAR))
}

fn count(tiger: &mock::VTiger, kind: &str) -> u64 {
    tiger.stats().by_kind.get(kind).copied().unwrap_or_default()
}

/// A task of a person's, with this text.
fn of_a_person(tiger: &mock::VTiger, company: &CompanyId, text: &str) -> TaskId {
    let values = [
        ("subject", "Call"),
        ("taskstatus", "Not Started"),
        ("parent_id", company.as_str()),
        ("description", text),
    ];
    let number = tiger.change(|crm| crm.add(CALENDAR, LONG_AGO, ADMIN, &values));
    TaskId::new(format!("9x{number}"))
}

async fn one(company: &CompanyId, vtiger: &Vtiger) -> Task {
    let [task] = tasks(vtiger).of_companies(std::slice::from_ref(company)).await.unwrap().try_into().unwrap();
    task
}

#[tokio::test]
async fn thirty_tasks_are_a_look_at_companies_and_owners_and_thirty_calls() {
    let (tiger, ids) = with_companies(30).await;
    let vtiger = connect(&tiger.base_url());
    let outcomes = tasks(&vtiger).create(&new_tasks(&ids)).await.unwrap();
    assert_eq!((outcomes.len(), there(&tiger)), (30, 30));
    let looked = ["query Calendar", "query Users by id", "query Groups", "create Calendar"];
    assert_eq!(looked.map(|kind| count(&tiger, kind)), [1, 1, 0, 30]);
    assert_eq!(vtiger.usage().writes, 30);

    let first = id_of(&outcomes[0]);
    let expected = [
        ("subject", "Contact Ditta Finta"),
        ("parent_id", "11x1000"),
        ("assigned_user_id", "19x1"),
        ("taskstatus", "Not Started"),
        ("activitytype", "Task"),
        ("date_start", "2026-11-22"),
        // Nine o'clock in Rome.
        ("time_start", "08:00:00"),
        ("due_date", "2026-11-27"),
        ("description", "Last contact: never\nSiRank: 40.0\n[sirank contact:11x1000@2026-11-22]"),
    ];
    for (field, value) in expected {
        assert_eq!(held(&tiger, &first, field), value, "{field}");
    }

    let task = one(&ids[0], &vtiger).await;
    assert_eq!((&task.id, &task.key), (&first, &new_task(&ids[0]).key));
    assert_eq!(task.companies, [ids[0].clone()]);
    assert_eq!((task.owner.clone(), task.done), (Some(OwnerId::from("19x1")), false));
    assert_eq!((task.created.timestamp_millis(), task.changed_on), (NOON, TODAY.parse().unwrap()));
    assert_eq!(tasks(&vtiger).read(&[first]).await.unwrap(), [task]);
    assert!(tasks(&vtiger).create(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_task_begins_no_later_than_it_is_due_at_nine_of_the_business_zone() {
    let (tiger, ids) = with_companies(2).await;
    let mut config = crate::vtiger_support::config(&tiger.base_url());
    config.zone = chrono_tz::Pacific::Auckland;
    let vtiger = Vtiger::new(config).unwrap();
    let late = NewTask { due: "2026-11-20".parse().unwrap(), ..new_task(&ids[0]) };
    let to_group = NewTask { owner: OwnerId::from("20x2"), subject: "è".repeat(130), ..new_task(&ids[1]) };
    let outcomes = tasks(&vtiger).create(&[late, to_group]).await.unwrap();
    let [late, to_group] = [0, 1].map(|place: usize| id_of(&outcomes[place]));
    // The morning of the 20th over there is the evening of the 19th in UTC.
    let start = ["date_start", "time_start", "due_date"].map(|field| held(&tiger, &late, field));
    assert_eq!(start, ["2026-11-19", "20:00:00", "2026-11-20"]);
    assert_eq!(held(&tiger, &to_group, "assigned_user_id"), "20x2");
    assert_eq!(held(&tiger, &to_group, "subject"), "è".repeat(100));
}

#[tokio::test]
async fn whatever_stands_in_a_text_the_marker_is_found_again() {
    let (tiger, ids) = with_companies(4).await;
    let vtiger = connect(&tiger.base_url());
    let texts = [
        "Rossi & C. <b>\"città\"</b> 'perché' &amp; [1]",
        "<script>alert(1)</script> & more",
        "happy 😀",
        "a \\ backslash; and select * from",
    ];
    let batch: Vec<NewTask> = ids
        .iter()
        .zip(texts)
        .map(|(company, text)| {
            let task = new_task(company);
            NewTask { text: vec![text.to_owned(), task.key.marker()], subject: text.to_owned(), ..task }
        })
        .collect();
    let outcomes = tasks(&vtiger).create(&batch).await.unwrap();
    let made: Vec<TaskId> = outcomes.iter().map(id_of).collect();
    assert!(held(&tiger, &made[0], "description").starts_with("Rossi & C. <b>\"città\"</b> 'perché'"));
    assert!(held(&tiger, &made[2], "description").starts_with("happy ????\n[sirank "));
    let read = tasks(&vtiger).read(&made).await.unwrap();
    let keys: BTreeSet<TaskKey> = read.into_iter().map(|task| task.key).collect();
    assert_eq!(keys, batch.into_iter().map(|task| task.key).collect());
}

#[tokio::test]
async fn a_creation_that_failed_after_its_effect_is_unknown_and_found_by_the_company() {
    let (tiger, ids) = with_companies(3).await;
    let vtiger = connect(&tiger.base_url());
    tiger.faults(|faults| faults.add(Fault::status(502).kind("create Calendar").after_effect()));
    let first = tasks(&vtiger).create(&new_tasks(&ids)).await.unwrap();
    let unknown = first.iter().filter(|outcome| **outcome == TaskOutcome::Unknown).count();
    assert_eq!((unknown, there(&tiger), count(&tiger, "create Calendar")), (1, 3, 3), "{first:?}");
    let found = tasks(&vtiger).of_companies(&ids).await.unwrap();
    assert_eq!(found.len(), 3);

    // Who asks again all the same gets what is there.
    let again = tasks(&vtiger).create(&new_tasks(&ids)).await.unwrap();
    let again: BTreeSet<TaskId> = again.iter().map(id_of).collect();
    assert_eq!(again, found.into_iter().map(|task| task.id).collect());
    assert_eq!((there(&tiger), count(&tiger, "create Calendar")), (3, 3));

    tiger.faults(|faults| faults.add(Fault::status(500).kind("query Calendar").times(99)));
    let error = tasks(&vtiger).create(&new_tasks(&ids)).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn tasks_of_others_are_invisible_and_hundreds_of_own_ones_are_read() {
    let (tiger, ids) = with_companies(3).await;
    let vtiger = connect(&tiger.base_url());
    let own: Vec<TaskId> = (0..250)
        .map(|place| {
            let key = TaskKey::appointment(&DealId::new(format!("13x{place}")));
            of_a_person(&tiger, &ids[0], &format!("x\n{}", key.marker()))
        })
        .collect();
    let others = ["Call them", "sirank says hello", "[sirank what:1]", ""];
    let others = others.map(|text| of_a_person(&tiger, &ids[1], text));

    let found = tasks(&vtiger).of_companies(&ids).await.unwrap();
    let found: BTreeSet<TaskId> = found.into_iter().map(|task| task.id).collect();
    assert_eq!(found, own.iter().cloned().collect());
    assert!(tasks(&vtiger).read(&others).await.unwrap().is_empty());
    let odd = ["9x999999", "11x1000", "nonsense"].map(TaskId::from);
    assert!(tasks(&vtiger).read(&odd).await.unwrap().is_empty());
    assert!(tasks(&vtiger).of_companies(&[CompanyId::from("nonsense")]).await.unwrap().is_empty());
    assert!(tasks(&vtiger).of_companies(&[]).await.unwrap().is_empty());

    tasks(&vtiger).update(&[tick(&own[3], true)]).await.unwrap();
    let before = vtiger.usage().total();
    let open = all(async |from| tasks(&vtiger).open(from).await).await;
    let open: BTreeSet<TaskId> = open.into_iter().map(|task| task.id).collect();
    assert_eq!(open, own.iter().filter(|id| **id != own[3]).cloned().collect());
    // Three pages, and one that is the end.
    assert_eq!(vtiger.usage().total() - before, 4);
    // The one that was taken out of its text is a person's from now on.
    tiger.person_edits(CALENDAR, number_of(&own[5]), &[("description", "Mine")]);
    assert!(tasks(&vtiger).read(&own[5..6]).await.unwrap().is_empty());
}

#[tokio::test]
async fn tasks_are_ticked_off_and_opened_again_and_nothing_else_of_them_changes() {
    let (tiger, ids) = with_companies(2).await;
    let vtiger = connect(&tiger.base_url());
    let made = tasks(&vtiger).create(&new_tasks(&ids)).await.unwrap();
    let [one, other] = [0, 1].map(|place: usize| id_of(&made[place]));
    tiger.person_deletes(CALENDAR, number_of(&other));
    let odd = ["9x999999", "11x1000", "nonsense"].map(TaskId::from);
    let batch: Vec<TaskUpdate> = [&one, &other].into_iter().chain(&odd).map(|id| tick(id, true)).collect();
    let outcomes = tasks(&vtiger).update(&batch).await.unwrap();
    assert_eq!(outcomes[0], TaskOutcome::Applied(one.clone(), None));
    assert!(outcomes[1..].iter().all(|outcome| *outcome == TaskOutcome::Gone), "{outcomes:?}");
    assert_eq!(held(&tiger, &one, "taskstatus"), "Completed");
    let writes = tiger.writes();
    let update = writes.all().iter().rev().find(|write| write.action == "update").unwrap();
    assert_eq!(update.properties.len(), 2, "the id and the status");
    assert!(tasks(&vtiger).read(&[one.clone(), other]).await.unwrap()[0].done);

    tasks(&vtiger).update(&[tick(&one, false)]).await.unwrap();
    assert_eq!(held(&tiger, &one, "taskstatus"), "Not Started");
    assert!(held(&tiger, &one, "description").ends_with("@2026-11-22]"));

    tiger.faults(|faults| faults.add(Fault::status(502).kind("revise Calendar").after_effect()));
    assert_eq!(tasks(&vtiger).update(&[tick(&one, true)]).await.unwrap(), [TaskOutcome::Unknown]);
    assert!(tasks(&vtiger).read(&[one]).await.unwrap()[0].done);
}

#[tokio::test]
async fn only_tasks_are_deleted() {
    let (tiger, ids) = with_companies(1).await;
    let vtiger = connect(&tiger.base_url());
    let made = id_of(&tasks(&vtiger).create(&new_tasks(&ids)).await.unwrap()[0]);
    let batch = [made.clone(), TaskId::from("9x999999"), TaskId::from(ids[0].as_str())];
    let outcomes = tasks(&vtiger).delete(&batch).await.unwrap();
    assert_eq!(outcomes, [TaskOutcome::Applied(made, None), TaskOutcome::Gone, TaskOutcome::Gone]);
    assert_eq!((there(&tiger), tiger.crm(|crm| crm.count("Accounts"))), (0, 1));
}

#[tokio::test]
async fn an_organization_that_is_no_more_has_and_gets_no_task() {
    let (tiger, ids) = with_companies(2).await;
    let vtiger = connect(&tiger.base_url());
    let made = tasks(&vtiger).create(&new_tasks(&ids)).await.unwrap();
    let made: Vec<TaskId> = made.iter().map(id_of).collect();
    tiger.person_deletes("Accounts", number(&ids[0]));
    // Out of reach, though it is not deleted itself.
    assert_eq!(there(&tiger), 2);
    let read = tasks(&vtiger).read(&made).await.unwrap();
    assert_eq!(read.iter().map(|task| &task.id).collect::<Vec<_>>(), [&made[1]]);
    assert_eq!(tasks(&vtiger).of_companies(&ids).await.unwrap(), read);
    assert_eq!(tasks(&vtiger).update(&[tick(&made[0], true)]).await.unwrap(), [TaskOutcome::Gone]);

    let mut batch = new_tasks(&ids[..1]);
    batch.push(new_task(&CompanyId::from("nonsense")));
    let outcomes = tasks(&vtiger).create(&batch).await.unwrap();
    assert_eq!(outcomes, [TaskOutcome::Gone, TaskOutcome::Gone]);
    assert_eq!(there(&tiger), 2, "vTiger takes the task of an organization that is no more");
}

#[tokio::test]
async fn an_owner_whom_vtiger_does_not_have_is_refused_before_anything_is_sent() {
    let (tiger, ids) = with_companies(4).await;
    tiger.change(|crm| crm.add_user(mock::User::new(8, "gone", "k").inactive()));
    let vtiger = connect(&tiger.base_url());
    let owners = ["19x999", "11x1000", "nobody", "19x8"];
    let batch: Vec<NewTask> = ids
        .iter()
        .zip(owners)
        .map(|(company, owner)| NewTask { owner: OwnerId::from(owner), ..new_task(company) })
        .collect();
    let outcomes = tasks(&vtiger).create(&batch).await.unwrap();
    for outcome in &outcomes[..3] {
        let (code, message) = refused(outcome);
        assert!(code == "UNKNOWN_OWNER" && message.contains("no user or group"), "{code}: {message}");
    }
    assert!(
        matches!(outcomes[3], TaskOutcome::Applied(..)),
        "whether a user is active is not looked at here"
    );
    assert_eq!((there(&tiger), count(&tiger, "create Calendar")), (1, 1));
    // Only the number is left of an owner who was removed from the database.
    let made = id_of(&outcomes[3]);
    tiger.change(|crm| crm.users.remove(&8));
    assert_eq!(held(&tiger, &made, "assigned_user_id"), "8");
    assert_eq!(one(&ids[3], &vtiger).await.owner, None);
}

#[tokio::test]
async fn what_is_not_stored_is_taken_back() {
    let (tiger, ids) = with_companies(1).await;
    let vtiger = connect(&tiger.base_url());
    vtiger.survey().await.unwrap();
    let hidden = (CALENDAR.to_owned(), "description".to_owned());
    let profile = mock::Profile { hidden_fields: [hidden].into(), ..mock::Profile::default() };
    tasks(&vtiger).of_companies(&ids).await.unwrap();
    // Just before it is made, an administrator takes the field away.
    tiger.before("create Calendar", 0, {
        let profile = profile.clone();
        move |crm| crm.add_user(mock::User::new(ADMIN, USER, KEY).decimals(5).profile(profile))
    });
    let outcomes = tasks(&vtiger).create(&new_tasks(&ids)).await.unwrap();
    let (code, message) = refused(&outcomes[0]);
    assert!(code == "NOT_STORED" && message.contains("[sirank contact:"), "{code}: {message}");
    assert_eq!(there(&tiger), 0, "nobody would find it again");
}

#[tokio::test]
async fn who_may_not_write_tasks_is_told_what_to_do() {
    let (tiger, ids) = with_companies(1).await;
    let vtiger = connect(&tiger.base_url());
    tasks(&vtiger).may_write().await.unwrap();
    let change = |profile: mock::Profile| {
        tiger.change(|crm| crm.add_user(mock::User::new(ADMIN, USER, KEY).decimals(5).profile(profile)));
    };
    change(mock::Profile {
        read_only_modules: [CALENDAR.to_owned()].into(),
        read_only_fields: [(CALENDAR.to_owned(), "description".to_owned())].into(),
        hidden_fields: [(CALENDAR.to_owned(), "parent_id".to_owned())].into(),
        ..mock::Profile::default()
    });
    let error = tasks(&vtiger).may_write().await.unwrap_err();
    let Trouble::Forbidden { missing, message } = &error.trouble else { panic!("{error}") };
    let expected = [
        "Calendar: create",
        "Calendar: edit",
        "Calendar.description (Description): edit",
        "Calendar.parent_id: see",
    ];
    assert_eq!(missing, &expected);
    assert!(message.contains("administrator in Settings > Users"), "{message}");

    change(mock::Profile { hidden_modules: [CALENDAR.to_owned()].into(), ..mock::Profile::default() });
    let error = tasks(&vtiger).may_write().await.unwrap_err();
    assert!(error.to_string().contains("Settings > Module Manager"), "{error}");
    assert_eq!(there(&tiger), 0);

    // What is not seen is not there only for who sees everything.
    change(mock::Profile::default());
    for error in [
        tasks(&connect(&tiger.base_url())).of_companies(&ids).await.unwrap_err(),
        tasks(&connect(&tiger.base_url())).create(&new_tasks(&ids)).await.unwrap_err(),
        tasks(&connect(&tiger.base_url())).open(None).await.unwrap_err(),
    ] {
        assert!(matches!(error.trouble, Trouble::Forbidden { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_mandatory_field_of_the_administrator_is_told_beforehand_and_gets_its_default() {
    let (tiger, ids) = with_companies(2).await;
    let vtiger = connect(&tiger.base_url());
    let field = tiger.change(|crm| {
        let field = crm.add_field(CALENDAR, &mock::CustomField::text("Cost centre", 20)).unwrap();
        assert!(crm.set_field_mandatory(CALENDAR, &field, true));
        field
    });
    let told = async || {
        let survey = vtiger.survey().await.unwrap();
        survey.findings.into_iter().find(|finding| finding.place.contains("(Cost centre)"))
    };
    let finding = told().await.unwrap();
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.what.contains("a new task has to have a value in it"), "{finding:?}");
    assert!(finding.advice.contains("give it a default"), "{finding:?}");
    let outcomes = tasks(&vtiger).create(&new_tasks(&ids[..1])).await.unwrap();
    let (code, message) = refused(&outcomes[0]);
    assert!(code == "MANDATORY_FIELDS_MISSING" && message.contains(&field), "{code}: {message}");

    tiger.change(|crm| crm.set_field_default(CALENDAR, &field, "Sales"));
    assert_eq!(told().await, None);
    let outcomes = tasks(&vtiger).create(&new_tasks(&ids[1..])).await.unwrap();
    assert_eq!(held(&tiger, &id_of(&outcomes[0]), &field), "Sales");
}

#[tokio::test]
async fn a_status_that_is_missing_is_told() {
    let mut crm = crm();
    assert!(crm.remove_picklist_value(CALENDAR, "taskstatus", "Completed"));
    let tiger = crate::vtiger_support::start(crm).await;
    let survey = connect(&tiger.base_url()).survey().await.unwrap();
    let told: Vec<_> = survey.findings.iter().filter(|finding| finding.place.contains("Calendar")).collect();
    assert!(told.len() == 1 && told[0].what.contains("no status `Completed`"), "{told:?}");
}

/// A CRM with two companies in which people work, and its connector.
async fn with_people() -> (VTiger, Box<dyn Crm>) {
    let companies = ["Ditta Finta", "Prova Spa"];
    let companies = companies.map(|name| Company { name: name.to_owned(), ..Company::default() });
    let account = Account { companies: companies.into(), pipelines: vec!["Vendite"], ..Account::default() };
    let crm = VTiger::start(&account).await;
    let connection = Connection {
        ledger: Arc::new(MemoryLedger::default()),
        timeout: Duration::from_mins(1),
        budget: Duration::from_mins(1),
        inputs: &[],
        wake_up: None,
    };
    let connector = crm.connect(&connection);
    (crm, connector)
}

#[tokio::test]
async fn people_see_tick_off_and_delete_tasks() {
    let (crm, connector) = with_people().await;
    let (tasks, companies) = (connector.tasks().unwrap(), crm.companies());
    let (ada, left) = (crm.user(true), crm.user(false));
    let survey = connector.survey().await.unwrap();
    assert!(survey.active_owners.contains(&ada) && !survey.active_owners.contains(&left));

    let task = NewTask { owner: ada.clone(), ..new_task(&companies[0]) };
    let id = id_of(&tasks.create(std::slice::from_ref(&task)).await.unwrap()[0]);
    assert_eq!(crm.requests().iter().filter(|request| request.kind == VTiger::CREATE_TASKS).count(), 1);
    crm.person_makes_task(&companies[0], "Mine");
    let seen = crm.tasks();
    let expected = SeenTask {
        id: number_of(&id).to_string(),
        key: task.key.clone(),
        company: Some(companies[0].clone()),
        owner: Some(ada.clone()),
        done: false,
        subject: task.subject.clone(),
        text: task.text.join("\n"),
        due: task.due.to_string(),
    };
    assert_eq!(seen, [expected]);
    for done in [true, false] {
        crm.person_ticks(&seen[0].id, done);
        assert_eq!(crm.tasks()[0].done, done);
        assert_eq!(tasks.read(std::slice::from_ref(&id)).await.unwrap()[0].done, done);
    }
    crm.person_deletes_task(&seen[0].id);
    assert_eq!(tasks.of_companies(&companies).await.unwrap(), []);

    // With its company a task is out of people's reach too.
    tasks.create(std::slice::from_ref(&task)).await.unwrap();
    Vendor::person_deletes(&crm, &companies[0]);
    assert_eq!(crm.tasks(), []);

    for owner in [Some(&ada), None] {
        crm.person_assigns(&companies[1], owner);
        let deal = crm.person_wins_deal(&companies[1], owner);
        let watched = [survey.pipelines[0].id.clone()].into();
        let won = tasks.won_deals(&survey, &watched, "2020-01-01".parse().unwrap(), None).await.unwrap();
        let won = won.items.into_iter().find(|won| won.id.as_str() == deal).unwrap();
        assert_eq!((won.companies, won.owner.as_ref()), (vec![companies[1].clone()], owner));
    }
    let companies = connector.companies(None).await.unwrap().items;
    let owner = companies[0].owner.as_ref().unwrap();
    assert!(!survey.owner_names.contains_key(owner), "nobody is behind {owner}");
}

#[tokio::test]
async fn a_task_is_no_contact_whoever_made_or_completed_it() {
    let (crm, connector) = with_people().await;
    let (tasks, company) = (connector.tasks().unwrap(), crm.companies()[0].clone());
    crm.person_contacts(&company, "2025-03-04T10:00:00Z");
    let feed = connector.changes().unwrap();
    let mark = feed.mark().await.unwrap();
    let read = async || {
        let contacts = all(async |from| connector.last_contacts(from).await).await;
        let record = connector.read(std::slice::from_ref(&company)).await.unwrap();
        let changed = all(async |from| feed.changed(&mark, from).await).await;
        (contacts, record, changed)
    };
    let before = read().await;
    assert_eq!((before.0.len(), before.2.len()), (1, 0));

    let made = id_of(&tasks.create(&[new_task(&company)]).await.unwrap()[0]);
    assert_eq!(read().await, before);
    tasks.update(&[tick(&made, true)]).await.unwrap();
    assert_eq!(read().await, before);
    let own = crm.person_makes_task(&company, "Call them");
    crm.person_ticks(&own, true);
    assert_eq!(read().await, before);
}
