//! `[tasks]`: what becomes a task in the CRM.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::tasks::TaskRules;

/// What becomes a task in the CRM. Each company has at most one open contact task, and none beside another open task of
/// sirank's.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tasks {
    /// Whether a card that reaches the appointment leads to a task for the company's owner, once. Only where `wake_up` is
    /// switched on.
    pub appointments: bool,
    /// Within how many days an appointment has to be prepared.
    pub appointment_days: u32,
    /// Whether a deal that is won in a watched pipeline leads to a task for its owner to ask for feedback, once.
    pub feedback: bool,
    /// Within how many days the customer has to be asked.
    pub feedback_days: u32,
    /// Deals that were won longer ago lead to no task.
    pub feedback_within_days: u32,
    /// Whether an overdue contact of the contact plan leads to a task for the company's owner.
    pub contacts: bool,
    /// Within how many days an overdue contact has to be made up for.
    pub contact_days: u32,
    /// Most new contact tasks of one owner in one run: the most important companies come first.
    pub contacts_per_owner: u32,
    /// Most open contact tasks of one owner in all; no new one is made beyond.
    pub contacts_open_per_owner: u32,
    /// Most new contact tasks in one run.
    pub contacts_per_run: u32,
    /// A company whose contact task somebody ticked off or deleted without a contact gets no new one for so many days.
    pub contacts_rest_days: u32,
}

impl Default for Tasks {
    fn default() -> Self {
        let rules = TaskRules::default();
        Self {
            appointments: rules.appointments,
            appointment_days: 3,
            feedback: rules.feedback,
            feedback_days: 7,
            feedback_within_days: 14,
            contacts: rules.contacts,
            contact_days: 7,
            contacts_per_owner: rules.per_owner,
            contacts_open_per_owner: rules.open_per_owner,
            contacts_per_run: rules.per_run,
            contacts_rest_days: 30,
        }
    }
}

impl Tasks {
    /// The rules of tasks.
    pub fn rules(&self) -> TaskRules {
        TaskRules {
            appointments: self.appointments,
            feedback: self.feedback,
            contacts: self.contacts,
            appointment_days: self.appointment_days.into(),
            feedback_days: self.feedback_days.into(),
            contact_days: self.contact_days.into(),
            feedback_within_days: self.feedback_within_days.into(),
            per_owner: self.contacts_per_owner,
            open_per_owner: self.contacts_open_per_owner,
            per_run: self.contacts_per_run,
            rest_days: self.contacts_rest_days.into(),
        }
    }
}
