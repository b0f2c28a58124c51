//! Microsoft SQL Server.
//!
//! Tests play its side of the protocol (login, a result, errors), without TLS; no real server has been read. Unproven are
//! TLS and its certificates, named instances, login by Windows, the comparison of `:since` with `datetime` and `rowversion`,
//! and how the driver behaves where a server stops in the middle of a result.
//!
//! It has no derived table that keeps every query whole (an ORDER BY may not stand in one) and no transaction that only
//! reads. So the query runs as it stands, told as one that only reads (`ApplicationIntent=ReadOnly`), in a transaction that
//! is never committed.

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use futures_util::TryStreamExt;
use secrecy::ExposeSecret;
use tiberius::error::Error;
use tiberius::{AuthMethod, Client, ColumnData, Config, EncryptionLevel, FromSql, QueryItem, ToSql};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

use super::config::{Address, Encryption, Engine, SqlConfig};
use super::failure::{self, certificate_advice};
use super::since::Since;
use super::stream::{Pages, Request, unavailable, within};
use crate::ports::Trouble;

type Connection = Client<Compat<TcpStream>>;

/// How often a server may send sirank on to another one.
const REDIRECTIONS: usize = 3;

/// Reads the rows of a query.
pub(super) async fn read(config: &SqlConfig, request: &Request, pages: &mut Pages) -> Result<(), Trouble> {
    let silence = config.limits.next_row();
    let mut client = within(config.limits.connect, "connecting", Box::pin(connect(config))).await??;
    within(silence, "preparing the session", begin(&mut client, config)).await??;
    let since = since(request);
    let parameters: Vec<&dyn ToSql> =
        if request.query.has_since() { vec![since.as_ref()] } else { Vec::new() };
    let sql = request.query.sql(Engine::SqlServer);
    let mut rows =
        within(request.patience, "the query", client.query(sql, &parameters)).await?.map_err(trouble)?;
    let mut chosen: Option<Vec<usize>> = None;
    let mut patience = request.patience;
    while let Some(item) = within(patience, "waiting for rows", rows.try_next()).await?.map_err(trouble)? {
        patience = silence;
        match item {
            QueryItem::Metadata(metadata) if chosen.is_none() => {
                let names: Vec<String> =
                    metadata.columns().iter().map(|column| column.name().to_owned()).collect();
                chosen = Some((request.choose)(&names)?);
            }
            QueryItem::Metadata(_) => {
                return Err(Trouble::Input("the query has more than one result".to_owned()));
            }
            QueryItem::Row(row) => {
                let mut texts: Vec<Option<String>> = Vec::new();
                for (column, data) in row.cells() {
                    let is_money = matches!(
                        column.column_type(),
                        tiberius::ColumnType::Money | tiberius::ColumnType::Money4
                    );
                    texts.push(text(data, is_money, config.zone)?);
                }
                let places = chosen.as_deref().unwrap_or_default();
                let wanted = places.iter().map(|place| texts.get(*place).cloned().flatten()).collect();
                if !pages.row(wanted).await {
                    return Ok(());
                }
            }
        }
    }
    if chosen.is_none() {
        return Err(Trouble::Input("the query has no result".to_owned()));
    }
    Ok(())
}

/// What `:since` is, in the type that its text has: SQL Server reads moments in texts by the language of the user.
fn since(request: &Request) -> Box<dyn ToSql> {
    let text = request.since.as_deref().unwrap_or(Since::START);
    match Since::read(text) {
        Some(Since::Number(number)) => Box::new(i64::try_from(number).unwrap_or(i64::MAX)),
        Some(Since::Moment(moment)) => Box::new(moment),
        Some(Since::Instant(moment)) => Box::new(moment),
        None => Box::new(text.to_owned()),
    }
}

/// A value as text, without loss.
fn text(data: &ColumnData<'static>, is_money: bool, zone: Tz) -> Result<Option<String>, Trouble> {
    let malformed = |error: Error| Trouble::Malformed(format!("a value of the query: {error}"));
    Ok(match data {
        ColumnData::U8(value) => value.map(|value| value.to_string()),
        ColumnData::I16(value) => value.map(|value| value.to_string()),
        ColumnData::I32(value) => value.map(|value| value.to_string()),
        ColumnData::I64(value) => value.map(|value| value.to_string()),
        ColumnData::F32(value) => value.map(|value| value.to_string()),
        // The driver reads money, which has four decimals, as a float: they are its own up to some hundred billions.
        ColumnData::F64(value) if is_money => value.map(|value| format!("{value:.4}")),
        ColumnData::F64(value) => value.map(|value| value.to_string()),
        ColumnData::Bit(value) => value.map(|value| u8::from(value).to_string()),
        ColumnData::String(value) => value.as_ref().map(ToString::to_string),
        ColumnData::Guid(value) => value.map(|value| value.to_string()),
        ColumnData::Binary(value) => value.as_ref().map(|bytes| binary(bytes)),
        ColumnData::Numeric(value) => value.map(|value| decimal(value.value(), value.scale())),
        ColumnData::Xml(value) => value.as_ref().map(ToString::to_string),
        ColumnData::DateTime(_) | ColumnData::SmallDateTime(_) | ColumnData::DateTime2(_) => {
            let moment = NaiveDateTime::from_sql(data).map_err(malformed)?;
            moment.map(|moment| moment.format("%Y-%m-%d %H:%M:%S%.6f").to_string())
        }
        ColumnData::Date(_) => NaiveDate::from_sql(data).map_err(malformed)?.map(|day| day.to_string()),
        ColumnData::DateTimeOffset(_) => {
            let moment = chrono::DateTime::<chrono::FixedOffset>::from_sql(data).map_err(malformed)?;
            // Its date is the one that the company's clocks show, whichever zone it was written in.
            let moment = moment.map(|moment| moment.with_timezone(&zone));
            moment.map(|moment| moment.format("%Y-%m-%d %H:%M:%S%.6f%:z").to_string())
        }
        ColumnData::Time(value) => value.map(|value| format!("{value:?}")),
    })
}

/// A row version, or another short binary value, as the number that it counts; longer ones as they are written.
fn binary(bytes: &[u8]) -> String {
    if let Ok(version) = <[u8; 8]>::try_from(bytes) {
        return u64::from_be_bytes(version).to_string();
    }
    bytes.iter().fold("0x".to_owned(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A decimal of up to 38 digits.
fn decimal(value: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, parts) = digits.split_at(digits.len() - scale);
    let sign = if value < 0 { "-" } else { "" };
    if parts.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{parts}") }
}

async fn connect(config: &SqlConfig) -> Result<Connection, Trouble> {
    let Address::Tcp { host, port } = &config.address else {
        return Err(Trouble::Configuration("SQL Server is reached by `host` and `port`".to_owned()));
    };
    let (mut host, mut port) = (host.clone(), *port);
    for _ in 0..REDIRECTIONS {
        let unreachable =
            |error: &dyn std::fmt::Display| unavailable(format!("{host}:{port} cannot be reached: {error}"));
        let socket = TcpStream::connect((host.as_str(), port)).await.map_err(|error| unreachable(&error))?;
        socket.set_nodelay(true).map_err(|error| unreachable(&error))?;
        match Box::pin(Client::connect(options(config, &host, port)?, socket.compat_write())).await {
            Ok(client) => return Ok(client),
            Err(Error::Routing { host: to, port: at }) => (host, port) = (to, at),
            Err(Error::Server(said)) => return Err(failure::of_sqlserver(said.code(), said.message())),
            Err(error) => {
                let text = error.to_string();
                let advice = certificate_advice(&text).map(Trouble::Configuration);
                return Err(advice.unwrap_or_else(|| unreachable(&text)));
            }
        }
    }
    Err(unavailable(format!("{host}:{port} sends on to another server again and again")))
}

fn options(config: &SqlConfig, host: &str, port: u16) -> Result<Config, Trouble> {
    let mut options = Config::new();
    options.host(host);
    options.port(port);
    options.database(&config.database);
    options.application_name("sirank");
    options.readonly(true);
    options.lossy_utf16_decoding(true);
    let password = config.password.as_ref().map_or("", ExposeSecret::expose_secret);
    options.authentication(AuthMethod::sql_server(&config.user, password));
    match &config.encryption {
        Encryption::Plain => options.encryption(EncryptionLevel::NotSupported),
        Encryption::Verified(bundle) => {
            options.encryption(EncryptionLevel::Required);
            if let Some(path) = bundle {
                let read = std::fs::read(path);
                let unreadable =
                    |error| Trouble::Configuration(format!("ca_bundle {}: {error}", path.display()));
                options.trust_cert_ca_bundle(read.map_err(unreadable)?);
            }
        }
        Encryption::Unverified => {
            options.encryption(EncryptionLevel::Required);
            options.trust_cert();
        }
    }
    Ok(options)
}

async fn begin(client: &mut Connection, config: &SqlConfig) -> Result<(), Trouble> {
    let setting = format!("SET LOCK_TIMEOUT {}; BEGIN TRANSACTION", config.limits.silence.as_millis());
    let answer = client.simple_query(setting).await.map_err(trouble)?;
    answer.into_results().await.map_err(trouble).map(drop)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn trouble(error: Error) -> Trouble {
    match &error {
        Error::Server(said) => failure::of_sqlserver(said.code(), said.message()),
        other => unavailable(format!("the connection broke: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_texts_without_loss() {
        let text = |data: ColumnData<'static>| super::text(&data, false, Tz::Europe__Rome).unwrap();
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(123_456, 2), "1234.56");
        assert_eq!(decimal(7, 0), "7");
        let most = 10_i128.pow(38) - 1;
        assert_eq!(decimal(most, 38), format!("0.{}", "9".repeat(38)));
        assert_eq!(
            super::text(&ColumnData::F64(Some(1234.5)), true, Tz::UTC).unwrap().as_deref(),
            Some("1234.5000")
        );
        assert_eq!(
            super::text(&ColumnData::F64(Some(0.1)), true, Tz::UTC).unwrap().as_deref(),
            Some("0.1000")
        );
        assert_eq!(text(ColumnData::F64(Some(0.1))).as_deref(), Some("0.1"));
        assert_eq!(text(ColumnData::I64(None)), None);
        assert_eq!(text(ColumnData::Bit(Some(true))).as_deref(), Some("1"));
        assert_eq!(text(ColumnData::String(Some("0042".into()))).as_deref(), Some("0042"));
        let version = ColumnData::Binary(Some(vec![0, 0, 0, 0, 0, 0, 7, 209].into()));
        assert_eq!(text(version).as_deref(), Some("2001"));
        let moment = tiberius::time::DateTime::new(45_349, 300);
        assert_eq!(text(ColumnData::DateTime(Some(moment))).as_deref(), Some("2024-02-29 00:00:01.000000"));
        let day = tiberius::time::Date::new(738_944);
        let time = tiberius::time::Time::new(u64::from(23 * 3_600 + 1_800_u32), 0);
        let moment = tiberius::time::DateTimeOffset::new(tiberius::time::DateTime2::new(day, time), 0);
        let in_rome = text(ColumnData::DateTimeOffset(Some(moment)));
        assert_eq!(in_rome.as_deref(), Some("2024-03-01 00:30:00.000000+01:00"));
    }
}
