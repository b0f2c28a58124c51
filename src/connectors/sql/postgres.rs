//! PostgreSQL, and what speaks its protocol.

use std::error::Error as _;
use std::path::Path;
use std::pin::pin;

use futures_util::TryStreamExt;
use secrecy::ExposeSecret;
use tokio::task::AbortHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{Format, FromSql, IsNull, ToSql, Type};
use tokio_postgres::{Client, Error, NoTls, SimpleQueryMessage, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::config::{Address, Encryption, Engine, SqlConfig};
use super::failure::{self, certificate_advice};
use super::since::Since;
use super::stream::{Pages, Request, unavailable, within};
use super::tls;
use crate::ports::Trouble;

/// A connection that ends with the value.
struct Connected {
    client: Client,
    task: AbortHandle,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads the rows of a query.
pub(super) async fn read(config: &SqlConfig, request: &Request, pages: &mut Pages) -> Result<(), Trouble> {
    let connected = within(config.limits.connect, "connecting", connect(config)).await??;
    let client = &connected.client;
    let silence = config.limits.next_row();
    within(silence, "preparing the session", begin(client, config)).await??;
    let inner = request.query.sql(Engine::PostgreSql);
    let whole = format!("SELECT * FROM ({inner}) AS sirank");
    let statement = within(silence, "preparing the query", client.prepare(&whole)).await?.map_err(trouble)?;
    let names: Vec<String> = statement.columns().iter().map(|column| column.name().to_owned()).collect();
    let chosen = (request.choose)(&names)?;
    let columns = chosen.iter().map(|place| {
        // Whatever its type: the database writes it as text without loss.
        format!("CAST(sirank.{} AS text)", Engine::PostgreSql.quoted(&names[*place]))
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    let limit = request.limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
    let wanted = format!("SELECT {columns} FROM ({inner}) AS sirank{limit}");
    let statement =
        within(silence, "preparing the query", client.prepare(&wanted)).await?.map_err(trouble)?;
    let parameters = parameters(&statement, request)?;
    let rows = within(request.patience, "the query", client.query_raw(&statement, parameters))
        .await?
        .map_err(trouble)?;
    let mut rows = pin!(rows);
    let mut patience = request.patience;
    while let Some(row) = within(patience, "waiting for rows", rows.try_next()).await?.map_err(trouble)? {
        patience = silence;
        let text =
            |place| row.try_get::<_, Option<Written>>(place).map(|text| text.map(|Written(text)| text));
        let texts = (0..row.len()).map(text).collect::<Result<_, _>>().map_err(trouble)?;
        if !pages.row(texts).await {
            break;
        }
    }
    Ok(())
}

/// A moment, or a number, written as text, which the server reads as whatever type the query compares it with.
#[derive(Debug)]
struct Text(String);

impl ToSql for Text {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    tokio_postgres::types::to_sql_checked!();
}

/// A text as the server sends it. Databases of the encoding `SQL_ASCII` send whatever bytes somebody once put there: those
/// that are no UTF-8 are marked in the text, and do not end the reading.
struct Written(String);

impl<'a> FromSql<'a> for Written {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(String::from_utf8_lossy(raw).into_owned()))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TEXT
    }
}

fn parameters(statement: &Statement, request: &Request) -> Result<Vec<Text>, Trouble> {
    match statement.params() {
        [] => Ok(Vec::new()),
        [kind] if request.query.has_since() => {
            let since = match &request.since {
                Some(since) => since.clone(),
                None if is_number(kind) => Since::START_NUMBER.to_owned(),
                None => Since::START.to_owned(),
            };
            Ok(vec![Text(since)])
        }
        _ => Err(Trouble::Input(
            "the query holds a parameter ($1): the one parameter there is, is written `:since`".to_owned(),
        )),
    }
}

fn is_number(kind: &Type) -> bool {
    [Type::INT2, Type::INT4, Type::INT8, Type::NUMERIC, Type::FLOAT4, Type::FLOAT8, Type::OID].contains(kind)
}

async fn connect(config: &SqlConfig) -> Result<Connected, Trouble> {
    let mut server = tokio_postgres::Config::new();
    server.user(&config.user).dbname(&config.database).application_name("sirank");
    server.connect_timeout(config.limits.connect);
    if let Some(password) = &config.password {
        server.password(password.expose_secret());
    }
    match &config.address {
        Address::Tcp { host, port } => server.host(host).port(*port),
        Address::Socket { path, port } => server.host_path(directory(path)).port(*port),
    };
    let tls = match &config.encryption {
        Encryption::Plain => {
            server.ssl_mode(SslMode::Disable);
            let (client, connection) =
                server.connect(NoTls).await.map_err(|error| unconnected(config, &error))?;
            let task = tokio::spawn(async { drop(connection.await) }).abort_handle();
            return Ok(Connected { client, task });
        }
        Encryption::Verified(ca_bundle) => tls::verified(ca_bundle.as_deref())?,
        Encryption::Unverified => tls::unverified()?,
    };
    server.ssl_mode(SslMode::Require);
    let connecting = server.connect(MakeRustlsConnect::new(tls));
    let (client, connection) = connecting.await.map_err(|error| unconnected(config, &error))?;
    let task = tokio::spawn(async { drop(connection.await) }).abort_handle();
    Ok(Connected { client, task })
}

/// PostgreSQL's sockets are named by their directory; who gives the file means it too.
fn directory(path: &Path) -> &Path {
    let is_file = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".s.PGSQL."));
    path.parent().filter(|_| is_file).unwrap_or(path)
}

/// A session that only reads, and writes dates and numbers in one way.
async fn begin(client: &Client, config: &SqlConfig) -> Result<(), Trouble> {
    let silence = config.limits.silence.as_millis();
    let wished = [
        "SET datestyle = 'ISO, YMD'".to_owned(),
        format!("SET timezone = '{}'", config.zone.name()),
        "SET extra_float_digits = 1".to_owned(),
        format!("SET lock_timeout = {silence}"),
        format!("SET statement_timeout = {}", config.limits.query.as_millis()),
        format!("SET idle_in_transaction_session_timeout = {}", config.limits.query.as_millis()),
        // So that a query that nobody waits for any more ends by itself.
        "SET client_connection_check_interval = 10000".to_owned(),
    ];
    for setting in wished {
        // Older servers, and others that speak the protocol, do not know all of them.
        if let Err(error) = client.batch_execute(&setting).await
            && error.is_closed()
        {
            return Err(trouble(error));
        }
    }
    if is_without_encoding(client).await {
        // Else the server refuses the first byte that is no UTF-8, and the query with it.
        client.batch_execute("SET client_encoding = 'SQL_ASCII'").await.map_err(trouble)?;
    }
    client.batch_execute("START TRANSACTION READ ONLY").await.map_err(trouble)
}

/// Whether the database keeps bytes without knowing what texts they are. Who does not know the question does not.
async fn is_without_encoding(client: &Client) -> bool {
    let answer = client.simple_query("SHOW server_encoding").await.unwrap_or_default();
    answer.iter().any(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0) == Some("SQL_ASCII"),
        _ => false,
    })
}

fn unconnected(config: &SqlConfig, error: &Error) -> Trouble {
    if error.as_db_error().is_some() {
        return of_server(error);
    }
    let text = chain(error);
    certificate_advice(&text).map_or_else(
        || unavailable(format!("{} cannot be reached: {text}", config.address.shown())),
        Trouble::Configuration,
    )
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn trouble(error: Error) -> Trouble {
    of_server(&error)
}

fn of_server(error: &Error) -> Trouble {
    let Some(said) = error.as_db_error() else {
        return unavailable(format!("the connection broke: {}", chain(error)));
    };
    let hint = said.hint().map_or_else(String::new, |hint| format!(" ({hint})"));
    failure::of_state(said.code().code(), &format!("{}{hint}", said.message()))
}

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
