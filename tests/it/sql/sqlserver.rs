//! SQL Server, as far as its protocol can be played here: a server that knows the packets of a login, a batch and one
//! result. Written from the description of TDS; no real server was asked.

use sirank::connectors::sql::{Address, Encryption, Engine, Limits, Mode, SqlConfig, SqlSource};
use sirank::domain::intake::CurrencyRules;
use sirank::domain::table::{ColumnNames, TableRules};
use sirank::ports::{InvoiceSource, Trouble};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{all, day};

const PRELOGIN: u8 = 0x12;
const LOGIN: u8 = 0x10;
const BATCH: u8 = 0x01;
const RPC: u8 = 0x03;

/// What the server answers to a query, and to a login if it refuses.
#[derive(Clone)]
struct Script {
    login: Vec<u8>,
    query: Vec<u8>,
}

async fn serve(script: Script) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(converse(socket, script.clone()));
        }
    });
    port
}

async fn converse(mut socket: TcpStream, script: Script) {
    while let Some(kind) = message(&mut socket).await {
        let answer = match kind {
            PRELOGIN => prelogin(),
            LOGIN => script.login.clone(),
            BATCH => done(),
            RPC => script.query.clone(),
            other => panic!("packet {other}"),
        };
        let length = u16::try_from(answer.len() + 8).unwrap().to_be_bytes();
        let header = [0x04, 0x01, length[0], length[1], 0, 0, 1, 0];
        socket.write_all(&[&header, &answer[..]].concat()).await.unwrap();
    }
}

/// Reads a message of any number of packets; its type.
async fn message(socket: &mut TcpStream) -> Option<u8> {
    loop {
        let mut header = [0; 8];
        socket.read_exact(&mut header).await.ok()?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]])) - 8;
        socket.read_exact(&mut vec![0; length]).await.ok()?;
        if header[1] & 1 == 1 {
            return Some(header[0]);
        }
    }
}

/// Version 16, and no encryption.
fn prelogin() -> Vec<u8> {
    vec![0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 16, 0, 0, 0, 0, 0, 2]
}

fn done() -> Vec<u8> {
    [&[0xFD][..], &[0; 12]].concat()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn short(text: &str) -> Vec<u8> {
    [&[u8::try_from(text.len()).unwrap()][..], &utf16(text)].concat()
}

fn accepted() -> Vec<u8> {
    let body = [&[1, 0x74, 0, 0, 4][..], &short("Stub"), &[16, 0, 0, 0]].concat();
    let length = u16::try_from(body.len()).unwrap().to_le_bytes();
    [&[0xAD][..], &length, &body, &done()].concat()
}

fn error(number: u32, message: &str) -> Vec<u8> {
    let count = u16::try_from(message.len()).unwrap().to_le_bytes();
    let number = number.to_le_bytes();
    let body = [&number[..], &[1, 14], &count, &utf16(message), &short("stub"), &[0], &[1, 0, 0, 0]].concat();
    let length = u16::try_from(body.len()).unwrap().to_le_bytes();
    [&[0xAA][..], &length, &body, &[0xFD, 2, 0], &[0; 10]].concat()
}

/// A text column.
fn text_column(name: &str) -> Vec<u8> {
    [&[0, 0, 0, 0, 9, 0, 0xE7, 200, 0, 9, 4, 0xD0, 0, 0x34][..], &short(name)].concat()
}

fn text(value: &str) -> Vec<u8> {
    let value = utf16(value);
    [&u16::try_from(value.len()).unwrap().to_le_bytes()[..], &value].concat()
}

/// An id, a date and a decimal of scale 2, of one row.
fn result() -> Vec<u8> {
    let date = [&[0, 0, 0, 0, 9, 0, 0x28][..], &short("Date")].concat();
    let net = [&[0, 0, 0, 0, 9, 0, 0x6A, 9, 18, 2][..], &short("net_amount")].concat();
    let metadata =
        [&[0x81, 4, 0][..], &text_column("document_id"), &date, &net, &text_column("customer_id")].concat();
    // 2024-02-29 is day 738,944 after 0001-01-01; the amount is -1,234.05.
    let days = &738_944_u32.to_le_bytes()[..3];
    let cents = 123_405_u64.to_le_bytes();
    let row = [&[0xD1][..], &text("0042"), &[3], days, &[9, 0], &cents, &text("c1")].concat();
    [metadata, row, done()].concat()
}

fn config(port: u16) -> SqlConfig {
    SqlConfig {
        name: "ledger".into(),
        engine: Engine::SqlServer,
        address: Address::Tcp { host: "127.0.0.1".to_owned(), port },
        database: "ERP".to_owned(),
        user: "sirank".to_owned(),
        password: Some("secret".into()),
        encryption: Encryption::Plain,
        query: "SELECT document_id, [Date], net_amount, customer_id FROM documents".to_owned(),
        columns: ColumnNames::default(),
        rules: TableRules::default(),
        mode: Mode::Rows,
        beside_others: false,
        overlap: std::time::Duration::ZERO,
        since_start: None,
        limits: Limits::default(),
        zone: chrono_tz::Europe::Rome,
        currency: CurrencyRules::default(),
    }
}

#[tokio::test]
async fn a_result_becomes_documents() {
    let port = serve(Script { login: accepted(), query: result() }).await;
    let documents = all(config(port), day("2024-12-31")).await;
    let [document] = &documents[..] else { panic!("{documents:?}") };
    assert_eq!(document.id, "0042");
    assert_eq!(document.date.as_deref(), Some("2024-02-29"));
    assert_eq!(document.net.as_deref(), Some("-1234.05"));
    assert_eq!(document.party.customer_id.as_deref(), Some("c1"));
}

#[tokio::test]
async fn what_the_server_refuses_is_told_apart() {
    let trouble = async |login: Vec<u8>, query: Vec<u8>| {
        let source = SqlSource::new(config(serve(Script { login, query }).await));
        source.documents(day("2024-12-31"), None).await.unwrap_err().trouble
    };
    let login = trouble(error(18456, "Login failed for user 'sirank'."), Vec::new()).await;
    assert!(matches!(&login, Trouble::Unauthorized(text) if text.contains("Login failed")), "{login:?}");
    let column = trouble(accepted(), error(207, "Invalid column name 'Numero'.")).await;
    assert!(matches!(&column, Trouble::Input(text) if text.contains("Numero")), "{column:?}");
    let locked = trouble(accepted(), error(1222, "Lock request time out period exceeded.")).await;
    assert!(
        matches!(&locked, Trouble::Unavailable { message, .. } if message.contains("locked")),
        "{locked:?}"
    );
    let forbidden = trouble(accepted(), error(229, "The SELECT permission was denied.")).await;
    assert!(matches!(forbidden, Trouble::Forbidden { .. }), "{forbidden:?}");
}
