//! The table of the contract.

use super::super::description::Description;
use super::super::keywords::Scope;
use crosscheck_fetch::Vary;

/// The status that a row requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusRule {
    /// Exactly this status.
    Exactly(u16),
    /// The framework's own response to a failed handler: 500, and any 5xx from a server in front of the application.
    HandlerFailed,
}

impl StatusRule {
    /// Whether a subject may respond with a status.
    #[must_use]
    pub const fn holds(self, status: u16, description: &Description) -> bool {
        match self {
            Self::Exactly(expected) => status == expected,
            Self::HandlerFailed if description.configuration => status >= 500 && status < 600,
            Self::HandlerFailed => status == 500,
        }
    }
}

impl std::fmt::Display for StatusRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(status) => write!(f, "{status}"),
            Self::HandlerFailed => f.write_str("500 (any 5xx from a server in front of the application)"),
        }
    }
}

/// What a row requires of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderRule {
    /// It is present with any value.
    Present,
    /// It is absent.
    Absent,
    /// It has exactly this value, once.
    Value(&'static str),
    /// Its list has this item; case is ignored.
    Item(&'static str),
    /// It is a URL with this path.
    Path(&'static str),
}

impl HeaderRule {
    /// Whether the values of a header, one per line, satisfy the rule.
    #[must_use]
    pub fn holds(self, values: &[String]) -> bool {
        match self {
            Self::Present => !values.is_empty(),
            Self::Absent => values.is_empty(),
            Self::Value(expected) => matches!(values, [value] if value == expected),
            Self::Item(expected) => {
                let vary = Vary::of_lines(values.iter().map(String::as_bytes));
                vary.names().contains(expected.to_ascii_lowercase().as_bytes())
            }
            Self::Path(expected) => match values {
                [value] => match url::Url::parse(value) {
                    Ok(url) => url.path() == expected,
                    Err(_) => value == expected,
                },
                _ => false,
            },
        }
    }
}

impl std::fmt::Display for HeaderRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Present => f.write_str("present"),
            Self::Absent => f.write_str("absent"),
            Self::Value(value) => write!(f, "`{value}`"),
            Self::Item(item) => write!(f, "a list with `{item}`"),
            Self::Path(path) => write!(f, "a URL with the path `{path}`"),
        }
    }
}

/// A request, and the response of every adapter.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The methods; each is sent.
    pub methods: &'static [&'static str],
    /// The path.
    pub path: &'static str,
    /// Whether the request has an Authorization header.
    pub authorized: bool,
    /// The status.
    pub status: StatusRule,
    /// The headers, by their names in lower case.
    pub headers: &'static [(&'static str, HeaderRule)],
    /// Whether the library may respond in place of the application. If so, a response without X-Hit is accepted, unless its status
    /// is 404 or 405, which a framework sends if it has no route.
    pub library_may_answer: bool,
    /// The purpose of the row as a phrase.
    pub purpose: &'static str,
}

impl Row {
    /// Whether a row applies to a subject. If the policy is attached to routes, the response for a path without a route is not that of
    /// the application.
    #[must_use]
    pub fn applies(&self, description: &Description) -> bool {
        self.path != MISSING || description.scope == Scope::App
    }

    /// The methods of a row that are sent to a subject. If the policy is attached to routes, a method that the policy does not list
    /// may have no route.
    pub fn methods_for(&self, description: &Description) -> impl Iterator<Item = &'static str> {
        let is_by_route = description.scope == Scope::Route;
        let methods = self.methods.iter().copied();
        methods.filter(move |method| !is_by_route || !MAY_BE_UNROUTED.contains(method))
    }
}

/// Methods that only policies that list them allow.
const MAY_BE_UNROUTED: [&str; 2] = ["PUT", "DELETE"];
const MISSING: &str = "/missing";
const HIT: (&str, HeaderRule) = ("x-hit", HeaderRule::Present);
const NO_HIT: (&str, HeaderRule) = ("x-hit", HeaderRule::Absent);
const TWO: (&str, HeaderRule) = ("x-two", HeaderRule::Value("v"));
const COOKIE: (&str, HeaderRule) = ("set-cookie", HeaderRule::Value("s=1; Path=/"));
const NO_COOKIE: (&str, HeaderRule) = ("set-cookie", HeaderRule::Absent);
const STORED: (&str, HeaderRule) = ("cache-control", HeaderRule::Value("public, max-age=60"));

/// The headers that the handler of the application adds to its responses.
const HANDLER: &[(&str, HeaderRule)] = &[HIT, TWO, COOKIE];
/// The headers that it adds below `/cached`.
const CACHED: &[(&str, HeaderRule)] = &[HIT, TWO, STORED, NO_COOKIE];

/// A GET request without Authorization, and the status and headers of its response.
const fn get(
    path: &'static str,
    status: u16,
    headers: &'static [(&'static str, HeaderRule)],
    purpose: &'static str,
) -> Row {
    Row {
        methods: &["GET"],
        path,
        authorized: false,
        status: StatusRule::Exactly(status),
        headers,
        library_may_answer: false,
        purpose,
    }
}

/// The contract. Its requests have no Origin header, so that the library influences the responses as little as possible.
pub static CONTRACT: &[Row] = &[
    Row {
        methods: &["GET", "HEAD", "POST", "PUT", "DELETE"],
        ..get("/", 200, HANDLER, "the application answers every method")
    },
    get("/any/other/path", 200, HANDLER, "the application answers every path"),
    get("/status/204", 204, HANDLER, "an answer without a body"),
    get("/status/404", 404, HANDLER, "an error of the application"),
    get("/status/500", 500, HANDLER, "a server error of the application"),
    get(
        "/vary",
        200,
        &[HIT, TWO, COOKIE, ("vary", HeaderRule::Item("Accept-Encoding"))],
        "the application sets `Vary` itself",
    ),
    get(
        "/acao",
        200,
        &[
            HIT,
            TWO,
            COOKIE,
            ("access-control-allow-origin", HeaderRule::Value("https://own.example")),
        ],
        "the application sets `Access-Control-Allow-Origin` itself",
    ),
    Row {
        status: StatusRule::HandlerFailed,
        ..get(
            "/throw",
            500,
            &[NO_HIT],
            "the handler raises an error, as the framework allows it",
        )
    },
    Row {
        methods: &["OPTIONS"],
        // The rule `swallows-options` decides whether it may.
        library_may_answer: true,
        ..get("/options", 299, HANDLER, "the application answers OPTIONS itself")
    },
    get(MISSING, 404, &[NO_HIT], "no route: the framework's own answer"),
    get(
        "/redirect",
        302,
        &[HIT, TWO, COOKIE, ("location", HeaderRule::Path("/"))],
        "a redirect by the framework's own means",
    ),
    get("/auth", 401, &[], "no access without an Authorization header"),
    Row {
        authorized: true,
        ..get("/auth", 200, HANDLER, "access with an Authorization header")
    },
    get("/cached", 200, CACHED, "an answer that a shared cache may store"),
    get(
        "/cached/status/404",
        404,
        CACHED,
        "an error that a shared cache may store",
    ),
];
