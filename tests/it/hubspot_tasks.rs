//! HubSpot: reading, making, ticking off and deleting tasks, and won deals, whatever fails.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sirank::connectors::hubspot::HubSpot;
use sirank::domain::ids::{CompanyId, DealId, OwnerId, PipelineId, TaskId};
use sirank::domain::tasks::{Task, TaskKey, WonDeal};
use sirank::domain::time::Day;
use sirank::ports::{CompanyLookup, Crm, NewTask, TaskOutcome, TaskUpdate};
use sirank_mocks::clock::Clock;
use sirank_mocks::faults::{Action, Fault};
use sirank_mocks::hubspot as mock;

use crate::crm::tasks::TaskVendor;
use crate::hubspot_support::{LONG_AGO, NOON, TOKEN, connect, number, portal};
use crate::raw_server::{RawServer, json as answer};

const TASK: mock::Kind = mock::Kind::Task;
const DEAL: mock::Kind = mock::Kind::Deal;
const COMPANY: mock::Kind = mock::Kind::Company;

/// A portal with companies, and two users: one who is there and one who left.
struct Place {
    hub: mock::HubSpot,
    hubspot: HubSpot,
    companies: Vec<CompanyId>,
}

impl Place {
    async fn with(companies: usize) -> Self {
        Self::lagging(companies, Duration::ZERO).await
    }

    async fn lagging(companies: usize, lag: Duration) -> Self {
        let mut portal = portal();
        portal.add_owner(71, "anna@example.com", false);
        portal.add_pipeline(mock::Pipeline::plain("other", "Other"));
        let companies = (0..companies)
            .map(|_| portal.add(COMPANY, LONG_AGO, &[("name", "Esempio Srl")]).to_string())
            .map(|id| CompanyId::from(id.as_str()))
            .collect();
        let clock = Clock::frozen_at(DateTime::<Utc>::from_timestamp_millis(NOON).unwrap());
        let builder = mock::HubSpot::builder().token(TOKEN).seed(portal).clock(clock).search_lag(lag);
        let hub = builder.start().await.unwrap();
        let hubspot = connect(&hub.base_url());
        Self { hub, hubspot, companies }
    }

    fn keeper(&self) -> &dyn sirank::ports::Tasks {
        self.hubspot.tasks().unwrap()
    }

    async fn create(&self, batch: &[NewTask]) -> Vec<TaskOutcome> {
        self.keeper().create(batch).await.unwrap()
    }

    fn new_tasks(&self) -> Vec<NewTask> {
        self.companies.iter().map(new_task).collect()
    }

    /// A task for each company.
    async fn made(&self) -> Vec<TaskId> {
        self.create(&self.new_tasks()).await.iter().map(id_of).collect()
    }

    async fn read(&self, tasks: &[TaskId]) -> Vec<Task> {
        self.keeper().read(tasks).await.unwrap()
    }

    async fn of_companies(&self, companies: &[CompanyId]) -> Vec<Task> {
        self.keeper().of_companies(companies).await.unwrap()
    }

    async fn open(&self) -> Vec<Task> {
        let (mut tasks, mut from) = (Vec::new(), None);
        loop {
            let page = self.keeper().open(from).await.unwrap();
            tasks.extend(page.items);
            from = page.next;
            if from.is_none() {
                return tasks;
            }
        }
    }

    async fn won(&self, watched: &[&str], since: &str) -> Vec<WonDeal> {
        let survey = self.hubspot.survey().await.unwrap();
        let watched: BTreeSet<PipelineId> = watched.iter().map(|id| PipelineId::from(*id)).collect();
        let (mut deals, mut from) = (Vec::new(), None);
        loop {
            let page = self.keeper().won_deals(&survey, &watched, day(since), from).await.unwrap();
            deals.extend(page.items);
            from = page.next;
            if from.is_none() {
                return deals;
            }
        }
    }

    fn deal(&self, company: Option<&CompanyId>, values: &[(&str, &str)]) -> u64 {
        let to: Vec<_> = company.map(|id| (COMPANY, number(id))).into_iter().collect();
        self.hub.person_adds(DEAL, values, &to)
    }

    fn value(&self, task: &TaskId, name: &str) -> String {
        self.hub.value(TASK, record(task), name).unwrap_or_default()
    }

    fn tasks(&self) -> usize {
        self.hub.portal(|portal| portal.space(TASK).records.len())
    }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn record(task: &TaskId) -> u64 {
    task.as_str().parse().unwrap()
}

fn new_task(company: &CompanyId) -> NewTask {
    let key = TaskKey::contact(company, day("2026-11-22"));
    NewTask {
        company: company.clone(),
        deal: None,
        subject: "Chiamare Esempio Srl".to_owned(),
        text: vec!["SiRank: 12,5; cluster A".to_owned(), key.marker()],
        owner: OwnerId::from("71"),
        due: day("2026-11-29"),
        made_on: day("2026-11-22"),
        trace: format!("trace-{company}"),
        key,
    }
}

fn ticked(task: &TaskId, done: bool) -> TaskUpdate {
    TaskUpdate { id: task.clone(), done, trace: format!("trace-{task}") }
}

fn id_of(outcome: &TaskOutcome) -> TaskId {
    match outcome {
        TaskOutcome::Applied(id, Some(_)) => id.clone(),
        other => panic!("{other:?}"),
    }
}

fn ids(tasks: &[Task]) -> Vec<TaskId> {
    tasks.iter().map(|task| task.id.clone()).collect()
}

#[tokio::test]
async fn two_hundred_and_fifty_tasks_are_three_calls() {
    let place = Place::with(250).await;
    let traits = place.keeper().traits();
    let mut made = Vec::new();
    for batch in place.new_tasks().chunks(traits.batch) {
        made.extend(place.create(batch).await.iter().map(id_of));
    }
    assert_eq!((place.hub.stats().by_kind["tasks_create"], place.hub.stats().requests), (3, 3));
    assert_eq!((traits.per_call, place.hubspot.usage().calls["tasks.create"]), (100, 3));

    let tasks = place.of_companies(&place.companies).await;
    assert_eq!(ids(&tasks), made);
    let first = &tasks[0];
    assert_eq!((&first.key, &first.companies[..]), (&place.new_tasks()[0].key, &place.companies[..1]));
    assert_eq!((first.owner.as_ref(), first.done), (Some(&OwnerId::from("71")), false));
    assert_eq!((first.created.timestamp_millis(), first.changed_on), (NOON, day("2026-11-22")));
    assert_eq!(first.version.unwrap().0, NOON);
    let stats = place.hub.stats();
    assert_eq!((stats.by_kind["associations_read"], stats.by_kind["batch_read"]), (2, 3));
    assert!(!stats.by_kind.contains_key("search"));
    assert_eq!(ids(&place.read(&made).await), made);
}

#[tokio::test]
async fn a_task_says_what_it_was_told_to_say() {
    let place = Place::with(1).await;
    let deal = place.deal(Some(&place.companies[0]), &[("dealname", "Esempio")]);
    let mut task = new_task(&place.companies[0]);
    task.key = TaskKey::appointment(&DealId::from(deal.to_string().as_str()));
    task.deal = Some(DealId::from(deal.to_string().as_str()));
    task.subject = "Appuntamento: Pò & Figli <Srl>".to_owned();
    let company = "Pò & Figli <b>\"d'Esempio\"</b>".to_owned();
    task.text = vec![company, "Città: Forlì".to_owned(), task.key.marker()];
    task.due = day("2026-05-13");
    let mut winter = new_task(&place.companies[0]);
    winter.trace = "another".to_owned();
    let outcomes = place.create(&[task.clone(), winter]).await;
    let made: Vec<TaskId> = outcomes.iter().map(id_of).collect();

    assert_eq!(place.value(&made[0], "hs_task_subject"), "Appuntamento: Pò & Figli <Srl>");
    let body = format!(
        "Pò &amp; Figli &lt;b&gt;&quot;d&#39;Esempio&quot;&lt;/b&gt;<br>Città: Forlì<br>[sirank appointment:{deal}]"
    );
    assert_eq!(place.value(&made[0], "hs_task_body"), body);
    assert_eq!(place.value(&made[0], "hs_timestamp"), "2026-05-13T07:00:00.000Z", "nine o'clock in summer");
    assert_eq!(place.value(&made[1], "hs_timestamp"), "2026-11-29T08:00:00.000Z", "nine o'clock in winter");
    let rest = ["hs_task_status", "hs_task_type", "hubspot_owner_id"].map(|name| place.value(&made[0], name));
    assert_eq!(rest, ["NOT_STARTED", "TODO", "71"]);
    let filed = place.hub.portal(|portal| {
        let under = |kind| portal.links.of(TASK, record(&made[0]), kind).iter().map(|link| link.to).collect();
        (under(COMPANY), under(DEAL))
    });
    assert_eq!(filed, (vec![number(&place.companies[0])], vec![deal]));

    let seen = place.hub.tasks();
    assert_eq!((seen[0].due.as_str(), seen[1].due.as_str()), ("2026-05-13", "2026-11-29"));
    assert_eq!(seen[0].key, task.key);
    assert_eq!(place.read(&made[..1]).await[0].key, task.key);
}

#[tokio::test]
async fn other_people_s_tasks_are_invisible_and_several_hundred_are_no_obstacle() {
    let place = Place::lagging(2, Duration::from_hours(24)).await;
    place.hub.options(|options| options.association_page = 100);
    for number in 0..420 {
        place.hub.person_makes_task(&place.companies[0], &format!("sirank {number}"));
    }
    let made = place.made().await;
    place.hub.forget();
    let found = place.of_companies(&place.companies).await;
    assert_eq!(ids(&found), made, "also one that search does not show yet");
    assert_eq!(place.hub.stats().by_kind["batch_read"], 5);
    let theirs = place.hub.portal(|portal| *portal.space(TASK).records.keys().next().unwrap());
    let theirs = TaskId::from(theirs.to_string().as_str());
    assert_eq!(ids(&place.read(&[theirs, made[0].clone()]).await), made[..1]);
    assert_eq!(place.of_companies(&[CompanyId::from("5")]).await, []);
}

#[tokio::test]
async fn a_task_without_its_marker_is_somebody_s_own() {
    let place = Place::with(2).await;
    let made = place.made().await;
    let writes = |at: usize, body: &str| {
        assert!(place.hub.person_edits(TASK, record(&made[at]), &[("hs_task_body", body)]));
    };
    writes(0, "<p>Fatto</p>");
    // The editor in which a person opened it made another space of the one in the marker.
    let marker = place.new_tasks()[1].key.marker().replace(' ', "&nbsp;");
    writes(1, &format!("<div><p>Richiamare</p><p><strong>{marker}</strong></p></div>"));
    assert_eq!(ids(&place.read(&made).await), made[1..]);
    assert_eq!(ids(&place.of_companies(&place.companies).await), made[1..]);
}

#[tokio::test]
async fn open_tasks_are_found_by_their_marker() {
    let place = Place::lagging(450, Duration::from_mins(10)).await;
    let mut made = Vec::new();
    for batch in place.new_tasks().chunks(100) {
        made.extend(place.create(batch).await.iter().map(id_of));
    }
    for company in &place.companies[..30] {
        place.hub.person_makes_task(company, "Chiamare");
    }
    place.hub.person_ticks(made[0].as_str(), true);
    place.hub.person_deletes_task(made[1].as_str());
    assert_eq!(place.open().await, []);
    place.hub.clock().advance(Duration::from_mins(11));
    place.hub.forget();
    let open = place.open().await;
    assert_eq!(ids(&open), made[2..]);
    assert_eq!(open[0].companies, place.companies[2..3]);
    let stats = place.hub.stats();
    assert_eq!((stats.by_kind["search"], stats.by_kind["associations_read"]), (3, 1));
}

#[tokio::test]
async fn ticking_off_writes_the_status_and_nothing_else() {
    let place = Place::with(3).await;
    let made = place.made().await;
    place.hub.clock().advance(Duration::from_hours(36));
    let batch = [ticked(&made[0], true), ticked(&made[1], true)];
    let outcomes = place.keeper().update(&batch).await.unwrap();
    assert_eq!(outcomes.iter().map(id_of).collect::<Vec<_>>(), made[..2]);
    let log = place.hub.writes();
    let sent: Vec<_> = log.of("tasks", made[0].as_str())[1].properties.keys().cloned().collect();
    assert_eq!(sent, ["hs_task_status"]);
    let tasks = place.read(&made).await;
    assert_eq!(tasks.iter().map(|task| task.done).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!((tasks[0].changed_on, tasks[2].changed_on), (day("2026-11-24"), day("2026-11-22")));

    let again = place.keeper().update(&[ticked(&made[0], false)]).await.unwrap();
    assert_eq!(id_of(&again[0]), made[0]);
    assert_eq!(place.value(&made[0], "hs_task_status"), "NOT_STARTED");
    assert_eq!(place.of_companies(&place.companies).await.iter().filter(|task| task.done).count(), 1);
}

#[tokio::test]
async fn a_task_that_is_no_more_stops_no_other() {
    let place = Place::with(3).await;
    let made = place.made().await;
    place.hub.person_deletes_task(made[0].as_str());
    let batch = [ticked(&made[0], true), ticked(&made[1], true)];
    let outcomes = place.keeper().update(&batch).await.unwrap();
    assert_eq!((&outcomes[0], id_of(&outcomes[1])), (&TaskOutcome::Gone, made[1].clone()));
    assert_eq!(ids(&place.read(&made).await), made[1..]);

    place.hub.forget();
    let outcomes = place.keeper().delete(&made).await.unwrap();
    assert_eq!(outcomes, made.iter().cloned().map(|id| TaskOutcome::Applied(id, None)).collect::<Vec<_>>());
    assert_eq!((place.tasks(), place.hub.stats().requests), (0, 1));
    place.hub.faults(|faults| faults.add(Fault::status(502).kind("batch_archive")));
    assert_eq!(place.keeper().delete(&made[..1]).await.unwrap(), [TaskOutcome::Unknown]);
}

#[tokio::test]
async fn unknown_outcomes_are_not_sent_again_and_are_found() {
    for action in
        [Action::Status { status: 502, retry_after: None, body: None }, Action::Reset, Action::EmptyBody]
    {
        let place = Place::lagging(2, Duration::from_mins(10)).await;
        let fault = |kind| Fault::new(action.clone()).kind(kind).after_effect();
        place.hub.faults(|faults| faults.add(fault(mock::HubSpot::CREATE_TASKS)));
        assert_eq!(place.create(&place.new_tasks()).await, [TaskOutcome::Unknown, TaskOutcome::Unknown]);
        assert_eq!((place.tasks(), place.hubspot.usage().calls["tasks.create"]), (2, 1));
        let found = place.of_companies(&place.companies).await;
        let keys: Vec<_> = found.iter().map(|task| task.key.clone()).collect();
        assert_eq!(keys, place.new_tasks().into_iter().map(|task| task.key).collect::<Vec<_>>());

        place.hub.faults(|faults| faults.add(fault("batch_update")));
        let outcomes = place.keeper().update(&[ticked(&found[0].id, true)]).await.unwrap();
        assert_eq!(outcomes, [TaskOutcome::Unknown]);
        assert_eq!(place.hubspot.usage().calls["tasks.update"], 1);
        assert!(place.read(&ids(&found)).await[0].done);
    }
}

#[tokio::test]
async fn one_refused_of_a_hundred_does_not_stop_the_others() {
    let place = Place::with(100).await;
    let mut batch = place.new_tasks();
    batch[40].owner = OwnerId::from("99");
    batch[60].deal = Some(DealId::from("999999"));
    place.hub.person_archives(COMPANY, number(&place.companies[50]));
    let outcomes = place.create(&batch).await;
    let TaskOutcome::Refused { code, message } = &outcomes[40] else { panic!("{:?}", outcomes[40]) };
    assert!(code == "INVALID_OWNER_ID" && message.contains("hubspot_owner_id"), "{code} {message}");
    assert_eq!((&outcomes[50], &outcomes[60]), (&TaskOutcome::Gone, &TaskOutcome::Gone));
    assert_eq!((place.tasks(), place.hub.stats().by_kind["tasks_create"]), (97, 1));
}

#[tokio::test]
async fn a_batch_that_is_refused_as_a_whole_is_taken_apart() {
    let place = Place::with(32).await;
    let culprit = place.new_tasks()[13].key.marker();
    let server = RawServer::start(move |_, request| {
        let body: serde_json::Value =
            serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
        let inputs = body["inputs"].as_array().unwrap();
        let text =
            |input: &serde_json::Value| input["properties"]["hs_task_body"].as_str().unwrap().to_owned();
        if inputs.iter().any(|input| text(input).contains(&culprit)) {
            return answer(400, r#"{"status":"error","category":"VALIDATION_ERROR","message":"no"}"#);
        }
        // The answer repeats no traces, and wraps the bodies.
        let made = inputs.iter().enumerate().map(|(at, input)| {
            serde_json::json!({"id": at.to_string(), "updatedAt": "2026-11-22T12:00:00Z",
                "properties": {"hs_task_body": format!("<div>{}</div>", text(input))}})
        });
        answer(201, &serde_json::json!({"results": made.collect::<Vec<_>>()}).to_string())
    })
    .await;
    let hubspot = connect(&server.base_url);
    let outcomes = hubspot.tasks().unwrap().create(&place.new_tasks()).await.unwrap();
    let refused = TaskOutcome::Refused { code: "VALIDATION_ERROR".to_owned(), message: "no".to_owned() };
    assert_eq!(outcomes[13], refused);
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, TaskOutcome::Applied(..))).count(), 31);
}

#[tokio::test]
async fn a_missing_scope_is_named_before_anything_is_written() {
    let place = Place::with(1).await;
    place.keeper().may_write().await.unwrap();
    let held = ["crm.objects.companies.read", "crm.objects.contacts.read"];
    place.hub.set_token(TOKEN, mock::Token::scoped(&held));
    let asked = place.keeper().may_write().await.unwrap_err().to_string();
    let tried = place.keeper().create(&place.new_tasks()).await.unwrap_err().to_string();
    for error in [asked, tried] {
        let named = error.contains("missing crm.objects.contacts.write");
        assert!(named && error.contains("Add the scope to the service key or app"), "{error}");
    }
    place.hub.set_token(TOKEN, mock::Token::scoped(&held[..1]));
    let error = place.keeper().of_companies(&place.companies).await.unwrap_err().to_string();
    assert!(error.contains("missing crm.objects.contacts.read"), "{error}");
    assert!(place.hub.writes().all().is_empty());

    // A refusal that names no scope.
    let silent = RawServer::always(answer(403, r#"{"status":"error","message":"not allowed"}"#)).await;
    let elsewhere = connect(&silent.base_url);
    let error = elsewhere.tasks().unwrap().may_write().await.unwrap_err().to_string();
    assert!(error.contains("missing crm.objects.contacts.write"), "{error}");
}

#[tokio::test]
async fn a_task_stays_with_whom_it_was_given_to() {
    let place = Place::with(1).await;
    let (there, left) = (place.hub.user(true), place.hub.user(false));
    let mut task = new_task(&place.companies[0]);
    task.owner = there.clone();
    let made = id_of(&place.create(&[task]).await[0]);
    place.hub.person_assigns(&place.companies[0], Some(&left));
    assert_eq!(
        place.hub.value(COMPANY, number(&place.companies[0]), "hubspot_owner_id"),
        Some(left.to_string())
    );
    assert_eq!(place.read(&[made]).await[0].owner, Some(there));
    place.hub.person_assigns(&place.companies[0], None);
    assert_eq!(place.hub.value(COMPANY, number(&place.companies[0]), "hubspot_owner_id"), None);
}

#[tokio::test]
async fn a_merge_of_companies_brings_their_tasks_together() {
    let place = Place::with(2).await;
    let made = place.made().await;
    place.hub.person_merges(COMPANY, number(&place.companies[0]), number(&place.companies[1]));
    let found = place.of_companies(&place.companies[..1]).await;
    assert_eq!(ids(&found), made);
    assert!(found.iter().all(|task| task.companies == place.companies[..1]));
    assert_eq!(place.of_companies(&place.companies[1..]).await, []);
}

#[tokio::test]
async fn tasks_are_no_contacts() {
    let place = Place::with(1).await;
    let company = &place.companies[0];
    place.hub.person_contacts(number(company), LONG_AGO);
    let contact = async || match place.hubspot.read(&place.companies).await.unwrap().remove(0) {
        CompanyLookup::Found(company) => (company.last_contact, company.last_contact_at),
        CompanyLookup::Gone(id) => panic!("{id}"),
    };
    let before = (contact().await, place.hub.value(COMPANY, number(company), "notes_last_contacted"));
    assert_eq!(before.0.0, Some(day("2025-01-01")));
    let activity = || place.hub.value(COMPANY, number(company), "notes_last_updated");
    let mut last_activity = activity();
    let mut nothing_but_activity = async |what: &str| {
        let now = (contact().await, place.hub.value(COMPANY, number(company), "notes_last_contacted"));
        assert_eq!(now, before, "{what}");
        assert_ne!(activity(), last_activity, "{what}: HubSpot's date of the last activity moves");
        last_activity = activity();
        place.hub.clock().advance(Duration::from_hours(1));
    };
    place.hub.clock().advance(Duration::from_hours(1));
    let made = place.made().await;
    nothing_but_activity("made").await;
    place.keeper().update(&[ticked(&made[0], true)]).await.unwrap();
    nothing_but_activity("ticked off").await;
    place.hub.person_ticks(made[0].as_str(), false);
    nothing_but_activity("opened by a person").await;
    let theirs = place.hub.person_makes_task(company, "Chiamare");
    nothing_but_activity("a person's own").await;
    place.hub.person_ticks(&theirs, true);
    nothing_but_activity("a person's own, done").await;
}

#[tokio::test]
async fn won_deals_are_read_with_owner_and_companies() {
    let place = Place::with(2).await;
    let anna = OwnerId::from("71");
    let won = place.hub.person_wins_deal(&place.companies[0], Some(&anna));
    place.hub.change(|portal| {
        portal.associate((DEAL, won.parse().unwrap()), (COMPANY, number(&place.companies[1])));
    });
    let company = Some(&place.companies[0]);
    let closed = |pipeline: &'static str, stage: &'static str, at: &'static str| {
        place.deal(company, &[("pipeline", pipeline), ("dealstage", stage), ("closedate", at)])
    };
    closed("default", "closedlost", "2026-11-22T10:00:00.000Z");
    closed("default", "contractsent", "2026-11-22T10:00:00.000Z");
    closed("other", "other_won", "2026-11-22T10:00:00.000Z");
    // Midnight in Rome is eleven in the evening in UTC: the last moment of the 20th, and the first of the 21st.
    closed("default", "closedwon", "2026-11-20T22:59:59.999Z");
    let early = closed("default", "closedwon", "2026-11-20T23:00:00.000Z");
    let alone = place.deal(
        None,
        &[("pipeline", "default"), ("dealstage", "closedwon"), ("closedate", "2026-11-21T12:00:00.000Z")],
    );

    let mut found = place.won(&["default"], "2026-11-21").await;
    assert_eq!(
        found.iter().map(|deal| deal.id.to_string()).collect::<Vec<_>>(),
        [won.clone(), early.to_string(), alone.to_string()]
    );
    assert_eq!((found[1].won_on, found[1].owner.as_ref()), (day("2026-11-21"), None));
    assert_eq!(found[2].companies, []);
    let expected = WonDeal {
        id: DealId::from(won.as_str()),
        name: "Offerta vinta".to_owned(),
        owner: Some(anna),
        companies: place.companies.clone(),
        won_on: day("2026-11-22"),
    };
    assert_eq!(found.remove(0), expected);
    assert_eq!(place.won(&["default", "other", "deleted since"], "2026-11-21").await.len(), 4);
    // Opened again.
    place.hub.person_edits(DEAL, early, &[("dealstage", "contractsent")]);
    assert_eq!(place.won(&["default"], "2026-11-21").await.len(), 2);
    place.hub.forget();
    let survey = place.hubspot.survey().await.unwrap();
    let none = place.keeper().won_deals(&survey, &BTreeSet::new(), day("2020-01-01"), None).await.unwrap();
    assert_eq!((none.items, none.next), (Vec::new(), None));
    assert!(!place.hub.stats().by_kind.contains_key("search"));
}

#[tokio::test]
async fn many_won_deals_come_in_pages_of_a_thousand() {
    let place = Place::with(1).await;
    let values =
        [("pipeline", "default"), ("dealstage", "closedwon"), ("closedate", "2026-11-22T09:00:00.000Z")];
    for _ in 0..1_250 {
        place.deal(Some(&place.companies[0]), &values);
    }
    place.hub.forget();
    let found = place.won(&["default"], "2026-11-01").await;
    let different: BTreeSet<_> = found.iter().map(|deal| &deal.id).collect();
    assert_eq!((found.len(), different.len()), (1_250, 1_250));
    assert!(found.iter().all(|deal| deal.companies == place.companies));
    let stats = place.hub.stats();
    assert_eq!((stats.by_kind["search"], stats.by_kind["associations_read"]), (7, 2));
}
