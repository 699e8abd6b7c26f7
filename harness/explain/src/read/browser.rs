//! Distinguishes the headers that a script set from those that the browser or a tool added.

use crosscheck_fetch::{
    Answer, ByteString, Init, Mode, Via, is_cors_safelisted_method, is_cors_safelisted_request_header,
    is_forbidden_request_header,
};

/// A recorded request.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) body: Option<String>,
    /// The answer, if there is one.
    pub(super) answer: Option<Answer>,
    /// Whether cookies are recorded apart from the headers.
    pub(super) cookies: bool,
    /// Whether the browser reports that it refused the answer, or that it did not.
    pub(super) refused: Option<bool>,
    /// Whether the answer came from the browser's cache.
    pub(super) cached: bool,
    /// Whether a response without a status line was given.
    pub(super) no_status: bool,
    /// Whether the headers of the request are shown, and all of them.
    pub(super) shown: bool,
    /// What made the request, if the input says so: the mode and the initiator.
    pub(super) initiator: Initiator,
}

/// What the input says about the API that makes the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Initiator {
    /// `fetch()` or XMLHttpRequest, or not stated.
    #[default]
    Script,
    /// An element in mode no-cors.
    NoCors,
    /// A navigation.
    Navigation,
    /// A WebSocket.
    WebSocket,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let found = self
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, v)| String::from_utf8_lossy(v).into_owned())
    }

    pub(super) fn is_preflight(&self) -> bool {
        self.method == "OPTIONS" && self.header("access-control-request-method").is_some()
    }

    /// The fetch that made the request; `preflight` lists the headers that the script set.
    pub(super) fn init(&self, preflight: Option<&Self>) -> Init {
        let requested: Option<Vec<String>> = preflight.map(Self::requested_names);
        let mut init = Init::new(self.url.clone());
        init.method = Some(ByteString::Owned(self.method.clone().into_bytes()));
        for (name, value) in &self.headers {
            let by_script = match &requested {
                Some(names) => {
                    names.iter().any(|n| n.as_bytes().eq_ignore_ascii_case(name))
                        || is_cors_safelisted_request_header(name, value)
                }
                None => !added(name, value),
            };
            let plain_accept = name.eq_ignore_ascii_case(b"accept") && value == b"*/*";
            if by_script && !plain_accept && !is_forbidden_request_header(name, value) {
                init.headers
                    .push((ByteString::Owned(name.clone()), ByteString::Owned(value.clone())));
            }
        }
        // What a tool did not send although its preflight asks for it.
        for name in requested.unwrap_or_else(|| self.requested_names()) {
            let given = |(n, _): &(ByteString, ByteString)| n.eq_ignore_ascii_case(name.as_bytes());
            if !init.headers.iter().any(given) {
                init.headers.push(invented(name));
            }
        }
        if !matches!(self.method.as_str(), "GET" | "HEAD") {
            init.body = self.body.clone().map(crosscheck_fetch::InitBody::Text);
        }
        let socket = self.url.starts_with("ws://") || self.url.starts_with("wss://");
        match self.initiator {
            _ if socket => init.via = Via::WebSocket,
            Initiator::Script => {}
            Initiator::NoCors => init.mode = Some(Mode::NoCors),
            Initiator::Navigation => init.via = Via::Navigate,
            Initiator::WebSocket => init.via = Via::WebSocket,
        }
        init
    }

    /// The fetch that would make this preflight; the values of its headers are invented.
    pub(super) fn init_behind_preflight(&self) -> Init {
        let mut init = Init::new(self.url.clone());
        init.method = self
            .header("access-control-request-method")
            .map(|m| ByteString::Owned(m.into_bytes()));
        init.headers = self.requested_names().into_iter().map(invented).collect();
        let method = self.header("access-control-request-method").unwrap_or_default();
        if init.headers.is_empty() && is_cors_safelisted_method(method.as_bytes()) {
            // Only an upload listener makes a browser send a preflight for such a request.
            init.via = Via::Xhr;
            init.upload_listener = true;
        }
        init
    }

    /// A request with an upload listener, whose preflight asks for a safelisted method and no header.
    pub(super) fn init_behind_options(&self) -> Init {
        let mut init = Init::new(self.url.clone());
        init.via = Via::Xhr;
        init.upload_listener = true;
        init.method = Some(ByteString::Borrowed(b"POST"));
        init
    }

    /// Whether it is an OPTIONS request that asks for no method.
    pub(super) fn is_bare_options(&self) -> bool {
        self.method == "OPTIONS" && !self.is_preflight()
    }

    pub(super) fn has_cookies(&self) -> bool {
        self.cookies || self.header("cookie").is_some()
    }

    pub(super) fn requested_names(&self) -> Vec<String> {
        let names = self.header("access-control-request-headers").unwrap_or_default();
        let names = names.split(',').map(|n| n.trim().to_ascii_lowercase());
        names.filter(|n| !n.is_empty()).collect()
    }
}

/// Whether a response looks like the answer to a preflight and to nothing else.
pub(super) fn answers_preflight(answer: &Answer) -> bool {
    let Answer::Response(response) = answer else {
        return false;
    };
    let has = |name: &[u8]| response.headers.get(name).is_some();
    let lists = has(b"access-control-allow-methods") || has(b"access-control-allow-headers");
    has(b"access-control-max-age") || response.status == 204 && lists
}

/// A header with an invented value that is not safelisted.
fn invented(name: String) -> (ByteString, ByteString) {
    let value: &[u8] = match name.as_str() {
        "content-type" => b"application/json",
        "range" => b"bytes=-1",
        // Too long for the safelist, for any name.
        "accept" | "accept-language" | "content-language" => &[b'x'; 129],
        _ => b"x",
    };
    (ByteString::Owned(name.into_bytes()), ByteString::Owned(value.to_vec()))
}

/// Headers that a browser or a tool adds on its own. DevTools with "disable cache" adds the cache ones.
pub(super) fn added(name: &[u8], value: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    match name.as_slice() {
        b"user-agent"
        | b"priority"
        | b"upgrade-insecure-requests"
        | b"if-none-match"
        | b"if-modified-since"
        | b"accept-language" => true,
        b"cache-control" => matches!(value, b"no-cache" | b"max-age=0"),
        b"pragma" => value == b"no-cache",
        _ => name.starts_with(b":") || is_forbidden_request_header(&name, value),
    }
}
