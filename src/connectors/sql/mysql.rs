//! MySQL and MariaDB.

use std::fmt::Write as _;

use chrono::DateTime;
use chrono_tz::Tz;
use mysql_async::consts::ColumnType;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, OptsBuilder, Params, SslOpts, Value};
use secrecy::ExposeSecret;

use super::config::{Address, Encryption, Engine, SqlConfig};
use super::failure::{self, certificate_advice};
use super::since::Since;
use super::stream::{Pages, Request, unavailable, within};
use crate::domain::table::Column;
use crate::ports::Trouble;

/// Reads the rows of a query.
pub(super) async fn read(config: &SqlConfig, request: &Request, pages: &mut Pages) -> Result<(), Trouble> {
    let silence = config.limits.next_row();
    let connecting = within(config.limits.connect, "connecting", Conn::new(options(config)));
    let mut connection = connecting.await?.map_err(|error| unconnected(config, &error))?;
    within(silence, "preparing the session", begin(&mut connection, config)).await??;
    let inner = request.query.sql(Engine::MySql);
    let whole = format!("SELECT * FROM ({inner}) AS sirank");
    let statement = within(silence, "preparing the query", connection.prep(whole)).await?.map_err(trouble)?;
    let found = statement.columns();
    let names: Vec<String> = found.iter().map(|column| column.name_str().into_owned()).collect();
    let chosen = (request.choose)(&names)?;
    let date = chosen.iter().map(|place| &found[*place]).find(|column| {
        column.column_type() == ColumnType::MYSQL_TYPE_TIMESTAMP
            && column.name_str().to_lowercase() == config.columns.of(Column::Date).to_lowercase()
    });
    if let Some(date) = date {
        let checking = within(silence, "preparing the session", is_in_zone(&mut connection, config.zone));
        if !checking.await?? {
            return Err(unknown_zone(&date.name_str(), config.zone));
        }
    }
    let columns = chosen.iter().map(|place| format!("sirank.{}", Engine::MySql.quoted(&names[*place])));
    let columns = columns.collect::<Vec<_>>().join(", ");
    let limit = request.limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
    let wanted = format!("SELECT {columns} FROM ({inner}) AS sirank{limit}");
    let statement =
        within(silence, "preparing the query", connection.prep(wanted)).await?.map_err(trouble)?;
    let since = within(silence, "preparing the query", since(&mut connection, config, request)).await??;
    let parameters = parameters(request, since);
    let sent = within(request.patience, "the query", connection.exec_iter(statement, parameters)).await?;
    let mut rows = sent.map_err(trouble)?;
    let mut patience = request.patience;
    while let Some(row) = within(patience, "waiting for rows", rows.next()).await?.map_err(trouble)? {
        patience = silence;
        if !pages.row(row.unwrap().into_iter().map(text).collect()).await {
            break;
        }
    }
    Ok(())
}

/// From where on the query asks for changes; none where it does not ask. MySQL does not say what a parameter is compared
/// with, and takes a moment for its year where that is a number: the beginning is that of the column of changes.
async fn since(
    connection: &mut Conn,
    config: &SqlConfig,
    request: &Request,
) -> Result<Option<String>, Trouble> {
    if !request.query.has_since() || request.since.is_some() {
        return Ok(request.since.clone().filter(|_| request.query.has_since()));
    }
    let own = request.query.without_surroundings().sql(Engine::MySql);
    let statement = connection.prep(format!("SELECT * FROM ({own}) AS sirank")).await.map_err(trouble)?;
    let name = config.columns.of(Column::UpdatedAt).to_lowercase();
    let found = statement.columns();
    let changes = found.iter().find(|column| column.name_str().to_lowercase() == name);
    let is_number = changes.is_some_and(|column| is_number(column.column_type()));
    Ok(Some(if is_number { Since::START_NUMBER } else { Since::START }.to_owned()))
}

fn is_number(kind: ColumnType) -> bool {
    use ColumnType::{
        MYSQL_TYPE_DECIMAL, MYSQL_TYPE_DOUBLE, MYSQL_TYPE_FLOAT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG,
        MYSQL_TYPE_LONGLONG, MYSQL_TYPE_NEWDECIMAL, MYSQL_TYPE_SHORT, MYSQL_TYPE_TINY,
    };
    matches!(
        kind,
        MYSQL_TYPE_DECIMAL
            | MYSQL_TYPE_DOUBLE
            | MYSQL_TYPE_FLOAT
            | MYSQL_TYPE_INT24
            | MYSQL_TYPE_LONG
            | MYSQL_TYPE_LONGLONG
            | MYSQL_TYPE_NEWDECIMAL
            | MYSQL_TYPE_SHORT
            | MYSQL_TYPE_TINY
    )
}

fn parameters(request: &Request, since: Option<String>) -> Params {
    let Some(since) = since else { return Params::Empty };
    let value = match Since::read(&since) {
        Some(Since::Number(number)) => i64::try_from(number).map_or_else(|_| since.into(), Value::from),
        _ => since.into(),
    };
    Params::Positional(vec![value; request.query.places()])
}

/// A value as text, without loss; a date of zeros stays one, for the intake to reject.
fn text(value: Value) -> Option<String> {
    Some(match value {
        Value::NULL => return None,
        // Texts come as UTF-8, whatever the column's encoding, so other bytes are no text: ids are often kept in binary.
        Value::Bytes(bytes) => String::from_utf8(bytes).unwrap_or_else(|error| hex(error.as_bytes())),
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Date(year, month, day, 0, 0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        Value::Date(year, month, day, hour, minute, second, micros) => {
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06}")
        }
        Value::Time(negative, days, hours, minutes, seconds, micros) => {
            let sign = if negative { "-" } else { "" };
            format!("{sign}{:02}:{minutes:02}:{seconds:02}.{micros:06}", days * 24 + u32::from(hours))
        }
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("0x".to_owned(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn options(config: &SqlConfig) -> OptsBuilder {
    let options = OptsBuilder::default()
        .user(Some(&config.user))
        .pass(config.password.as_ref().map(ExposeSecret::expose_secret))
        .db_name(Some(&config.database))
        // A socket that the server tells of would be another way than the settings name.
        .prefer_socket(false)
        .stmt_cache_size(0)
        .tcp_nodelay(true);
    let options = match &config.address {
        Address::Tcp { host, port } => options.ip_or_hostname(host).tcp_port(*port),
        Address::Socket { path, .. } => options.socket(Some(path.display().to_string())),
    };
    let tls = match &config.encryption {
        Encryption::Plain => return options,
        // Without a bundle the driver brings the authorities that browsers trust.
        Encryption::Verified(None) => SslOpts::default(),
        Encryption::Verified(Some(bundle)) => {
            SslOpts::default().with_root_certs(vec![bundle.clone().into()]).with_disable_built_in_roots(true)
        }
        Encryption::Unverified => {
            SslOpts::default().with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true)
        }
    };
    options.ssl_opts(Some(tls))
}

/// A session that only reads.
async fn begin(connection: &mut Conn, config: &SqlConfig) -> Result<(), Trouble> {
    let seconds = config.limits.silence.as_secs().max(1);
    let query = config.limits.query;
    let wished = [
        "SET NAMES utf8mb4".to_owned(),
        format!("SET SESSION lock_wait_timeout = {seconds}"),
        format!("SET SESSION innodb_lock_wait_timeout = {seconds}"),
        // While a page is stored nobody takes rows: the server must not take that for a client that is gone.
        format!("SET SESSION net_write_timeout = {}", query.as_secs().max(60)),
        // MariaDB's name for it, in seconds, and MySQL's, in milliseconds.
        format!("SET SESSION max_statement_time = {}", query.as_secs()),
        format!("SET SESSION max_execution_time = {}", query.as_millis()),
        format!("SET SESSION time_zone = '{}'", config.zone.name()),
    ];
    for setting in wished {
        // Each server knows some of them, and zones by name only where their tables were filled.
        if let Err(error) = connection.query_drop(setting).await
            && error.is_fatal()
        {
            return Err(trouble(error));
        }
    }
    connection.query_drop("START TRANSACTION READ ONLY").await.map_err(trouble)
}

/// Whether the session shows moments as the clocks of the zone do, in winter and in summer.
async fn is_in_zone(connection: &mut Conn, zone: Tz) -> Result<bool, Trouble> {
    const MOMENTS: [i64; 2] = [1_704_067_200, 1_719_792_000];
    let [winter, summer] = MOMENTS.map(|moment| format!("CAST(FROM_UNIXTIME({moment}) AS CHAR)"));
    let asked = connection.query_first(format!("SELECT {winter}, {summer}")).await.map_err(trouble)?;
    let Some::<(String, String)>((winter, summer)) = asked else { return Ok(false) };
    let mut shown = MOMENTS.iter().zip([winter, summer]);
    Ok(shown.all(|(moment, shown)| {
        let clock = DateTime::from_timestamp(*moment, 0).map(|moment| moment.with_timezone(&zone));
        clock.is_some_and(|clock| shown.starts_with(&clock.format("%Y-%m-%d %H:%M:%S").to_string()))
    }))
}

fn unknown_zone(column: &str, zone: Tz) -> Trouble {
    Trouble::Configuration(format!(
        "the column `{column}` holds moments (TIMESTAMP), and the server does not know the zone {zone}, so some would get \
         the date of the day before or after. Fill the server's time zone tables (mysql_tzinfo_to_sql), or make a date of \
         the column in the query"
    ))
}

fn unconnected(config: &SqlConfig, error: &Error) -> Trouble {
    if let Error::Server(said) = error {
        return failure::of_mysql(said.code, &said.message);
    }
    let text = error.to_string();
    certificate_advice(&text).map_or_else(
        || unavailable(format!("{} cannot be reached: {text}", config.address.shown())),
        Trouble::Configuration,
    )
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn trouble(error: Error) -> Trouble {
    match &error {
        Error::Server(said) => failure::of_mysql(said.code, &said.message),
        Error::Driver(
            mysql_async::DriverError::StmtParamsMismatch { .. } | mysql_async::DriverError::MixedParams,
        ) => Trouble::Input(
            "the query holds a parameter: the one parameter there is, is written `:since`".to_owned(),
        ),
        other => unavailable(format!("the connection broke: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_texts_without_loss() {
        let texts = [
            (Value::NULL, None),
            (Value::Bytes(b"1234567890123456.78".to_vec()), Some("1234567890123456.78")),
            (Value::Bytes("Caffè".into()), Some("Caffè")),
            (Value::Bytes(vec![0xC3, 0x28]), Some("0xc328")),
            (Value::Int(-7), Some("-7")),
            (Value::UInt(u64::MAX), Some("18446744073709551615")),
            (Value::Double(0.1), Some("0.1")),
            (Value::Double(1e22), Some("10000000000000000000000")),
            (Value::Date(2024, 2, 29, 0, 0, 0, 0), Some("2024-02-29")),
            (Value::Date(2024, 2, 29, 23, 59, 1, 5), Some("2024-02-29 23:59:01.000005")),
            (Value::Date(0, 0, 0, 0, 0, 0, 0), Some("0000-00-00")),
        ];
        for (value, expected) in texts {
            assert_eq!(text(value).as_deref(), expected);
        }
    }
}
