//! Items sorted into numbered buckets, in one allocation of exactly their size.

/// Items by bucket; within a bucket they keep the order in which they came.
#[derive(Clone, Debug)]
pub(super) struct Bucketed<T> {
    items: Vec<T>,
    /// Where each bucket begins, and at last where the last one ends.
    starts: Vec<usize>,
}

impl<T: Copy> Bucketed<T> {
    /// Sorts items into `buckets` buckets by counting.
    pub(super) fn of(items: &[T], buckets: usize, bucket_of: impl Fn(&T) -> usize) -> Self {
        let mut starts = vec![0; buckets + 1];
        for item in items {
            starts[bucket_of(item) + 1] += 1;
        }
        for bucket in 0..buckets {
            starts[bucket + 1] += starts[bucket];
        }
        let mut next = starts.clone();
        let mut sorted = items.to_vec();
        for item in items {
            let place = &mut next[bucket_of(item)];
            sorted[*place] = *item;
            *place += 1;
        }
        Self { items: sorted, starts }
    }
}

impl<T> Bucketed<T> {
    /// All items, bucket after bucket.
    pub(super) fn items(&self) -> &[T] {
        &self.items
    }

    /// The items of a bucket.
    pub(super) fn bucket(&self, bucket: usize) -> &[T] {
        &self.items[self.starts[bucket]..self.starts[bucket + 1]]
    }

    /// The buckets in their order.
    pub(super) fn buckets_mut(&mut self) -> impl Iterator<Item = &mut [T]> {
        let mut rest = self.items.as_mut_slice();
        self.starts.windows(2).map(move |edges| {
            let (bucket, later) = std::mem::take(&mut rest).split_at_mut(edges[1] - edges[0]);
            rest = later;
            bucket
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_bucket_by_bucket_in_their_order() {
        let mut sorted = Bucketed::of(&[31, 10, 20, 11, 30, 12], 4, |item| item / 10);
        assert_eq!(sorted.items(), [10, 11, 12, 20, 31, 30]);
        assert_eq!(sorted.bucket(0), [0; 0]);
        assert_eq!(sorted.bucket(1), [10, 11, 12]);
        assert_eq!(sorted.bucket(3), [31, 30]);
        assert_eq!(sorted.buckets_mut().map(|bucket| bucket.len()).collect::<Vec<_>>(), [0, 3, 1, 2]);
    }
}
