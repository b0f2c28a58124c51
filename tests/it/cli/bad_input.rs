//! What people and servers get wrong: a message that names the place and the mend, the documented exit code, nothing
//! written.

use sirank_mocks::hubspot::{Kind, Property};

use super::beside::log;
use super::desk::{
    Desk, HUBSPOT_TOKEN, daily, documents, portal_with_properties, terminate, token_without, until,
};

/// A configuration that cannot work, and what its user reads.
#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_cannot_work_ends_with_3() {
    let desk = Desk::small().await;
    let cases = [
        (
            "[http]\nmax_atempts = 2\n",
            "more.toml:2: `http.max_atempts`: unknown key. Did you mean `http.max_attempts`?",
        ),
        ("[sirank.weights]\nrevenue = \"-1\"\n", "more.toml:2: `sirank.weights.revenue`"),
        ("[hubspot]\nbase_url = \"http://api.example.com\"\n", "allow_plain_http = true"),
        (
            "[cold]\nwatched_pipelines = [\"salez\"]\n",
            "no deal pipeline with the id or label `salez`. Use one of: ",
        ),
        ("[company]\npotential = \"potenziale\"\n", "company.potential"),
        ("[[accounting]]\nkind = \"csv\"\nname = \"erp\"\nfiles = []\n", "accounting[0].files"),
    ];
    for (configuration, message) in cases {
        desk.run_with(configuration, &["backfill"]).exits(3).says(message);
    }
    desk.run(&["--config", "absent.toml", "backfill"]).exits(3).says("absent.toml");
    desk.was_only_read();
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_ends_with_2() {
    let desk = Desk::small().await;
    for wrong in [
        &["frobnicate"][..],
        &["apply"],
        &["backfill", "--resume", "--limit", "3"],
        &["report", "--format", "xml"],
        &["backfill", "--limit", "many"],
    ] {
        desk.run(wrong).exits(2).says("--help");
    }
    desk.run(&["apply", "p1"]).exits(2).says("no plan `p1`").says("sirank runs");
    desk.was_only_read();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_scope_ends_with_4_and_is_named() {
    for scope in ["crm.objects.companies.read", "crm.schemas.companies.read", "crm.objects.owners.read"] {
        let desk = Desk::small().await;
        desk.crm.set_token(HUBSPOT_TOKEN, token_without(scope));
        desk.run(&["backfill"]).exits(4).says(scope);
        desk.was_only_read();
    }
    let desk = Desk::small().await;
    desk.crm.set_token(HUBSPOT_TOKEN, token_without("crm.objects.companies.write"));
    desk.run(&["backfill"]).exits(4).says("crm.objects.companies.write");
    assert_eq!(desk.crm.writes().all().len(), 0);
    desk.crm.set_token(HUBSPOT_TOKEN, token_without(""));
    desk.run(&["backfill", "--resume"]).exits(0);
    assert_eq!(desk.crm.writes().all().len(), 301, "with the scope the same run goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_property_of_the_wrong_type_ends_with_3() {
    let mut portal = portal_with_properties().await;
    portal.add_property(Kind::Company, Property::text("sirank_revenue_36m"));
    let desk = Desk::with(portal, documents(100)).await;
    for command in ["backfill", "setup"] {
        desk.run(&[command]).exits(3).says("property sirank_revenue_36m: it is of the type text");
    }
    desk.run(&["check"]).exits(3).shows("property sirank_revenue_36m");
    desk.was_only_read();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_excluded_category_that_the_list_of_the_portal_lacks_ends_with_3() {
    let mut portal = portal_with_properties().await;
    let options = [("PA", "PA"), ("INDUSTRIA", "Industria")];
    portal.add_property(Kind::Company, Property::choice("customer_category", &options));
    let desk = Desk::with(portal, documents(100)).await;
    desk.run(&["backfill"])
        .exits(3)
        .says("cold.excluded_categories")
        .says("no option `UTILIZZATORE FINALE`")
        .says("Use one of: ");
    desk.was_only_read();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_properties_of_setup_a_backfill_says_so() {
    let portal = sirank_mocks::seed::cluster301().unwrap();
    let desk = Desk::with(portal, documents(100)).await;
    desk.run(&["backfill"])
        .exits(3)
        .says("sirank_score")
        .says("do not exist in the CRM yet")
        .says("sirank setup");
    desk.was_only_read();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_daily_quota_leaves_the_reserve_and_is_waited_for_only_by_long_work() {
    let desk = Desk::small().await;
    desk.crm.set_limits(daily(10));
    desk.run(&["plan"]).exits(5).says("daily");
    let mut backfill = desk.start(&["backfill"]);
    assert!(until(&mut backfill, || log(&desk).contains("the run goes on when it is full again")).is_none());
    terminate(&backfill);
    assert_eq!(backfill.wait().unwrap().code(), Some(5));
    assert!(log(&desk).contains("sirank backfill --resume"), "{}", log(&desk));
    assert_eq!(desk.crm.stats().throttled, 0, "it stops before the portal has to refuse");
    desk.was_only_read();
    desk.crm.set_limits(daily(100_000));
    desk.run(&["backfill", "--resume"]).exits(0);
    assert_eq!(desk.crm.writes().all().len(), 301);
}

/// The accounting source of the desk, replaced by a CSV file.
const CSV_SOURCE: &str =
    "[[accounting]]\nkind = \"csv\"\nname = \"erp\"\nfiles = [\"erp.csv\"]\nsettle_seconds = 0\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_source_that_cannot_be_read_ends_with_3_and_nothing_is_written() {
    let desk = Desk::small().await;
    desk.run_with(CSV_SOURCE, &["backfill"]).exits(3).says("erp.csv");
    desk.file("erp.csv", "document_id,date,kind,vat_number\nD1,2013-01-01,invoice,IT99000000010\n");
    desk.run_with(CSV_SOURCE, &["backfill"]).exits(3).says("erp.csv").says("net_amount");
    desk.was_only_read();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_row_of_a_csv_source_is_named_and_rejected_and_the_rest_goes_on() {
    let desk = Desk::small().await;
    desk.file(
        "erp.csv",
        "document_id,date,kind,net_amount,vat_number\n\
         D1,2013-01-01,invoice,100.00,IT99000000010\n\
         D2,2013-02-30,invoice,200.00,IT99000000010\n\
         D3,2013-03-03,invoice,ten,IT99000000010\n\
         D4,2013-04-04,invoice,400.00,IT99000000010\n",
    );
    desk.run_with(CSV_SOURCE, &["backfill"])
        .exits(7)
        .shows("Written: 301 companies")
        .shows("sirank rejected");
    assert_eq!(desk.crm.value(Kind::Company, 1_000_001, "sirank_revenue_12m").as_deref(), Some("500"));
    let rejected = desk.run_with(CSV_SOURCE, &["rejected"]).exits(0).out;
    for named in ["erp.csv", "row 3", "2013-02-30", "date", "row 4", "ten", "net amount"] {
        assert!(rejected.contains(named), "no {named} in\n{rejected}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_shrank_is_held_and_once_approved_is_what_later_feeds_are_measured_by() {
    let desk = Desk::small().await;
    let header = "document_id,date,kind,net_amount,vat_number\n";
    let rows: Vec<String> =
        (1..=4).map(|day| format!("D{day},2013-11-0{day},invoice,100.00,IT99000000010\n")).collect();
    desk.file("erp.csv", &format!("{header}{}", rows.concat()));
    desk.run_with(CSV_SOURCE, &["backfill"]).exits(0);
    desk.file("erp.csv", &format!("{header}{}", rows[0]));
    desk.run_with(CSV_SOURCE, &["backfill"]).exits(6).shows("Held: ");
    let runs = desk.run(&["runs", "--format", "json"]).exits(0).json();
    let plan = runs[0]["summary"]["plan"]["id"].as_str().unwrap().to_owned();
    desk.run_with(CSV_SOURCE, &["apply", &plan]).exits(0);
    desk.run_with(CSV_SOURCE, &["backfill"]).exits(0).shows("0 of 301 companies change");
}
