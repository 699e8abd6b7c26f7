//! What a request is, by its method and headers.

use crosscheck_fetch::HeaderList;

/// The value of the Origin header, if the request has exactly one.
pub(crate) fn origin_of(headers: &HeaderList) -> Option<&[u8]> {
    let mut lines = headers.get_all(b"origin");
    lines.next().filter(|_| lines.next().is_none())
}

/// Whether a request is a preflight: OPTIONS with Origin and Access-Control-Request-Method.
pub(crate) fn is_preflight(method: &[u8], headers: &HeaderList) -> bool {
    method == b"OPTIONS" && headers.contains(b"origin") && headers.contains(b"access-control-request-method")
}
