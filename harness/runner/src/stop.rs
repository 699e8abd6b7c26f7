//! A request to end a run before its end.

use crosscheck_results::Interruption;
use std::future::pending;
use tokio::sync::watch;

/// Tells a run that it is to end. Whoever holds it stops sending, ends what it has started, and reports what it has.
#[derive(Clone, Debug)]
pub struct StopRequest(watch::Receiver<Option<Interruption>>);

/// The other end of a [`StopRequest`].
#[derive(Clone, Debug)]
pub struct Stopper(watch::Sender<Option<Interruption>>);

/// Creates both ends.
#[must_use]
pub fn stop_request() -> (Stopper, StopRequest) {
    let (sender, receiver) = watch::channel(None);
    (Stopper(sender), StopRequest(receiver))
}

impl Stopper {
    /// Requests the end. Only the first request counts.
    pub fn stop(&self, why: Interruption) {
        self.0.send_modify(|request| *request = request.or(Some(why)));
    }
}

impl StopRequest {
    /// A request that never comes.
    #[must_use]
    pub fn never() -> Self {
        stop_request().1
    }

    /// Waits for the request, for ever if none comes.
    pub async fn requested(&mut self) -> Interruption {
        match self.0.wait_for(Option::is_some).await.map(|request| *request) {
            Ok(Some(why)) => why,
            _ => pending().await,
        }
    }

    /// The request, if it has come.
    #[must_use]
    pub fn is_requested(&self) -> Option<Interruption> {
        *self.0.borrow()
    }
}
