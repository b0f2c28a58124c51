//! The servers that `tests/databases/run start` gives, each test with a database of its own.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mysql_async::prelude::Queryable;
use sirank::connectors::sql::{Address, Encryption, Engine, Limits, Mode, SqlConfig};
use sirank::domain::intake::CurrencyRules;
use sirank::domain::table::{ColumnNames, TableRules};
use url::Url;

/// A database of one test's own.
pub(crate) struct Server {
    pub(crate) engine: Engine,
    pub(crate) url: Url,
}

/// Both servers, as far as they are there.
pub(crate) async fn servers() -> Vec<Server> {
    let mut servers = Vec::new();
    servers.extend(server(Engine::PostgreSql).await);
    servers.extend(server(Engine::MySql).await);
    servers
}

/// One server with a fresh database; none (and a line that says so) where it is absent.
pub(crate) async fn server(engine: Engine) -> Option<Server> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let (variable, name) = if engine == Engine::PostgreSql {
        ("SIRANK_TEST_POSTGRES", "PostgreSQL")
    } else {
        ("SIRANK_TEST_MARIADB", "MariaDB")
    };
    let Some(url) = std::env::var_os(variable) else {
        println!("skipped: no {name}; tests/databases/run starts one");
        return None;
    };
    let url: Url = url.to_str().unwrap().parse().unwrap();
    let admin = Server { engine, url: url.clone() };
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let database = format!("sirank_{}_{number}", std::process::id());
    admin.run(&format!("CREATE DATABASE {database}")).await;
    let mut url = url;
    url.set_path(&database);
    Some(Server { engine, url })
}

impl Server {
    pub(crate) fn database(&self) -> &str {
        self.url.path().trim_start_matches('/')
    }

    pub(crate) async fn postgres(&self) -> tokio_postgres::Client {
        let (client, connection) =
            tokio_postgres::connect(self.url.as_str(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    pub(crate) async fn mysql(&self) -> mysql_async::Conn {
        mysql_async::Conn::new(mysql_async::Opts::from_url(self.url.as_str()).unwrap()).await.unwrap()
    }

    /// Runs a statement.
    pub(crate) async fn run(&self, sql: &str) {
        if self.engine == Engine::PostgreSql {
            self.postgres().await.batch_execute(sql).await.unwrap();
        } else {
            let mut connection = self.mysql().await;
            connection.query_drop(sql).await.unwrap();
            connection.disconnect().await.unwrap();
        }
    }

    /// A source of this database.
    pub(crate) fn config(&self, query: &str) -> SqlConfig {
        SqlConfig {
            name: "ledger".into(),
            engine: self.engine,
            address: Address::Tcp { host: "127.0.0.1".to_owned(), port: self.url.port().unwrap() },
            database: self.database().to_owned(),
            user: "sirank".to_owned(),
            password: Some("secret".into()),
            encryption: Encryption::Plain,
            query: query.to_owned(),
            columns: ColumnNames::default(),
            rules: TableRules::default(),
            mode: Mode::Rows,
            beside_others: false,
            overlap: Duration::ZERO,
            since_start: None,
            limits: Limits::default(),
            zone: chrono_tz::Europe::Rome,
            currency: CurrencyRules::default(),
        }
    }
}
