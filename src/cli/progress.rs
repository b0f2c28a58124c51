//! Progress on standard error: a bar with rate and time left on a terminal, plain lines elsewhere.

use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::Progress;
use crate::events::{Event, emit};
use crate::telemetry::on_terminal;

/// After how many items a plain line is written.
const LINE_EVERY: u64 = 50_000;

/// A bar on a terminal.
pub(super) struct Bar(Mutex<Option<ProgressBar>>);

/// Plain log lines.
#[derive(Default)]
pub(super) struct Lines(Mutex<Step>);

#[derive(Default)]
struct Step {
    name: String,
    total: Option<u64>,
    done: u64,
}

/// What fits where standard error goes.
pub(super) fn for_this_terminal(json: bool) -> Box<dyn Progress> {
    if on_terminal() && !json { Box::new(Bar(Mutex::new(None))) } else { Box::new(Lines::default()) }
}

impl Progress for Bar {
    fn begin(&self, step: &str, total: Option<u64>) {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        let template = match total {
            Some(_) => "{msg} {wide_bar} {human_pos}/{human_len} {per_sec}, {eta} left",
            None => "{msg} {spinner} {human_pos} {per_sec}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(step.to_owned());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
    }

    fn advance(&self, items: u64) {
        if let Some(bar) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc(items);
        }
    }

    fn end(&self) {
        if let Some(bar) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Lines {
    fn begin(&self, step: &str, total: Option<u64>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Step { name: step.to_owned(), total, done: 0 };
    }

    fn advance(&self, items: u64) {
        let mut step = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = step.done / LINE_EVERY;
        step.done += items;
        if step.done / LINE_EVERY > before {
            emit(&Event::Progress {
                step: &step.name,
                done: step.done,
                total: step.total.unwrap_or_default(),
            });
        }
    }

    fn end(&self) {}
}
