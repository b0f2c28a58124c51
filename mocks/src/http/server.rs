//! The server: reads a request whole, carries it out under one lock, and only then waits or misbehaves.

use std::borrow::Cow;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::wire::{Order, Orders, WireListener};
use super::{Call, Reply, control};
use crate::clock::Clock;
use crate::faults::{Action, Fault, Faults};
use crate::journal::{Journal, RequestEntry};

const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// What a mock does with requests; the server does the rest.
pub(crate) trait App: Send + 'static {
    /// The kind of a request, for counters and faults.
    fn kind(&self, call: &Call) -> Cow<'static, str>;
    /// The bucket of limits that a kind belongs to.
    fn bucket(&self, kind: &str) -> &'static str;
    /// Answers a request. `no` is its number in the journal.
    fn handle(&mut self, call: &Call, now: i64, no: u64) -> Reply;
    /// The vendor's usual answer with this status, for faults.
    fn failure(&mut self, status: u16, now: i64) -> Reply;
    /// Makes the token of this request expired.
    fn expire_token(&mut self, call: &Call);
    /// Answers a request under `/_mock/` that the common ones do not cover.
    fn control(&mut self, call: &Call, now: i64) -> Option<Reply>;
    /// The write log.
    fn writes(&mut self) -> &mut crate::journal::WriteLog;
    /// When a request that arrived now is answered; `wait` is what latency and faults make of it.
    fn due(&mut self, _call: &Call, _kind: &str, arrived: Instant, wait: Duration) -> Instant {
        arrived + wait
    }
}

#[derive(Debug)]
pub(crate) struct Core<A> {
    pub(crate) app: A,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
}

pub(crate) struct Shared<A> {
    core: Mutex<Core<A>>,
    pub(crate) clock: Clock,
    pub(crate) latency_ms: AtomicU64,
    stop: CancellationToken,
}

impl<A> Shared<A> {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Core<A>> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running server. Dropping it stops the server.
pub(crate) struct Running<A> {
    pub(crate) shared: Arc<Shared<A>>,
    pub(crate) address: SocketAddr,
    task: Option<JoinHandle<io::Result<()>>>,
}

pub(crate) async fn start<A: App>(
    app: A,
    clock: Clock,
    latency: Duration,
    port: u16,
) -> io::Result<Running<A>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    let shared = Arc::new(Shared {
        core: Mutex::new(Core { app, journal: Journal::default(), faults: Faults::default() }),
        clock,
        latency_ms: AtomicU64::new(u64::try_from(latency.as_millis()).unwrap_or(u64::MAX)),
        stop: stop.clone(),
    });
    let router = Router::new().fallback(serve::<A>).with_state(Arc::clone(&shared));
    let service = router.into_make_service_with_connect_info::<Orders>();
    let server = axum::serve(WireListener(listener), service).with_graceful_shutdown(stop.cancelled_owned());
    let task = tokio::spawn(server.into_future());
    Ok(Running { shared, address, task: Some(task) })
}

impl<A> Running<A> {
    pub(crate) fn stop(&self) {
        self.shared.stop.cancel();
    }

    pub(crate) async fn stopped(&mut self) {
        self.stop();
        if let Some(mut task) = self.task.take()
            && tokio::time::timeout(Duration::from_secs(2), &mut task).await.is_err()
        {
            task.abort();
        }
    }
}

impl<A> Drop for Running<A> {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Keeps the number of requests in flight right even when the caller hangs up.
struct InFlight<A>(Arc<Shared<A>>);

impl<A> Drop for InFlight<A> {
    fn drop(&mut self) {
        self.0.lock().journal.left();
    }
}

async fn serve<A: App>(
    State(shared): State<Arc<Shared<A>>>,
    ConnectInfo(orders): ConnectInfo<Orders>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let target = head.uri.path_and_query().map_or_else(|| head.uri.path().to_owned(), ToString::to_string);
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return Reply::empty(413).into_response();
    };
    let call = Call::new(head.method.as_str(), &target, head.headers, body);
    if call.path.starts_with("/_mock") {
        return control::answer(&shared, &call).into_response();
    }
    let Carried { reply, action, due } = carry_out(&shared, &call);
    let in_flight = InFlight(Arc::clone(&shared));
    match action {
        Some(Action::Reset) => orders.give(Order::Reset),
        Some(Action::CutBody { keep }) => orders.give(Order::Cut(keep)),
        _ => {}
    }
    if due > Instant::now() {
        tokio::select! {
            () = tokio::time::sleep_until(due.into()) => {}
            () = shared.stop.cancelled() => {}
        }
    }
    drop(in_flight);
    reply.into_response()
}

/// A request that was carried out: its answer, and when and how that is to be given.
struct Carried {
    reply: Reply,
    action: Option<Action>,
    due: Instant,
}

/// Everything that changes state happens here, at once and under one lock.
fn carry_out<A: App>(shared: &Shared<A>, call: &Call) -> Carried {
    let now = shared.clock.now_ms();
    let arrived = Instant::now();
    let mut guard = shared.lock();
    let core = &mut *guard;
    let kind = core.app.kind(call);
    let entry = RequestEntry {
        no: 0,
        at_ms: now,
        method: call.method.clone(),
        target: call.target.clone(),
        kind: kind.clone().into_owned(),
        status: 0,
        fault: false,
        authorized: call.headers.contains_key("authorization"),
        user_agent: call.header("user-agent").map(str::to_owned),
        body: core.journal.record_bodies.then(|| String::from_utf8_lossy(&call.body).into_owned()),
    };
    let bucket = core.app.bucket(&kind);
    let no = core.journal.begin(entry, bucket);
    let fault = core.faults.take(&call.method, &call.path, &kind);
    if matches!(fault, Some(Fault { action: Action::ExpireToken, .. })) {
        core.app.expire_token(call);
    }
    let carried_out = fault.as_ref().is_none_or(Fault::carries_out);
    let right = if carried_out { core.app.handle(call, now, no) } else { Reply::empty(500) };
    let reply = match &fault {
        Some(fault) => spoil(&mut core.app, call, fault, right, now),
        None => right,
    };
    let reply = reply.header("date", crate::clock::http_date(now));
    let action = fault.map(|fault| fault.action);
    let status = if action == Some(Action::Reset) { 0 } else { reply.status };
    core.journal.answered(no, status, action.is_some());
    let mut slow = if let Some(Action::Slow { ms }) = action { ms } else { 0 };
    if shared.clock.is_shared() {
        shared.clock.advance(Duration::from_millis(std::mem::take(&mut slow)));
    }
    let wait = shared.latency_ms.load(Ordering::Relaxed).saturating_add(slow);
    let due = core.app.due(call, &kind, arrived, Duration::from_millis(wait));
    Carried { reply, action, due }
}

fn spoil<A: App>(app: &mut A, call: &Call, fault: &Fault, right: Reply, now: i64) -> Reply {
    match &fault.action {
        Action::Status { status, retry_after, body } => {
            let mut reply = app.failure(*status, now);
            if let Some(body) = body {
                reply = Reply::json(*status, body);
            }
            match retry_after {
                Some(seconds) => reply.header("retry-after", seconds),
                None => reply,
            }
        }
        Action::HtmlPage { status } => Reply::raw(
            *status,
            "text/html; charset=utf-8",
            "<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body>Back soon</body></html>",
        ),
        Action::Redirect { status, to } => {
            let location =
                to.strip_suffix('*').map_or_else(|| to.clone(), |base| format!("{base}{}", call.target));
            Reply::empty(*status).header("location", location)
        }
        Action::EmptyBody => Reply::empty(200),
        Action::MalformedJson => {
            let keep = right.body.len().saturating_sub(right.body.len() / 4 + 1);
            Reply { body: right.body.slice(..keep), ..right }
        }
        Action::OversizedBody { bytes } => {
            let mut body = vec![b' '; *bytes];
            body.extend_from_slice(&right.body);
            Reply { body: body.into(), ..right }
        }
        Action::Reset | Action::CutBody { .. } | Action::Slow { .. } | Action::ExpireToken => right,
    }
}
