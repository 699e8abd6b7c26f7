//! What is read from a HAR file beyond its messages.

use super::paste::{flags, har_entry};
use crate::{Input, assess};
use serde_json::{Value, json};

fn answer(entries: &[Value], url: &str) -> String {
    let text = json!({ "log": { "creator": { "name": "Playwright" }, "entries": entries } }).to_string();
    let mut flags = flags(&[]);
    flags.url = Some(url).filter(|u| !u.is_empty()).map(Into::into);
    match Input::read(&text, &flags).expect("a HAR file") {
        Input::Fetch(adhoc) => {
            let answer = assess(&adhoc);
            format!("{}\n{}\n{}", answer.headline, answer.remedy, answer.unknown.join("\n"))
        }
        Input::Console(message) => message.headline,
    }
}

const ORIGIN: (&str, &str) = ("Origin", "https://app.example");
const URL: &str = "https://api.example/data";

#[test]
fn the_browser_refused_or_accepted() {
    let mut star = har_entry("GET", URL, &[ORIGIN], 200, &[("Access-Control-Allow-Origin", "*")]);
    assert!(answer(std::slice::from_ref(&star), "").starts_with("readable (credentials mode include does not explain"));
    star["response"]["_error"] = "net::ERR_FAILED".into();
    assert!(answer(std::slice::from_ref(&star), "").starts_with("blocked at cors-check/wildcard-credentialed"));
    star["response"]["headers"] = json!([
        { "name": "Access-Control-Allow-Origin", "value": "https://app.example" },
        { "name": "Access-Control-Allow-Credentials", "value": "true" },
    ]);
    assert!(answer(&[star], "").starts_with("these headers let the page read the response, yet"));
}

#[test]
fn a_request_that_was_sent_had_a_preflight_that_passed() {
    let put = har_entry(
        "PUT",
        URL,
        &[ORIGIN, ("x-a", "1")],
        200,
        &[("Access-Control-Allow-Origin", "https://app.example")],
    );
    assert!(answer(&[put], "").starts_with("readable"));
}

#[test]
fn no_answer_and_no_cors() {
    let mut none = har_entry("GET", URL, &[ORIGIN], 0, &[]);
    none["response"]["status"] = "Error".into();
    assert!(answer(&[none], "").starts_with("not known, since no response is given"));
    let mut image = har_entry(
        "GET",
        URL,
        &[("Referer", "https://app.example/")],
        200,
        &[("Server", "x")],
    );
    image["_resourceType"] = "image".into();
    assert!(answer(std::slice::from_ref(&image), "").starts_with("loaded"));
    let fails = har_entry("GET", "https://api.example/other", &[ORIGIN], 200, &[("Server", "x")]);
    assert!(answer(&[image, fails], "").contains("cors-check/missing-acao"));
}
