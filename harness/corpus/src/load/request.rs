//! `request` and `send`: the request of a page or of a bare client.

use super::headers::{self, Reader, headers};
use super::reader::Faults;
use super::values::{body, init_body};
use super::yaml::{Kind, Node, Value};
use crate::case::Send;
use crosscheck_fetch::{
    ByteString, CacheMode, CredentialsMode, HeaderList, Init, Mode, RedirectMode, ReferrerPolicy, Via,
};
use std::borrow::Cow;
use std::str::FromStr;

/// The keys of `request`.
pub(crate) const REQUEST_KEYS: &[&str] = &[
    "url",
    "via",
    "method",
    "mode",
    "credentials",
    "headers",
    "body",
    "redirect",
    "referrer",
    "referrer_policy",
    "cache",
    "integrity",
    "upload_listener",
];

/// The words of a list of the model.
macro_rules! list {
    ($faults:expr, $fields:expr, $key:literal, $list:ty) => {
        $fields
            .get($key)
            .and_then(|node| model_word::<$list>($faults, node, $key, <$list>::ALL.iter().map(|w| w.as_str())))
    };
}
pub(crate) use list;

/// A word of one of the model's closed lists.
pub(crate) fn model_word<T: FromStr>(
    faults: &Faults,
    node: &Node<'_>,
    what: &str,
    all: impl Iterator<Item = &'static str>,
) -> Option<T> {
    if let Value::Scalar(text, Kind::Text) = &node.value
        && let Ok(word) = text.parse()
    {
        return Some(word);
    }
    faults.word(node, what, &all.collect::<Vec<_>>())
}

/// Reads a request.
pub(crate) fn request(faults: &Faults, node: &Node<'_>) -> Option<Init> {
    let fields = faults.fields(node, "a request", REQUEST_KEYS)?;
    let url = faults.string(fields.need(faults, "url")?, "url")?;
    let mut init = Init::new(url);
    let via = list!(faults, fields, "via", Via);
    init.via = via.unwrap_or(Via::Fetch);
    init.method = fields.get("method").and_then(|n| faults.bytes(n, "method"));
    init.mode = list!(faults, fields, "mode", Mode);
    init.credentials = list!(faults, fields, "credentials", CredentialsMode);
    if let Some(node) = fields.get("headers") {
        init.headers = headers(faults, node, Reader::Api);
    }
    init.body = fields.get("body").and_then(|n| init_body(faults, n));
    init.redirect = list!(faults, fields, "redirect", RedirectMode);
    init.referrer = fields.get("referrer").and_then(|n| faults.string(n, "referrer"));
    init.referrer_policy = match fields.get("referrer_policy").map(|n| &n.value) {
        // The empty string is a referrer policy too: the default one.
        Some(Value::Scalar(text, Kind::Text)) if text.is_empty() => None,
        _ => list!(faults, fields, "referrer_policy", ReferrerPolicy),
    };
    init.cache = list!(faults, fields, "cache", CacheMode);
    if let Some(integrity) = fields.get("integrity").and_then(|n| faults.string(n, "integrity")) {
        init.integrity = integrity;
    }
    if let Some(node) = fields.get("upload_listener") {
        init.upload_listener = faults.boolean(node, "upload_listener").unwrap_or_default();
        if init.upload_listener {
            match via {
                None => init.via = Via::Xhr,
                Some(Via::Xhr) => {}
                Some(other) => faults.add(
                    node.at,
                    format!("`upload_listener` is there, but `via` is {other}"),
                    "only XMLHttpRequest has upload listeners: write `via: xhr` or leave it out",
                ),
            }
        }
    }
    Some(init)
}

/// Reads `send`.
pub(crate) fn send(faults: &Faults, node: &Node<'_>) -> Option<Send> {
    let fields = faults.fields(node, "send", &["method", "url", "headers", "body"])?;
    let method: ByteString = match fields.get("method") {
        Some(node) => headers::method(faults, node)?,
        None => Cow::Borrowed(b"GET"),
    };
    let headers: HeaderList = match fields.get("headers") {
        Some(node) => headers(faults, node, Reader::Wire).into_iter().collect(),
        None => HeaderList::new(),
    };
    let body = match fields.get("body") {
        Some(node) => body(faults, node, "body")?,
        None => Vec::new(),
    };
    let url = faults.url(fields.need(faults, "url")?, "url")?;
    Some(Send {
        method,
        url,
        headers,
        body,
    })
}
