//! What became of customers between two moments, from the journal: the net effect of all values that were written.
//!
//! A first value is no move, and what somebody edited in the CRM and was put right is none either. A company that moved
//! and moved back did not move.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::clock::stamp;
use crate::domain::catalogue::Figure;
use crate::domain::ids::CompanyId;
use crate::domain::money::Money;
use crate::domain::plan::{ChangeReason, CompanyChange, FieldChange};
use crate::domain::value::Value;
use crate::store::{CompanyRow, Store, StoreError};

/// Companies that are named before the rest is only counted.
const MOST_NAMED: usize = 20;
/// Changes that are read at once.
const CHUNK: usize = 500;
/// A flag that is set.
const TRUE: &str = "true";

/// What became of customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// From this moment on.
    pub from: DateTime<Utc>,
    /// Up to this one.
    pub to: DateTime<Utc>,
    /// Companies in the CRM.
    pub companies: u64,
    /// Customers that have become cold, with the revenue of their last active year.
    pub cold: Names,
    /// Customers that were inactive and have bought, with the revenue of 12 months.
    pub active: Names,
    /// Customers that are in another cluster, with the revenue of 36 months.
    pub moved: Names,
}

/// Companies: how many, and the first of them by revenue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// How many.
    pub count: u64,
    /// The first of them, by revenue, then by name.
    pub first: Vec<Named>,
}

/// A company with what is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its name, or its id where it has none.
    pub name: String,
    /// Its revenue, where it is known.
    pub revenue: Option<Money>,
    /// Its move, where it is in another cluster.
    pub moved: Option<Moved>,
}

/// From one cluster to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The letter before.
    pub from: String,
    /// The letter now.
    pub to: String,
}

impl Names {
    fn add(&mut self, named: Named) {
        self.count += 1;
        let before = |other: &Named| (other.revenue, &named.name) > (named.revenue, &other.name);
        let place = self.first.iter().take_while(|other| before(other)).count();
        self.first.insert(place, named);
        self.first.truncate(MOST_NAMED);
    }
}

/// What became of one value: what it was, and what it is.
#[derive(Clone, Debug, Default)]
struct Course {
    first: Option<Value>,
    last: Option<Value>,
}

impl Course {
    /// Both ends, where they differ.
    fn moved(&self) -> Option<(&str, &str)> {
        let (first, last) = self.first.as_ref().zip(self.last.as_ref())?;
        (first != last).then(|| (first.as_str(), last.as_str()))
    }
}

/// The values of a company that a digest is about.
#[derive(Clone, Debug, Default)]
struct Courses {
    cold: Option<Course>,
    inactive: Option<Course>,
    cluster: Option<Course>,
}

impl Courses {
    fn of(&mut self, figure: Figure) -> Option<&mut Option<Course>> {
        match figure {
            Figure::ColdCustomer => Some(&mut self.cold),
            Figure::Inactive180d => Some(&mut self.inactive),
            Figure::Cluster => Some(&mut self.cluster),
            _ => None,
        }
    }

    fn ends(course: Option<&Course>) -> Option<(&str, &str)> {
        course.and_then(Course::moved)
    }

    fn is_still(&self) -> bool {
        [&self.cold, &self.inactive, &self.cluster].into_iter().all(Option::is_none)
    }
}

/// Collects what was written after `from` and up to `to`.
///
/// The journal is read in chunks; what is kept in memory is a few words for each company whose values moved.
pub(super) fn collect(store: &Store, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Digest, StoreError> {
    let (after, through) = (stamp(from), stamp(to));
    let mut courses: BTreeMap<CompanyId, Courses> = BTreeMap::new();
    for plan in store.plans_applied_since(&after)? {
        let mut place = None;
        loop {
            let chunk = store.applied_between(&plan, &after, &through, place, CHUNK)?;
            let Some((last, _)) = chunk.last() else { break };
            place = Some(*last);
            for (_, change) in &chunk {
                follow(&mut courses, change);
            }
        }
    }
    let mut digest = Digest {
        from,
        to,
        companies: store.company_count()?,
        cold: Names::default(),
        active: Names::default(),
        moved: Names::default(),
    };
    for (company, courses) in &courses {
        // A company that is no more is nobody's customer.
        if let Some(row) = store.company(company)? {
            digest.add(&row, courses);
        }
    }
    Ok(digest)
}

/// Follows the values of a company through one change.
fn follow(courses: &mut BTreeMap<CompanyId, Courses>, change: &CompanyChange) {
    let mut known = courses.remove(&change.company).unwrap_or_default();
    for field in &change.fields {
        let Some(course) = known.of(field.figure) else { continue };
        match course {
            Some(course) => course.last.clone_from(&field.intended),
            None => *course = begin(field),
        }
    }
    if !known.is_still() {
        courses.insert(change.company.clone(), known);
    }
}

/// A value begins to be followed where it was sirank's: not with its first one, nor with somebody's edit.
fn begin(field: &FieldChange) -> Option<Course> {
    let is_own = !matches!(field.reason, ChangeReason::FirstValue | ChangeReason::EditedInCrm);
    let first = field.observed.clone().filter(|_| is_own)?;
    Some(Course { first: Some(first), last: field.intended.clone() })
}

impl Digest {
    fn add(&mut self, row: &CompanyRow, courses: &Courses) {
        let named = |revenue: Figure| Named {
            name: if row.record.name.trim().is_empty() {
                row.record.id.to_string()
            } else {
                row.record.name.clone()
            },
            revenue: amount(row, revenue),
            moved: None,
        };
        if let Some((_, TRUE)) = Courses::ends(courses.cold.as_ref()) {
            self.cold.add(named(Figure::RevenueLastActive));
        }
        if let Some((TRUE, _)) = Courses::ends(courses.inactive.as_ref()) {
            self.active.add(named(Figure::Revenue12m));
        }
        if let Some((from, to)) = Courses::ends(courses.cluster.as_ref()) {
            let moved = Some(Moved { from: from.to_owned(), to: to.to_owned() });
            self.moved.add(Named { moved, ..named(Figure::Revenue36m) });
        }
    }

    /// Whether there is nothing to tell.
    pub(super) const fn is_empty(&self) -> bool {
        self.cold.count == 0 && self.active.count == 0 && self.moved.count == 0
    }
}

/// What sirank last wrote, else what the CRM holds.
fn amount(row: &CompanyRow, figure: Figure) -> Option<Money> {
    let written = row.written.iter().flatten();
    let (_, value) = written.chain(&row.record.observed).find(|(other, _)| *other == figure)?;
    Decimal::from_str_exact(value.as_str()).ok().map(Money::rounded)
}
