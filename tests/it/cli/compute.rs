//! `sirank compute`, and `report` on the same data: byte for byte the reference figures.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use tempfile::TempDir;

use super::desk::{AS_OF, Desk, Told, sirank, told};

fn cluster301(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mocks/data/cluster-301").join(name)
}

fn compute(folder: &Path, as_of: &str, settings: &Path, companies: &Path, documents: &Path) -> Told {
    let mut command = sirank(folder);
    command.args(["--as-of", as_of, "--config"]).arg(settings);
    command.arg("compute").arg("--companies").arg(companies).arg("--documents").arg(documents);
    told(command)
}

#[test]
fn the_customer_matrix_byte_for_byte() {
    let folder = TempDir::new().unwrap();
    let [settings, companies, documents] =
        ["settings.toml", "companies.csv", "documents.csv"].map(cluster301);
    let told = compute(folder.path(), AS_OF, &settings, &companies, &documents).exits(0);
    assert!(told.out == std::fs::read_to_string(cluster301("expected.csv")).unwrap());
}

#[test]
fn real_invoices_byte_for_byte() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/online-retail");
    if !data.exists() {
        println!("skipped: the reference data is not beside the checkout");
        return;
    }
    let folder = TempDir::new().unwrap();
    for as_of in ["2011-06-30", "2011-12-09"] {
        let [settings, companies, documents] =
            ["settings.toml", "companies.csv.gz", "documents.csv.gz"].map(|name| data.join(name));
        let told = compute(folder.path(), as_of, &settings, &companies, &documents);
        let mut expected = String::new();
        let file = std::fs::File::open(data.join(format!("expected-{as_of}.csv.gz"))).unwrap();
        GzDecoder::new(file).read_to_string(&mut expected).unwrap();
        assert!(told.out == expected, "{as_of}: {}", told.err);
        assert!(matches!(told.code, Some(0 | 7)), "{as_of}: {}", told.err);
    }
}

#[test]
fn a_file_that_cannot_be_read_ends_with_3_and_writes_nothing() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let settings = cluster301("settings.toml");
    let companies = cluster301("companies.csv");
    let missing = file("missing.csv", b"document_id,vat_number,kind,net_amount\nD1,IT1,invoice,1.00\n");
    compute(folder.path(), AS_OF, &settings, &companies, &missing).exits(3).says("missing.csv").says("date");
    let absent = folder.path().join("absent.csv");
    compute(folder.path(), AS_OF, &settings, &companies, &absent).exits(3).says("absent.csv");
    let broken = file("broken.csv.gz", b"this is no gzip");
    compute(folder.path(), AS_OF, &settings, &companies, &broken).exits(3).says("broken.csv.gz");
    let told = compute(folder.path(), AS_OF, &settings, &companies, folder.path()).exits(3);
    assert_eq!(told.out, "");
}

#[test]
fn a_bad_row_is_named_and_rejected_and_the_rest_goes_on() {
    let folder = TempDir::new().unwrap();
    let mut documents = std::fs::read_to_string(cluster301("documents.csv")).unwrap();
    documents.push_str("X1,IT99000000010,31/13/2012,invoice,10.00\n");
    documents.push_str("X2,IT99000000010,2012-12-31,invoice,ten\n");
    let file = folder.path().join("documents.csv");
    std::fs::write(&file, documents).unwrap();
    let told =
        compute(folder.path(), AS_OF, &cluster301("settings.toml"), &cluster301("companies.csv"), &file)
            .exits(7);
    assert!(told.out == std::fs::read_to_string(cluster301("expected.csv")).unwrap());
    told.says("2679").says("date").says("31/13/2012").says("2680").says("net_amount").says("ten");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_gives_the_reference_portfolio_and_lifetime_values() {
    let desk = Desk::ready().await;
    desk.run(&["backfill"]).exits(0).shows("Written: 301 companies");
    let report = desk.run(&["report", "--format", "json"]).exits(0).json();
    let kpis: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(cluster301("expected-kpis.json")).unwrap()).unwrap();
    let portfolio = &report["analysis"]["portfolio"];
    for (name, value) in kpis.as_object().unwrap().iter().filter(|(name, _)| *name != "matrix") {
        assert_eq!(&portfolio[name], value, "{name}");
    }
    for (cluster, cell) in kpis["matrix"].as_object().unwrap() {
        assert_eq!(
            portfolio["matrix"][cluster]["companies"].to_string(),
            cell["companies"].as_str().unwrap()
        );
        for amount in ["revenue_36m", "revenue_12m_before"] {
            assert_eq!(portfolio["matrix"][cluster][amount], cell[amount], "{amount} of {cluster}");
        }
    }

    let index = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/price-index/foi-yearly.csv");
    if !index.exists() {
        println!("skipped: the price index is not beside the checkout");
        return;
    }
    let ltv = format!("[ltv]\nprice_index = \"{}\"\ngross_margin = \"0.35\"\n", index.display());
    let report = desk.run_with(&ltv, &["report", "--companies", "--format", "json"]).exits(0).json();
    let mut computed: Vec<String> = Vec::new();
    for company in report["companies"].as_array().unwrap() {
        let figures = company["figures"].as_array().unwrap();
        let value = figures.iter().find(|pair| pair[0] == "ltv").map_or("", |pair| pair[1].as_str().unwrap());
        computed.push(value.to_owned());
    }
    let expected: Vec<String> = std::fs::read_to_string(cluster301("expected-ltv.csv"))
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap().to_owned())
        .collect();
    let number = |text: &String| text.parse::<rust_decimal::Decimal>().unwrap();
    assert_eq!(
        computed.iter().map(number).collect::<Vec<_>>(),
        expected.iter().map(number).collect::<Vec<_>>()
    );
}
