//! The names of headers and parameters whose values are secrets.

/// Words that mark the name of a header as that of a secret, wherever they are in it.
const HEADER_WORDS: [&str; 14] = [
    "authorization",
    "cookie",
    "token",
    "secret",
    "password",
    "passwd",
    "api-key",
    "apikey",
    "access-key",
    "auth-key",
    "csrf",
    "xsrf",
    "session",
    "credential",
];

/// The longest name of a header that is looked at.
const LONGEST: usize = 128;

/// Names of headers that have such a word and hold no secret, and names that hold one without such a word.
const NO_SECRETS: [&str; 4] = [
    "access-control-allow-credentials",
    "credentials",
    "sec-websocket-key",
    "sec-session-registration",
];
const SECRETS: [&str; 5] = [
    "x-auth",
    "x-key",
    "authentication-info",
    "x-amz-signature",
    "x-client-cert",
];

/// Names of headers that negotiate or route. Their values are words of protocols, so they are hidden in their own line alone.
const NEGOTIATION: [&str; 24] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "access-control-request-headers",
    "access-control-request-method",
    "cache-control",
    "connection",
    "content-language",
    "content-type",
    "dnt",
    "forwarded",
    "host",
    "origin",
    "pragma",
    "range",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
];

/// Names of parameters of a query, a form or a JSON object whose values are secrets.
const PARAMETERS: [&str; 29] = [
    "access_token",
    "accesstoken",
    "api_key",
    "api-key",
    "apikey",
    "auth_token",
    "authtoken",
    "bearer_token",
    "client_assertion",
    "client_secret",
    "code_verifier",
    "csrf_token",
    "id_token",
    "jwt",
    "passphrase",
    "passwd",
    "password",
    "private_key",
    "pwd",
    "refresh_token",
    "secret",
    "session_id",
    "sessionid",
    "session_token",
    "signature",
    "subscription-key",
    "token",
    "x-amz-credential",
    "x-amz-security-token",
];

/// Names that are secrets in a query only: elsewhere they are ordinary words.
const QUERY_ONLY: [&str; 10] = [
    "auth",
    "authorization",
    "code",
    "key",
    "pass",
    "session",
    "sid",
    "sig",
    "ticket",
    "x-amz-signature",
];

fn is_one_of(name: &[u8], names: &[&str]) -> bool {
    names.iter().any(|n| name.eq_ignore_ascii_case(n.as_bytes()))
}

/// Whether the value of a header of that name is a secret.
#[must_use]
pub fn is_secret_header(name: &[u8]) -> bool {
    if name.len() > LONGEST {
        return false;
    }
    let name = name.to_ascii_lowercase();
    let has = |word: &str| name.windows(word.len()).any(|part| part == word.as_bytes());
    !is_one_of(&name, &NO_SECRETS) && (is_one_of(&name, &SECRETS) || HEADER_WORDS.iter().any(|word| has(word)))
}

/// Whether a header of that name negotiates or routes.
#[must_use]
pub fn is_negotiation(name: &[u8]) -> bool {
    is_one_of(name, &NEGOTIATION)
}

/// Whether the value of a parameter of that name is a secret. `in_query` is whether it follows `?`, `&`, `;` or `#`.
pub(super) fn is_secret_parameter(name: &[u8], in_query: bool) -> bool {
    is_one_of(name, &PARAMETERS) || in_query && is_one_of(name, &QUERY_ONLY)
}

#[cfg(test)]
mod tests {
    use super::{is_negotiation, is_secret_header, is_secret_parameter};

    #[test]
    fn names_tell_secrets_from_what_a_diagnosis_needs() {
        for name in [
            "Authorization",
            "Proxy-Authorization",
            "cookie",
            "Set-Cookie",
            "X-Api-Key",
            "Api-Key",
            "X-Auth-Token",
            "X-Amz-Security-Token",
            "X-CSRF-Token",
            "X-Goog-Api-Key",
            "Ocp-Apim-Subscription-Key-Token",
        ] {
            assert!(is_secret_header(name.as_bytes()), "{name}");
        }
        for name in [
            "Access-Control-Allow-Credentials",
            "credentials",
            "Access-Control-Allow-Origin",
            "Content-Type",
            "Vary",
            "ETag",
            "Location",
        ] {
            assert!(!is_secret_header(name.as_bytes()), "{name}");
        }
        assert!(is_negotiation(b"Accept-Encoding") && !is_negotiation(b"X-Tenant"));
        assert!(is_secret_parameter(b"Access_Token", false) && is_secret_parameter(b"code", true));
        assert!(!is_secret_parameter(b"code", false) && !is_secret_parameter(b"page", true));
    }
}
