//! vTiger: what an installation is like, and what stands in the way.

use std::collections::BTreeSet;

use sirank::connectors::vtiger::Vtiger;
use sirank::domain::catalogue::Figure;
use sirank::domain::ids::OwnerId;
use sirank::domain::owner::OwnerName;
use sirank::domain::value::ValueKind;
use sirank::ports::{Changes, Crm, Deleted, InputProperty, SchemaItem, Severity, Trouble};
use sirank_mocks::vtiger as mock;

use crate::vtiger_support::{
    ADMIN, KEY, LONG_AGO, NOON, USER, config, connect, crm, crm_without, name_of, start,
};

#[tokio::test]
async fn everything_is_found_by_its_label() {
    let mut crm = crm();
    crm.add_user(mock::User::new(7, "seller", "k").named("Ada", "Esempio"));
    crm.add_user(mock::User::new(8, "gone", "k").inactive());
    let tiger = start(crm).await;
    let vtiger = connect(&tiger.base_url());
    let survey = vtiger.survey().await.unwrap();
    let host = "127.0.0.1";
    assert_eq!(survey.account, format!("vTiger 8.4.0 at {host} (user {USER})"));
    assert_eq!(survey.account_id.as_deref(), Some(host), "whatever the port is");
    assert_eq!(survey.currency.as_deref(), Some("EUR"));
    for figure in Figure::ALL {
        let name = &survey.figure_properties[&figure];
        assert_eq!(*name, name_of(&tiger, figure));
        let property = &survey.properties[name];
        assert!(!property.read_only, "{figure}");
        let options: Vec<&str> = figure.describe().options.iter().map(|option| option.name).collect();
        assert_eq!(property.options, options, "{figure}");
    }
    for input in InputProperty::ALL {
        assert!(survey.properties.contains_key(&survey.input_properties[&input]), "{input:?}");
    }
    let owners: BTreeSet<OwnerId> = ["19x1", "19x7", "20x2", "20x3", "20x4"].map(OwnerId::from).into();
    assert_eq!(survey.active_owners, owners);
    let who = |id: &str| survey.owner_names[&OwnerId::from(id)].clone();
    assert_eq!(who("19x7"), OwnerName::of(Some("Ada"), Some("Esempio"), Some("seller@example.com")));
    assert_eq!(who("19x8").for_people(), Some("gone"), "organizations of somebody who left are still theirs");
    assert!(who("20x2").name.is_some() && who("20x2").email.is_none(), "a group");
    let bad: Vec<_> = survey.findings.iter().filter(|finding| finding.severity != Severity::Ok).collect();
    assert!(bad.is_empty(), "{bad:?}");
    assert!(survey.findings.iter().any(|finding| finding.what.contains("`sync` does not work")));
    let calls = vtiger.usage().total();
    assert!(calls < 25, "{calls} calls");
    vtiger.survey().await.unwrap();
    assert_eq!(vtiger.usage().calls["changes.list"], 1, "a call that fails in every stock release");

    let mut without_groups = config(&tiger.base_url());
    without_groups.groups_are_owners = false;
    let survey = Vtiger::new(without_groups).unwrap().survey().await.unwrap();
    assert_eq!(survey.active_owners, ["19x1", "19x7"].map(OwnerId::from).into());
}

#[tokio::test]
async fn what_is_missing_or_of_another_type_is_told_with_what_to_add() {
    let mut crm = crm_without(&[Figure::Ltv, Figure::Score, Figure::Cluster]);
    crm.add_field("Accounts", &mock::CustomField::text("SiRank", 20)).unwrap();
    crm.add_field("Accounts", &mock::CustomField::picklist("Cluster", &["A", "B"])).unwrap();
    let tiger = start(crm).await;
    let vtiger = connect(&tiger.base_url());
    let survey = vtiger.survey().await.unwrap();
    let ltv = &survey.figure_properties[&Figure::Ltv];
    assert_eq!(ltv, Figure::Ltv.describe().label.en);
    assert!(!survey.properties.contains_key(ltv));
    assert_eq!(survey.properties[&survey.figure_properties[&Figure::Score]].kind, Ok(ValueKind::Text));
    assert_eq!(survey.properties[&survey.figure_properties[&Figure::Cluster]].options, ["A", "B"]);
    let work = vtiger.by_hand(&SchemaItem::Figure(Figure::Ltv)).unwrap();
    assert_eq!(work.entries[0], ("Select Field Type".to_owned(), "Currency".to_owned()));
    let missing = vec!["C".to_owned()];
    let work = vtiger.by_hand(&SchemaItem::Options(Figure::Cluster, missing)).unwrap();
    assert!(work.screen.ends_with("> Organizations > Cluster"), "{}", work.screen);
    assert_eq!(work.entries, [("Add Value".to_owned(), "C – dormant with high potential".to_owned())]);
    let error = vtiger.create(&SchemaItem::Figure(Figure::Ltv)).await.unwrap_err();
    assert!(error.to_string().contains("Select Field Type: Currency"), "{error}");
}

#[tokio::test]
async fn a_user_who_may_not_see_or_edit_everything_is_told_what() {
    let mut crm = crm();
    let field = |crm: &mock::Crm, label: &str| crm.field_named("Accounts", label).unwrap().to_owned();
    let (cluster, score) = (field(&crm, "Cluster"), field(&crm, "SiRank"));
    let profile = mock::Profile {
        hidden_fields: [("Accounts".to_owned(), score)].into(),
        read_only_fields: [("Accounts".to_owned(), cluster.clone())].into(),
        hidden_modules: ["Potentials".to_owned()].into(),
        ..mock::Profile::default()
    };
    crm.add_user(mock::User::new(ADMIN, USER, KEY).decimals(5).profile(profile));
    let tiger = start(crm).await;
    let error = connect(&tiger.base_url()).survey().await.unwrap_err();
    let Trouble::Forbidden { missing, message } = &error.trouble else { panic!("{error}") };
    let edit = format!("Accounts.{cluster} (Cluster): edit");
    for name in ["Potentials", "Users", "Accounts.SiRank: see", &edit, "administrator"] {
        assert!(missing.iter().any(|missing| missing == name), "{name}: {missing:?}");
    }
    assert!(message.contains("has to be an administrator"), "{message}");
}

#[tokio::test]
async fn a_user_whose_decimals_round_is_an_error() {
    let mut crm = crm();
    crm.add_user(mock::User::new(ADMIN, USER, KEY).admin().decimals(1));
    let tiger = start(crm).await;
    let survey = connect(&tiger.base_url()).survey().await.unwrap();
    let errors: Vec<_> =
        survey.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].place.contains("Number Of Currency Decimals"), "{:?}", errors[0]);
}

#[tokio::test]
async fn where_sync_works_it_tells_deletions() {
    let mut crm = crm();
    let ids: Vec<u64> = (0..5)
        .map(|number| {
            let name = format!("Company {number}");
            crm.add("Accounts", LONG_AGO, ADMIN, &[("accountname", name.as_str())])
        })
        .collect();
    let tiger = mock::VTiger::builder()
        .crm(crm)
        .options(|options| options.sync_patched = true)
        .clock(sirank_mocks::clock::Clock::frozen_at(chrono::DateTime::from_timestamp_millis(NOON).unwrap()))
        .start()
        .await
        .unwrap();
    let vtiger = connect(&tiger.base_url());
    let survey = vtiger.survey().await.unwrap();
    let works = survey.findings.iter().any(|finding| finding.what.contains("`sync` works"));
    let changes: &dyn Changes = vtiger.changes().unwrap();
    let mark = changes.mark().await.unwrap();
    tiger.person_deletes("Accounts", ids[2]);
    let deleted = changes.deleted(&mark).await.unwrap();
    let told = Deleted::Told(vec![crate::vtiger_support::company(ids[2])]);
    assert_eq!(deleted, if works { told } else { Deleted::ByIds });
}
