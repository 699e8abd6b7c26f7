//! Determines whether the CORS code ended a connection. The same request is sent again, with its CORS headers renamed. If the
//! connection ends again, the HTTP server in front of the CORS code rejects such a header under any name. Other HTTP servers do so with
//! a 400 or 431.

use super::browse::{FailedExchange, FailureKind};
use super::listener::Listener;
use crate::net::{ExchangeError, Outgoing};
use crosscheck_fetch::HeaderList;

/// The headers of the CORS protocol, each with an unknown name of the same length that replaces it.
const NAMES: [(&[u8], &[u8]); 4] = [
    (b"origin", b"xrigin"),
    (b"access-control-request-method", b"xccess-control-request-method"),
    (b"access-control-request-headers", b"xccess-control-request-headers"),
    (
        b"access-control-request-private-network",
        b"xccess-control-request-private-network",
    ),
];

/// Returns whether a request that was not answered is not answered without CORS headers either.
pub(super) async fn is_rejected_without_cors(
    listener: &mut Listener,
    outgoing: &Outgoing,
    failure: &FailedExchange,
) -> bool {
    let closed = |failure: &FailedExchange| matches!(failure.error, FailureKind::Exchange(ExchangeError::Closed));
    if !closed(failure) {
        return false;
    }
    let Some(without) = without_cors(outgoing) else {
        return false;
    };
    if !listener.send(&without).await.is_err_and(|failure| closed(&failure)) {
        return false;
    }
    // A server that ends every connection rejects nothing.
    listener.send(&plain(outgoing)).await.is_ok()
}

/// Returns a plain request to the same target.
fn plain(outgoing: &Outgoing) -> Outgoing {
    let mut headers = HeaderList::new();
    headers.push(&b"Accept"[..], &b"*/*"[..]);
    Outgoing {
        method: b"GET".to_vec(),
        target: outgoing.target.clone(),
        host: outgoing.host.clone(),
        headers,
        body: Vec::new(),
    }
}

/// Returns the request with its CORS headers renamed, or `None` if it has no CORS headers.
pub(super) fn without_cors(outgoing: &Outgoing) -> Option<Outgoing> {
    let mut without = outgoing.clone();
    without.headers = HeaderList::new();
    let mut is_other = false;
    for header in outgoing.headers.iter() {
        let other = NAMES.iter().find(|(name, _)| header.name.eq_ignore_ascii_case(name));
        is_other |= other.is_some();
        let name = other.map_or_else(|| header.name.clone(), |(_, other)| other.to_vec().into());
        without.headers.push(name, header.value.clone());
    }
    is_other.then_some(without)
}
