//! What all pages share: the frame, the style, the filter, links.

use crate::standard::{Requirements, standard_url};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crosscheck_results::Verdict;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("filter.js");

/// A page. `root` leads to the site's root: empty, or `../`.
pub(super) fn page(title: &str, root: &str, body: &Markup) -> Markup {
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    );
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (title) " · Crosscheck" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { a href={ (root) "index.html" } { "Crosscheck" } h1 { (title) } }
                main { (body) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// The source expression that lets an inline text through a content security policy.
fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// The field that filters what has a `data-text`.
pub(super) fn filter(verdicts: &[Verdict]) -> Markup {
    html! {
        p.filter {
            label { "filter " input id="filter" type="search" placeholder="words, all must occur"; }
            label { " verdict " select id="verdict" {
                option value="" { "all" }
                option value="deviating" { "deviating" }
                @for verdict in verdicts { option value=(verdict.as_str()) { (verdict.as_str()) } }
            } }
            " " output id="shown" {}
        }
    }
}

/// A verdict in its colour.
pub(super) fn verdict(verdict: Verdict) -> Markup {
    html! { span class={ "v " (verdict.as_str()) } { (verdict.as_str()) } }
}

/// A step, linked to the standard where its requirement is known.
pub(super) fn step(id: &str, requirements: &Requirements) -> Markup {
    match requirements.get(id) {
        Some(known) => html! { a href=(standard_url(&known.anchor)) title=(known.summary) { (id) } },
        None => html! { (id) },
    }
}

/// An anchor of the standard, if it is one.
pub(super) fn anchor(text: &str, anchor: &str) -> Markup {
    if anchor.starts_with('#') {
        html! { a href=(standard_url(anchor)) { (text) } }
    } else {
        html! { (text) }
    }
}

/// A link that came from a file: followed only if it leads to the web.
pub(super) fn link(url: &str) -> Markup {
    if url.starts_with("https://") || url.starts_with("http://") {
        html! { a href=(url) rel="noreferrer" { (url) } }
    } else {
        html! { (url) }
    }
}
