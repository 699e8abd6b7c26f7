//! Servers without a fault: nothing above `advice` is reported, or `not-judged` where the application did not answer.

use super::server::{Answer, Framing, Handler, LISTED, Request, Server, answer, right};
use super::{PRIVATE, PUBLIC, PUBLIC_HEADERS, READ, TWO, folder, probe};

/// What is expected of a server.
enum Expected {
    /// Nothing above advice, and grade A.
    Fine,
    /// No case is judged, for a reason with this text.
    NotJudged(&'static str),
}

use Expected::{Fine, NotJudged};

/// `*` on every answer.
fn star(_: &Request) -> Answer {
    answer(200, &["Access-Control-Allow-Origin: *"])
}

/// `*` on the resource, and an answer to preflights with this status and these headers.
fn star_with(request: &Request, status: u16, preflight: &[&str]) -> Answer {
    match request.method.as_str() {
        "OPTIONS" => answer(status, preflight),
        _ => star(request),
    }
}

/// A right answer without its Vary.
fn without_vary(request: &Request) -> Answer {
    let mut answer = right(request);
    answer.headers.retain(|h| !h.starts_with("Vary"));
    answer
}

fn with_framing(request: &Request, framing: Framing) -> Answer {
    Answer {
        framing,
        ..right(request)
    }
}

/// The bytes of `{"items":[]}`, compressed by gzip without compression.
fn gzipped() -> Vec<u8> {
    let text = b"{\"items\":[]}";
    let mut out = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01".to_vec();
    out.extend([12, 0, 0xf3, 0xff]);
    out.extend(text);
    let crc = text.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| {
            if c & 1 == 1 { (c >> 1) ^ 0xedb8_8320 } else { c >> 1 }
        })
    });
    out.extend((!crc).to_le_bytes());
    out.extend(12_u32.to_le_bytes());
    out
}

const SERVERS: &[(&str, &str, Handler, Expected)] = &[
    ("a right server", PRIVATE, right, Fine),
    ("`*` under any", PUBLIC, star, Fine),
    (
        "every origin by name, without credentials, under any",
        PUBLIC,
        |request| match request.get("origin") {
            Some(origin) => answer(200, &["Vary: Origin"]).with(format!("Access-Control-Allow-Origin: {origin}")),
            None => answer(200, &["Vary: Origin"]),
        },
        Fine,
    ),
    (
        "`*` with credentials, which browsers block, under any",
        PUBLIC,
        |request| star(request).with("Access-Control-Allow-Credentials: true"),
        Fine,
    ),
    (
        "a login is needed, and the 401 has CORS headers",
        PRIVATE,
        |request| {
            let mut answer = right(request);
            if request.method != "OPTIONS" {
                answer.status = 401;
                answer.headers.push("WWW-Authenticate: Bearer".to_owned());
            }
            answer
        },
        Fine,
    ),
    (
        "a login is needed, and answers before the application",
        PRIVATE,
        |_| answer(401, &["WWW-Authenticate: Basic realm=x"]),
        NotJudged("answers 401 to a plain request of a listed origin"),
    ),
    (
        "a redirect to a login",
        PRIVATE,
        |_| answer(302, &["Location: /login"]),
        NotJudged("answers 302"),
    ),
    ("an outage", PRIVATE, |_| answer(503, &[]), NotJudged("answers 503")),
    (
        "nothing is at this address",
        PRIVATE,
        |_| answer(404, &[]),
        NotJudged("answers 404"),
    ),
    (
        "a 404 of the application, with CORS headers",
        PRIVATE,
        |request| {
            let mut answer = right(request);
            if request.method != "OPTIONS" {
                answer.status = 404;
            }
            answer
        },
        Fine,
    ),
    (
        "405 for OPTIONS, where no preflight is needed",
        PUBLIC,
        |request| star_with(request, 405, &["Allow: GET"]),
        Fine,
    ),
    (
        "404 for OPTIONS, where no preflight is needed, one origin",
        READ,
        |request| match request.method.as_str() {
            "OPTIONS" => answer(404, &[]),
            _ => answer(
                200,
                &["Vary: Origin", "Access-Control-Allow-Origin: https://app.example"],
            ),
        },
        Fine,
    ),
    (
        "a static file server with `*`",
        PUBLIC,
        |request| match request.method.as_str() {
            "GET" | "HEAD" => star(request)
                .with("Cache-Control: public, max-age=600")
                .with("ETag: \"1\"")
                .with("Accept-Ranges: bytes"),
            _ => answer(501, &[]),
        },
        Fine,
    ),
    (
        "no-store in place of Vary",
        PRIVATE,
        |request| without_vary(request).with("Cache-Control: no-store"),
        Fine,
    ),
    (
        "Vary: *",
        PRIVATE,
        |request| without_vary(request).with("Vary: *"),
        Fine,
    ),
    (
        "Vary: Origin, Accept-Encoding",
        PRIVATE,
        |request| without_vary(request).with("Vary: Origin, Accept-Encoding"),
        Fine,
    ),
    (
        "Vary on two lines",
        PRIVATE,
        |request| right(request).with("vary: accept-encoding"),
        Fine,
    ),
    (
        "preflights with 200 and a body",
        PRIVATE,
        |request| Answer {
            status: 200,
            ..right(request)
        },
        Fine,
    ),
    (
        "403 for preflights of unlisted origins",
        PRIVATE,
        |request| {
            let mut answer = right(request);
            if request.is_preflight() && !request.is_listed() {
                answer.status = 403;
            }
            answer
        },
        Fine,
    ),
    (
        "204 without headers for preflights of unlisted origins",
        PRIVATE,
        |request| {
            let mut answer = right(request);
            if request.is_preflight() && !request.is_listed() {
                answer.status = 204;
            }
            answer
        },
        Fine,
    ),
    (
        "chunked",
        PRIVATE,
        |request| with_framing(request, Framing::Chunked),
        Fine,
    ),
    (
        "HTTP/1.0",
        PRIVATE,
        |request| with_framing(request, Framing::Close),
        Fine,
    ),
    (
        "gzip",
        PRIVATE,
        |request| {
            let mut answer = right(request).with("Vary: Accept-Encoding");
            if request.get("accept-encoding").is_some_and(|a| a.contains("gzip")) && request.method == "GET" {
                answer.headers.push("Content-Encoding: gzip".to_owned());
                answer.body = gzipped();
            }
            answer
        },
        Fine,
    ),
    (
        "HEAD is not implemented",
        PRIVATE,
        |request| match request.method.as_str() {
            "HEAD" => answer(405, &["Allow: GET"]),
            _ => right(request),
        },
        Fine,
    ),
    (
        "a Max-Age of 0",
        PUBLIC_HEADERS,
        |request| {
            star_with(
                request,
                204,
                &[
                    "Access-Control-Allow-Origin: *",
                    "Access-Control-Allow-Methods: PUT",
                    "Access-Control-Allow-Headers: *",
                    "Access-Control-Max-Age: 0",
                ],
            )
            .with("Access-Control-Expose-Headers: *")
        },
        Fine,
    ),
    (
        "a Max-Age of a day, where the policy states none",
        PUBLIC,
        |request| {
            star_with(
                request,
                204,
                &["Access-Control-Allow-Origin: *", "Access-Control-Max-Age: 86400"],
            )
        },
        Fine,
    ),
    (
        "the requested headers come back, under any headers",
        PUBLIC_HEADERS,
        |request| {
            let requested = request
                .get("access-control-request-headers")
                .unwrap_or("x-none")
                .to_owned();
            star_with(
                request,
                200,
                &[
                    "Access-Control-Allow-Origin: *",
                    "Access-Control-Allow-Methods: PUT",
                    "Access-Control-Max-Age: 0",
                ],
            )
            .with(format!("Access-Control-Allow-Headers: {requested}"))
            .with("Access-Control-Expose-Headers: *")
        },
        Fine,
    ),
    (
        "names are exposed that no answer has",
        PRIVATE,
        |request| right(request).with("Access-Control-Expose-Headers: X-Total-Count, Link"),
        Fine,
    ),
    (
        "a list of safelisted methods in lower case",
        PUBLIC,
        |request| {
            star_with(
                request,
                204,
                &[
                    "Access-Control-Allow-Origin: *",
                    "Access-Control-Allow-Methods: get, head, post",
                ],
            )
        },
        Fine,
    ),
    (
        "no Allow-Methods for safelisted methods",
        PUBLIC,
        |request| star_with(request, 204, &["Access-Control-Allow-Origin: *"]),
        Fine,
    ),
    (
        "header names in lower case, and repeated in the list",
        PRIVATE,
        |request| {
            let mut answer = right(request);
            for line in &mut answer.headers {
                let (name, value) = line.split_once(':').expect("a header");
                *line = format!(
                    "{}:{}",
                    name.to_ascii_lowercase(),
                    value.replace("authorization", "Authorization, authorization")
                );
            }
            answer
        },
        Fine,
    ),
    (
        "one origin on every answer, whoever requests",
        READ,
        |_| answer(200, &["Access-Control-Allow-Origin: https://app.example"]),
        Fine,
    ),
    (
        "two origins, with the method list on every answer",
        TWO,
        |request| match request.origin() {
            origin @ (LISTED | "https://b.example") => {
                answer(200, &["Vary: Origin", "Access-Control-Allow-Methods: GET, PUT"])
                    .with(format!("Access-Control-Allow-Origin: {origin}"))
            }
            _ => answer(200, &["Vary: Origin"]),
        },
        Fine,
    ),
    (
        "OPTIONS among the granted methods",
        PRIVATE,
        |request| {
            let mut answer = right(request);
            for line in &mut answer.headers {
                *line = line.replace("Methods: PUT", "Methods: GET,HEAD,OPTIONS,POST,PUT");
            }
            answer
        },
        Fine,
    ),
    (
        "a cookie and another body each time",
        PRIVATE,
        |request| {
            let mut answer = right(request)
                .with("Set-Cookie: sid=1; Path=/; Secure")
                .with("Cache-Control: private, max-age=0");
            answer.body = format!("{request:p}").into_bytes();
            answer
        },
        Fine,
    ),
];

/// In what the result of a server differs from what is expected; nothing if it does not.
fn difference(policy: &str, handler: Handler, expected: &Expected) -> Option<String> {
    let server = Server::start(handler);
    let (_guard, folder) = folder(policy);
    let url = server.url("/api/items");
    let ran = probe(&folder, &[&url, "--policy", "policy.yaml", "--format", "json"]);
    let json = ran.json();
    let subject = &json["subjects"][0];
    let text = |key: &str| subject[key].as_str().unwrap_or_default();
    let reason = subject["not_judged"][0]["reason"].as_str().unwrap_or_default();
    let no_cause = subject["causes"] == serde_json::json!([]);
    let as_expected = match expected {
        Fine => ran.code == 0 && text("grade") == "A",
        NotJudged(why) => {
            ran.code == 1
                && text("grade").is_empty()
                && text("no_grade").contains("not judged")
                && reason.contains(why)
                && subject["verdicts"].as_object().is_some_and(|v| v.len() == 1)
        }
    };
    (!no_cause || !as_expected).then(|| format!("exit code {}: {subject}", ran.code))
}

#[test]
fn harmless_servers_have_nothing_above_advice() {
    assert!(SERVERS.len() >= 20);
    let different = SERVERS.iter().filter_map(|(name, policy, handler, expected)| {
        Some(format!("{name}: {}", difference(policy, *handler, expected)?))
    });
    let different: Vec<_> = different.collect();
    assert!(different.is_empty(), "{}", different.join("\n"));
}
