//! The contact plan: as tables, for spreadsheets, for calendars.

mod calendar;
mod csv;
mod table;

pub(in crate::cli) use calendar::calendar;
pub(in crate::cli) use csv::csv;
pub(in crate::cli) use table::table;

use crate::engine::ContactPlan;

use super::counted;

/// `3 companies`.
pub(in crate::cli) fn companies(number: usize) -> String {
    counted(number as u64, "company", "companies")
}

/// How many companies a plan lists, for whoever does not see it.
pub(in crate::cli) fn counts(plan: &ContactPlan) -> String {
    let overdue = plan.due().filter(|contact| contact.overdue).count();
    format!(
        "{} to be contacted, {overdue} of them overdue; {} to be assigned",
        companies(plan.due().count()),
        plan.to_assign.len()
    )
}

#[cfg(test)]
mod tests;
