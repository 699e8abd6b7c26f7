use super::*;
use crosscheck_results::{Deviation, PageRequest, TraceEvent, Verdict, WireBytes, rules};
use serde_json::{Value, json};
use std::process::Command;

fn command(sent: &[u8]) -> Curl {
    curl(&WireBytes::from(sent), "some-server")
}

/// What a shell makes of a command, with a `curl` that writes its arguments and what it reads.
fn arguments(command: &str) -> (Vec<Vec<u8>>, Vec<u8>) {
    let curl = r#"curl() { for word in "$@"; do printf '%s\0' "$word"; done; printf 'END'; case " $* " in *" @- "*) cat;; esac; }"#;
    let script = format!("SERVER=http://127.0.0.1:1\n{curl}\n{command}\n");
    let output = Command::new("sh").args(["-c", &script]).output().expect("a shell");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{command}: {output:?}"
    );
    let end = output
        .stdout
        .windows(4)
        .position(|w| w == b"\0END")
        .expect("the end of the arguments");
    let words = output.stdout[..end].split(|b| *b == 0).map(<[u8]>::to_vec).collect();
    (words, output.stdout[end + 4..].to_vec())
}

#[test]
fn a_shell_gives_curl_exactly_what_was_sent() {
    let rest: &[&[u8]] = &[b"-H", b"Accept:", b"-H", b"User-Agent:"];
    let cases: &[(&[u8], &[&[u8]])] = &[
        (
            b"GET /a?b=c HTTP/1.1\r\nHost: api.example\r\nOrigin: https://app.example\r\n\r\n",
            &[
                b"-si",
                b"-H",
                b"Host: api.example",
                b"-H",
                b"Origin: https://app.example",
            ],
        ),
        (
            b"OPTIONS / HTTP/1.1\r\nOrigin: null\r\nAccess-Control-Request-Method: PUT\r\n\r\n",
            &[
                b"-si",
                b"-X",
                b"OPTIONS",
                b"-H",
                b"Origin: null",
                b"-H",
                b"Access-Control-Request-Method: PUT",
            ],
        ),
        // Whatever a shell would act on.
        (
            b"GET / HTTP/1.1\r\nOrigin: https://a'b\"c$(id)`id`\\n%s${HOME}!x;&|<>*?~#\r\n\r\n",
            &[b"-si", b"-H", b"Origin: https://a'b\"c$(id)`id`\\n%s${HOME}!x;&|<>*?~#"],
        ),
        // And what is not printable.
        (
            b"GET / HTTP/1.1\r\nOrigin: https://app.example\xFF%d\\x41'\t\x01\x7F\r\n\r\n",
            &[b"-si", b"-H", b"Origin: https://app.example\xFF%d\\x41'\t\x01\x7F"],
        ),
        (b"P-T\xFF / HTTP/1.1\r\n\r\n", &[b"-si", b"-X", b"P-T\xFF"]),
        (b"-\x80 / HTTP/1.1\r\n\r\n", &[b"-si", b"-X", b"-\x80"]),
        (
            b"HEAD / HTTP/1.1\r\nX-Empty:\r\n\r\n",
            &[b"-si", b"--head", b"-H", b"X-Empty;"],
        ),
    ];
    for (sent, expected) in cases {
        let Curl::Command(command) = command(sent) else {
            panic!("no command for {}", sent.escape_ascii())
        };
        assert!(command.bytes().all(|b| matches!(b, b' '..=b'~')), "{command}");
        let (words, piped) = arguments(&command);
        let target = sent.split(|b| *b == b' ').nth(1).unwrap_or_default();
        let url = [b"http://127.0.0.1:1", target].concat();
        let expected: Vec<&[u8]> = expected.iter().chain(rest).copied().chain([url.as_slice()]).collect();
        assert_eq!(words, expected, "{command}");
        assert_eq!(piped, b"");
    }
}

#[test]
fn a_body_goes_along_byte_by_byte() {
    for (body, printable) in [
        (&b"@a=b&c='d'"[..], true),
        (b"one\r\ntwo\r\n", false),
        (b"one\ntwo", false),
        (b"one\ntwo\n", false),
        (b"\x00\xFF%s\\", false),
        (b"-n", true),
    ] {
        let length = body.len();
        let head = format!(
            "POST / HTTP/1.1\r\nContent-Length: {length}\r\nAccept: */*\r\nUser-Agent: x\r\nContent-Type: t/p\r\n\r\n"
        );
        let Curl::Command(command) = command(&[head.as_bytes(), body].concat()) else {
            panic!("no command for {}", body.escape_ascii())
        };
        let (words, piped) = arguments(&command);
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let headers: [&[u8]; 7] = [
            b"-si",
            b"-H",
            b"Accept: */*",
            b"-H",
            b"User-Agent: x",
            b"-H",
            b"Content-Type: t/p",
        ];
        let data: [&[u8]; 2] = if printable {
            [b"--data-raw", body]
        } else {
            [b"--data-binary", b"@-"]
        };
        assert_eq!(
            words,
            [&headers[..], &data, &[b"http://127.0.0.1:1/"]].concat(),
            "{command}"
        );
        assert_eq!(piped, if printable { b"" } else { body });
    }
}

#[test]
fn an_odd_target_is_sent_as_it_is() {
    for (target, expected) in [
        ("/a/../b", &["--path-as-is", "http://127.0.0.1:1/a/../b"][..]),
        ("*", &["--request-target", "*", "http://127.0.0.1:1"]),
        ("/[a]{b}", &["--request-target", "/[a]{b}", "http://127.0.0.1:1"]),
        (
            "http://x.test/",
            &["--request-target", "http://x.test/", "http://127.0.0.1:1"],
        ),
    ] {
        let Curl::Command(command) =
            command(format!("GET {target} HTTP/1.1\r\nAccept: a\r\nUser-Agent: b\r\n\r\n").as_bytes())
        else {
            panic!("no command for {target}")
        };
        let (words, _) = arguments(&command);
        let words: Vec<_> = words
            .iter()
            .skip(5)
            .map(|w| String::from_utf8_lossy(w).into_owned())
            .collect();
        assert_eq!(words, expected, "{command}");
    }
}

#[test]
fn what_curl_cannot_send_has_a_reason_in_place_of_a_command() {
    let long = format!("GET / HTTP/1.1\r\nOrigin: {}\r\n\r\n", "a".repeat(64 << 10));
    let cases: [(&[u8], &str); 9] = [
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", "colon"),
        (b"GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n", "colon"),
        (b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n", "NUL"),
        (b"GET / HTTP/1.1\r\nX:  \t\r\n\r\n", "blanks"),
        (b"GET / HTTP/1.1\r\n@X: a\r\n\r\n", "unchanged"),
        (
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "frames a body",
        ),
        (b"HEAD / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", "HEAD"),
        (b"SSH-2.0-nonsense\r\n", "no HTTP"),
        (long.as_bytes(), "longer"),
    ];
    for (sent, why) in cases {
        match command(sent) {
            Curl::None(said) => assert!(said.contains(why), "{said}"),
            Curl::Command(command) => panic!("{command}"),
        }
    }
}

#[test]
fn a_server_named_by_its_address_gets_the_request_at_that_address() {
    let request = WireBytes::from(b"GET /x HTTP/1.1\r\nAccept: a\r\nUser-Agent: b\r\n\r\n");
    let Curl::Command(command) = curl(&request, "https://api.test:8443/base?q") else {
        panic!("no command")
    };
    assert!(command.ends_with(" --http1.1 https://api.test:8443/x"), "{command}");
}

#[test]
fn a_record_that_holds_no_request_yields_no_command() {
    for bytes in [
        &b""[..],
        b"\\",
        b"\xff\x00",
        b"GET /",
        b"GET / HTTP/2\r\n\r\n",
        "\u{202E} / HTTP/1.1 x".as_bytes(),
    ] {
        assert!(matches!(curl(&WireBytes::from(bytes), "s"), Curl::None(_)), "{bytes:?}");
    }
}

fn page_request(request: Value) -> PageRequest {
    PageRequest {
        origin: "https://app.example".into(),
        request,
    }
}

/// What JavaScript makes of a snippet: the request that `fetch` would have made.
fn performed(code: &str) -> Value {
    let script = format!(
        "globalThis.fetch = async (url, init) => {{\n\
         const r = new Request(url, init);\n\
         const bytes = r.body ? Array.from(new Uint8Array(await r.arrayBuffer())) : null;\n\
         console.log(JSON.stringify({{ url: r.url, method: r.method, mode: r.mode, credentials: r.credentials, redirect: r.redirect,\n\
         headers: [...r.headers], bytes }}));\n}};\n(async () => {{\n{code}\n}})();"
    );
    let output = Command::new("node").args(["-e", &script]).output().expect("Node.js");
    assert!(
        output.status.success(),
        "{code}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn javascript_makes_of_a_snippet_the_request_of_the_case() {
    let bytes = |text: &str| json!(text.bytes().collect::<Vec<u8>>());
    let cases = [
        (
            json!({ "url": "https://api.example/" }),
            json!({ "method": "GET", "credentials": "same-origin" }),
        ),
        (
            json!({ "url": "https://api.example/a\"b\\", "method": "PUT", "mode": "cors", "credentials": "include",
                    "headers": [["x-one", "1"], ["x-two", "\u{ff}\"'</script>"]], "redirect": "manual" }),
            json!({ "url": "https://api.example/a%22b/", "method": "PUT", "mode": "cors", "credentials": "include",
                    "redirect": "manual", "headers": [["x-one", "1"], ["x-two", "\u{ff}\"'</script>"]] }),
        ),
        (
            json!({ "url": "https://api.example/", "method": "POST", "body": "é\u{2028}\u{1F600}" }),
            json!({ "bytes": bytes("é\u{2028}\u{1F600}") }),
        ),
        (
            json!({ "url": "https://api.example/", "method": "POST", "body": { "hex": "00ff" } }),
            json!({ "bytes": [0, 255], "headers": [] }),
        ),
        (
            json!({ "url": "https://api.example/", "method": "POST", "body": { "urlencoded": { "a": "b c" } } }),
            json!({ "bytes": bytes("a=b+c") }),
        ),
        (
            json!({ "url": "https://api.example/", "method": "POST", "body": { "blob": { "type": "a/b", "text": "x" } } }),
            json!({ "bytes": bytes("x"), "headers": [["content-type", "a/b"]] }),
        ),
        (
            json!({ "url": "https://api.example/", "method": "POST", "body": { "stream": ["x", { "hex": "79" }] } }),
            json!({ "bytes": bytes("xy") }),
        ),
    ];
    for (request, expected) in cases {
        let Fetch::Code(code) = fetch(&page_request(request), "") else {
            panic!("no code for {expected}")
        };
        assert!(code.bytes().all(|b| matches!(b, b'\n' | b' '..=b'~')), "{code}");
        let performed = performed(&code);
        for (key, value) in expected.as_object().expect("an object") {
            assert_eq!(&performed[key], value, "{key} of {code}");
        }
    }
    let form = json!({ "url": "https://api.example/", "method": "POST", "body": { "form": { "n": "v" } } });
    let Fetch::Code(code) = fetch(&page_request(form), "") else {
        panic!("no code")
    };
    let bytes: Vec<u8> = serde_json::from_value(performed(&code)["bytes"].clone()).expect("bytes");
    assert!(String::from_utf8_lossy(&bytes).contains("name=\"n\"\r\n\r\nv\r\n"));
}

#[test]
fn a_request_that_fetch_cannot_make_has_a_reason_in_place_of_code() {
    for (request, why) in [
        (json!({ "url": "https://api.example/", "via": "img" }), "fetch()"),
        (json!({ "url": "https://api.example/", "later": 1 }), "does not take"),
        (json!({ "url": "https://api.example/", "method": 1 }), "does not take"),
        (json!({}), "no URL"),
        (json!(null), "no request"),
    ] {
        match fetch(&page_request(request), "") {
            Fetch::None(said) => assert!(said.contains(why), "{said}"),
            Fetch::Code(code) => panic!("{code}"),
        }
    }
}

#[test]
fn a_comment_ends_where_it_should() {
    let record = PageRequest {
        origin: "https://a\nalert(1)//".into(),
        request: json!({ "url": "https://api.example/" }),
    };
    let Fetch::Code(code) = fetch(&record, "") else {
        panic!("no code")
    };
    assert_eq!(code.lines().count(), 2, "{code}");
}

#[test]
fn the_exchange_that_decided_is_shown() {
    let exchange = |what: &str, answered: bool| ExchangeRecord {
        what: what.into(),
        request: b"GET / HTTP/1.1\r\n\r\n".into(),
        response: if answered {
            b"HTTP/1.1 200 OK\r\n\r\n".into()
        } else {
            WireBytes::default()
        },
    };
    let mut case = CaseResult {
        transcript: vec![
            exchange("preflight", true),
            exchange("actual", true),
            exchange("broken", false),
        ],
        asked: vec![page_request(json!({}))],
        trace: vec![TraceEvent {
            decisive: true,
            exchange: Some(0),
            ..TraceEvent::default()
        }],
        ..CaseResult::new("x", "a#b", Verdict::OverDeny)
    };
    let what = |case: &CaseResult| exhibit(case).map(|e| e.what.clone());
    assert_eq!(what(&case).as_deref(), Some("preflight"));
    case.trace.clear();
    assert_eq!(what(&case).as_deref(), Some("actual"));
    case.deviations.push(Deviation {
        exchange: Some(0),
        ..Deviation::of_rule(&rules::REFUSE, None, "")
    });
    assert_eq!(what(&case).as_deref(), Some("preflight"), "the deviation names it");
    case.deviations[0].exchange = Some(1);
    case.transcript[1].request = WireBytes::default();
    assert_eq!(what(&case).as_deref(), Some("preflight"), "the other was not sent");
    case.deviations.clear();
    case.transcript.drain(..2);
    assert_eq!(what(&case).as_deref(), Some("broken"));
    case.transcript.clear();
    assert_eq!(what(&case), None);
}

#[test]
fn snippets_of_a_probe_have_the_scheme_the_host_and_the_port_of_its_url() {
    let request = WireBytes::from(
        &b"GET /data?x=1 HTTP/1.1\r\nHost: h\r\nSec-Fetch-Mode: cors\r\nOrigin: https://a.test\r\n\r\n"[..],
    );
    let exchange = ExchangeRecord {
        request: request.clone(),
        ..ExchangeRecord::default()
    };
    for (subject, page, shown) in [
        (
            "http://api.test:3000/data?x=1",
            "https://api.test:3000",
            "http://api.test:3000",
        ),
        ("http://api.test/data?x=1", "https://api.test:80", "http://api.test"),
        ("https://api.test/data?x=1", "https://api.test", "https://api.test"),
        (
            "https://api.test:8443/data?x=1",
            "https://api.test:8443",
            "https://api.test:8443",
        ),
        (
            "https://api.test:80/data?x=1",
            "https://api.test:80",
            "https://api.test:80",
        ),
        ("http://[::1]:3000/data?x=1", "https://[::1]:3000", "http://[::1]:3000"),
    ] {
        let Fetch::Code(code) = fetch(&page_request(json!({ "url": format!("{page}/data?x=1") })), subject) else {
            panic!("{subject}");
        };
        assert!(code.contains(&format!("fetch(\"{shown}/data?x=1\")")), "{code}");
        assert!(!code.contains("stands for"), "{code}");
        for command in [curl(&request, subject), short_curl(&exchange, subject)] {
            let Curl::Command(command) = command else {
                panic!("{subject}")
            };
            let url = command.replace('\'', "");
            assert!(url.ends_with(&format!(" {shown}/data?x=1")), "{command}");
        }
    }
    let Curl::Command(short) = short_curl(&exchange, "http://api.test/data") else {
        panic!("no command")
    };
    assert_eq!(short, "curl -si -H 'Origin: https://a.test' http://api.test'/data?x=1'");
    let Fetch::Code(code) = fetch(
        &page_request(json!({ "url": "https://other.test/" })),
        "http://api.test/",
    ) else {
        panic!("no call");
    };
    assert!(code.contains("https://other.test stands for the server"), "{code}");
}
