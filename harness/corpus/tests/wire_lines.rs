//! What a case writes as one header is one header for the model and on the wire.

mod common;
#[path = "common/place.rs"]
mod place;

use common::{case, check, load};
use crosscheck_corpus::wire::{read_raw, to_wire};
use crosscheck_corpus::{CaseResponse, Corpus};
use crosscheck_fetch::{Answer, HeaderList, trim_tab_space};
use place::place;
use std::path::PathBuf;

/// A case whose response, expected request or `send` has this part.
fn response(part: &str) -> String {
    with(&format!("    exchange:\n      - response: {{ {part} }}\n"))
}

fn expected(part: &str) -> String {
    with(&format!(
        "    exchange:\n      - request: {{ {part} }}\n        response: {{ status: 200 }}\n"
    ))
}

fn with(exchange: &str) -> String {
    case("").replace("    exchange: []\n", exchange)
}

fn send(part: &str) -> String {
    format!(
        "title: t\ncases:\n  - id: one\n    title: a case\n    policy: {{ origins: {{ any: true }} }}\n    send: {{ url: \"https://api.example/\", {part} }}\n"
    )
}

/// Checks that a text has this fault at this part of it.
#[track_caller]
fn refused(text: &str, part: &str, message: &str, help: &str) {
    check(text, place(text, part), message, help);
}

const VALUE: &str = "which cannot be in a line on the wire";
const RAW: &str = "with `raw`";
const TOKEN: &str = "letters, digits and";

#[test]
fn a_line_end_or_a_nul_is_refused_in_what_becomes_a_line() {
    for (written, name) in [
        (r"a\r\nAccess-Control-Allow-Origin: *", "a carriage return (0x0D)"),
        (r"a\nb", "a line feed (0x0A)"),
        (r"a\0", "a NUL (0x00)"),
    ] {
        let value = format!("\"{written}\"");
        let has = |what: &str| format!("`{what}` has {name}, {VALUE}");
        let map = format!("headers: {{ X: \"{written}\" }}");
        let list = format!("headers: [[X, \"{written}\"]]");
        refused(&response(&map), &value, &has("X"), RAW);
        refused(&response(&list), &value, &has("X"), RAW);
        refused(
            &response(&format!("status_text: \"{written}\"")),
            &value,
            &has("status_text"),
            RAW,
        );
        refused(&expected(&map), &value, &has("X"), "remove it");
        refused(&expected(&list), &value, &has("X"), "remove it");
        let not = format!("headers: {{ X: {{ not: \"{written}\" }} }}");
        refused(&expected(&not), &value, &has("not"), "remove it");
        refused(&send(&map), &value, &has("X"), "remove it");
        refused(&send(&list), &value, &has("X"), "remove it");
        let cookie = format!("    cookies: [{{ url: \"https://api.example/\", set: \"{written}\" }}]\n");
        refused(&case(&cookie), &value, &has("set"), "remove it");
    }
}

#[test]
fn what_is_no_token_is_refused_as_a_name_and_as_a_method() {
    for (written, name) in [
        (r"a b", "\"a b\" has a space (0x20)"),
        (r"a:", "\"a:\" has a colon (0x3A)"),
        (r"a\r\nb", "has a carriage return (0x0D)"),
        (r"a\0", "has a NUL (0x00)"),
        (r"a(", "\"a(\" has the character `(`"),
        (r"\xE9", "has the byte 0xE9"),
        (r"", "is empty"),
    ] {
        let value = format!("\"{written}\"");
        let message = format!("the header name {name}");
        let message = message.strip_prefix("the header name has").map_or(&*message, |_| name);
        let map = format!("headers: {{ \"{written}\": v }}");
        let list = format!("headers: [[\"{written}\", v]]");
        refused(&response(&map), &value, message, TOKEN);
        refused(&response(&list), &value, message, TOKEN);
        refused(&expected(&map), &value, message, TOKEN);
        refused(&expected(&list), &value, message, TOKEN);
        refused(&expected(&format!("absent: [\"{written}\"]")), &value, message, TOKEN);
        refused(&send(&map), &value, message, TOKEN);
        let message = message.replace("header name", "method");
        let method = format!("method: \"{written}\"");
        refused(&send(&method), &value, &message, TOKEN);
        refused(&expected(&method), &value, &message, TOKEN);
    }
}

#[test]
fn a_page_may_give_its_api_what_is_no_header() {
    let page = case("").replace(
        "{ url: https://api.example/x }",
        r#"{ url: https://api.example/x, method: "G T", headers: { X: "a\r\nb", "a b": "\0" } }"#,
    );
    let corpus = load(&page);
    assert!(corpus.problems.is_empty(), "{:#?}", corpus.problems);
}

#[test]
fn raw_bytes_may_be_anything() {
    let corpus = load(&response(r#"raw: "HTTP/1.1 200 \0\r\nX Y: a\rb\r\n\r\n""#));
    assert!(corpus.problems.is_empty(), "{:#?}", corpus.problems);
}

#[test]
fn the_model_and_the_wire_have_the_same_headers_in_every_case() {
    let corpus = Corpus::load(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))]);
    let headers = |answer: &Answer| match answer {
        Answer::Response(response) => Some(lines(&response.headers)),
        Answer::Failure => None,
    };
    let mut compared = 0;
    for case in &corpus.cases {
        let exchanges = case.fetches().iter().flat_map(|fetch| &fetch.exchange);
        for response in exchanges.map(|exchange| &exchange.response) {
            if !matches!(response, CaseResponse::Parts { status: 200.., .. }) {
                continue;
            }
            let wire = headers(&read_raw(&to_wire(response)));
            // Whether the framing is sound is for the readers of the message.
            let Some(wire) = wire else { continue };
            assert_eq!(headers(&response.answer()), Some(wire), "{}", case.id);
            compared += 1;
        }
    }
    assert!(compared > 1000, "{compared}");
}

/// The headers without the outer spaces and tabs, which a reader of messages drops.
fn lines(headers: &HeaderList) -> Vec<(Vec<u8>, Vec<u8>)> {
    let line = |header: &crosscheck_fetch::Header| (header.name.to_vec(), trim_tab_space(&header.value).to_vec());
    headers.iter().map(line).collect()
}
