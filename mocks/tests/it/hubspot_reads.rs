//! Lists, single reads, batch reads, associations.

use serde_json::json;
use sirank_mocks::hubspot::{Account, IdForm, Kind};

use crate::http::{COMPANIES, DEALS, FIRST, builder, start};

#[tokio::test]
async fn pages_by_an_opaque_cursor_that_has_to_be_escaped() {
    let (_hub, api) = start(builder(25)).await;
    let (status, first) = api.get(COMPANIES).await;
    assert_eq!((status, first["results"].as_array().unwrap().len()), (200, 10));
    let after = first["paging"]["next"]["after"].as_str().unwrap();
    assert!(after.contains('+') && after.contains('='), "{after}");
    assert_eq!(api.get(&format!("{COMPANIES}?after={after}")).await.0, 400, "a raw + is a blank");
    let mut seen = 10;
    let mut after = Some(after.to_owned());
    while let Some(cursor) = after {
        let escaped = cursor.replace('+', "%2B").replace('=', "%3D");
        let (_, page) = api.get(&format!("{COMPANIES}?limit=10&after={escaped}")).await;
        seen += page["results"].as_array().unwrap().len();
        after = page["paging"]["next"]["after"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, 25);
    assert_eq!(api.get(&format!("{COMPANIES}?limit=101")).await.0, 400);
    assert_eq!(api.get(&format!("{COMPANIES}?limit=51&propertiesWithHistory=name")).await.0, 400);
}

#[tokio::test]
async fn answers_defaults_nulls_for_empty_and_nothing_for_unknown_names() {
    let (_hub, api) = start(builder(1)).await;
    let (_, plain) = api.get(&format!("{COMPANIES}/{FIRST}")).await;
    let mut names: Vec<&String> = plain["properties"].as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"]);
    let (_, asked) =
        api.get(&format!("{COMPANIES}/{FIRST}?properties=cluster,nonsense&properties=cold")).await;
    let values = asked["properties"].as_object().unwrap();
    assert!(values["cluster"].is_null() && values["cold"].is_null() && !values.contains_key("nonsense"));
    assert!(!values.contains_key("name"));
    assert_eq!(asked["id"], json!(FIRST));
}

#[tokio::test]
async fn long_urls_other_versions_and_unknown_paths() {
    let (_hub, api) = start(builder(1)).await;
    let names = "a".repeat(9_000);
    assert_eq!(api.get(&format!("{COMPANIES}?properties={names}")).await.0, 414);
    assert_eq!(api.get("/crm/objects/2026-03/companies").await.0, 404);
    assert_eq!(api.get("/crm/v3/objects/companies").await.0, 404);
}

#[tokio::test]
async fn batch_reads_answer_in_another_order_and_207_for_what_is_missing() {
    let (_hub, api) = start(builder(3)).await;
    let path = format!("{COMPANIES}/batch/read");
    let inputs = json!([{"id": FIRST}, {"id": "1000002"}, {"id": "5"}]);
    let (status, body) = api.post(&path, json!({"properties": ["name"], "inputs": inputs})).await;
    assert_eq!(status, 207);
    let ids: Vec<&str> =
        body["results"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["1000002", FIRST]);
    assert_eq!(body["numErrors"], 1);
    assert_eq!(body["errors"][0]["context"]["ids"], json!(["5"]));
    let twice = json!({"inputs": [{"id": FIRST}, {"id": FIRST}]});
    assert_eq!(api.post(&path, twice).await.0, 400);
    let many: Vec<_> = (0..101).map(|number| json!({"id": number.to_string()})).collect();
    assert_eq!(api.post(&path, json!({"inputs": many})).await.0, 400);
}

#[tokio::test]
async fn merged_and_archived_records() {
    let (hub, api) = start(builder(3)).await;
    assert!(hub.person_merges(Kind::Company, 1_000_002, 1_000_001));
    let (status, winner) = api.get(&format!("{COMPANIES}/{FIRST}?properties=hs_merged_object_ids")).await;
    assert_eq!((status, &winner["id"]), (200, &json!("1000002")));
    assert_eq!(winner["properties"]["hs_merged_object_ids"], json!(FIRST));
    assert!(hub.person_archives(Kind::Company, 1_000_003));
    assert_eq!(api.get(&format!("{COMPANIES}/1000003")).await.0, 404);
    let (_, archived) = api.get(&format!("{COMPANIES}?archived=true")).await;
    assert_eq!(archived["results"][0]["archived"], json!(true));
    let (_, live) = api.get(COMPANIES).await;
    assert_eq!(live["results"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn inline_associations_are_doubled_and_cut_batch_reads_page_per_input() {
    let (hub, api) =
        start(builder(2).options(|options| (options.inline_associations, options.association_page) = (2, 2)))
            .await;
    hub.change(|portal| {
        for number in 0..3 {
            let deal = portal.add(Kind::Deal, 0, &[("dealname", &format!("Deal {number}"))]);
            portal.associate((Kind::Deal, deal), (Kind::Company, 1_000_001));
        }
    });
    let (_, company) = api.get(&format!("{COMPANIES}/{FIRST}?associations=deals")).await;
    let inline = &company["associations"]["deals"];
    let kinds: Vec<&str> =
        inline["results"].as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["company_to_deal_unlabeled", "company_to_deal", "company_to_deal_unlabeled", "company_to_deal"]
    );
    assert!(inline["paging"]["next"]["after"].is_string());

    let path = "/crm/associations/2026-09/companies/deals/batch/read";
    let (status, body) = api.post(path, json!({"inputs": [{"id": FIRST}, {"id": "1000002"}]})).await;
    assert_eq!((status, &body["numErrors"]), (207, &json!(1)));
    assert_eq!(body["errors"][0]["subCategory"], "crm.associations.NO_ASSOCIATIONS_FOUND");
    let result = &body["results"][0];
    assert_eq!(result["to"].as_array().unwrap().len(), 2);
    assert!(result["to"][0]["toObjectId"].is_u64());
    assert!(result["to"][0]["associationTypes"][0]["label"].is_null());
    let after = &result["paging"]["next"]["after"];
    let (status, rest) = api.post(path, json!({"inputs": [{"id": FIRST, "after": after}]})).await;
    assert_eq!((status, rest["results"][0]["to"].as_array().unwrap().len()), (200, 1));
    hub.options(|options| options.to_object_id = IdForm::Text);
    let (_, text) = api.post(path, json!({"inputs": [{"id": FIRST}]})).await;
    assert!(text["results"][0]["to"][0]["toObjectId"].is_string());
}

#[tokio::test]
async fn labels_are_directional_and_primary_moves() {
    let (hub, api) = start(builder(2)).await;
    let (_, labels) = api.get("/crm/associations/2026-09/deals/companies/labels").await;
    let unlabeled = json!({"category": "HUBSPOT_DEFINED", "typeId": 341, "label": null});
    assert_eq!(labels["results"][0], unlabeled);
    let link = |id: &str, type_id: u32| json!({"to": {"id": id}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]});
    let deal =
        json!({"properties": {"dealname": "x"}, "associations": [link(FIRST, 341), link("1000002", 341)]});
    let (status, made) = api.post(DEALS, deal).await;
    assert_eq!(status, 201);
    let id: u64 = made["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(hub.portal(|portal| portal.links.primary_company(id)), Some(1_000_001));
    let path = format!("{DEALS}/{id}/associations/companies/1000002");
    let primary = json!([{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 5}]);
    assert_eq!(api.put(&path, primary).await.0, 201);
    assert_eq!(hub.portal(|portal| portal.links.primary_company(id)), Some(1_000_002));
    let wrong = json!({"properties": {"dealname": "x"}, "associations": [link(FIRST, 342)]});
    assert_eq!(api.post(DEALS, wrong).await.0, 400, "342 is the other direction");
}

#[tokio::test]
async fn owners_and_the_account() {
    let (hub, api) = start(builder(0)).await;
    hub.change(|portal| {
        portal.add_owner(72, "gone@example.com", true);
        portal.account = Account { currency: "CHF".to_owned(), ..Account::default() };
    });
    let (_, owners) = api.get("/crm/owners/2026-09").await;
    assert_eq!(owners["results"].as_array().unwrap().len(), 1);
    assert_ne!(owners["results"][0]["id"], owners["results"][0]["userId"].to_string());
    let (_, gone) = api.get("/crm/owners/2026-09?archived=true").await;
    assert_eq!(gone["results"][0]["email"], "gone@example.com");
    let (_, account) = api.get("/account-info/2026-09/details").await;
    assert_eq!(account["companyCurrency"], "CHF");
    assert_eq!((&account["timeZone"], &account["utcOffset"]), (&json!("Europe/Rome"), &json!("+01:00")));
}

#[tokio::test]
async fn invoices_lead_to_companies_deals_and_persons() {
    let (hub, api) = start(builder(1)).await;
    let invoice = hub.change(|portal| {
        let values = [("hs_invoice_status", "open"), ("hs_amount_billed", "122"), ("hs_currency", "EUR")];
        let invoice = portal.add(Kind::Invoice, 0, &values);
        let person = portal.add(Kind::Contact, 0, &[("email", "ada@example.com")]);
        portal.associate((Kind::Invoice, invoice), (Kind::Company, FIRST.parse().unwrap()));
        portal.associate((Kind::Invoice, invoice), (Kind::Contact, person));
        invoice
    });
    let list = "/crm/objects/2026-09/invoices";
    let (_, page) = api.get(list).await;
    let mut names: Vec<&String> = page["results"][0]["properties"].as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(
        names,
        ["hs_createdate", "hs_lastmodifieddate", "hs_object_id"],
        "the rest is to be asked for"
    );
    let asked = "properties=hs_amount_billed,hs_number&associations=companies,deals,contacts";
    let (_, page) = api.get(&format!("{list}?{asked}")).await;
    let shown = &page["results"][0];
    assert_eq!(shown["properties"]["hs_amount_billed"], "122");
    assert!(shown["properties"]["hs_number"].is_null());
    let companies = json!([{"id": FIRST, "type": "invoice_to_company"}]);
    assert_eq!(shown["associations"]["companies"]["results"], companies);
    assert!(shown["associations"].get("deals").is_none());
    let path = "/crm/associations/2026-09/0-53/companies/batch/read";
    let (_, answer) = api.post(path, json!({"inputs": [{"id": invoice.to_string()}]})).await;
    assert_eq!(answer["results"][0]["to"][0]["associationTypes"][0]["typeId"], 179);
}
