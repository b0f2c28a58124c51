//! Which database, which query, and how its rows are understood.

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use secrecy::SecretString;

use crate::domain::ids::SourceName;
use crate::domain::intake::CurrencyRules;
use crate::domain::table::{ColumnNames, TableRules};

/// A database as a source of documents.
#[derive(Clone, Debug)]
pub struct SqlConfig {
    /// What the source is called.
    pub name: SourceName,
    /// What speaks there.
    pub engine: Engine,
    /// Where it is.
    pub address: Address,
    /// The database there.
    pub database: String,
    /// Who reads.
    pub user: String,
    /// Their password; none where the server asks for none.
    pub password: Option<SecretString>,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// The query.
    pub query: String,
    /// What its columns are called.
    pub columns: ColumnNames,
    /// How its rows write documents.
    pub rules: TableRules,
    /// Whether the database adds documents up.
    pub mode: Mode,
    /// Whether there are other sources, whose documents cannot be found among sums.
    pub beside_others: bool,
    /// What is read again before the latest change known, where the query asks for changes.
    pub overlap: Duration,
    /// What `:since` is in a whole reading; none: the beginning of its type.
    pub since_start: Option<String>,
    /// How long what may take.
    pub limits: Limits,
    /// The zone in which moments are dates.
    pub zone: Tz,
    /// The base currency and the rates, which the database needs to add documents up.
    pub currency: CurrencyRules,
}

/// The kinds of databases that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// PostgreSQL, and what speaks its protocol.
    PostgreSql,
    /// MySQL and MariaDB.
    MySql,
    /// Microsoft SQL Server.
    SqlServer,
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A host and port.
    Tcp {
        /// The name or number.
        host: String,
        /// The port.
        port: u16,
    },
    /// A socket of this machine: the file, or for PostgreSQL the directory that it is in, with the port that it is named by.
    Socket {
        /// The path.
        path: PathBuf,
        /// The port.
        port: u16,
    },
}

/// How a connection is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all: on this machine, or because the settings allow it.
    Plain,
    /// By TLS. The certificate has to be of one of these authorities, or of the system's.
    Verified(Option<PathBuf>),
    /// By TLS, with whatever certificate the server shows.
    Unverified,
}

/// Whether the database adds documents up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Every row is read.
    Rows,
    /// Sums by customer are read, from which all figures are the same.
    Aggregated,
}

/// How long what may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until the server has let sirank in.
    pub connect: Duration,
    /// Until the next row, the first one too; also how long a locked table is waited for.
    pub silence: Duration,
    /// The whole query; the server is told.
    pub query: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            silence: Duration::from_mins(5),
            query: Duration::from_hours(1),
        }
    }
}

/// How much longer the server is listened to than it may take: it ends a wait itself, and says what it has waited for.
const GRACE: Duration = Duration::from_secs(10);

impl Limits {
    /// How long the next row is waited for.
    pub(super) fn next_row(&self) -> Duration {
        self.silence.saturating_add(GRACE)
    }

    /// How long the first row of a query is waited for that has to read everything before.
    pub(super) fn whole_query(&self) -> Duration {
        self.query.saturating_add(GRACE)
    }
}

impl Engine {
    /// The name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PostgreSql => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::SqlServer => "SQL Server",
        }
    }

    /// The port that it listens on.
    pub const fn port(self) -> u16 {
        match self {
            Self::PostgreSql => 5432,
            Self::MySql => 3306,
            Self::SqlServer => 1433,
        }
    }

    /// How a query names its only parameter.
    pub(super) const fn parameter(self) -> &'static str {
        match self {
            Self::PostgreSql => "$1",
            Self::MySql => "?",
            Self::SqlServer => "@P1",
        }
    }

    /// A name in quotes.
    pub(super) fn quoted(self, name: &str) -> String {
        match self {
            Self::PostgreSql => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::MySql => format!("`{}`", name.replace('`', "``")),
            Self::SqlServer => format!("[{}]", name.replace(']', "]]")),
        }
    }

    /// A text as a constant.
    pub(super) fn constant(self, text: &str) -> String {
        let doubled = text.replace('\'', "''");
        match self {
            Self::PostgreSql => format!("'{doubled}'"),
            // Whether a backslash escapes is a setting of the server.
            Self::MySql => format!("_utf8mb4 0x{}", hex(text)),
            Self::SqlServer => format!("N'{doubled}'"),
        }
    }
}

fn hex(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl Address {
    /// The address for people.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Tcp { host, port } => format!("{host}:{port}"),
            Self::Socket { path, .. } => path.display().to_string(),
        }
    }
}

impl SqlConfig {
    /// The database for people: no password in it.
    pub(super) fn shown(&self) -> String {
        format!("{} {}/{}", self.engine.name(), self.address.shown(), self.database)
    }
}
