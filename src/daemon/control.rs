//! The service's side of the socket: requests come in while it works, and are done between two runs.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as Blocking;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

use super::board::Board;
use super::handover::{Frame, LONGEST_REQUEST, Request, nameable, socket_of};
use crate::cli::Exit;
use crate::engine::Progress;
use crate::events::{Event, emit};

/// Requests that wait for their turn; more are turned away by waiting themselves.
const WAITING: usize = 8;
/// How long a request may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);
/// How long an answer may take to be accepted: whoever does not read is left.
const ACCEPTANCE: Duration = Duration::from_secs(10);

/// A request, and who asked.
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) caller: Caller,
}

/// Who asked for something: is answered frame by frame, until he is gone.
#[derive(Clone)]
pub(super) struct Caller(Arc<Mutex<Option<Blocking>>>);

/// The open socket; removed with it.
pub(super) struct Door {
    path: PathBuf,
}

impl Drop for Door {
    fn drop(&mut self) {
        // A socket that stays behind is replaced by the next service.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Opens the socket beside the state. Only the owner, and root, can reach it.
pub(super) fn open(state: &Path, board: Arc<Board>) -> io::Result<(Door, mpsc::Receiver<Asked>)> {
    let path = socket_of(state);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let (name, _folder) = nameable(&path)?;
    let listener = UnixListener::bind(name)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let (to, requests) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        // A failed accept is about that caller alone, or about a limit that passes.
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(take(stream, to.clone(), board.clone()))),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    });
    Ok((Door { path }, requests))
}

async fn take(stream: UnixStream, to: mpsc::Sender<Asked>, board: Arc<Board>) {
    let mut lines = BufReader::new(stream.take(LONGEST_REQUEST as u64)).lines();
    let line = tokio::time::timeout(ARRIVAL, lines.next_line()).await;
    let stream = lines.into_inner().into_inner().into_inner();
    let Ok(Ok(Some(line))) = line else { return };
    let Ok(caller) = Caller::of(stream) else { return };
    match serde_json::from_str::<Request>(&line) {
        Ok(request) if request.version == env!("CARGO_PKG_VERSION") => {
            caller.tell(&Frame::Waiting { reason: board.occupation() });
            // The service has ended: the caller sees the connection close.
            let _ = to.send(Asked { request, caller }).await;
        }
        _ => {
            let version = env!("CARGO_PKG_VERSION");
            let message =
                format!("the service is version {version} and does not understand this command: restart it");
            emit(&Event::RequestRefused { command: "unknown", reason: &message });
            caller.tell(&Frame::Failed { message, exit: Exit::HeldByOther as u8 });
        }
    }
}

impl Caller {
    fn of(stream: UnixStream) -> io::Result<Self> {
        let stream = stream.into_std()?;
        stream.set_nonblocking(false)?;
        stream.set_write_timeout(Some(ACCEPTANCE))?;
        Ok(Self(Arc::new(Mutex::new(Some(stream)))))
    }

    /// Sends a frame. A caller that has gone, or does not read, misses the rest.
    pub(super) fn tell(&self, frame: &Frame) {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = stream.as_mut() else { return };
        let Ok(mut line) = serde_json::to_vec(frame) else { return };
        line.push(b'\n');
        if open.write_all(&line).is_err() {
            *stream = None;
        }
    }
}

/// Results on their way to the caller.
impl Write for Caller {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tell(&Frame::Out(String::from_utf8_lossy(bytes).into_owned()));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Tells the caller and the service's own listener how far the work has come.
pub(super) struct Both<'a> {
    pub(super) caller: &'a Caller,
    pub(super) own: &'a dyn Progress,
}

impl Progress for Both<'_> {
    fn begin(&self, step: &str, total: Option<u64>) {
        self.own.begin(step, total);
        self.caller.tell(&Frame::Begin { step: step.to_owned(), total });
    }

    fn advance(&self, items: u64) {
        self.own.advance(items);
        self.caller.tell(&Frame::Advance(items));
    }

    fn end(&self) {
        self.own.end();
        self.caller.tell(&Frame::End);
    }
}
