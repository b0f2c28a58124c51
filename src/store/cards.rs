//! The snapshot of the cards of the Wake Up pipeline.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, Transaction};

use crate::domain::ids::{CompanyId, DealId, RunId};
use crate::domain::wake_up::{Card, CardAction, CardChange, CardStage, DealOfCompany, PlacedBy, StageRole};
use crate::ports::Cursor;

use super::companies::{from_json, json};
use super::news::note_news;
use super::runs::{corrupt, from_word, note_page, word};
use super::{Feed, Store, StoreError};
use crate::clock::stamp;

/// A card with what sirank knows of it beyond what the CRM holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRow {
    /// As it was last read or written.
    pub card: Card,
    /// The stage that sirank last put it in.
    pub left_in: Option<StageRole>,
    /// Whether it was seen in another stage since: somebody moves it.
    pub touched: bool,
    /// When it was first seen past the first stage.
    pub contacted: Option<DateTime<Utc>>,
}

impl CardRow {
    /// Who put it where it is.
    pub fn placed_by(&self) -> PlacedBy {
        if self.touched { PlacedBy::Somebody } else { self.card.placed_by(self.left_in) }
    }
}

const SELECT: &str = "SELECT k.card, k.left_in, k.contacted, k.touched FROM cards k";

impl Store {
    /// Stores a page of cards, and where the next one begins.
    pub fn put_cards(
        &self,
        run: &RunId,
        page: &[Card],
        next: Option<&Cursor>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            page.iter().try_for_each(|card| put(transaction, run, card, now))?;
            note_page(transaction, run, &Feed::Cards, page.len(), next)
        })
    }

    /// Brings the snapshot up to what a look-up of some cards found; those that it did not find are no more.
    pub fn refresh_cards(
        &self,
        run: &RunId,
        asked: &[DealId],
        found: &[Card],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            found.iter().try_for_each(|card| put(transaction, run, card, now))?;
            for card in asked.iter().filter(|card| !found.iter().any(|found| found.id == **card)) {
                let gone = forget(transaction, card, now)?;
                note_news(transaction, gone)?;
            }
            Ok(())
        })
    }

    /// Cards that no page of a run held: deleted, or made too lately for a search to show them.
    pub fn cards_not_read(&self, run: &RunId) -> Result<Vec<DealId>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT id FROM cards WHERE run <> ?1 ORDER BY id")?
                .query_map([run.as_str()], |row| row.get::<_, String>(0).map(DealId::new))?
                .collect()
        })
    }

    /// One card.
    pub fn card(&self, id: &DealId) -> Result<Option<CardRow>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{SELECT} WHERE k.id = ?1"))?
                .query_row([id.as_str()], card_row)
                .optional()
        })
    }

    /// Every card, by its id.
    pub fn cards(&self) -> Result<Vec<CardRow>, StoreError> {
        self.read(|connection| {
            connection.prepare_cached(&format!("{SELECT} ORDER BY k.id"))?.query_map([], card_row)?.collect()
        })
    }

    /// The cards of one company, by their id.
    pub fn cards_of(&self, company: &CompanyId) -> Result<Vec<CardRow>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "{SELECT} JOIN card_companies j ON j.card = k.id WHERE j.company = ?1 ORDER BY k.id"
                ))?
                .query_map([company.as_str()], card_row)?
                .collect()
        })
    }

    /// Notes a card that sirank made or moved, and the stage that counts as where it left it. It is no news.
    pub fn note_card(&self, card: &Card, left_in: StageRole, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.write(|transaction| {
            let contacted = contacted(transaction, card, now)?;
            let left_in = word(left_in);
            transaction
                .prepare_cached(
                    "INSERT INTO cards (id, card, left_in, contacted, run)
                     VALUES (?1, ?2, ?3, ?4, coalesce((SELECT max(id) FROM runs), ''))
                     ON CONFLICT (id) DO UPDATE SET card = ?2, left_in = ?3, contacted = ?4, touched = 0",
                )?
                .execute((card.id.as_str(), json(card)?, left_in, contacted))?;
            put_companies(transaction, card)
        })
    }

    /// Forgets a card that is no more.
    pub fn forget_card(&self, card: &DealId, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.write(|transaction| forget(transaction, card, now).map(drop))
    }

    /// Companies whose card was made or deleted since a moment and is no more, by which hand ever, and those for which the
    /// CRM refused one since another.
    pub fn companies_without_their_cards(
        &self,
        since: DateTime<Utc>,
        refused_since: DateTime<Utc>,
    ) -> Result<HashSet<CompanyId>, StoreError> {
        let there: HashSet<String> = self.read(|connection| {
            connection
                .prepare_cached("SELECT card ->> 'key' FROM cards WHERE card ->> 'key' IS NOT NULL")?
                .query_map([], |row| row.get(0))?
                .collect()
        })?;
        let gone: Vec<CompanyId> = self.read(|connection| {
            connection
                .prepare_cached("SELECT company FROM gone_cards WHERE seen >= ?1")?
                .query_map([stamp(since)], |row| row.get::<_, String>(0).map(CompanyId::new))?
                .collect()
        })?;
        let changes = self.records_done_or_refused::<CardChange>(since, refused_since)?;
        let without = changes.into_iter().filter_map(|(change, refused)| match &change.action {
            CardAction::Create { key, .. } if refused || !there.contains(key.as_str()) => {
                Some(change.company)
            }
            _ => None,
        });
        Ok(without.chain(gone).collect())
    }

    /// The open deals of a company in watched pipelines.
    pub fn deals_of(&self, company: &CompanyId) -> Result<Vec<DealOfCompany>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT deal, created FROM open_deals WHERE company = ?1 ORDER BY deal")?
                .query_map([company.as_str()], |row| {
                    Ok(DealOfCompany { id: DealId::new(row.get::<_, String>(0)?), created: moment(row, 1)? })
                })?
                .collect()
        })
    }
}

/// Forgets a card, and remembers the company of one of sirank's that was open or lost; whether it was known.
fn forget(transaction: &Transaction<'_>, id: &DealId, now: DateTime<Utc>) -> Result<bool, rusqlite::Error> {
    let known: Option<Card> = transaction
        .prepare_cached("SELECT card FROM cards WHERE id = ?1")?
        .query_row([id.as_str()], |row| from_json(row, 0))
        .optional()?;
    let Some(card) = known else { return Ok(false) };
    if let (Some(_), Some(company), true) = (&card.key, card.company(), card.is_open() || card.is_lost()) {
        transaction
            .prepare_cached("INSERT OR REPLACE INTO gone_cards (company, seen) VALUES (?1, ?2)")?
            .execute((company.as_str(), stamp(now)))?;
    }
    transaction.prepare_cached("DELETE FROM cards WHERE id = ?1")?.execute([id.as_str()])?;
    Ok(true)
}

/// Stores a card as it was read. Where another state of it was known, that is news.
fn put(
    transaction: &Transaction<'_>,
    run: &RunId,
    card: &Card,
    now: DateTime<Utc>,
) -> Result<(), rusqlite::Error> {
    let known: Option<String> = transaction
        .prepare_cached("SELECT card FROM cards WHERE id = ?1")?
        .query_row([card.id.as_str()], |row| row.get(0))
        .optional()?;
    let known = known.and_then(|text| serde_json::from_str::<Card>(&text).ok());
    let older = |known: &Card| known.version.is_some() && known.version > card.version;
    if known.as_ref().is_some_and(older) {
        return transaction
            .prepare_cached("UPDATE cards SET run = ?2 WHERE id = ?1")?
            .execute((card.id.as_str(), run.as_str()))
            .map(drop);
    }
    let same = known.is_some_and(|known| Card { version: card.version, ..known } == *card);
    note_news(transaction, !same)?;
    let contacted = contacted(transaction, card, now)?;
    transaction
        .prepare_cached(
            "INSERT INTO cards (id, card, contacted, run) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET card = ?2, contacted = ?3, run = ?4,
                 touched = touched OR left_in IS NOT NULL AND left_in IS NOT ?5",
        )?
        .execute((card.id.as_str(), json(card)?, contacted, run.as_str(), card.stage.role().map(word)))?;
    put_companies(transaction, card)
}

fn put_companies(transaction: &Transaction<'_>, card: &Card) -> Result<(), rusqlite::Error> {
    transaction.prepare_cached("DELETE FROM card_companies WHERE card = ?1")?.execute([card.id.as_str()])?;
    let mut insert =
        transaction.prepare_cached("INSERT OR IGNORE INTO card_companies (company, card) VALUES (?1, ?2)")?;
    card.companies
        .iter()
        .try_for_each(|company| insert.execute((company.as_str(), card.id.as_str())).map(drop))
}

/// When a card was first seen past the first stage: known from before, or now.
fn contacted(
    transaction: &Transaction<'_>,
    card: &Card,
    now: DateTime<Utc>,
) -> Result<Option<String>, rusqlite::Error> {
    if card.stage == CardStage::Known(StageRole::ToContact) {
        return Ok(None);
    }
    let known: Option<(Option<String>, bool)> = transaction
        .prepare_cached("SELECT contacted, card ->> '$.stage.known' IS ?2 FROM cards WHERE id = ?1")?
        .query_row((card.id.as_str(), word(StageRole::ToContact)), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    // A card that was past the first stage when it was seen for the first time may have been there for long.
    Ok(match known {
        Some((Some(known), _)) => Some(known),
        Some((None, was_in_first)) => was_in_first.then(|| stamp(now)),
        None => None,
    })
}

fn card_row(row: &Row<'_>) -> Result<CardRow, rusqlite::Error> {
    let left_in = match row.get_ref(1)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(from_word(row, 1)?),
    };
    Ok(CardRow { card: from_json(row, 0)?, left_in, contacted: moment(row, 2)?, touched: row.get(3)? })
}

fn moment(row: &Row<'_>, column: usize) -> Result<Option<DateTime<Utc>>, rusqlite::Error> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(|error: chrono::ParseError| corrupt(column, error))).transpose()
}
