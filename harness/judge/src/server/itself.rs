//! Whether the application answered, or something in front of it: a rate limiter, a firewall, a login, an outage.

use crosscheck_fetch::{WireResponse, is_redirect_status};

/// What the application itself answers at a path, as far as the contract of an adapter says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Application {
    /// The server has the paths of the application contract.
    #[default]
    OfTheContract,
    /// The paths of the server are its own.
    Unknown,
}

impl Application {
    /// Whether the application gave an answer: it uses the status at that path, and marks what its handler answers with X-Hit.
    fn gave(self, path: &str, response: &WireResponse) -> bool {
        let status = response.status;
        if self == Self::Unknown {
            return false;
        }
        let named = path.rsplit_once("/status/").and_then(|(_, n)| n.parse().ok());
        match path {
            "/auth" => status == 401,
            "/throw" => status >= 500,
            "/redirect" => is_redirect_status(status),
            _ => named == Some(status) && response.headers.contains(b"x-hit"),
        }
    }

    /// Whether an answer may come from something in front of the application, by its status: a refusal with this status counts only if
    /// the server is shown to be itself. An answer that shares itself by CORS headers comes from the CORS code.
    #[must_use]
    pub fn may_be_of_another(self, path: &str, response: &WireResponse) -> bool {
        let status = response.status;
        let of_others = matches!(status, 401 | 403 | 407 | 421 | 429 | 500..) || is_redirect_status(status);
        // At an address that a user mistyped, a router answers, and no CORS code.
        let of_others = of_others || (self == Self::Unknown && matches!(status, 404 | 410));
        of_others && !self.gave(path, response) && !response.headers.contains(b"access-control-allow-origin")
    }

    /// Whether a rate limiter answered: no CORS code refuses an origin with 429, nor with a 503 that says when to come back.
    #[must_use]
    pub fn is_limited(self, path: &str, response: &WireResponse) -> bool {
        let limits = match response.status {
            429 => true,
            503 => response.headers.contains(b"retry-after"),
            _ => false,
        };
        limits && !self.gave(path, response)
    }
}

/// The seconds after which a `Retry-After` allows the next request. A date is not read: clocks differ.
#[must_use]
pub fn retry_after(response: &WireResponse) -> Option<u64> {
    let value = response.headers.get(b"retry-after")?;
    std::str::from_utf8(&value).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::answer;
    use super::{Application, retry_after};

    #[test]
    fn an_answer_is_of_another_if_the_application_does_not_use_its_status_there_and_no_cors_header_shares_it() {
        use Application::{OfTheContract, Unknown};
        for (application, path, status, headers, expected) in [
            (OfTheContract, "/", 200, vec![], false),
            (OfTheContract, "/", 404, vec![], false),
            (OfTheContract, "/", 403, vec![], true),
            (OfTheContract, "/", 503, vec![], true),
            (OfTheContract, "/", 302, vec![], true),
            (OfTheContract, "/auth", 401, vec![], false),
            (OfTheContract, "/auth", 403, vec![], true),
            (OfTheContract, "/throw", 500, vec![], false),
            (OfTheContract, "/redirect", 302, vec![], false),
            (OfTheContract, "/status/503", 503, vec![("X-Hit", "1")], false),
            (OfTheContract, "/status/503", 503, vec![], true),
            (OfTheContract, "/status/503", 500, vec![], true),
            (OfTheContract, "/cached/status/500", 500, vec![("X-Hit", "1")], false),
            (Unknown, "/status/503", 503, vec![], true),
            (Unknown, "/", 401, vec![("Access-Control-Allow-Origin", "*")], false),
            (Unknown, "/", 404, vec![], true),
            (Unknown, "/", 404, vec![("Access-Control-Allow-Origin", "*")], false),
            (Unknown, "/", 405, vec![], false),
        ] {
            let response = answer(status, &headers);
            let found = application.may_be_of_another(path, &response);
            assert_eq!(found, expected, "{application:?} {path} {status} {headers:?}");
        }
    }

    #[test]
    fn a_limiter_is_told_by_429_or_by_503_with_a_time_to_come_back() {
        let unknown = Application::Unknown;
        assert!(unknown.is_limited("/", &answer(429, &[])));
        assert!(!unknown.is_limited("/", &answer(503, &[])));
        assert!(unknown.is_limited("/", &answer(503, &[("Retry-After", "3")])));
        assert!(!Application::OfTheContract.is_limited("/status/429", &answer(429, &[("X-Hit", "1")])));
        assert!(Application::OfTheContract.is_limited("/status/429", &answer(429, &[])));
        assert_eq!(retry_after(&answer(429, &[("Retry-After", " 3 ")])), Some(3));
        assert_eq!(retry_after(&answer(429, &[("Retry-After", "soon")])), None);
    }
}
