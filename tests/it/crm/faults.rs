//! What a server can do to a backfill, and where the backfill ends then.

use sirank::cli::Exit;
use sirank_mocks::faults::{Action, Effect};

use super::Vendor;

/// Longer than any patience of the tests.
pub(crate) const TOO_LONG: Option<u64> = Some(3_600);

/// A fault, and where a backfill ends that meets it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) action: Action,
    pub(crate) effect: Effect,
    pub(crate) ends: Ends,
    /// Kinds of requests that a run can do without where they meet it.
    pub(crate) harmless_at: &'static [&'static str],
    /// Kinds of requests that cannot meet it.
    pub(crate) never_at: &'static [&'static str],
}

/// Where a backfill ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    /// A read that meets the fault once.
    pub(crate) read_once: Exit,
    /// A read that always meets it.
    pub(crate) read_always: Exit,
    /// A write that meets it once.
    pub(crate) write_once: Exit,
    /// A write that always meets it.
    pub(crate) write_always: Exit,
}

impl Ends {
    const fn of([read_once, read_always, write_once, write_always]: [Exit; 4]) -> Self {
        Self { read_once, read_always, write_once, write_always }
    }

    /// Everything is tried again; what fails for good stops the run until it is resumed.
    pub(crate) const PASSING: Self = Self::of([Exit::Done, Exit::Unavailable, Exit::Done, Exit::Unavailable]);
    /// The first time stops the run.
    pub(crate) const LASTING: Self = Self::of([Exit::Unavailable; 4]);
    /// A write that was carried out is found in place by the look-up.
    pub(crate) const CARRIED_OUT: Self = Self::of([Exit::Done, Exit::Unavailable, Exit::Done, Exit::Done]);
    /// A person has to mend it.
    pub(crate) const FORBIDDEN: Self = Self::of([Exit::Permission; 4]);
}

impl Row {
    pub(crate) fn before(action: Action, ends: Ends) -> Self {
        Self { action, effect: Effect::Before, ends, harmless_at: &[], never_at: &[] }
    }

    pub(crate) fn after(action: Action, ends: Ends) -> Self {
        Self { effect: Effect::After, ..Self::before(action, ends) }
    }

    /// Whether the fault is one of the right answer, so that it always comes after the effect.
    pub(crate) fn needs_answer(&self) -> bool {
        matches!(self.action, Action::CutBody { .. } | Action::MalformedJson | Action::OversizedBody { .. })
    }
}

/// An error status.
pub(crate) const fn status(status: u16, retry_after: Option<u64>) -> Action {
    Action::Status { status, retry_after, body: None }
}

/// What every server behind every network does.
pub(crate) fn common<V: Vendor>() -> Vec<Row> {
    use Exit::{Done, Unavailable};
    // Where every company has a call of its own, the others get through meanwhile, and this one is looked up.
    let alone = if V::COMPANIES_PER_WRITE == 1 { Done } else { Unavailable };
    let html = |status| Action::HtmlPage { status };
    let redirect = Action::Redirect { status: 307, to: "https://elsewhere.example/*".to_owned() };
    let mut rows = vec![
        Row::before(status(429, Some(0)), Ends::PASSING),
        Row::before(status(429, None), Ends::PASSING),
        Row::before(status(429, TOO_LONG), Ends::LASTING),
        Row::before(Action::Reset, Ends::PASSING),
        Row::after(Action::Reset, Ends::CARRIED_OUT),
        Row::before(html(200), Ends::PASSING),
        Row::after(html(200), Ends::CARRIED_OUT),
        Row::before(html(502), Ends::PASSING),
        Row::after(html(502), Ends::CARRIED_OUT),
        Row::before(Action::EmptyBody, Ends::PASSING),
        Row::after(Action::EmptyBody, Ends::CARRIED_OUT),
        Row::after(Action::CutBody { keep: 20 }, Ends::CARRIED_OUT),
        Row::after(Action::MalformedJson, Ends::CARRIED_OUT),
        Row::after(
            Action::OversizedBody { bytes: 2 << 20 },
            Ends { read_once: Unavailable, ..Ends::CARRIED_OUT },
        ),
        Row::before(redirect, Ends { read_once: Done, write_once: alone, ..Ends::LASTING }),
    ];
    for code in [500, 502, 503, 504] {
        rows.push(Row::before(status(code, None), Ends::PASSING));
        rows.push(Row::after(status(code, None), Ends::CARRIED_OUT));
    }
    rows
}
