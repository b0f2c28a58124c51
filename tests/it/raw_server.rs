//! A server that answers scripted bytes: shapes that no well-behaved server sends.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens to one request.
#[derive(Clone)]
pub(crate) enum Script {
    /// These bytes, then the connection is closed.
    Bytes(String),
    /// The connection is closed without an answer.
    Hang,
    /// No answer while the test lasts.
    Silence,
}

/// An answer with a status, further header lines and a body.
pub(crate) fn answer(status: u16, headers: &[&str], body: &str) -> Script {
    let lines: String = headers.iter().flat_map(|line| [*line, "\r\n"]).collect();
    Script::Bytes(format!(
        "HTTP/1.1 {status} Scripted\r\ncontent-length: {}\r\nconnection: close\r\n{lines}\r\n{body}",
        body.len()
    ))
}

pub(crate) fn json(status: u16, body: &str) -> Script {
    answer(status, &["content-type: application/json"], body)
}

/// Answers requests by a function of their number (from 0) and their text.
pub(crate) struct RawServer {
    pub(crate) base_url: String,
    requests: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl RawServer {
    pub(crate) async fn start(script: impl Fn(usize, &str) -> Script + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(script);
        let seen = requests.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, script.clone(), seen.clone()));
            }
        });
        Self { base_url, requests, task }
    }

    /// Answers the same to every request.
    pub(crate) async fn always(script: Script) -> Self {
        Self::start(move |_, _| script.clone()).await
    }

    /// Every request as it arrived: head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    script: Arc<impl Fn(usize, &str) -> Script>,
    seen: Arc<Mutex<Vec<String>>>,
) {
    let Some(request) = read(&mut stream).await else { return };
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(request.clone());
        seen.len() - 1
    };
    match script(number, &request) {
        Script::Bytes(bytes) => {
            let _ = stream.write_all(bytes.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Script::Hang => drop(stream),
        Script::Silence => std::future::pending().await,
    }
}

async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 8192];
        let count = stream.read(&mut buffer).await.ok()?;
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length:")
                        .map(str::trim)
                        .map(str::to_owned)
                })
                .and_then(|length| length.parse().ok())
                .unwrap_or(0);
            if body.len() >= length {
                return Some(text.into_owned());
            }
        }
        if count == 0 {
            return None;
        }
    }
}
