//! Cards are the opportunities of the Wake Up pipeline: those with its value in the picklist that tells the pipeline.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;

use super::client::{Answered, malformed};
use super::config::VtigerConfig;
use super::deals::{CREATED, STAGE, pipeline_field};
use super::fields::{Field, Module};
use super::link::{POTENTIALS, during};
use super::map::{in_zone, instant};
use super::query::{PAGE, Query, RecordId, record_ids};
use super::relations::{Relations, parent};
use super::rights::Kind;
use super::wire::Row;
use super::{BATCH, Vtiger, cards_write, cursor, position};
use crate::domain::ids::{CompanyId, DealId};
use crate::domain::wake_up::{Card, CardField, CardKey};
use crate::http::{Class, HttpFailure};
use crate::ports::{
    Board, CallError, CardOutcome, CardUpdate, Cards, Cursor, NewCard, Page, PropertyState, RecordTraits,
};

pub(super) const NAME: &str = "potentialname";
pub(super) const COMPANY: &str = "related_to";
const MODIFIED: &str = "modifiedtime";

/// The stock fields that every new card has a value in.
const STOCK: [&str; 6] = [NAME, COMPANY, STAGE, "closingdate", "description", "assigned_user_id"];

/// The fields of opportunities that cards need beyond the stock ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CardFields {
    /// The picklist that tells the pipeline.
    pub(super) pipeline: Option<Field>,
    /// Those of sirank's own that are there.
    pub(super) own: BTreeMap<CardField, Field>,
}

impl CardFields {
    pub(super) fn of(module: &Module, config: &VtigerConfig) -> Self {
        let found = CardField::ALL.into_iter().filter_map(|field| {
            let labelled = module.labelled(field.label());
            labelled.first().map(|found| (field, (*found).clone()))
        });
        Self { pipeline: pipeline_field(config, module).cloned(), own: found.collect() }
    }

    /// Those of sirank's own as properties.
    pub(super) fn properties(&self) -> BTreeMap<CardField, PropertyState> {
        self.own.iter().map(|(field, found)| (*field, found.state(None))).collect()
    }

    /// The fields that a new opportunity has to have a value in, and that are none of a card's.
    pub(super) fn others<'a>(&self, potentials: &'a Module) -> Vec<&'a Field> {
        let own = [CardField::Key, CardField::Reason].into_iter().filter_map(|field| self.own.get(&field));
        let own = own.chain(&self.pipeline).map(|field| field.name.as_str());
        let filled: Vec<&str> = STOCK.into_iter().chain(own).collect();
        potentials.mandatory_without(&filled)
    }

    pub(super) fn key(&self) -> Option<&str> {
        self.own.get(&CardField::Key).map(|field| field.name.as_str())
    }
}

#[async_trait]
impl Cards for Vtiger {
    fn traits(&self) -> RecordTraits {
        RecordTraits { batch: BATCH, per_call: 1, read_batch: PAGE }
    }

    async fn cards(&self, board: &Board, from: Option<Cursor>) -> Result<Page<Card>, CallError> {
        self.page_of_cards(board, from.as_ref()).await.map_err(during("reading cards", POTENTIALS))
    }

    async fn read(&self, board: &Board, cards: &[DealId]) -> Result<Vec<Card>, CallError> {
        self.cards_among(board, cards).await.map_err(during("looking up cards", POTENTIALS))
    }

    async fn of_companies(&self, board: &Board, companies: &[CompanyId]) -> Result<Vec<Card>, CallError> {
        self.cards_of(board, companies).await.map_err(during("looking up cards", POTENTIALS))
    }

    async fn create(&self, board: &Board, batch: &[NewCard]) -> Result<Vec<CardOutcome>, CallError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        cards_write::create(self, board, batch).await
    }

    async fn update(&self, board: &Board, batch: &[CardUpdate]) -> Result<Vec<CardOutcome>, CallError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        cards_write::update(self, board, batch).await
    }

    async fn delete(&self, cards: &[DealId]) -> Result<Vec<CardOutcome>, CallError> {
        cards_write::delete(self, cards).await
    }

    async fn may_write(&self) -> Result<(), CallError> {
        let opportunities = Kind { module: POTENTIALS, plural: "opportunities", fields: &STOCK };
        self.may_write_all(opportunities).await.map_err(during("looking at rights", POTENTIALS))
    }
}

/// How cards of one pipeline are read.
struct Reading<'a> {
    board: &'a Board,
    pipeline: String,
    fields: CardFields,
    potentials: Arc<Module>,
}

impl Reading<'_> {
    fn query(&self) -> Query {
        let person = self.potentials.field("contact_id").map(|_| "contact_id");
        let columns = [NAME, STAGE, COMPANY, CREATED, MODIFIED, self.pipeline.as_str()];
        Query::of(POTENTIALS).columns(columns.into_iter().chain(self.fields.key()).chain(person))
    }

    /// Only the opportunities of the pipeline.
    fn query_in_pipeline(&self) -> Answered<Query> {
        let value = self.board.pipeline.as_str().to_owned();
        self.query().one_of(&self.pipeline, [&value]).ok_or_else(|| {
            malformed("opportunities.list", &format!("the pipeline `{value}` cannot be asked for; rename it"))
        })
    }

    /// The language compares without regard to case and accents; a pipeline is exactly its value.
    fn is_in_pipeline(&self, row: &Row) -> bool {
        row.text(&self.pipeline) == Some(self.board.pipeline.as_str())
    }
}

impl Vtiger {
    async fn reading_cards<'a>(&self, board: &'a Board) -> Answered<Reading<'a>> {
        let potentials = self.link.needed(POTENTIALS).await?;
        let fields = CardFields::of(&potentials, &self.config);
        let pipeline = fields.pipeline.as_ref().map(|field| field.name.clone());
        let pipeline = pipeline.ok_or_else(|| {
            let class = Class::Refused { code: "NO_PIPELINE_FIELD".to_owned() };
            let message = "there is no picklist that tells the pipeline; name it in vtiger.pipeline_field";
            HttpFailure::found("opportunities.list", class, message)
        })?;
        Ok(Reading { board, pipeline, fields, potentials })
    }

    async fn page_of_cards(&self, board: &Board, from: Option<&Cursor>) -> Answered<Page<Card>> {
        let reading = self.reading_cards(board).await?;
        let after = position(from, reading.potentials.prefix)?;
        let page = self.link.client.page("opportunities.list", reading.query_in_pipeline()?, after).await?;
        let items = self.cards_from(&reading, &page.rows).await?;
        Ok(Page { items, next: page.last.map(cursor), total: None })
    }

    async fn cards_among(&self, board: &Board, cards: &[DealId]) -> Answered<Vec<Card>> {
        let reading = self.reading_cards(board).await?;
        let prefix = reading.potentials.prefix;
        let wanted = record_ids(cards.iter().map(DealId::as_str), prefix);
        let found = self.link.client.among("opportunities.read", &reading.query(), &wanted).await?;
        if found.len() < wanted.len() {
            self.sees_every(POTENTIALS).await?;
        }
        let rows: Vec<Row> = found.into_values().collect();
        self.cards_from(&reading, &rows).await
    }

    async fn cards_of(&self, board: &Board, companies: &[CompanyId]) -> Answered<Vec<Card>> {
        self.sees_every(POTENTIALS).await?;
        let reading = self.reading_cards(board).await?;
        let organizations = self.link.needed(super::ACCOUNTS).await?.prefix;
        let wanted = record_ids(companies.iter().map(CompanyId::as_str), organizations);
        let mut rows = Vec::new();
        for chunk in wanted.chunks(PAGE) {
            let ids: Vec<String> = chunk.iter().map(RecordId::to_string).collect();
            let Some(query) = reading.query_in_pipeline()?.one_of(COMPANY, &ids) else { continue };
            let client = &self.link.client;
            rows.extend(client.all("opportunities.read", &query, reading.potentials.prefix).await?);
        }
        self.cards_from(&reading, &rows).await
    }

    async fn cards_from(&self, reading: &Reading<'_>, rows: &[Row]) -> Answered<Vec<Card>> {
        let rows: Vec<&Row> = rows.iter().filter(|row| reading.is_in_pipeline(row)).collect();
        let about: BTreeSet<RecordId> = rows.iter().filter_map(|row| parent(row)).collect();
        let companies = Relations::of(self).await?.organizations_of(&about).await?;
        let cards = rows.into_iter().map(|row| {
            let company = parent(row).and_then(|id| companies.get(&id).cloned());
            self.card(reading, row, company)
        });
        Ok(cards.collect())
    }

    fn card(&self, reading: &Reading<'_>, row: &Row, company: Option<CompanyId>) -> Card {
        let zone = self.config.zone;
        let stage = reading.board.stage(row.text(STAGE).unwrap_or_default());
        let at = |field: &str| row.text(field).and_then(instant);
        // One whose time cannot be read counts as made now: nothing that happened before moves it.
        let created = at(CREATED).unwrap_or_else(|| self.link.client.stack.now());
        let closed = at(MODIFIED).filter(|_| stage.is_closed());
        let key = reading.fields.key().and_then(|field| row.text(field));
        Card {
            id: DealId::from(row.id()),
            name: row.text(NAME).unwrap_or_default().to_owned(),
            companies: company.into_iter().collect(),
            stage,
            created,
            created_on: in_zone(created, zone),
            closed: closed.map(|closed| in_zone(closed, zone)),
            key: key.and_then(CardKey::read),
            version: None,
        }
    }
}
