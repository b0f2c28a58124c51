//! Handing a command to the service that holds the state, over a socket beside it: what is asked, what is answered, and the
//! side of whoever asks.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use crate::cli::{CliError, Exit, Format, Output, Task};
use crate::domain::time::Day;
use crate::engine::Progress;

/// The longest request that is read.
pub(super) const LONGEST_REQUEST: usize = 256 * 1024;
/// The longest path that a socket may have; a longer one is reached through the folder that is open.
const LONGEST_PATH: usize = 100;

/// What is asked of the service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The version of the program that asks.
    pub(super) version: String,
    /// What is to be done.
    pub(super) task: Task,
    /// The day to compute for, where it is not today.
    pub(super) as_of: Option<Day>,
    /// How results are printed.
    pub(super) format: Format,
}

impl Request {
    /// A task for the service.
    pub(crate) fn new(task: Task, as_of: Option<Day>, format: Format) -> Self {
        Self { version: env!("CARGO_PKG_VERSION").to_owned(), task, as_of, format }
    }
}

/// What the service answers, one JSON object a line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Frame {
    /// The service is at something else first.
    Waiting { reason: String },
    /// A part of the results.
    Out(String),
    /// A step begins.
    Begin { step: String, total: Option<u64> },
    /// Some items of the step are done.
    Advance(u64),
    /// The step has ended.
    End,
    /// It failed.
    Failed { message: String, exit: u8 },
    /// It is done.
    Done { exit: u8 },
}

/// The socket of a state.
pub(super) fn socket_of(state: &Path) -> PathBuf {
    let mut path = state.as_os_str().to_owned();
    path.push(".sock");
    path.into()
}

/// A path by which the socket can be named, and what has to stay open meanwhile: their names are short.
pub(super) fn nameable(socket: &Path) -> io::Result<(PathBuf, Option<std::fs::File>)> {
    use std::os::fd::AsRawFd;
    if socket.as_os_str().len() <= LONGEST_PATH {
        return Ok((socket.to_owned(), None));
    }
    let name = socket.file_name().unwrap_or_default();
    let folder = std::fs::File::open(socket.parent().unwrap_or(Path::new(".")))?;
    Ok((PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name), Some(folder)))
}

/// Has the service do it, and shows what it answers. None: whoever holds the state is no service.
pub(crate) async fn ask(
    state: &Path,
    request: &Request,
    progress: &dyn Progress,
    out: &mut Output,
) -> Result<Option<Exit>, CliError> {
    let Ok((socket, _folder)) = nameable(&socket_of(state)) else { return Ok(None) };
    let Ok(stream) = UnixStream::connect(socket).await else { return Ok(None) };
    let talk = talk(stream, request, progress, out);
    tokio::select! {
        answer = talk => answer.map(Some),
        _ = tokio::signal::ctrl_c() => Err(CliError::Service {
            message: "the service goes on with it; `sirank runs` shows how it ends".to_owned(),
            exit: Exit::Unavailable,
        }),
    }
}

async fn talk(
    stream: UnixStream,
    request: &Request,
    progress: &dyn Progress,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let (from, mut to) = stream.into_split();
    let mut line = serde_json::to_vec(request).map_err(io::Error::from)?;
    line.push(b'\n');
    let lost = |error: io::Error| CliError::Service {
        message: format!(
            "the service could not be talked to ({error}); what it had begun is kept, `sirank runs` shows it"
        ),
        exit: Exit::Unavailable,
    };
    to.write_all(&line).await.map_err(lost)?;
    let mut lines = BufReader::new(from).lines();
    while let Some(line) = lines.next_line().await.map_err(lost)? {
        let frame: Frame = serde_json::from_str(&line).map_err(|error| lost(error.into()))?;
        match frame {
            Frame::Waiting { reason } => Output::aside(&reason)?,
            Frame::Out(text) => out.raw(&text)?,
            Frame::Begin { step, total } => progress.begin(&step, total),
            Frame::Advance(items) => progress.advance(items),
            Frame::End => progress.end(),
            Frame::Failed { message, exit } => {
                return Err(CliError::Service { message, exit: Exit::from_code(exit) });
            }
            Frame::Done { exit } => return Ok(Exit::from_code(exit)),
        }
    }
    Err(lost(io::ErrorKind::UnexpectedEof.into()))
}
