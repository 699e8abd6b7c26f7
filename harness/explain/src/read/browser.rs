//! Distinguishes the headers that a script set from those that the browser or a tool added.

use crosscheck_fetch::{Answer, ByteString, Init, is_cors_safelisted_request_header, is_forbidden_request_header};

/// A recorded request.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) body: Option<String>,
    /// The answer, if there is one.
    pub(super) answer: Option<Answer>,
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
        init.body = self.body.clone().map(crosscheck_fetch::InitBody::Text);
        init
    }

    /// The fetch that would make this preflight; the values of its headers are invented.
    pub(super) fn init_behind_preflight(&self) -> Init {
        let mut init = Init::new(self.url.clone());
        init.method = self
            .header("access-control-request-method")
            .map(|m| ByteString::Owned(m.into_bytes()));
        for name in self.requested_names() {
            let value: &[u8] = match name.as_str() {
                "content-type" => b"application/json",
                "range" => b"bytes=-1",
                // Too long for the safelist, for any name.
                "accept" | "accept-language" | "content-language" => &[b'x'; 129],
                _ => b"x",
            };
            init.headers
                .push((ByteString::Owned(name.into_bytes()), ByteString::Owned(value.to_vec())));
        }
        init
    }

    fn requested_names(&self) -> Vec<String> {
        let names = self.header("access-control-request-headers").unwrap_or_default();
        let names = names.split(',').map(|n| n.trim().to_ascii_lowercase());
        names.filter(|n| !n.is_empty()).collect()
    }
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
