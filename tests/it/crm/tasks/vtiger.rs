//! Tasks in the vTiger mock, in the words of the domain.

use chrono::{DateTime, Utc};
use sirank::domain::ids::{CompanyId, OwnerId};
use sirank::domain::tasks::TaskKey;
use sirank_mocks::vtiger::{User, VTiger as Mock};

use super::super::vtiger::{OWNER, POTENTIALS, VTiger, deal_at, number};
use super::{SeenTask, TaskVendor};

pub(crate) const CALENDAR: &str = "Calendar";

/// A user who still works there, and one who left.
const ACTIVE: u64 = 11;
const INACTIVE: u64 = 12;
/// The number of nobody.
const NOBODY: u64 = 999;

impl TaskVendor for VTiger {
    const CREATE_TASKS: &'static str = "create Calendar";

    fn tasks(&self) -> Vec<SeenTask> {
        self.crm(|data| {
            let seen = data.reachable(CALENDAR).into_iter().filter_map(|id| {
                let text = |field: &str| data.value(CALENDAR, id, field).unwrap_or_default();
                Some(SeenTask {
                    id: id.to_string(),
                    key: TaskKey::find(&text("description"))?,
                    company: Some(text("parent_id")).filter(|id| id.starts_with("11x")).map(CompanyId::new),
                    owner: Some(text("assigned_user_id")).filter(|id| id.contains('x')).map(OwnerId::new),
                    done: text("taskstatus") == "Completed",
                    subject: text("subject"),
                    text: text("description"),
                    due: text("due_date"),
                })
            });
            seen.collect()
        })
    }

    fn person_ticks(&self, task: &str, done: bool) {
        let status = if done { "Completed" } else { "In Progress" };
        let values = [("taskstatus", status)];
        assert!(Mock::person_edits(self, CALENDAR, task.parse().unwrap(), &values));
    }

    fn person_deletes_task(&self, task: &str) {
        assert!(Mock::person_deletes(self, CALENDAR, task.parse().unwrap()));
    }

    fn person_makes_task(&self, company: &CompanyId, subject: &str) -> String {
        let (now, today) = (self.clock().now_ms(), self.clock().now().format("%Y-%m-%d").to_string());
        let values = [
            ("subject", subject),
            ("activitytype", "Task"),
            ("taskstatus", "Not Started"),
            ("date_start", today.as_str()),
            ("time_start", "08:00:00"),
            ("due_date", today.as_str()),
            ("parent_id", company.as_str()),
        ];
        self.change(|data| data.add(CALENDAR, now, OWNER, &values)).to_string()
    }

    fn person_assigns(&self, company: &CompanyId, owner: Option<&OwnerId>) {
        let owner = behind_x(owner).to_string();
        let values = [("assigned_user_id", owner.as_str())];
        assert!(Mock::person_edits(self, super::super::vtiger::ACCOUNTS, number(company), &values));
    }

    fn person_wins_deal(&self, company: &CompanyId, owner: Option<&OwnerId>) -> String {
        let now: DateTime<Utc> = self.clock().now();
        let today = now.with_timezone(&chrono_tz::Europe::Rome).format("%Y-%m-%d").to_string();
        let owner = behind_x(owner).to_string();
        self.change(|data| {
            let pipeline = data.picklist_values(POTENTIALS, &pipeline_field(data))[0].clone();
            let deal = deal_at(data, now.timestamp_millis(), Some(number(company)), &pipeline, "Closed Won");
            let values = [("closingdate", today.as_str()), ("assigned_user_id", owner.as_str())];
            data.put(POTENTIALS, deal, &values);
            format!("13x{deal}")
        })
    }

    fn user(&self, active: bool) -> OwnerId {
        let number = if active { ACTIVE } else { INACTIVE };
        let user = User::new(number, &format!("user{number}"), "key");
        self.change(|data| data.add_user(if active { user } else { user.inactive() }));
        OwnerId::new(format!("19x{number}"))
    }
}

fn pipeline_field(data: &sirank_mocks::vtiger::Crm) -> String {
    data.field_named(POTENTIALS, super::super::vtiger::PIPELINE).unwrap().to_owned()
}

fn behind_x(owner: Option<&OwnerId>) -> u64 {
    owner.map_or(NOBODY, |owner| owner.as_str().split_once('x').unwrap().1.parse().unwrap())
}
