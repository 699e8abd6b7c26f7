//! Bytes that no browser sends: other origins, odd preflights, OPTIONS that is not a preflight. They raise no `grant-*` rule.

use super::Probes;

/// Header lines.
type Lines<'a> = &'a [(&'a str, &'a [u8])];

pub(super) fn derive(probes: &mut Probes<'_>) {
    origins(probes);
    preflights(probes);
    options(probes);
    private_network(probes);
    vary(probes);
}

/// A `Vary` of the client's own must not reach the answer.
fn vary(probes: &mut Probes<'_>) {
    let requesters = [("allowed", probes.allowed()), ("foreign", probes.foreign())];
    for (name, origin) in requesters {
        let Some(origin) = origin else { continue };
        let vary: (&str, &[u8]) = ("Vary", b"x-crosscheck-leak");
        let lines = [("Origin", origin.as_bytes()), vary];
        let title = format!("{origin} sends a Vary of its own");
        probes.send("vary-leak", &format!("get-{name}"), title, "/", "GET", &lines);
        let lines = [
            ("Origin", origin.as_bytes()),
            ("Access-Control-Request-Method", b"PUT".as_slice()),
            vary,
        ];
        let title = format!("a preflight of {origin} with a Vary of its own");
        probes.send("vary-leak", &format!("preflight-{name}"), title, "/", "OPTIONS", &lines);
    }
}

/// What needs no policy to be judged.
pub(super) fn derive_mode(probes: &mut Probes<'_>) {
    origins(probes);
    preflights(probes);
    vary(probes);
}

fn origins(probes: &mut Probes<'_>) {
    let base = probes.allowed().unwrap_or_else(|| "https://app.example".to_owned());
    let (scheme, rest) = base.split_once("://").unwrap_or(("https", "app.example"));
    let host = rest.split(':').next().unwrap_or(rest);
    let default_port = if scheme == "https" { 443 } else { 80 };
    let texts: Vec<(&str, String)> = vec![
        ("upper-case", base.to_ascii_uppercase()),
        ("upper-case-host", format!("{scheme}://{}", rest.to_ascii_uppercase())),
        ("upper-case-scheme", format!("{}://{rest}", scheme.to_ascii_uppercase())),
        ("default-port", format!("{scheme}://{host}:{default_port}")),
        ("trailing-slash", format!("{base}/")),
        ("path", format!("{base}/path")),
        ("query", format!("{base}?q")),
        ("fragment", format!("{base}#f")),
        ("userinfo", format!("{scheme}://user@{rest}")),
        ("userinfo-of-evil", format!("{scheme}://{rest}@evil.test")),
        ("path-of-evil", format!("https://evil.test/{base}")),
        ("comma", format!("{base},https://evil.test")),
        ("comma-space", format!("{base}, https://evil.test")),
        ("space", format!("{base} https://evil.test")),
        ("evil-first", format!("https://evil.test, {base}")),
        ("tab-inside", format!("{base}\tx")),
        ("quoted", format!("\"{base}\"")),
        ("percent-nul", format!("{base}%00")),
        ("percent-crlf", format!("{base}%0d%0aX-Injected%3a%201")),
        ("percent-dot", base.replacen('.', "%2e", 1)),
        ("backslash", format!("{scheme}:\\\\{rest}")),
        ("empty-port", format!("{scheme}://{host}:")),
        ("port-too-large", format!("{scheme}://{host}:99999")),
        ("port-zeros", format!("{scheme}://{host}:00{default_port}")),
        ("bare-host", host.to_owned()),
        ("no-host", format!("{scheme}://")),
        ("bracket-open", format!("{scheme}://[")),
        ("bracketed-name", format!("{scheme}://[{host}]")),
        ("port-of-letters", format!("{scheme}://{host}:port")),
        ("star", "*".to_owned()),
        ("star-host", format!("{scheme}://*")),
        ("null-upper-case", "NULL".to_owned()),
        ("null-capital", "Null".to_owned()),
        ("empty", String::new()),
        ("undefined", "undefined".to_owned()),
        ("true", "true".to_owned()),
        ("proto", "__proto__".to_owned()),
        ("constructor", "constructor".to_owned()),
        ("has-own-property", "hasOwnProperty".to_owned()),
        ("file", "file://".to_owned()),
        ("extension", "chrome-extension://abcdefghijklmnop".to_owned()),
        ("about", "about:blank".to_owned()),
        ("long", format!("https://{}.test", "a".repeat(8192))),
        ("many-labels", format!("https://{}test", "a.".repeat(2048))),
    ];
    for (slug, text) in &texts {
        let title = format!("an Origin that no browser sends: {slug}");
        probes.send("alphabet", slug, title, "/", "GET", &[("Origin", text.as_bytes())]);
    }
    let mut high = base.clone().into_bytes();
    high.push(0xFF);
    let mut utf8 = format!("{scheme}://").into_bytes();
    utf8.extend_from_slice("b\u{fc}cher.example".as_bytes());
    for (slug, bytes) in [("high-byte", high), ("u-label", utf8)] {
        let title = format!("an Origin that no browser sends: {slug}");
        probes.send("alphabet", slug, title, "/", "GET", &[("Origin", &bytes)]);
    }
    let twice: [(&str, &[u8]); 2] = [("Origin", base.as_bytes()), ("Origin", b"https://evil.test")];
    probes.send(
        "alphabet",
        "two-lines",
        "two Origin lines, the second foreign".to_owned(),
        "/",
        "GET",
        &twice,
    );
    let twice: [(&str, &[u8]); 2] = [("Origin", b"https://evil.test"), ("Origin", base.as_bytes())];
    probes.send(
        "alphabet",
        "two-lines-evil-first",
        "two Origin lines, the first foreign".to_owned(),
        "/",
        "GET",
        &twice,
    );
}

fn preflights(probes: &mut Probes<'_>) {
    let base = probes.allowed().unwrap_or_else(|| "https://app.example".to_owned());
    let (method, header) = ("Access-Control-Request-Method", "Access-Control-Request-Headers");
    let long = format!("x-{}", "a".repeat(8192));
    let many = vec!["x-a"; 1024].join(",");
    let texts: [(&str, Lines<'_>); 17] = [
        ("method-empty", &[(method, b"")]),
        ("method-lower-case", &[(method, b"put")]),
        ("method-list", &[(method, b"PUT, DELETE")]),
        ("method-star", &[(method, b"*")]),
        ("method-no-token", &[(method, b"P T")]),
        ("method-twice", &[(method, b"PUT"), (method, b"DELETE")]),
        ("method-high-byte", &[(method, b"PUT\xFF")]),
        ("method-proto", &[(method, b"__proto__")]),
        ("headers-empty", &[(method, b"PUT"), (header, b"")]),
        (
            "headers-spaces",
            &[(method, b"PUT"), (header, b"x-one, x-two ,\tx-three")],
        ),
        ("headers-upper-case", &[(method, b"PUT"), (header, b"X-ONE")]),
        ("headers-commas", &[(method, b"PUT"), (header, b",,x-one,,")]),
        ("headers-no-token", &[(method, b"PUT"), (header, b"x one")]),
        (
            "headers-twice",
            &[(method, b"PUT"), (header, b"x-one"), (header, b"x-two")],
        ),
        (
            "headers-proto",
            &[(method, b"PUT"), (header, b"__proto__,constructor,hasownproperty")],
        ),
        ("headers-long", &[(method, b"PUT"), (header, long.as_bytes())]),
        ("headers-many", &[(method, b"PUT"), (header, many.as_bytes())]),
    ];
    for (slug, lines) in texts {
        let mut headers: Vec<(&str, &[u8])> = vec![("Origin", base.as_bytes())];
        headers.extend_from_slice(lines);
        let title = format!("a preflight that no browser sends: {slug}");
        probes.send("odd-preflight", slug, title, "/", "OPTIONS", &headers);
    }
}

/// OPTIONS without what makes it a preflight belongs to the application.
fn options(probes: &mut Probes<'_>) {
    let allowed = probes.allowed();
    let base = allowed.as_deref().unwrap_or("https://app.example").as_bytes();
    for (name, path) in [("root", "/"), ("own", "/options")] {
        probes.send(
            "plain-options",
            name,
            format!("OPTIONS {path} is not a preflight"),
            path,
            "OPTIONS",
            &[],
        );
        let title = format!("OPTIONS {path} with an Origin is not a preflight");
        probes.send(
            "plain-options",
            &format!("{name}-origin"),
            title,
            path,
            "OPTIONS",
            &[("Origin", base)],
        );
        let title = format!("OPTIONS {path} with Access-Control-Request-Method and no Origin is not a preflight");
        let lines: [(&str, &[u8]); 1] = [("Access-Control-Request-Method", b"PUT")];
        probes.send(
            "plain-options",
            &format!("{name}-method"),
            title,
            path,
            "OPTIONS",
            &lines,
        );
    }
    probes.send(
        "no-origin",
        "get",
        "a request without Origin".to_owned(),
        "/",
        "GET",
        &[],
    );
    probes.send(
        "no-origin",
        "missing",
        "a request without Origin to no route".to_owned(),
        "/missing",
        "GET",
        &[],
    );
    probes.send(
        "no-origin",
        "throw",
        "a request without Origin to a fault".to_owned(),
        "/throw",
        "GET",
        &[],
    );
}

fn private_network(probes: &mut Probes<'_>) {
    let requesters = [("allowed", probes.allowed()), ("foreign", probes.foreign())];
    for (name, origin) in requesters {
        let Some(origin) = origin else { continue };
        for (kind, header) in [
            ("private", "Access-Control-Request-Private-Network"),
            ("local", "Access-Control-Request-Local-Network"),
        ] {
            let lines: [(&str, &[u8]); 3] = [
                ("Origin", origin.as_bytes()),
                ("Access-Control-Request-Method", b"GET"),
                (header, b"true"),
            ];
            let title = format!("{origin} requests {kind} network access");
            probes.send(
                "private-network",
                &format!("{kind}-{name}"),
                title,
                "/",
                "OPTIONS",
                &lines,
            );
        }
    }
}
