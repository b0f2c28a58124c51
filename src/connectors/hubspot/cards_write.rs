//! Cards: made, moved, deleted. Nothing else of a deal is ever written.

use super::HubSpot;
use super::batch::{Fate, Values, Writing, refusal, traced, updates, write};
use super::client::Answered;
use super::map::version;
use super::problem::Problem;
use super::wire::{AssociationType, Batch, InputId, NewAssociation, NewDeal, Record};
use crate::domain::company::Version;
use crate::domain::ids::{DealId, StageId};
use crate::domain::wake_up::{CardField, StageRole};
use crate::ports::{Board, CallError, CardOutcome, CardUpdate, NewCard, Trouble};

/// What HubSpot says of a value of a unique property that another deal has.
const TAKEN: [&str; 3] = ["CONFLICTING_UNIQUE_VALUE", "OBJECT_ALREADY_EXISTS", "CONFLICT"];

pub(super) async fn create(
    hubspot: &HubSpot,
    board: &Board,
    batch: &[NewCard],
) -> Result<Vec<CardOutcome>, CallError> {
    let stage = stage(board, StageRole::ToContact)?;
    let values: Vec<Values> = batch.iter().map(|card| new_values(hubspot, board, stage, card)).collect();
    Ok(outcomes(write(&NewCards { hubspot, batch }, &values).await?))
}

pub(super) async fn update(
    hubspot: &HubSpot,
    board: &Board,
    batch: &[CardUpdate],
) -> Result<Vec<CardOutcome>, CallError> {
    let values = batch.iter().map(|card| moved_values(hubspot, board, card));
    let values = values.collect::<Result<Vec<Values>, _>>()?;
    Ok(outcomes(write(&Moves { hubspot, batch }, &values).await?))
}

pub(super) async fn delete(hubspot: &HubSpot, cards: &[DealId]) -> Result<Vec<CardOutcome>, CallError> {
    Ok(outcomes(write(&Deletions { hubspot, cards }, &vec![Values::new(); cards.len()]).await?))
}

/// The deal that was written, in the version that the write made.
type Written = (DealId, Option<Version>);

fn outcomes(fates: Vec<Fate<Written>>) -> Vec<CardOutcome> {
    let outcome = |fate| match fate {
        Fate::Applied((id, version)) => CardOutcome::Applied(id, version),
        Fate::Refused { code, message } => CardOutcome::Refused { code, message },
        Fate::Gone => CardOutcome::Gone,
        Fate::Unknown => CardOutcome::Unknown,
    };
    fates.into_iter().map(outcome).collect()
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

fn written(record: &Record) -> Fate<Written> {
    Fate::Applied((DealId::from(record.id.0.as_str()), version(record)))
}

struct NewCards<'a> {
    hubspot: &'a HubSpot,
    batch: &'a [NewCard],
}

impl Writing for NewCards<'_> {
    type Applied = Written;

    const DOING: &'static str = "creating cards";

    fn name(&self, at: usize) -> String {
        self.batch[at].company.to_string()
    }

    async fn send(&self, group: &[usize], values: &[Values]) -> Answered<Batch<Record>> {
        let inputs = group.iter().map(|at| NewDeal {
            object_write_trace_id: &self.batch[*at].trace,
            properties: &values[*at],
            associations: [NewAssociation {
                to: InputId { id: self.batch[*at].company.as_str() },
                types: [AssociationType::COMPANY_OF_DEAL, AssociationType::PRIMARY_COMPANY_OF_DEAL],
            }],
        });
        self.hubspot.client.create_deals(inputs.collect()).await
    }

    fn settled(&self, at: usize, _sent: &Values, answers: &[Record]) -> Fate<Written> {
        let card = &self.batch[at];
        let key = self.hubspot.card_property(CardField::Key);
        let by_key = || answers.iter().find(|record| record.text(&key) == Some(card.key.as_str()));
        traced(answers, &card.trace).or_else(by_key).map_or(Fate::Unknown, written)
    }

    fn is_named(&self, at: usize, ids: &[&str], traces: &[&str]) -> bool {
        let card = &self.batch[at];
        // The only id of a new deal is that of its company.
        traces.contains(&card.trace.as_str()) || traces.is_empty() && ids.contains(&card.company.as_str())
    }

    /// A key that another deal has is a card that was made already: whoever asked for it has to look it up.
    fn refused(&self, problem: &Problem) -> Fate<Written> {
        if TAKEN.iter().any(|code| problem.is(code)) { Fate::Unknown } else { refusal(problem) }
    }
}

struct Moves<'a> {
    hubspot: &'a HubSpot,
    batch: &'a [CardUpdate],
}

impl Writing for Moves<'_> {
    type Applied = Written;

    const DOING: &'static str = "moving cards";

    fn name(&self, at: usize) -> String {
        format!("card {}", self.batch[at].id)
    }

    async fn send(&self, group: &[usize], values: &[Values]) -> Answered<Batch<Record>> {
        let identity = |at: usize| (self.batch[at].id.as_str(), self.batch[at].trace.as_str());
        self.hubspot.client.update("deals", updates(group, values, identity)).await
    }

    /// A card that answers as another deal was merged into it; one that answers with another stage is looked up.
    fn settled(&self, at: usize, sent: &Values, answers: &[Record]) -> Fate<Written> {
        let card = &self.batch[at];
        let Some(record) = answers.iter().find(|record| record.id.0 == card.id.as_str()) else {
            return traced(answers, &card.trace).map_or(Fate::Unknown, |_| Fate::Gone);
        };
        let elsewhere = ["pipeline", "dealstage"].into_iter().any(|name| {
            let sent = sent.get(name).map(String::as_str);
            record.properties.contains_key(name) && record.text(name) != sent
        });
        match (record.archived, elsewhere) {
            (true, _) => Fate::Gone,
            (false, true) => Fate::Unknown,
            (false, false) => written(record),
        }
    }

    fn is_named(&self, at: usize, ids: &[&str], traces: &[&str]) -> bool {
        let card = &self.batch[at];
        ids.contains(&card.id.as_str()) || traces.contains(&card.trace.as_str())
    }
}

struct Deletions<'a> {
    hubspot: &'a HubSpot,
    cards: &'a [DealId],
}

impl Writing for Deletions<'_> {
    type Applied = Written;

    const DOING: &'static str = "deleting cards";

    fn name(&self, at: usize) -> String {
        format!("card {}", self.cards[at])
    }

    async fn send(&self, group: &[usize], _values: &[Values]) -> Answered<Batch<Record>> {
        let inputs = group.iter().map(|at| InputId { id: self.cards[*at].as_str() }).collect();
        self.hubspot.client.archive_deals(inputs).await?;
        Ok(Batch { results: Vec::new(), errors: None, warnings: None })
    }

    /// The answer of an archive is empty.
    fn settled(&self, at: usize, _sent: &Values, _answers: &[Record]) -> Fate<Written> {
        Fate::Applied((self.cards[at].clone(), None))
    }

    fn is_named(&self, at: usize, ids: &[&str], _traces: &[&str]) -> bool {
        ids.contains(&self.cards[at].as_str())
    }
}
