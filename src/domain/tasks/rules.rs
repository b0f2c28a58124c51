//! The rules of tasks: all of them settings.

use super::TaskKind;

/// Which tasks are made, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRules {
    /// Whether a card that reaches the appointment leads to a task.
    pub appointments: bool,
    /// Whether a won deal leads to a task.
    pub feedback: bool,
    /// Whether an overdue contact leads to a task.
    pub contacts: bool,
    /// Within how many days an appointment has to be prepared.
    pub appointment_days: u64,
    /// Within how many days the customer of a won deal has to be asked.
    pub feedback_days: u64,
    /// Within how many days an overdue contact has to be made up for.
    pub contact_days: u64,
    /// A deal that was won longer ago leads to no task: for the first day.
    pub feedback_within_days: u64,
    /// Most new contact tasks of one owner in one run.
    pub per_owner: u32,
    /// Most open contact tasks of one owner in all.
    pub open_per_owner: u32,
    /// Most new contact tasks in one run.
    pub per_run: u32,
    /// A company whose contact task somebody ticked off or deleted without a contact gets none for so many days.
    pub rest_days: u64,
}

impl Default for TaskRules {
    fn default() -> Self {
        Self {
            appointments: true,
            feedback: false,
            contacts: false,
            appointment_days: 3,
            feedback_days: 7,
            contact_days: 7,
            feedback_within_days: 14,
            per_owner: 5,
            open_per_owner: 20,
            per_run: 50,
            rest_days: 30,
        }
    }
}

impl TaskRules {
    /// Whether tasks of a kind are made.
    pub const fn makes(&self, kind: TaskKind) -> bool {
        match kind {
            TaskKind::Appointment => self.appointments,
            TaskKind::Feedback => self.feedback,
            TaskKind::Contact => self.contacts,
        }
    }

    /// Whether any task is made at all. Appointments exist only where cards do.
    pub const fn any(&self, cards: bool) -> bool {
        self.appointments && cards || self.feedback || self.contacts
    }
}
