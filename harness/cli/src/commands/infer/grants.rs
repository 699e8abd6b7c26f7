//! What a server grants to an allowed origin besides the response. Many servers fail a preflight that requests anything that they do not
//! grant, so each method and each header has a preflight of its own.

use crosscheck_corpus::policy::{SAFELISTED_HEADERS, SAFELISTED_METHODS};
use crosscheck_fetch::{
    CredentialsMode, Extracted, HeaderList, WireResponse, cors_check, extract_header_list_values, extract_max_age,
    is_cors_non_wildcard_request_header_name, is_ok_status,
};

/// What a server grants.
pub(super) struct Grants {
    /// The methods beyond the CORS-safelisted methods.
    pub(super) methods: Names,
    /// The request headers beyond the CORS-safelisted names.
    pub(super) headers: Names,
    /// The values of Access-Control-Expose-Headers.
    pub(super) exposed: Vec<String>,
    /// The value of Access-Control-Max-Age of the first preflight that states it, in seconds.
    pub(super) max_age: Option<u64>,
}

/// Granted methods or headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Every name that is requested.
    Requested,
    /// Every name, by `*`, which is a wildcard only for requests without credentials.
    Wildcard,
    /// These names.
    Listed(Vec<String>),
}

/// What a preflight requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A method.
    Method,
    /// A header of a GET request.
    Header,
}

impl Kind {
    /// A name that no server grants by its list.
    pub(super) const fn made_up(self) -> &'static str {
        match self {
            Self::Method => "ZQ7",
            Self::Header => "x-zq7",
        }
    }

    /// The names that are requested of every server.
    pub(super) const fn usual(self) -> &'static [&'static str] {
        match self {
            Self::Method => &["PUT", "PATCH", "DELETE"],
            Self::Header => &["authorization", "if-none-match", "x-requested-with"],
        }
    }

    /// The method and the headers of a preflight that requests a name.
    pub(super) fn preflight(self, name: &str) -> (&str, Vec<&str>) {
        match self {
            Self::Method => (name, Vec::new()),
            Self::Header => ("GET", vec![name]),
        }
    }

    const fn response_header(self) -> &'static [u8] {
        match self {
            Self::Method => b"access-control-allow-methods",
            Self::Header => b"access-control-allow-headers",
        }
    }

    /// Whether a name needs no grant, or is no name for pages: many servers list OPTIONS, since preflights have this method.
    fn is_left_out(self, name: &str) -> bool {
        match self {
            Self::Method => SAFELISTED_METHODS.contains(&name) || matches!(name, "OPTIONS" | "*"),
            Self::Header => SAFELISTED_HEADERS.contains(&name) || name == "*",
        }
    }
}

/// A response to a preflight for one name.
pub(super) struct Preflight {
    /// Whether it grants the name to a request without credentials.
    pub(super) grants: bool,
    /// Whether it does so by `*`.
    pub(super) wildcard: bool,
    /// The other names that it lists, and that need a grant.
    pub(super) listed: Vec<String>,
    pub(super) max_age: Option<u64>,
}

impl Preflight {
    /// Reads a response, by the steps of the CORS-preflight fetch.
    pub(super) fn read(origin: &str, kind: Kind, name: &str, response: &WireResponse) -> Self {
        let check = cors_check(origin, CredentialsMode::SameOrigin, &response.headers);
        if !is_ok_status(response.status) || !check.is_success() {
            return Self {
                grants: false,
                wildcard: false,
                listed: Vec::new(),
                max_age: None,
            };
        }
        let mut listed = values(kind.response_header(), &response.headers);
        if kind == Kind::Header {
            listed.iter_mut().for_each(|name| name.make_ascii_lowercase());
        }
        let is_listed = listed.iter().any(|listed| listed == name);
        let can_be_wildcard = kind == Kind::Method || !is_cors_non_wildcard_request_header_name(name.as_bytes());
        let wildcard = !is_listed && can_be_wildcard && listed.iter().any(|listed| listed == "*");
        listed.retain(|listed| listed != name && !kind.is_left_out(listed));
        Self {
            grants: is_listed || wildcard,
            wildcard,
            listed,
            max_age: max_age(&response.headers),
        }
    }
}

/// The names of a header list; none if the header is absent or malformed.
pub(super) fn values(name: &[u8], headers: &HeaderList) -> Vec<String> {
    match extract_header_list_values(name, headers) {
        Extracted::Values(values) => values
            .into_iter()
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .collect(),
        Extracted::Null | Extracted::Failure => Vec::new(),
    }
}

fn max_age(headers: &HeaderList) -> Option<u64> {
    match extract_max_age(headers) {
        Extracted::Values(seconds) => Some(seconds),
        Extracted::Null | Extracted::Failure => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Preflight};
    use crosscheck_fetch::{HeaderList, WireResponse};

    #[test]
    fn a_name_is_granted_by_the_steps_of_the_standard() {
        for (kind, name, status, allowed, expected) in [
            (
                Kind::Method,
                "PUT",
                204,
                "GET, PUT, PATCH",
                (true, false, vec!["PATCH"]),
            ),
            (Kind::Method, "PUT", 204, "put", (false, false, vec!["put"])),
            (Kind::Method, "PUT", 204, "*", (true, true, vec![])),
            (Kind::Method, "PUT", 400, "PUT", (false, false, vec![])),
            (Kind::Method, "PUT", 204, "PUT; PATCH", (false, false, vec![])),
            (Kind::Header, "x-a", 204, "X-A, Accept, X-B", (true, false, vec!["x-b"])),
            (Kind::Header, "authorization", 204, "*", (false, false, vec![])),
            (Kind::Header, "x-a", 204, "*", (true, true, vec![])),
        ] {
            let mut headers = HeaderList::new();
            headers.push(&b"Access-Control-Allow-Origin"[..], &b"https://app.example"[..]);
            headers.push(kind.response_header().to_vec(), allowed.as_bytes().to_vec());
            let response = WireResponse {
                status,
                headers,
                ..WireResponse::default()
            };
            let read = Preflight::read("https://app.example", kind, name, &response);
            let listed: Vec<&str> = read.listed.iter().map(String::as_str).collect();
            assert_eq!(
                (read.grants, read.wildcard, listed),
                expected,
                "{kind:?} {name} {allowed}"
            );
            let other = Preflight::read("https://other.example", kind, name, &response);
            assert!(!other.grants && other.listed.is_empty(), "{kind:?} {name} {allowed}");
        }
    }
}
