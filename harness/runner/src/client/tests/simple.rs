//! The page for browsers without frames or without newer JavaScript.

use super::cases_of;
use crate::client::case_queue::{CaseQueue, End};
use crate::client::page::{PageKey, document};
use crate::subject::BrowserPage;
use crosscheck_fetch::{Origin, Url};
use serde_json::json;
use std::time::Instant;

fn html(url: &str, page: BrowserPage) -> String {
    let url = Url::parse(url).expect("a URL");
    document(&Origin::of(&url), url.query(), page, "").html
}

#[test]
fn every_top_level_page_is_in_es5_for_a_browser_that_needs_it() {
    // Each word of newer JavaScript is in the full page, and none is in the simple one.
    for url in ["https://app.example/", "http://sandbox.crosscheck.test/"] {
        let (full, simple) = (html(url, BrowserPage::Full), html(url, BrowserPage::Simple));
        let code: String = simple
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        for word in [
            "=>",
            "`",
            "...",
            "const ",
            "let ",
            "async ",
            "await ",
            "for (const",
            "catch {",
        ] {
            assert!(full.contains(word), "{word}");
            assert!(!code.contains(word), "{url}: {word}");
        }
        for word in ["iframe", "window.open", "submit("] {
            assert!(full.contains(word) && !code.contains(word), "{url}: {word}");
        }
    }
}

#[test]
fn only_pages_in_frames_need_frames() {
    for (page, framed) in [
        ("origin: \"https://app.example\"", false),
        (
            "origin: \"https://app.example\"\n    top_level: \"https://top.example\"",
            true,
        ),
        ("origin: { opaque: sandbox }", false),
        ("origin: { opaque: data }", true),
    ] {
        let text = format!(
            "  - id: a\n    title: t\n    {page}\n    request: {{ url: \"https://api.example/\" }}\n    \
             exchange: [{{ response: {{}} }}]\n    expect: {{ type: error }}\n"
        );
        let cases = cases_of(&text);
        assert_eq!(PageKey::of(&cases[0].fetches()[0]).is_framed(), framed, "{page}");
    }
}

#[test]
fn a_fetch_that_the_page_has_no_interface_for_is_not_applicable() {
    let text = "  - id: a\n    title: t\n    request: { url: \"https://api.example/\" }\n    exchange: [{ response: {} }]\n    \
                expect: { type: error }\n";
    let mut queue = CaseQueue::new(&cases_of(text));
    queue.hand(0, Instant::now());
    let reported = json!({ "type": "error", "unsupported": "the browser has no fetch()" });
    let reported = serde_json::from_value(reported).expect("a report");
    assert!(queue.report(0, 0, reported, Instant::now()).is_none());
    let end = queue.ended(0).expect("it has ended").end.cloned();
    assert_eq!(end, Some(End::Unsupported("the browser has no fetch()".to_owned())));
}
