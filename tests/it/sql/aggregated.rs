//! Sums that the database computes lead to the figures of the documents themselves.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sirank::connectors::sql::{Mode, SqlConfig, SqlSource};
use sirank::domain::cluster::Potential;
use sirank::domain::document::{
    DocumentDraft, DocumentKind, DraftKind, Entry, NotCounted, Party, SourceDocument, Standing,
};
use sirank::domain::figures::{CompanyFacts, Figures, Horizon, compute, up_to};
use sirank::domain::intake::{CurrencyRules, intake};
use sirank::domain::keys::PartyKeys;
use sirank::domain::reconciliation::Tally;
use sirank::domain::rules::Rules;
use sirank::domain::table::{KindMeaning, KindTexts, StatusMeaning, StatusTexts};
use sirank::domain::time::Day;
use sirank::ports::{ChangedDocuments, DocumentChanges, InvoiceSource, Severity};

use super::servers::{Server, servers};
use super::{all, day};

/// What follows from documents: the figures of each company, told by its VAT number, and every class of documents.
#[derive(Debug, PartialEq)]
struct Outcome {
    figures: BTreeMap<String, Figures>,
    classes: BTreeMap<String, Tally>,
}

fn outcome(drafts: Vec<DocumentDraft>, currency: &CurrencyRules, as_of: Day) -> Outcome {
    let mut rules = Rules::default();
    for (year, index) in [(2009, 90), (2012, 95), (2015, 100), (2020, 110), (2023, 128)] {
        rules.ltv.price_index.insert(year, index.into());
    }
    let mut entries: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    let mut classes: BTreeMap<String, Tally> = BTreeMap::new();
    for draft in drafts {
        let SourceDocument { party, amount, standing, stands_for, .. } = intake(draft, currency);
        let class = match standing {
            Standing::Counts { day, kind, net } if day <= as_of => {
                let vat = PartyKeys::of_party(&party).vat_number.map(|vat| vat.as_str().to_owned());
                entries.entry(vat.unwrap_or_default()).or_default().push(Entry::new(day, kind, net));
                "counts".to_owned()
            }
            Standing::Counts { .. } => format!("{:?}", NotCounted::AfterAsOf),
            Standing::NotCounted(why) => format!("{why:?}"),
            Standing::Rejected { reason, .. } => format!("{reason:?}"),
        };
        classes.entry(class).or_default().add(stands_for, amount.as_ref());
    }
    let horizon = Horizon::new(as_of);
    let facts = CompanyFacts {
        created: None,
        potential: Some(Potential::High),
        excluded_category: false,
        d_and_p: false,
        active_owner: true,
        last_contact: None,
        open_deal: false,
    };
    let figures = entries.into_iter().map(|(company, mut entries)| {
        entries.sort_unstable_by_key(|entry| (entry.day, entry.signed));
        (company, compute(&rules, &horizon, &facts, up_to(&entries, as_of)))
    });
    Outcome { figures: figures.collect(), classes }
}

/// A ledger of everything that occurs, by chance from a seed: several customers that are one company, gaps of years,
/// credit notes with and without a sign, currencies with and without a rate, drafts, and what cannot be read.
fn rows(seed: u64) -> Vec<[Option<String>; 11]> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let start = day("2016-01-15");
    let mut rows = Vec::new();
    for customer in 0..40_u32 {
        let company = customer / 2;
        let quiet = chance.u64(0..2_200);
        for _ in 0..chance.u32(0..25) {
            let date = start.plus_days(chance.u64(0..2_000) + quiet);
            let date = if chance.u8(0..6) == 0 { edge(&mut chance) } else { date };
            let net = match chance.u8(0..12) {
                0 => "0".to_owned(),
                1 => "0.005".to_owned(),
                2 => "-0.0049".to_owned(),
                _ => format!("{}.{:03}", chance.i32(-2_000..9_000), chance.u32(0..1_000)),
            };
            let one_of =
                |chance: &mut fastrand::Rng, texts: &[&str]| texts[chance.usize(0..texts.len())].to_owned();
            let rare = |chance: &mut fastrand::Rng, text: &str, other: Option<String>| {
                if chance.u8(0..30) == 0 { Some(text.to_owned()) } else { other }
            };
            let kind = one_of(
                &mut chance,
                &["FT", "FT", "FT\r\n", "ft ", "NC", "NC", "PF", "DDT", "?", "CRÉDITO", "\tcrÉdito"],
            );
            let status = one_of(&mut chance, &["ok", "ok", "ok", "OK", "void", "draft", "none", "?"]);
            let currency = one_of(&mut chance, &["", "EUR\r", "eur", "USD", "USD", "CHF", "XXX"]);
            let exchange = match currency.as_str() {
                "CHF" if chance.bool() => Some("0.9345".to_owned()),
                "USD" if chance.u8(0..20) == 0 => Some("0".to_owned()),
                "USD" if chance.u8(0..20) == 0 => Some("abc".to_owned()),
                _ => None,
            };
            let number = rows.len().to_string();
            let id = rare(&mut chance, "", Some(format!("d{number}")));
            let number = if id.as_deref() == Some("") { None } else { Some(number) };
            let date = rare(&mut chance, "", Some(date.to_string()));
            let date = rare(&mut chance, "31/12/2020", date);
            let net = rare(&mut chance, "1.234,56", Some(net));
            rows.push([
                id,
                number,
                date,
                rare(&mut chance, "", net),
                Some(kind),
                Some(status),
                Some(format!("c{customer}")),
                Some(format!("IT{company:011}")),
                Some(currency),
                exchange,
                Some(format!("Customer {customer} d'Arco")),
            ]);
        }
    }
    rows
}

/// A day beside an edge of a window of one of the as-of days.
fn edge(chance: &mut fastrand::Rng) -> Day {
    let as_of = day(AS_OF[chance.usize(0..AS_OF.len())]);
    let edge = as_of.minus_months([0, 6, 12, 24, 36, 48][chance.usize(0..6)]);
    edge.minus_days(chance.u64(0..3)).plus_days(1)
}

const AS_OF: [&str; 4] = ["2024-02-29", "2023-03-31", "2025-02-28", "2020-12-31"];
const QUERY: &str = "SELECT document_id, number, date, net_amount, kind, status, customer_id, vat_number, currency, \
                     exchange_rate, customer_name FROM ledger";

async fn fill(server: &Server, rows: &[[Option<String>; 11]]) {
    let text =
        if server.engine == sirank::connectors::sql::Engine::PostgreSql { "text" } else { "varchar(100)" };
    let columns = [
        "document_id",
        "number",
        "date",
        "net_amount",
        "kind",
        "status",
        "customer_id",
        "vat_number",
        "currency",
        "exchange_rate",
        "customer_name",
    ];
    let columns: Vec<String> = columns.iter().map(|column| format!("{column} {text}")).collect();
    server.run(&format!("CREATE TABLE ledger ({})", columns.join(", "))).await;
    let mut insert = "INSERT INTO ledger VALUES ".to_owned();
    for (place, row) in rows.iter().enumerate() {
        let values = row.iter().map(|value| match value {
            Some(text) => format!("'{}'", text.replace('\'', "''")),
            None => "NULL".to_owned(),
        });
        let comma = if place == 0 { "" } else { ", " };
        let _ = write!(insert, "{comma}({})", values.collect::<Vec<_>>().join(", "));
    }
    server.run(&insert).await;
}

fn config(server: &Server) -> SqlConfig {
    let mut config = server.config(QUERY);
    let issued = |kind| KindMeaning::Document(DraftKind::Issued(kind));
    config.rules.kinds = KindTexts::new([
        ("FT".to_owned(), issued(DocumentKind::Invoice)),
        ("NC".to_owned(), issued(DocumentKind::CreditNote)),
        ("Crédito".to_owned(), issued(DocumentKind::CreditNote)),
        ("PF".to_owned(), KindMeaning::Document(DraftKind::NotCounted(NotCounted::ProForma))),
        ("DDT".to_owned(), KindMeaning::Ignored),
    ]);
    config.rules.statuses = StatusTexts::new([
        ("ok".to_owned(), StatusMeaning::Counted),
        ("void".to_owned(), StatusMeaning::NotCounted(NotCounted::Void)),
        ("draft".to_owned(), StatusMeaning::NotCounted(NotCounted::Draft)),
        ("none".to_owned(), StatusMeaning::Ignored),
    ]);
    config.currency.rates.insert("USD".to_owned(), "1.0853".parse().unwrap());
    config
}

#[tokio::test]
async fn sums_give_the_figures_and_the_reconciliation_of_the_rows() {
    for server in servers().await {
        for seed in 1..=2 {
            server.run("DROP TABLE IF EXISTS ledger").await;
            fill(&server, &rows(seed)).await;
            for as_of in AS_OF.map(day) {
                let rows = config(&server);
                let sums = SqlConfig { mode: Mode::Aggregated, ..rows.clone() };
                let currency = rows.currency.clone();
                let by_row = all(rows, as_of).await;
                let by_sum = all(sums, as_of).await;
                let mut ids: Vec<_> =
                    by_sum.iter().map(|draft| &draft.id).filter(|id| !id.is_empty()).collect();
                ids.sort_unstable();
                let count = ids.len();
                ids.dedup();
                assert_eq!(ids.len(), count, "ids are unique");
                let (expected, found) =
                    (outcome(by_row, &currency, as_of), outcome(by_sum, &currency, as_of));
                assert_eq!(found.classes, expected.classes, "{:?} seed {seed} as of {as_of}", server.engine);
                assert_eq!(found.figures, expected.figures, "{:?} seed {seed} as of {as_of}", server.engine);
                assert!(
                    expected.figures.len() > 10 && expected.classes.len() > 8,
                    "{:?}",
                    expected.classes.keys()
                );
            }
        }
    }
}

#[tokio::test]
async fn sums_of_one_day_are_read_once() {
    for server in servers().await {
        fill(&server, &rows(7)).await;
        let source = SqlSource::new(SqlConfig { mode: Mode::Aggregated, ..config(&server) });
        source.probe().await.unwrap();
        let mark = source.mark(day("2024-01-31")).await.unwrap();
        let same = source.changed(day("2024-01-31"), &mark, None).await.unwrap();
        let ChangedDocuments::Page { page, mark: Some(same) } = same else { panic!("{same:?}") };
        assert_eq!((page.items.len(), &same), (0, &mark));
        let next = source.changed(day("2024-02-01"), &mark, None).await.unwrap();
        assert!(matches!(next, ChangedDocuments::OnlyByWholeReading), "the windows have moved");
    }
}

/// Customer, class and window.
type Bucket = (Option<String>, i64, String);

/// The grouping itself, without a database.
fn grouped(drafts: &[DocumentDraft], as_of: Day, currency: &CurrencyRules) -> Vec<DocumentDraft> {
    let mut counting = Vec::new();
    for draft in drafts {
        let party = draft.party.clone();
        if let Standing::Counts { day, kind, net } = intake(draft.clone(), currency).standing
            && day <= as_of
        {
            counting.push((party, Entry::new(day, kind, net)));
        }
    }
    let mut last: BTreeMap<Option<String>, Day> = BTreeMap::new();
    for (party, entry) in counting.iter().filter(|(_, entry)| entry.is_purchase()) {
        let day = last.entry(party.customer_id.clone()).or_insert(entry.day);
        *day = (*day).max(entry.day);
    }
    let mut sums: BTreeMap<Bucket, (Party, Day, i64)> = BTreeMap::new();
    for (party, entry) in counting {
        let cents = entry.signed.get();
        let old = last.get(&party.customer_id).is_some_and(|last| entry.day <= last.minus_months(12));
        let bucket = if old {
            let window = [24, 36, 48].iter().position(|months| entry.day > as_of.minus_months(*months));
            format!("{} {window:?}", entry.day.year())
        } else {
            entry.day.to_string()
        };
        let sum = sums
            .entry((party.customer_id.clone(), cents.signum(), bucket))
            .or_insert_with(|| (party, entry.day, 0));
        sum.1 = sum.1.min(entry.day);
        sum.2 += cents;
    }
    let draft = |(party, day, cents): (Party, Day, i64)| DocumentDraft {
        id: "sum".to_owned(),
        party,
        date: Some(day.to_string()),
        net: Some(rust_decimal::Decimal::new(cents, 2).to_string()),
        ..DocumentDraft::default()
    };
    sums.into_values().map(draft).collect()
}

#[test]
fn the_grouping_is_exact_for_every_figure() {
    let currency = CurrencyRules::default();
    for seed in 0..12 {
        let drafts: Vec<DocumentDraft> = rows(seed)
            .into_iter()
            .map(|row| DocumentDraft {
                id: "1".to_owned(),
                date: row[2].clone(),
                net: row[3].clone(),
                kind: Ok(DraftKind::Issued(if row[4].as_deref() == Some("NC") {
                    DocumentKind::CreditNote
                } else {
                    DocumentKind::Invoice
                })),
                party: Party { customer_id: row[6].clone(), vat_number: row[7].clone(), ..Party::default() },
                ..DocumentDraft::default()
            })
            .collect();
        for as_of in AS_OF.map(day) {
            let sums = grouped(&drafts, as_of, &currency);
            let expected = outcome(drafts.clone(), &currency, as_of).figures;
            assert!(sums.len() < drafts.len());
            assert_eq!(outcome(sums, &currency, as_of).figures, expected, "seed {seed} as of {as_of}");
        }
    }
}

/// A join that repeats rows would double the revenue unnoticed.
#[tokio::test]
async fn documents_that_a_join_repeats_are_found_before_they_are_added_up() {
    for server in servers().await {
        server.run("CREATE TABLE sold (id varchar(9), kind varchar(9))").await;
        server.run("INSERT INTO sold VALUES ('d1', 'FT'), ('d2', 'FT'), ('d3', 'DDT'), ('', 'FT')").await;
        server.run("CREATE TABLE paid (id varchar(9))").await;
        server.run("INSERT INTO paid VALUES ('d2'), ('d2'), ('d3'), ('d3'), (''), ('')").await;
        let query = "SELECT s.id AS document_id, '2024-01-01' AS date, 1 AS net_amount, s.kind, 'x' AS customer_id \
                     FROM sold s LEFT JOIN paid p ON p.id = s.id";
        let probe = async |query: &str| {
            let mut config = SqlConfig { mode: Mode::Aggregated, ..server.config(query) };
            let invoice = KindMeaning::Document(DraftKind::Issued(DocumentKind::Invoice));
            config.rules.kinds =
                KindTexts::new([("ft".to_owned(), invoice), ("ddt".to_owned(), KindMeaning::Ignored)]);
            SqlSource::new(config).probe().await.unwrap().findings
        };
        let [found] = &probe(query).await[..] else { panic!("one finding") };
        assert_eq!(found.severity, Severity::Error);
        assert!(found.what.contains("such as d2:"), "{found:?}");
        let once = format!("SELECT DISTINCT * FROM ({query}) AS each_once");
        assert_eq!(probe(&once).await, []);
        // Without an id of its own a document is known by year and number, as it is row by row.
        let numbered = query.replace("s.id AS document_id", "s.id AS number");
        let [found] = &probe(&numbered).await[..] else { panic!("one finding") };
        assert!(found.what.contains("/2024//d2:"), "{found:?}");
    }
}

/// Names are quoted, so that none is taken for SQL, and found whatever their case.
#[tokio::test]
async fn names_of_columns_are_names_and_nothing_else() {
    use sirank::domain::table::{Column, ColumnNames};
    for server in servers().await {
        let name = "net\"`'); DROP TABLE ledger; -- €";
        let quoted = match server.engine {
            sirank::connectors::sql::Engine::PostgreSql => format!("\"{}\"", name.replace('"', "\"\"")),
            _ => format!("`{}`", name.replace('`', "``")),
        };
        let alias = if quoted.starts_with('"') { "\"Customer_ID\"" } else { "`Customer_ID`" };
        let query =
            format!("SELECT 'd' AS document_id, '2024-01-01' AS date, 2.5 AS {quoted}, 'x' AS {alias}");
        let mut config = server.config(&query);
        config.columns = ColumnNames::new(|column| match column {
            Column::NetAmount => name.to_uppercase(),
            other => other.name().to_owned(),
        });
        for mode in [Mode::Rows, Mode::Aggregated] {
            let documents = all(SqlConfig { mode, ..config.clone() }, day("2024-12-31")).await;
            let [document] = &documents[..] else { panic!("{documents:?}") };
            assert_eq!(document.net.as_deref().map(|net| net.trim_end_matches('0')), Some("2.5"));
            assert_eq!(document.party.customer_id.as_deref(), Some("x"));
        }
    }
}
