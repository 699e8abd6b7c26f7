//! A client with one connection at a time to one listener. Hyper does the framing; the judge gets the bytes of the wire.

use super::dial::{Stream, Tls, dial};
use super::request::Outgoing;
use super::tee::{Shared, Tee};
use bytes::Bytes;
use crosscheck_corpus::wire::try_read_raw;
use crosscheck_judge::Reply;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use std::error::Error as _;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// How much of an answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of a whole answer.
    pub answer: usize,
    /// The most bytes of its head.
    pub head: usize,
    /// The most header lines.
    pub headers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer: 4 << 20,
            head: 256 << 10,
            headers: 1024,
        }
    }
}

/// Why an exchange has no answer. Each of these makes the verdict `broken`.
#[derive(Debug, Error)]
pub enum ExchangeError {
    /// The connection is refused.
    #[error("cannot connect to {0}: {1}")]
    Connect(SocketAddr, io::Error),
    /// The connection ended before an answer.
    #[error("the connection closed before an answer")]
    Closed,
    /// The connection ended within an answer.
    #[error("the connection closed within the answer, after {0} bytes")]
    Truncated(usize),
    /// The bytes are not HTTP.
    #[error("the answer is not HTTP: {0}")]
    BadHttp(String),
    /// The answer does not end.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// The head is too long.
    #[error("the answer's head is longer than {0} bytes or {1} header lines")]
    HeadTooLong(usize, usize),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Io(String),
}

type Io = TokioIo<Tee<Stream>>;
/// An open connection.
type Living = Pin<Box<Connection<Io, Full<Bytes>>>>;

struct Open {
    sender: SendRequest<Full<Bytes>>,
    /// `None` once it has ended. Dropping it returns the requests that are still queued on it; a connection that is kept would hold
    /// them for ever.
    connection: Option<Living>,
    /// Whether it has answered before. The server may then close it because it is idle.
    used: bool,
}

/// A client of one listener.
pub struct Client {
    address: SocketAddr,
    limits: Limits,
    tls: Option<Tls>,
    log: Shared,
    open: Option<Open>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Creates a client that connects when it is first used.
    #[must_use]
    pub fn new(address: SocketAddr, limits: Limits) -> Self {
        Self {
            address,
            limits,
            tls: None,
            log: Shared::new(limits.answer),
            open: None,
        }
    }

    /// Makes the client connect over TLS.
    #[must_use]
    pub fn with_tls(mut self, tls: Option<Tls>) -> Self {
        self.tls = tls;
        self
    }

    /// Returns the address that the client connects to.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Drops the connection after an unfinished exchange.
    pub fn reset(&mut self) {
        self.open = None;
        self.log.take();
    }

    /// Returns the bytes sent and received in an exchange that failed.
    #[must_use]
    pub fn remains(&self) -> (Vec<u8>, Vec<u8>) {
        self.log.take()
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// Returns an error if there is no answer, if a browser would not accept it, or if it is too long. The caller must limit the time.
    pub async fn exchange(&mut self, outgoing: &Outgoing) -> Result<Reply, ExchangeError> {
        self.log.take();
        let Some(request) = outgoing.for_hyper() else {
            return self.raw(outgoing).await;
        };
        loop {
            let mut open = match self.open.take() {
                Some(open) if open.sender.is_ready() => open,
                _ => self.connect().await?,
            };
            match framed(&mut open, request.clone()).await {
                Ok(reusable) => {
                    let reply = self.reply(&outgoing.method)?;
                    open.used = true;
                    if reusable && open.sender.is_ready() {
                        self.open = Some(open);
                    }
                    return Ok(reply);
                }
                Err(error) => {
                    let silent = self.log.with(|log| log.received.is_empty());
                    if open.used && silent && !error.is_user() {
                        // A server may close an idle connection at any time; a browser then sends the request again on a new one.
                        self.log.take();
                        continue;
                    }
                    return Err(self.failure(&error));
                }
            }
        }
    }

    /// Opens the connection that the first exchange uses.
    ///
    /// # Errors
    /// Returns an error if the server cannot be reached, or TLS cannot be spoken with it.
    pub async fn connect_once(&mut self) -> Result<(), ExchangeError> {
        self.open = Some(self.connect().await?);
        Ok(())
    }

    async fn connect(&self) -> Result<Open, ExchangeError> {
        let failed = |e| ExchangeError::Connect(self.address, e);
        let stream = dial(self.address, self.tls.as_ref()).await.map_err(failed)?;
        self.log.with(|log| log.over = false);
        let io = TokioIo::new(Tee::new(stream, self.log.clone()));
        let (sender, connection) = Builder::new()
            .title_case_headers(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .max_headers(self.limits.headers)
            .max_buf_size(self.limits.head)
            .handshake(io)
            .await
            .map_err(|e| ExchangeError::Io(message(&e)))?;
        let mut open = Open {
            sender,
            connection: Some(Box::pin(connection)),
            used: false,
        };
        // The sender is ready once the connection has been polled.
        poll_fn(|cx| {
            drive(&mut open.connection, cx);
            match open.sender.poll_ready(cx) {
                Poll::Pending if open.connection.is_none() => Poll::Ready(Ok(())),
                ready => ready,
            }
        })
        .await
        .map_err(|e| ExchangeError::Io(message(&e)))?;
        Ok(open)
    }

    /// Returns the bytes of the exchange that has just ended.
    fn reply(&self, method: &[u8]) -> Result<Reply, ExchangeError> {
        let (sent, received) = self.log.take();
        match try_read_raw(method, &received) {
            Ok(response) => Ok(Reply {
                sent,
                received,
                response,
            }),
            Err(e) => {
                self.log.with(|log| (log.sent, log.received) = (sent, received));
                Err(ExchangeError::BadHttp(e.to_string()))
            }
        }
    }

    fn failure(&self, error: &hyper::Error) -> ExchangeError {
        let (over, received) = self.log.with(|log| (log.over, log.received.len()));
        if over {
            ExchangeError::TooLong(self.limits.answer)
        } else if error.is_parse_too_large() || received > self.limits.head && error.is_parse() {
            ExchangeError::HeadTooLong(self.limits.head, self.limits.headers)
        } else if error.is_parse() {
            ExchangeError::BadHttp(message(error))
        } else if received == 0 {
            ExchangeError::Closed
        } else if error.is_incomplete_message() || error.is_body_write_aborted() || error.is_closed() {
            ExchangeError::Truncated(received)
        } else {
            let message = message(error);
            if message.contains("end of file") || message.contains("chunk") {
                ExchangeError::Truncated(received)
            } else {
                ExchangeError::Io(message)
            }
        }
    }

    /// Sends a request that the HTTP library would not write. It gets its own connection, which ends with the answer.
    async fn raw(&self, outgoing: &Outgoing) -> Result<Reply, ExchangeError> {
        let failed = |e| ExchangeError::Connect(self.address, e);
        let mut stream = dial(self.address, self.tls.as_ref()).await.map_err(failed)?;
        let sent = outgoing.bytes();
        // A server may answer and close before it has read everything.
        let _ = stream.write_all(&sent).await;
        let limit = self.limits.answer;
        let mut received = Vec::new();
        let end = (&mut stream).take(limit as u64 + 1).read_to_end(&mut received).await;
        if received.len() > limit {
            return Err(ExchangeError::TooLong(limit));
        }
        match end {
            _ if received.is_empty() => return Err(ExchangeError::Closed),
            // Some servers reset the connection after the answer if they did not read all bytes.
            Ok(_) | Err(_) => {}
        }
        match try_read_raw(&outgoing.method, &received) {
            Ok(response) => Ok(Reply {
                sent,
                received,
                response,
            }),
            Err(e) => {
                self.log.with(|log| (log.sent, log.received) = (sent, received));
                Err(ExchangeError::BadHttp(e.to_string()))
            }
        }
    }
}

/// Performs one exchange over an open connection. Returns whether the connection can be used again.
async fn framed(open: &mut Open, request: http::Request<Full<Bytes>>) -> Result<bool, hyper::Error> {
    let mut response = pin!(open.sender.send_request(request));
    let connection = &mut open.connection;
    let response = poll_fn(|cx| {
        drive(connection, cx);
        response.as_mut().poll(cx)
    })
    .await?;
    let mut body: Incoming = response.into_body();
    while !body.is_end_stream() {
        let frame = poll_fn(|cx| {
            drive(connection, cx);
            Pin::new(&mut body).poll_frame(cx)
        })
        .await;
        match frame {
            // The log has the bytes.
            Some(frame) => drop(frame?),
            None => break,
        }
    }
    // The connection must process the end of the answer, so that it becomes ready for the next request or is closed.
    poll_fn(|cx| {
        drive(connection, cx);
        Poll::Ready(())
    })
    .await;
    Ok(connection.is_some())
}

/// Polls the connection within the task that waits for it. An error that ends it also reaches the response or its body.
fn drive(connection: &mut Option<Living>, cx: &mut Context<'_>) {
    if let Some(running) = connection
        && running.as_mut().poll(cx).is_ready()
    {
        *connection = None;
    }
}

fn message(error: &hyper::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
