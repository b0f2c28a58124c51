//! Reading what has changed: the snapshot afterwards is the one that reading everything would give.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use sirank::domain::catalogue::Figure;
use sirank::domain::company::{CompanyKeysText, CompanyRecord};
use sirank::domain::ids::{CompanyId, PipelineId};
use sirank::domain::value::{Blanks, ValueKind};
use sirank::engine::{Engine, EngineError, LastSurvey, Reading, Request, RunReport};
use sirank::ports::{
    CallError, Changes, CompanyLookup, CompanyWrite, Crm, CrmTraits, Cursor, Deleted, InputProperty,
    InvoiceSource, Mark, OpenDeal, Page, PropertyState, SchemaItem, Survey, Trouble, Usage, WriteOutcome,
};
use sirank::store::Store;
use sirank_mocks::hubspot::HubSpot;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::world::{Books, Quiet, policy, request};
use crate::crm::Vendor as _;

/// A CRM in memory that numbers its changes.
#[derive(Default)]
struct Numbered {
    state: Mutex<State>,
    /// Whether it lists deletions, or only what there is.
    tells_deletions: bool,
}

#[derive(Default)]
struct State {
    clock: u64,
    companies: BTreeMap<u64, (CompanyRecord, u64)>,
    deleted: Vec<(u64, u64)>,
    further_property: bool,
    picklist: String,
    /// How many pages are delivered before the connection is lost.
    pages_left: Option<u32>,
    read: Vec<String>,
}

const PAGE: usize = 3;

impl Numbered {
    fn with(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap();
        state.clock += 1;
        change(&mut state);
    }

    fn put(&self, id: u64, name: &str) {
        self.with(|state| {
            let record = CompanyRecord {
                version: None,
                id: CompanyId::from(id.to_string().as_str()),
                name: name.to_owned(),
                created: None,
                keys: CompanyKeysText {
                    vat_number: Some(format!("IT{id:011}")),
                    ..CompanyKeysText::default()
                },
                potential: Some("high".to_owned()),
                category: None,
                d_and_p: None,
                owner: None,
                last_contact: None,
                last_contact_at: None,
                observed: Vec::new(),
            };
            state.companies.insert(id, (record, state.clock));
        });
    }

    fn delete(&self, id: u64) {
        self.with(|state| {
            state.companies.remove(&id);
            state.deleted.push((id, state.clock));
        });
    }

    /// What was read since the last question, by kind and id.
    fn read_lately(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().read)
    }

    fn page<T>(
        &self,
        kind: &str,
        from: Option<Cursor>,
        changed_after: u64,
        item: impl Fn(&CompanyRecord) -> T,
    ) -> Result<Page<T>, CallError> {
        let mut state = self.state.lock().unwrap();
        if let Some(left) = &mut state.pages_left {
            if *left == 0 {
                let trouble =
                    Trouble::Unavailable { message: "the line is dead".to_owned(), retry_after: None };
                return Err(CallError { system: "it".to_owned(), operation: kind.to_owned(), trouble });
            }
            *left -= 1;
        }
        let after: u64 = from.map_or(0, |cursor| cursor.0.parse().unwrap());
        let found: Vec<(u64, CompanyRecord)> = state
            .companies
            .iter()
            .filter(|(id, (_, changed))| **id > after && *changed > changed_after)
            .take(PAGE)
            .map(|(id, (record, _))| (*id, record.clone()))
            .collect();
        state.read.extend(found.iter().map(|(id, _)| format!("{kind} {id}")));
        let next = found.last().map(|(id, _)| Cursor(id.to_string()));
        Ok(Page { items: found.iter().map(|(_, record)| item(record)).collect(), next, total: None })
    }
}

#[async_trait]
impl Changes for Numbered {
    async fn mark(&self) -> Result<Mark, CallError> {
        Ok(Mark(self.state.lock().unwrap().clock.to_string()))
    }

    fn reading(&self) -> String {
        self.state.lock().unwrap().picklist.clone()
    }

    async fn changed(&self, since: &Mark, from: Option<Cursor>) -> Result<Page<CompanyRecord>, CallError> {
        self.page("changed", from, since.0.parse().unwrap(), CompanyRecord::clone)
    }

    async fn deleted(&self, since: &Mark) -> Result<Deleted<CompanyId>, CallError> {
        let since: u64 = since.0.parse().unwrap();
        let state = self.state.lock().unwrap();
        let deleted = state.deleted.iter().filter(|(_, at)| *at > since);
        let ids = deleted.map(|(id, _)| CompanyId::from(id.to_string().as_str())).collect();
        Ok(if self.tells_deletions { Deleted::Told(ids) } else { Deleted::ByIds })
    }

    async fn ids(&self, from: Option<Cursor>) -> Result<Page<CompanyId>, CallError> {
        self.page("id", from, 0, |record| record.id.clone())
    }
}

#[async_trait]
impl Crm for Numbered {
    fn traits(&self) -> CrmTraits {
        CrmTraits {
            name: "it",
            batch: 10,
            companies_per_write: 10,
            page: PAGE,
            concurrency: 1,
            calls_per_second: None,
            blanks: Blanks::Empty,
            known_by_label: false,
            contacts_apart: false,
            loopback: true,
        }
    }

    async fn survey(&self) -> Result<Survey, CallError> {
        let state = |kind| PropertyState {
            label: String::new(),
            kind: Ok(kind),
            options: Vec::new(),
            read_only: false,
        };
        let name = |figure: Figure| figure.property_name("sirank_");
        let mut survey = Survey {
            figure_properties: Figure::ALL.into_iter().map(|figure| (figure, name(figure))).collect(),
            input_properties: BTreeMap::from([(InputProperty::VatNumber, "vat_number".to_owned())]),
            ..Survey::default()
        };
        for figure in Figure::ALL {
            let description = figure.describe();
            let options = description.options.iter().map(|option| option.name.to_owned()).collect();
            survey.properties.insert(name(figure), PropertyState { options, ..state(description.kind) });
        }
        for name in ["potential", "customer_category", "vat_number", "d_and_p"] {
            survey.properties.insert(name.to_owned(), state(ValueKind::Text));
        }
        if self.state.lock().unwrap().further_property {
            survey.input_properties.insert(InputProperty::DAndP, "d_and_p".to_owned());
        }
        Ok(survey)
    }

    async fn count(&self, _having: Option<InputProperty>) -> Result<Option<u64>, CallError> {
        Ok(None)
    }

    async fn companies(&self, from: Option<Cursor>) -> Result<Page<CompanyRecord>, CallError> {
        self.page("all", from, 0, CompanyRecord::clone)
    }

    fn changes(&self) -> Option<&dyn Changes> {
        Some(self)
    }

    async fn open_deals(
        &self,
        _survey: &Survey,
        _watched: &BTreeSet<PipelineId>,
        _from: Option<Cursor>,
    ) -> Result<Page<OpenDeal>, CallError> {
        Ok(Page { items: Vec::new(), next: None, total: None })
    }

    async fn read(&self, _ids: &[CompanyId]) -> Result<Vec<CompanyLookup>, CallError> {
        unreachable!("nothing is written")
    }

    async fn write(&self, _batch: &[CompanyWrite]) -> Result<Vec<WriteOutcome>, CallError> {
        unreachable!("nothing is written")
    }

    async fn create(&self, _item: &SchemaItem) -> Result<(), CallError> {
        unreachable!("everything is there")
    }

    fn usage(&self) -> Usage {
        Usage::default()
    }
}

/// A state beside the CRM.
struct Desk {
    crm: Numbered,
    folder: TempDir,
}

impl Desk {
    async fn after_a_whole_reading(tells_deletions: bool) -> Self {
        let desk = Self {
            crm: Numbered { tells_deletions, ..Numbered::default() },
            folder: TempDir::new().unwrap(),
        };
        for id in 1..=7 {
            desk.crm.put(id, "Esempio");
        }
        desk.run(Reading::Changes, false, Duration::from_hours(24)).await.unwrap();
        let read = desk.crm.read_lately();
        assert_eq!(read.len(), 7, "nothing is known yet, so everything is read: {read:?}");
        assert!(read.iter().all(|read| read.starts_with("all ")));
        desk
    }

    async fn run(
        &self,
        reading: Reading,
        resume: bool,
        whole_after: Duration,
    ) -> Result<RunReport, EngineError> {
        let store = Store::open(&self.folder.path().join("sirank.sqlite3")).unwrap();
        let mut policy = policy(HubSpot::inputs());
        policy.whole_after = whole_after;
        policy.watched_pipelines = None;
        let books: Box<dyn InvoiceSource> =
            Box::new(Books { name: "books", documents: Arc::default(), stands_at: None, interrupted: false });
        let engine = Engine {
            store: &store,
            crm: &self.crm,
            sources: &[books],
            survey: &LastSurvey::default(),
            policy: &policy,
            progress: &Quiet,
            stop: &CancellationToken::new(),
        };
        engine.run(&Request { command: "run", reading, resume, apply: false, ..request() }).await
    }

    async fn changes(&self) -> Vec<String> {
        self.run(Reading::Changes, false, Duration::from_hours(24)).await.unwrap();
        self.crm.read_lately()
    }

    /// Ids and names of the snapshot.
    fn snapshot(&self) -> Vec<(String, String)> {
        let store = Store::open(&self.folder.path().join("sirank.sqlite3")).unwrap();
        let rows = store.companies_after(None, 100).unwrap();
        rows.into_iter().map(|row| (row.record.id.to_string(), row.record.name)).collect()
    }

    /// That the snapshot is what the CRM holds.
    fn assert_complete(&self) {
        let state = self.crm.state.lock().unwrap();
        let mut there: Vec<(String, String)> = state
            .companies
            .values()
            .map(|(record, _)| (record.id.to_string(), record.name.clone()))
            .collect();
        there.sort();
        drop(state);
        assert_eq!(self.snapshot(), there);
    }
}

#[tokio::test]
async fn only_what_changed_is_read_and_what_was_deleted_is_forgotten() {
    for tells_deletions in [true, false] {
        let desk = Desk::after_a_whole_reading(tells_deletions).await;
        desk.crm.put(3, "Esempio nuovo");
        desk.crm.put(8, "Ottava");
        desk.crm.delete(5);
        let read = desk.changes().await;
        let companies: Vec<&str> =
            read.iter().filter(|read| !read.starts_with("id ")).map(String::as_str).collect();
        assert_eq!(companies, ["changed 3", "changed 8"]);
        assert_eq!(read.len() > 2, !tells_deletions, "ids are swept only where nothing else tells: {read:?}");
        desk.assert_complete();
        let read = desk.changes().await;
        assert!(read.iter().all(|read| read.starts_with("id ")), "nothing changed: {read:?}");
        desk.assert_complete();
    }
}

#[tokio::test]
async fn a_reading_that_stopped_anywhere_goes_on_and_loses_nothing() {
    for pages in 0..8 {
        let desk = Desk::after_a_whole_reading(false).await;
        for id in [1, 2, 4, 6] {
            desk.crm.put(id, "Esempio nuovo");
        }
        desk.crm.delete(7);
        desk.crm.with(|state| state.pages_left = Some(pages));
        let stopped = desk.run(Reading::Changes, false, Duration::from_hours(24)).await;
        // While it stands still, somebody goes on working.
        desk.crm.put(2, "Esempio più nuovo");
        desk.crm.delete(1);
        desk.crm.with(|state| state.pages_left = None);
        if stopped.is_err() {
            desk.run(Reading::Changes, true, Duration::from_hours(24)).await.unwrap();
        }
        desk.run(Reading::Changes, false, Duration::from_hours(24)).await.unwrap();
        desk.assert_complete();
    }
}

#[tokio::test]
async fn everything_is_read_when_asked_for_when_it_is_long_ago_and_when_other_properties_count() {
    let all = |desk: &Desk| {
        let read = desk.crm.read_lately();
        read.len() == 7 && read.iter().all(|read| read.starts_with("all "))
    };
    let desk = Desk::after_a_whole_reading(true).await;
    desk.run(Reading::Whole, false, Duration::from_hours(24)).await.unwrap();
    assert!(all(&desk), "a backfill reads everything");
    desk.run(Reading::Changes, false, Duration::ZERO).await.unwrap();
    assert!(all(&desk), "the last whole reading is too old");
    desk.crm.with(|state| state.further_property = true);
    desk.run(Reading::Changes, false, Duration::from_hours(24)).await.unwrap();
    assert!(all(&desk), "the snapshot lacks a property that is read now");
    desk.crm.with(|state| state.picklist = "other values".to_owned());
    desk.run(Reading::Changes, false, Duration::from_hours(24)).await.unwrap();
    assert!(all(&desk), "the snapshot was read with other values in mind");
}
