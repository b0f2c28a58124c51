//! A query under way: a task reads its rows as fast as they are taken, a few pages ahead and no more.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::config::{Engine, SqlConfig};
use super::query::Query;
use super::{mysql, postgres, sqlserver};
use crate::ports::Trouble;

/// How many rows one page holds.
pub(super) const PAGE: usize = 5_000;

/// The texts of a row, in the order of the columns that were chosen.
pub(super) type Texts = Vec<Option<String>>;

/// Which of the columns that a query has are wanted, by their places.
pub(super) type Choose = Box<dyn Fn(&[String]) -> Result<Vec<usize>, Trouble> + Send + Sync>;

/// What is to be read.
pub(super) struct Request {
    pub(super) query: Query,
    /// What `:since` is; of no meaning where the query has none. None: the beginning of its type.
    pub(super) since: Option<String>,
    pub(super) choose: Choose,
    /// Read no more rows than these.
    pub(super) limit: Option<usize>,
    /// How long the first row may take.
    pub(super) patience: Duration,
}

/// The rows of a query, page by page. Dropped, the query is given up.
pub(super) struct Rows {
    pages: mpsc::Receiver<Result<Vec<Texts>, Trouble>>,
    ahead: Option<Vec<Texts>>,
    task: AbortHandle,
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Begins to read. Returns with the first page, so that what is wrong with the query is known.
pub(super) async fn open(config: Arc<SqlConfig>, request: Request) -> Result<Rows, Trouble> {
    let (sender, pages) = mpsc::channel(1);
    let task = tokio::spawn(async move {
        let mut out = Pages { page: Vec::new(), left: request.limit.unwrap_or(usize::MAX), out: sender };
        let read = match config.engine {
            Engine::PostgreSql => postgres::read(&config, &request, &mut out).await,
            Engine::MySql => mysql::read(&config, &request, &mut out).await,
            Engine::SqlServer => Box::pin(sqlserver::read(&config, &request, &mut out)).await,
        };
        out.end(read).await;
    });
    let mut rows = Rows { pages, ahead: None, task: task.abort_handle() };
    rows.look_ahead().await?;
    Ok(rows)
}

impl Rows {
    /// The next rows, with whether there are more; none at the end.
    pub(super) async fn next(&mut self) -> Result<(Vec<Texts>, bool), Trouble> {
        let page = self.ahead.take().unwrap_or_default();
        self.look_ahead().await?;
        Ok((page, self.ahead.is_some()))
    }

    async fn look_ahead(&mut self) -> Result<(), Trouble> {
        self.ahead = self.pages.recv().await.transpose()?;
        Ok(())
    }
}

/// Where an engine puts its rows.
pub(super) struct Pages {
    page: Vec<Texts>,
    left: usize,
    out: mpsc::Sender<Result<Vec<Texts>, Trouble>>,
}

impl Pages {
    /// Takes a row. False: no more are wanted.
    pub(super) async fn row(&mut self, row: Texts) -> bool {
        self.page.push(row);
        self.left = self.left.saturating_sub(1);
        let flushed = self.page.len() < PAGE || self.flush().await;
        flushed && self.left > 0
    }

    async fn flush(&mut self) -> bool {
        let page = std::mem::take(&mut self.page);
        self.out.send(Ok(page)).await.is_ok()
    }

    async fn end(mut self, read: Result<(), Trouble>) {
        if let Err(trouble) = read {
            // What was read of an incomplete page is read again anyway.
            let _ = self.out.send(Err(trouble)).await;
        } else if !self.page.is_empty() {
            self.flush().await;
        }
    }
}

/// Waits for something no longer than allowed.
pub(super) async fn within<T>(
    limit: Duration,
    doing: &str,
    work: impl Future<Output = T>,
) -> Result<T, Trouble> {
    tokio::time::timeout(limit, work)
        .await
        .map_err(|_| unavailable(format!("{doing} took longer than {} s: it was given up", limit.as_secs())))
}

/// The server cannot be reached or cannot answer now.
pub(super) fn unavailable(message: impl Into<String>) -> Trouble {
    Trouble::Unavailable { message: message.into(), retry_after: None }
}
