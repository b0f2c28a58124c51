//! A small mail server without TLS: greets, names what it can, asks for a login where it has an account, takes letters in.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A letter as it was handed in.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// Headers and body, without the dots that were put before dots.
    pub(crate) data: String,
}

/// How a server behaves.
#[derive(Clone, Default)]
pub(crate) struct Manners {
    /// Whom it lets in; nobody has to log in where there is none.
    pub(crate) account: Option<(&'static str, &'static str)>,
    /// The mechanism of its login.
    pub(crate) mechanism: &'static str,
    /// What it says to a letter instead of taking it in.
    pub(crate) refusal: Option<&'static str>,
}

pub(crate) struct MailServer {
    pub(crate) port: u16,
    letters: Arc<Mutex<Vec<Letter>>>,
    commands: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl MailServer {
    pub(crate) async fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (letters, commands) = (Arc::default(), Arc::default());
        let (kept, heard) = (Arc::clone(&letters), Arc::clone(&commands));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let session = Session {
                    manners: manners.clone(),
                    letters: Arc::clone(&kept),
                    commands: Arc::clone(&heard),
                };
                tokio::spawn(session.serve(stream));
            }
        });
        Self { port, letters, commands, task }
    }

    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }

    /// The words that commands began with.
    pub(crate) fn commands(&self) -> Vec<String> {
        self.commands.lock().unwrap().clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Session {
    manners: Manners,
    letters: Arc<Mutex<Vec<Letter>>>,
    commands: Arc<Mutex<Vec<String>>>,
}

impl Session {
    async fn serve(self, stream: TcpStream) {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        let mut inside = self.manners.account.is_none();
        let mut letter = Letter { from: String::new(), to: Vec::new(), data: String::new() };
        let _ = writer.write_all(b"220 mail.example.com ESMTP\r\n").await;
        while let Ok(Some(line)) = lines.next_line().await {
            let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            self.commands.lock().unwrap().push(word.clone());
            let answer = match word.as_str() {
                "EHLO" if self.manners.account.is_some() => {
                    format!("250-mail.example.com\r\n250-8BITMIME\r\n250 AUTH {}", self.manners.mechanism)
                }
                "EHLO" => "250-mail.example.com\r\n250 8BITMIME".to_owned(),
                "NOOP" | "RSET" => "250 OK".to_owned(),
                "AUTH" => {
                    let words: Vec<_> = line.splitn(3, ' ').collect();
                    let given = if let [_, "PLAIN", given] = words[..] {
                        given.to_owned()
                    } else {
                        let mut parts = Vec::new();
                        for prompt in ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"] {
                            let _ = writer.write_all(format!("334 {prompt}\r\n").as_bytes()).await;
                            parts.push(lines.next_line().await.unwrap().unwrap_or_default());
                        }
                        parts.join(" ")
                    };
                    inside = self.manners.account.is_some_and(|(user, password)| {
                        given == base64(&format!("\0{user}\0{password}"))
                            || given == format!("{} {}", base64(user), base64(password))
                    });
                    if inside { "235 2.7.0 welcome".to_owned() } else { format!("535 5.7.8 not {given}") }
                }
                _ if !inside && word != "QUIT" => "530 5.7.0 log in first".to_owned(),
                "MAIL" => {
                    letter.from = address(&line);
                    "250 OK".to_owned()
                }
                "RCPT" => {
                    letter.to.push(address(&line));
                    "250 OK".to_owned()
                }
                "DATA" => {
                    let _ = writer.write_all(b"354 go on\r\n").await;
                    while let Ok(Some(line)) = lines.next_line().await {
                        if line == "." {
                            break;
                        }
                        letter.data.push_str(line.strip_prefix('.').unwrap_or(&line));
                        letter.data.push('\n');
                    }
                    if let Some(refusal) = self.manners.refusal {
                        refusal.to_owned()
                    } else {
                        self.letters.lock().unwrap().push(letter.clone());
                        "250 taken in".to_owned()
                    }
                }
                "QUIT" => "221 bye".to_owned(),
                _ => "502 5.5.1 what?".to_owned(),
            };
            if writer.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() || word == "QUIT" {
                return;
            }
        }
    }
}

/// What stands in angle brackets.
fn address(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { letter as char } else { '=' });
        }
    }
    out
}
