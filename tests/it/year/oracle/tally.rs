//! What was seen: a year in which something never occurred would prove nothing about it.

use std::collections::BTreeMap;

/// What a card, a task, or a company without one, was seen to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::year) enum Seen {
    NewCard,
    NewCardAfterReactivation,
    NewCardAfterClosing,
    NewCardAfterRest,
    NewCardAfterDeletion,
    WaitedForItsTurn,
    AllPlacesWereTaken,
    Contacted,
    BoughtBeforeAnyContact,
    BoughtOnceContacted,
    BoughtAfterTheAppointment,
    DealOnTheDayOfTheContact,
    DealOnceContacted,
    DealAfterTheAppointment,
    ClosedByCategory,
    ClosedByDeal,
    ClosedByPotential,
    ClosedByOlderPurchase,
    ClosedByMerge,
    ClosedAsCompanyIsGone,
    StayedDespiteAReasonToClose,
    StayedDespiteAContact,
    StayedThoughCompanyIsGone,
    RestedAfterItWasLost,
    RestedAfterItWasDeleted,
    ReopenedCardStayed,
    OwnCardKeptOthersAway,
    OwnCardReactivated,
    AppointmentTask,
    AppointmentTaskWasNotRepeated,
    FeedbackTask,
    ContactTask,
    ContactTaskEndedByAContact,
    ContactTaskEndedByACard,
    ContactTaskEndedByAnotherTask,
    ContactTaskNotDueAnyMore,
    ContactTaskOfAnotherOwner,
    NoContactTaskWithoutOwner,
    RestedAfterAContactTask,
    NothingHappened,
}

impl Seen {
    const ALL: [Self; 40] = [
        Self::NewCard,
        Self::NewCardAfterReactivation,
        Self::NewCardAfterClosing,
        Self::NewCardAfterRest,
        Self::NewCardAfterDeletion,
        Self::WaitedForItsTurn,
        Self::AllPlacesWereTaken,
        Self::Contacted,
        Self::BoughtBeforeAnyContact,
        Self::BoughtOnceContacted,
        Self::BoughtAfterTheAppointment,
        Self::DealOnTheDayOfTheContact,
        Self::DealOnceContacted,
        Self::DealAfterTheAppointment,
        Self::ClosedByCategory,
        Self::ClosedByDeal,
        Self::ClosedByPotential,
        Self::ClosedByOlderPurchase,
        Self::ClosedByMerge,
        Self::ClosedAsCompanyIsGone,
        Self::StayedDespiteAReasonToClose,
        Self::StayedDespiteAContact,
        Self::StayedThoughCompanyIsGone,
        Self::RestedAfterItWasLost,
        Self::RestedAfterItWasDeleted,
        Self::ReopenedCardStayed,
        Self::OwnCardKeptOthersAway,
        Self::OwnCardReactivated,
        Self::AppointmentTask,
        Self::AppointmentTaskWasNotRepeated,
        Self::FeedbackTask,
        Self::ContactTask,
        Self::ContactTaskEndedByAContact,
        Self::ContactTaskEndedByACard,
        Self::ContactTaskEndedByAnotherTask,
        Self::ContactTaskNotDueAnyMore,
        Self::ContactTaskOfAnotherOwner,
        Self::NoContactTaskWithoutOwner,
        Self::RestedAfterAContactTask,
        Self::NothingHappened,
    ];
}

/// How often what was seen.
#[derive(Debug, Default)]
pub(in crate::year) struct Tally(BTreeMap<Seen, usize>);

impl Tally {
    pub(super) fn saw(&mut self, seen: Seen) {
        *self.0.entry(seen).or_default() += 1;
    }

    /// Everything was seen but what cannot be.
    #[track_caller]
    pub(super) fn assert_complete(&self, cannot_be: &[Seen]) {
        let mut missing = Seen::ALL.to_vec();
        missing.retain(|seen| !self.0.contains_key(seen) && !cannot_be.contains(seen));
        assert!(missing.is_empty(), "never seen: {missing:?}");
    }
}
