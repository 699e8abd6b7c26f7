//! The pages from which cases send their requests, and the HTML that the server writes for them.

use crate::subject::BrowserPage;
use crosscheck_corpus::{Case, FetchSpec, OpaqueKind, PageOrigin};
use crosscheck_fetch::{Origin, Site};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The host at which a client starts.
pub(super) const RUNNER_HOST: &str = "runner.crosscheck.test";
const SANDBOX_HOST: &str = "sandbox.crosscheck.test";
const DATA_HOST: &str = "data.crosscheck.test";

/// Identifies a page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum PageKey {
    /// A top-level page of that origin.
    Plain(String),
    /// A page of that origin in a frame of a page of another site.
    Framed { origin: String, top: String },
    /// A page under `CSP: sandbox`.
    Sandbox,
    /// A page of a `data:` URL.
    Data,
}

impl PageKey {
    /// The page of a fetch.
    pub(super) fn of(spec: &FetchSpec) -> Self {
        match &*spec.origin {
            PageOrigin::Opaque(OpaqueKind::Sandbox) => Self::Sandbox,
            PageOrigin::Opaque(OpaqueKind::Data) => Self::Data,
            PageOrigin::Tuple(origin) => {
                let text = origin.serialize().into_owned();
                if spec.page.top_level == origin.site() {
                    Self::Plain(text)
                } else {
                    Self::Framed {
                        origin: text,
                        top: top(&spec.page.top_level),
                    }
                }
            }
        }
    }

    /// The URL that a client visits to load the page.
    pub(super) fn url(&self) -> String {
        match self {
            Self::Plain(origin) => format!("{origin}/"),
            Self::Framed { origin, top } => {
                let inner: String = url::form_urlencoded::byte_serialize(origin.as_bytes()).collect();
                format!("{top}/?~frame={inner}")
            }
            Self::Sandbox => format!("http://{SANDBOX_HOST}/"),
            Self::Data => format!("http://{DATA_HOST}/"),
        }
    }

    /// Whether the page is in a frame.
    pub(super) const fn is_framed(&self) -> bool {
        matches!(self, Self::Framed { .. } | Self::Data)
    }

    /// The key as the page writes it into its requests.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Plain(origin) => origin.clone(),
            Self::Framed { origin, top } => format!("{origin} in {top}"),
            Self::Sandbox => "sandbox".to_owned(),
            Self::Data => "data".to_owned(),
        }
    }

    /// Origin and URL in the form of the adapter protocol.
    pub(super) fn json(&self) -> serde_json::Value {
        match self {
            Self::Plain(origin) => json!({ "origin": origin, "url": format!("{origin}/") }),
            Self::Framed { origin, top } => {
                json!({ "origin": origin, "url": format!("{origin}/"), "top_level": top })
            }
            Self::Sandbox => json!({ "origin": "null", "opaque": "sandbox" }),
            Self::Data => json!({ "origin": "null", "opaque": "data" }),
        }
    }
}

fn top(site: &Site) -> String {
    match site {
        Site::Tuple { scheme, host } => format!("{scheme}://{host}"),
        Site::Opaque => format!("http://{SANDBOX_HOST}"),
    }
}

/// The number of pages that a client visits for these cases.
#[must_use]
pub fn page_count(cases: &[Arc<Case>]) -> usize {
    let pages: BTreeSet<PageKey> = cases.iter().flat_map(|c| c.fetches().iter().map(PageKey::of)).collect();
    pages.len()
}

/// A page as a response.
pub(super) struct Document {
    /// Header lines, each with its line end.
    pub(super) headers: &'static str,
    pub(super) html: String,
}

/// Returns the document of an origin for a query. Every host that a case names has a page at `/`. `top` is the origin of the page
/// around the frame that the client visits.
pub(super) fn document(origin: &Origin, query: Option<&str>, page: BrowserPage, top: &str) -> Document {
    let host = match origin {
        Origin::Tuple { host, .. } => host.as_str(),
        Origin::Opaque => "",
    };
    let text = origin.serialize();
    let plain = |script: &str| {
        format!(
            "<!doctype html><meta charset=utf-8><link rel=icon href=\"data:,\"><title>{}</title><script>{script}</script>",
            escaped(&text)
        )
    };
    match (host, query) {
        (RUNNER_HOST, _) => Document {
            headers: "",
            html: plain(&top_script(page, &PageKey::Plain(text.to_string()), "")),
        },
        (SANDBOX_HOST, _) => Document {
            headers: "Content-Security-Policy: sandbox allow-scripts allow-forms\r\nReferrer-Policy: no-referrer\r\n",
            html: plain(&top_script(page, &PageKey::Sandbox, &text)),
        },
        (DATA_HOST, _) => {
            let inner = format!(
                "<!doctype html><meta charset=utf-8><meta name=referrer content=no-referrer><script>{}</script>",
                script(&PageKey::Data, &text, true)
            );
            let frame = format!("data:text/html;charset=utf-8,{}", percent(&inner));
            Document {
                headers: "",
                html: plain(&format!(
                    "{LISTEN}addEventListener('DOMContentLoaded',()=>frame({}));",
                    json!(frame)
                )),
            }
        }
        (_, Some("~framed")) => {
            // The frame knows its own origin. The page above it passes the top-level page in the name of the frame.
            // Not every browser gives a frame its name.
            Document {
                headers: "",
                html: plain(&framed(&text, top)),
            }
        }
        (_, Some(query)) if query.starts_with("~frame=") => {
            let inner: Option<String> = url::form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name == "~frame")
                .map(|(_, value)| value.into_owned());
            let inner = inner.unwrap_or_default();
            let source = json!(format!("{inner}/?~framed"));
            Document {
                headers: "",
                html: plain(&format!(
                    "{LISTEN}addEventListener('DOMContentLoaded',()=>frame({source},{}));",
                    json!(text)
                )),
            }
        }
        _ => Document {
            headers: "",
            html: plain(&top_script(page, &PageKey::Plain(text.to_string()), "")),
        },
    }
}

/// The script of the page around a frame: creates the frame and navigates to the URL that the frame sends.
const LISTEN: &str = "function frame(src,name){const f=document.createElement('iframe');if(name)f.name=name;f.src=src;document.documentElement.appendChild(f);}\
addEventListener('message',e=>{if(e.data&&typeof e.data.go==='string')location.replace(e.data.go);});";

/// The script of a top-level page.
fn top_script(page: BrowserPage, key: &PageKey, base: &str) -> String {
    match page {
        BrowserPage::Full => script(key, base, false),
        BrowserPage::Simple => format!(
            "var PAGE={},BASE={};{}",
            inline(&json!(key.name())),
            inline(&json!(base)),
            include_str!("simple.js")
        ),
    }
}

fn script(key: &PageKey, base: &str, framed: bool) -> String {
    format!(
        "const PAGE={},BASE={},FRAMED={framed};{}",
        inline(&json!(key.name())),
        inline(&json!(base)),
        include_str!("page.js")
    )
}

fn framed(origin: &str, top: &str) -> String {
    format!(
        "const PAGE={}+' in '+(window.name||{}),BASE='',FRAMED=true;{}",
        inline(&json!(origin)),
        inline(&json!(top)),
        include_str!("page.js")
    )
}

/// JSON that is safe inside a script element.
fn inline(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
