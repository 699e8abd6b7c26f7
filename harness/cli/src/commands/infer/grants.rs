//! What a server grants to an allowed origin besides the response.

use crosscheck_fetch::{
    CredentialsMode, Extracted, HeaderList, WireResponse, cors_check, extract_header_list_values, extract_max_age,
    is_cors_safelisted_method, is_ok_status,
};

/// The preflights that are sent: a method, and the name of a header that no server lists by chance.
pub(super) const PREFLIGHTS: [(&str, &str); 2] = [("PUT", "x-zq7-a"), ("DELETE", "x-zq7-b")];

/// What a server grants.
pub(super) struct Grants {
    /// Whether a preflight has an ok status and passes the CORS check.
    pub(super) preflight: bool,
    /// The methods beyond the CORS-safelisted methods.
    pub(super) methods: Names,
    /// The request headers.
    pub(super) headers: Names,
    /// The values of Access-Control-Expose-Headers.
    pub(super) exposed: Vec<String>,
    /// The value of Access-Control-Max-Age, in seconds.
    pub(super) max_age: Option<u64>,
}

/// Granted methods or headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// The server grants what the preflight requests.
    Requested,
    /// The server sends `*`, which is a wildcard only for requests without credentials.
    Wildcard,
    /// The server grants these.
    Listed(Vec<String>),
}

impl Grants {
    /// Reads the response to a GET, and the responses to [`PREFLIGHTS`].
    pub(super) fn read(origin: &str, actual: &WireResponse, preflights: &[WireResponse]) -> Self {
        let passes = |response: &&WireResponse| {
            let check = cors_check(origin, CredentialsMode::SameOrigin, &response.headers);
            is_ok_status(response.status) && check.is_success()
        };
        let passing: Vec<&WireResponse> = preflights.iter().filter(passes).collect();
        let names = |header: &[u8]| -> Vec<Vec<String>> {
            passing
                .iter()
                .map(|response| values(header, &response.headers))
                .collect()
        };
        let mut methods = Names::of(
            &names(b"access-control-allow-methods"),
            PREFLIGHTS.map(|(method, _)| method),
        );
        if let Names::Listed(listed) = &mut methods {
            listed.retain(|method| !is_cors_safelisted_method(method.as_bytes()));
        }
        let mut headers = names(b"access-control-allow-headers");
        headers
            .iter_mut()
            .flatten()
            .for_each(|name| name.make_ascii_lowercase());
        Self {
            preflight: !passing.is_empty(),
            methods,
            headers: Names::of(&headers, PREFLIGHTS.map(|(_, header)| header)),
            exposed: values(b"access-control-expose-headers", &actual.headers),
            max_age: passing.iter().find_map(|response| max_age(&response.headers)),
        }
    }
}

impl Names {
    /// Reads what each preflight was granted. A name that is granted only to the preflight that requested it is not listed.
    fn of(granted: &[Vec<String>], requested: [&str; 2]) -> Self {
        if granted.iter().flatten().any(|name| name == "*") {
            return Self::Wildcard;
        }
        if let [first, second] = granted {
            let [one, other] = requested;
            let has = |granted: &[String], name: &str| granted.iter().any(|granted| granted == name);
            let repeats = has(first, one) && has(second, other);
            if repeats && !has(first, other) && !has(second, one) {
                return Self::Requested;
            }
        }
        let mut listed = granted.concat();
        listed.sort();
        listed.dedup();
        Self::Listed(listed)
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

fn max_age(headers: &HeaderList) -> Option<u64> {
    match extract_max_age(headers) {
        Extracted::Values(seconds) => Some(seconds),
        Extracted::Null | Extracted::Failure => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_that_only_repeat_the_request_are_not_listed() {
        let listed = |names: &[&str]| Names::Listed(names.iter().map(|name| (*name).to_owned()).collect());
        for (first, second, expected) in [
            (vec!["PUT"], vec!["DELETE"], Names::Requested),
            (vec!["GET", "PUT"], vec!["GET", "DELETE"], Names::Requested),
            (vec!["DELETE", "PUT"], vec!["DELETE", "PUT"], listed(&["DELETE", "PUT"])),
            (vec!["PUT"], vec!["PUT"], listed(&["PUT"])),
            (vec!["PUT"], vec![], listed(&["PUT"])),
            (vec!["*"], vec!["*"], Names::Wildcard),
            (vec![], vec![], listed(&[])),
        ] {
            let granted = [first, second].map(|names| names.iter().map(|name| (*name).to_owned()).collect());
            assert_eq!(Names::of(&granted, ["PUT", "DELETE"]), expected, "{granted:?}");
        }
        assert_eq!(
            Names::of(&[vec!["PUT".to_owned()]], ["PUT", "DELETE"]),
            listed(&["PUT"])
        );
    }
}
