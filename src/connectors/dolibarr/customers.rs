//! Third parties by their id, kept for the length of one reading.
//!
//! An invoice names its third party by id alone, so all customers are read before the first invoice: some 300 bytes each,
//! 30 MB for 100,000. They are forgotten with the last page.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::client::{Answered, Client, IDS, Identified, Which};
use super::map::Mapping;
use super::wire::{Invoice, ThirdParty, text};
use crate::domain::document::Party;
use crate::http::last_id;

pub(super) type Known = HashMap<u64, Party>;

/// The customers of the reading that is under way.
#[derive(Default)]
pub(super) struct Customers(Mutex<Option<Arc<Known>>>);

impl Customers {
    /// All customers, read once a reading.
    pub(super) async fn all(&self, client: &Client, mapping: &Mapping) -> Answered<Arc<Known>> {
        if let Some(known) = self.locked().clone() {
            return Ok(known);
        }
        let (mut known, mut after) = (Known::new(), 0);
        loop {
            let page = client.third_parties(&Which::after(after).customers()).await?;
            let Some(last) = last_id("thirdparties.list", page.iter().map(Identified::number), after)? else {
                break;
            };
            known.extend(page.iter().filter_map(|third| Some((third.number()?, mapping.party(third)))));
            after = last;
        }
        let known = Arc::new(known);
        *self.locked() = Some(known.clone());
        Ok(known)
    }

    /// Forgets them: the next reading has to see them as they are then.
    pub(super) fn forget(&self) {
        self.locked().take();
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Option<Arc<Known>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The third parties of these invoices that are not known yet: those that are no customers any more.
pub(super) async fn others(
    client: &Client,
    mapping: &Mapping,
    invoices: &[Invoice],
    known: &Known,
) -> Answered<Known> {
    let named = invoices.iter().filter_map(customer_of);
    let wanted: Vec<u64> =
        named.filter(|id| !known.contains_key(id)).collect::<BTreeSet<_>>().into_iter().collect();
    let mut found = Known::new();
    for ids in wanted.chunks(IDS) {
        let thirds = up_to(client, ids.len(), |after| Which::after(after).with("t.rowid", ids)).await?;
        found.extend(thirds.iter().filter_map(|third| Some((third.number()?, mapping.party(third)))));
    }
    Ok(found)
}

/// The third parties of a question, by as many pages as the server makes of them, until there are at least so many.
pub(super) async fn up_to(
    client: &Client,
    enough: usize,
    behind: impl Fn(u64) -> Which,
) -> Answered<Vec<ThirdParty>> {
    let (mut found, mut after) = (Vec::new(), 0);
    while found.len() < enough {
        let page = client.third_parties_at_most(&behind(after), (enough - found.len()) as u64).await?;
        let Some(last) = last_id("thirdparties.list", page.iter().map(Identified::number), after)? else {
            break;
        };
        found.extend(page);
        after = last;
    }
    Ok(found)
}

/// The third party that an invoice names.
pub(super) fn customer_of(invoice: &Invoice) -> Option<u64> {
    text(invoice.socid.as_ref())?.parse().ok()
}
