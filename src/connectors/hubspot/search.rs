//! Reading long lists by search: pages in the order of the ids, each behind the last id of the page before.
//!
//! The filter by id moves on with every page, so that the 10,000 results of one query are never met, and that records with
//! one and the same change date, as bulk edits leave them, are no obstacle. Ids do not change, so no record slips from one
//! page to another while others write. The lower end of the time is fixed for all pages of a reading. There is no upper
//! end on purpose: a record that somebody edits while pages are read would leave a window that ends, and would be left out
//! as often as it is edited.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::client::Answered;
use super::objects::Objects;
use super::trouble::nonsense;
use super::wire::{Filter, FilterGroup, List, Record, Search, Sort};

/// The most records in one page of a search.
pub(super) const SEARCH_PAGE: u32 = 200;

impl Search {
    /// The next page of the records that pass some filters.
    pub(super) fn behind(behind: &str, mut filters: Vec<Filter>, properties: Vec<Cow<'static, str>>) -> Self {
        filters.push(compared("hs_object_id", "GT", behind.to_owned()));
        Self {
            filter_groups: vec![FilterGroup { filters }],
            sorts: vec![Sort { property_name: "hs_object_id", direction: "ASCENDING" }],
            properties,
            limit: SEARCH_PAGE,
        }
    }

    /// The next page of the records that were changed at an instant or later.
    pub(super) fn changed(from: DateTime<Utc>, behind: &str, properties: Vec<Cow<'static, str>>) -> Self {
        let from = from.timestamp_millis().to_string();
        Self::behind(behind, vec![compared("hs_lastmodifieddate", "GTE", from)], properties)
    }
}

/// A filter by one value.
pub(super) fn compared(property: &'static str, operator: &'static str, value: String) -> Filter {
    Filter { property_name: property.into(), operator, value: Some(value), values: None }
}

/// A filter by several values, any of which will do.
pub(super) fn one_of(property: &'static str, values: Vec<String>) -> Filter {
    Filter { property_name: property.into(), operator: "IN", value: None, values: Some(values) }
}

/// The id behind which the next page begins; none after the last page.
///
/// # Errors
/// Where the page does not lie behind the one before: the list would never end.
pub(super) fn goes_on(
    objects: &'static Objects,
    page: &List<Record>,
    behind: &str,
) -> Answered<Option<String>> {
    let Objects { path: objects, search: operation, .. } = *objects;
    let more = page.after().is_some();
    let Some(last) = page.results.last() else {
        if more {
            return Err(nonsense(operation, &format!("an empty page of {objects} says that there are more")));
        }
        return Ok(None);
    };
    if id_number(&last.id.0) <= id_number(behind) {
        return Err(nonsense(
            operation,
            &format!("a page of {objects} sorted by id does not go on behind the last"),
        ));
    }
    Ok(more.then(|| last.id.0.clone()))
}

/// Ids are opaque but for this order, which the search itself compares by.
fn id_number(id: &str) -> u128 {
    id.parse().unwrap_or(0)
}
