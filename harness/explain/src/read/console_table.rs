//! The wording of browsers: which message means what.

/// The reason that a message gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// No Access-Control-Allow-Origin.
    Missing,
    /// Several values in it.
    Several,
    /// Another value.
    Mismatch(Option<String>),
    /// None, or another value; the message does not tell which.
    NotAllowed,
    /// A page of the public network requests a private address.
    PrivateNetwork,
    /// `*` with credentials.
    Wildcard,
    /// Access-Control-Allow-Credentials is not `true`.
    Credentials(Option<String>),
    /// The preflight was redirected.
    PreflightRedirect,
    /// The status of the preflight's answer.
    PreflightStatus,
    /// A request header is not listed.
    Header(Option<String>),
    /// The method is not listed.
    Method(Option<String>),
    /// The URL is neither http nor https.
    Scheme,
    /// An http URL on an https page.
    Mixed,
    /// A list that does not parse.
    List(String),
    /// No usable response.
    Network,
    /// CORS is switched off.
    Disabled,
    /// A message without a reason.
    Unnamed,
}

/// "missing" in the languages of Firefox.
const MISSING: [&str; 20] = [
    "missing",
    "缺少",
    "缺少了",
    "fehlt",
    "manquant",
    "absent",
    "falta",
    "ausente",
    "mancante",
    "отсутств",
    "ありません",
    "足りません",
    "欠け",
    "brak",
    "ontbre",
    "없음",
    "누락",
    "saknas",
    "chybí",
    "eksik",
];

/// What only a browser's message says, in lower case with straight quotes.
const PHRASES: [&str; 20] = [
    "blocked by cors policy",
    "same origin policy",
    "request blocked",
    "due to access control checks",
    "denied by access control checks",
    "is not allowed by access-control-allow",
    "is not allowed access",
    "'access-control-allow-origin' header",
    "'access-control-allow-credentials' header",
    "access-control-allow-headers in preflight response",
    "access-control-allow-methods in preflight response",
    "mixed content: ",
    "cross origin requests are only supported",
    "cross-origin redirection to",
    "preflight response is not successful",
    "preflight response is a redirect",
    "cannot use wildcard in access-control-allow-origin",
    "access-control-allow-origin cannot contain more than one origin",
    "credentials flag is true",
    "(reason: ",
];

/// Whether a line is a message of a browser. A translated message has "CORS" and a URL.
fn is_message(lower: &str, line: &str) -> bool {
    let header = lower.trim_start().starts_with("access-control-");
    !header && (PHRASES.iter().any(|p| lower.contains(p)) || line.contains("CORS") && line.contains("://"))
}

fn straight(text: &str) -> String {
    text.to_lowercase().replace(['‘', '’', '“', '”', '`', '"'], "'")
}

/// The first message that gives a reason, or else the first message, with its reason.
pub(super) fn kind(text: &str) -> Option<(Kind, &str)> {
    let mut first = None;
    for line in text.lines().filter(|l| is_message(&straight(l), l)) {
        let lower = straight(line);
        let found = preflight(&lower, line)
            .or_else(|| check(&lower))
            .unwrap_or_else(|| other(&lower));
        match found {
            Kind::Unnamed | Kind::Network => {
                first.get_or_insert((found, line));
            }
            found => return Some((found, line)),
        }
    }
    first
}

fn preflight(lower: &str, text: &str) -> Option<Kind> {
    let has = |part: &str| lower.contains(part);
    if has("redirect is not allowed for a preflight")
        || has("external redirect not allowed")
        || has("preflight response is a redirect")
    {
        return Some(Kind::PreflightRedirect);
    }
    if has("does not have http ok status")
        || has("preflight response is not successful")
        || has("preflight response did not succeed")
        || has("invalid status code")
        || has("invalid http status code")
    {
        return Some(Kind::PreflightStatus);
    }
    if has("request header field ") && has("access-control-allow-headers") {
        return Some(Kind::Header(original(text, "Request header field ", &[' '])));
    }
    if has("missing token") {
        return Some(Kind::Header(original(text, "missing token ", &['’', '\'', ' '])));
    }
    for name in ["access-control-allow-headers", "access-control-allow-methods"] {
        if has(name) && has("invalid token") {
            return Some(Kind::List(
                if name.ends_with("methods") {
                    "Access-Control-Allow-Methods"
                } else {
                    "Access-Control-Allow-Headers"
                }
                .to_owned(),
            ));
        }
    }
    if has("access-control-allow-methods") {
        if has("method ") && has("is not allowed by") {
            return Some(Kind::Method(original(text, "Method ", &[' '])));
        }
        return Some(Kind::Method(None));
    }
    // A header in another language: its name is quoted before the name of the list.
    if has("access-control-allow-headers") {
        return Some(Kind::Header(None));
    }
    None
}

fn check(lower: &str) -> Option<Kind> {
    let has = |part: &str| lower.contains(part);
    if has("multiple values")
        || has("more than one origin")
        || has("multiple cors header")
        || has("'*, *'")
        || lower.contains("does not match") && after(lower, "does not match '").is_some_and(|v| v.contains(','))
    {
        return Some(Kind::Several);
    }
    if has("must not be the wildcard")
        || has("cannot use wildcard in access-control-allow-origin")
        || has("credential is not supported")
        || has("a wildcard '*' cannot be used")
    {
        return Some(Kind::Wildcard);
    }
    if has("access-control-allow-credentials") {
        return Some(Kind::Credentials(after(lower, "header in the response is '")));
    }
    if has("contains the invalid value") {
        return Some(Kind::Mismatch(after(lower, "contains the invalid value '")));
    }
    if has("that is not equal to the supplied origin") {
        return Some(Kind::Mismatch(after(lower, "has a value '")));
    }
    if has("access-control-allow-origin") {
        if has("does not match") {
            return Some(Kind::Mismatch(after(lower, "does not match '")));
        }
        if has("no 'access-control-allow-origin' header") || MISSING.iter().any(|m| has(m)) {
            return Some(Kind::Missing);
        }
        if has("is not allowed by access-control-allow-origin") {
            return Some(Kind::NotAllowed);
        }
        return Some(Kind::Unnamed);
    }
    None
}

fn other(lower: &str) -> Kind {
    let has = |part: &str| lower.contains(part);
    if has("only supported for protocol schemes") || has("only supported for http") || has("cors request not http") {
        return Kind::Scheme;
    }
    if has("more-private address space") || has("private network") || has("local network") {
        return Kind::PrivateNetwork;
    }
    if has("mixed content") {
        return Kind::Mixed;
    }
    if has("cors disabled") {
        return Kind::Disabled;
    }
    if has("cors request did not succeed") || has("preflight channel did not succeed") {
        return Kind::Network;
    }
    Kind::Unnamed
}

/// The quoted text after a mark, if it is not empty.
fn after(lower: &str, mark: &str) -> Option<String> {
    let rest = lower.split_once(mark)?.1;
    rest.split('\'').next().filter(|v| !v.is_empty()).map(str::to_owned)
}

/// The word after a mark, as written.
fn original(text: &str, mark: &str, ends: &[char]) -> Option<String> {
    let rest = text.split_once(mark)?.1.trim_start_matches(['‘', '\'', '"', '`']);
    let word = rest.split(ends).next()?.trim_matches(['‘', '’', '\'', '"', '`', ',']);
    (!word.is_empty()).then(|| word.to_owned())
}
