//! What a server grants to an origin that it lets in.

use crosscheck_fetch::{
    CredentialsMode, Extracted, HeaderList, WireResponse, cors_check, extract_header_list_values, extract_max_age,
    is_cors_safelisted_method, is_ok_status,
};

/// What a server grants.
pub(super) struct Facts {
    /// Whether the preflight passes the CORS check and has an ok status.
    pub(super) preflight: bool,
    /// The methods beyond the safelisted ones.
    pub(super) methods: Grant,
    /// The request headers.
    pub(super) headers: Grant,
    /// The response headers that are exposed.
    pub(super) exposed: Vec<String>,
    /// The seconds for which a preflight may be kept, if it says so.
    pub(super) max_age: Option<u64>,
}

/// What is granted by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    /// Whatever is asked for.
    Any,
    /// These.
    Only(Vec<String>),
}

impl Facts {
    /// The preflights that are sent: a method, and the name of a header that no list has by chance. What is granted in both is granted to
    /// whoever asks.
    pub(super) const PREFLIGHTS: [(&'static str, &'static str); 2] = [("PUT", "x-zq7-a"), ("DELETE", "x-zq7-b")];

    /// Reads the answers.
    pub(super) fn of(origin: &str, actual: &WireResponse, preflights: &[WireResponse]) -> Self {
        let passes = |response: &&WireResponse| {
            is_ok_status(response.status)
                && cors_check(origin, CredentialsMode::SameOrigin, &response.headers).is_success()
        };
        let passing: Vec<&WireResponse> = preflights.iter().filter(passes).collect();
        let names = |name: &[u8]| -> Vec<Vec<String>> { passing.iter().map(|r| values(name, &r.headers)).collect() };
        let headers = names(b"access-control-allow-headers");
        let asked = Self::PREFLIGHTS.map(|(_, header)| header);
        let is_echoed = headers.len() == asked.len()
            && headers.iter().zip(asked).all(|(granted, asked)| {
                granted
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(asked) || name == "*")
            });
        let mut methods: Vec<String> = names(b"access-control-allow-methods").concat();
        methods.sort();
        methods.dedup();
        let is_any = methods.iter().any(|method| method == "*");
        methods.retain(|method| !is_cors_safelisted_method(method.as_bytes()));
        let mut granted: Vec<String> = headers.concat().iter().map(|name| name.to_ascii_lowercase()).collect();
        granted.sort();
        granted.dedup();
        Self {
            preflight: !passing.is_empty(),
            methods: if is_any { Grant::Any } else { Grant::Only(methods) },
            headers: if is_echoed { Grant::Any } else { Grant::Only(granted) },
            exposed: values(b"access-control-expose-headers", &actual.headers),
            max_age: passing.iter().find_map(|response| stated_max_age(&response.headers)),
        }
    }
}

/// The names of a header list; none if the header is absent or malformed.
fn values(name: &[u8], headers: &HeaderList) -> Vec<String> {
    match extract_header_list_values(name, headers) {
        Extracted::Values(values) => values
            .into_iter()
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .collect(),
        Extracted::Null | Extracted::Failure => Vec::new(),
    }
}

fn stated_max_age(headers: &HeaderList) -> Option<u64> {
    match extract_max_age(headers) {
        Extracted::Values(seconds) => Some(seconds),
        Extracted::Null | Extracted::Failure => None,
    }
}
