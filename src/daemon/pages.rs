//! The pages for operations: health, readiness, status and metrics, over HTTP on this machine.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::board::Board;
use crate::events::{Event, emit, metrics};

/// How long to wait before an address that is taken is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// Serves the pages for as long as the process lives, and returns where. An address that is taken is no reason not to
/// work: it is told of, and tried again.
pub(super) async fn serve(address: SocketAddr, board: Arc<Board>) -> String {
    match TcpListener::bind(address).await {
        Ok(listener) => {
            let bound = listener.local_addr().map_or_else(|_| address.to_string(), |bound| bound.to_string());
            tokio::spawn(answer(listener, board));
            bound
        }
        Err(error) => {
            let reason = error.to_string();
            emit(&Event::StatusUnavailable { address: &address.to_string(), reason: &reason });
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(AGAIN_AFTER).await;
                    if let Ok(listener) = TcpListener::bind(address).await {
                        return answer(listener, board).await;
                    }
                }
            });
            "unavailable".to_owned()
        }
    }
}

async fn answer(listener: TcpListener, board: Arc<Board>) {
    let pages = Router::new()
        .route("/healthz", get(health))
        .route("/readyz", get(readiness))
        .route("/status", get(status))
        .route("/metrics", get(prometheus))
        .with_state(board);
    // It serves until the process ends; a failed accept is about one caller.
    let _ = axum::serve(listener, pages).await;
}

async fn health(State(board): State<Arc<Board>>) -> Response {
    verdict(board.ailment())
}

async fn readiness(State(board): State<Arc<Board>>) -> Response {
    verdict(board.hindrance())
}

fn verdict(trouble: Option<String>) -> Response {
    match trouble {
        None => "ok\n".into_response(),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}

async fn status(State(board): State<Arc<Board>>) -> Response {
    let page = tokio::task::spawn_blocking(move || board.page().map(|page| format!("{page:#}\n")));
    typed(
        "application/json",
        page.await
            .map_err(|error| error.to_string())
            .and_then(|page| page.map_err(|error| error.to_string())),
    )
}

async fn prometheus(State(board): State<Arc<Board>>) -> Response {
    let page = tokio::task::spawn_blocking(move || {
        metrics().stand(&board.standing().map_err(|error| error.to_string())?);
        metrics().encoded().map_err(|error| error.to_string())
    });
    let page = page.await.unwrap_or_else(|error| Err(error.to_string()));
    typed("application/openmetrics-text; version=1.0.0; charset=utf-8", page)
}

fn typed(kind: &'static str, page: Result<String, String>) -> Response {
    match page {
        Ok(page) => ([(header::CONTENT_TYPE, kind)], page).into_response(),
        Err(reason) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{reason}\n")).into_response(),
    }
}
