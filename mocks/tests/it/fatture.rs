//! Fatture in Cloud: quotas, lists, errors.

use std::time::Duration;

use serde_json::{Value, json};
use sirank_mocks::fattureincloud::{Access, FattureInCloud, OAuthClient, Quotas};
use sirank_mocks::seed::{COMPANY_ID, Oddities, cluster301_documents};

use crate::http::{Api, noon};

async fn start(quotas: Quotas, oddities: Oddities) -> (FattureInCloud, Api) {
    let only_invoices =
        Access { scopes: Some(["issued_documents.invoices:r".to_owned()].into()), expires_ms: None };
    let client = OAuthClient::new("id", "secret", "r/0");
    let fic = FattureInCloud::builder()
        .token("a/all")
        .token_with("a/invoices", only_invoices)
        .oauth(client)
        .company(cluster301_documents(oddities).unwrap())
        .quotas(quotas)
        .clock(noon())
        .start()
        .await
        .unwrap();
    let api = Api::new(fic.base_url(), "a/all");
    (fic, api)
}

fn path(rest: &str) -> String {
    format!("/c/{COMPANY_ID}/{rest}")
}

#[tokio::test]
async fn lists_need_a_type_and_leave_fields_out() {
    let (_fic, api) = start(Quotas::unlimited(), Oddities::default()).await;
    assert_eq!(api.get(&path("issued_documents")).await.0, 422);
    let (status, list) = api.get(&path("issued_documents?type=credit_note")).await;
    assert_eq!((status, &list["total"], &list["per_page"]), (200, &json!(59), &json!(50)));
    assert_eq!((&list["last_page"], &list["next_page_url"]), (&json!(2), &json!("page=2")));
    let row = &list["data"][0];
    assert!(row.get("ei_status").is_none() && row.get("updated_at").is_none());
    assert!(row["items_list"].is_null() && row["currency"]["exchange_rate"].is_string());
    assert!(row["amount_net"].as_f64().unwrap() > 0.0, "credit notes are positive");
    let (_, end) =
        api.get(&path("issued_documents?type=credit_note&page=2&per_page=50&fieldset=detailed")).await;
    assert_eq!((&end["next_page_url"], &end["from"], &end["to"]), (&Value::Null, &json!(51), &json!(59)));
    assert_eq!(end["data"][0]["ei_status"], "accepted");
    let (_, few) = api.get(&path("issued_documents?type=invoice&fields=id,updated_at&per_page=1")).await;
    assert_eq!(few["data"][0].as_object().unwrap().len(), 2);
    assert_eq!(api.get(&path("issued_documents?type=invoice&fields=items_list")).await.0, 500);
    assert_eq!(api.get(&path("issued_documents?type=invoice&per_page=101")).await.0, 422);
    assert_eq!(api.get(&path("issued_documents?type=invoice&sort=subject")).await.0, 422);
    assert_eq!(api.get(&path("issued_documents?type=bill")).await.0, 422);
}

#[tokio::test]
async fn quotas_are_429_or_403_and_both_say_when() {
    let (fic, api) =
        start(Quotas { five_minutes: Some(2), hourly: Some(4), monthly: Some(5) }, Oddities::default()).await;
    let info = path("company/info");
    let first = api.raw(&info).await;
    assert_eq!(first.headers()["ratelimit-hourlyremaining"], "3");
    assert_eq!(first.headers()["ratelimit-monthlylimit"], "5");
    api.get(&info).await;
    let sliding = api.raw(&info).await;
    assert_eq!(
        (sliding.status().as_u16(), &sliding.headers()["retry-after"]),
        (429, &"300".parse().unwrap())
    );
    fic.clock().advance(Duration::from_mins(5));
    api.get(&info).await;
    api.get(&info).await;
    fic.clock().advance(Duration::from_mins(5));
    let hourly = api.raw(&info).await;
    assert_eq!((hourly.status().as_u16(), &hourly.headers()["retry-after"]), (403, &"3001".parse().unwrap()));
    fic.clock().advance(Duration::from_hours(1));
    assert_eq!(api.get(&info).await.0, 200);
    let monthly = api.raw(&info).await;
    assert_eq!(monthly.status(), 403);
    assert!(monthly.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 86_400);
}

#[tokio::test]
async fn tokens_scopes_and_rotation() {
    let (_fic, mut api) = start(Quotas::unlimited(), Oddities::default()).await;
    api.token = "a/invoices".into();
    assert_eq!(api.get(&path("issued_documents?type=invoice")).await.0, 200);
    let refused = api.raw(&path("issued_documents?type=credit_note")).await;
    assert!(refused.status() == 403 && !refused.headers().contains_key("retry-after"));
    assert_eq!(api.get(&path("entities/clients")).await.0, 403);
    api.token = "wrong".into();
    let (status, body) = api.get("/user/companies").await;
    assert!(status == 401 && body["error"]["message"].is_string());
    let grant = |token: &str| json!({"grant_type": "refresh_token", "client_id": "id", "client_secret": "secret", "refresh_token": token});
    let (status, made) = api.post("/oauth/token", grant("r/0")).await;
    assert_eq!((status, &made["expires_in"]), (200, &json!(86_400)));
    assert_eq!(api.post("/oauth/token", grant("r/0")).await.0, 401);
    assert_eq!(api.post("/oauth/token", grant(made["refresh_token"].as_str().unwrap())).await.0, 200);
    api.token = made["access_token"].as_str().unwrap().to_owned();
    assert_eq!(api.get("/user/companies").await.1["data"]["companies"][0]["id"], json!(COMPANY_ID));
}

#[tokio::test]
async fn deleted_documents_are_in_the_bin_and_edits_move_the_change_time() {
    let (fic, api) = start(Quotas::unlimited(), Oddities { vat_as_number: 1, ..Oddities::default() }).await;
    let list = path("issued_documents?type=invoice&per_page=2&sort=date&fieldset=detailed");
    let (_, before) = api.get(&list).await;
    assert!(before["data"][0]["entity"]["vat_number"].is_u64());
    let id = |at: usize| before["data"][at]["id"].as_u64().unwrap();
    assert!(fic.person_deletes(COMPANY_ID, id(0)));
    let changed = json!({"ei_status": "discarded"});
    assert!(fic.person_edits(COMPANY_ID, id(1), changed.as_object().unwrap()));
    let (_, bin) = api.get(&path("bin/issued_documents")).await;
    assert_eq!(bin["data"][0]["id"], json!(id(0)));
    let since = path(
        "issued_documents?type=invoice&fieldset=detailed&q=updated_at%20%3E%3D%20'2026-11-22%2000:00:00'",
    );
    let (_, fresh) = api.get(&since).await;
    assert_eq!((&fresh["total"], &fresh["data"][0]["ei_status"]), (&json!(1), &json!("discarded")));
    assert_eq!(fresh["data"][0]["updated_at"], "2026-11-22 13:00:00", "Italian time");
    assert_eq!(api.get(&path(&format!("issued_documents/{}", id(0)))).await.0, 404);
}
