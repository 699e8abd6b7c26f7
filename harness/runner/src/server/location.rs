//! Maps between the host and port of a case and those of the listener.

use crosscheck_fetch::{HeaderList, Url};
use std::borrow::Cow;
use std::net::SocketAddr;

/// Returns whether a URL names the listener, which the host and port of the case represent.
pub(super) fn is_listener(url: &Url, base: &Url) -> bool {
    url.host_str() == base.host_str() && url.port_or_known_default() == base.port_or_known_default()
}

/// Maps a Location that names the listener to the case's origin, as a TLS proxy would. Such a Location has the listener's port on the
/// case's host or on the host of the Host header, or is built from the Host header as it was sent.
pub(super) fn map(headers: &mut HeaderList, url: &Url, host: &str, listener: SocketAddr) {
    if !headers.contains(b"location") {
        return;
    }
    *headers = headers
        .iter()
        .map(|header| {
            let mapped = header
                .name
                .eq_ignore_ascii_case(b"location")
                .then(|| rewritten(&header.value, url, host, listener.port()))
                .flatten();
            (
                header.name.clone(),
                mapped.map_or_else(|| header.value.clone(), Cow::Owned),
            )
        })
        .collect();
}

fn rewritten(value: &[u8], url: &Url, host: &str, port: u16) -> Option<Vec<u8>> {
    let target = Url::parse(std::str::from_utf8(value).ok()?).ok()?;
    // An adapter does not know of a proxy in front of it, so its scheme is http.
    let sent = Url::parse(&format!("http://{host}/")).ok();
    let of_listener = |host: Option<&str>| target.host_str() == host && target.port_or_known_default() == Some(port);
    let is_own = of_listener(url.host_str())
        || sent.is_some_and(|sent| of_listener(sent.host_str()) || target.origin() == sent.origin());
    if target.scheme() != "http" || !is_own {
        return None;
    }
    let mut mapped = target.clone();
    mapped.set_host(url.host_str()).ok()?;
    mapped.set_port(url.port()).ok()?;
    mapped.set_scheme(url.scheme()).ok()?;
    // A new scheme may change the default port.
    mapped.set_port(url.port()).ok()?;
    Some(mapped.as_str().as_bytes().to_vec())
}
