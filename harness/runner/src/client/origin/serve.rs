//! Serves connections from the first byte to the last.

use super::certificates::{CertificateAuthority, CertificateError};
use super::head::{Incoming, NoRequest, read};
use super::io::{Io, Rewound, first_byte, reset, rewind, write_last};
use super::slots::{Slot, Slots};
use crate::client::case_queue::Answer;
use crosscheck_fetch::Url;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Limits for what a client may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Concurrent connections; further ones are closed unread, unless one has been idle for longer than `grace`.
    pub(crate) connections: usize,
    /// How long an idle connection keeps its place while others need it.
    pub(crate) grace: Duration,
    /// Bytes of a head.
    pub(crate) head: usize,
    /// Header lines.
    pub(crate) headers: usize,
    /// Bytes of a body.
    pub(crate) body: usize,
    /// The time limit for a request, a handshake, the writing of a response, and an idle connection.
    pub(crate) patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            grace: Duration::from_secs(5),
            head: 256 << 10,
            headers: 512,
            body: 4 << 20,
            patience: Duration::from_secs(120),
        }
    }
}

/// The content that the server serves.
pub(crate) trait Site: Send + Sync + 'static {
    /// Whether the site has this host.
    fn knows(&self, host: &str) -> bool;
    /// Whether the site serves this URL.
    fn serves(&self, url: &Url) -> bool {
        url.host_str().is_some_and(|host| self.knows(host))
    }
    /// Responds to a request; the URL is absolute.
    fn answer(&self, url: Url, incoming: Incoming) -> Answer;
    /// Records a request that the site does not serve.
    fn report_unknown(&self, what: &str);
    /// Records that the operating system could not send the response for a URL, or part of the setup of a connection, whose URL is not
    /// known yet. It is no fault of the client.
    fn report_unsent(&self, url: Option<&Url>, error: &io::Error) {
        let url = url.map_or("a connection", Url::as_str);
        self.report_unknown(&format!("the response for {url} could not be sent: {error}"));
    }
}

/// A running origin server. Dropping it ends the server.
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
    pub(crate) async fn start<S: Site>(
        site: Arc<S>,
        ca: Arc<CertificateAuthority>,
        limits: Limits,
        port: u16,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let slots = Slots::new(limits.connections, limits.grace);
        let accepting = tokio::spawn(async move {
            // The connections end with the server.
            let mut connections = JoinSet::new();
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    Some(_) = connections.join_next() => continue,
                };
                let Ok((stream, _)) = accepted else {
                    // Possibly out of file descriptors; other connections will close.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let Some(slot) = slots.take() else {
                    continue;
                };
                let id = slot.id();
                let connection = Connection {
                    site: Arc::clone(&site),
                    ca: Arc::clone(&ca),
                    limits,
                    slot,
                };
                let task = connections.spawn(async move { connection.run(stream).await });
                slots.started(id, task);
            }
        });
        Ok(Self { address, accepting })
    }

    /// The address on which the server listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }
}

struct Connection<S> {
    site: Arc<S>,
    ca: Arc<CertificateAuthority>,
    limits: Limits,
    slot: Slot,
}

/// How requests arrive on a connection.
#[derive(Clone, Debug)]
struct Through {
    scheme: &'static str,
    /// The authority of the tunnel; without a tunnel, the Host header of each request decides.
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
            .ca
            .config(host)
            .map_err(|e: CertificateError| self.site.report_unknown(&e.to_string()))
            .ok()?;
        match timeout(self.limits.patience, TlsAcceptor::from(config).accept(stream)).await {
            Ok(Ok(tls)) => Some(Io::Right(Box::new(tls))),
            Ok(Err(error)) => {
                self.failed(None, &error);
                None
            }
            Err(_) => None,
        }
    }

    /// Serves a connection after a CONNECT: TLS, or plain HTTP as WebSockets use it.
    async fn tunnel(&self, io: Io, authority: String) {
        self.slot.waits();
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

    /// Serves requests until the connection ends; after a CONNECT it returns the connection and the authority.
    async fn serve(&self, mut io: Io, through: Through) -> Option<(Io, String)> {
        let mut early = Vec::new();
        loop {
            self.slot.waits();
            let incoming = match timeout(self.limits.patience, read(&mut io, &mut early, &self.limits)).await {
                Ok(Ok(incoming)) => incoming,
                Ok(Err(NoRequest::Refused(status))) => {
                    self.site
                        .report_unknown(&format!("a request was refused with {status}"));
                    self.end(io, &plain_status(status), None).await;
                    return None;
                }
                Ok(Err(NoRequest::Ended | NoRequest::Broke)) | Err(_) => return None,
            };
            self.slot.answers();
            if incoming.method == b"CONNECT" {
                if !through.tunnels || !self.site.knows(host_of(&incoming.target)) {
                    self.site.report_unknown(&format!("CONNECT {}", incoming.target));
                    self.end(io, &plain_status(502), None).await;
                    return None;
                }
                if !self
                    .write(&mut io, b"HTTP/1.1 200 Connection established\r\n\r\n", None)
                    .await
                {
                    return None;
                }
                return Some((rewind(io, early), incoming.target));
            }
            let last = incoming.is_last();
            let url = self.url(&through, &incoming);
            let url = url.as_ref();
            match self.answer(url, incoming) {
                Answer::Bytes { bytes, close } => {
                    if close || last {
                        self.end(io, &bytes, url).await;
                        return None;
                    }
                    if !self.write(&mut io, &bytes, url).await {
                        return None;
                    }
                }
                Answer::Upgrade(bytes) => {
                    if self.write(&mut io, &bytes, url).await {
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

    /// Reports a failed write if the client cannot have caused it.
    fn failed(&self, url: Option<&Url>, error: &io::Error) {
        if is_of_system(error) {
            self.site.report_unsent(url, error);
        }
    }

    /// Writes the response for a URL; returns whether the client accepted it.
    async fn write(&self, io: &mut Io, bytes: &[u8], url: Option<&Url>) -> bool {
        let write = async {
            io.write_all(bytes).await?;
            io.flush().await
        };
        self.wrote(write, url).await
    }

    /// Waits for a write of the response for a URL; returns whether the client accepted it.
    async fn wrote(&self, write: impl Future<Output = io::Result<()>>, url: Option<&Url>) -> bool {
        match timeout(self.limits.patience, write).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                self.failed(url, &error);
                false
            }
            Err(_) => false,
        }
    }

    /// Writes the last response and closes.
    async fn end(&self, mut io: Io, bytes: &[u8], url: Option<&Url>) {
        let write = write_last(&mut io, bytes);
        if self.wrote(write, url).await {
            // Waits until the client closes, so that unread bytes do not turn the close into a reset.
            let drain = async {
                io.shutdown().await?;
                let mut sink = tokio::io::sink();
                match &mut io {
                    Io::Left(plain) => tokio::io::copy(plain, &mut sink).await,
                    // What follows the end of TLS need not be TLS, and rustls must not read it.
                    Io::Right(tls) => tokio::io::copy(tls.get_mut().0, &mut sink).await,
                }
            };
            let _ = timeout(LINGER, drain).await;
        }
    }

    /// The URL of a request, if it has one that the site serves.
    fn url(&self, through: &Through, incoming: &Incoming) -> Option<Url> {
        let absolute = incoming.target.contains("://") && !incoming.target.starts_with('/');
        let text = if absolute {
            incoming.target.clone()
        } else {
            let own = incoming
                .headers
                .get(b"host")
                .map(|h| String::from_utf8_lossy(&h).into_owned());
            let authority = match (&through.authority, own) {
                // Servo tunnels plain HTTP too, to port 443 if the URL has no port.
                (Some(tunnel), Some(own)) if through.scheme == "http" && has_host(&own, host_of(tunnel)) => own,
                (Some(tunnel), _) => tunnel.clone(),
                (None, own) => own.unwrap_or_default(),
            };
            // An invalid authority must not become part of a path.
            let authority = if authority.contains(['/', '\\', '?', '#', '@']) {
                ""
            } else {
                &authority
            };
            format!("{}://{authority}{}", through.scheme, incoming.target)
        };
        let url = Url::parse(&text).ok().filter(|url| self.site.serves(url));
        if url.is_none() {
            self.site.report_unknown(&text);
        }
        url
    }

    fn answer(&self, url: Option<&Url>, incoming: Incoming) -> Answer {
        match url {
            Some(url) => self.site.answer(url.clone(), incoming),
            None => Answer::Bytes {
                bytes: plain_status(502),
                close: true,
            },
        }
    }
}

/// Whether an error of a connection is one of this machine's operating system, which the other side cannot cause.
fn is_of_system(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(
        Errno::from_io_error(error),
        Some(Errno::NOBUFS | Errno::NOMEM | Errno::MFILE | Errno::NFILE | Errno::IO | Errno::NOSPC)
    )
}

/// The first byte of a TLS record that holds a handshake.
const TLS: u8 = 0x16;

/// How long the server waits for the client to close its side of a closed connection.
const LINGER: Duration = Duration::from_secs(2);

/// The host of `host:port`; an IPv6 address keeps its brackets.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => authority,
    }
}

/// Whether the host of `host:port` is this one.
fn has_host(authority: &str, host: &str) -> bool {
    host_of(authority).eq_ignore_ascii_case(host)
}

fn plain_status(status: u16) -> Vec<u8> {
    format!("HTTP/1.1 {status} \r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::is_of_system;
    use rustix::io::Errno;
    use std::io;

    #[test]
    fn only_what_the_other_side_cannot_cause_is_an_error_of_the_system() {
        for (error, expected) in [
            (Errno::NOBUFS, true),
            (Errno::NOMEM, true),
            (Errno::CONNRESET, false),
            (Errno::PIPE, false),
            (Errno::NOTCONN, false),
        ] {
            assert_eq!(is_of_system(&error.into()), expected, "{error:?}");
        }
        assert!(!is_of_system(&io::ErrorKind::UnexpectedEof.into()));
    }
}
