//! What goes wrong with a database as a source: what its user reads, the exit code, and that nothing is lost by it.

use sirank::connectors::sql::Engine;
use sirank_mocks::hubspot::Kind;

use super::desk::Desk;
use crate::sql::servers::{Server, servers};

/// The company of the reference data that the documents are of.
const COMPANY: u64 = 1_000_001;

/// A source of the table `invoices`, as its user configures it.
fn source(server: &Server) -> String {
    let engine = if server.engine == Engine::PostgreSql { "postgresql" } else { "mysql" };
    format!(
        r#"[[accounting]]
kind = "sql"
name = "ledger"
engine = "{engine}"
host = "127.0.0.1"
port = {}
database = "{}"
user = "sirank"
password = "secret"
silence_timeout_seconds = 1
query = "SELECT id AS document_id, at AS date, net AS net_amount, vat AS vat_number FROM invoices"
"#,
        server.url.port().unwrap(),
        server.database()
    )
}

async fn insert(server: &Server, day: u32) {
    let row = format!("INSERT INTO invoices VALUES ('D{day}', '2013-11-{day:02}', 100.00, 'IT99000000010')");
    server.run(&row).await;
}

/// A portal, and a database whose three documents were read into it.
async fn read_once(server: &Server) -> Desk {
    let desk = Desk::small().await;
    server.run("CREATE TABLE invoices (id varchar(10), at date, net decimal(12,2), vat varchar(20))").await;
    for day in 1..=3 {
        insert(server, day).await;
    }
    desk.run_with(&source(server), &["backfill"]).exits(0);
    assert_eq!(revenue(&desk), "300");
    desk.crm.forget();
    desk
}

fn revenue(desk: &Desk) -> String {
    desk.crm.value(Kind::Company, COMPANY, "sirank_revenue_12m").unwrap_or_default()
}

/// Nothing was written, and the documents of the last good reading are still there.
fn nothing_is_lost(desk: &Desk, source: &str) {
    assert_eq!(desk.crm.writes().all().len(), 0);
    let explained = desk.run_with(source, &["explain", "IT99000000010"]).exits(0).out;
    for document in ["D1", "D2", "D3"] {
        assert!(explained.contains(document), "no {document} in\n{explained}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_ends_with_4_a_server_that_is_down_with_5_and_the_next_run_catches_up() {
    for server in servers().await {
        let desk = read_once(&server).await;
        let good = source(&server);
        insert(&server, 4).await;

        let wrong = good.replace("\"secret\"", "\"PLANTED-wrong\"");
        let told = desk.run_with(&wrong, &["backfill"]).exits(4).says("ledger").says("password");
        assert!(!told.err.contains("PLANTED"), "{}", told.err);
        desk.run_with(&wrong, &["check"]).exits(4).shows("password");
        nothing_is_lost(&desk, &good);

        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let down = good.replace(&server.url.port().unwrap().to_string(), &free.to_string());
        desk.run_with(&down, &["backfill"]).exits(5).says("ledger").says("cannot be reached");
        desk.run_with(&down, &["check"]).exits(5).shows("cannot be reached");
        nothing_is_lost(&desk, &good);

        desk.run_with(&good, &["backfill"]).exits(0);
        assert_eq!(revenue(&desk), "400");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_table_ends_with_5_and_is_read_when_it_is_free() {
    use mysql_async::prelude::Queryable;
    for server in servers().await {
        let desk = read_once(&server).await;
        let good = source(&server);
        insert(&server, 4).await;
        let locked = |desk: &Desk| {
            for mode in ["rows", "aggregated"] {
                let more = format!("{good}mode = \"{mode}\"\n");
                desk.run_with(&more, &["backfill"]).exits(5).says("ledger").says("locked by somebody else");
            }
        };
        if server.engine == Engine::PostgreSql {
            let owner = server.postgres().await;
            owner.batch_execute("BEGIN; LOCK TABLE invoices IN ACCESS EXCLUSIVE MODE").await.unwrap();
            locked(&desk);
        } else {
            let mut owner = server.mysql().await;
            owner.query_drop("LOCK TABLES invoices WRITE").await.unwrap();
            locked(&desk);
            owner.disconnect().await.unwrap();
        }
        nothing_is_lost(&desk, &good);
        desk.run_with(&good, &["backfill"]).exits(0);
        assert_eq!(revenue(&desk), "400");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_is_renamed_or_gone_ends_with_3_and_is_named() {
    for server in servers().await {
        let desk = read_once(&server).await;
        let good = source(&server);
        server.run("ALTER TABLE invoices RENAME COLUMN net TO imponibile").await;
        insert(&server, 4).await;
        for mode in ["rows", "aggregated"] {
            let more = format!("{good}mode = \"{mode}\"\n");
            desk.run_with(&more, &["backfill"]).exits(3).says("ledger").says("the query").says("net");
        }
        let star = good.replace(
            "SELECT id AS document_id, at AS date, net AS net_amount, vat AS vat_number FROM invoices",
            "SELECT invoices.*, id AS document_id, at AS date, vat AS vat_number FROM invoices",
        );
        desk.run_with(&star, &["backfill"])
            .exits(3)
            .says("ledger")
            .says("no column `net_amount`")
            .says("`imponibile`")
            .says("`columns`");
        desk.run_with(&star, &["check"]).exits(3).shows("no column `net_amount`");
        nothing_is_lost(&desk, &good);

        let mapped = format!("{star}[accounting.columns]\nnet_amount = \"imponibile\"\n");
        desk.run_with(&mapped, &["backfill"]).exits(0);
        assert_eq!(revenue(&desk), "400");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_the_right_to_read_ends_with_4() {
    for server in servers().await {
        let desk = read_once(&server).await;
        let good = source(&server);
        let reader = format!("reader_{}", server.database());
        if server.engine == Engine::PostgreSql {
            server.run(&format!("CREATE ROLE {reader} LOGIN PASSWORD 'secret'")).await;
        } else {
            server.run(&format!("CREATE USER {reader}@'%' IDENTIFIED BY 'secret'")).await;
            server.run("CREATE TABLE another (n int)").await;
            server.run(&format!("GRANT SELECT ON {}.another TO {reader}@'%'", server.database())).await;
        }
        let other = good.replace("\"sirank\"", &format!("\"{reader}\""));
        desk.run_with(&other, &["backfill"]).exits(4).says("ledger").says("right to SELECT");
        nothing_is_lost(&desk, &good);
    }
}

/// One bad row is shown with its column, and the others count.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_used_is_listed_and_the_rest_goes_on() {
    for server in servers().await {
        let desk = read_once(&server).await;
        let good = source(&server);
        server.run("INSERT INTO invoices VALUES ('D8', NULL, 100.00, 'IT99000000010')").await;
        insert(&server, 4).await;
        for mode in ["rows", "aggregated"] {
            let more = format!("{good}mode = \"{mode}\"\n");
            desk.run_with(&more, &["backfill"]).exits(7);
            assert_eq!(revenue(&desk), "400");
            desk.run_with(&more, &["rejected"]).exits(0).shows("there is no date");
        }
    }
}
