//! Settings become a query to a database.

use std::time::Duration;

use secrecy::SecretString;

use super::Context;
use super::table::{column_names, kinds, signs, statuses};
use crate::connectors::sql::{Address, Encryption, Engine, Limits, Mode, SqlConfig, is_loopback};
use crate::domain::table::TableRules;
use crate::settings::accounting::{SqlEngine, SqlMode, SqlSource};

impl Context {
    pub(super) fn sql(
        &self,
        settings: SqlSource,
        query: String,
        password: Option<SecretString>,
    ) -> SqlConfig {
        let engine = match settings.engine {
            SqlEngine::PostgreSql => Engine::PostgreSql,
            SqlEngine::MySql => Engine::MySql,
            SqlEngine::SqlServer => Engine::SqlServer,
        };
        let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
        let port = settings.port.unwrap_or(engine.port());
        let encryption = encryption(&settings);
        SqlConfig {
            name: settings.name.as_str().into(),
            engine,
            address: match settings.socket {
                Some(path) => Address::Socket { path, port },
                None => Address::Tcp { host: settings.host, port },
            },
            database: settings.database,
            user: settings.user,
            password,
            encryption,
            query,
            columns: column_names(&settings.columns),
            rules: TableRules {
                kinds: kinds(settings.kinds),
                statuses: statuses(settings.statuses),
                signs: signs(settings.signs),
                ..TableRules::default()
            },
            mode: match settings.mode {
                SqlMode::Rows => Mode::Rows,
                SqlMode::Aggregated => Mode::Aggregated,
            },
            beside_others: self.settings().accounting.len() > 1,
            overlap: Duration::from_hours(u64::from(settings.overlap_hours)),
            since_start: settings.since_start,
            limits: Limits {
                connect: seconds(settings.connect_timeout_seconds),
                silence: seconds(settings.silence_timeout_seconds),
                query: seconds(settings.query_timeout_seconds),
            },
            zone: self.settings().zone(),
            currency: self.policy.currency.clone(),
        }
    }
}

/// TLS wherever others could listen; on this machine only where the settings speak of certificates.
fn encryption(settings: &SqlSource) -> Encryption {
    let local = settings.socket.is_some() || is_loopback(&settings.host);
    if settings.trust_server_certificate {
        Encryption::Unverified
    } else if settings.ca_bundle.is_some() || !(local || settings.allow_plain) {
        Encryption::Verified(settings.ca_bundle.clone())
    } else {
        Encryption::Plain
    }
}
