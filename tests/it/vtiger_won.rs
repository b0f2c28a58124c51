//! vTiger: deals that were won.

use std::collections::BTreeSet;

use sirank::connectors::vtiger::Vtiger;
use sirank::domain::ids::{CompanyId, DealId, OwnerId, PipelineId};
use sirank::domain::tasks::WonDeal;
use sirank::ports::{Crm, Severity};
use sirank_mocks::vtiger as mock;

use crate::vtiger_support::{ADMIN, LONG_AGO, NOON, all, config, connect, number, with_companies};

/// A deal of a company: its stage, its closing date, its pipeline.
fn deal(tiger: &mock::VTiger, company: &CompanyId, stage: &str, closing: &str, pipeline: &str) -> DealId {
    tiger.change(|crm| {
        let field = crm.field_named("Potentials", "Pipeline").unwrap().to_owned();
        let company = number(company).to_string();
        let values = [
            ("potentialname", "Fornitura"),
            ("sales_stage", stage),
            ("closingdate", closing),
            ("related_to", company.as_str()),
            (field.as_str(), pipeline),
        ];
        DealId::new(format!("13x{}", crm.add("Potentials", NOON, ADMIN, &values)))
    })
}

async fn won(vtiger: &Vtiger, watched: &[&str], since: &str) -> Vec<WonDeal> {
    let survey = vtiger.survey().await.unwrap();
    let watched: BTreeSet<PipelineId> = watched.iter().map(|id| PipelineId::from(*id)).collect();
    let since = since.parse().unwrap();
    let tasks = vtiger.tasks().unwrap();
    all(async |from| tasks.won_deals(&survey, &watched, since, from).await).await
}

#[tokio::test]
async fn won_deals_are_those_of_watched_pipelines_that_closed_since() {
    let (tiger, ids) = with_companies(2).await;
    let vtiger = connect(&tiger.base_url());
    let of_first = deal(&tiger, &ids[0], "Closed Won", "2026-11-10", "Sales");
    let ahead = deal(&tiger, &ids[1], "Closed Won", "2027-03-31", "Renewals");
    deal(&tiger, &ids[0], "Closed Won", "2026-10-31", "Sales");
    deal(&tiger, &ids[0], "Closed Lost", "2026-11-10", "Sales");
    deal(&tiger, &ids[0], "Prospecting", "2026-11-10", "Sales");
    let without = deal(&tiger, &ids[0], "Closed Won", "2026-11-11", "");

    let found = won(&vtiger, &["Sales", "Renewals"], "2026-11-01").await;
    assert_eq!(found.iter().map(|deal| &deal.id).collect::<Vec<_>>(), [&of_first, &ahead]);
    let expected = WonDeal {
        id: of_first.clone(),
        name: "Fornitura".to_owned(),
        owner: Some(OwnerId::from("19x1")),
        companies: vec![ids[0].clone()],
        won_on: "2026-11-10".parse().unwrap(),
    };
    assert_eq!(found[0], expected);
    // It is won though it was expected later: at the latest when it was last changed.
    assert_eq!(found[1].won_on, "2026-11-22".parse().unwrap());
    assert_eq!(won(&vtiger, &["Sales"], "2026-11-01").await, [expected]);
    let rest = won(&vtiger, &["opportunities"], "2026-11-01").await;
    assert_eq!(rest.iter().map(|deal| &deal.id).collect::<Vec<_>>(), [&without]);
    assert_eq!(won(&vtiger, &["Sales", "Renewals"], "2026-11-23").await, []);
    let before = tiger.stats().by_kind["query Potentials"];
    assert_eq!(won(&vtiger, &[], "2000-01-01").await, []);
    assert_eq!(tiger.stats().by_kind["query Potentials"], before, "nothing is asked for");
}

#[tokio::test]
async fn a_deal_of_a_person_is_of_the_person_s_organization_and_nobody_s_owner_is_none() {
    let (tiger, ids) = with_companies(1).await;
    let vtiger = connect(&tiger.base_url());
    let deal = deal(&tiger, &ids[0], "Closed Won", "2026-11-10", "Sales");
    let deal: u64 = deal.as_str().split_once('x').unwrap().1.parse().unwrap();
    tiger.change(|crm| {
        let account = number(&ids[0]).to_string();
        let contact = [("lastname", "Rossi"), ("account_id", account.as_str())];
        let person = crm.add("Contacts", LONG_AGO, ADMIN, &contact).to_string();
        let values = [("related_to", ""), ("contact_id", person.as_str()), ("assigned_user_id", "999")];
        crm.put("Potentials", deal, &values);
    });
    let found = won(&vtiger, &["Sales"], "2026-11-01").await;
    assert_eq!((found[0].companies.as_slice(), found[0].owner.clone()), (&ids[..], None));
}

#[tokio::test]
async fn many_won_deals_are_read_in_pages_whatever_the_stage_is_called() {
    let (tiger, ids) = with_companies(1).await;
    tiger.change(|crm| crm.add_picklist_value("Potentials", "sales_stage", "Vinta"));
    for stage in ["Vinta", "Closed Won"].iter().cycle().take(250) {
        deal(&tiger, &ids[0], stage, "2026-11-10", "Sales");
    }
    let mut settings = config(&tiger.base_url());
    settings.won_stages = ["vinta".to_owned()].into();
    let vtiger = Vtiger::new(settings.clone()).unwrap();
    assert_eq!(won(&vtiger, &["Sales"], "2026-11-01").await.len(), 125);
    settings.won_stages.insert("Closed Won".to_owned());
    let vtiger = Vtiger::new(settings.clone()).unwrap();
    assert_eq!(won(&vtiger, &["Sales"], "2026-11-01").await.len(), 250);
    assert_eq!(vtiger.usage().calls["opportunities.won"], 4);

    settings.won_stages = ["Festeggiata".to_owned()].into();
    let vtiger = Vtiger::new(settings).unwrap();
    assert_eq!(won(&vtiger, &["Sales"], "2026-11-01").await, []);
    let findings = vtiger.survey().await.unwrap().findings;
    let told = findings.iter().find(|finding| finding.place == "vtiger.won_stages").unwrap();
    assert!(told.severity == Severity::Warning && told.what.contains("`Festeggiata`"), "{told:?}");
}
