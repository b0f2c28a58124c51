//! The guards: what makes a plan wait for a person's approval.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::super::ids::RunId;
use super::super::time::Day;
use super::{CardCounts, PlanSummary};

/// How much a plan may do without approval. Shares are from 0 to 1; more than the share (not the share itself) is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardRules {
    /// The share of the companies that have a cluster in the CRM whose cluster may change. A first one is no change.
    pub max_cluster_change_share: Decimal,
    /// The share of the observed values that may be emptied.
    pub max_clear_share: Decimal,
    /// The share of a feed's last good length that has to come; less of it is held.
    pub min_feed_share: Decimal,
    /// The share of the open cards that may close although nobody bought.
    pub max_card_close_share: Decimal,
}

/// So few cards may close in any case.
const FEW_CARDS: u64 = 10;

impl Default for GuardRules {
    /// A fifth of the clusters, a tenth of the values, four fifths of a feed, half of the cards.
    fn default() -> Self {
        Self {
            max_cluster_change_share: Decimal::new(2, 1),
            max_clear_share: Decimal::new(1, 1),
            min_feed_share: Decimal::new(8, 1),
            max_card_close_share: Decimal::new(5, 1),
        }
    }
}

/// How much a source delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// Its name, for people: `documents of fattureincloud`, `companies of HubSpot`.
    pub name: String,
    /// How many records came.
    pub records: u64,
    /// How many of them can be used.
    pub usable: u64,
    /// How many could in the last run that was not held for it; none in a first run.
    pub last_good: Option<u64>,
}

/// The days that a run is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunDates {
    /// The as-of day.
    pub as_of: Day,
    /// Today, in the business zone.
    pub today: Day,
    /// Whether the CRM is on this machine, so a mock or a test, where any as-of day is allowed.
    pub loopback: bool,
}

/// Why a plan has to be approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objection {
    /// Too many companies change their cluster.
    ClusterChanges {
        /// Companies whose cluster changes.
        changes: u64,
        /// Companies that have a cluster in the CRM.
        companies: u64,
        /// The share that is allowed.
        allowed: Decimal,
    },
    /// Too many values are emptied.
    Clears {
        /// Values that are emptied.
        clears: u64,
        /// Values observed.
        values: u64,
        /// The share that is allowed.
        allowed: Decimal,
    },
    /// Too many cards close.
    CardsClose {
        /// Cards that close although nobody bought.
        closing: u64,
        /// Cards that are open.
        open: u64,
        /// The share that is allowed.
        allowed: Decimal,
    },
    /// A feed is empty.
    FeedEmpty {
        /// Its name.
        feed: String,
    },
    /// A feed is much shorter than before.
    FeedShort {
        /// Its name.
        feed: String,
        /// How many records came and can be used.
        records: u64,
        /// How many did in the last good run.
        last_good: u64,
        /// The share that has to come.
        required: Decimal,
    },
    /// The figures are of another day than today.
    OtherDay {
        /// The as-of day.
        as_of: Day,
        /// Today.
        today: Day,
    },
    /// Values that were taken back would be written again.
    UndoneValues {
        /// The run that was undone.
        run: RunId,
        /// How many of its values.
        values: u64,
    },
}

impl Objection {
    /// What tells two objections of different kinds apart: not how much of it there is, which differs from run to run.
    pub fn kind(&self) -> String {
        match self {
            Self::ClusterChanges { .. } => "cluster_changes".to_owned(),
            Self::Clears { .. } => "clears".to_owned(),
            Self::CardsClose { .. } => "cards_close".to_owned(),
            Self::FeedEmpty { feed } => format!("feed_empty {feed}"),
            Self::FeedShort { feed, .. } => format!("feed_short {feed}"),
            Self::OtherDay { .. } => "other_day".to_owned(),
            Self::UndoneValues { run, .. } => format!("undone_values {run}"),
        }
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClusterChanges { changes, companies, allowed } => write!(
                out,
                "the cluster of {changes} of {companies} companies that have one would change, more than {} \
                 (guards.max_cluster_change_share): look whether potential or documents changed at large",
                percent(*allowed)
            ),
            Self::Clears { clears, values, allowed } => write!(
                out,
                "{clears} of {values} values would be emptied, more than {} (guards.max_clear_share): look whether the \
                 companies lost their keys",
                percent(*allowed)
            ),
            Self::CardsClose { closing, open, allowed } => write!(
                out,
                "{closing} of {open} open cards would close although nobody bought, more than {} \
                 (guards.max_card_close_share): look whether the rules of cold customers changed, or many deals were opened",
                percent(*allowed)
            ),
            Self::FeedEmpty { feed } => {
                write!(
                    out,
                    "{feed}: nothing came; look whether the source still delivers, and is still configured"
                )
            }
            Self::FeedShort { feed, records, last_good, required } => write!(
                out,
                "{feed}: {records} came that can be used, {last_good} in the last good run, less than {} of them \
                 (guards.min_feed_share): look whether the source is complete, and at `sirank rejected`",
                percent(*required)
            ),
            Self::OtherDay { as_of, today } => {
                write!(out, "the figures are of {as_of}, today is {today}: the CRM shows figures of today")
            }
            Self::UndoneValues { run, values } => write!(
                out,
                "run {run} was undone; this plan would write {values} of its values again: look whether what was \
                 wrong then is right now"
            ),
        }
    }
}

/// Everything about a plan that a person has to approve; nothing for a plan that may be applied.
pub fn judge(summary: &PlanSummary, rules: &GuardRules, feeds: &[Feed], dates: RunDates) -> Vec<Objection> {
    let mut objections = Vec::new();
    if exceeds(summary.cluster_changes, summary.with_cluster, rules.max_cluster_change_share) {
        objections.push(Objection::ClusterChanges {
            changes: summary.cluster_changes,
            companies: summary.with_cluster,
            allowed: rules.max_cluster_change_share,
        });
    }
    if exceeds(summary.cleared_values, summary.observed_values, rules.max_clear_share) {
        objections.push(Objection::Clears {
            clears: summary.cleared_values,
            values: summary.observed_values,
            allowed: rules.max_clear_share,
        });
    }
    let CardCounts { closing, open, .. } = summary.cards;
    if closing > FEW_CARDS && exceeds(closing, open, rules.max_card_close_share) {
        let allowed = rules.max_card_close_share;
        objections.push(Objection::CardsClose { closing, open, allowed });
    }
    objections.extend(feeds.iter().filter_map(|feed| feed_objection(feed, rules)));
    if dates.as_of != dates.today && !dates.loopback {
        objections.push(Objection::OtherDay { as_of: dates.as_of, today: dates.today });
    }
    let undone = summary.undone.iter().filter(|(_, values)| **values > 0);
    objections
        .extend(undone.map(|(run, values)| Objection::UndoneValues { run: run.clone(), values: *values }));
    objections
}

fn feed_objection(feed: &Feed, rules: &GuardRules) -> Option<Objection> {
    if feed.records == 0 {
        return Some(Objection::FeedEmpty { feed: feed.name.clone() });
    }
    let last_good = feed.last_good?;
    let short =
        share_of(last_good, rules.min_feed_share).is_some_and(|least| Decimal::from(feed.usable) < least);
    short.then(|| Objection::FeedShort {
        feed: feed.name.clone(),
        records: feed.usable,
        last_good,
        required: rules.min_feed_share,
    })
}

/// Whether a part is more than a share of the whole.
fn exceeds(part: u64, whole: u64, share: Decimal) -> bool {
    share_of(whole, share).is_some_and(|allowed| Decimal::from(part) > allowed)
}

/// A share of a whole, not rounded; none beyond the decimal's range.
fn share_of(whole: u64, share: Decimal) -> Option<Decimal> {
    Decimal::from(whole).checked_mul(share)
}

fn percent(share: Decimal) -> String {
    format!("{} %", share.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(share).normalize())
}
