//! Small servers on loopback, which answer each request by a function.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The origin that the policies of the tests list.
pub(crate) const LISTED: &str = "https://app.example";

/// A request.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    lines: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.lines.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn origin(&self) -> &str {
        self.get("origin").unwrap_or_default()
    }

    pub(crate) fn is_listed(&self) -> bool {
        self.origin() == LISTED
    }

    pub(crate) fn is_preflight(&self) -> bool {
        self.method == "OPTIONS" && self.get("access-control-request-method").is_some()
    }
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) framing: Framing,
}

/// How the end of a body is found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Length,
    Chunked,
    /// HTTP/1.0, by the end of the connection.
    Close,
}

/// An answer with a body.
pub(crate) fn answer(status: u16, headers: &[&str]) -> Answer {
    Answer {
        status,
        headers: headers.iter().map(|h| (*h).to_owned()).collect(),
        body: b"{\"items\":[]}".to_vec(),
        framing: Framing::Length,
    }
}

impl Answer {
    pub(crate) fn with(mut self, header: impl Into<String>) -> Self {
        self.headers.push(header.into());
        self
    }
}

/// What a server answers.
pub(crate) type Handler = fn(&Request) -> Answer;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// How many requests came.
    pub(crate) requests: Arc<AtomicUsize>,
    /// Their targets, each once.
    pub(crate) targets: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts it. It ends with the test.
    pub(crate) fn start(handler: Handler) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (requests, targets) = (Arc::default(), Arc::default());
        let server = Self {
            address,
            requests: Arc::clone(&requests),
            targets: Arc::clone(&targets),
        };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (requests, targets) = (Arc::clone(&requests), Arc::clone(&targets));
                std::thread::spawn(move || serve(&stream, handler, &requests, &targets));
            }
        });
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

fn serve(stream: &TcpStream, handler: Handler, requests: &AtomicUsize, targets: &Mutex<Vec<String>>) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        requests.fetch_add(1, Ordering::SeqCst);
        let mut all = targets.lock().expect("no panic");
        if !all.contains(&request.target) {
            all.push(request.target.clone());
        }
        drop(all);
        let answer = handler(&request);
        let closes = answer.framing == Framing::Close;
        let mut writer = stream;
        if writer.write_all(&bytes(&request, &answer)).is_err() || closes {
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).ok().filter(|n| *n > 0)?;
    let first = text(&line);
    let mut words = first.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).ok()?;
        let text = text(&line);
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            break;
        }
        if let Some((name, value)) = text.split_once(':') {
            lines.push((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()));
        }
    }
    let request = Request { method, target, lines };
    let length = request.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(request)
}

/// Each byte as a character.
fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn bytes(request: &Request, answer: &Answer) -> Vec<u8> {
    let version = if answer.framing == Framing::Close { "1.0" } else { "1.1" };
    let mut head = format!("HTTP/{version} {} X\r\n", answer.status);
    for line in &answer.headers {
        let _ = write!(head, "{line}\r\n");
    }
    let has_body = request.method != "HEAD" && answer.status != 204 && answer.status != 304;
    match answer.framing {
        Framing::Length if answer.status != 204 => {
            let _ = write!(head, "Content-Length: {}\r\n", answer.body.len());
        }
        Framing::Chunked if has_body => head.push_str("Transfer-Encoding: chunked\r\n"),
        _ => {}
    }
    head.push_str("\r\n");
    let mut out: Vec<u8> = head.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
    match answer.framing {
        _ if !has_body => {}
        Framing::Chunked => {
            out.extend(format!("{:x}\r\n", answer.body.len()).bytes());
            out.extend(&answer.body);
            out.extend(b"\r\n0\r\n\r\n");
        }
        _ => out.extend(&answer.body),
    }
    out
}

/// What a right server answers under the policy PRIVATE.
pub(crate) fn right(request: &Request) -> Answer {
    let mut right = answer(200, &["Vary: Origin"]);
    if request.is_listed() {
        right = right
            .with(format!("Access-Control-Allow-Origin: {LISTED}"))
            .with("Access-Control-Allow-Credentials: true");
        if request.is_preflight() {
            right.status = 204;
            right = right
                .with("Access-Control-Allow-Methods: PUT")
                .with("Access-Control-Allow-Headers: authorization");
        }
    }
    right
}
