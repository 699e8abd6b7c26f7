//! Connections, from the first byte to the last.

use super::head::{Incoming, NoRequest, read};
use super::io::{Io, Rewound, first_byte, reset, rewind};
use super::mint::{Mint, MintError};
use crate::client::book::Answer;
use crosscheck_fetch::Url;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// How much of a client is borne.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at once; more are closed unread.
    pub(crate) connections: usize,
    /// Bytes of a head.
    pub(crate) head: usize,
    /// Header lines.
    pub(crate) headers: usize,
    /// Bytes of a body.
    pub(crate) body: usize,
    /// How long a request, a handshake or the taking of an answer may last once it has begun, and a connection may lie idle.
    pub(crate) patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            head: 256 << 10,
            headers: 512,
            body: 4 << 20,
            patience: Duration::from_secs(120),
        }
    }
}

/// What stands behind the server.
pub(crate) trait Site: Send + Sync + 'static {
    /// Whether a host is one of ours.
    fn knows(&self, host: &str) -> bool;
    /// Whether a URL is one of ours.
    fn serves(&self, url: &Url) -> bool {
        url.host_str().is_some_and(|host| self.knows(host))
    }
    /// Answers a request; the URL is absolute.
    fn answer(&self, url: Url, incoming: Incoming) -> Answer;
    /// Somebody asked for what is not ours.
    fn stranger(&self, what: &str);
}

/// A running origin server. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct OriginServer {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Drop for OriginServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl OriginServer {
    /// Listens on a loopback port; 0 lets the system choose.
    pub(crate) async fn start<S: Site>(site: Arc<S>, mint: Arc<Mint>, limits: Limits, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let places = Arc::new(Semaphore::new(limits.connections));
        let accepting = tokio::spawn(async move {
            // They end with the server.
            let mut connections = JoinSet::new();
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    Some(_) = connections.join_next() => continue,
                };
                let Ok((stream, _)) = accepted else {
                    // Out of file descriptors, perhaps; others will close.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                    continue;
                };
                let connection = Connection {
                    site: Arc::clone(&site),
                    mint: Arc::clone(&mint),
                    limits,
                };
                connections.spawn(async move {
                    connection.run(stream).await;
                    drop(place);
                });
            }
        });
        Ok(Self { address, accepting })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }
}

struct Connection<S> {
    site: Arc<S>,
    mint: Arc<Mint>,
    limits: Limits,
}

/// How a connection is spoken to.
#[derive(Clone, Debug)]
struct Through {
    scheme: &'static str,
    /// The authority of the tunnel; a request's own Host where there is none.
    authority: Option<String>,
    /// Whether a CONNECT may follow.
    tunnels: bool,
}

impl<S: Site> Connection<S> {
    async fn run(&self, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let io = Io::Left(Rewound::new(stream, Vec::new()));
        let plain = Through {
            scheme: "http",
            authority: None,
            tunnels: true,
        };
        let Some((io, first)) = self.first(io).await else {
            return;
        };
        match first {
            TLS => {
                if let Some(io) = self.handshake(io, None).await {
                    let direct = Through {
                        scheme: "https",
                        authority: None,
                        tunnels: false,
                    };
                    self.serve(io, direct).await;
                }
            }
            _ => {
                if let Some((io, authority)) = self.serve(io, plain).await {
                    self.tunnel(io, authority).await;
                }
            }
        }
    }

    async fn first(&self, io: Io) -> Option<(Io, u8)> {
        match timeout(self.limits.patience, first_byte(io)).await {
            Ok(Ok((io, Some(byte)))) => Some((io, byte)),
            _ => None,
        }
    }

    async fn handshake(&self, io: Io, host: Option<&str>) -> Option<Io> {
        let Io::Left(stream) = io else { return None };
        let config = self
            .mint
            .config(host)
            .map_err(|e: MintError| self.site.stranger(&e.to_string()))
            .ok()?;
        match timeout(self.limits.patience, TlsAcceptor::from(config).accept(stream)).await {
            Ok(Ok(tls)) => Some(Io::Right(Box::new(tls))),
            _ => None,
        }
    }

    /// After a CONNECT: TLS, or plain HTTP as WebSockets have it.
    async fn tunnel(&self, io: Io, authority: String) {
        let Some((io, first)) = self.first(io).await else {
            return;
        };
        let host = host_of(&authority).to_owned();
        let (io, scheme) = if first == TLS {
            match self.handshake(io, Some(&host)).await {
                Some(io) => (io, "https"),
                None => return,
            }
        } else {
            (io, "http")
        };
        let through = Through {
            scheme,
            authority: Some(authority),
            tunnels: false,
        };
        self.serve(io, through).await;
    }

    /// Serves requests until the connection ends; a CONNECT gives the connection back.
    async fn serve(&self, mut io: Io, through: Through) -> Option<(Io, String)> {
        let mut early = Vec::new();
        loop {
            let incoming = match timeout(self.limits.patience, read(&mut io, &mut early, &self.limits)).await {
                Ok(Ok(incoming)) => incoming,
                Ok(Err(NoRequest::Refused(status))) => {
                    self.site.stranger(&format!("a request was refused with {status}"));
                    self.end(io, &plain_status(status)).await;
                    return None;
                }
                Ok(Err(NoRequest::Ended | NoRequest::Broke)) | Err(_) => return None,
            };
            if incoming.method == b"CONNECT" {
                if !through.tunnels || !self.site.knows(host_of(&incoming.target)) {
                    self.site.stranger(&format!("CONNECT {}", incoming.target));
                    self.end(io, &plain_status(502)).await;
                    return None;
                }
                if !self
                    .write(&mut io, b"HTTP/1.1 200 Connection established\r\n\r\n")
                    .await
                {
                    return None;
                }
                return Some((rewind(io, early), incoming.target));
            }
            let last = incoming.is_last();
            match self.answer(&through, incoming) {
                Answer::Bytes { bytes, close } => {
                    if close || last {
                        self.end(io, &bytes).await;
                        return None;
                    }
                    if !self.write(&mut io, &bytes).await {
                        return None;
                    }
                }
                Answer::Upgrade(bytes) => {
                    if self.write(&mut io, &bytes).await {
                        let mut word = [0; 64];
                        let _ = timeout(self.limits.patience, io.read(&mut word)).await;
                        let _ = timeout(LINGER, io.shutdown()).await;
                    }
                    return None;
                }
                Answer::Close => {
                    let _ = timeout(LINGER, io.shutdown()).await;
                    return None;
                }
                Answer::Reset => {
                    reset(io);
                    return None;
                }
            }
        }
    }

    /// Writes; whether the client took it.
    async fn write(&self, io: &mut Io, bytes: &[u8]) -> bool {
        let write = async {
            io.write_all(bytes).await?;
            io.flush().await
        };
        matches!(timeout(self.limits.patience, write).await, Ok(Ok(())))
    }

    /// Writes the last bytes and closes.
    async fn end(&self, mut io: Io, bytes: &[u8]) {
        if self.write(&mut io, bytes).await {
            // Waits for the client's own end, so that unread bytes do not turn the close into a reset.
            let drain = async {
                io.shutdown().await?;
                tokio::io::copy(&mut io, &mut tokio::io::sink()).await
            };
            let _ = timeout(LINGER, drain).await;
        }
    }

    fn answer(&self, through: &Through, incoming: Incoming) -> Answer {
        let absolute = incoming.target.contains("://") && !incoming.target.starts_with('/');
        let text = if absolute {
            incoming.target.clone()
        } else {
            let own = incoming
                .headers
                .get(b"host")
                .map(|h| String::from_utf8_lossy(&h).into_owned());
            let authority = through.authority.clone().or(own).unwrap_or_default();
            // What is no authority must not become part of a path.
            let authority = if authority.contains(['/', '\\', '?', '#', '@']) {
                ""
            } else {
                &authority
            };
            format!("{}://{authority}{}", through.scheme, incoming.target)
        };
        match Url::parse(&text) {
            Ok(url) if self.site.serves(&url) => self.site.answer(url, incoming),
            _ => {
                self.site.stranger(&text);
                Answer::Bytes {
                    bytes: plain_status(502),
                    close: true,
                }
            }
        }
    }
}

/// The first byte of a TLS record that holds a handshake.
const TLS: u8 = 0x16;

/// How long a connection that is closed waits for the client's own end.
const LINGER: Duration = Duration::from_secs(2);

/// The host of `host:port`; an IPv6 address keeps its brackets.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => authority,
    }
}

fn plain_status(status: u16) -> Vec<u8> {
    format!("HTTP/1.1 {status} \r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
}
