//! A request before it is sent.

use super::browser_headers;
use bytes::Bytes;
use crosscheck_fetch::{HeaderList, Url, WireRequest};
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use http_body_util::Full;
use url::Position;

/// A request as a browser, or a case's `send`, sends it.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The method.
    pub method: Vec<u8>,
    /// Path and query.
    pub target: String,
    /// The Host header.
    pub host: String,
    /// The other headers.
    pub headers: HeaderList,
    /// The body.
    pub body: Vec<u8>,
}

impl Outgoing {
    /// Creates the request of a fetch.
    #[must_use]
    pub fn of(wire: &WireRequest, host: Option<&str>) -> Self {
        Self {
            method: wire.method.to_vec(),
            target: target(&wire.url),
            host: host.map_or_else(|| host_of(&wire.url), str::to_owned),
            headers: wire.headers.clone(),
            body: wire.body.clone(),
        }
    }

    /// Adds what every browser sends besides. What a case's `send` states is sent as it is.
    #[must_use]
    pub fn of_a_browser(mut self, preflight: bool) -> Self {
        browser_headers::add(&mut self.headers, preflight);
        self
    }

    /// Creates the request of a case's `send`.
    #[must_use]
    pub fn of_send(send: &crosscheck_corpus::Send, host: Option<&str>) -> Self {
        let mut headers = send.headers.clone();
        let has_host = headers.contains(b"host");
        if !send.body.is_empty() && !headers.contains(b"content-length") && !headers.contains(b"transfer-encoding") {
            headers.push(&b"Content-Length"[..], send.body.len().to_string().into_bytes());
        }
        let written = || {
            headers
                .get(b"host")
                .map(|h| String::from_utf8_lossy(&h).into_owned())
                .unwrap_or_default()
        };
        let host = match (has_host, host) {
            (true, _) => written(),
            (false, Some(host)) => host.to_owned(),
            (false, None) => host_of(&send.url),
        };
        headers.delete(b"host");
        Self {
            method: send.method.to_vec(),
            target: target(&send.url),
            host,
            headers,
            body: send.body.clone(),
        }
    }

    /// Returns the request for the HTTP library, or `None` if the library would not write these bytes.
    pub(super) fn for_hyper(&self) -> Option<Request<Full<Bytes>>> {
        let mut headers = HeaderMap::with_capacity(self.headers.len() + 1);
        headers.insert(HOST, HeaderValue::from_str(&self.host).ok()?);
        for header in &self.headers {
            let name = HeaderName::from_bytes(&header.name).ok()?;
            headers.append(name, HeaderValue::from_bytes(&header.value).ok()?);
        }
        let mut request = Request::new(Full::new(Bytes::copy_from_slice(&self.body)));
        *request.method_mut() = Method::from_bytes(&self.method).ok()?;
        *request.uri_mut() = self.target.parse::<Uri>().ok()?;
        *request.headers_mut() = headers;
        Some(request)
    }

    /// Returns the bytes of the request, for a connection that is closed afterwards.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = self.method.clone();
        out.push(b' ');
        out.extend_from_slice(self.target.as_bytes());
        out.extend_from_slice(b" HTTP/1.1\r\nHost: ");
        out.extend_from_slice(self.host.as_bytes());
        out.extend_from_slice(b"\r\n");
        for header in &self.headers {
            out.extend_from_slice(&header.name);
            out.extend_from_slice(b": ");
            out.extend_from_slice(&header.value);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"Connection: close\r\n\r\n");
        out.extend_from_slice(&self.body);
        out
    }
}

fn target(url: &Url) -> String {
    url[Position::BeforePath..Position::AfterQuery].to_owned()
}

fn host_of(url: &Url) -> String {
    url[Position::BeforeHost..Position::AfterPort].to_owned()
}
