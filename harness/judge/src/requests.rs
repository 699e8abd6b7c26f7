//! What a request is, by its method and headers.

use crosscheck_fetch::HeaderList;
use std::borrow::Cow;

/// The value of the Origin header, if the request has exactly one.
pub(crate) fn origin_of(headers: &HeaderList) -> Option<&[u8]> {
    let mut lines = headers.get_all(b"origin");
    lines.next().filter(|_| lines.next().is_none())
}

/// The method of the actual request: the one that a preflight requests, else the request's own. A route may have a policy per method.
pub(crate) fn actual_method(method: &[u8], headers: &HeaderList) -> String {
    let requested = headers.get(b"access-control-request-method");
    let requested = requested.filter(|_| is_preflight(method, headers));
    String::from_utf8_lossy(&requested.unwrap_or(Cow::Borrowed(method))).into_owned()
}

/// Whether a request is a preflight: OPTIONS with Origin and Access-Control-Request-Method.
pub(crate) fn is_preflight(method: &[u8], headers: &HeaderList) -> bool {
    method == b"OPTIONS" && headers.contains(b"origin") && headers.contains(b"access-control-request-method")
}
