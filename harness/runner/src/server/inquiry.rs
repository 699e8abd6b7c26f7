//! Single questions to a server that runs already, as a browser sends them.

use super::browse::FailureKind;
use super::control::Target;
use super::listener::Listener;
use super::reach::{ProbeError, Reach};
use crate::net::Outgoing;
use crosscheck_fetch::WireResponse;
use std::time::Duration;
use thiserror::Error;
use tokio::time::timeout;

/// A server that is asked.
#[derive(Debug)]
pub struct Inquiry {
    listener: Listener,
    target: Target,
    limit: Duration,
}

/// Why a question has no answer.
#[derive(Debug, Error)]
pub enum InquiryError {
    /// The server gave no answer that a browser accepts.
    #[error("request {number} got no answer: {error}")]
    Failed {
        /// The number of the request, from 1.
        number: usize,
        /// What went wrong.
        error: FailureKind,
    },
    /// A rate limiter answered in place of the application, and waiting did not help.
    #[error("a rate limiter answers {status} since request {number}")]
    Limited {
        /// Its status.
        status: u16,
        /// The number of the first request that it answered, from 1.
        number: usize,
    },
}

impl Inquiry {
    /// Connects.
    ///
    /// # Errors
    /// If the server cannot be reached.
    pub async fn open(at: &Reach) -> Result<Self, ProbeError> {
        let (listener, _) = at.connect(None).await?;
        Ok(Self {
            listener,
            target: Target::of(at.url.expose()),
            limit: at.timeout,
        })
    }

    /// How many requests were sent.
    #[must_use]
    pub const fn requests(&self) -> usize {
        self.listener.exchanges
    }

    /// Asks with a GET, as a page of that origin does; without an Origin header, if there is none.
    ///
    /// # Errors
    /// If there is no answer of the application.
    pub async fn get(&mut self, origin: Option<&str>) -> Result<WireResponse, InquiryError> {
        let outgoing = self.target.plain(origin, self.listener.host());
        self.ask(&outgoing).await
    }

    /// Asks with a preflight for a request with a method and some headers, whose names are lower-case and sorted.
    ///
    /// # Errors
    /// If there is no answer of the application.
    pub async fn preflight(
        &mut self,
        origin: &str,
        method: &str,
        headers: &[&str],
    ) -> Result<WireResponse, InquiryError> {
        let outgoing = self
            .target
            .preflight(origin, method, &headers.join(","), self.listener.host());
        self.ask(&outgoing).await
    }

    /// Sends a request, again after a rate limiter if it says how long it lasts.
    async fn ask(&mut self, outgoing: &Outgoing) -> Result<WireResponse, InquiryError> {
        let mut first: Option<(u16, usize)> = None;
        loop {
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
