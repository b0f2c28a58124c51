//! A database as a source of documents.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::table::{TableColumns, TableKinds, TableSigns, TableStatuses};
use crate::settings::problem::Report;
use crate::settings::secret::{Hidden, SecretKind, SecretSource};
use crate::settings::tls;

/// A query to a database, one document a row.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct SqlSource {
    /// What the source is called, here and in reports; no other source may have the name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The VAT number of the company that issued these documents, where rows do not say it: documents of two sources are the
    /// same only where the issuer is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub seller: Option<String>,
    /// What the database is.
    pub engine: SqlEngine,
    /// The server's name or number.
    #[serde(default = "localhost")]
    #[schemars(length(min = 1))]
    pub host: String,
    /// Its port, if it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// A socket of this machine in place of host and port: for PostgreSQL the directory that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub socket: Option<PathBuf>,
    /// The database on that server.
    #[schemars(length(min = 1))]
    pub database: String,
    /// The user, who should be allowed to read and nothing else.
    #[schemars(length(min = 1))]
    pub user: String,
    /// The user's password. Better in a file of its own: `password_file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Hidden>,
    /// A file that holds nothing but the password: the way for systemd credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub password_file: Option<PathBuf>,
    /// The name of an environment variable that holds the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub password_env: Option<String>,
    /// The query: one SELECT. With `:since` in it, and a column `updated_at`, only what has changed is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub query: Option<String>,
    /// A file that holds the query, in place of `query`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub query_file: Option<PathBuf>,
    /// Whether rows are read, or sums by customer that the database computes.
    #[serde(default)]
    pub mode: SqlMode,
    /// Hours before the latest change known from which on changes are read again: for clocks that differ, and for
    /// transactions that were long under way. Of no meaning where `updated_at` is a number.
    #[serde(default = "overlap")]
    #[schemars(range(max = 8_760))]
    pub overlap_hours: u32,
    /// What `:since` is where everything is read. Without it: 1970, or 0 where it is compared with a number; SQL Server is not
    /// told which of them it is, so there a number needs "0" here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub since_start: Option<String>,
    /// Allows a connection without TLS to another machine. The invoices then cross the network in clear.
    #[serde(default)]
    pub allow_plain: bool,
    /// A PEM file with the certificates to trust instead of the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub ca_bundle: Option<PathBuf>,
    /// Encrypts, but believes any server: for old ones that sign their certificate themselves.
    #[serde(default)]
    pub trust_server_certificate: bool,
    /// Seconds until the server has let sirank in.
    #[serde(default = "connect")]
    #[schemars(range(min = 1, max = 600))]
    pub connect_timeout_seconds: u32,
    /// Seconds until the next row, the first one too; also how long a locked table is waited for.
    #[serde(default = "silence")]
    #[schemars(range(min = 1, max = 86_400))]
    pub silence_timeout_seconds: u32,
    /// Seconds that the whole query may take.
    #[serde(default = "query")]
    #[schemars(range(min = 1, max = 86_400))]
    pub query_timeout_seconds: u32,
    /// Which column holds what, upper and lower case alike.
    #[serde(default)]
    pub columns: Box<TableColumns>,
    /// Which texts of the column of kinds mean what.
    #[serde(default)]
    pub kinds: TableKinds,
    /// Which texts of the column of statuses mean what.
    #[serde(default)]
    pub statuses: TableStatuses,
    /// Which texts of the column of signs mean what.
    #[serde(default)]
    pub signs: TableSigns,
}

/// The kinds of databases that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum SqlEngine {
    /// PostgreSQL, and what speaks its protocol.
    #[serde(rename = "postgresql")]
    PostgreSql,
    /// MySQL and MariaDB.
    #[serde(rename = "mysql")]
    MySql,
    /// Microsoft SQL Server.
    #[serde(rename = "sqlserver")]
    SqlServer,
}

/// How much the database does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SqlMode {
    /// Every row is read.
    #[default]
    Rows,
    /// The database adds documents up, for ledgers too large to copy.
    Aggregated,
}

fn localhost() -> String {
    "localhost".into()
}

const fn overlap() -> u32 {
    3
}

const fn connect() -> u32 {
    15
}

const fn silence() -> u32 {
    300
}

const fn query() -> u32 {
    3_600
}

impl SqlSource {
    pub(super) fn check(&self, section: &str, report: &mut Report<'_>) {
        match (&self.query, &self.query_file) {
            (None, None) => report.add(
                &format!("{section}.query"),
                "there is no query",
                "Give it as `query`, or as `query_file` (a path)",
            ),
            (Some(_), Some(_)) => report.add(
                &format!("{section}.query_file"),
                "the query is given in 2 ways: query, query_file",
                "Keep one of them",
            ),
            _ => {}
        }
        if self.socket.is_some() && self.engine == SqlEngine::SqlServer {
            report.add(&format!("{section}.socket"), "SQL Server has no sockets", "Give `host` and `port`");
        }
        if self.mode == SqlMode::Aggregated && self.engine == SqlEngine::SqlServer {
            report.add(
                &format!("{section}.mode"),
                "SQL Server is not asked to add documents up",
                "Use mode = \"rows\"",
            );
        }
        if self.trust_server_certificate && self.ca_bundle.is_some() {
            report.add(
                &format!("{section}.trust_server_certificate"),
                "with it, `ca_bundle` is not looked at",
                "Keep one of them",
            );
        }
        self.secret(section).check(report);
        tls::check_bundle(&format!("{section}.ca_bundle"), self.ca_bundle.as_deref(), report);
        self.kinds.check(section, report);
        self.statuses.check(section, report);
        self.signs.check(section, report);
    }

    /// The query, from wherever it stands.
    pub(in crate::settings) fn query_text(&self, section: &str, report: &mut Report<'_>) -> Option<String> {
        let Some(path) = &self.query_file else { return self.query.clone() };
        let read = std::fs::read_to_string(path);
        read.inspect_err(|error| {
            report.add(
                &format!("{section}.query_file"),
                format!("cannot read {}: {error}", path.display()),
                "Check the path, and that the user that sirank runs as may read it",
            );
        })
        .ok()
    }

    /// Whether a password is given at all: on a socket a server may know the user without one.
    pub(in crate::settings) fn has_password(&self) -> bool {
        self.password.is_some() || self.password_file.is_some() || self.password_env.is_some()
    }

    pub(in crate::settings) fn secret<'a>(&'a self, section: &'a str) -> SecretSource<'a> {
        SecretSource {
            section,
            kind: SecretKind::Password,
            inline: self.password.as_ref(),
            file: self.password_file.as_deref(),
            variable: self.password_env.as_deref(),
        }
    }
}
