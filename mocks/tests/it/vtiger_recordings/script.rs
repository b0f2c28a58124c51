//! In which order the recordings were made, and what happened between them that was not recorded.

use sirank_mocks::vtiger::{InvoiceLine, Profile};

use super::Stage;
use super::base::at_ms;

/// One step of the replay.
pub(crate) enum Step {
    /// The clock shows this time.
    At(&'static str),
    /// Something that was not recorded.
    Do(fn(&Stage)),
    /// A recording, with its exact answer.
    Replay(&'static str),
    /// A recording whose rows were the database's choice.
    AnyRows(&'static str),
    /// A recording with values that are made up anew every time.
    Free(&'static str, &'static [&'static str]),
}

use Step::{AnyRows, At, Do, Free, Replay};

pub(crate) fn steps() -> Vec<Step> {
    let parts = [
        before_login(),
        descriptions(),
        refusals(),
        creations(),
        activities_and_invoices(),
        revisions(),
        restricted(),
        synchronisation(),
        queries(),
        more_queries(),
        applications(),
        later_invoices(),
        cascade(),
        profiles(),
        goodbye(),
    ];
    parts.into_iter().flatten().collect()
}

fn before_login() -> Vec<Step> {
    vec![
        Replay("getchallenge_missing_username"),
        Replay("getchallenge_unknown_user"),
        Replay("getchallenge_via_post"),
        Free("getchallenge_ok", &["token"]),
        Replay("login_bad_key"),
        Replay("login_uppercase_md5"),
        Replay("login_via_get"),
        Replay("login_unknown_user"),
        Free("login_ok", &["sessionName"]),
        Free("login_token_reused_with_existing", &["sessionName"]),
        Replay("extendsession_with_php_cookie"),
        Replay("extendsession_without_cookie"),
        Replay("invalid_session_query"),
        Replay("session_collected_by_php"),
        Replay("no_session_query"),
        Replay("json_body_not_accepted"),
        Replay("missing_operation"),
        Replay("unknown_operation"),
    ]
}

fn descriptions() -> Vec<Step> {
    [
        "listtypes_all",
        "listtypes_filtered",
        "describe_accounts",
        "describe_calendar",
        "describe_currency",
        "describe_events",
        "describe_groups",
        "describe_invoice",
        "describe_lineitem",
        "describe_potentials",
        "describe_products",
        "describe_unknown_type",
        "describe_users",
        "restricted_describe_accounts_it",
        "restricted_describe_potentials_it",
        "restricted_listtypes",
        "relatedtypes_accounts",
        "query_users",
        "query_groups",
        "query_currency",
        "retrieve_user",
        "restricted_query_users",
    ]
    .map(Replay)
    .into_iter()
    .collect()
}

fn refusals() -> Vec<Step> {
    [
        "create_account_missing_mandatory",
        "create_account_empty_mandatory",
        "create_account_missing_owner",
        "create_account_owner_malformed",
        "create_bad_json",
        "create_unknown_type",
        "create_via_get",
        "create_potential_invalid_related_to_type",
        "create_potential_missing_closingdate",
        "create_potential_related_to_malformed",
        "create_task_minimal_missing",
        "create_invoice_missing_productid",
        "create_invoice_without_lineitems",
        "create_invoice_with_lineitems_stock_8_4_fails",
        "delete_unknown_id",
        "retrieve_malformed_id",
        "retrieve_missing_id",
        "retrieve_unknown_id",
        "retrieve_unknown_prefix",
        "revise_malformed_id",
        "revise_missing_id",
        "revise_unknown_id",
        "retrieve_inventory",
        "sync_accounts_stock_8_4_http500",
        "sync_all_types_stock_8_4_http500",
        "query_via_post",
        "query_garbage",
        "query_unknown_module",
        "query_module_name_case",
        "query_missing_semicolon_error",
        "query_two_statements_error",
        "query_parentheses_error",
        "query_not_in_error",
        "query_ne_diamond_error",
        "query_is_null_error",
        "query_apostrophe_backslash_error",
        "query_double_quoted_literal_error",
        "query_empty_string_literal_error",
        "query_dotted_reference_error",
        "query_unquoted_decimal_error",
        "query_unknown_column",
        "query_unknown_column_where",
        "query_reference_without_prefix_error",
        "query_count_star_returns_empty_on_8_4",
    ]
    .map(Replay)
    .into_iter()
    .collect()
}

fn creations() -> Vec<Step> {
    vec![
        At("05:14:19"),
        Replay("create_account"),
        Replay("create_account_unknown_field"),
        Replay("create_account_invalid_picklist"),
        Replay("create_account_invalid_number_date_bool"),
        Replay("create_account_checkbox_true_json"),
        Replay("create_account_checkbox_on"),
        Replay("create_account_checkbox_false_json"),
        Replay("create_account_duplicate_name"),
        Replay("create_account_duplicate_name_case"),
        At("05:14:20"),
        Replay("create_account_null_values"),
        Replay("create_account_too_long"),
        Replay("create_account_emoji"),
        Replay("create_account_html_entities"),
        Replay("create_account_future_createdtime"),
        Replay("create_account_invalid_owner"),
        Replay("create_account_owner_wrong_type"),
        Replay("create_account_owner_group"),
        Replay("retrieve_account"),
        Replay("retrieve_wrong_prefix"),
        Replay("revise_wrong_prefix"),
        Replay("create_potential"),
        Replay("create_potential_related_to_missing_record"),
        Replay("create_potential_invalid_stage"),
        Replay("revise_potential_closed_won"),
        Replay("revise_potential_closed_lost"),
        Replay("retrieve_potential"),
        Replay("create_task"),
    ]
}

fn activities_and_invoices() -> Vec<Step> {
    vec![
        At("05:14:21"),
        Replay("create_event"),
        Do(guard_invoices),
        Replay("create_invoice_with_lineitems"),
        Replay("retrieve_invoice"),
        Replay("query_lineitems_by_parent"),
        Replay("create_invoice_tax_individual_http500"),
        Replay("query_invoice_after_http500"),
        Replay("create_invoice_status_credit"),
        Replay("create_invoice_bad_lineitem_product"),
        Replay("revise_invoice_status"),
        Replay("revise_invoice_received"),
        Replay("add_related_product_to_account"),
        Replay("add_related_bad_label"),
    ]
}

fn guard_invoices(stage: &Stage) {
    stage.crm.options(|options| options.invoice_guard = true);
}

fn revisions() -> Vec<Step> {
    vec![
        At("05:15:44"),
        Replay("revise_account_partial"),
        Replay("retrieve_account_after_revise"),
        Replay("revise_account_checkbox_off"),
        Replay("revise_account_checkbox_json_bool"),
        Replay("revise_account_clear_fields"),
        Replay("revise_account_null"),
        Replay("revise_account_omit_checkbox"),
        At("05:15:46"),
        Replay("revise_account_no_change"),
        Replay("revise_account_invalid_picklist"),
        Replay("revise_account_unknown_field"),
        Replay("revise_account_readonly_field"),
        Replay("revise_account_duplicate_name"),
        Replay("revise_account_mandatory_blank"),
        Replay("revise_account_decimals"),
        Replay("update_account_partial_payload_rejected"),
        Replay("update_account_minimal"),
        Replay("retrieve_account_after_update"),
        At("05:15:47"),
        Replay("revise_task_completed"),
        Replay("retrieve_task"),
        Do(an_account_to_delete),
        Replay("delete_account"),
        Replay("delete_account_again"),
        Replay("retrieve_deleted"),
        Replay("revise_deleted"),
        Replay("query_deleted_by_id"),
        Replay("create_potential_on_deleted_account"),
    ]
}

fn an_account_to_delete(stage: &Stage) {
    account(stage, 2348, "Da eliminare Srl", "05:15:47");
}

fn account(stage: &Stage, id: u64, name: &str, time: &str) {
    stage.crm.change(|crm| {
        let values = [("accountname", name), ("account_no", "ACC0"), ("source", "WEBSERVICE")];
        crm.add_with_id("Accounts", id, at_ms(time), 1, &values);
    });
}

/// A user without rights, all organizations private.
fn restricted() -> Vec<Step> {
    vec![
        At("05:18:49"),
        Do(before_the_agent),
        Replay("restricted_revise_own"),
        At("05:18:50"),
        Replay("restricted_assign_to_admin"),
        // Whether the star is 0 or empty for a record of another user's making differs from run to run.
        Free("restricted_create_potential_on_foreign", &["starred"]),
        Replay("restricted_query_accounts"),
        AnyRows("restricted_query_accounts_page2"),
        Replay("restricted_query_invoice"),
        Replay("restricted_create_invoice"),
        Replay("restricted_retrieve_foreign"),
        Replay("restricted_revise_foreign"),
        Replay("restricted_delete_foreign"),
        Do(hide_the_score),
        Replay("restricted_query_hidden_field"),
        Replay("restricted_query_where_hidden_field"),
        Do(show_the_score),
    ]
}

fn before_the_agent(stage: &Stage) {
    account(stage, 2350, "Entità & \"Prova\" <X> Srl", "05:16:13");
    account(stage, 2352, "Entità2 & \"Prova\" <X> Srl", "05:16:34");
    stage.crm.change(|crm| {
        let values = [("accountname", "Prova Numeri Srl"), ("source", "WEBSERVICE")];
        crm.add_with_id("Accounts", 2354, at_ms("05:18:12"), 10, &values);
        crm.delete("Accounts", 40, at_ms("05:18:30"));
        crm.put("Accounts", 2324, &[("modifiedtime", "2026-11-22 05:17:43")]);
        let values = [
            ("potentialname", "Num"),
            ("potential_no", "POT327"),
            ("related_to", "2354"),
            ("amount", "1500.50"),
            ("probability", "25.5"),
            ("forecast_amount", "382.63"),
            ("closingdate", "2026-12-31"),
            ("sales_stage", "Prospecting"),
            ("source", "WEBSERVICE"),
        ];
        crm.add_with_id("Potentials", 2355, at_ms("05:18:12"), 10, &values);
        crm.number_records_from("Accounts", 441);
        crm.number_records_from("Potentials", 328);
        crm.private.extend(["Accounts".to_owned(), "Invoice".to_owned(), "Potentials".to_owned()]);
    });
    apply(stage, "sync_patched_accounts_recent");
    stage.crm.change(|crm| crm.set_next_id(2356));
}

/// Values that a recording shows of records, given to them without a word.
fn apply(stage: &Stage, name: &str) {
    let rows = stage.recordings[name].body["result"]["updated"].as_array().unwrap();
    for row in rows {
        let id: u64 = row["id"].as_str().unwrap().strip_prefix("11x").unwrap().parse().unwrap();
        let values: Vec<(&str, &str)> = row
            .as_object()
            .unwrap()
            .iter()
            .filter(|(key, _)| key.as_str() != "id")
            .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
            .collect();
        stage.crm.change(|crm| crm.put("Accounts", id, &values));
    }
}

fn hide_the_score(stage: &Stage) {
    profile(stage, |profile| {
        profile.hidden_fields.insert(("Accounts".to_owned(), "cf_854".to_owned()));
    });
}

fn show_the_score(stage: &Stage) {
    profile(stage, |profile| profile.hidden_fields.clear());
}

fn profile(stage: &Stage, change: impl FnOnce(&mut Profile)) {
    stage.crm.change(|crm| change(&mut crm.users.get_mut(&10).unwrap().profile));
}

fn synchronisation() -> Vec<Step> {
    vec![
        Do(patch_sync),
        Do(sync_rows_as_recorded),
        Replay("sync_patched_accounts_recent"),
        Replay("sync_patched_application_non_admin"),
        Replay("sync_patched_user_scope_non_admin"),
        Replay("sync_patched_unknown_type"),
        Replay("sync_patched_users_type"),
        Replay("sync_patched_modifiedtime_zero_http500"),
        At("05:20:05"),
        Do(delete_another),
        Replay("sync_patched_accounts_deleted"),
        Replay("sync_patched_user_type"),
        At("05:20:29"),
        Replay("sync_patched_no_elementtype"),
        At("05:21:05"),
        Replay("sync_patched_empty"),
    ]
}

fn patch_sync(stage: &Stage) {
    stage.crm.options(|options| options.sync_patched = true);
}

fn sync_rows_as_recorded(stage: &Stage) {
    apply(stage, "sync_patched_accounts_recent");
}

fn delete_another(stage: &Stage) {
    account(stage, 2358, "Eliminata Srl", "05:20:04");
    stage.crm.change(|crm| crm.delete("Accounts", 2358, at_ms("05:20:05")));
}

fn queries() -> Vec<Step> {
    vec![
        Replay("query_accounts_page_1"),
        Replay("query_accounts_page_5_partial"),
        Replay("query_accounts_page_past_end"),
        Replay("query_keyset_by_id"),
        Replay("query_modifiedtime_window"),
        Replay("query_order_by_two_columns"),
        Replay("query_order_by_desc"),
        Replay("query_in_list_ids"),
        Replay("query_checkbox_true"),
        Replay("query_empty_result"),
        AnyRows("query_no_limit_defaults_to_100"),
        AnyRows("query_limit_over_100_capped"),
        AnyRows("query_accent_insensitive_equals"),
        AnyRows("query_like_accent"),
        AnyRows("query_apostrophe_doubled"),
        AnyRows("query_and_or_precedence"),
        AnyRows("query_in_list"),
        AnyRows("query_ne_bang"),
        AnyRows("query_picklist_any_filled"),
    ]
}

fn more_queries() -> Vec<Step> {
    vec![
        Replay("query_invoice_header_columns_limit_exact"),
        Replay("query_invoice_star_limit_counts_lineitems"),
        Replay("query_invoice_header_discount_columns_also_join"),
        Replay("query_invoices_by_account"),
        Replay("query_quoted_decimal"),
        Replay("query_potentials_by_account"),
        Replay("query_calendar_tasks"),
        Replay("query_events"),
        Replay("retrieve_related_potentials"),
        Replay("retrieve_related_invoices"),
        Replay("retrieve_related_activities"),
        Replay("retrieve_related_unknown_label"),
        Replay("query_related_potentials"),
        Replay("query_related_with_semicolon_error"),
    ]
}

fn applications() -> Vec<Step> {
    vec![
        Free("wsapp_register", &["key"]),
        Replay("wsapp_register_bad_synctype"),
        Do(register),
        Replay("wsapp_get_bad_key"),
        Replay("wsapp_get_unknown_module"),
        Replay("wsapp_get_empty_token_http500"),
        At("05:22:59"),
        Do(rows_of_the_application),
        Replay("wsapp_get_application_scope_non_admin"),
    ]
}

fn register(stage: &Stage) {
    stage.crm.register_application("WSAPP_KEY_DUMMY");
}

fn rows_of_the_application(stage: &Stage) {
    apply(stage, "wsapp_get_application_scope_non_admin");
    // This one names people instead of their ids.
    let rows = stage.recordings["wsapp_get_application_scope_non_admin"].body["result"]["updated"].as_array();
    for row in rows.unwrap() {
        let id: u64 = row["id"].as_str().unwrap().strip_prefix("11x").unwrap().parse().unwrap();
        let by = if row["modifiedby"] == "Sofia Bianchi" { "19x10" } else { "19x1" };
        stage.crm.change(|crm| crm.put("Accounts", id, &[("modifiedby", by)]));
    }
}

/// Another currency, and five decimals.
fn later_invoices() -> Vec<Step> {
    vec![
        At("05:23:58"),
        Do(five_decimals),
        Replay("create_invoice_usd"),
        Replay("retrieve_invoice_usd"),
        Replay("create_invoice_discount_adjustment_shipping"),
        Do(invoices_to_damage),
        Replay("revise_invoice_with_lineitems_http500"),
        Replay("retrieve_invoice_damaged_by_revise"),
        Replay("update_invoice_with_lineitems"),
    ]
}

fn five_decimals(stage: &Stage) {
    stage.crm.change(|crm| {
        crm.add_currency(2, "USA, Dollars", "USD", "$", "1.08000");
        crm.users.get_mut(&1).unwrap().currency_decimals = Some(5);
        crm.put("Products", 3, &[("qtyinstock", "-5")]);
        crm.set_next_id(2362);
        crm.number_records_from("Invoice", 1570);
        crm.number_lines_from(2696);
    });
}

fn invoices_to_damage(stage: &Stage) {
    stage.crm.change(|crm| {
        for (id, number, subject) in
            [(2364, "INV1572", "FT per revise righe"), (2365, "INV1573", "FT per update righe")]
        {
            let values = [
                ("subject", subject),
                ("invoice_no", number),
                ("account_id", "2324"),
                ("invoicedate", "2026-11-20"),
                ("invoicestatus", "Sent"),
                ("hdnTaxType", "group"),
                ("currency_id", "1"),
                ("conversion_rate", "1"),
                ("bill_street", "V"),
                ("ship_street", "V"),
                ("hdnSubTotal", "100"),
                ("hdnGrandTotal", "122"),
                ("pre_tax_total", "100"),
                ("balance", "122"),
                ("source", "WEBSERVICE"),
            ];
            crm.add_with_id("Invoice", id, at_ms("05:23:58"), 1, &values);
            crm.set_invoice_charges(id, None);
        }
        crm.number_lines_from(2698);
    });
}

fn cascade() -> Vec<Step> {
    vec![
        At("05:25:47"),
        Do(one_more_deletion),
        Replay("wsapp_get_accounts_recent_with_deleted"),
        At("05:25:52"),
        Replay("wsapp_get_empty"),
        Replay("wsapp_deregister"),
        At("05:27:45"),
        Do(an_account_with_everything),
        Replay("delete_account_cascade"),
        Replay("retrieve_potential_after_account_deleted"),
        Replay("query_invoice_after_account_deleted"),
        Replay("retrieve_task_after_account_deleted"),
        Replay("query_task_after_account_deleted"),
        Replay("delete_invoice"),
    ]
}

fn one_more_deletion(stage: &Stage) {
    account(stage, 2366, "Eliminata anche questa Srl", "05:25:46");
    stage.crm.change(|crm| crm.delete("Accounts", 2366, at_ms("05:25:47")));
}

fn an_account_with_everything(stage: &Stage) {
    account(stage, 2371, "Cascata Srl", "05:27:44");
    stage.crm.change(|crm| {
        let potential =
            [("potentialname", "Cascata"), ("related_to", "2371"), ("sales_stage", "Prospecting")];
        crm.add_with_id("Potentials", 2372, at_ms("05:27:44"), 1, &potential);
        let invoice = [("subject", "FT cascata2"), ("account_id", "2371")];
        crm.add_with_id("Invoice", 2373, at_ms("05:27:45"), 1, &invoice);
        let task = [("subject", "Richiamare"), ("parent_id", "2371"), ("activitytype", "Task")];
        crm.add_with_id("Calendar", 2374, at_ms("05:27:44"), 1, &task);
    });
}

/// A field hidden, another one read-only; an invoice made in the web pages.
fn profiles() -> Vec<Step> {
    vec![
        At("05:32:56"),
        Do(take_rights),
        Replay("restricted_revise_hidden_field"),
        Replay("restricted_revise_readonly_field"),
        At("05:32:57"),
        Do(an_invoice_of_the_web_pages),
        Replay("retrieve_invoice_created_in_ui"),
        At("05:33:32"),
        Replay("revise_invoice_created_in_ui"),
    ]
}

fn take_rights(stage: &Stage) {
    hide_the_score(stage);
    profile(stage, |profile| {
        profile.read_only_fields.insert(("Accounts".to_owned(), "cf_856".to_owned()));
    });
    stage.crm.change(|crm| {
        let before = [("annual_revenue", "1000"), ("cf_866", "200"), ("cf_856", "A")];
        crm.put("Accounts", 2337, &before);
    });
}

fn an_invoice_of_the_web_pages(stage: &Stage) {
    stage.crm.change(|crm| {
        crm.users.get_mut(&1).unwrap().currency_decimals = None;
        let values = [
            ("subject", "FT UI 2026/1"),
            ("invoice_no", "INV1576"),
            ("account_id", "29"),
            ("invoicedate", "2026-11-20"),
            ("duedate", "2026-12-20"),
            ("invoicestatus", "Sent"),
            ("hdnTaxType", "group"),
            ("currency_id", "1"),
            ("conversion_rate", "1"),
            ("bill_street", "Via UI 1"),
            ("ship_street", "Via UI 1"),
            ("hdnSubTotal", "978"),
            ("pre_tax_total", "978"),
            ("hdnGrandTotal", "1193.16"),
            ("balance", "1193.16"),
            ("region_id", "0"),
            ("source", "CRM"),
        ];
        crm.add_with_id("Invoice", 2376, at_ms("05:32:57"), 1, &values);
        crm.number_lines_from(2700);
        let line = InvoiceLine {
            product: 12,
            quantity: 2.into(),
            list_price: 489.into(),
            vat_percent: 22.into(),
            comment: "da UI".to_owned(),
            by_person: true,
            ..InvoiceLine::default()
        };
        crm.add_line(2376, &line);
    });
}

fn goodbye() -> Vec<Step> {
    vec![Replay("logout_ok"), Replay("logout_twice"), Replay("query_after_logout")]
}
