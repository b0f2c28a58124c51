//! Exact numbers, addresses and tables.

use rust_decimal::dec;

use super::super::BaseUrl;
use super::super::contact::Interval;
use super::World;

#[test]
fn amounts_are_exact_however_they_are_written() {
    for written in ["\"12345678901234567.89\"", "12345678901234567.89", "12_345_678_901_234_567.89"] {
        let world = World::new().file(&format!("[cluster]\nhigh_revenue_above = {written}"));
        let threshold = world.loaded().settings.cluster.high_revenue_above.0;
        assert_eq!(threshold, dec!(12345678901234567.89), "{written}");
    }
    let world = World::new().file("[cluster]\nhigh_revenue_above = 25000");
    assert_eq!(world.loaded().settings.cluster.high_revenue_above.0, dec!(25000));
}

#[test]
fn an_interval_of_months_is_a_number_or_none() {
    let world = World::new().file("[contact.months]\nA = \"none\"\nE = 18");
    let months = world.loaded().settings.contact.months;
    assert_eq!(months.a, Interval(None));
    assert_eq!(months.by_cluster().values().copied().collect::<Vec<_>>(), [6, 12, 12, 18]);
}

#[test]
fn an_unset_list_of_pipelines_is_not_an_empty_one() {
    assert_eq!(World::new().loaded().settings.cold.watched_pipelines, None);
    let none = World::new().file("[cold]\nwatched_pipelines = []").loaded();
    assert_eq!(none.settings.cold.watched_pipelines, Some(Vec::new()));
}

#[test]
fn loopback_is_this_machine_and_nothing_else() {
    let loopback = |url: &str| url.parse::<BaseUrl>().unwrap().is_loopback();
    for url in
        ["http://localhost:1", "http://LOCALHOST", "http://127.0.0.1", "http://127.8.9.1/x", "http://[::1]:8"]
    {
        assert!(loopback(url), "{url}");
    }
    for url in
        ["http://localhost.example.com", "http://128.0.0.1", "http://[::2]", "https://127.0.0.1.example.com"]
    {
        assert!(!loopback(url), "{url}");
    }
}

#[test]
fn paths_are_appended_to_a_base_url() {
    let join = |base: &str, path: &str| base.parse::<BaseUrl>().unwrap().join(path).to_string();
    assert_eq!(join("https://api.example.com", "/crm/v1"), "https://api.example.com/crm/v1");
    assert_eq!(join("https://api.example.com/", "crm/v1"), "https://api.example.com/crm/v1");
    assert_eq!(join("https://example.com/proxy/api/", "/crm"), "https://example.com/proxy/api/crm");
    assert_eq!("https://example.com/api/".parse::<BaseUrl>().unwrap().to_string(), "https://example.com/api");
}

#[test]
fn the_price_index_is_read_when_the_settings_are() {
    let world = World::new()
        .file("[ltv]\nprice_index = \"index.csv\"\ngross_margin = \"0.35\"")
        .beside("index.csv", "Year,note,index\n2024,final,120.1\n2025,,121.35\n");
    let rules = world.loaded().settings.rules().unwrap();
    assert_eq!(rules.ltv.price_index, [(2024, dec!(120.1)), (2025, dec!(121.35))].into());
    assert_eq!(rules.ltv.gross_margin, dec!(0.35));
}
