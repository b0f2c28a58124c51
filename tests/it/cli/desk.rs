//! What somebody at a terminal has: the binary, a configuration, a CRM and an accounting system on loopback.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use sirank::connectors::hubspot;
use sirank::domain::wake_up::WakeUp;
use sirank_mocks::fattureincloud::{Company, FattureInCloud};
use sirank_mocks::hubspot::{HubSpot, Limits, Portal, Token};
use sirank_mocks::seed::{self, Oddities};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::crm::Vendor;
use crate::engine::world::World;
use crate::hubspot_support;

/// The day of the reference figures.
pub(super) const AS_OF: &str = "2013-12-31";
/// Credentials that must never be seen again.
pub(super) const HUBSPOT_TOKEN: &str = hubspot_support::TOKEN;
pub(super) const FATTURE_TOKEN: &str = "a/PLANTED-fatture";

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Told {
    /// The exit code; none: a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Told {
    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\nstdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Asserts that standard error names something.
    #[track_caller]
    pub(super) fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no `{text}` in:\n{}", self.err);
        self
    }

    /// Asserts that standard output shows something.
    #[track_caller]
    pub(super) fn shows(self, text: &str) -> Self {
        assert!(self.out.contains(text), "no `{text}` in:\n{}", self.out);
        self
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in:\n{}", self.out))
    }
}

/// A process that never outlives its test.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn of(process: Child) -> Self {
        Self(process)
    }
}

impl std::ops::Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl std::ops::DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How a process that was to be killed ended.
pub(super) enum Ended {
    Killed,
    ByItself(Told),
}

pub(super) struct DeskOf<V> {
    pub(super) crm: V,
    pub(super) books: FattureInCloud,
    folder: TempDir,
}

/// Where the CRM is HubSpot.
pub(super) type Desk = DeskOf<HubSpot>;

impl Desk {
    /// A portal with sirank's properties and all documents.
    pub(super) async fn ready() -> Self {
        Self::with(portal_with_properties().await, documents(usize::MAX)).await
    }

    /// The same with the first documents only: for tests that pull often.
    pub(super) async fn small() -> Self {
        Self::with(portal_with_properties().await, documents(250)).await
    }

    pub(super) async fn with(portal: Portal, books: Company) -> Self {
        Self::beside(hubspot_support::start(portal).await, books).await
    }
}

impl<V: Vendor> DeskOf<V> {
    /// The first companies of the reference data, with sirank's properties, and the first documents.
    pub(super) async fn of(companies: usize) -> Self {
        Self::beside(ready_crm(companies).await, documents(250)).await
    }

    pub(super) async fn beside(crm: V, books: Company) -> Self {
        let books = FattureInCloud::builder().token(FATTURE_TOKEN).company(books).start().await.unwrap();
        let desk = Self { crm, books, folder: TempDir::new().unwrap() };
        desk.file("sirank.toml", &desk.configuration());
        desk
    }

    fn configuration(&self) -> String {
        format!(
            r#"{}
[[accounting]]
name = "fatture"
kind = "fattureincloud"
base_url = "{}"
company_id = "{}"
token = "{FATTURE_TOKEN}"

[cold]
excluded_categories = ["PA", "UTILIZZATORE FINALE"]
watched_pipelines = ["sales", "ecommerce"]

[store]
path = "state.sqlite3"

[http]
max_attempts = 1
timeout_seconds = 20

[server]
address = "127.0.0.1:0"

[log]
format = "text"
"#,
            self.crm.configuration(),
            self.books.base_url(),
            seed::COMPANY_ID
        )
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Deletes the state.
    pub(super) fn delete_state(&self) {
        std::fs::remove_file(self.path("state.sqlite3")).unwrap();
        for companion in ["state.sqlite3-wal", "state.sqlite3-shm"] {
            // SQLite removes them itself where the last process ended by itself.
            let _ = std::fs::remove_file(self.path(companion));
        }
    }

    /// Writes a file into the folder that commands run in.
    pub(super) fn file(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// A command of sirank, with nothing of this process's environment.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = sirank(self.folder.path());
        command.args(["--config", "sirank.toml", "--as-of", AS_OF]).args(arguments);
        command
    }

    /// Runs a command to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Told {
        told(self.command(arguments))
    }

    /// Runs a command with more configuration.
    pub(super) fn run_with(&self, more: &str, arguments: &[&str]) -> Told {
        self.file("more.toml", more);
        told({
            let mut command = self.command(&["--config", "more.toml"]);
            command.args(arguments);
            command
        })
    }

    /// Starts a command and leaves it running; its standard error goes to a file.
    pub(super) fn start(&self, arguments: &[&str]) -> Running {
        let log = std::fs::File::create(self.path("stderr.log")).unwrap();
        let mut command = self.command(arguments);
        Running(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// Runs a command and kills it (SIGKILL) at a moment, unless it ends before.
    pub(super) fn run_and_kill(&self, arguments: &[&str], moment: impl Fn(&V) -> bool) -> Ended {
        let mut child = self.start(arguments);
        let status = until(&mut child, || moment(&self.crm));
        if let Some(status) = status {
            let err = std::fs::read_to_string(self.path("stderr.log")).unwrap();
            return Ended::ByItself(Told { code: status.code(), out: String::new(), err });
        }
        child.kill().unwrap();
        child.wait().unwrap();
        Ended::Killed
    }

    /// Asserts that the CRM was only read.
    #[track_caller]
    pub(super) fn was_only_read(&self) {
        assert!(self.crm.was_only_read(), "{:?}", self.crm.companies_written());
    }
}

/// The binary in a folder, with nothing of this process's environment.
pub(crate) fn sirank(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sirank"));
    command.env_clear().current_dir(folder);
    command
}

/// Runs a command to its end.
pub(crate) fn told(mut command: Command) -> Told {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Told {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Waits until a condition holds, or the process has ended.
pub(super) fn until(child: &mut Child, holds: impl Fn() -> bool) -> Option<std::process::ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if holds() {
            return None;
        }
        // No test depends on how long this is: it only leaves the processor to the others.
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// Asks a process to end.
pub(crate) fn terminate(child: &Child) {
    let status = Command::new("sh").args(["-c", &format!("kill -TERM {}", child.id())]).status().unwrap();
    assert!(status.success());
}

/// So many companies that a run makes calls enough to be stopped between them.
pub(super) fn few<V: Vendor>() -> usize {
    (60 * V::COMPANIES_PER_WRITE).min(301)
}

/// The first companies of the reference data, as `sirank setup` leaves the CRM.
pub(super) async fn ready_crm<V: Vendor>(companies: usize) -> V {
    ready_crm_with(companies, None).await
}

/// The same, perhaps with the pipeline of cards.
pub(super) async fn ready_crm_with<V: Vendor>(companies: usize, wake_up: Option<WakeUp>) -> V {
    let mut world = World::of(V::cluster301(companies).await, Vec::new());
    world.policy.wake_up = wake_up;
    world.setup().await;
    world.crm.forget();
    world.crm
}

/// The portal of the reference data, as `sirank setup` leaves it.
pub(super) async fn portal_with_properties() -> Portal {
    static PORTAL: OnceCell<Portal> = OnceCell::const_new();
    let make = || async { ready_crm::<HubSpot>(usize::MAX).await.portal(Portal::clone) };
    PORTAL.get_or_init(make).await.clone()
}

/// The first documents of the reference data.
pub(super) fn documents(most: usize) -> Company {
    let mut company = seed::cluster301_documents(Oddities::default()).unwrap();
    let beyond: Vec<_> = company.documents.keys().skip(most).copied().collect();
    for id in beyond {
        company.documents.remove(&id);
    }
    company
}

/// Every scope that sirank needs, but one.
pub(super) fn token_without(scope: &str) -> Token {
    let all = hubspot::scopes(true, true).iter().copied();
    Token::scoped(&all.filter(|held| *held != scope).collect::<Vec<_>>())
}

/// Limits with so many calls a day.
pub(super) fn daily(calls: u64) -> Limits {
    Limits { daily: Some(calls), ..Limits::professional() }
}
