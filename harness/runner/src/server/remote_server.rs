//! A server that is already running.

use super::added_headers::AddedHeaders;
use super::listener::{Listener, RequestLimits};
use crate::net::{ExchangeError, Tls, TlsError};
use crosscheck_fetch::Url;
use crosscheck_judge::server::Application;
use crosscheck_text::Secret;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use thiserror::Error;
use tokio::net::{TcpStream, lookup_host};
use url::Position;

/// The longest total time to wait for a rate limiter.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that is already running, and the limits on the requests to it.
#[derive(Clone, Debug)]
pub struct RemoteServer {
    /// The URL, as the user wrote it.
    pub url: Secret<Url>,
    /// Headers on every request.
    pub headers: AddedHeaders,
    /// Whether methods other than GET, HEAD and OPTIONS are sent.
    pub allow_unsafe: bool,
    /// The highest number of requests per second.
    pub rate: f64,
    /// The time limit of a case, from its start, or of a single request.
    pub timeout: Duration,
    /// Certificate authorities to trust in addition to the system's: the name of the file, and its PEM text.
    pub authorities: Option<(String, Vec<u8>)>,
}

/// Why a server cannot be probed.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// The URL is not the URL of a server.
    #[error("`{0}` is not an http or https URL with a host")]
    Url(String),
    /// The rate is not a positive number.
    #[error("{0} requests per second is not a valid rate; give a positive number")]
    Rate(f64),
    /// The name has no address.
    #[error("the name {0} cannot be resolved: {1}")]
    Resolve(String, io::Error),
    /// TLS cannot be spoken with the server.
    #[error("the TLS handshake with {0} failed: {1}")]
    Handshake(String, io::Error),
    /// The connection is refused.
    #[error("cannot connect to {0}: {1}")]
    Connect(String, io::Error),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl RemoteServer {
    /// Resolves the name and checks that the server accepts a connection. Returns the listener, and the time between two requests: that of
    /// the rate, or `slowest` if that is longer.
    ///
    /// # Errors
    /// If the URL or the rate is wrong, or the server cannot be reached.
    pub(super) async fn connect(&self, slowest: Option<Duration>) -> Result<(Listener, Duration), ProbeError> {
        let (url, redactor) = (self.url.expose(), self.headers.redactor());
        let shown = || redactor.text(url.as_str()).into_owned();
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(ProbeError::Url(shown()));
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ProbeError::Url(shown()));
        }
        let pause = Duration::try_from_secs_f64(1.0 / self.rate).map_err(|_| ProbeError::Rate(self.rate))?;
        let tls = match url.scheme() {
            "https" => {
                let authorities = self.authorities.as_ref().map(|(s, pem)| (s.as_str(), pem.as_slice()));
                Some(Tls::new(host, authorities)?)
            }
            _ => None,
        };
        let address = reachable(host, port).await?;
        let limits = RequestLimits {
            host: Some(url[Position::BeforeHost..Position::AfterPort].to_owned()),
            headers: self.headers.clone(),
            safe_methods_only: !self.allow_unsafe,
            pause: Some(slowest.map_or(pause, |slowest| slowest.max(pause))),
            once: true,
            tls,
            application: Application::Unknown,
            patience: PATIENCE,
        };
        let mut listener = Listener::new(address, limits);
        if url.scheme() == "https" {
            listener.connect(self.timeout).await.map_err(|error| match error {
                ExchangeError::Connect(_, error) => ProbeError::Handshake(shown(), error),
                error => ProbeError::Handshake(shown(), io::Error::other(error)),
            })?;
        }
        Ok((listener, pause))
    }
}

/// Returns the first address of the name that accepts a connection.
async fn reachable(host: &str, port: u16) -> Result<SocketAddr, ProbeError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = lookup_host((bare, port))
        .await
        .map_err(|e| ProbeError::Resolve(host.to_owned(), e))?;
    let mut last = io::Error::other("the name has no address");
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(_) => return Ok(address),
            Err(error) => last = error,
        }
    }
    Err(ProbeError::Connect(format!("{host}:{port}"), last))
}
