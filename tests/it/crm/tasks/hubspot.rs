//! The HubSpot mock's tasks.

use chrono::{DateTime, Utc};
use sirank::domain::ids::{CompanyId, OwnerId};
use sirank::domain::tasks::TaskKey;
use sirank_mocks::hubspot::{HubSpot, Kind, Record};

use super::{SeenTask, TaskVendor};
use crate::hubspot_support::number;

impl TaskVendor for HubSpot {
    const CREATE_TASKS: &'static str = "tasks_create";

    fn tasks(&self) -> Vec<SeenTask> {
        self.portal(|portal| {
            let seen = |task: &Record| {
                let text = |name: &str| task.props.get(name).unwrap_or_default().to_owned();
                let body = text("hs_task_body");
                let company = portal.links.of(Kind::Task, task.id, Kind::Company).first();
                let due: DateTime<Utc> = text("hs_timestamp").parse().unwrap();
                Some(SeenTask {
                    id: task.id.to_string(),
                    key: TaskKey::find(&body)?,
                    company: company.map(|link| CompanyId::from(link.to.to_string().as_str())),
                    owner: task.props.get("hubspot_owner_id").map(OwnerId::from),
                    done: text("hs_task_status") == "COMPLETED",
                    subject: text("hs_task_subject"),
                    text: body,
                    due: due.with_timezone(&chrono_tz::Europe::Rome).format("%Y-%m-%d").to_string(),
                })
            };
            portal.space(Kind::Task).records.values().filter_map(seen).collect()
        })
    }

    fn person_ticks(&self, task: &str, done: bool) {
        let status = if done { "COMPLETED" } else { "NOT_STARTED" };
        assert!(self.person_edits(Kind::Task, task.parse().unwrap(), &[("hs_task_status", status)]));
    }

    fn person_deletes_task(&self, task: &str) {
        assert!(self.person_archives(Kind::Task, task.parse().unwrap()));
    }

    fn person_makes_task(&self, company: &CompanyId, subject: &str) -> String {
        let due = self.clock().now().format("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        let values = [
            ("hs_task_subject", subject),
            ("hs_task_status", "NOT_STARTED"),
            ("hs_timestamp", &due),
            ("hs_task_body", "<p>As sirank says</p>"),
        ];
        self.person_adds(Kind::Task, &values, &[(Kind::Company, number(company))]).to_string()
    }

    fn person_assigns(&self, company: &CompanyId, owner: Option<&OwnerId>) {
        let owner = owner.map_or("", OwnerId::as_str);
        assert!(self.person_edits(Kind::Company, number(company), &[("hubspot_owner_id", owner)]));
    }

    fn person_wins_deal(&self, company: &CompanyId, owner: Option<&OwnerId>) -> String {
        let (pipeline, open, won) = self.portal(|portal| {
            let pipeline = portal.pipelines.iter().find(|held| held.label != super::super::cards::BOARD);
            let pipeline = pipeline.unwrap();
            let stage =
                |won: bool| pipeline.stages.iter().find(|stage| stage.is_won() == won).unwrap().id.clone();
            (pipeline.id.clone(), stage(false), stage(true))
        });
        let values = [
            ("dealname", "Offerta vinta"),
            ("pipeline", &pipeline),
            ("dealstage", &open),
            ("hubspot_owner_id", owner.map_or("", OwnerId::as_str)),
        ];
        let deal = self.person_adds(Kind::Deal, &values, &[(Kind::Company, number(company))]);
        assert!(self.person_edits(Kind::Deal, deal, &[("dealstage", &won)]));
        deal.to_string()
    }

    fn user(&self, active: bool) -> OwnerId {
        self.change(|portal| {
            let found = portal.owners.iter().find(|owner| owner.archived != active).map(|owner| owner.id);
            let id = found.unwrap_or_else(|| {
                let id = 900 + u64::from(active);
                portal.add_owner(id, "qualcuno@example.com", !active);
                id
            });
            OwnerId::from(id.to_string().as_str())
        })
    }
}
