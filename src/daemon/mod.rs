//! The service: one engine, run again and again as its timetable says, until it is asked to stop. Runs never overlap: there
//! is one loop, and whatever else is asked of the state is done in it, between two runs.

mod board;
mod control;
pub(crate) mod handover;
mod pages;
mod reload;
mod schedule;
mod systemd;

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use self::board::Board;
use self::control::{Asked, Both};
use self::handover::Frame;
use self::schedule::{Appointment, Kind, Past, Timetable};
use crate::cli::{CliError, Context, Exit, Output, Systems, Work};
use crate::clock::{self, now, stamp};
use crate::engine::{EngineError, Reading, Request, RunReport, SERVICE, Scope};
use crate::events::{Event, emit};
use crate::notify::{Ended, Notifier};
use crate::ports::Trouble;
use crate::store::{RunOutcome, RunRow, Store};

/// Under this name the state remembers when the last run began that read everything and came to its end.
const LAST_WHOLE: &str = "schedule.whole";
/// A run that begins so late was missed, not just delayed by another one.
const LATE: TimeDelta = TimeDelta::minutes(10);
/// The least distance of two digests: one that could not be recorded is due at once again.
const DIGEST_DISTANCE: TimeDelta = TimeDelta::minutes(5);

/// Runs until SIGTERM or an interrupt, which end it in good order.
pub(crate) async fn run(context: Context) -> Result<Exit, CliError> {
    let started = clock::instant();
    let store = context.open_store()?;
    emit(&Event::ServiceStarted {
        version: env!("CARGO_PKG_VERSION"),
        state: &store.path().display().to_string(),
    });
    context.stop_on_signals()?;
    let systems = context.connected(&store)?;
    let notifier = context.notifier()?;
    systems.has_a_day_of_its_own(&context)?;
    let board = Arc::new(Board::new(store.path().to_owned()));
    let (door, mut requests) = control::open(store.path(), board.clone()).map_err(|error| {
        CliError::Machine(format!("the socket beside the state cannot be opened: {error}"))
    })?;
    let reloads = reload::on_hangup(&context, board.clone())?;
    let server = context.settings().server.clone();
    let address =
        if server.enabled { pages::serve(server.address.0, board.clone()).await } else { "off".to_owned() };
    systemd::watch(board.clone());
    systemd::ready();
    let took = clock::instant().duration_since(started);
    emit(&Event::ServiceReady {
        started_in_millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        status_address: &address,
    });

    let stop = context.stop().clone();
    tokio::spawn(systemd::tell_of_stop(stop.clone()));
    let mut service = Service::new(context, store, systems, notifier, board)?;
    // The socket goes before the state is let go of: a successor that comes at once keeps its own.
    let _door = door;
    loop {
        if let Some(context) = reloads.take() {
            service.reconfigure(context);
        }
        let next = service.announce_next();
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(asked) = requests.recv() => service.answer(asked).await,
            () = reloads.news() => {}
            () = service.digest_is_due() => service.send_digest().await,
            () = clock::wait_until(next.due) => service.keep(next).await?,
        }
    }
    emit(&Event::ServiceEnded {});
    Ok(Exit::Done)
}

/// What the service works with, and what it has done.
struct Service {
    context: Context,
    store: Arc<Store>,
    systems: Systems,
    notifier: Option<Notifier>,
    digest_tried: Option<DateTime<Utc>>,
    board: Arc<Board>,
    timetable: Timetable,
    past: Past,
    /// The system whose authorisation is gone, as far as the last run met it.
    locked_out: Option<String>,
}

impl Service {
    fn new(
        context: Context,
        store: Arc<Store>,
        systems: Systems,
        notifier: Option<Notifier>,
        board: Arc<Board>,
    ) -> Result<Self, CliError> {
        let whole = store.meta(LAST_WHOLE)?.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
        let past = Past { whole: whole.map(|moment| moment.with_timezone(&Utc)), ..Past::default() };
        let timetable = Timetable::of(&context.settings().schedule, context.settings().zone());
        if let Some(notifier) = &notifier {
            notifier.begin(&store, now());
        }
        let (digest_tried, locked_out) = (None, None);
        Ok(Self { context, store, systems, notifier, digest_tried, board, timetable, past, locked_out })
    }

    /// Takes over a new configuration, unless its connectors cannot be built.
    fn reconfigure(&mut self, context: Context) {
        match context.connected(&self.store).and_then(|systems| Ok((systems, context.notifier()?))) {
            Ok((systems, notifier)) => {
                self.systems = systems;
                self.notifier = notifier;
                if let Some(notifier) = &self.notifier {
                    notifier.begin(&self.store, now());
                }
                self.timetable = Timetable::of(&context.settings().schedule, context.settings().zone());
                self.context = context;
                self.board.configured(None);
                emit(&Event::ReloadApplied {});
            }
            Err(error) => {
                let problem = error.to_string();
                emit(&Event::ReloadRefused { problem: &problem });
                self.board.configured(Some(problem));
            }
        }
    }

    /// Says when the next run begins.
    fn announce_next(&self) -> Appointment {
        let now = now();
        let next = self.timetable.next(&self.past, now);
        self.board.schedule(self.timetable.appointments(&self.past, now));
        let at = next.due.with_timezone(&self.context.settings().zone());
        let at = at.to_rfc3339_opts(SecondsFormat::Secs, false);
        emit(&Event::RunScheduled { kind: next.kind.word(), at: &at });
        systemd::doing(&format!("Idle; the next run begins at {at}"));
        next
    }

    /// Does the run that is due.
    async fn keep(&mut self, appointment: Appointment) -> Result<(), CliError> {
        let began = now();
        if began.signed_duration_since(appointment.due) > LATE {
            let due = stamp(appointment.due);
            emit(&Event::RunMadeUp { kind: appointment.kind.word(), due: &due });
        }
        let reading =
            if appointment.kind == Kind::Whole { Reading::Reconciliation } else { Reading::Changes };
        let request = Request {
            command: SERVICE,
            as_of: self.context.as_of(),
            today: self.context.today(),
            reading,
            scope: Scope::default(),
            apply: true,
            resume: true,
        };
        self.board.begin(appointment.kind.word());
        systemd::doing(&format!("A run is under way ({})", appointment.kind.word()));
        let engine = self.systems.engine_telling(&self.context, &self.store, self.board.as_ref());
        let result = engine.run(&request).await;
        self.board.end(result.as_ref().err().and_then(hindrance), engine.usage());
        self.past.began = Some(began);
        self.past.failed = result.is_err();
        // Once a day is enough, and so often everything is read.
        if appointment.kind == Kind::Whole
            && result.is_ok()
            && let Err(error) = engine.tidy()
        {
            emit(&Event::JournalNotPruned { reason: &error.to_string() });
        }
        self.tell_of_authorisation(result.as_ref().err());
        self.tell(&result, began).await;
        match result {
            Ok(report) => self.note(&report, reading, began),
            Err(failure) if is_lasting(&failure) => Err(failure.into()),
            Err(_) => Ok(()),
        }
    }

    /// Tells people how a run ended, if that is news to them.
    async fn tell(&self, result: &Result<RunReport, EngineError>, began: DateTime<Utc>) {
        let Some(notifier) = &self.notifier else { return };
        let newest = self.store.runs(1).unwrap_or_default().pop();
        let ended_now = |run: &RunRow| run.ended.as_ref().is_some_and(|ended| *ended >= stamp(began));
        let run = newest.filter(ended_now);
        let ended = Ended::of(result.as_ref(), run.as_ref().map(|run| run.id.as_str()));
        notifier.after_run(&self.store, &ended, now()).await;
    }

    /// Returns when a digest is due; never where there is none.
    async fn digest_is_due(&self) {
        let due = self.notifier.as_ref().and_then(|notifier| notifier.digest_due(&self.store).ok().flatten());
        let Some(due) = due else { return std::future::pending().await };
        let not_before = self.digest_tried.map(|tried| tried + DIGEST_DISTANCE);
        clock::wait_until(not_before.map_or(due, |not_before| due.max(not_before))).await;
    }

    async fn send_digest(&mut self) {
        let now = now();
        self.digest_tried = Some(now);
        if let Some(notifier) = &self.notifier {
            notifier.digest(&self.store, now).await;
        }
    }

    fn note(&mut self, report: &RunReport, reading: Reading, began: DateTime<Utc>) -> Result<(), CliError> {
        let ended_well = !matches!(report.outcome, RunOutcome::Stopped | RunOutcome::Failed);
        // A run that went on with a plan, or with what had changed, has not read everything: that is due still.
        if reading == Reading::Reconciliation && ended_well && report.read_all {
            self.store.set_meta(LAST_WHOLE, &stamp(began))?;
            self.past.whole = Some(began);
        }
        Ok(())
    }

    /// Says once that an authorisation is gone, and once that it is back: when a run has got past that system.
    fn tell_of_authorisation(&mut self, error: Option<&EngineError>) {
        let refused = match error {
            Some(EngineError::Call(call)) => match &call.trouble {
                Trouble::Unauthorized(advice) => Some((call.system.clone(), advice.clone())),
                _ => return,
            },
            Some(_) => return,
            None => None,
        };
        let system = refused.as_ref().map(|(system, _)| system);
        if self.locked_out.as_ref() == system {
            return;
        }
        if let Some(system) = &self.locked_out {
            emit(&Event::AuthorizationRestored { system });
        }
        if let Some((system, advice)) = &refused {
            emit(&Event::AuthorizationLost { system, advice });
        }
        self.locked_out = refused.map(|(system, _)| system);
    }

    /// Does what a command asks for, and answers it.
    async fn answer(&mut self, asked: Asked) {
        let Asked { request, caller } = asked;
        let command = request.task.name();
        emit(&Event::RequestTaken { command });
        self.board.begin(command);
        systemd::doing(&format!("Doing what `sirank {command}` asks for"));
        let progress = Both { caller: &caller, own: self.board.as_ref() };
        let work = Work {
            context: &self.context,
            store: &self.store,
            systems: &self.systems,
            progress: &progress,
            as_of: request.as_of,
        };
        let mut out = Output::to(request.format, Box::new(caller.clone()));
        let result = request.task.perform(&work, &mut out).await;
        self.board.rest(work.engine().usage());
        caller.tell(&match result {
            Ok(exit) => Frame::Done { exit: exit as u8 },
            Err(error) => {
                let message = error.to_string();
                emit(&Event::RequestRefused { command, reason: &message });
                Frame::Failed { message, exit: error.exit() as u8 }
            }
        });
    }
}

/// What a person has to mend before a run can go well.
fn hindrance(error: &EngineError) -> Option<String> {
    match error {
        EngineError::Stopped => None,
        EngineError::Call(call) => {
            let passes = matches!(call.trouble, Trouble::Unavailable { .. } | Trouble::QuotaSpent { .. });
            (!passes).then(|| error.to_string())
        }
        other => Some(other.to_string()),
    }
}

/// Whether waiting cannot mend it: the service manager has to know.
fn is_lasting(error: &EngineError) -> bool {
    match error {
        EngineError::Call(error) => matches!(error.trouble, Trouble::Configuration(_) | Trouble::State(_)),
        EngineError::Store(_) => true,
        EngineError::Preflight(_)
        | EngineError::Stopped
        | EngineError::NotFound(_)
        | EngineError::Overtaken(_) => false,
    }
}
