//! Cards: deals of the Wake Up pipeline, read.
//!
//! # Guarantees
//! [`Cards::read`] and [`Cards::of_companies`] read by id and by association, which know of a write at once;
//! [`Cards::cards`] reads by search, which may not.

use std::borrow::Cow;
use std::collections::BTreeSet;

use async_trait::async_trait;

use super::client::{ASSOCIATION_BATCH, Answered, BATCH};
use super::deals::{Associated, PAGES_PER_BATCH, associated, companies_of};
use super::look_up::by_id;
use super::map::{created, day_of_instant, version};
use super::objects::{COMPANIES, DEALS};
use super::schema::card_property_name;
use super::search::{compared, goes_on};
use super::trouble::nonsense;
use super::wire::{Record, Search};
use super::{HubSpot, SYSTEM, cards_write};
use crate::domain::ids::{CompanyId, DealId};
use crate::domain::wake_up::{Card, CardField, CardKey};
use crate::ports::{Board, CallError, CardOutcome, CardUpdate, Cards, Cursor, NewCard, Page, RecordTraits};

#[async_trait]
impl Cards for HubSpot {
    fn traits(&self) -> RecordTraits {
        RecordTraits { batch: BATCH, per_call: BATCH, read_batch: ASSOCIATION_BATCH }
    }

    async fn cards(&self, board: &Board, from: Option<Cursor>) -> Result<Page<Card>, CallError> {
        let page = self.searched_cards(board, from).await;
        page.map_err(|failure| failure.during(SYSTEM, "reading cards"))
    }

    async fn read(&self, board: &Board, cards: &[DealId]) -> Result<Vec<Card>, CallError> {
        let cards = self.cards_by_id(board, cards.iter().map(DealId::as_str).collect()).await;
        cards.map_err(|failure| failure.during(SYSTEM, "looking up cards"))
    }

    async fn of_companies(&self, board: &Board, companies: &[CompanyId]) -> Result<Vec<Card>, CallError> {
        let cards = self.cards_of(board, companies).await;
        cards.map_err(|failure| failure.during(SYSTEM, "looking up the cards of companies"))
    }

    async fn create(&self, board: &Board, batch: &[NewCard]) -> Result<Vec<CardOutcome>, CallError> {
        cards_write::create(self, board, batch).await
    }

    async fn update(&self, board: &Board, batch: &[CardUpdate]) -> Result<Vec<CardOutcome>, CallError> {
        cards_write::update(self, board, batch).await
    }

    async fn delete(&self, cards: &[DealId]) -> Result<Vec<CardOutcome>, CallError> {
        cards_write::delete(self, cards).await
    }

    async fn may_write(&self) -> Result<(), CallError> {
        self.may_write_objects(&DEALS).await
    }
}

impl HubSpot {
    /// The property of deals that holds a field of cards.
    pub(super) fn card_property(&self, field: CardField) -> String {
        card_property_name(field, &self.config.prefix)
    }

    fn properties_of_cards(&self) -> Vec<String> {
        let standard = ["dealname", "pipeline", "dealstage", "closedate", "createdate"].map(str::to_owned);
        standard.into_iter().chain([self.card_property(CardField::Key)]).collect()
    }

    /// Pages of the search, as many as fill one batch of associations.
    async fn searched_cards(&self, board: &Board, from: Option<Cursor>) -> Answered<Page<Card>> {
        let first = from.is_none();
        let mut next = Some(from.map_or_else(|| "0".to_owned(), |cursor| cursor.0));
        let (mut deals, mut total) = (Vec::new(), None);
        for _ in 0..PAGES_PER_BATCH {
            let Some(behind) = next.take() else { break };
            let properties = self.properties_of_cards().into_iter().map(Cow::Owned).collect();
            let in_pipeline = compared("pipeline", "EQ", board.pipeline.to_string());
            let search = Search::behind(&behind, vec![in_pipeline], properties);
            let page = self.client.search(&DEALS, &search).await?;
            next = goes_on(&DEALS, &page, &behind)?;
            // Only the first page is about all of them: the others are about those behind an id.
            total = total.or(page.total.filter(|_| first));
            deals.extend(page.results);
        }
        let items = self.with_companies_of(board, deals).await?;
        Ok(Page { items, next: next.map(Cursor), total })
    }

    async fn cards_of(&self, board: &Board, companies: &[CompanyId]) -> Answered<Vec<Card>> {
        let companies: BTreeSet<String> = companies.iter().map(ToString::to_string).collect();
        let deals = associated(&self.client, &COMPANIES, &DEALS, companies.into_iter().collect()).await?;
        self.cards_by_id(board, deals.values().flatten().map(String::as_str).collect()).await
    }

    async fn cards_by_id(&self, board: &Board, ids: BTreeSet<&str>) -> Answered<Vec<Card>> {
        let in_pipeline = |deal: &Record| is_in(board, deal);
        let found = by_id(&self.client, &DEALS, &ids, &self.properties_of_cards(), in_pipeline).await?;
        self.with_companies_of(board, found.into_values().collect()).await
    }

    /// The cards among some deals, each with all of its companies.
    async fn with_companies_of(&self, board: &Board, mut deals: Vec<Record>) -> Answered<Vec<Card>> {
        deals.retain(|deal| is_in(board, deal));
        let companies =
            companies_of(&self.client, deals.iter().map(|deal| deal.id.0.clone()).collect()).await?;
        deals.iter().map(|deal| self.card(board, deal, &companies)).collect()
    }

    fn card(&self, board: &Board, deal: &Record, companies: &Associated) -> Answered<Card> {
        let stage = board.stage(deal.text("dealstage").unwrap_or_default());
        let day = |text: &str| day_of_instant(text, self.config.zone);
        let created = created(deal).ok_or_else(|| {
            nonsense(DEALS.read, &format!("the deal {} has no time at which it was made", deal.id.0))
        })?;
        Ok(Card {
            id: DealId::from(deal.id.0.as_str()),
            name: deal.text("dealname").unwrap_or_default().to_owned(),
            companies: companies
                .get(&deal.id.0)
                .into_iter()
                .flatten()
                .map(|id| CompanyId::from(id.as_str()))
                .collect(),
            closed: deal.text("closedate").filter(|_| stage.is_closed()).and_then(day),
            stage,
            created,
            created_on: created.with_timezone(&self.config.zone).date_naive().into(),
            key: deal.text(&self.card_property(CardField::Key)).and_then(CardKey::read),
            version: version(deal),
        })
    }
}

fn is_in(board: &Board, deal: &Record) -> bool {
    !deal.archived && deal.text("pipeline") == Some(board.pipeline.as_str())
}
