//! Sliding windows: one that limits, one that only remembers its fullest moment.

use std::collections::VecDeque;

/// At most `limit` events in any `span_ms`.
#[derive(Clone, Debug)]
pub(crate) struct SlidingLimit {
    limit: usize,
    span_ms: i64,
    events: VecDeque<i64>,
}

impl SlidingLimit {
    pub(crate) fn new(limit: u32, span_ms: i64) -> Self {
        Self { limit: limit as usize, span_ms, events: VecDeque::new() }
    }

    fn forget(&mut self, now: i64) {
        while self.events.front().is_some_and(|first| *first <= now - self.span_ms) {
            self.events.pop_front();
        }
    }

    /// Counts an event, or refuses it (a refused event is not counted).
    pub(crate) fn admit(&mut self, now: i64) -> bool {
        self.forget(now);
        let free = self.events.len() < self.limit;
        if free {
            self.events.push_back(now);
        }
        free
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn span_ms(&self) -> i64 {
        self.span_ms
    }

    pub(crate) fn remaining(&mut self, now: i64) -> usize {
        self.forget(now);
        self.limit.saturating_sub(self.events.len())
    }

    /// Milliseconds until the oldest counted event leaves the window.
    pub(crate) fn frees_in_ms(&mut self, now: i64) -> i64 {
        self.forget(now);
        self.events.front().map_or(0, |first| first + self.span_ms - now)
    }
}

/// The largest number of events ever seen within any `span_ms`.
#[derive(Clone, Debug)]
pub(crate) struct Peak {
    span_ms: i64,
    events: VecDeque<i64>,
    most: usize,
}

impl Peak {
    pub(crate) fn new(span_ms: i64) -> Self {
        Self { span_ms, events: VecDeque::new(), most: 0 }
    }

    pub(crate) fn note(&mut self, now: i64) {
        while self.events.front().is_some_and(|first| *first <= now - self.span_ms) {
            self.events.pop_front();
        }
        self.events.push_back(now);
        self.most = self.most.max(self.events.len());
    }

    pub(crate) fn most(&self) -> usize {
        self.most
    }
}
