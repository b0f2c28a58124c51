//! Cards: made, moved, deleted. Nothing else of a deal is ever written.

use super::HubSpot;
use super::batch::Values;
use super::objects::DEALS;
use super::records::{self, Change, Kind, New};
use super::wire::{AssociationType, NewAssociation};
use crate::domain::ids::{DealId, StageId};
use crate::domain::wake_up::{CardField, StageRole};
use crate::ports::{Board, CallError, CardOutcome, CardUpdate, NewCard, Trouble};

pub(super) async fn create(
    hubspot: &HubSpot,
    board: &Board,
    batch: &[NewCard],
) -> Result<Vec<CardOutcome>, CallError> {
    let stage = stage(board, StageRole::ToContact)?;
    let new = batch.iter().map(|card| New {
        key: card.key.to_string(),
        trace: &card.trace,
        associations: vec![NewAssociation::of(
            card.company.as_str(),
            &[AssociationType::COMPANY_OF_DEAL, AssociationType::PRIMARY_COMPANY_OF_DEAL],
        )],
        values: new_values(hubspot, board, stage, card),
    });
    let key = hubspot.card_property(CardField::Key);
    records::create(cards(hubspot), new.collect(), &|record| record.text(&key).map(str::to_owned)).await
}

/// A card that answers with another stage than the one that it was moved to is looked up.
pub(super) async fn update(
    hubspot: &HubSpot,
    board: &Board,
    batch: &[CardUpdate],
) -> Result<Vec<CardOutcome>, CallError> {
    let changes = batch.iter().map(|card| {
        let values = moved_values(hubspot, board, card)?;
        Ok(Change { id: card.id.as_str(), trace: &card.trace, values })
    });
    let changes = changes.collect::<Result<_, CallError>>()?;
    records::update(cards(hubspot), changes, &["pipeline", "dealstage"]).await
}

pub(super) async fn delete(hubspot: &HubSpot, ids: &[DealId]) -> Result<Vec<CardOutcome>, CallError> {
    records::delete(cards(hubspot), ids.iter().map(DealId::as_str).collect()).await
}

fn cards(hubspot: &HubSpot) -> Kind<'_> {
    Kind { client: &hubspot.client, objects: &DEALS, one: "card" }
}

fn stage(board: &Board, role: StageRole) -> Result<&str, CallError> {
    board.stages.get(&role).map(StageId::as_str).ok_or_else(|| {
        let message = format!("the Wake Up pipeline has no stage for {}", role.key());
        super::schema::error("a card", Trouble::Configuration(message))
    })
}

fn new_values(hubspot: &HubSpot, board: &Board, stage: &str, card: &NewCard) -> Values {
    let own = |field| hubspot.card_property(field);
    let mut values = Values::from([
        ("dealname".to_owned(), card.name.clone()),
        ("pipeline".to_owned(), board.pipeline.to_string()),
        ("dealstage".to_owned(), stage.to_owned()),
        ("closedate".to_owned(), format!("{}T00:00:00.000Z", card.close_by)),
        ("description".to_owned(), card.description.clone()),
        (own(CardField::Key), card.key.to_string()),
        (own(CardField::Reason), card.reason.clone()),
    ]);
    let owner = card.owner.as_ref().map(ToString::to_string);
    let lost_revenue = card.lost_revenue.map(|money| money.to_string());
    let amount = card.amount.map(|money| money.to_string());
    let given = [
        ("hubspot_owner_id".to_owned(), owner),
        (own(CardField::LostRevenue), lost_revenue),
        ("amount".to_owned(), amount),
    ];
    values.extend(given.into_iter().filter_map(|(name, value)| Some((name, value?))));
    values
}

/// A pipeline and its stage always go together: HubSpot takes the stage for one of the default pipeline otherwise.
fn moved_values(hubspot: &HubSpot, board: &Board, card: &CardUpdate) -> Result<Values, CallError> {
    let mut values = Values::from([
        ("pipeline".to_owned(), board.pipeline.to_string()),
        ("dealstage".to_owned(), stage(board, card.stage)?.to_owned()),
        (hubspot.card_property(CardField::Reason), card.reason.clone()),
    ]);
    let invoice = card.reactivated_by.clone();
    values.extend(invoice.map(|invoice| (hubspot.card_property(CardField::ReactivatedBy), invoice)));
    Ok(values)
}
