//! What people read: results as text.

mod company;
pub(super) mod contacts;
mod history;
mod ical;
mod lists;
mod matrix;
mod run;

pub(super) use company::{explained, hits};
pub(super) use history::{history, undo};
pub(super) use lists::{Failed, check, failed, rejected, runs, setup, unmatched};
pub(super) use matrix::report;
pub(super) use run::{Shown, card, change, plan_footer, plan_heading, run, task};

/// `1 company`, `2 companies`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", super::output::grouped(&number.to_string()), if number == 1 { one } else { many })
}
