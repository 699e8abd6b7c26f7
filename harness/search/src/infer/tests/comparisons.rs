//! Comparisons of origins as they are written in servers.

/// A comparison as it is written in servers: a name, an allowed origin, the comparison, and whether it must be explained.
pub(super) struct Comparison(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) fn(&str) -> bool,
    pub(super) bool,
);

/// The host of a serialized origin.
pub(super) fn host_of(origin: &str) -> &str {
    let rest = origin.split_once("://").map_or("", |(_, rest)| rest);
    rest.rsplit_once(':').map_or(rest, |(host, _)| host)
}

pub(super) const APP: &str = "https://app.example";
pub(super) const DEEP: &str = "https://app.site.example";

/// One label of these characters before `.site.example`.
fn one_label(origin: &str, is_allowed: fn(char) -> bool) -> bool {
    let label = origin
        .strip_prefix("https://")
        .and_then(|rest| rest.strip_suffix(".site.example"));
    label.is_some_and(|label| !label.is_empty() && label.chars().all(is_allowed))
}

pub(super) const COMPARISONS: &[Comparison] = &[
    Comparison("every origin", APP, |_| true, true),
    Comparison("every origin but null", APP, |o| o != "null", true),
    Comparison("every origin of https", APP, |o| o.starts_with("https://"), true),
    Comparison("one origin", APP, |o| o == APP, true),
    Comparison("one origin and null", APP, |o| o == APP || o == "null", true),
    Comparison("one host of three labels", DEEP, |o| o == DEEP, true),
    Comparison(
        "one origin with a port",
        "https://app.example:8443",
        |o| o == "https://app.example:8443",
        true,
    ),
    Comparison("one address", "https://192.0.2.7", |o| o == "https://192.0.2.7", true),
    Comparison(
        "one address of version 6",
        "https://[2001:db8::7]",
        |o| o == "https://[2001:db8::7]",
        true,
    ),
    Comparison("http too", APP, |o| o == APP || o == "http://app.example", true),
    Comparison(
        "any port",
        APP,
        |o| o.starts_with("https://") && host_of(o) == "app.example",
        true,
    ),
    Comparison("the host alone", APP, |o| host_of(o) == "app.example", true),
    Comparison("origin.endsWith(host)", APP, |o| o.ends_with("app.example"), true),
    Comparison(
        "hostname.endsWith(host)",
        APP,
        |o| host_of(o).ends_with("app.example"),
        true,
    ),
    Comparison(
        "hostname.endsWith(parent)",
        DEEP,
        |o| host_of(o).ends_with("site.example"),
        true,
    ),
    Comparison("origin.startsWith(origin)", APP, |o| o.starts_with(APP), true),
    Comparison("origin.includes(host)", APP, |o| o.contains("app.example"), true),
    Comparison(
        "hostname.includes(parent)",
        DEEP,
        |o| host_of(o).contains("site.example"),
        true,
    ),
    Comparison(
        "hostname.endsWith(.parent)",
        DEEP,
        |o| host_of(o).ends_with(".site.example"),
        true,
    ),
    Comparison(
        "hostname.endsWith(.parent) or the parent",
        DEEP,
        |o| host_of(o).ends_with(".site.example") || host_of(o) == "site.example",
        true,
    ),
    Comparison(
        "subdomains over https",
        DEEP,
        |o| o.starts_with("https://") && o.ends_with(".site.example"),
        true,
    ),
    Comparison(
        "one label of letters",
        DEEP,
        |o| one_label(o, |c| c.is_ascii_lowercase()),
        true,
    ),
    Comparison(
        "one label of letters, digits and hyphens",
        DEEP,
        |o| one_label(o, |c| c.is_ascii_alphanumeric() || c == '-'),
        true,
    ),
    Comparison(
        "one label of word characters",
        DEEP,
        |o| one_label(o, |c| c.is_ascii_alphanumeric() || c == '_'),
        true,
    ),
    Comparison("one label", DEEP, |o| one_label(o, |c| c != '.'), true),
    Comparison(
        "an expression without escaped dots",
        DEEP,
        |o| {
            let rest = o.strip_prefix("https://").unwrap_or_default().as_bytes();
            rest.len() == 16
                && rest
                    .iter()
                    .zip(b"app.site.example")
                    .all(|(one, other)| one == other || *other == b'.')
        },
        true,
    ),
    Comparison("www too", APP, |o| o.replace("://www.", "://") == APP, true),
    Comparison(
        "a list of three hosts",
        APP,
        |o| matches!(o, "https://app.example" | "https://other.example" | "https://x.test"),
        true,
    ),
    Comparison(
        "localhost at any port",
        "http://localhost:3000",
        |o| o.starts_with("http://localhost:"),
        true,
    ),
    Comparison(
        "search for the subdomains",
        DEEP,
        |o| o.ends_with(".site.example"),
        true,
    ),
    Comparison(
        "subdomains without an end",
        DEEP,
        |o| o.starts_with("https://") && o.contains(".site.example"),
        true,
    ),
    Comparison(
        "the last two labels",
        DEEP,
        |o| {
            let host = host_of(o);
            host == "site.example" || host.ends_with(".site.example")
        },
        true,
    ),
    Comparison(
        "the text after the scheme",
        APP,
        |o| o.split("//").nth(1) == Some("app.example"),
        true,
    ),
    Comparison(
        "origins of the list without their last character",
        APP,
        |o| o.starts_with("https://app.exampl"),
        false,
    ),
    Comparison(
        "a prefix without its scheme",
        APP,
        |o| host_of(o).starts_with("app."),
        false,
    ),
    Comparison(
        "a prefix of the first label",
        APP,
        |o| o.starts_with("https://app"),
        false,
    ),
    Comparison("the top-level domain", APP, |o| host_of(o).ends_with(".example"), false),
    Comparison("the top-level domain anywhere", APP, |o| o.contains(".example"), false),
    Comparison(
        "three letters",
        DEEP,
        |o| {
            let label = o
                .strip_prefix("https://")
                .and_then(|rest| rest.strip_suffix(".site.example"));
            label.is_some_and(|label| label.len() == 3 && label.chars().all(|c| c.is_ascii_lowercase()))
        },
        false,
    ),
    Comparison(
        "a label that begins with app-",
        "https://app-1.site.example",
        |o| o.starts_with("https://app-") && o.ends_with(".site.example"),
        false,
    ),
    Comparison(
        "a number in a label",
        "https://pr-12.site.example",
        |o| {
            let label = o
                .strip_prefix("https://pr-")
                .and_then(|rest| rest.strip_suffix(".site.example"));
            label.is_some_and(|label| !label.is_empty() && label.chars().all(|c| c.is_ascii_digit()))
        },
        false,
    ),
    Comparison(
        "null and the host null",
        APP,
        |o| o == APP || o.ends_with("null"),
        false,
    ),
    Comparison(
        "another port too",
        APP,
        |o| matches!(o, "https://app.example" | "https://app.example:8443"),
        true,
    ),
    Comparison(
        "a development server too",
        APP,
        |o| matches!(o, "https://app.example" | "http://localhost:3000"),
        true,
    ),
    Comparison(
        "http, www and localhost too",
        APP,
        |o| {
            matches!(
                o,
                "https://app.example" | "http://app.example" | "https://www.app.example" | "http://localhost:3000"
            )
        },
        true,
    ),
    Comparison(
        "subdomains and the development server",
        DEEP,
        |o| (o.starts_with("https://") && o.ends_with(".site.example")) || o == "http://localhost:3000",
        true,
    ),
    Comparison("even lengths", APP, |o| o.len() % 2 == APP.len() % 2, false),
    Comparison(
        "the parent and one sibling",
        DEEP,
        |o| o == DEEP || o == "https://site.example",
        false,
    ),
];
