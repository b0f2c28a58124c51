//! Sessions and their pace together, on a server of sleeps: time is paused, so it takes none.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::Instant;

use super::config;
use crate::connectors::vtiger::link::Link;
use crate::connectors::vtiger::pool::{Ended, Pool};

/// A server that takes 37 ms for a call, and manages so many calls a second in all.
struct Server {
    busy: AtomicUsize,
    most_at_once: AtomicUsize,
    per_second: f64,
}

impl Server {
    fn new(per_second: f64) -> Self {
        Self { busy: AtomicUsize::new(0), most_at_once: AtomicUsize::new(0), per_second }
    }

    async fn serve(&self) {
        let busy = self.busy.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_at_once.fetch_max(busy, Ordering::Relaxed);
        let crowded = f64::from(u32::try_from(busy).unwrap()) / self.per_second;
        tokio::time::sleep(Duration::from_secs_f64(crowded.max(0.037))).await;
        self.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

fn pool(sessions: usize) -> Pool {
    Pool::new(&Link::new(&config()).unwrap().client.door, sessions)
}

/// So many calls, as many at once as there are sessions twice over. Returns calls a second.
async fn work(pool: &Pool, server: &Server, calls: usize, at_once: usize, ended: Ended) -> f64 {
    let begun = Instant::now();
    let work = (0..calls).map(|_| async {
        let mut lease = pool.lease().await.unwrap();
        server.serve().await;
        lease.ended(ended);
    });
    stream::iter(work).buffer_unordered(at_once).collect::<Vec<_>>().await;
    f64::from(u32::try_from(calls).unwrap()) / begun.elapsed().as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn the_server_is_used_to_the_full_and_no_more() {
    for (per_second, sessions, best) in
        [(84.0, 8, 84.0), (1_000.0, 8, 8.0 / 0.037), (1_000.0, 1, 1.0 / 0.037)]
    {
        let (pool, server) = (pool(sessions), Server::new(per_second));
        let rate = work(&pool, &server, 2_000, 2 * sessions, Ended::Done).await;
        assert!(rate > 0.9 * best, "{rate} of {best} with {sessions} sessions");
        assert!(server.most_at_once.load(Ordering::Relaxed) <= sessions);
    }
}

#[tokio::test(start_paused = true)]
async fn a_strained_server_gets_one_call_at_a_time_and_recovers() {
    let (pool, server) = (pool(8), Server::new(1_000.0));
    work(&pool, &server, 1_000, 16, Ended::Done).await;
    let strained = work(&pool, &server, 300, 16, Ended::Strained).await;
    let later = Server::new(1_000.0);
    work(&pool, &later, 16, 16, Ended::Strained).await;
    assert_eq!(later.most_at_once.load(Ordering::Relaxed), 1, "after {strained} a second");
    let recovered = work(&pool, &server, 3_000, 16, Ended::Done).await;
    assert!(recovered > 0.5 * 8.0 / 0.037, "{recovered}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_leaves_its_session_behind() {
    let pool = Arc::new(pool(1));
    let held = pool.lease().await.unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(1), pool.lease()).await;
    assert!(waited.is_err());
    drop(held);
    let lease = pool.lease().await;
    assert!(lease.is_some());
}
