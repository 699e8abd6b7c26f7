//! Bodies and origins.

use super::origin_text::origin;
use super::reader::Faults;
use super::yaml::{Node, Value};
use crate::case::{BodyMatch, PageOrigin};
use crate::words::OpaqueKind;
use crosscheck_fetch::{InitBody, Origin, Site};

/// Bytes: a string (UTF-8) or `{hex: ..}`.
pub(crate) fn body(faults: &Faults, node: &Node<'_>, what: &str) -> Option<Vec<u8>> {
    match &node.value {
        Value::Map(_) => {
            let fields = faults.fields(node, what, &["hex"])?;
            hex(faults, fields.need(faults, "hex")?)
        }
        _ => faults.text(node, what).map(|text| text.as_bytes().to_vec()),
    }
}

/// The bytes on the wire: a string of which each character is one byte, or `{hex: ..}`.
pub(crate) fn raw(faults: &Faults, node: &Node<'_>) -> Option<Vec<u8>> {
    match &node.value {
        Value::Map(_) => body(faults, node, "raw"),
        _ => faults.bytes(node, "raw").map(std::borrow::Cow::into_owned),
    }
}

fn hex(faults: &Faults, node: &Node<'_>) -> Option<Vec<u8>> {
    let text = match &node.value {
        // Digits alone read as a number.
        Value::Scalar(text, _) => text.as_ref(),
        _ => faults.text(node, "hex")?,
    };
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let bytes: Option<Vec<u8>> = digits
        .chunks(2)
        .map(|pair| {
            let [high, low] = pair else { return None };
            let digit = |b: &u8| char::from(*b).to_digit(16);
            u8::try_from(digit(high)? * 16 + digit(low)?).ok()
        })
        .collect();
    if bytes.is_none() {
        faults.add(
            node.at,
            "`hex` must be an even number of hexadecimal digits",
            "write two digits per byte: \"00 ff\"",
        );
    }
    bytes
}

/// The body of a request that a page makes.
pub(crate) fn init_body(faults: &Faults, node: &Node<'_>) -> Option<InitBody> {
    let Value::Map(_) = &node.value else {
        return faults.string(node, "body").map(InitBody::Text);
    };
    const KEYS: [&str; 5] = ["hex", "urlencoded", "form", "blob", "stream"];
    let fields = faults.fields(node, "a body", &KEYS)?;
    let mut found = KEYS.iter().filter_map(|key| fields.get(key).map(|value| (*key, value)));
    let (Some((key, value)), None) = (found.next(), found.next()) else {
        faults.add(
            node.at,
            "a body is exactly one of hex, urlencoded, form, blob, stream",
            "write one of them",
        );
        return None;
    };
    match key {
        "hex" => hex(faults, value).map(InitBody::Bytes),
        "urlencoded" => pairs(faults, value, key).map(InitBody::UrlEncoded),
        "form" => pairs(faults, value, key).map(InitBody::Form),
        "blob" => {
            let blob = faults.fields(value, "a blob", &["type", "text"])?;
            let mime = blob
                .get("type")
                .map_or(Some(String::new()), |n| faults.string(n, "type"))?;
            let bytes = blob.get("text").map_or(Some(Vec::new()), |n| body(faults, n, "text"))?;
            Some(InitBody::Blob { mime, bytes })
        }
        _ => faults
            .list(value, "stream", |chunk| body(faults, chunk, "stream"))
            .map(InitBody::Stream),
    }
}

/// The body that a request on the wire must have.
pub(crate) fn body_match(faults: &Faults, node: &Node<'_>) -> Option<BodyMatch> {
    let Value::Map(_) = &node.value else {
        return body(faults, node, "body").map(BodyMatch::Bytes);
    };
    let fields = faults.fields(node, "a body", &["hex", "urlencoded", "form"])?;
    if let Some(form) = fields.get("form") {
        return pairs(faults, form, "form").map(BodyMatch::Form);
    }
    if let Some(form) = fields.get("urlencoded") {
        let pairs = pairs(faults, form, "urlencoded")?;
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        return Some(BodyMatch::Bytes(out.extend_pairs(pairs).finish().into_bytes()));
    }
    hex(faults, fields.need(faults, "hex")?).map(BodyMatch::Bytes)
}

fn pairs(faults: &Faults, node: &Node<'_>, what: &str) -> Option<Vec<(String, String)>> {
    let entries = faults.entries(node, what)?;
    Some(
        entries
            .iter()
            .filter_map(|e| Some((e.key.clone().into_owned(), faults.string(&e.value, &e.key)?)))
            .collect(),
    )
}

/// A page's origin: a serialized origin, or `{opaque: sandbox | data}`.
pub(crate) fn page_origin(faults: &Faults, node: &Node<'_>) -> Option<PageOrigin> {
    if let Value::Map(_) = &node.value {
        let fields = faults.fields(node, "an origin", &["opaque"])?;
        let kind = fields.need(faults, "opaque")?;
        return faults.word(kind, "opaque", OpaqueKind::WORDS).map(PageOrigin::Opaque);
    }
    match origin(faults, node, "origin")? {
        Origin::Opaque => {
            let help = "write {opaque: sandbox} or {opaque: data}: what makes the page's origin opaque matters";
            faults.add(node.at, "`origin` is null, which does not define the page", help);
            None
        }
        origin => Some(PageOrigin::Tuple(origin)),
    }
}

/// A top-level site, written as an origin of that site.
pub(crate) fn site(faults: &Faults, node: &Node<'_>) -> Option<Site> {
    origin(faults, node, "top_level").map(|origin| origin.site())
}
