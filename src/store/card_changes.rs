//! The journal of cards: what a plan does with them, and what became of it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::clock::stamp;
use crate::domain::ids::{CompanyId, PlanId};
use crate::domain::wake_up::{CardAction, CardChange};

use super::companies::{from_json, json};
use super::plans::{COLUMNS, change_row, change_state};
use super::{ChangeState, Settlement, Store, StoreError, StoredChange};

impl Store {
    /// Adds what a plan does with cards; the first has the number `from`.
    pub fn add_card_changes(
        &self,
        plan: &PlanId,
        from: u32,
        changes: &[CardChange],
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO card_changes (plan, seq, company, change, state) VALUES (?1, ?2, ?3, ?4, 0)",
            )?;
            (from..).zip(changes).try_for_each(|(seq, change)| {
                insert.execute((plan.as_str(), seq, change.company.as_str(), json(change)?)).map(drop)
            })
        })
    }

    /// What a plan does with cards after a place in it, whatever has become of it.
    pub fn card_changes_after(
        &self,
        plan: &PlanId,
        after: Option<u32>,
        most: usize,
    ) -> Result<Vec<StoredChange<CardChange>>, StoreError> {
        let from = after.map_or(0, |after| after + 1);
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM card_changes c WHERE c.plan = ?1 AND c.seq >= ?2 ORDER BY c.seq LIMIT ?3"
                ))?
                .query_map((plan.as_str(), from, most), change_row)?
                .collect()
        })
    }

    /// The next card changes of a plan in a state.
    pub fn card_changes_in(
        &self,
        plan: &PlanId,
        state: ChangeState,
        most: usize,
    ) -> Result<Vec<StoredChange<CardChange>>, StoreError> {
        let state = state.number();
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM card_changes c WHERE c.plan = ?1 AND c.state = {state}
                     ORDER BY c.seq LIMIT ?2"
                ))?
                .query_map((plan.as_str(), most), change_row)?
                .collect()
        })
    }

    /// How many card changes of a plan are in each state.
    pub fn card_change_counts(&self, plan: &PlanId) -> Result<Vec<(ChangeState, u64)>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT state, count(*) FROM card_changes WHERE plan = ?1 GROUP BY state")?
                .query_map([plan.as_str()], |row| Ok((change_state(row, 0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Plans with card changes whose outcome is unknown, oldest first.
    pub fn plans_with_unknown_cards(&self) -> Result<Vec<PlanId>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT DISTINCT plan FROM card_changes WHERE state = 1 ORDER BY plan")?
                .query_map([], |row| row.get::<_, String>(0).map(PlanId::new))?
                .collect()
        })
    }

    /// Marks card changes as being sent. On disk before the call that sends them.
    pub fn mark_cards_sending(
        &self,
        plan: &PlanId,
        changes: &[&StoredChange<CardChange>],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut update = transaction.prepare_cached(
                "UPDATE card_changes SET state = 1, attempts = attempts + 1, sent = ?3
                 WHERE plan = ?1 AND seq = ?2",
            )?;
            let sent = stamp(now);
            changes.iter().try_for_each(|change| update.execute((plan.as_str(), change.seq, &sent)).map(drop))
        })
    }

    /// Records what became of card changes.
    pub fn settle_cards(
        &self,
        plan: &PlanId,
        settlements: &[Settlement<'_, CardChange>],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut update = transaction.prepare_cached(
                "UPDATE card_changes SET state = ?3, settled = ?4, code = ?5, message = ?6
                 WHERE plan = ?1 AND seq = ?2",
            )?;
            let settled = stamp(now);
            settlements.iter().try_for_each(|settlement| {
                let (code, message) =
                    settlement.refusal.as_ref().map(|(code, text)| (code.as_str(), text.as_str())).unzip();
                let at = (plan.as_str(), settlement.change.seq);
                update.execute((at.0, at.1, settlement.state.number(), &settled, code, message)).map(drop)
            })
        })
    }

    /// Companies that a card was made for since a moment which is no more, by which hand ever, and those for which the CRM
    /// refused one since another.
    pub fn companies_without_their_cards(
        &self,
        made_since: DateTime<Utc>,
        refused_since: DateTime<Utc>,
    ) -> Result<HashSet<CompanyId>, StoreError> {
        let refused = ChangeState::Refused.number();
        let applied = ChangeState::Applied.number();
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT company, change, state FROM card_changes
                 WHERE state = {applied} AND settled >= ?1 OR state = {refused} AND settled >= ?2"
            ))?;
            let mut rows = statement.query((stamp(made_since), stamp(refused_since)))?;
            let there: HashSet<String> = connection
                .prepare_cached("SELECT card ->> 'key' FROM cards WHERE card ->> 'key' IS NOT NULL")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let mut without = HashSet::new();
            while let Some(row) = rows.next()? {
                let change: CardChange = from_json(row, 1)?;
                let CardAction::Create { key, .. } = &change.action else { continue };
                if row.get::<_, u8>(2)? == refused || !there.contains(key.as_str()) {
                    without.insert(change.company);
                }
            }
            Ok(without)
        })
    }
}
