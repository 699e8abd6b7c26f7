//! The page for browsers without frames or without newer JavaScript.

use super::cases_of;
use crate::client::case_queue::{CaseQueue, End};
use crate::client::page::document;
use crate::client::run::inapplicable;
use crate::subject::{BrowserPage, Subject};
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
        // A comma after the last argument is newer than ES5.
        let dense: String = code.split_whitespace().collect();
        assert!(!dense.contains(",)"), "{url}");
        for word in ["iframe", "window.open", "submit("] {
            assert!(full.contains(word) && !code.contains(word), "{url}: {word}");
        }
    }
}

#[test]
fn cases_that_need_a_frame_or_a_window_do_not_apply_to_the_simple_page() {
    let fetch = "{ url: \"https://api.example/\" }";
    for (page, request, reason) in [
        ("https://app.example", fetch, None),
        (
            "https://app.example\"\n    top_level: \"https://top.example",
            fetch,
            Some("the page of the case needs a frame"),
        ),
        (
            "https://app.example",
            "{ url: \"https://api.example/\", via: form, method: POST }",
            Some("a form or a navigation needs a window"),
        ),
        (
            "https://app.example",
            "{ url: \"https://api.example/\", via: img }",
            None,
        ),
    ] {
        let text = format!(
            "  - id: a\n    title: t\n    origin: \"{page}\"\n    request: {request}\n    exchange: [{{ response: {{}} }}]\n    \
             expect: {{ type: basic }}\n"
        );
        let case = &cases_of(&text)[0];
        let mut subject = Subject::browser("b", vec!["b".to_owned()]);
        assert_eq!(inapplicable(&subject, case), None, "{text}");
        let browser = subject.description.browser.as_mut().expect("a browser");
        browser.page = BrowserPage::Simple;
        let found = inapplicable(&subject, case);
        let reason = reason.map(|what| format!("{what}, and the page that drives the browser has none"));
        assert_eq!(found, reason, "{text}");
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
