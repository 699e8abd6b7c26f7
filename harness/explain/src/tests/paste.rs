use crate::{AdHoc, Fix, Flags, Input, InputError, find_fix};
use crosscheck_fetch::CredentialsMode;

pub(super) fn flags(pairs: &[(&str, &str)]) -> Flags {
    let mut flags = Flags::default();
    for (key, value) in pairs {
        let value = (*value).to_owned();
        match *key {
            "origin" => flags.origin = Some(value),
            "url" => flags.url = Some(value.into()),
            "method" => flags.method = Some(value),
            "header" => flags.headers.push(value.into()),
            "credentials" => flags.credentials = Some(value),
            "mode" => flags.mode = Some(value),
            "cookie" => flags.cookies.push(value.into()),
            "response" => flags.responses.push(value.into()),
            other => panic!("no flag {other}"),
        }
    }
    flags
}

/// Reads a paste of an exchange.
pub(super) fn read(text: &str, flags: &Flags) -> Result<AdHoc, InputError> {
    match Input::read(text, flags)? {
        Input::Fetch(adhoc) => Ok(*adhoc),
        Input::Console(message) => Err(InputError::new(message.headline, message.remedy)),
    }
}

/// One line: the outcome, the deciding step, the change.
fn summary(adhoc: &AdHoc) -> String {
    let recorded = adhoc.recorded_fetches();
    let run = recorded.run(&[]).pop().expect("a fetch");
    let kind = run
        .outcome
        .as_ref()
        .map_or_else(|e| format!("TypeError: {e}"), |o| o.response_type.to_string());
    let step = run
        .trace
        .deciding()
        .and_then(|e| e.steps.first())
        .map(ToString::to_string)
        .unwrap_or_default();
    match find_fix(&recorded) {
        Fix::NotNeeded => kind,
        Fix::Impossible { reason } => format!("{kind} {step} | {reason}"),
        Fix::Found(fix) => {
            let changes: Vec<_> = fix
                .changes
                .iter()
                .map(|c| format!("{}: {}", c.exchange, c.edit))
                .collect();
            format!("{kind} {step} | {}", changes.join("; "))
        }
    }
}

#[track_caller]
fn check(pairs: &[(&str, &str)], expect: &str) {
    let adhoc = AdHoc::from_flags(&flags(pairs)).expect("flags");
    assert_eq!(summary(&adhoc), expect);
}

#[track_caller]
fn check_paste(text: &str, pairs: &[(&str, &str)], expect: &str) -> AdHoc {
    let adhoc = read(text, &flags(pairs)).expect("a paste");
    assert_eq!(summary(&adhoc), expect);
    adhoc
}

#[track_caller]
fn check_fault(text: &str, place: (usize, usize), part: &str) {
    let error = read(text, &flags(&[("origin", "https://app.example")])).expect_err("a fault");
    assert!(error.message.contains(part), "{}", error.message);
    assert_eq!((error.line, error.column), place, "{}", error.message);
    assert!(!error.help.is_empty());
}

const APP: (&str, &str) = ("origin", "https://app.example");
const API: (&str, &str) = ("url", "https://api.example/data");

#[test]
fn flags_without_a_paste() {
    check(
        &[APP, API, ("response", "200 | Access-Control-Allow-Origin: *")],
        "cors",
    );
    check(
        &[
            APP,
            API,
            ("credentials", "include"),
            ("response", "200 | Access-Control-Allow-Origin: *"),
        ],
        "error cors-check/wildcard-credentialed | 0: Access-Control-Allow-Origin: https://app.example; 0: Access-Control-Allow-Credentials: true",
    );
    check(
        &[
            APP,
            API,
            ("method", "PUT"),
            ("response", "200 | Access-Control-Allow-Origin: *\n"),
        ],
        "error preflight-response/acam-missing | 0: Access-Control-Allow-Methods: add PUT; 1: answer with status 200; 1: Access-Control-Allow-Origin: https://app.example",
    );
    check(
        &[APP, API, ("mode", "same-origin")],
        "error main-fetch/same-origin-mode | main fetch: mode same-origin, and https://api.example/data is cross-origin; no response can change that: use mode cors, or request the page's own origin",
    );
    check(
        &[APP, API, ("method", "a b")],
        "TypeError: the method is not a token  | the API throws a TypeError before anything is sent: the method is not a token; change the call",
    );
}

#[test]
fn curl_with_preflight_and_redirect() {
    let preflighted = "\
$ curl -v -X OPTIONS https://api.example/data
*   Trying 192.0.2.1:443...
* SSL connection using TLSv1.3
> OPTIONS /data HTTP/2
> Host: api.example
> User-Agent: curl/8.5.0
> Accept: */*
> Origin: https://app.example
> Access-Control-Request-Method: PUT
> Access-Control-Request-Headers: content-type,x-a
>
< HTTP/2 204
< access-control-allow-origin: https://app.example
< access-control-allow-methods: PUT
< access-control-allow-headers: content-type
<
";
    let adhoc = check_paste(
        preflighted,
        &[],
        "error preflight-response/acah-match-case-insensitive | 0: Access-Control-Allow-Headers: add x-a; 1: answer with status 200; 1: Access-Control-Allow-Origin: https://app.example",
    );
    assert_eq!(adhoc.init.url, "https://api.example/data");
    let redirected = "\
* Connected to api.example (192.0.2.1) port 80 (#0)
> GET /start HTTP/1.1
> Host: api.example
> User-Agent: curl/8.5.0
> Origin: http://app.example
>
< HTTP/1.1 302 Found
< Access-Control-Allow-Origin: *
< Location: http://third.example/end
<
* Issue another request to this URL: 'http://third.example/end'
> GET /end HTTP/1.1
> Host: third.example
> Origin: http://app.example
>
< HTTP/1.1 200 OK
< Access-Control-Allow-Origin: http://app.example
<
body
";
    check_paste(
        redirected,
        &[],
        "error cors-check/null-origin | 1: Access-Control-Allow-Origin: null",
    );
}

#[test]
fn curl_without_the_preflight_that_a_browser_makes() {
    let text = "> PUT /data HTTP/1.1\n> Host: api.example\n> Origin: https://app.example\n> Cookie: a=1\n>\n< HTTP/1.1 100 Continue\n<\n< HTTP/1.1 200 OK\n< Access-Control-Allow-Origin: *\n<\n";
    let adhoc = check_paste(
        text,
        &[],
        "error http-fetch/preflight-before-actual | 0: answer with status 204; 0: Access-Control-Allow-Origin: https://app.example; 0: Access-Control-Allow-Credentials: true; 0: Access-Control-Allow-Methods: add PUT; 1: Access-Control-Allow-Origin: https://app.example; 1: Access-Control-Allow-Credentials: true",
    );
    assert_eq!(adhoc.init.credentials, Some(CredentialsMode::Include));
    let run = adhoc.recorded_fetches().run(&[]).pop().expect("a fetch");
    assert!(run.unanswered().is_some_and(|(i, r)| i == 0 && r.preflight));
}

#[test]
fn devtools() {
    let text = r#"
fetch("https://api.example/data", {
  "headers": { "accept": "*/*", "content-type": "application/json", "sec-ch-ua": "x", "priority": "u=1, i" },
  "referrer": "https://app.example/",
  "referrerPolicy": "strict-origin-when-cross-origin",
  "body": "{\"a\":1}",
  "method": "POST",
  "mode": "cors",
  "credentials": "include"
});
HTTP/1.1 204 No Content
Access-Control-Allow-Origin: https://app.example
Access-Control-Allow-Credentials: true
Access-Control-Allow-Headers: *

HTTP/1.1 200 OK
Access-Control-Allow-Origin: https://app.example
Access-Control-Allow-Credentials: true
"#;
    let adhoc = check_paste(
        text,
        &[],
        "error preflight-response/acah-wildcard-credentialed | 0: Access-Control-Allow-Headers: add content-type",
    );
    assert_eq!(adhoc.answers.len(), 2);
    assert_eq!(adhoc.init.headers.len(), 1);
}

pub(super) fn har_entry(
    method: &str,
    url: &str,
    request: &[(&str, &str)],
    status: u16,
    response: &[(&str, &str)],
) -> serde_json::Value {
    let pairs = |pairs: &[(&str, &str)]| -> Vec<serde_json::Value> {
        pairs
            .iter()
            .map(|(n, v)| serde_json::json!({"name": n, "value": v}))
            .collect()
    };
    serde_json::json!({
        "request": { "method": method, "url": url, "headers": pairs(request), "cookies": [] },
        "response": { "status": status, "statusText": "", "headers": pairs(response) },
    })
}

#[test]
fn har_picks_the_fetch_that_fails_with_its_preflight() {
    let origin = ("Origin", "https://app.example");
    let url = "https://api.example/data";
    let entries = serde_json::json!({ "log": { "entries": [
        har_entry("GET", "https://app.example/", &[], 200, &[]),
        har_entry("GET", "https://api.example/fine", &[origin], 200, &[("access-control-allow-origin", "*")]),
        har_entry("OPTIONS", url, &[origin, ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "x-a")], 204,
            &[("access-control-allow-origin", "*"), ("access-control-allow-methods", "PUT"), ("access-control-allow-headers", "x-a")]),
        har_entry("PUT", url, &[origin, ("X-A", "1"), ("User-Agent", "x")], 500, &[]),
    ]}});
    let adhoc = check_paste(
        &entries.to_string(),
        &[],
        "error cors-check/missing-acao | 1: Access-Control-Allow-Origin: https://app.example",
    );
    assert_eq!(adhoc.init.url, url);
    assert_eq!(adhoc.answers.len(), 2);
    check_paste(&entries.to_string(), &[("url", "/fine")], "cors");
}

#[test]
fn faults_name_the_place_and_what_to_do() {
    check_fault("", (0, 0), "empty");
    check_fault("hello", (1, 1), "neither");
    check_fault("{\n  \"log\": 3\n}", (2, 10), "not a HAR file");
    check_fault("{\"log\": {\"entries\": []}}", (0, 0), "no request");
    check_fault("> GET\n", (1, 3), "not a request line");
    check_fault("> GET / HTTP/1.1\n> Host\n", (2, 3), "no colon");
    check_fault("< HTTP/1.1 200 OK\n> GET / HTTP/1.1\n", (1, 1), "before any request");
    check_fault(
        "> GET / HTTP/1.1\n> Host: a.example\n>\n< 200x\n",
        (4, 3),
        "not a status line",
    );
    check_fault("fetch(url)\n", (1, 7), "not a literal");
    check_fault(
        "fetch(\"https://a.example/\", {\n  \"mode\": \"cros\" })",
        (1, 1),
        "not one of",
    );
    check_fault(
        "fetch(\"https://a.example/\", {\n  \"body\": x.y() })",
        (2, 11),
        "not a literal",
    );
    check_fault(
        "fetch(\"https://a.example/\");\nfoo: bar\n",
        (2, 1),
        "before any status line",
    );
    let error = AdHoc::from_flags(&flags(&[API])).expect_err("no origin");
    assert!(error.help.contains("--origin"));
}

#[test]
fn no_text_makes_a_reader_panic() {
    let seeds = [
        "> GET /x HTTP/1.1\n> Host: a\n>\n< HTTP/1.1 200 OK\n< a: b\n<\n",
        "fetch(\"u\\u{110000}\\x4\", {\"headers\": [[\"a\", `b${c}`]]});\nHTTP/2 200\n",
        "{\"log\":{\"entries\":[{\"request\":{\"method\":\"é\",\"url\":\"x\"},\"response\":{}}]}}",
    ];
    for seed in seeds {
        for cut in (0..=seed.len()).filter(|i| seed.is_char_boundary(*i)) {
            for text in [
                seed[..cut].to_owned(),
                seed[cut..].to_owned(),
                format!("{}é\u{1F600}{}", &seed[..cut], &seed[cut..]),
            ] {
                if let Ok(adhoc) = read(&text, &flags(&[APP])) {
                    let _ = find_fix(&adhoc.recorded_fetches());
                }
            }
        }
    }
}
