//! The place on this machine that the browser is sent back to.

use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::page::Page;
use crate::cli::error::CliError;
use crate::domain::catalogue::Language;

/// How long a page that is being sent may take.
const LAST_PAGE: Duration = Duration::from_secs(2);

/// An answer, and where the page for the browser goes.
pub(super) struct Received {
    pub(super) answer: Answer,
    /// None: it was pasted.
    pub(super) page: Option<oneshot::Sender<Page>>,
}

/// The listening place; on loopback alone.
pub(super) struct Callback {
    stop: CancellationToken,
    server: JoinHandle<std::io::Result<()>>,
}

#[derive(Clone)]
struct Door {
    answers: mpsc::Sender<Received>,
    language: Language,
}

impl Callback {
    /// Listens on a port of 127.0.0.1.
    pub(super) async fn listen(
        port: u16,
        language: Language,
        answers: mpsc::Sender<Received>,
    ) -> Result<Self, CliError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
            CliError::Machine(format!(
                "cannot listen on 127.0.0.1:{port} for the browser's answer: {error}. Set redirect_port to a free port \
                 (and the app's redirect address with it), or paste the answer by hand with --no-browser"
            ))
        })?;
        let stop = CancellationToken::new();
        let router = Router::new().route("/callback", get(answered)).with_state(Door { answers, language });
        let server = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        Ok(Self { stop, server: tokio::spawn(server.into_future()) })
    }

    /// Sends the page that is being sent, and listens no more.
    pub(super) async fn close(self) {
        self.stop.cancel();
        // A browser that keeps its connection open is not waited for.
        let _ = tokio::time::timeout(LAST_PAGE, self.server).await;
    }
}

async fn answered(State(door): State<Door>, RawQuery(query): RawQuery) -> impl IntoResponse {
    let (page, shown) = oneshot::channel();
    let answer = Answer::of_query(query.as_deref().unwrap_or_default());
    let sent = door.answers.send(Received { answer, page: Some(page) }).await.is_ok();
    // Nobody waits any more: the question has been answered.
    let page = if sent { shown.await.unwrap_or(Page::Foreign) } else { Page::Foreign };
    let status = if page == Page::Done { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let headers: [(HeaderName, &str); 4] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (header::CONNECTION, "close"),
    ];
    (status, headers, Html(page.html(door.language)))
}
