//! The domain against reference figures computed by an independent implementation, column by column.

mod databases;
mod dataset;
mod einvoices;
mod forms;
mod reference;

use std::collections::BTreeMap;

use sirank::domain::figures::{Figures, Horizon, compute, up_to};
use sirank::domain::portfolio::{KeyFigures, Portfolio};
use sirank::domain::rules::Rules;
use sirank::domain::time::Day;

use self::dataset::{Dataset, read, rows};
use self::forms::Export;
use self::reference::{Reference, columns};

fn rules() -> Rules {
    let mut rules = Rules::default();
    rules.cold.excluded_categories.extend(["PA".to_owned(), "UTILIZZATORE FINALE".to_owned()]);
    rules
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn compute_all(dataset: &Dataset, rules: &Rules, as_of: Day) -> (Vec<(String, Figures)>, KeyFigures) {
    let horizon = Horizon::new(as_of);
    let mut portfolio = Portfolio::default();
    let all = dataset
        .companies(rules)
        .map(|(id, facts, entries)| {
            let figures = compute(rules, &horizon, &facts, up_to(entries, as_of));
            portfolio.add(&facts, &figures);
            (id, figures)
        })
        .collect();
    (all, portfolio.key_figures())
}

/// Compares every column of the reference file; a failure names the first company and column that differ.
fn check_figures(all: &[(String, Figures)], expected: &Reference) {
    assert_eq!(all.len(), expected.rows.len(), "companies");
    let mut differences = Vec::new();
    for ((id, figures), row) in all.iter().zip(&expected.rows) {
        assert_eq!(id, &row["company_id"], "the order of the companies");
        let computed: BTreeMap<&str, String> = columns(figures).into_iter().collect();
        for (column, value) in row.iter().filter(|(column, _)| *column != "company_id") {
            let own = computed.get(column.as_str()).unwrap_or_else(|| panic!("column {column}"));
            if own != value {
                differences.push(format!("{id}, {column}: computed {own:?}, expected {value:?}"));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} differ, first: {:#?}",
        differences.len(),
        &differences[..differences.len().min(20)]
    );
}

/// Compares every field of the reference file of portfolio figures.
fn check_key_figures(computed: &KeyFigures, expected: &serde_json::Value) {
    let computed = serde_json::to_value(computed).unwrap();
    for (field, value) in expected.as_object().unwrap().iter().filter(|(field, _)| *field != "matrix") {
        assert_eq!(&computed[field], value, "{field}");
    }
    let cells = expected["matrix"].as_object().unwrap();
    assert_eq!(computed["matrix"].as_object().unwrap().len(), cells.len(), "cells of the matrix");
    for (cluster, cell) in cells {
        let own = &computed["matrix"][cluster];
        assert_eq!(
            own["companies"].to_string(),
            cell["companies"].as_str().unwrap(),
            "companies of {cluster}"
        );
        for field in ["revenue_36m", "revenue_12m_before"] {
            assert_eq!(own[field], cell[field], "{field} of {cluster}");
        }
    }
}

#[test]
fn cluster_301_every_column_and_key_figure() {
    let dataset = Dataset::load("mocks/data/cluster-301").expect("the data set is part of the repository");
    let (all, key_figures) = compute_all(&dataset, &rules(), day("2013-12-31"));
    check_figures(&all, &Reference::load("mocks/data/cluster-301/expected.csv").unwrap());
    check_key_figures(&key_figures, &read_json("mocks/data/cluster-301/expected-kpis.json").unwrap());
}

#[test]
fn cluster_301_matrix_is_the_one_that_the_source_prints() {
    let dataset = Dataset::load("mocks/data/cluster-301").unwrap();
    let (_, key_figures) = compute_all(&dataset, &rules(), day("2013-12-31"));
    let printed = |cluster: &str| {
        let cell = &serde_json::to_value(&key_figures.matrix).unwrap()[cluster];
        let whole =
            |field: &str| cell[field].as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap().round();
        (
            cell["companies"].as_u64().unwrap(),
            ["revenue_36m", "average", "revenue_12m_before"].map(|field| whole(field).to_string()),
        )
    };
    let table = [
        ("A", 33, ["1080159", "32732", "392592"]),
        ("D", 16, ["362842", "22678", "210885"]),
        ("Z", 67, ["558209", "8331", "395734"]),
        ("B", 39, ["121247", "3109", "70264"]),
        ("E", 144, ["308484", "2142", "236810"]),
        ("C", 2, ["0", "0", "37115"]),
    ];
    for (cluster, companies, money) in table {
        assert_eq!(printed(cluster), (companies, money.map(str::to_owned)), "{cluster}");
    }
}

#[test]
fn cluster_301_lifetime_value_in_prices_of_the_as_of_year() {
    let Some(index) = read("../shared/data/price-index/foi-yearly.csv") else { return };
    let dataset = Dataset::load("mocks/data/cluster-301").unwrap();
    let mut rules = rules();
    rules.ltv.gross_margin = "0.35".parse().unwrap();
    rules.ltv.price_index = csv::Reader::from_reader(index.as_bytes())
        .deserialize::<(i32, rust_decimal::Decimal)>()
        .map(Result::unwrap)
        .collect();
    let (all, _) = compute_all(&dataset, &rules, day("2013-12-31"));
    check_figures(&all, &Reference::load("mocks/data/cluster-301/expected-ltv.csv").unwrap());
}

#[test]
fn online_retail_every_column_and_key_figure_on_both_days() {
    let Some(dataset) = Dataset::load(ONLINE_RETAIL) else { return };
    check_online_retail(&dataset);
}

/// The same documents as ledgers and spreadsheets write them, read by the product's own sources.
#[tokio::test]
async fn online_retail_is_the_same_in_every_form_that_ledgers_export() {
    let Some(text) = read(&format!("{ONLINE_RETAIL}/documents.csv")) else { return };
    let documents = rows(&text);
    for export in Export::ALL {
        let drafts = export.read(&documents).await;
        assert_eq!(drafts.len(), documents.len(), "{export:?}");
        check_online_retail(&Dataset::of(ONLINE_RETAIL, drafts).unwrap());
    }
}

/// The same documents as e-invoices in a folder, matched by VAT numbers and tax codes.
#[tokio::test]
async fn online_retail_is_the_same_from_e_invoices() {
    let Some(text) = read(&format!("{ONLINE_RETAIL}/documents.csv")) else { return };
    let documents = rows(&text);
    let drafts = einvoices::read(&documents).await;
    assert_eq!(drafts.len(), documents.len());
    check_online_retail(&Dataset::with_keys(ONLINE_RETAIL, drafts, einvoices::keys_in_the_crm).unwrap());
}

const ONLINE_RETAIL: &str = "../shared/data/online-retail";

/// Compares with the reference files of both days.
fn check_online_retail(dataset: &Dataset) {
    for as_of in ["2011-06-30", "2011-12-09"] {
        let (all, key_figures) = compute_all(dataset, &rules(), day(as_of));
        let folder = ONLINE_RETAIL;
        check_figures(&all, &Reference::load(&format!("{folder}/expected-{as_of}.csv.gz")).unwrap());
        check_key_figures(&key_figures, &read_json(&format!("{folder}/expected-kpis-{as_of}.json")).unwrap());
    }
}

fn read_json(path: &str) -> Option<serde_json::Value> {
    read(path).map(|text| serde_json::from_str(&text).unwrap())
}
