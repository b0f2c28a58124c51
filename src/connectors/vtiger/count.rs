//! How many organizations there are. vTiger cannot count, so the end of the list is felt for: by offset, doubling, then
//! halving what is left.

use super::Vtiger;
use super::client::Answered;
use super::link::ACCOUNTS;
use super::query::{PAGE, Query};

impl Vtiger {
    /// About two calls for each doubling of their number: 17 for 20,000. What is created or deleted meanwhile may be
    /// missed.
    pub(super) async fn count_organizations(&self) -> Answered<u64> {
        let mut end = PAGE;
        while self.rows_behind(end).await? > 0 {
            end *= 2;
        }
        let mut there = if end == PAGE { 0 } else { end / 2 };
        while end - there > PAGE {
            let middle = there.midpoint(end).next_multiple_of(PAGE);
            if self.rows_behind(middle).await? > 0 {
                there = middle;
            } else {
                end = middle;
            }
        }
        Ok((there + self.rows_behind(there).await?) as u64)
    }

    /// How many rows a page has behind so many others.
    async fn rows_behind(&self, rows: usize) -> Answered<usize> {
        let query = Query::of(ACCOUNTS).skipping(rows);
        Ok(self.link.client.query("organizations.count", &query).await?.len())
    }
}
