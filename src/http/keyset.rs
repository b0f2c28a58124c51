//! Lists that are read by their ids: each page begins behind the last id of the one before.

use super::failure::HttpFailure;
use super::retry::Class;

/// The last id of a page whose rows have to come behind `after` and in the order of their ids, since any other page would
/// lose rows; none where the page is empty.
///
/// # Errors
///
/// [`Class::Malformed`] where the server did not filter or sort the list, or rows have no ids.
pub fn last_id(
    operation: &'static str,
    page: impl ExactSizeIterator<Item = Option<u64>>,
    after: u64,
) -> Result<Option<u64>, Box<HttpFailure>> {
    if page.len() == 0 {
        return Ok(None);
    }
    let ids: Vec<u64> = page.flatten().collect();
    let ascend = ids.is_sorted_by(|one, next| one < next);
    match (ids.first(), ids.last()) {
        (Some(first), Some(last)) if *first > after && ascend => Ok(Some(*last)),
        _ => {
            let message = format!(
                "asked for records behind id {after}, in the order of their ids, the server answered others: it does not \
                 filter or sort lists, or rows have no ids"
            );
            Err(HttpFailure::found(operation, Class::Malformed, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_not_in_the_order_of_ids_would_lose_rows() {
        let last = |ids: &[Option<u64>], after| {
            last_id("invoices.list", ids.iter().copied(), after).map_err(|error| error.class)
        };
        assert_eq!(last(&[], 3), Ok(None));
        assert_eq!(last(&[Some(4), Some(7)], 3), Ok(Some(7)));
        for ids in [[Some(7), Some(4)], [Some(3), Some(4)], [Some(4), Some(4)], [None, None]] {
            assert_eq!(last(&ids, 3), Err(Class::Malformed), "{ids:?}");
        }
    }
}
