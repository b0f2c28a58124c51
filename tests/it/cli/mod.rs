//! The real binary from outside: exit codes, messages, output, kills, signals.
//!
//! What depends on the CRM is written once, over [`crate::crm::Vendor`], and run over every CRM: `cli::hubspot::…`. The
//! rest runs beside one of them.

mod authorised;
mod bad_input;
mod beside;
mod commands;
mod compute;
mod contacts;
mod databases;
pub(crate) mod desk;
mod e_invoices;
mod help;
mod hubspot_alone;
mod killed;
mod notifications;
mod operations;
mod own_records;
mod runs;
mod secrets;
mod service;
mod state;
mod vtiger_alone;

/// Makes a test of each behaviour over one CRM.
macro_rules! behaviours {
    ($crm:ty: $($group:ident { $($name:ident,)+ })+) => {$(
        mod $group {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::super::$group::$name::<$crm>().await;
                }
            )+
        }
    )+};
}

/// The behaviours, over every CRM. One that is left out here is dead code, which the compiler reports.
macro_rules! over_every_crm {
    ($($behaviours:tt)+) => {
        mod hubspot {
            behaviours! { sirank_mocks::hubspot::HubSpot: $($behaviours)+ }
        }
        mod vtiger {
            behaviours! { crate::crm::vtiger::VTiger: $($behaviours)+ }
        }
    };
}

over_every_crm! {
    beside {
        the_service_does_what_commands_ask_for,
        a_held_plan_is_approved_beside_the_service,
    }
    contacts {
        contacts_are_those_of_the_reference_figures,
        contacts_go_into_spreadsheets_and_calendars,
    }
    killed {
        killed_at_50_random_moments_and_resumed_a_backfill_ends_as_without_kills,
        killed_after_its_last_write_a_run_writes_nothing_again,
        killed_at_random_moments_and_asked_for_again_an_undo_ends_as_without_kills,
        killed_at_100_random_moments_every_company_has_one_card_or_task,
    }
    runs {
        a_few_companies_first_then_all_then_nothing,
        what_changed_between_plan_and_apply_is_not_written_but_planned_again,
        a_guard_holds_a_plan_until_it_is_applied_by_hand,
        a_run_is_told_undone_and_held_when_it_would_come_again,
        refused_credentials_end_with_4_and_say_where_the_right_ones_are,
        an_unreachable_system_ends_with_5_and_can_be_resumed,
        an_answer_that_is_none_ends_with_5_and_can_be_resumed,
        no_credential_is_in_any_output_or_in_the_state,
    }
    service {
        the_service_does_a_run_and_ends_in_good_order_when_asked,
        asked_to_end_during_a_batch_it_finishes_the_batch,
        a_backfill_that_is_asked_to_end_says_how_to_go_on,
    }
}
