//! What a run will cost, said before it begins.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::clock::stamp;
use crate::events::{Event, emit};
use crate::ports::Usage;

use super::{Engine, EngineError, Planned};

/// Expected calls to the CRM, and how long they take at the rate that the quotas allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// What it is about.
    pub step: &'static str,
    /// Calls.
    pub calls: u64,
    /// Time in seconds; none where no quota bounds it.
    pub seconds: Option<u64>,
    /// The quota that does not last for all of them.
    pub short: Option<Shortage>,
}

/// A quota that a step needs more of than is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shortage {
    /// Its name.
    pub quota: String,
    /// The calls that may still be used of it.
    pub usable: u64,
    /// When it is full again.
    pub ends: DateTime<Utc>,
}

impl Estimate {
    pub(super) fn new(step: &'static str, calls: u64, calls_per_second: Option<f64>, usage: &Usage) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an estimate, and both factors are small and positive"
        )]
        let seconds =
            calls_per_second.filter(|rate| *rate > 0.0).map(|rate| (calls as f64 / rate).ceil() as u64);
        let short = usage.quotas.iter().find(|quota| quota.usable() < calls);
        let short = short.map(|quota| Shortage {
            quota: quota.name.clone(),
            usable: quota.usable(),
            ends: quota.ends,
        });
        Self { step, calls, seconds, short }
    }

    /// The time as people say it.
    pub fn time(&self) -> String {
        let Some(seconds) = self.seconds else { return "as long as the server takes".into() };
        let time = match seconds {
            0..=119 => format!("about {seconds} s"),
            120..=7199 => format!("about {} min", seconds.div_ceil(60)),
            _ => format!("about {} h {} min", seconds / 3600, (seconds % 3600) / 60),
        };
        match &self.short {
            None => time,
            Some(Shortage { quota, usable, ends }) => format!(
                "{time} of work, but the {quota} quota has {usable} calls left for it: after them it waits until {}",
                stamp(*ends)
            ),
        }
    }

    pub(super) fn say(&self) {
        if self.calls == 0 {
            return;
        }
        emit(&Event::CallsExpected { step: self.step, calls: self.calls, time: &self.time() });
    }
}

impl Engine<'_> {
    /// The cost of reading the companies of the CRM.
    pub(super) async fn estimate_pull(&self) -> Result<Estimate, EngineError> {
        let traits = self.crm.traits();
        let companies = match self.store.company_count()? {
            0 => self.crm.count(None).await?.unwrap_or(0),
            known => known,
        };
        let calls = companies.div_ceil(traits.page.max(1) as u64);
        Ok(Estimate::new("reading companies", calls, traits.calls_per_second, &self.crm.usage()))
    }

    /// The cost of applying a plan.
    pub(super) fn estimate_apply(&self, planned: &Planned) -> Estimate {
        let traits = self.crm.traits();
        let cards = self.crm.cards().map_or(1, |cards| cards.traits().per_call.max(1));
        let tasks = self.crm.tasks().map_or(1, |tasks| tasks.traits().per_call.max(1));
        let calls = planned.changes.div_ceil(traits.companies_per_write.max(1) as u64)
            + planned.cards.div_ceil(cards as u64)
            + planned.tasks.div_ceil(tasks as u64);
        Estimate::new("writing companies", calls, traits.calls_per_second, &self.crm.usage())
    }
}
