//! What is read, row by row.

use std::time::Duration;

use sirank::connectors::sql::{Engine, SqlSource};
use sirank::ports::{ChangedDocuments, DocumentChanges, InvoiceSource, Mark};

use super::servers::servers;
use super::{all, day};

#[tokio::test]
async fn values_of_every_type_come_without_loss_and_columns_whatever_their_case() {
    for server in servers().await {
        let (text, number, moment) = match server.engine {
            Engine::PostgreSql => ("text", "numeric", "timestamp(3)"),
            _ => ("varchar(100)", "decimal(20,6)", "datetime(3)"),
        };
        server
            .run(&format!(
                "CREATE TABLE invoices (id bigint, at date, moment {moment}, net {number}, vat char(13), name {text})"
            ))
            .await;
        server
            .run(
                "INSERT INTO invoices VALUES (9007199254740993, '2024-02-29', '2024-02-29 23:30:00.125', \
                 1234567890.125, '01234567890', 'Caffè ''Rosa'''), (2, '2024-03-01', '2024-03-01 00:00:00', -0.005, '', NULL)",
            )
            .await;
        let query = "SELECT id AS DOCUMENT_ID, moment AS Date, net AS net_amount, vat AS vat_number, name AS customer_name \
                     FROM invoices ORDER BY id DESC -- the latest first";
        let documents = all(server.config(query), day("2024-12-31")).await;
        let first = &documents[0];
        assert_eq!(first.id, "9007199254740993");
        assert_eq!(first.date.as_deref(), Some("2024-02-29"));
        assert_eq!(first.net.as_deref().map(|net| net.trim_end_matches('0')), Some("1234567890.125"));
        assert_eq!(first.party.vat_number.as_deref(), Some("01234567890"));
        assert_eq!(first.party.name.as_deref(), Some("Caffè 'Rosa'"));
        assert_eq!(first.fault, None);
        assert_eq!((&documents[1].party.vat_number, &documents[1].party.name), (&None, &None));
        assert_eq!(documents.len(), 2);
    }
}

#[tokio::test]
async fn pages_go_on_with_the_open_query_and_with_no_other() {
    for server in servers().await {
        server.run("CREATE TABLE numbers (n int)").await;
        server.run("INSERT INTO numbers VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)").await;
        let query = "SELECT 1000*a.n + 100*b.n + 10*c.n + d.n AS document_id, '2024-01-01' AS date, 1.5 AS net_amount, \
                     'x' AS customer_id FROM numbers a, numbers b, numbers c, numbers d";
        let source = SqlSource::new(server.config(query));
        let first = source.documents(day("2024-12-31"), None).await.unwrap();
        assert_eq!(first.items.len(), 5_000);
        let next = first.next.unwrap();
        assert!(source.resumes_at(&next));
        assert!(
            !SqlSource::new(server.config(query)).resumes_at(&next),
            "another process knows nothing of it"
        );
        let second = source.documents(day("2024-12-31"), Some(next.clone())).await.unwrap();
        assert_eq!((second.items.len(), second.next), (5_000, None));
        assert!(!source.resumes_at(&next), "it has ended");
        let mut ids: Vec<_> = first.items.iter().chain(&second.items).map(|draft| draft.id.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 10_000, "every row once");
    }
}

/// The types and values that a database keeps and a ledger should not.
#[tokio::test]
async fn what_is_no_amount_or_date_is_rejected_alone_and_says_what_it_is() {
    use sirank::domain::document::Standing;
    use sirank::domain::intake::{CurrencyRules, intake};
    for server in servers().await {
        let rows: &[(&str, &str, Option<&str>)] = match server.engine {
            Engine::PostgreSql => &[
                ("DATE '2024-01-01'", "1.5::numeric(40,30)", None),
                ("DATE '2024-01-01'", "0.1::real", None),
                ("DATE '2024-01-01'", "'NaN'::numeric", Some("NaN")),
                ("DATE '2024-01-01'", "'Infinity'::float8", Some("Infinity")),
                ("DATE '2024-01-01'", "1e30::float8", Some("1e+30")),
                ("DATE '2024-01-01'", "NULL", Some("no net amount")),
                ("DATE 'infinity'", "1", Some("infinity")),
                ("DATE '0044-03-15 BC'", "1", Some("BC")),
                ("NULL", "1", Some("no date")),
            ],
            _ => &[
                ("DATE '2024-01-01'", "CAST(1.5 AS decimal(40,30))", None),
                ("DATE '2024-01-01'", "18446744073709551615 / 10000000000", None),
                ("DATE '2024-01-01'", "TRUE", None),
                ("DATE '2024-01-01'", "18446744073709551615", Some("beyond")),
                ("DATE '2024-01-01'", "1e30", Some("plain decimal")),
                ("DATE '2024-01-01'", "NULL", Some("no net amount")),
                ("CAST(0 AS date)", "1", Some("0000-00-00")),
                ("NULL", "1", Some("no date")),
            ],
        };
        for mode in [sirank::connectors::sql::Mode::Rows, sirank::connectors::sql::Mode::Aggregated] {
            for (date, net, fault) in rows {
                let query = format!(
                    "SELECT 'd' AS document_id, {date} AS date, {net} AS net_amount, 'x' AS customer_id"
                );
                let mut config = server.config(&query);
                config.mode = mode;
                let documents = all(config, day("2024-12-31")).await;
                let [document] = &documents[..] else { panic!("{query}: {documents:?}") };
                let standing = intake(document.clone(), &CurrencyRules::default()).standing;
                match (fault, &standing) {
                    (None, Standing::Counts { .. }) => {}
                    (Some(word), Standing::Rejected { detail, .. }) if detail.contains(word) => {}
                    // In sums all of them are one, by what is wrong with them.
                    _ => panic!("{mode:?} {query}: {standing:?}"),
                }
            }
        }
    }
}

/// A text that is no day must not end the query that adds documents up.
#[tokio::test]
async fn texts_that_look_like_dates_do_not_end_the_query_of_the_sums() {
    for server in servers().await {
        server.run("CREATE TABLE days (at varchar(30))").await;
        server
            .run(
                "INSERT INTO days VALUES ('2023-02-29'), ('2024-02-29'), ('2100-02-29'), ('2000-02-29'), ('2023-04-31'), \
                 ('2023-12-31 23:59'), ('2023-13-01'), ('2023-02-28x'), ('0000-02-29')",
            )
            .await;
        let query = "SELECT at AS document_id, at AS date, 1 AS net_amount, 'x' AS customer_id FROM days";
        let mut config = server.config(query);
        config.mode = sirank::connectors::sql::Mode::Aggregated;
        let documents = all(config, day("2024-12-31")).await;
        let days: std::collections::BTreeMap<_, _> =
            documents.iter().map(|sum| (sum.date.as_deref().unwrap_or_default(), sum.stands_for)).collect();
        let expected = [("0000-02-29", 6), ("2000-02-29", 1), ("2023-12-31", 1), ("2024-02-29", 1)];
        assert_eq!(days, expected.into());
    }
}

/// A date is the one that the company's clocks show.
#[tokio::test]
async fn moments_with_a_zone_are_dates_of_the_company() {
    for server in servers().await {
        let timestamp = server.engine == Engine::PostgreSql;
        let (kind, zone) = if timestamp {
            ("timestamptz", "SET timezone = 'UTC'")
        } else {
            ("timestamp", "SET time_zone = '+00:00'")
        };
        server.run(&format!("CREATE TABLE moments (at {kind} NULL)")).await;
        if timestamp {
            server.run(&format!("{zone}; INSERT INTO moments VALUES ('2024-02-29 23:30:00')")).await;
        } else {
            use mysql_async::prelude::Queryable;
            let mut owner = server.mysql().await;
            owner.query_drop(zone).await.unwrap();
            owner.query_drop("INSERT INTO moments VALUES ('2024-02-29 23:30:00')").await.unwrap();
        }
        for mode in [sirank::connectors::sql::Mode::Rows, sirank::connectors::sql::Mode::Aggregated] {
            let query =
                "SELECT 'd' AS document_id, at AS DATE, 1 AS net_amount, 'x' AS customer_id FROM moments";
            let mut config = server.config(query);
            config.mode = mode;
            let read = SqlSource::new(config).documents(day("2024-12-31"), None).await;
            match read {
                Ok(page) => {
                    assert_eq!(page.items[0].date.as_deref().map(|date| &date[..10]), Some("2024-03-01"));
                }
                // A server whose zone tables are empty, as MariaDB's are at first.
                Err(error) => {
                    assert!(!timestamp && error.to_string().contains("zone tables"), "{error}");
                }
            }
        }
    }
}

/// PostgreSQL's `SQL_ASCII` is no encoding: anything may be in there.
#[tokio::test]
async fn bytes_that_are_no_text_do_not_end_a_reading() {
    for server in servers().await {
        let query = if server.engine == Engine::PostgreSql {
            let database = server.database();
            server
                .run(&format!(
                    "CREATE DATABASE {database}_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
                ))
                .await;
            "SELECT 'd' AS document_id, '2024-01-01' AS date, 1 AS net_amount, 'x' AS customer_id, E'Caff\\xE8' AS \
             customer_name"
        } else {
            "SELECT x'C328' AS document_id, '2024-01-01' AS date, 1 AS net_amount, 'x' AS customer_id, \
             CONVERT('Caffè' USING latin1) AS customer_name"
        };
        let mut config = server.config(query);
        if server.engine == Engine::PostgreSql {
            config.database += "_ascii";
        }
        let documents = all(config, day("2024-12-31")).await;
        let [document] = &documents[..] else { panic!("{documents:?}") };
        if server.engine == Engine::PostgreSql {
            assert_eq!(document.party.name.as_deref(), Some("Caff\u{fffd}"));
        } else {
            assert_eq!((document.id.as_str(), document.party.name.as_deref()), ("0xc328", Some("Caffè")));
        }
    }
}

#[tokio::test]
async fn one_change_dated_in_the_future_does_not_hide_later_ones() {
    for server in servers().await {
        server.run("CREATE TABLE ledger (id int, changed timestamp NULL)").await;
        server.run("INSERT INTO ledger VALUES (1, '2024-05-01 10:00:00'), (2, '2037-01-01 00:00:00')").await;
        let query = "SELECT id AS document_id, '2024-01-01' AS date, 1 AS net_amount, 'x' AS customer_id, \
                     changed AS updated_at FROM ledger WHERE changed >= :since";
        let source = SqlSource::new(server.config(query));
        let mark = source.mark(day("2024-12-31")).await.unwrap();
        assert_eq!(source.documents(day("2024-12-31"), None).await.unwrap().items.len(), 2);
        server.run("INSERT INTO ledger VALUES (3, '2024-05-02 10:00:00')").await;
        let (mut found, _) = changed(&source, &mark).await;
        found.sort_unstable();
        assert_eq!(found, ["1", "2", "3"]);
    }
}

async fn changed(source: &SqlSource, since: &Mark) -> (Vec<String>, Mark) {
    let changed = source.changed(day("2024-12-31"), since, None).await.unwrap();
    let ChangedDocuments::Page { page, mark: Some(mark) } = changed else { panic!("{changed:?}") };
    (page.items.into_iter().map(|draft| draft.id).collect(), mark)
}

#[tokio::test]
async fn only_what_has_changed_is_read_from_the_latest_change_known() {
    for server in servers().await {
        for (kind, values) in [
            ("timestamp", ["'2024-05-01 10:00:00'", "'2024-05-02 10:00:00'", "'2024-05-03 10:00:00'"]),
            ("bigint", ["7", "8", "9"]),
        ] {
            server.run("DROP TABLE IF EXISTS ledger").await;
            server.run(&format!("CREATE TABLE ledger (id int, changed {kind})")).await;
            let insert = async |id: u32, at: &str| {
                server.run(&format!("INSERT INTO ledger VALUES ({id}, {at})")).await;
            };
            insert(1, values[0]).await;
            insert(2, values[1]).await;
            let query = "SELECT id AS document_id, '2024-01-01' AS date, 1 AS net_amount, 'x' AS customer_id, \
                         changed AS updated_at FROM ledger WHERE changed >= :since OR :since IS NULL";
            let mut config = server.config(query);
            config.overlap = Duration::from_mins(1);
            let source = SqlSource::new(config.clone());
            let mark = source.mark(day("2024-12-31")).await.unwrap();
            assert_eq!(source.documents(day("2024-12-31"), None).await.unwrap().items.len(), 2);
            // Another process does not know how far that reading came: it reads all, once.
            let other = SqlSource::new(config.clone());
            assert_eq!(other.reading(), source.reading());
            assert_eq!(changed(&other, &mark).await.0.len(), 2);
            let (again, second) = changed(&source, &mark).await;
            assert_eq!(again, ["2"], "the latest one known, again");
            assert_eq!(
                changed(&source, &second).await,
                (vec!["2".to_owned()], second.clone()),
                "nothing is new"
            );
            insert(3, values[2]).await;
            let (new, third) = changed(&other, &second).await;
            assert_eq!(new, ["2", "3"]);
            assert_ne!(third, second);
            assert_eq!(changed(&other, &third).await.0, ["3"]);
        }
    }
}

#[tokio::test]
async fn a_query_without_since_is_read_whole_each_time() {
    for server in servers().await {
        let query = "SELECT '1' AS document_id, '2024-01-01' AS date, 1 AS net_amount, 'x' AS customer_id";
        let source = SqlSource::new(server.config(query));
        assert!(source.changes().is_none());
        let probe = source.probe().await.unwrap();
        assert_eq!(probe.sample.len(), 1);
        assert!(probe.identity.contains(server.database()), "{}", probe.identity);
        assert!(!probe.identity.contains("secret"));
    }
}
