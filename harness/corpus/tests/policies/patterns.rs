//! Patterns, values that are written wrongly, and routes by method.

use super::{any, error, origins, silent};

#[test]
fn glob_takes_patterns_that_some_origin_matches() {
    for pattern in [
        "https://*.app.example",
        "https://pr-*.app.example",
        "http://b.example:*",
        "https://*",
    ] {
        silent(&origins(&format!("glob: [\"{pattern}\"], globbing: label")));
    }
    silent(&origins(
        "list: [https://app.example], glob: [\"https://*.app.example\"]",
    ));
    for (written, message, help) in [
        ("https://app.example", "has no `*`", "write it in `list`"),
        ("*", "has no scheme", "write `origins: { any: true }`"),
        ("*.app.example", "has no scheme", "write scheme://host"),
        ("*://app.example", "has no scheme", "write scheme://host"),
        (
            "https://*.App.example",
            "matches no serialized origin",
            "as browsers write origins",
        ),
        (
            "https://*.app.example/",
            "matches no serialized origin",
            "as browsers write origins",
        ),
        (
            "https://*.app.example:443",
            "matches no serialized origin",
            "as browsers write origins",
        ),
    ] {
        let quoted = format!("\"{written}\"");
        let message = format!("`{written}` in `glob` {message}");
        error(&origins(&format!("glob: [{quoted}]")), &quoted, &message, help);
    }
    let unknown = origins("glob: [\"https://*.app.example\"], globbing: labels");
    error(&unknown, "labels", "`globbing` does not know the word", "label");
    let alone = origins("list: [https://app.example], globbing: label");
    error(&alone, "globbing", "there is no `glob`", "add `glob: [..]`");
    error(
        &origins("glob: []"),
        "[]",
        "`glob: []` allows no origin",
        "add an entry",
    );
}

#[test]
fn a_value_that_is_written_wrongly_stands_beside_what_is_meant() {
    for written in [
        "https://app.example/",
        "https://App.Example",
        "https://app.example:443",
        "app.example",
    ] {
        silent(&origins(&format!("list: [\"{written}\"], meant: https://app.example")));
    }
    for list in [
        "list: [https://app.example]",
        "list: [\"https://app.example/\", https://b.example]",
        "list: [\"https://*.app.example\"]",
        "list: [\"https://app.example/\"], under: [{ scheme: https, host: app.example }]",
    ] {
        let text = origins(&format!("{list}, meant: https://app.example"));
        error(
            &text,
            "meant",
            "`meant` explains a `list` of one entry",
            "or remove `meant`",
        );
    }
    let neither = origins("list: [\"https://app.example/\"], meant: \"https://app.example:443\"");
    error(
        &neither,
        "\"https://app.example:443\"",
        "it has the scheme's default port",
        "write",
    );
}

#[test]
fn routes_of_one_path_differ_in_their_methods() {
    let routes = |first: &str, second: &str| {
        any(&format!(
            "routes: [{{ path: /x, methods: [{first}], policy: null }}, {{ path: /x, methods: [{second}], policy: null }}]"
        ))
    };
    silent(&routes("GET", "PUT, DELETE"));
    let second = "{ path: /x, methods: [PUT, GET], policy: null }";
    error(
        &routes("GET", "PUT, GET"),
        second,
        "the route /x appears twice for GET",
        "give each `methods` of its own",
    );
    for (methods, message) in [
        ("[]", "`methods: []` of a route matches no request"),
        ("any", "`methods` of a route must be a list"),
    ] {
        let text = any(&format!("routes: [{{ path: /x, methods: {methods}, policy: null }}]"));
        error(&text, "methods", message, "remove");
    }
}
