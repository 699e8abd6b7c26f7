//! Sends single requests to a server that is already running, as a browser sends them.

use super::browse::FailureKind;
use super::control::Target;
use super::listener::Listener;
use super::remote_server::{ProbeError, RemoteServer};
use crate::net::Outgoing;
use crosscheck_fetch::WireResponse;
use std::time::Duration;
use thiserror::Error;
use tokio::time::timeout;

/// A connection to the server.
#[derive(Debug)]
pub struct Inquiry {
    listener: Listener,
    target: Target,
    limit: Duration,
    max_requests: usize,
}

/// Why there is no response of the application.
#[derive(Debug, Error)]
pub enum InquiryError {
    /// The server sent no response that a browser accepts.
    #[error("request {number} got no response: {error}")]
    Failed {
        /// The number of the request, from 1.
        number: usize,
        /// What went wrong.
        error: FailureKind,
    },
    /// A rate limiter responded instead of the application, and waiting did not help.
    #[error("a rate limiter responds with {status} since request {number}")]
    Limited {
        /// Its status.
        status: u16,
        /// The number of the first request that it responded to, from 1.
        number: usize,
    },
    /// The limit of requests was reached.
    #[error("{0} requests are not enough")]
    TooMany(usize),
}

impl Inquiry {
    /// Connects. No more than `max_requests` requests will be sent.
    ///
    /// # Errors
    /// If the server cannot be reached.
    pub async fn open(server: &RemoteServer, max_requests: usize) -> Result<Self, ProbeError> {
        let (listener, _) = server.connect(None).await?;
        Ok(Self {
            listener,
            target: Target::of(server.url.expose()),
            limit: server.timeout,
            max_requests,
        })
    }

    /// How many requests were sent.
    #[must_use]
    pub const fn requests(&self) -> usize {
        self.listener.exchanges
    }

    /// Sends a GET request as a page of the origin does; without an origin, it has no Origin header.
    ///
    /// # Errors
    /// If there is no response of the application.
    pub async fn get(&mut self, origin: Option<&str>) -> Result<WireResponse, InquiryError> {
        let outgoing = self.target.plain(origin, self.listener.host());
        self.send(&outgoing).await
    }

    /// Sends a preflight for a request with a method and headers, whose names are in lower case and sorted.
    ///
    /// # Errors
    /// If there is no response of the application.
    pub async fn preflight(
        &mut self,
        origin: &str,
        method: &str,
        headers: &[&str],
    ) -> Result<WireResponse, InquiryError> {
        let outgoing = self
            .target
            .preflight(origin, method, &headers.join(","), self.listener.host());
        self.send(&outgoing).await
    }

    /// Sends a request, and repeats it if a rate limiter responds.
    async fn send(&mut self, outgoing: &Outgoing) -> Result<WireResponse, InquiryError> {
        let mut first: Option<(u16, usize)> = None;
        loop {
            if self.requests() >= self.max_requests {
                return Err(InquiryError::TooMany(self.max_requests));
            }
            self.listener.begin();
            let sent = timeout(self.limit, self.listener.send(outgoing)).await;
            let number = self.listener.exchanges;
            let reply = match sent {
                Ok(Ok(reply)) => reply,
                Ok(Err(failed)) => {
                    return Err(InquiryError::Failed {
                        number,
                        error: failed.error,
                    });
                }
                Err(_) => {
                    self.listener.reset();
                    let error = FailureKind::Hang(self.limit.as_secs_f64());
                    return Err(InquiryError::Failed { number, error });
                }
            };
            let Some(limited) = self.listener.limited else {
                self.listener.futile_waits = 0;
                return Ok(reply.response);
            };
            let (status, number) = *first.get_or_insert((reply.response.status, number));
            if !self.listener.wait_for(limited).await {
                return Err(InquiryError::Limited { status, number });
            }
        }
    }
}
