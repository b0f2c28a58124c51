//! Direct contacts: events that were held, then e-mails that were sent or received.
//!
//! What is joined to a record makes several rows of it: a page that is full may break off within the last one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Vtiger;
use super::client::{Answered, malformed};
use super::fields::Module;
use super::link::{EMAILS, EVENTS};
use super::map::{day_of_event, instant_of_event};
use super::query::{PAGE, Query, RecordId};
use super::relations::{Relations, id_in};
use super::wire::Row;
use crate::ports::{Cursor, DirectContact, Page};

/// The flag of e-mails that were never sent.
const DRAFT: &str = "SAVED";

/// Where a pull of contacts stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    list: List,
    /// Behind this number.
    after: u64,
    /// So many rows of the next record were read already.
    #[serde(default)]
    within: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum List {
    Events,
    Emails,
}

impl Position {
    const fn beginning(list: List) -> Self {
        Self { list, after: 0, within: 0 }
    }

    fn next_list(self) -> Option<Self> {
        match self.list {
            List::Events => Some(Self::beginning(List::Emails)),
            List::Emails => None,
        }
    }
}

pub(super) async fn last_contacts(vtiger: &Vtiger, from: Option<&Cursor>) -> Answered<Page<DirectContact>> {
    let position = match from {
        None => Position::beginning(List::Events),
        Some(cursor) => cursor
            .place()
            .ok_or_else(|| malformed("events.list", "the stored place cannot be read; start anew"))?,
    };
    let (rows, next) = match position.list {
        List::Events => events(vtiger, position).await?,
        List::Emails => emails(vtiger, position).await?,
    };
    let next = next.as_ref().map(Cursor::of);
    Ok(Page { items: contacts(vtiger, &rows).await?, next, total: None })
}

type Read = (Vec<Row>, Option<Position>);

async fn events(vtiger: &Vtiger, position: Position) -> Answered<Read> {
    let settings = &vtiger.config.contacts;
    let Some(module) = vtiger.link.visible(EVENTS).await? else {
        return Ok((Vec::new(), position.next_list()));
    };
    let query = Query::of(EVENTS)
        .columns(asked(&module, &["date_start", "time_start", "parent_id", "contact_id"]))
        .one_of("activitytype", &settings.activity_types)
        .and_then(|query| query.one_of("eventstatus", &settings.statuses));
    match query {
        Some(query) => read(vtiger, "events.list", query, module.prefix, position).await,
        None => Ok((Vec::new(), position.next_list())),
    }
}

async fn emails(vtiger: &Vtiger, position: Position) -> Answered<Read> {
    let module = match vtiger.link.visible(EMAILS).await? {
        Some(module) if vtiger.config.contacts.emails => module,
        _ => return Ok((Vec::new(), position.next_list())),
    };
    let query =
        Query::of(EMAILS).columns(asked(&module, &["date_start", "time_start", "parent_id", "email_flag"]));
    let query = if module.field("email_flag").is_some() { query.without("email_flag", DRAFT) } else { query };
    read(vtiger, "emails.list", query, module.prefix, position).await
}

fn asked<'a>(module: &Module, names: &[&'a str]) -> Vec<&'a str> {
    names.iter().copied().filter(|name| module.field(name).is_some()).collect()
}

/// Reads a page, without the rows of a record that it may have broken off in.
async fn read(
    vtiger: &Vtiger,
    operation: &'static str,
    query: Query,
    module: u64,
    position: Position,
) -> Answered<Read> {
    let client = &vtiger.link.client;
    let after = RecordId { module, number: position.after };
    if position.within > 0 {
        let rows = client.query(operation, &query.exactly(after).skipping(position.within)).await?;
        let within = if rows.is_empty() { 0 } else { position.within + rows.len() };
        return Ok((rows, Some(Position { within, ..position })));
    }
    let page = client.page(operation, query, after).await?;
    let Some(last) = page.last else { return Ok((page.rows, position.next_list())) };
    let (rows, next) = whole_records(page.rows, last);
    Ok((rows, Some(Position { list: position.list, ..next })))
}

/// The rows of a page that are whole records, and where it goes on.
fn whole_records(mut rows: Vec<Row>, last: RecordId) -> (Vec<Row>, Position) {
    let at = |after: RecordId, within| Position { list: List::Events, after: after.number, within };
    if rows.len() < PAGE {
        return (rows, at(last, 0));
    }
    let of_last = |row: &Row| row.id().parse() == Ok(last);
    let Some(whole) = rows.iter().rev().find(|row| !of_last(row)).and_then(|row| row.id().parse().ok())
    else {
        // One record fills the page: its other rows come next.
        let within = rows.len();
        return (rows, at(last, within));
    };
    rows.retain(|row| !of_last(row));
    (rows, at(whole, 0))
}

/// The organizations that the rows are about, each with its day.
async fn contacts(vtiger: &Vtiger, rows: &[Row]) -> Answered<Vec<DirectContact>> {
    let held = rows.iter().filter(|row| row.text("email_flag") != Some(DRAFT));
    let held: Vec<&Row> = held.collect();
    let about = |row: &Row| ["parent_id", "contact_id"].map(|field| id_in(row, field));
    let records: BTreeSet<RecordId> = held.iter().flat_map(|row| about(row)).flatten().collect();
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let organizations = Relations::of(vtiger).await?.organizations_of(&records).await?;
    let mut contacts = Vec::new();
    for row in held {
        let date = row.text("date_start");
        let day = date.and_then(|date| day_of_event(date, row.text("time_start"), vtiger.config.zone));
        let Some(day) = day else { continue };
        let at = date.and_then(|date| instant_of_event(date, row.text("time_start")));
        let companies: BTreeSet<_> =
            about(row).into_iter().flatten().filter_map(|id| organizations.get(&id)).collect();
        contacts.extend(companies.into_iter().map(|company| DirectContact {
            company: company.clone(),
            day,
            at,
        }));
    }
    Ok(contacts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(ids: &[(u64, usize)]) -> Vec<Row> {
        let row = |id: u64| Row::from([("id", format!("16x{id}").as_str())]);
        ids.iter().flat_map(|(id, count)| std::iter::repeat_n(*id, *count)).map(row).collect()
    }

    #[test]
    fn a_record_that_a_full_page_breaks_off_in_is_read_again_from_its_beginning() {
        /// Rows by record, and: how many are taken, behind which record it goes on, within how many of its rows.
        type Line = (&'static [(u64, usize)], usize, u64, usize);
        let table: [Line; 5] = [
            (&[(3, 1), (7, 2)], 3, 7, 0),
            (&[(3, 98), (7, 1)], 99, 7, 0),
            (&[(3, 98), (7, 2)], 98, 3, 0),
            (&[(3, 1), (7, 99)], 1, 3, 0),
            (&[(7, 100)], 100, 7, 100),
        ];
        for (records, taken, after, within) in table {
            let last = RecordId { module: 16, number: records.last().unwrap().0 };
            let (rows, next) = whole_records(rows(records), last);
            assert_eq!((rows.len(), next.after, next.within), (taken, after, within), "{records:?}");
        }
    }
}
