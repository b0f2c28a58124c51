//! The snapshot of tasks: those that are open are read again in every run; in a reading of everything they are also looked
//! for, since a state may have been lost.

use std::collections::BTreeSet;

use crate::domain::ids::{RunId, TaskId};
use crate::domain::plan::RecordChange;
use crate::domain::tasks::TaskChange;
use crate::domain::time::Day;
use crate::engine::records::unless_hindered;
use crate::engine::surveyed::Surveyed;
use crate::engine::{Engine, EngineError, Reading};
use crate::events::{Event, emit};
use crate::ports::Tasks;
use crate::store::Feed;

/// Under this name the state remembers that tasks were looked for.
const LOOKED_FOR: &str = "tasks_looked_for";
/// Under this name the state remembers whether tasks could be read last: else nothing is decided about them.
const READABLE: &str = "tasks_readable";

impl Engine<'_> {
    /// Reads what decides about tasks, where any are made.
    pub(in crate::engine) async fn pull_tasks(
        &self,
        run: &RunId,
        surveyed: &Surveyed,
        reading: Reading,
        today: Day,
    ) -> Result<(), EngineError> {
        let Some(tasks) = self.kept_tasks() else { return Ok(()) };
        let read = self.read_tasks(tasks, run, surveyed, reading, today).await;
        let readable = if unless_hindered(TaskChange::KIND, read)? { "yes" } else { "no" };
        if self.store.meta(READABLE)?.as_deref() != Some(readable) {
            self.store.set_meta(READABLE, readable)?;
        }
        Ok(())
    }

    /// The tasks of the CRM, where any are made.
    pub(in crate::engine) fn kept_tasks(&self) -> Option<&dyn Tasks> {
        self.crm.tasks().filter(|_| self.policy.tasks.any(self.policy.wake_up.is_some()))
    }

    /// Whether the last reading of tasks went well.
    pub(in crate::engine) fn tasks_are_readable(&self) -> Result<bool, EngineError> {
        Ok(self.store.meta(READABLE)?.as_deref() != Some("no"))
    }

    async fn read_tasks(
        &self,
        tasks: &dyn Tasks,
        run: &RunId,
        surveyed: &Surveyed,
        reading: Reading,
        today: Day,
    ) -> Result<(), EngineError> {
        let rules = &self.policy.tasks;
        let open = self.store.open_tasks()?;
        self.look_up_tasks(tasks, &open, today).await?;
        if reading == Reading::Whole || self.store.meta(LOOKED_FOR)?.is_none() {
            let found = self.look_for_tasks(tasks, open.into_iter().collect(), today).await;
            // The search is a help only: what it does not find is found beside the company.
            unless_hindered(TaskChange::KIND, found)?;
            self.store.set_meta(LOOKED_FOR, "yes")?;
        }
        if rules.feedback {
            let since = today.minus_days(rules.feedback_within_days);
            self.pull_pages(
                run,
                &Feed::WonDeals,
                "reading won deals",
                async |from| tasks.won_deals(&surveyed.survey, &surveyed.watched, since, from).await,
                |page| Ok(self.store.put_won_deals(run, &page.items, page.next.as_ref())?),
            )
            .await?;
            self.store.finish_won_deals(run)?;
        }
        Ok(())
    }

    async fn look_up_tasks(
        &self,
        tasks: &dyn Tasks,
        asked: &[TaskId],
        today: Day,
    ) -> Result<(), EngineError> {
        for asked in asked.chunks(tasks.traits().read_batch.max(1)) {
            self.go_on()?;
            let found = tasks.read(asked).await?;
            self.store.refresh_tasks(asked, &found, today)?;
        }
        Ok(())
    }

    /// Looks for open tasks that the state does not know of. The list may be behind: each is read again.
    async fn look_for_tasks(
        &self,
        tasks: &dyn Tasks,
        known: BTreeSet<TaskId>,
        today: Day,
    ) -> Result<(), EngineError> {
        let (mut next, mut found) = (None, 0);
        loop {
            self.go_on()?;
            let page = tasks.open(next).await?;
            let new: Vec<TaskId> =
                page.items.into_iter().map(|task| task.id).filter(|id| !known.contains(id)).collect();
            found += new.len() as u64;
            self.look_up_tasks(tasks, &new, today).await?;
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        if found > 0 {
            emit(&Event::TasksFound { tasks: found });
        }
        Ok(())
    }
}
