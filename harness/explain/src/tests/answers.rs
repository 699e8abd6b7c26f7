//! What users read first: the verdict, the remedy, and what is not known. One row per kind of paste.

use super::paste::flags;
use crate::{AdHoc, Input, assess};

/// The first lines of the answer: verdict, remedy, then what is not known and assumed.
fn answer(text: &str, pairs: &[(&str, &str)]) -> String {
    let flags = flags(pairs);
    let input = match text {
        "" => AdHoc::from_flags(&flags).map(|a| Input::Fetch(Box::new(a))),
        text => Input::read(text, &flags),
    };
    match input {
        Err(error) => format!("refused: {error}\n{}", error.help),
        Ok(Input::Console(message)) => {
            format!(
                "{}\n{}\n{}",
                message.headline,
                message.remedy,
                message.unknown.join("\n")
            )
        }
        Ok(Input::Fetch(adhoc)) => {
            let answer = assess(&adhoc);
            let rest = [&answer.unknown[..], &adhoc.assumed, &adhoc.notes].concat();
            format!("{}\n{}\n{}", answer.headline, answer.remedy, rest.join("\n"))
        }
    }
}

/// Checks that the answer has the parts in order, and none of the parts that begin with `!`.
#[track_caller]
fn check(text: &str, pairs: &[(&str, &str)], parts: &[&str]) {
    let answer = answer(text, pairs);
    let mut rest = answer.as_str();
    for part in parts {
        if let Some(part) = part.strip_prefix('!') {
            assert!(!answer.contains(part), "`{part}` is in\n{answer}");
            continue;
        }
        let found = rest.split_once(part);
        assert!(found.is_some(), "`{part}` is not, in this order, in\n{answer}");
        rest = found.map_or("", |(_, r)| r);
    }
}

const APP: (&str, &str) = ("origin", "https://app.example");
const API: (&str, &str) = ("url", "https://api.example/data");

/// A request of curl and its response, without the marks of either.
fn curl(request: &str, response: &str) -> String {
    let marked = |text: &str, mark: char| text.lines().map(|l| format!("{mark} {l}\n")).collect::<String>();
    format!("{}>\n{}<\n", marked(request, '>'), marked(response, '<'))
}

fn get(response: &str) -> String {
    curl(
        "GET /data HTTP/2\nHost: api.example\nOrigin: https://app.example",
        response,
    )
}

#[test]
fn credentials_that_are_not_known_are_not_guessed() {
    let star = get("HTTP/2 200\nAccess-Control-Allow-Origin: *");
    check(
        &star,
        &[],
        &[
            "it depends on the credentials mode, which is not known: without credentials (omit, same-origin) readable; with \
             credentials include blocked at cors-check/wildcard-credentialed",
            "\nnone is needed without credentials; if the page uses credentials include: client: leave credentials out",
        ],
    );
    check(
        &star,
        &[("credentials", "omit")],
        &["readable\nnone is needed", "!not known"],
    );
    check(
        &star,
        &[("credentials", "include")],
        &["blocked at cors-check/wildcard-credentialed"],
    );
    check(
        &get("HTTP/2 200\nServer: x"),
        &[],
        &[
            "blocked at cors-check/missing-acao (request)",
            "\nserver, on the response to the request: Access-Control-Allow-Origin: https://app.example\n",
            "the verdict is the same for each",
            "!: *",
        ],
    );
    check(
        "",
        &[APP, API, ("response", "200 | Access-Control-Allow-Origin: *")],
        &["it depends on the credentials mode"],
    );
}

#[test]
fn devtools_writes_credentials_by_what_was_sent() {
    let call = |credentials: &str, headers: &str| {
        format!(
            "fetch(\"https://api.example/data\", {{ \"headers\": {{ {headers} }}, \"referrer\": \"https://app.example/\", \"body\": null, \
             \"method\": \"GET\", \"mode\": \"cors\", \"credentials\": \"{credentials}\" }});\nHTTP/1.1 200 OK\n\
             Access-Control-Allow-Origin: *\nContent-Type: text/plain\n"
        )
    };
    check(
        &call("omit", ""),
        &[],
        &["it depends on the credentials mode", "DevTools writes credentials"],
    );
    check(
        &call("include", ""),
        &[],
        &["blocked at cors-check/wildcard-credentialed"],
    );
    let authorized = call("include", "\"authorization\": \"Bearer x\"").replace(
        "HTTP/1.1 200",
        "HTTP/1.1 204 No Content\nAccess-Control-Allow-Origin: *\nAccess-Control-Allow-Headers: authorization\n\nHTTP/1.1 200",
    );
    check(
        &authorized,
        &[],
        &["without credentials (omit, same-origin) readable; with credentials include blocked"],
    );
    check(
        "fetch('https://api.example/data')\nHTTP/1.1 200 OK\nAccess-Control-Allow-Origin: *\n",
        &[APP],
        &["readable\n", "!not known"],
    );
}

#[test]
fn a_preflight_without_its_request_and_the_reverse() {
    let options =
        "OPTIONS /data HTTP/2\nHost: api.example\nOrigin: https://app.example\nAccess-Control-Request-Method: PUT";
    let granted = "HTTP/2 204\nAccess-Control-Allow-Origin: https://app.example\nAccess-Control-Allow-Credentials: true\n\
                   Access-Control-Allow-Methods: PUT";
    check(
        &curl(options, granted),
        &[],
        &[
            "the preflight passes; whether the page can read the response is not known",
            "\ngive the response to exchange 2, the request",
        ],
    );
    let post = options.replace("PUT", "POST");
    check(&curl(&post, granted), &[], &["the preflight passes"]);
    check(
        &curl(options, "HTTP/2 405\nAllow: GET"),
        &[],
        &["blocked at preflight-response/ok-status (preflight)", "!*"],
    );
    check(
        &curl(options, "HTTP/2 302\nLocation: https://api.example/data/"),
        &[],
        &[
            "blocked at preflight-response/ok-status",
            "\nclient: request the final URL",
        ],
    );
    let put = "PUT /data HTTP/2\nHost: api.example\nOrigin: https://app.example";
    let readable =
        "HTTP/2 200\nAccess-Control-Allow-Origin: https://app.example\nAccess-Control-Allow-Credentials: true";
    check(
        &curl(put, readable),
        &[],
        &["not known, since the browser sends a preflight first, whose answer is not given; if it passes, readable"],
    );
    check(
        &curl(put, "HTTP/2 500\nServer: x"),
        &[],
        &[
            "blocked at cors-check/missing-acao (request)",
            "unless the preflight, whose answer is not given, is blocked before",
        ],
    );
}

#[test]
fn options_that_is_no_preflight() {
    let options = "OPTIONS /data HTTP/2\nHost: api.example\nOrigin: https://app.example/";
    check(
        &curl(
            options,
            "HTTP/2 204\nAccess-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: PUT",
        ),
        &[],
        &[
            "not known, since the OPTIONS request is no preflight",
            "for methods PUT",
            "\nask again with Access-Control-Request-Method",
        ],
    );
    check(
        &curl(options, "HTTP/2 200\nServer: x"),
        &[],
        &[
            "blocked at cors-check/missing-acao (preflight)",
            "provided that the server answers a real preflight as it answered this OPTIONS request",
            "`Origin: https://app.example/`, which no browser sends",
        ],
    );
}

#[test]
fn several_exchanges_of_curl() {
    let request = "GET /data HTTP/2\nHost: api.example\nOrigin: https://app.example\nAccess-Control-Request-Method: GET\n\
                   Access-Control-Request-Headers: X-Token";
    let preflight = request.replace("GET /", "OPTIONS /");
    let good = "HTTP/2 200\nAccess-Control-Allow-Origin: https://app.example\nAccess-Control-Allow-Credentials: true";
    let both = format!("{}{}", curl(request, good), curl(&preflight, "HTTP/2 200\nAllow: GET"));
    check(
        &both,
        &[],
        &[
            "blocked at cors-check/missing-acao (preflight)",
            "Access-Control-Allow-Headers: add x-token",
        ],
    );
    let other = curl("GET /other HTTP/2\nHost: api.example", "HTTP/2 200\nServer: x");
    check(
        &format!("{}{other}", get(good)),
        &[],
        &["readable", "the input has 2 requests; this is number 1"],
    );
    check(
        &format!("{other}{}", get("HTTP/2 200\nServer: x")),
        &[],
        &["blocked", "this is number 2"],
    );
}

#[test]
fn an_origin_that_was_not_sent() {
    let request = "GET /data HTTP/2\nHost: api.example";
    check(
        &curl(request, "HTTP/2 200\nServer: x"),
        &[],
        &[
            "refused: the request has no Origin header",
            "-H 'Origin: https://app.example'",
        ],
    );
    check(
        &curl(request, "HTTP/2 200\nServer: x"),
        &[APP],
        &[
            "blocked at cors-check/missing-acao",
            "provided that the server answers a request with `Origin: https://app.example`",
        ],
    );
    check(
        &get("HTTP/2 200\nAccess-Control-Allow-Origin: https://app.example"),
        &[("origin", "https://third.example")],
        &[
            "blocked at cors-check/exact-origin",
            "as it answered the given request with `Origin: https://app.example`",
        ],
    );
}

#[test]
fn a_response_of_the_cache() {
    check(
        &get("HTTP/2 304\nETag: x"),
        &[],
        &["not known, since 304 makes the browser use the headers of its stored response"],
    );
    check(
        &get("HTTP/2 304\nAccess-Control-Allow-Origin: https://other.example"),
        &[],
        &["blocked at cors-check/exact-origin"],
    );
}

#[test]
fn heads_without_a_request() {
    check(
        "HTTP/1.1 200 OK\n",
        &[APP, API],
        &[
            "refused: the response has a status, 200, and no headers",
            "paste the response headers",
        ],
    );
    check(
        "HTTP/1.1 200 OK\nServer: x\n",
        &[APP, API],
        &[
            "blocked at cors-check/missing-acao",
            "provided that the response, whose request is not given",
        ],
    );
    check(
        "Server: x\nAccess-Control-Allow-Origin: *\n",
        &[],
        &[
            "refused: the input has a response and no request",
            "give --url and --origin",
        ],
    );
    check(
        "HTTP/1.1 200 OK\nAccess-Control-Allow-Origin: https://app.example\nAccess-Control-Allow-Credentials: true\n",
        &[APP, API, ("method", "PUT")],
        &["not known, since one response is given and the browser sends a preflight and the request"],
    );
    check(
        "HTTP/1.1 204 No Content\nAccess-Control-Allow-Origin: https://app.example\nAccess-Control-Allow-Methods: GET\n",
        &[APP, API, ("method", "PUT"), ("credentials", "omit")],
        &["blocked at preflight-response/method-match-exact"],
    );
    check(
        "Key                         Value\n---                         -----\nAccess-Control-Allow-Origin https://other.example\n",
        &[APP, API],
        &["blocked at cors-check/exact-origin"],
    );
    check(
        "--2026-01-01 00:00:00--  https://api.example/data\n  HTTP/1.1 302 Found\n  Location: https://b.example/\nLocation: https://b.example/ [following]\n",
        &[APP],
        &[
            "blocked at cors-check/missing-acao",
            "client: request https://b.example/ directly",
        ],
    );
}

#[test]
fn commands_of_curl() {
    check(
        "$ curl -iH'Origin: https://app.example' https://api.example/data\nHTTP/2 200\naccess-control-allow-origin: https://b.example\n\n{}\n",
        &[],
        &[
            "blocked at cors-check/exact-origin",
            "Access-Control-Allow-Origin: https://app.example\n",
        ],
    );
    check(
        "curl --request PUT \\\n  -H \"Origin: https://app.example\" \\\n  'https://api.example/data'\n",
        &[],
        &[
            "not known, since the preflight's answer is not given",
            "give the response to exchange 1, the preflight",
        ],
    );
    check(
        "curl ^\"https://api.example/data^\" ^\r\n  -X ^\"OPTIONS^\" ^\r\n  -H ^\"Origin: https://app.example^\" ^\r\n  -H ^\"Access-Control-Request-Method: PUT^\"\r\n",
        &[],
        &["not known", "OPTIONS https://api.example/data"],
    );
    check(
        "curl -I -X OPTIONS -H 'Origin: https://app.example' -H 'Access-Control-Request-Method: PUT' -H 'Access-Control-Allow-Headers: a' https://api.example/data\n# HTTP/1.1 200 OK\n# Access-Control-Allow-Origin: https://app.example\n",
        &[],
        &[
            "blocked at preflight-response/acam-missing",
            "Access-Control-Request-Headers was meant",
        ],
    );
}

#[test]
fn header_panels_of_devtools() {
    check(
        "General\nRequest URL: https://api.example/data\nRequest Method: PUT\nStatus Code: 200 OK\nResponse Headers\n\
         access-control-allow-origin: https://other.example\nRequest Headers\n:authority: api.example\n:method: PUT\n\
         origin: https://app.example\nsec-fetch-mode: cors\n",
        &[],
        &["blocked at cors-check/exact-origin", "!:authority"],
    );
    check(
        "Request URL:\nhttps://api.example/data\nRequest Method:\nGET\nStatus Code:\n200 OK\nOrigin:\nhttps://app.example\nServer:\nx\n",
        &[],
        &["blocked at cors-check/missing-acao"],
    );
    check(
        "Request URL\nhttps://api.example/data\nRequest Method\nGET\nStatus Code\n200 OK\naccess-control-allow-origin\nhttps://b.example\norigin\nhttps://app.example\n",
        &[],
        &["blocked at cors-check/exact-origin"],
    );
    check(
        "Request URL: https://api.example/data\nRequest Headers\nProvisional headers are shown\nReferer: https://app.example/\n",
        &[],
        &[
            "not known, since no response is given",
            "the request headers are provisional",
        ],
    );
    check(
        "Request URL: https://api.example/a.png\nRequest Method: GET\nStatus Code: 200\nResponse Headers\nserver: x\nRequest Headers\nreferer: https://app.example/\nsec-fetch-mode: no-cors\n",
        &[],
        &["loaded, and the page can read nothing"],
    );
    check(
        "Request URL: wss://api.example/s\nRequest Method: GET\nStatus Code: 101\nResponse Headers\nUpgrade: websocket\nRequest Headers\nOrigin: https://app.example\n",
        &[],
        &["loaded: it is a WebSocket"],
    );
    check(
        "GET /data HTTP/2\nHost: api.example\nOrigin: https://app.example\n\nHTTP/2 200 OK\nserver: x\n",
        &[],
        &["blocked at cors-check/missing-acao", "the scheme of the URL"],
    );
}

#[test]
fn console_messages() {
    let chrome = |reason: &str| {
        format!(
            "Access to fetch at 'https://api.example/data' from origin 'https://app.example' has been blocked by CORS policy: {reason}"
        )
    };
    let firefox = |reason: &str| {
        format!(
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at https://api.example/data. (Reason: {reason})."
        )
    };
    check(
        &chrome("No 'Access-Control-Allow-Origin' header is present on the requested resource."),
        &[],
        &[
            "blocked at cors-check/missing-acao",
            "Access-Control-Allow-Origin: https://app.example",
            "the message has no headers",
        ],
    );
    check(
        &chrome("Method PATCH is not allowed by Access-Control-Allow-Methods in preflight response."),
        &[],
        &["method-match-exact", "add PATCH"],
    );
    check(
        &chrome("Request header field X-A is not allowed by Access-Control-Allow-Headers in preflight response."),
        &[],
        &["acah-match-case-insensitive", "add X-A"],
    );
    check(
        &firefox("Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed"),
        &[],
        &["cors-check/duplicate-headers"],
    );
    check(
        &firefox("CORS request did not succeed"),
        &[],
        &["not known: the browser got no response"],
    );
    let two = [
        chrome("Method PUT is not allowed by Access-Control-Allow-Methods in preflight response."),
        chrome("No 'Access-Control-Allow-Origin' header is present on the requested resource.")
            .replace("/data", "/other"),
    ];
    check(
        &two.join("\n"),
        &[],
        &["method-match-exact", "https://api.example/data"],
    );
    check(
        &format!("> {}", two[1]),
        &[],
        &["cors-check/missing-acao", "https://api.example/other"],
    );
    check(
        "Origin https://app.example is not allowed by Access-Control-Allow-Origin.",
        &[],
        &[
            "absent (cors-check/missing-acao) or another origin",
            "the URL; give it with --url",
            "!METHOD",
        ],
    );
    check("Uncaught TypeError: Failed to fetch", &[], &["refused: ", "neither"]);
}

#[test]
fn code_that_is_not_read() {
    check(
        "axios.get('https://api.example/data', { withCredentials: true })",
        &[APP],
        &["refused: ", "axios", "--credentials include"],
    );
    check(
        "fetch('https://api.example/data', { headers: {'Access-Control-Allow-Origin': '*'} })\n  .then(r => r.json());\n",
        &[APP],
        &["not known, since the preflight's answer is not given"],
    );
    check("fetch(`https://api.example/${id}`)", &[APP], &["refused: ", "template"]);
}
