//! A handful of sessions. The server serves one session one call at a time, so a call takes one for itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::SYSTEM;
use super::pacer::{Epoch, Pacer};
use super::session::{Door, Session};
use crate::events::{Event, emit};

/// The sessions of one user, and how many of them may be busy at once.
pub(super) struct Pool {
    permits: Semaphore,
    waiting: AtomicUsize,
    state: Mutex<State>,
}

struct State {
    /// The last one used is used again first, so that few calls open few sessions.
    free: Vec<Arc<Session>>,
    pacer: Pacer,
    /// Permits that are to be taken away as soon as they come back.
    owed: usize,
    measured: Measured,
}

/// What was measured since the number of sessions changed.
#[derive(Default)]
struct Measured {
    begun: Option<Instant>,
    /// Calls that are still under the old number.
    passing: usize,
    done: u32,
    failed: u32,
}

/// How a call ended, as far as the number of sessions depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The server did its work.
    Done,
    /// The server did not manage.
    Strained,
    /// It says nothing about the server's strength.
    Unmeasured,
}

/// A session for one call.
pub(super) struct Lease<'a> {
    pool: &'a Pool,
    session: Arc<Session>,
    permit: Option<SemaphorePermit<'a>>,
    ended: Ended,
}

impl Pool {
    pub(super) fn new(door: &Arc<Door>, most: usize) -> Self {
        let pacer = Pacer::new(most);
        let free = (0..most.max(1)).map(|_| Arc::new(Session::new(door.clone()))).collect();
        let permits = Semaphore::new(pacer.limit());
        let state = Mutex::new(State { free, pacer, owed: 0, measured: Measured::default() });
        Self { permits, waiting: AtomicUsize::new(0), state }
    }

    /// Waits for a free session; none once the pool is closed, which it never is.
    pub(super) async fn lease(&self) -> Option<Lease<'_>> {
        let waiting = Waiting::among(&self.waiting);
        let permit = self.permits.acquire().await.ok()?;
        drop(waiting);
        let session = self.locked().free.pop()?;
        Some(Lease { pool: self, session, permit: Some(permit), ended: Ended::Unmeasured })
    }

    /// Takes note of a call that ended. What is measured while no call waits says nothing.
    fn note(&self, state: &mut State, ended: Ended) {
        let busy = self.waiting.load(Ordering::Relaxed) > 0;
        if !busy {
            state.measured = Measured::default();
            return;
        }
        if ended == Ended::Unmeasured {
            return;
        }
        let measured = &mut state.measured;
        if measured.passing > 0 {
            measured.passing -= 1;
            return;
        }
        let Some(begun) = measured.begun else {
            measured.begun = Some(Instant::now());
            return;
        };
        measured.done += 1;
        measured.failed += u32::from(ended == Ended::Strained);
        if measured.done >= state.pacer.epoch() {
            let epoch = Epoch { done: measured.done, failed: measured.failed, elapsed: begun.elapsed() };
            self.adapt(state, epoch);
        }
    }

    fn adapt(&self, state: &mut State, epoch: Epoch) {
        let before = state.pacer.limit();
        state.pacer.observe(epoch);
        let now = state.pacer.limit();
        // The first calls of another number of sessions log in, and meet those of the old number.
        let passing = if now == before { 0 } else { 2 * now.max(before) };
        state.measured = Measured { passing, ..Measured::default() };
        if now == before {
            state.measured.begun = Some(Instant::now());
            return;
        }
        emit(&Event::SessionsAdapted {
            system: SYSTEM,
            before: before as u64,
            now: now as u64,
            calls: epoch.done.into(),
            millis: u64::try_from(epoch.elapsed.as_millis()).unwrap_or(u64::MAX),
        });
        if now < before {
            state.owed += before - now;
            let taken = self.permits.forget_permits(state.owed);
            state.owed -= taken;
        } else {
            let more = now - before;
            let forgiven = more.min(state.owed);
            state.owed -= forgiven;
            self.permits.add_permits(more - forgiven);
        }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease<'_> {
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// Says how the call ended.
    pub(super) fn ended(&mut self, ended: Ended) {
        self.ended = ended;
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.locked();
        state.free.push(self.session.clone());
        self.pool.note(&mut state, self.ended);
        if state.owed > 0
            && let Some(permit) = self.permit.take()
        {
            state.owed -= 1;
            permit.forget();
        }
        drop(state);
    }
}

/// Counts a call that waits for a session, also when it is cancelled.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
