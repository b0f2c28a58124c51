//! What vTiger alone asks of an administrator: fields that its API cannot create, and a user who sees and edits them.

use sirank::domain::catalogue::Figure;
use sirank_mocks::seed;
use sirank_mocks::vtiger::{Crm, Profile};

use super::desk::{DeskOf, documents, ready_crm};
use crate::crm::vtiger::{ACCOUNTS, USER, VTiger};
use crate::crm::{Damage, Vendor};

type Desk = DeskOf<VTiger>;

/// Companies enough for tests of what is in the way of a run.
const FEW: usize = 5;

async fn desk() -> Desk {
    Desk::of(FEW).await
}

/// The API user is no administrator, and has a profile.
fn demote(desk: &Desk, profile: impl FnOnce(&mut Profile)) {
    desk.crm.change(|data: &mut Crm| {
        let user = data.users.values_mut().find(|user| user.name == USER).unwrap();
        user.admin = false;
        profile(&mut user.profile);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_may_not_see_or_edit_everything_ends_with_4_and_it_is_named() {
    type Change = fn(&str, &mut Profile);
    let cases: [(Change, &[&str]); 5] = [
        (|_, _| {}, &["administrator"]),
        (|_, profile| profile.hidden_modules.extend(["Potentials".into()]), &["Potentials"]),
        (|_, profile| profile.read_only_modules.extend([ACCOUNTS.into()]), &["Accounts: edit"]),
        (
            |field, profile| profile.hidden_fields.extend([(ACCOUNTS.into(), field.into())]),
            &["SiRank", "see"],
        ),
        (
            |field, profile| profile.read_only_fields.extend([(ACCOUNTS.into(), field.into())]),
            &["SiRank", "edit"],
        ),
    ];
    for (change, named) in cases {
        let desk = desk().await;
        let field = desk.crm.property(Figure::Score);
        demote(&desk, |profile| change(&field, profile));
        let mut told = desk.run(&["backfill"]).exits(4).says(USER).says("Settings > ");
        for name in named {
            told = told.says(name);
        }
        desk.run(&["check"]).exits(4).shows(named[0]);
        desk.was_only_read();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_field_ends_with_3_and_says_what_to_add_where() {
    let desk = Desk::beside(VTiger::cluster301(FEW).await, documents(0)).await;
    let told = desk.run(&["backfill"]).exits(3).says("field SiRank: it does not exist in the CRM");
    let told = told.says("Module Layouts & Fields").says("Select Field Type: Decimal; Label Name: SiRank");
    told.says("Select Field Type: Picklist; Label Name: Cluster; Picklist Values: A – ");
    desk.run(&["setup", "--dry-run"]).exits(0).shows("SiRank").shows("Decimal Places");
    desk.run(&["setup"]).exits(3).shows("SiRank");
    desk.run(&["check"]).exits(3).shows("field SiRank");
    desk.was_only_read();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_the_wrong_type_or_without_a_value_ends_with_3_and_says_what_to_do() {
    let desk = desk().await;
    desk.crm.administrator_spoils(Figure::Revenue36m, Damage::Text);
    desk.crm.administrator_spoils(Figure::Cluster, Damage::Option { lost: "C", own: "Nostro" });
    let field = desk.crm.property(Figure::Revenue36m);
    for command in ["backfill", "setup"] {
        desk.run(&[command])
            .exits(3)
            .says(&format!(
                "field Revenue 36 months ({field}): it is of the type text, not number (currency)"
            ))
            .says("Delete or rename it")
            .says("Select Field Type: Currency");
    }
    desk.run(&["backfill"])
        .exits(3)
        .says("it lacks the options C")
        .says("Picklist Field Values > Organizations > Cluster")
        .says("C – dormant with high potential");
    desk.was_only_read();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_name_that_there_is_not_ends_with_4_and_says_where_it_is_set() {
    let desk = desk().await;
    desk.run_with("[vtiger]\nusername = \"nobody\"\n", &["backfill"]).exits(4).says("vtiger.username");
    desk.was_only_read();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_vtiger_refuses_is_listed_with_the_mend_and_ends_with_7() {
    let desk = desk().await;
    let first = desk.crm.companies()[0].clone();
    desk.crm.refuses(&first);
    desk.run(&["backfill"]).exits(7).shows("sirank failed");
    desk.run(&["failed"]).exits(0).shows(first.as_str()).shows("DUPLICATE").shows("rename one of them");
    desk.crm.person_mends(&first);
    desk.run(&["backfill"]).exits(0);
    assert!(desk.crm.written_twice().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_invoices_of_vtiger_itself_give_the_same_figures_whenever_a_session_ends() {
    let ready = ready_crm::<VTiger>(20).await;
    let elsewhere = Desk::beside(ready.twin().await, documents(usize::MAX)).await;
    elsewhere.run(&["backfill"]).exits(0);
    let expected = elsewhere.crm.written();

    ready.change(seed::vtiger_cluster301_invoices).unwrap();
    let own = "[[accounting]]\nkind = \"vtiger\"\nname = \"vtiger-invoices\"\n";
    for requests in [7, 20, 33, 45] {
        let desk = Desk::beside(ready.twin().await, documents(0)).await;
        desk.crm.end_sessions_after(requests);
        desk.run_with(own, &["backfill"]).exits(0);
        assert_eq!(desk.crm.written(), expected, "{requests}");
        desk.crm.forget();
        desk.run_with(own, &["backfill"]).exits(0);
        assert!(desk.crm.was_only_read(), "{requests}");
    }
}
