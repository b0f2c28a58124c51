//! Figures out of the CRM's own records alone: no other accounting source is configured.

use sirank::domain::catalogue::Figure;
use sirank::domain::ids::CompanyId;
use sirank_mocks::hubspot::{HubSpot, Kind, Token};

use super::desk::{DeskOf, HUBSPOT_TOKEN, documents, ready_crm};
use crate::crm::Vendor;
use crate::crm::vtiger::VTiger;
use crate::{hubspot_support, vtiger_support};

const WON_DEALS: &str = "[[accounting]]\nkind = \"won_deals\"\nname = \"won-deals\"\n";
const INVOICES: &str = "[[accounting]]\nkind = \"hubspot\"\nname = \"hubspot-invoices\"\n";

/// Three purchases of one company, two of them on one day, and one before all windows.
const SALES: [(&str, &str); 4] = [
    ("2013-11-29", "4000.00"),
    ("2013-11-29", "1000.50"),
    ("2012-03-01", "2000.00"),
    ("2009-01-10", "70.00"),
];

async fn figures_come_out_of_won_deals_alone<V: Vendor>(win: impl Fn(&V, &CompanyId, &str, &str)) {
    let desk = DeskOf::<V>::beside(ready_crm(20).await, documents(0)).await;
    let companies = desk.crm.companies();
    for (day, amount) in SALES {
        win(&desk.crm, &companies[3], day, amount);
    }
    desk.run_with(WON_DEALS, &["check"]).exits(0).shows("won-deals").shows("count as purchases");
    desk.run_with(WON_DEALS, &["backfill"]).exits(0);
    let figure = |figure| desk.crm.figure(&companies[3], figure);
    assert_eq!(figure(Figure::Revenue36m).as_deref(), Some("7000.5"));
    assert_eq!(figure(Figure::Revenue12m).as_deref(), Some("5000.5"));
    assert_eq!(figure(Figure::PurchaseDays12m).as_deref(), Some("1"));
    assert_eq!(figure(Figure::LastPurchase).as_deref(), Some("2013-11-29"));
    assert_eq!(desk.crm.figure(&companies[4], Figure::LastPurchase), None);
    desk.crm.forget();
    desk.run_with(WON_DEALS, &["backfill"]).exits(0);
    desk.was_only_read();
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_come_out_of_won_deals_of_hubspot_alone() {
    figures_come_out_of_won_deals_alone::<HubSpot>(|hub, company, day, amount| {
        hub.change(|portal| {
            let pipeline = portal.pipelines.first().unwrap();
            let won = pipeline.stages.iter().find(|stage| stage.is_won()).unwrap().id.clone();
            let (pipeline, closed) = (pipeline.id.clone(), format!("{day}T10:00:00.000Z"));
            let values = [
                ("dealname", "Fornitura"),
                ("pipeline", pipeline.as_str()),
                ("dealstage", won.as_str()),
                ("amount", amount),
                ("closedate", closed.as_str()),
            ];
            let deal = portal.add(Kind::Deal, hubspot_support::LONG_AGO, &values);
            portal.associate((Kind::Deal, deal), (Kind::Company, hubspot_support::number(company)));
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_come_out_of_won_opportunities_of_vtiger_alone() {
    figures_come_out_of_won_deals_alone::<VTiger>(|tiger, company, day, amount| {
        tiger.change(|crm| {
            let organization = vtiger_support::number(company).to_string();
            let values = [
                ("potentialname", "Fornitura"),
                ("sales_stage", "Closed Won"),
                ("closingdate", day),
                ("related_to", organization.as_str()),
                ("amount", amount),
            ];
            crm.add("Potentials", vtiger_support::LONG_AGO, 7, &values);
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_come_out_of_the_invoices_of_hubspot_alone_and_a_missing_scope_ends_with_4() {
    let desk = DeskOf::<HubSpot>::beside(ready_crm(20).await, documents(0)).await;
    let companies = desk.crm.companies();
    desk.crm.change(|portal| {
        for (day, amount) in SALES {
            let date = format!("{day}T10:00:00.000Z");
            let values = [
                ("hs_invoice_status", "paid"),
                ("hs_invoice_date", date.as_str()),
                ("hs_amount_billed", amount),
                ("hs_currency", "EUR"),
            ];
            let invoice = portal.add(Kind::Invoice, hubspot_support::LONG_AGO, &values);
            let company = hubspot_support::number(&companies[3]);
            portal.associate((Kind::Invoice, invoice), (Kind::Company, company));
        }
    });
    let scopes = sirank::connectors::hubspot::scopes(true, true);
    desk.crm.set_token(HUBSPOT_TOKEN, Token::scoped(scopes));
    desk.run_with(INVOICES, &["backfill"]).exits(4).says("crm.objects.invoices.read");
    desk.run_with(INVOICES, &["check"]).exits(4).shows("crm.objects.invoices.read");
    let scopes = sirank::connectors::hubspot::scopes_with_invoices(true, true);
    desk.crm.set_token(HUBSPOT_TOKEN, Token::scoped(scopes));
    desk.run_with(INVOICES, &["check"]).exits(0).shows("may include tax");
    desk.run_with(INVOICES, &["backfill"]).exits(0);
    let figure = |figure| desk.crm.figure(&companies[3], figure);
    assert_eq!(figure(Figure::Revenue36m).as_deref(), Some("7000.5"));
    assert_eq!(figure(Figure::PurchaseDays12m).as_deref(), Some("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_the_crm_does_not_have_are_refused_in_the_settings() {
    let desk = DeskOf::<VTiger>::beside(ready_crm(5).await, documents(0)).await;
    desk.run_with(INVOICES, &["backfill"]).exits(3).says("only where HubSpot is the CRM");
    desk.was_only_read();
}
