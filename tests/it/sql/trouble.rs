//! What goes wrong with databases, and what is said of it.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use sirank::connectors::sql::{Address, Engine, SqlConfig, SqlSource};
use sirank::ports::{InvoiceSource, Trouble};

use super::day;
use super::servers::{Server, servers};

const QUERY: &str =
    "SELECT id AS document_id, at AS date, net AS net_amount, 'x' AS customer_id FROM invoices";

async fn table(server: &Server) {
    server.run("CREATE TABLE invoices (id int, at date, net decimal(10,2))").await;
    server.run("INSERT INTO invoices VALUES (1, '2024-01-01', 1.00)").await;
}

async fn trouble(config: SqlConfig) -> Trouble {
    let source = SqlSource::new(config);
    let probed = source.probe().await.unwrap_err();
    let read = source.documents(day("2024-12-31"), None).await.unwrap_err();
    assert_eq!(probed.trouble, read.trouble, "check and run say the same");
    assert!(!read.to_string().contains("secret"), "{read}");
    read.trouble
}

#[tokio::test]
async fn a_wrong_password_a_database_that_is_not_there_and_a_server_that_is_down() {
    for server in servers().await {
        table(&server).await;
        let wrong = SqlConfig { password: Some("wrong".into()), ..server.config(QUERY) };
        let said = trouble(wrong).await;
        assert!(matches!(&said, Trouble::Unauthorized(text) if text.contains("password")), "{said:?}");
        let nowhere = SqlConfig { database: "nowhere".to_owned(), ..server.config(QUERY) };
        let said = trouble(nowhere).await;
        assert!(matches!(&said, Trouble::Configuration(text) if text.contains("database")), "{said:?}");
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = Address::Tcp { host: "127.0.0.1".to_owned(), port: free.port() };
        let said = trouble(SqlConfig { address, ..server.config(QUERY) }).await;
        assert!(
            matches!(&said, Trouble::Unavailable { message, .. } if message.contains("reached")),
            "{said:?}"
        );
        let encrypted = SqlConfig {
            encryption: sirank::connectors::sql::Encryption::Verified(None),
            ..server.config(QUERY)
        };
        if server.engine == Engine::PostgreSql {
            let said = trouble(encrypted).await;
            assert!(
                matches!(&said, Trouble::Configuration(text) if text.contains("allow_plain")),
                "{said:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_query_is_said_with_the_columns_that_are_there() {
    for server in servers().await {
        table(&server).await;
        let input = async |query: &str, word: &str| {
            let said = trouble(server.config(query)).await;
            assert!(matches!(&said, Trouble::Input(text) if text.contains(word)), "{query}: {said:?}");
        };
        input(
            "SELECT id AS document_id, at AS data, net AS net_amount, 'x' AS customer_id FROM invoices",
            "`data`",
        )
        .await;
        input("SELECT gone FROM invoices", "gone").await;
        input("SELECT * FROM nowhere", "nowhere").await;
        input("SELECT id FROM", "the query").await;
        input("DELETE FROM invoices", "DELETE").await;
        input("SELECT 1; SELECT 2", "more than one").await;
        input("SELECT id AS document_id, at AS date, 1 AS net_amount, 'x' AS customer_id FROM invoices WHERE id > :since", "updated_at").await;
        let mut renamed = server.config(QUERY);
        renamed.columns = sirank::domain::table::ColumnNames::new(|column| match column {
            sirank::domain::table::Column::Currency => "valuta".to_owned(),
            other => other.name().to_owned(),
        });
        let said = trouble(renamed).await;
        assert!(
            matches!(&said, Trouble::Input(text) if text.contains("`valuta`") && text.contains("`net_amount`")),
            "{said:?}"
        );
    }
}

#[tokio::test]
async fn a_function_that_writes_is_refused_by_the_database() {
    for server in servers().await {
        table(&server).await;
        let body = if server.engine == Engine::PostgreSql {
            "CREATE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM invoices; SELECT 1'"
        } else {
            "CREATE FUNCTION wipe() RETURNS int BEGIN DELETE FROM invoices; RETURN 1; END"
        };
        server.run(body).await;
        let query =
            "SELECT wipe() AS document_id, at AS date, net AS net_amount, 'x' AS customer_id FROM invoices";
        let said = trouble(server.config(query)).await;
        assert!(matches!(&said, Trouble::Input(text) if text.contains("more than read")), "{said:?}");
        assert_eq!(super::all(server.config(QUERY), day("2024-12-31")).await.len(), 1, "nothing was deleted");
    }
}

#[tokio::test]
async fn a_locked_table_is_waited_for_and_then_said_to_be_locked() {
    for server in servers().await {
        table(&server).await;
        let mut config = server.config(QUERY);
        config.limits.silence = Duration::from_secs(2);
        let said = if server.engine == Engine::PostgreSql {
            let owner = server.postgres().await;
            owner.batch_execute("BEGIN; LOCK TABLE invoices IN ACCESS EXCLUSIVE MODE").await.unwrap();
            trouble(config).await
        } else {
            let mut owner = server.mysql().await;
            owner.query_drop("LOCK TABLES invoices WRITE").await.unwrap();
            trouble(config).await
        };
        assert!(
            matches!(&said, Trouble::Unavailable { message, .. } if message.contains("locked")),
            "{said:?}"
        );
    }
}

#[tokio::test]
async fn a_query_that_breaks_off_is_begun_anew() {
    for server in servers().await {
        server.run("CREATE TABLE numbers (n int)").await;
        server.run("INSERT INTO numbers VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)").await;
        let query = "SELECT a.n AS document_id, '2024-01-01' AS date, 1.5 AS net_amount, 'a customer with a long name, so \
                     that no buffer holds all rows' AS customer_id FROM numbers a, numbers b, numbers c, numbers d, \
                     numbers e, numbers f";
        let source = SqlSource::new(server.config(query));
        let mut next = source.documents(day("2024-12-31"), None).await.unwrap().next;
        if server.engine == Engine::PostgreSql {
            server
                .run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                         WHERE datname = current_database() AND application_name = 'sirank'",
                )
                .await;
        } else {
            let mut owner = server.mysql().await;
            let select = format!(
                "SELECT id FROM information_schema.processlist WHERE db = '{}' AND id <> CONNECTION_ID()",
                server.database()
            );
            for id in owner.query::<u64, _>(select).await.unwrap() {
                owner.query_drop(format!("KILL {id}")).await.unwrap();
            }
        }
        let broken = loop {
            match source.documents(day("2024-12-31"), next.clone()).await {
                Ok(page) => next = page.next,
                Err(error) => break error,
            }
            assert!(next.is_some(), "it came to its end");
        };
        assert!(matches!(broken.trouble, Trouble::Unavailable { .. }), "{broken}");
        let next = next.unwrap();
        assert!(!source.resumes_at(&next), "an end that was not reached is not gone on from");
        assert_eq!(source.documents(day("2024-12-31"), None).await.unwrap().items.len(), 5_000);
    }
}
