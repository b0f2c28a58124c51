//! The snapshot of the cards: all of them, or, where the CRM tells what has changed, only those.

use crate::clock::now;
use crate::domain::ids::{DealId, RunId};
use crate::engine::{Engine, EngineError, Reading};
use crate::events::{Event, emit};
use crate::ports::{Cards, ChangedDeal};
use crate::store::Feed;

use super::Boarded;

/// Under this name the state remembers of which pipeline all cards were read.
const READ: &str = "cards_read";

impl Engine<'_> {
    /// Reads all cards where that is due: in a reading of everything, where the CRM does not tell of changes, and where
    /// this pipeline was never read.
    pub(in crate::engine) async fn pull_cards(
        &self,
        run: &RunId,
        boarded: Option<&Boarded>,
        reading: Reading,
    ) -> Result<(), EngineError> {
        let (Some(Boarded { board, .. }), Some(cards)) = (boarded, self.crm.cards()) else { return Ok(()) };
        let told = self.crm.changes().is_some_and(|changes| changes.deals().is_some());
        let read_before = self.store.meta(READ)?.as_deref() == Some(board.pipeline.as_str());
        if told && read_before && reading == Reading::Changes {
            return Ok(());
        }
        let rows = self
            .pull_pages(
                run,
                &Feed::Cards,
                "reading cards",
                async |from| cards.cards(board, from).await,
                |page| Ok(self.store.put_cards(run, &page.items, page.next.as_ref(), now())?),
            )
            .await?;
        // A list may come from an index that is behind: what it lacks is looked up.
        let unread = self.store.cards_not_read(run)?;
        self.look_up_cards(run, cards, boarded, &unread).await?;
        self.store.set_meta(READ, board.pipeline.as_str())?;
        emit(&Event::CardsRead { cards: rows });
        Ok(())
    }

    /// Reads again those of some changed deals that are cards, or were.
    pub(in crate::engine) async fn note_changed_cards(
        &self,
        run: &RunId,
        boarded: Option<&Boarded>,
        changed: &[ChangedDeal],
    ) -> Result<(), EngineError> {
        let (Some(Boarded { board, .. }), Some(cards)) = (boarded, self.crm.cards()) else { return Ok(()) };
        let mut stale = Vec::new();
        for deal in changed {
            let in_pipeline = deal.pipeline.as_ref() == Some(&board.pipeline);
            let known = self.store.card(&deal.id)?;
            let version = known.as_ref().and_then(|row| row.card.version);
            let is_new = deal.version.is_none() || deal.version > version;
            if is_new && (in_pipeline || known.is_some()) {
                stale.push(deal.id.clone());
            }
        }
        self.look_up_cards(run, cards, boarded, &stale).await
    }

    async fn look_up_cards(
        &self,
        run: &RunId,
        cards: &dyn Cards,
        boarded: Option<&Boarded>,
        asked: &[DealId],
    ) -> Result<(), EngineError> {
        let Some(Boarded { board, .. }) = boarded else { return Ok(()) };
        for asked in asked.chunks(cards.traits().read_batch.max(1)) {
            self.go_on()?;
            let found = cards.read(board, asked).await?;
            self.store.refresh_cards(run, asked, &found, now())?;
        }
        Ok(())
    }
}
