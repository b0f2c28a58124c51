//! The engine over real HTTP: what a run leaves behind in the CRM, whatever happens on the way.
//!
//! The behaviours are written once, over [`crate::crm::Vendor`], and run over every CRM: `engine::hubspot::…`. What only
//! one vendor has is in a module of its own: `hubspot_alone`, `vtiger_alone`.

mod accounting;
pub(crate) mod backfill;
mod changes;
mod cycles;
mod documents;
mod failures;
mod faults;
mod guards;
mod hubspot_alone;
mod people;
mod records;
mod resume;
mod several;
mod small;
mod tasks;
mod undo;
mod vtiger_alone;
pub(crate) mod wake_up;
pub(crate) mod world;

/// Makes a test of each behaviour over one CRM.
macro_rules! behaviours {
    ($crm:ty: $($group:ident { $($name:ident,)+})+) => {$(
        mod $group {
            $(
                #[tokio::test]
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
    backfill {
        every_property_equals_the_reference_figures_and_a_second_backfill_writes_nothing,
        with_the_state_deleted_a_backfill_finds_everything_in_place,
        setup_is_idempotent,
        a_state_of_another_account_is_refused_before_anything_is_written,
        a_run_about_a_few_companies_never_goes_on_as_one_about_all,
    }
    cycles {
        a_cycle_without_changes_ends_after_its_reads,
        what_people_change_is_right_after_a_cycle,
        what_no_reading_of_changes_shows_is_right_after_a_reconciliation,
        a_held_plan_waits_for_its_approval,
        random_edits_leave_what_a_whole_reading_would,
    }
    documents {
        a_deleted_document_disappears_and_a_changed_one_replaces,
        a_customer_without_documents_is_forgotten,
        what_cannot_be_used_is_counted_and_stops_nothing,
        a_source_that_is_not_configured_any_more_is_forgotten,
        an_open_deal_keeps_a_company_from_being_cold_until_it_is_closed,
        every_ledger_reconciles,
    }
    failures {
        a_refused_company_is_kept_with_its_reason_and_tried_again,
        a_refusal_that_a_person_made_needless_is_forgotten,
        a_refused_write_waits_unless_its_values_or_its_property_change,
        a_property_of_another_type_prevents_a_run,
        a_read_only_property_prevents_a_run,
        an_account_without_properties_is_pointed_to_setup,
        lost_options_are_added_without_dropping_foreign_ones,
        a_pipeline_or_category_that_does_not_exist_prevents_a_run,
        a_configured_property_that_does_not_exist_is_said_once,
    }
    faults {
        reads_that_fail_once,
        reads_that_always_fail,
        look_ups_that_fail,
        writes_that_fail_once,
        writes_that_always_fail,
        slow_answers_end_in_a_time_out,
        a_write_without_an_answer_is_told_from_a_server_that_is_down,
    }
    guards {
        a_feed_that_is_empty_or_short_is_held_and_is_no_measure_until_it_is_approved,
        too_many_changes_of_clusters_are_held,
        another_day_than_today_is_held_where_the_crm_is_real,
        a_plan_that_was_overtaken_or_applied_is_not_applied,
        a_source_of_sums_that_stand_for_much_less_is_held,
        new_documents_are_no_reason_to_hold,
        a_plan_of_the_service_that_waits_is_replaced_only_by_one_of_another_kind,
    }
    people {
        nothing_but_sirank_s_own_properties_is_ever_written,
        a_value_edited_between_plan_and_apply_is_planned_again,
        a_figure_edited_by_hand_is_put_right_and_history_shows_both,
        a_company_that_is_merged_or_deleted_after_the_pull_is_gone_and_the_others_go_on,
        a_company_that_loses_its_key_is_cleared_and_listed,
        companies_that_share_a_key_are_cleared_or_the_oldest_is_taken,
        the_key_account_is_missing_once_its_owner_is_archived,
        the_next_contact_counts_from_the_last_one,
        a_few_companies_first,
    }
    resume {
        a_pull_goes_on_with_the_page_where_it_stopped,
        a_stopped_apply_goes_on_with_its_plan,
        a_request_to_stop_ends_it_in_good_order,
        another_day_s_run_settles_what_was_in_flight_and_plans_anew,
        without_resume_everything_is_pulled_again_and_nothing_is_written_twice,
    }
    several {
        a_document_of_two_sources_counts_once_where_that_is_the_rule,
        a_document_of_two_sources_is_reported_unless_it_is_to_count_once,
        a_reading_that_cannot_go_on_begins_anew,
        a_reading_that_was_begun_with_other_settings_begins_anew,
    }
    tasks {
        an_appointment_becomes_one_task_of_the_company_s_owner,
        a_won_deal_asks_its_owner_for_feedback_once,
        an_overdue_contact_becomes_one_task_that_ends_with_the_contact,
        who_ticks_a_task_off_is_left_alone_for_a_month,
        a_company_with_a_card_has_no_contact_task,
        tasks_are_as_many_as_the_limits_allow,
        a_company_without_an_owner_is_assigned_first,
        a_task_without_an_answer_is_looked_up_and_made_once,
        a_lost_state_makes_no_second_task_and_still_ends_the_first,
        an_undo_takes_new_tasks_back_and_opens_ended_ones,
        kinds_of_tasks_do_not_stand_beside_a_contact_task,
    }
    undo {
        what_a_run_wrote_is_put_back_and_what_people_changed_is_listed,
        values_of_a_later_run_are_left_and_an_undo_can_be_undone,
        what_was_undone_is_held_until_it_is_approved,
        another_value_than_the_undone_one_is_written,
        an_undo_that_stopped_is_asked_for_again_and_writes_nothing_twice,
        a_refused_undo_ends_with_failures_and_says_which,
        history_shows_what_was_written_edited_and_taken_back,
    }
    wake_up {
        every_cold_customer_gets_one_card_and_never_a_second,
        those_that_brought_in_most_come_first_and_the_limits_hold,
        cards_move_on_by_themselves,
        a_contact_before_the_card_was_made_does_not_move_it,
        where_a_person_put_a_card_it_stays_until_a_purchase,
        a_company_whose_card_was_lost_rests,
        cards_that_people_made_are_the_company_s_cards,
        of_two_cards_that_a_merge_brought_together_the_one_further_on_stays,
        a_card_that_a_person_deleted_is_not_made_again,
        what_got_no_answer_is_looked_up_and_made_once,
        an_undo_takes_new_cards_back_and_leaves_what_people_touched,
        figures_are_written_although_a_stage_is_missing,
    }
}
