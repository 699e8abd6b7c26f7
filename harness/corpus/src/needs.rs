//! The needs of a case that follow from the case itself, so that `needs` does not have to list them.

use crate::case::{Case, CaseResponse, PageOrigin};
use crate::words::Need;
use crosscheck_fetch::{ByteString, HeaderList, InitBody, Origin, Via, is_header_value, is_redirect_status, is_token};
use std::sync::Arc;

/// Adds the derived needs.
pub(crate) fn derive(case: &mut Case) {
    let mut found = Vec::new();
    for fetch in case.fetches() {
        match &*fetch.origin {
            PageOrigin::Opaque(_) => found.push(Need::OpaqueOrigin),
            PageOrigin::Tuple(Origin::Tuple { scheme, .. }) if scheme == "https" => found.push(Need::Https),
            PageOrigin::Tuple(origin) if origin.is_of_app() => found.push(Need::AppOrigin),
            PageOrigin::Tuple(_) => {}
        }
        if let PageOrigin::Tuple(origin) = &*fetch.origin
            && is_of_loopback(origin)
        {
            found.push(Need::LoopbackOrigin);
        }
        let url = &fetch.request.url;
        if has_scheme(url, "https:") || has_scheme(url, "wss:") {
            found.push(Need::Https);
        }
        if has_scheme(url, "data:") {
            found.push(Need::DataUrls);
        }
        match fetch.request.via {
            Via::Fetch => {}
            Via::Xhr => found.push(Need::Xhr),
            _ => found.push(Need::Initiators),
        }
        if fetch.request.upload_listener {
            found.push(Need::Xhr);
        }
        if matches!(fetch.request.body, Some(InitBody::Stream(_))) {
            found.push(Need::Streams);
        }
        if fetch.after > 0 {
            found.push(Need::WallClock);
        }
        let also = fetch.also_allowed.iter().filter_map(|a| a.exchange.as_ref()).flatten();
        for exchange in fetch.exchange.iter().chain(also) {
            if exchange
                .request
                .as_ref()
                .and_then(|r| r.url.as_ref())
                .is_some_and(|u| u.scheme() == "https")
            {
                found.push(Need::Https);
            }
            match &exchange.response {
                CaseResponse::Raw(_) => found.push(Need::RawBytes),
                CaseResponse::Fail(_) => {}
                CaseResponse::Parts {
                    status,
                    status_text,
                    headers,
                    ..
                } => {
                    if is_redirect_status(*status) {
                        found.push(Need::Redirects);
                    }
                    if headers.iter().any(|h| is_odd(&h.name, &h.value)) || !is_plain(status_text) {
                        found.push(Need::RawBytes);
                    }
                }
            }
        }
    }
    if let Some(send) = case.send() {
        let odd = |headers: &HeaderList| headers.iter().any(|h| is_odd(&h.name, &h.value));
        if !is_token(&send.method) || odd(&send.headers) {
            found.push(Need::RawBytes);
        }
        if send.url.scheme() == "https" {
            found.push(Need::Https);
        }
    }
    if !case.cookies().is_empty() {
        found.push(Need::Cookies);
    }
    Arc::make_mut(&mut case.needs).extend(found);
}

/// Whether an origin is of the web and of this machine. Apps name a host that is no host.
fn is_of_loopback(origin: &Origin) -> bool {
    let Origin::Tuple { host, .. } = origin else {
        return false;
    };
    let is_name = host == "localhost" || host.ends_with(".localhost");
    !origin.is_of_app() && (is_name || host == "[::1]" || host.starts_with("127."))
}

fn has_scheme(url: &str, scheme: &str) -> bool {
    url.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme))
}

/// A header that an HTTP library would not write unchanged.
fn is_odd(name: &ByteString, value: &ByteString) -> bool {
    !is_token(name) || !is_header_value(value) || !is_plain(value)
}

fn is_plain(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, b'\t' | b' '..=b'~'))
}
