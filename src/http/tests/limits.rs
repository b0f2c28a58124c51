use std::time::Duration;

use tokio::time::Instant;

use crate::http::{Limiter, Pace};

/// The instants, in milliseconds, at which `count` calls went.
async fn goes(limiter: &Limiter, count: usize) -> Vec<u64> {
    let begun = Instant::now();
    let mut instants = Vec::with_capacity(count);
    for _ in 0..count {
        limiter.acquire().await;
        instants.push(u64::try_from(begun.elapsed().as_millis()).unwrap());
    }
    instants
}

/// The most arrivals in any window, closed at both ends.
fn worst_window(arrivals: &[u64], window: u64) -> usize {
    let mut sorted = arrivals.to_vec();
    sorted.sort_unstable();
    let mut first = 0;
    let mut worst = 0;
    for (last, arrival) in sorted.iter().enumerate() {
        while sorted[first] + window < *arrival {
            first += 1;
        }
        worst = worst.max(last - first + 1);
    }
    worst
}

fn jittered(instants: &[u64], seed: u64) -> Vec<u64> {
    let mut random = fastrand::Rng::with_seed(seed);
    instants.iter().map(|instant| instant + random.u64(0..=100)).collect()
}

#[tokio::test(start_paused = true)]
async fn steady_pace_holds_in_every_window_and_uses_97_percent() {
    for (limit, window) in [(190, 10_000), (100, 10_000), (250, 10_000)] {
        let limiter = Limiter::new("burst", Pace::steady(limit, Duration::from_millis(window)));
        let instants = goes(&limiter, 10_000).await;
        for seed in 0..5 {
            let worst = worst_window(&jittered(&instants, seed), window);
            assert!(worst <= limit as usize, "{worst} calls in a window of {limit}");
        }
        let allowed = u128::from(limit) * u128::from(*instants.last().unwrap()) / u128::from(window);
        assert!(10_000 * 100 >= allowed * 97, "10,000 calls where {allowed} were allowed");
    }
}

#[tokio::test(start_paused = true)]
async fn small_windows_and_bursts_hold_too() {
    for (pace, limit, window) in [
        (Pace::steady(4, Duration::from_secs(1)), 4, 1_000),
        (Pace::steady(5, Duration::from_secs(1)), 5, 1_000),
        (Pace::steady(1, Duration::from_secs(1)), 1, 1_000),
        (Pace::bursting(300, Duration::from_mins(5), 50), 300, 300_000),
        (Pace::bursting(300, Duration::from_mins(5), 100), 300, 300_000),
    ] {
        let instants = goes(&Limiter::new("quota", pace), 2_000).await;
        let worst = worst_window(&jittered(&instants, 7), window);
        assert!(worst <= limit, "{worst} calls in a window of {limit} with {pace:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_calls_go_in_the_order_of_their_coming() {
    let limiter = std::sync::Arc::new(Limiter::new("quota", Pace::steady(10, Duration::from_secs(1))));
    let order = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let (limiter, order) = (limiter.clone(), order.clone());
            tokio::spawn(async move {
                limiter.acquire().await;
                order.lock().unwrap().push(number);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn learns_the_limit_of_the_account() {
    let limiter = Limiter::new("burst", Pace::steady(100, Duration::from_secs(10)));
    limiter.acquire().await;
    limiter.observe(Some(190), Some(189), Some(Duration::from_secs(10)));
    let begun = Instant::now();
    let instants = goes(&limiter, 1_000).await;
    assert!(worst_window(&jittered(&instants, 1), 10_000) <= 190);
    assert!(begun.elapsed() < Duration::from_secs(55), "{:?}", begun.elapsed());

    let capped = Limiter::new("burst", Pace::steady(50, Duration::from_secs(10))).at_most(50);
    capped.observe(Some(190), None, None);
    assert!(worst_window(&goes(&capped, 200).await, 10_000) <= 50);
}

#[tokio::test(start_paused = true)]
async fn a_lower_limit_slows_down_at_once() {
    let limiter = Limiter::new("burst", Pace::steady(190, Duration::from_secs(10)));
    limiter.acquire().await;
    limiter.observe(Some(100), Some(99), None);
    assert!(worst_window(&goes(&limiter, 500).await, 10_000) <= 100);
}

#[tokio::test(start_paused = true)]
async fn leaves_room_for_another_process_and_takes_it_back() {
    let limiter = Limiter::new("burst", Pace::steady(190, Duration::from_secs(10)));
    limiter.acquire().await;
    // Another process has made 150 of the 190 calls.
    tokio::time::sleep(Duration::from_secs(2)).await;
    limiter.observe(Some(190), Some(39), None);
    let begun = Instant::now();
    goes(&limiter, 20).await;
    assert!(begun.elapsed() > Duration::from_secs(4), "{:?}", begun.elapsed());
    // It has ended.
    tokio::time::sleep(Duration::from_secs(10)).await;
    limiter.observe(Some(190), Some(189), None);
    let begun = Instant::now();
    goes(&limiter, 190).await;
    assert!(begun.elapsed() < Duration::from_secs(11), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_steady_load_of_our_own_is_not_taken_for_another_process() {
    let limiter = Limiter::new("burst", Pace::steady(190, Duration::from_secs(10)));
    let begun = Instant::now();
    for sent in 1..=2_000_u64 {
        limiter.acquire().await;
        // The server sees calls 300 ms late, and only those of the last 10 s.
        let in_window = sent.min(188) + 6;
        limiter.observe(Some(190), Some(190_u64.saturating_sub(in_window)), None);
    }
    assert!(begun.elapsed() < Duration::from_secs(110), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_everybody() {
    let limiter = Limiter::new("burst", Pace::steady(190, Duration::from_secs(10)));
    limiter.acquire().await;
    limiter.pause(Duration::from_secs(7));
    limiter.pause(Duration::from_secs(3));
    let begun = Instant::now();
    limiter.acquire().await;
    assert!(begun.elapsed() >= Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_wait_takes_nothing() {
    let limiter = Limiter::new("quota", Pace::steady(1, Duration::from_secs(10)));
    limiter.acquire().await;
    for _ in 0..20 {
        let waited = tokio::time::timeout(Duration::from_millis(100), limiter.acquire()).await;
        assert!(waited.is_err());
    }
    let begun = Instant::now();
    limiter.acquire().await;
    assert!(begun.elapsed() < Duration::from_secs(9));
}
