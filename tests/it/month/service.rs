//! The service as operations have it: a process, its status page, its memory.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::world::World;
use crate::cli::desk::{Running, terminate};

/// A month that takes longer has come to a halt.
const LONGEST: Duration = Duration::from_mins(20);

pub(super) struct Service<'a> {
    world: &'a World,
    process: Option<Running>,
    /// Where its status page is.
    address: String,
    starts: usize,
    began: Instant,
    /// What to say of the moment when something is wrong.
    pub(super) at: String,
}

/// What became of it while it was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    /// It has kept every appointment and waits for the next one, which is then.
    Idle(DateTime<Utc>),
    /// The moment came for which somebody waited too.
    Interrupted,
}

impl<'a> Service<'a> {
    pub(super) fn of(world: &'a World) -> Self {
        let (process, address, at) = (None, String::new(), "the start".to_owned());
        let mut service = Self { world, process, address, starts: 0, began: Instant::now(), at };
        service.start();
        service
    }

    /// Starts it a moment later, and waits until it is ready.
    pub(super) fn start(&mut self) {
        self.world.clock.advance(Duration::from_secs(1));
        self.starts += 1;
        let log = File::create(self.log_name(self.starts)).unwrap();
        let mut command = self.world.command("own.toml", &["run"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.process = Some(Running::of(command.spawn().unwrap()));
        loop {
            let ready = self.log().lines().find_map(|line| {
                let line: Value = serde_json::from_str(line).ok()?;
                line["status_address"].as_str().map(str::to_owned)
            });
            if let Some(address) = ready {
                self.address = address;
                return;
            }
            self.look_after();
        }
    }

    /// Kills it (SIGKILL).
    pub(super) fn kill(&mut self) {
        // Dropping it does.
        self.process = None;
    }

    /// Asks it to end, and waits until it has.
    pub(super) fn end(&mut self) {
        let mut process = self.process.take().unwrap();
        terminate(&process);
        let status = process.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{}\n{}", self.at, self.tail());
    }

    /// Asks it to read its configuration again.
    pub(super) fn reload(&self) {
        let id = self.process.as_ref().unwrap().id();
        let done = Command::new("sh").args(["-c", &format!("kill -HUP {id}")]).status().unwrap();
        assert!(done.success());
    }

    /// Waits until it has nothing to do before the clock is moved, or a moment comes.
    pub(super) fn wait(&mut self, moment: impl Fn() -> bool) -> Waited {
        // Its page is dear: it is asked for less and less often.
        let (mut looks, mut next_look) = (0_u32, 0);
        loop {
            if moment() {
                return Waited::Interrupted;
            }
            if looks == next_look {
                if let Some(next) = self.idle_until() {
                    return Waited::Idle(next);
                }
                next_look += (looks / 2).clamp(1, 20);
            }
            looks += 1;
            self.look_after();
        }
    }

    /// Its next appointment, where it works on nothing and all before are kept.
    fn idle_until(&self) -> Option<DateTime<Utc>> {
        let page = self.page()?;
        let due = page["next_runs"].as_array()?.iter().filter_map(|next| {
            let due = DateTime::parse_from_rfc3339(next["due"].as_str()?).ok()?;
            Some(due.with_timezone(&Utc))
        });
        let next = due.min()?;
        (page["doing"].is_null() && next > self.world.now()).then_some(next)
    }

    /// What its status page says; none where it does not answer.
    pub(super) fn page(&self) -> Option<Value> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.write_all(b"GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
    }

    /// Kilobytes of memory that it holds.
    pub(super) fn resident_kb(&self) -> u64 {
        let id = self.process.as_ref().unwrap().id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Bytes that its state takes.
    pub(super) fn state_bytes(&self) -> u64 {
        self.page().unwrap()["state_bytes"].as_u64().unwrap()
    }

    /// How many times its log tells of an event with some words in a field.
    pub(super) fn told(&self, event: &str, words: &str) -> usize {
        let logs = (1..=self.starts).map(|start| std::fs::read_to_string(self.log_name(start)).unwrap());
        let lines = logs.map(|log| {
            log.lines().filter(|line| line.contains(&format!("\"{event}\"")) && line.contains(words)).count()
        });
        lines.sum()
    }

    /// Fails where it has ended by itself or nothing happens any more; else leaves the processor to the others.
    fn look_after(&mut self) {
        let status = self.process.as_mut().and_then(|process| process.try_wait().unwrap());
        assert!(status.is_none(), "{}: the service ended by itself: {status:?}\n{}", self.at, self.tail());
        assert!(
            self.began.elapsed() < LONGEST,
            "{}: the service does not come to rest at {}\n{:#}\n{}",
            self.at,
            self.world.now(),
            self.page().unwrap_or_default(),
            self.tail()
        );
        // No result depends on how long this is.
        std::thread::park_timeout(Duration::from_millis(2));
    }

    fn log_name(&self, start: usize) -> std::path::PathBuf {
        self.world.path(&format!("service-{start}.log"))
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.log_name(self.starts)).unwrap()
    }

    fn tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}
