//! Properties of the model, for arbitrary pages, requests and response scripts.

#![allow(clippy::unwrap_used)]

use crosscheck_fetch::{
    Answer, Browser, ByteString, CredentialsMode, Driver, HeaderList, Init, InitBody, Leniencies, Leniency, Mode,
    Origin, Outcome, Page, RedirectMode, ReferrerPolicy, Request, ResponseType, Trace, Via, WireResponse,
};
use proptest::prelude::*;
use std::borrow::Cow;

/// More exchanges than any fetch can need: 21 hops, a preflight each, and each answered 421 once.
const MOST_EXCHANGES: usize = 100;

fn origins() -> impl Strategy<Value = Origin> {
    prop::sample::select(vec![
        "https://app.example",
        "http://app.example",
        "https://a.site.example",
        "null",
    ])
    .prop_map(|o| Origin::parse_serialized(o).unwrap())
}

fn urls() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "https://api.example/x", "https://app.example/x?y#z", "http://api.example/", "https://b.site.example/",
            "https://u:p@api.example/", "https://api.example:6000/", "data:text/plain,x", "about:blank", "blob:https://x.example/1",
            "wss://api.example/", "ftp://api.example/", "file:///x", "https://[::1]/", "//",
        ]).prop_map(str::to_owned),
        1 => ".{0,20}",
    ]
}

fn bytes(known: &'static [&'static str]) -> impl Strategy<Value = ByteString> {
    prop_oneof![
        6 => prop::sample::select(known.to_vec()).prop_map(|s| Cow::Borrowed(s.as_bytes())),
        1 => prop::collection::vec(any::<u8>(), 0..12).prop_map(Cow::Owned),
    ]
}

fn response_header() -> impl Strategy<Value = (ByteString, ByteString)> {
    (
        bytes(&[
            "Access-Control-Allow-Origin",
            "access-control-allow-credentials",
            "Access-Control-Allow-Methods",
            "Access-Control-Allow-Headers",
            "Access-Control-Expose-Headers",
            "Access-Control-Max-Age",
            "Location",
            "Vary",
            "Cache-Control",
            "ETag",
            "Set-Cookie",
            "Cross-Origin-Resource-Policy",
            "Referrer-Policy",
            "Content-Type",
        ]),
        bytes(&[
            "*",
            "null",
            "https://app.example",
            "http://app.example",
            "true",
            "True",
            "PUT, DELETE",
            "x-a,*",
            "x-a",
            "600",
            "0",
            "",
            "https://api.example/2",
            "https://app.example/",
            "/next",
            "data:,x",
            "max-age=60",
            "Origin",
            "\"e\"",
            "a=1; Path=/",
            "same-origin",
            "no-referrer",
            ",,",
            "a b",
        ]),
    )
}

fn answers() -> impl Strategy<Value = Answer> {
    let response = (
        prop::sample::select(vec![
            200_u16, 204, 206, 301, 302, 303, 307, 308, 304, 401, 404, 407, 421, 500, 999,
        ]),
        prop::collection::vec(response_header(), 0..6),
    )
        .prop_map(|(status, headers)| {
            Answer::Response(WireResponse {
                status,
                status_text: Cow::Borrowed(b""),
                headers: headers.into_iter().collect(),
                body: b"body".to_vec(),
            })
        });
    prop_oneof![9 => response, 1 => Just(Answer::Failure)]
}

fn inits() -> impl Strategy<Value = Init> {
    let header = (
        bytes(&[
            "X-A",
            "Accept",
            "Content-Type",
            "Authorization",
            "Range",
            "Cookie",
            "If-None-Match",
            "Accept-Language",
            "*",
        ]),
        bytes(&[
            "1",
            "text/plain",
            "application/json",
            "bytes=0-",
            "en",
            "\"x\"",
            "",
            " padded ",
        ]),
    );
    let body = prop_oneof![
        4 => Just(None),
        1 => Just(Some(InitBody::Text("x".into()))),
        1 => Just(Some(InitBody::Stream(vec![b"x".to_vec()]))),
        1 => Just(Some(InitBody::Blob { mime: "application/json".into(), bytes: b"{}".to_vec() })),
        1 => Just(Some(InitBody::Form(vec![("a".into(), "b".into())]))),
    ];
    (
        (
            urls(),
            prop::sample::select(Via::ALL.to_vec()),
            prop::option::of(bytes(&["GET", "POST", "PUT", "patch", "HEAD", "*"])),
        ),
        (
            prop::option::of(prop::sample::select(Mode::ALL.to_vec())),
            prop::option::of(prop::sample::select(CredentialsMode::ALL.to_vec())),
            prop::option::of(prop::sample::select(RedirectMode::ALL.to_vec())),
            prop::option::of(prop::sample::select(ReferrerPolicy::ALL.to_vec())),
        ),
        (prop::collection::vec(header, 0..4), body, any::<bool>()),
    )
        .prop_map(
            |((url, via, method), (mode, credentials, redirect, referrer_policy), (headers, body, upload_listener))| {
                Init {
                    via,
                    method,
                    mode,
                    credentials,
                    redirect,
                    referrer_policy,
                    headers,
                    body,
                    upload_listener,
                    ..Init::new(url)
                }
            },
        )
}

fn leniencies() -> impl Strategy<Value = Leniencies> {
    prop::collection::vec(prop::sample::select(Leniency::ALL.to_vec()), 0..3)
        .prop_map(|all| all.into_iter().fold(Leniencies::NONE, Leniencies::with))
}

/// Runs a fetch with a script that repeats; returns the outcome, the trace, and every response.
fn run(
    browser: &mut Browser,
    page: &Page,
    init: Init,
    lenient: Leniencies,
    script: &[Answer],
) -> Option<(Outcome, String, Vec<HeaderList>)> {
    let request = Request::new(page, init).ok()?;
    let mut seen = Vec::new();
    let mut exchange = 0;
    let ended = Driver::<Trace>::new(request, lenient).run(browser, |_| {
        let answer = script[exchange % script.len()].clone();
        exchange += 1;
        if let Answer::Response(r) = &answer {
            seen.push(r.headers.clone());
        }
        answer
    });
    assert!(
        exchange <= MOST_EXCHANGES,
        "the fetch did not end after {MOST_EXCHANGES} exchanges"
    );
    Some((ended.outcome, format!("{:?}", ended.tracer), seen))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn next_always_ends_and_nothing_is_granted_without_acao(
        origin in origins(), init in inits(), lenient in leniencies(), script in prop::collection::vec(answers(), 1..5),
    ) {
        let page = Page::new(origin);
        if let Some((outcome, _, seen)) = run(&mut Browser::new(), &page, init, lenient, &script)
            && outcome.response_type == ResponseType::Cors
        {
            prop_assert!(seen.iter().any(|h| h.contains(b"access-control-allow-origin")));
        }
    }

    #[test]
    fn the_same_inputs_give_the_same_outcome_and_trace(
        origin in origins(), init in inits(), lenient in leniencies(), script in prop::collection::vec(answers(), 1..5),
    ) {
        let page = Page::new(origin);
        let once = run(&mut Browser::new(), &page, init.clone(), lenient, &script);
        let again = run(&mut Browser::new(), &page, init, lenient, &script);
        prop_assert_eq!(once, again);
    }

    #[test]
    fn removing_every_acao_never_grants(
        origin in origins(), init in inits(), script in prop::collection::vec(answers(), 1..5),
    ) {
        let page = Page::new(origin);
        let stripped: Vec<Answer> = script.iter().cloned().map(|answer| match answer {
            Answer::Response(mut r) => {
                r.headers.delete(b"access-control-allow-origin");
                Answer::Response(r)
            }
            failure @ Answer::Failure => failure,
        }).collect();
        if let Some((outcome, ..)) = run(&mut Browser::new(), &page, init, Leniencies::NONE, &stripped) {
            prop_assert_ne!(outcome.response_type, ResponseType::Cors);
        }
    }

    #[test]
    fn the_order_of_list_items_does_not_matter(
        mut items in prop::collection::vec(prop::sample::select(vec!["PUT", "DELETE", "x-a", "x-b", "*", "", "b d"]), 0..6),
        include in any::<bool>(),
        seed in any::<prop::sample::Index>(),
    ) {
        let outcome = |items: &[&str]| {
            let list = items.join(",").into_bytes();
            let mut headers = HeaderList::new();
            headers.push(&b"Access-Control-Allow-Origin"[..], &b"https://app.example"[..]);
            headers.push(&b"Access-Control-Allow-Credentials"[..], &b"true"[..]);
            for name in [&b"Access-Control-Allow-Methods"[..], b"Access-Control-Allow-Headers", b"Access-Control-Expose-Headers"] {
                headers.push(name, list.clone());
            }
            let answer = Answer::Response(WireResponse { status: 200, headers, ..WireResponse::default() });
            let init = Init {
                method: Some(Cow::Borrowed(b"PUT")),
                headers: vec![(Cow::Borrowed(b"x-a"), Cow::Borrowed(b"1"))],
                credentials: include.then_some(CredentialsMode::Include),
                ..Init::new("https://api.example/")
            };
            let page = Page::new(Origin::parse_serialized("https://app.example").unwrap());
            run(&mut Browser::new(), &page, init, Leniencies::NONE, &[answer]).map(|(o, ..)| (o.response_type, o.headers.len()))
        };
        let before = outcome(&items);
        if !items.is_empty() {
            let by = seed.index(items.len());
            items.rotate_left(by);
        }
        prop_assert_eq!(before, outcome(&items));
        items.reverse();
        prop_assert_eq!(before, outcome(&items));
    }

    #[test]
    fn an_origin_survives_serializing_and_parsing(host in "[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\\.[a-z]{1,8}){0,3}", port in any::<u16>(), https in any::<bool>()) {
        let scheme = if https { "https" } else { "http" };
        if let Ok(url) = crosscheck_fetch::Url::parse(&format!("{scheme}://{host}:{port}/")) {
            let origin = Origin::of(&url);
            let parsed = Origin::parse_serialized(&origin.serialize());
            prop_assert_eq!(parsed, Ok(origin));
        }
    }
}
