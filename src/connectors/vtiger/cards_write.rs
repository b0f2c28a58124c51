//! Writing cards: a search for the keys of a batch, then a call for each card, and a look at what vTiger made of it.
//!
//! vTiger makes an opportunity as often as it is sent, so what has a key already is not sent again.

use std::collections::BTreeMap;

use super::Vtiger;
use super::batch::{Batch, Ending, Records, Sent};
use super::cards::{COMPANY, CardFields, NAME};
use super::client::{Answered, Client};
use super::compare::text_altered;
use super::deals::STAGE;
use super::fields::{Field, defaults};
use super::labels::decoded;
use super::link::{ACCOUNTS, POTENTIALS, during};
use super::query::{PAGE, Query, RecordId, is_sayable};
use super::relations::id_in;
use super::wire::Row;
use crate::connectors::vtiger::SYSTEM;
use crate::domain::ids::DealId;
use crate::domain::wake_up::{CardField, CardKey, StageRole};
use crate::events::{Event, emit};
use crate::ports::{Board, CallError, CardOutcome, CardUpdate, NewCard};

const CARDS: Records = Records {
    module: POTENTIALS,
    noun: "opportunity",
    doing: "writing cards",
    reading: "opportunities.read",
    duplicate: "another opportunity has the same value in a field that has to be unique; let opportunities have it more \
                than once, since a company may get several cards in the course of time",
};

/// How many characters the name of an opportunity holds.
const NAME_LENGTH: usize = 120;

/// An opportunity as it is sent: fields and their values.
type Element<'a> = BTreeMap<&'a str, String>;

pub(super) async fn create(
    vtiger: &Vtiger,
    board: &Board,
    batch: &[NewCard],
) -> Result<Vec<CardOutcome>, CallError> {
    let failed = during(CARDS.doing, POTENTIALS);
    let writer = Writer::of(vtiger, board).await.map_err(&failed)?;
    let there = writer.already_there(batch).await.map_err(&failed)?;
    let sends = batch.iter().map(|card| writer.create(card, there.get(&card.key))).collect();
    let sent = writer.batch.send(vtiger, sends).await;
    writer.batch.outcomes(sent, None)
}

pub(super) async fn update(
    vtiger: &Vtiger,
    board: &Board,
    batch: &[CardUpdate],
) -> Result<Vec<CardOutcome>, CallError> {
    let writer = Writer::of(vtiger, board).await.map_err(during(CARDS.doing, POTENTIALS))?;
    let sends = batch.iter().map(|card| writer.revise(card)).collect();
    let mut sent = writer.batch.send(vtiger, sends).await;
    let ids: Vec<&str> = batch.iter().map(|card| card.id.as_str()).collect();
    let looked_up = writer.batch.look_up_denied(writer.client, &ids, &mut sent).await;
    writer.batch.outcomes(sent, looked_up.err())
}

pub(super) async fn delete(vtiger: &Vtiger, cards: &[DealId]) -> Result<Vec<CardOutcome>, CallError> {
    let (client, batch) = (&vtiger.link.client, Batch::of(CARDS));
    vtiger.sees_every(POTENTIALS).await.map_err(during(CARDS.doing, POTENTIALS))?;
    let sends = cards.iter().map(|card| remove(client, &batch, card)).collect();
    let mut sent = batch.send(vtiger, sends).await;
    let ids: Vec<&str> = cards.iter().map(DealId::as_str).collect();
    let looked_up = batch.look_up_denied(client, &ids, &mut sent).await;
    batch.outcomes(sent, looked_up.err())
}

async fn remove(client: &Client, batch: &Batch, card: &DealId) -> Sent<CardOutcome> {
    if batch.is_stopped() {
        return Sent::Skipped;
    }
    match client.delete("opportunities.delete", card.as_str()).await {
        Ok(()) => Sent::touched(CardOutcome::Applied(card.clone(), None)),
        Err(failure) => batch.failed(card.as_str(), failure),
    }
}

struct Writer<'a> {
    client: &'a Client,
    board: &'a Board,
    fields: CardFields,
    /// What an administrator chose for mandatory fields that are none of a card's.
    defaults: BTreeMap<String, String>,
    /// The first part of the ids of organizations.
    organizations: u64,
    /// Who owns a card that nobody is to own: the API user, since vTiger wants an owner.
    nobody: Option<String>,
    batch: Batch,
}

impl<'a> Writer<'a> {
    async fn of(vtiger: &'a Vtiger, board: &'a Board) -> Answered<Self> {
        vtiger.sees_every(POTENTIALS).await?;
        let Vtiger { link, config, .. } = vtiger;
        let potentials = link.needed(POTENTIALS).await?;
        let fields = CardFields::of(&potentials, config);
        Ok(Self {
            client: &link.client,
            board,
            defaults: defaults(fields.others(&potentials)),
            fields,
            organizations: link.needed(ACCOUNTS).await?.prefix,
            nobody: link.client.identity().await?.user,
            batch: Batch::of(CARDS),
        })
    }

    /// The cards of these keys that are there already, in whatever pipeline.
    async fn already_there(&self, batch: &[NewCard]) -> Answered<BTreeMap<CardKey, DealId>> {
        let mut there = BTreeMap::new();
        // Without the field no card is sent.
        let Some(field) = self.fields.key() else { return Ok(there) };
        let keys: Vec<String> = batch.iter().map(|card| card.key.as_str().to_owned()).collect();
        for chunk in keys.chunks(PAGE) {
            let Some(query) = Query::of(POTENTIALS).columns([field]).one_of(field, chunk) else { continue };
            for row in self.client.query("opportunities.search", &query).await? {
                if let Some(key) = row.text(field).and_then(CardKey::read) {
                    there.entry(key).or_insert_with(|| DealId::from(row.id()));
                }
            }
        }
        Ok(there)
    }

    async fn create(&self, card: &NewCard, there: Option<&DealId>) -> Sent<CardOutcome> {
        if let Some(id) = there {
            return Sent::touched(CardOutcome::Applied(id.clone(), None));
        }
        if self.batch.is_stopped() {
            return Sent::Skipped;
        }
        let element = match self.new_element(card) {
            Ok(element) => element,
            Err(outcome) => return Sent::untouched(outcome),
        };
        match self.client.create("opportunities.create", POTENTIALS, &element).await {
            Ok(row) => Sent::touched(self.created(card, &element, &row).await),
            Err(failure) => match self.batch.failed(card.company.as_str(), failure) {
                // There is no record yet that could be gone.
                Sent::Denied { code, message } => {
                    let message =
                        format!("vTiger does not let the API user create this opportunity: {message}");
                    Sent::untouched(CardOutcome::refused(&code, message))
                }
                sent => sent,
            },
        }
    }

    fn new_element<'b>(&'b self, card: &'b NewCard) -> Result<Element<'b>, CardOutcome> {
        if !card.company.as_str().parse().is_ok_and(|id: RecordId| id.module == self.organizations) {
            return Err(CardOutcome::Gone);
        }
        if !is_sayable(card.key.as_str()) {
            let message = format!("the key `{}` cannot be searched for, so it is not written", card.key);
            return Err(CardOutcome::refused("BAD_KEY", message));
        }
        let name: String = card.name.trim().chars().take(NAME_LENGTH).collect();
        let name = if name.is_empty() { card.company.as_str().to_owned() } else { name };
        let owner = card.owner.as_ref().map(|owner| owner.as_str().to_owned()).or(self.nobody.clone());
        let mut element = BTreeMap::from([
            (NAME, name),
            (COMPANY, card.company.as_str().to_owned()),
            (STAGE, self.stage(StageRole::ToContact)?),
            (self.pipeline()?.name.as_str(), self.board.pipeline.as_str().to_owned()),
            ("closingdate", card.close_by.to_string()),
            ("description", card.description.clone()),
            (self.own(CardField::Key)?, card.key.as_str().to_owned()),
            (self.own(CardField::Reason)?, card.reason.clone()),
        ]);
        element.extend(self.defaults.iter().map(|(field, value)| (field.as_str(), value.clone())));
        element.extend(owner.map(|owner| ("assigned_user_id", owner)));
        element.extend(card.amount.map(|amount| ("amount", amount.to_string())));
        if let Some(lost) = card.lost_revenue {
            element.insert(self.own(CardField::LostRevenue)?, lost.to_string());
        }
        Ok(element)
    }

    /// What became of a card that was made. One that is not what it was meant to be is taken back: nobody would find it
    /// again, and the next run would make another.
    async fn created(&self, card: &NewCard, element: &Element<'_>, row: &Row) -> CardOutcome {
        let id = DealId::from(row.id());
        let misses_company = id_in(row, COMPANY).map(|id| id.to_string()) != element.get(COMPANY).cloned();
        let decisive = [self.pipeline().ok(), self.fields.own.get(&CardField::Key)];
        let mut altered =
            decisive.into_iter().flatten().filter_map(|field| self.altered(field, element, row));
        let stage = row.text(STAGE).map(decoded) != element.get(STAGE).map(|stage| decoded(stage));
        let (code, message) = match altered.next() {
            _ if misses_company && row.text(COMPANY).is_none() => {
                // vTiger takes an organization that is no more and leaves the field empty.
                return match self.taken_back(&id).await {
                    None => CardOutcome::Gone,
                    Some(left) => CardOutcome::refused(
                        "COMPANY_GONE",
                        format!("the organization {} is no more; {left}", card.company),
                    ),
                };
            }
            Some((code, message)) => (code, message),
            None if misses_company => ("NOT_STORED", not_stored(COMPANY, element, row)),
            None if stage => ("NOT_STORED", not_stored(STAGE, element, row)),
            None => {
                self.tell_what_else_differs(card.company.as_str(), element, row);
                return CardOutcome::Applied(id, None);
            }
        };
        let left = self.taken_back(&id).await.map(|left| format!("; {left}")).unwrap_or_default();
        CardOutcome::refused(code, format!("{message}{left}"))
    }

    /// Deletes a card that was just made; what is left, where that fails.
    async fn taken_back(&self, id: &DealId) -> Option<String> {
        let failure = self.client.delete("opportunities.delete", id.as_str()).await.err()?;
        Some(format!("the opportunity {id} was made nevertheless and could not be deleted again: {failure}"))
    }

    async fn revise(&self, card: &CardUpdate) -> Sent<CardOutcome> {
        if self.batch.is_stopped() {
            return Sent::Skipped;
        }
        let element = match self.changed_element(card) {
            Ok(element) => element,
            Err(outcome) => return Sent::untouched(outcome),
        };
        match self.client.revise("opportunities.revise", &element).await {
            Ok(row) => Sent::touched(self.revised(card, &element, &row)),
            Err(failure) => self.batch.failed(card.id.as_str(), failure),
        }
    }

    fn changed_element<'b>(&'b self, card: &'b CardUpdate) -> Result<Element<'b>, CardOutcome> {
        let mut element = BTreeMap::from([
            ("id", card.id.as_str().to_owned()),
            (STAGE, self.stage(card.stage)?),
            (self.own(CardField::Reason)?, card.reason.clone()),
        ]);
        if let Some(invoice) = &card.reactivated_by {
            element.insert(self.own(CardField::ReactivatedBy)?, invoice.clone());
        }
        Ok(element)
    }

    fn revised(&self, card: &CardUpdate, element: &Element<'_>, row: &Row) -> CardOutcome {
        if row.id() != card.id.as_str() {
            emit(&Event::AnswerDiffers { system: SYSTEM, company: card.id.as_str(), found: row.id() });
            return CardOutcome::Unknown;
        }
        if row.text(STAGE).map(decoded) != element.get(STAGE).map(|stage| decoded(stage)) {
            return CardOutcome::refused("NOT_STORED", not_stored(STAGE, element, row));
        }
        self.tell_what_else_differs(card.id.as_str(), element, row);
        CardOutcome::Applied(card.id.clone(), None)
    }

    /// A text that is cut or left out does not undo a card that is where it has to be, but is told.
    fn tell_what_else_differs(&self, about: &str, element: &Element<'_>, row: &Row) {
        for field in [CardField::Reason, CardField::ReactivatedBy] {
            let Some(field) = self.fields.own.get(&field) else { continue };
            if let Some((_, message)) = self.altered(field, element, row) {
                emit(&Event::AnswerDiffers { system: SYSTEM, company: about, found: &message });
            }
        }
    }

    /// Whether a field that was sent is held otherwise: the code, and what to say.
    #[expect(clippy::unused_self, reason = "reads like the other looks at an answer")]
    fn altered(&self, field: &Field, element: &Element<'_>, row: &Row) -> Option<(&'static str, String)> {
        let sent = element.get(field.name.as_str())?;
        let altered = text_altered(field, sent, row.raw(&field.name))?;
        Some((altered.code, altered.message))
    }

    fn stage(&self, role: StageRole) -> Result<String, CardOutcome> {
        let stage = self.board.stages.get(&role).map(|stage| stage.as_str().to_owned());
        stage.ok_or_else(|| {
            let message = format!("the pipeline has no stage `{}`; run `sirank setup`", role.key());
            CardOutcome::refused("NO_STAGE", message)
        })
    }

    fn pipeline(&self) -> Result<&Field, CardOutcome> {
        let field = self.fields.pipeline.as_ref().ok_or_else(|| {
            let message = "opportunities have no picklist that tells the pipeline; run `sirank setup`";
            CardOutcome::refused("NO_FIELD", message.to_owned())
        })?;
        writable(field)
    }

    /// The name of a field of sirank's own.
    fn own(&self, field: CardField) -> Result<&str, CardOutcome> {
        let found = self.fields.own.get(&field).ok_or_else(|| {
            let message = format!("opportunities have no field `{}`; run `sirank setup`", field.label().en);
            CardOutcome::refused("NO_FIELD", message)
        })?;
        Ok(&writable(found)?.name)
    }
}

fn writable(field: &Field) -> Result<&Field, CardOutcome> {
    if field.editable {
        return Ok(field);
    }
    let message = format!(
        "the API user may not edit {} of opportunities; let it, in its profile and in the field's settings",
        field.for_people()
    );
    Err(CardOutcome::refused("READ_ONLY", message))
}

fn not_stored(name: &str, element: &Element<'_>, row: &Row) -> String {
    format!(
        "{name}: `{}` was sent and `{}` is stored: look for a workflow that puts another value into it",
        element.get(name).map_or("nothing", String::as_str),
        row.text(name).unwrap_or("nothing"),
    )
}
