//! Values of a policy that mean something else than they seem to are errors or warnings, each with what to write instead.

#[path = "../common/mod.rs"]
mod common;
mod patterns;
#[path = "../common/place.rs"]
mod place;

use common::{check, load};
use crosscheck_corpus::{Corpus, Diagnostic, Need, Severity, lint};
use place::place;

/// A case with an inline policy of these lines.
fn policy(part: &str) -> String {
    format!(
        "title: t\ncases:\n  - id: one\n    title: a case\n    send: {{ url: \"https://api.example/\" }}\n    policy: {{ {part} }}\n"
    )
}

/// A policy with these origins.
fn origins(part: &str) -> String {
    policy(&format!("origins: {{ {part} }}"))
}

/// A policy for every origin with this part.
fn any(part: &str) -> String {
    policy(&format!("origins: {{ any: true }}, {part}"))
}

/// Checks that the text has this error at this part of it, and no other.
#[track_caller]
fn error(text: &str, part: &str, message: &str, help: &str) {
    check(text, place(text, part), message, help);
    assert_eq!(load(text).problems.len(), 1, "{:#?}", load(text).problems);
}

/// The warnings about values of policies.
fn warnings(corpus: &Corpus) -> Vec<Diagnostic> {
    let about_policy = |d: &Diagnostic| !d.message.contains("the first line") && !d.message.contains("no case");
    lint(corpus).into_iter().filter(about_policy).collect()
}

/// Checks that the text loads with this warning at the last occurrence of a part, and no other.
#[track_caller]
fn warning(text: &str, part: &str, message: &str, help: &str) {
    let corpus = load(text);
    assert!(corpus.problems.is_empty(), "{:#?}", corpus.problems);
    let found = warnings(&corpus);
    let [only] = found.as_slice() else {
        panic!("not one warning: {found:#?}")
    };
    let start = text.rfind(part).expect("the part");
    let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
    let (line, column) = (text[..start].matches('\n').count() + 1, start - line_start + 1);
    assert_eq!((only.line, only.column), (line, column), "{only:?}");
    assert_eq!(only.severity, Severity::Lint);
    assert!(only.message.contains(message), "{only:?}");
    assert!(only.help.as_deref().unwrap_or_default().contains(help), "{only:?}");
}

/// Checks that the text loads without a warning.
#[track_caller]
fn silent(text: &str) {
    let corpus = load(text);
    assert!(corpus.problems.is_empty(), "{:#?}", corpus.problems);
    let found = warnings(&corpus);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn an_entry_of_the_list_is_a_serialized_origin() {
    for (entry, reason, correction) in [
        ("https://APP.example", "upper-case letters", "https://app.example"),
        ("HTTPS://app.example", "upper-case letters", "https://app.example"),
        (
            "https://app.example:443",
            "the scheme's default port",
            "https://app.example",
        ),
        (
            "http://app.example:80",
            "the scheme's default port",
            "http://app.example",
        ),
        (
            "http://app.example:0443",
            "a port that is not written so",
            "http://app.example:443",
        ),
        (
            "https://app.example:",
            "a port that is not written so",
            "https://app.example",
        ),
        ("https://app.example/", "a trailing slash", "https://app.example"),
        (
            "https://app.example:8443/",
            "it has a trailing slash",
            "https://app.example:8443",
        ),
        ("https://app.example/login", "a path", "https://app.example"),
        ("https://app.example?a=b", "a query", "https://app.example"),
        ("https://app.example#a", "a fragment", "https://app.example"),
        ("https://user:pass@app.example", "a user name", "https://app.example"),
        (" https://app.example", "white space", "https://app.example"),
        (
            "https://b\u{FC}cher.example",
            "a host that is not in its ASCII form",
            "https://xn--bcher-kva.example",
        ),
        ("http://127.1", "its host is not written so", "http://127.0.0.1"),
        ("app.example", "it has no scheme", "https://app.example"),
        ("localhost:3000", "it has no scheme", "https://localhost:3000"),
        ("NULL", "`null` is lower-case", "\"null\""),
        ("Capacitor://localhost", "upper-case letters", "capacitor://localhost"),
        ("capacitor://localhost/", "a trailing slash", "capacitor://localhost"),
        ("capacitor://localhost:80", "a port", "capacitor://localhost"),
        (
            "HTTPS://user@app.example:443/a?b#c",
            "it has upper-case letters, a user name, the scheme's default port, a path, a query and a fragment",
            "https://app.example",
        ),
    ] {
        let help = if correction.starts_with('"') {
            format!("write {correction}")
        } else {
            format!("write `{correction}`")
        };
        let written = format!("\"{entry}\"");
        let message = format!("`{entry}` in `list` is not a serialized origin: ");
        error(&origins(&format!("list: [{written}]")), &written, &message, &help);
        error(&origins(&format!("list: [{written}]")), &written, reason, &help);
        // The page's origin has the same messages.
        let page = common::case("").replace("https://app.example\n", &format!("{written}\n"));
        if entry != "NULL" {
            error(&page, &written, &message.replace("`list`", "`origin`"), &help);
        }
        if !entry.contains(',') {
            let predicate = format!("\"origin-in:{entry}\"");
            let message = message.replace("`list`", "`origin-in`");
            error(
                &origins(&format!("predicate: {predicate}")),
                &predicate,
                &message,
                &help,
            );
        }
    }
}

#[test]
fn what_has_no_correction_has_an_example_or_the_schemes() {
    for (entry, reason, help) in [
        ("https://", "not a URL", "https://app.example"),
        ("https://a b.example", "not a URL", "https://app.example"),
        ("app://", "not a URL", "https://app.example"),
        ("app://a%20b", "not a URL", "https://app.example"),
        (
            "ws://app.example",
            "no page has an origin with the scheme `ws`",
            "http, https, app, capacitor",
        ),
        (
            "file:///x",
            "no page has an origin with the scheme `file`",
            "http, https, app, capacitor",
        ),
        (
            "edge://a",
            "no page has an origin with the scheme `edge`",
            "http, https, app, capacitor",
        ),
    ] {
        let written = format!("\"{entry}\"");
        error(&origins(&format!("list: [{written}]")), &written, reason, help);
    }
}

#[test]
fn a_star_is_no_wildcard() {
    error(
        &origins("list: [\"*\"]"),
        "\"*\"",
        "`*` in `list` is no wildcard",
        "write `origins: { any: true }`",
    );
    for (entry, help) in [
        (
            "https://*.app.example",
            "write `under: [{ scheme: https, host: app.example }]`",
        ),
        (
            "http://*.App.example:8080/",
            "write `under: [{ scheme: http, host: app.example, port: 8080 }]`",
        ),
        ("https://*.*.app.example", "list each origin, or write `under`"),
        ("https://app*.example", "list each origin, or write `under`"),
        ("*://app.example", "list each origin, or write `under`"),
    ] {
        let written = format!("\"{entry}\"");
        let message = format!("`*` in `{entry}` is no wildcard: entries of `list` are compared byte by byte");
        error(&origins(&format!("list: [{written}]")), &written, &message, help);
    }
}

#[test]
fn under_takes_a_bare_host() {
    for (host, message, help) in [
        (
            "*.app.example",
            "subdomains at any depth are meant already",
            "write `host: app.example`",
        ),
        (
            ".app.example",
            "subdomains at any depth are meant already",
            "write `host: app.example`",
        ),
        ("*", "subdomains at any depth are meant already", "write the bare host"),
        ("app.*.example", "`*` is no wildcard", "write the bare host"),
        ("https://app.example", "it is not a bare host", "write the host alone"),
        ("app.example:8080", "it is not a bare host", "write the host alone"),
        ("app.example/", "it is not a bare host", "write the host alone"),
        ("App.example", "it has upper-case letters", "write `host: app.example`"),
        (
            "127.0.0.1",
            "an IP address has no subdomains",
            "write `list: [https://127.0.0.1]`",
        ),
        (
            "[::1]",
            "an IP address has no subdomains",
            "write `list: [https://[::1]]`",
        ),
    ] {
        let written = format!("\"{host}\"");
        let message = format!("`{host}` in `under`: {message}");
        let text = origins(&format!("under: [{{ scheme: https, host: {written} }}]"));
        error(&text, &written, &message, help);
    }
    error(
        &origins("under: [{ scheme: https, host: app.example, port: 443 }]"),
        "443",
        "the default of https",
        "remove `port`",
    );
    warning(
        &origins("under: [{ scheme: https, host: test }]"),
        "test",
        "`test` in `under` is a top-level domain",
        "two labels or more",
    );
    silent(&origins("under: [{ scheme: http, host: localhost, port: 3000 }]"));
}

#[test]
fn a_list_without_entries_allows_no_origin() {
    for key in ["list", "under", "regex"] {
        error(
            &origins(&format!("{key}: []")),
            "[]",
            &format!("`{key}: []` allows no origin"),
            "write `predicate: never`",
        );
    }
    silent(&origins("list: [], under: [{ scheme: https, host: app.example }]"));
    silent(&origins("list: [https://app.example], under: []"));
}

#[test]
fn methods_are_those_that_browsers_send() {
    for (method, message, help) in [
        ("put", "matches no request: browsers send `PUT`", "write `PUT`"),
        ("Get", "matches no request: browsers send `GET`", "write `GET`"),
        (
            "options",
            "matches no request: browsers send `OPTIONS`",
            "write `OPTIONS`",
        ),
        ("TRACE", "a forbidden method", "remove it"),
        ("connect", "a forbidden method", "remove it"),
        ("Track", "a forbidden method", "remove it"),
        ("\"PUT,DELETE\"", "is not a method", "an HTTP token"),
        ("\"*\"", "is a token and no wildcard", "write `methods: any`"),
    ] {
        error(&any(&format!("methods: [{method}]")), method, message, help);
    }
    silent(&any("methods: [PUT, PATCH, GET, custom, OPTIONS]"));
}

#[test]
fn a_lower_case_method_is_legal_with_a_note() {
    for (method, usual) in [("patch", "PATCH"), ("Propfind", "PROPFIND")] {
        let text = any(&format!("methods: [{method}]"));
        let message = format!("`{method}` in `methods` is not `{usual}`: browsers send both as written");
        let help = format!("write `{usual}`; if `{method}` is meant, explain it in a `note`");
        warning(&text, method, &message, &help);
        silent(&text.replace(
            "    title: a case\n",
            "    title: a case\n    note: Lower case is meant.\n",
        ));
    }
}

#[test]
fn header_names_are_those_that_pages_can_use() {
    for (key, name, message, help) in [
        (
            "headers",
            "Cookie",
            "a forbidden request-header",
            "`credentials: true` allows cookies",
        ),
        ("headers", "Host", "a forbidden request-header", "browsers set it"),
        ("headers", "ORIGIN", "a forbidden request-header", "browsers set it"),
        (
            "headers",
            "Sec-Fetch-Site",
            "a forbidden request-header",
            "browsers set it",
        ),
        ("headers", "\"x one\"", "is not a header name", "an HTTP token"),
        ("expose", "Set-Cookie", "a forbidden response-header", "remove it"),
        ("expose", "\"x:\"", "is not a header name", "an HTTP token"),
        ("expose", "\"*\"", "is a token and no wildcard", "write `expose: any`"),
    ] {
        error(&any(&format!("{key}: [{name}]")), name, message, help);
    }
    silent(&any(
        "headers: [X-A, Authorization, X-HTTP-Method-Override], expose: [X-A, Content-Length]",
    ));
}

#[test]
fn entries_that_are_there_twice_are_warned_of() {
    for (text, part, message) in [
        (
            origins("list: [https://a.example, https://b.example, https://a.example]"),
            "https://a.example",
            "`list` is there twice",
        ),
        (
            origins("under: [{ scheme: https, host: a.example }, { scheme: https, host: a.example, port: null }]"),
            "{ scheme: https, host: a.example, port",
            "`under` is there twice",
        ),
        (any("methods: [PUT, PUT]"), "PUT", "`PUT` is in `methods` twice"),
        (any("headers: [X-A, x-a]"), "x-a", "`x-a` in `headers` is `X-A` again"),
        (any("expose: [x-a, x-a]"), "x-a", "`x-a` is in `expose` twice"),
    ] {
        warning(&text, part, message, "remove one of the two");
    }
    silent(&any("methods: [PUT, DELETE], headers: [X-A, X-B], expose: [X-A]"));
}

#[test]
fn a_route_is_a_path_that_requests_have_once() {
    let routes = |first: &str, second: &str| {
        any(&format!(
            "routes: [{{ path: \"{first}\", policy: null }}, {{ path: \"{second}\", policy: null }}]"
        ))
    };
    for (path, sent) in [
        ("/../x", "/x"),
        ("/a/./b", "/a/b"),
        ("/a/%2e%2E/b", "/b"),
        ("/a\\\\b", "/a/b"),
        ("/\u{E9}", "/%C3%A9"),
    ] {
        error(
            &routes("/one", path),
            &format!("\"{path}\""),
            &format!(": browsers send {sent}"),
            &format!("write {sent}"),
        );
    }
    for (first, second, message) in [
        ("/x", "/x", "the route /x appears twice"),
        (
            "/x",
            "/%78",
            "the route /%78 is /x again, percent-encoded in another way",
        ),
        ("/%c3%a9", "/%C3%A9", "the route /%C3%A9 is /%c3%a9 again"),
    ] {
        error(
            &routes(first, second),
            &format!("{{ path: \"{second}\", policy: null }}]"),
            message,
            "keep one of the two",
        );
    }
    silent(&routes("/x", "/X"));
    silent(&routes("/a/b", "/a%2Fb"));
}

#[test]
fn origins_of_apps_are_origins() {
    for origin in [
        "capacitor://localhost",
        "ionic://localhost",
        "app://-",
        "tauri://localhost",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "moz-extension://0b7e3a52-6a0c-4c5e-9d1f-2f3e4a5b6c7d",
        "safari-web-extension://E1F2A3B4-C5D6-47E8-9F00-112233445566",
    ] {
        let text = origins(&format!("list: [\"{origin}\"]"));
        silent(&text);
        let corpus = load(&text);
        let policy = corpus.policy_of(&corpus.cases[0]).expect("a policy");
        assert!(policy.origins.allow(origin) && !policy.origins.allow("https://localhost"));
        assert!(!policy.origins.allow(&origin.to_uppercase()));
        let page = load(&common::case("").replace("https://app.example\n", &format!("\"{origin}\"\n")));
        assert!(page.problems.is_empty(), "{:#?}", page.problems);
        assert!(page.cases[0].needs.contains(&Need::AppOrigin));
    }
}
