//! Whether it was the CORS code that ended a connection: the same bytes are asked again, with none that speaks of CORS. Where this
//! ends it as well, the HTTP server in front takes no such header whatever its name, as others do by answering 400 or 431.

use super::browse::{Broke, BrokeError};
use super::listener::Listener;
use crate::net::{ExchangeError, Outgoing};
use crosscheck_fetch::HeaderList;

/// What the headers of the CORS protocol are named instead: as long, and unknown.
const NAMES: [(&[u8], &[u8]); 4] = [
    (b"origin", b"xrigin"),
    (b"access-control-request-method", b"xccess-control-request-method"),
    (b"access-control-request-headers", b"xccess-control-request-headers"),
    (
        b"access-control-request-private-network",
        b"xccess-control-request-private-network",
    ),
];

/// Whether a request that was not answered is not answered without CORS either.
pub(super) async fn is_turned_away(listener: &mut Listener, outgoing: &Outgoing, broke: &Broke) -> bool {
    let closed = |broke: &Broke| matches!(broke.error, BrokeError::Exchange(ExchangeError::Closed));
    if !closed(broke) {
        return false;
    }
    let Some(without) = without_cors(outgoing) else {
        return false;
    };
    listener.ask(&without).await.is_err_and(|broke| closed(&broke))
}

/// The request without a header of the CORS protocol; none, where it has none.
fn without_cors(outgoing: &Outgoing) -> Option<Outgoing> {
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
