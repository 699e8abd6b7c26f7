//! A request as the adapter protocol of clients has it: the keys of `request` in a case.

use crate::case::FetchSpec;
use crosscheck_fetch::{Init, InitBody, Via};
use serde_json::{Map, Value, json};

impl FetchSpec {
    /// The request as JSON, with the keys of `request` in a case and only those that are set. Bytes are isomorphic-decoded:
    /// each is one character up to U+00FF.
    #[must_use]
    pub fn request_json(&self) -> Value {
        let Init {
            url,
            via,
            method,
            mode,
            credentials,
            headers,
            body,
            redirect,
            referrer,
            referrer_policy,
            cache,
            integrity,
            upload_listener,
        } = &self.request;
        let mut out = Map::new();
        out.insert("url".to_owned(), json!(url));
        let mut add = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                out.insert(key.to_owned(), value);
            }
        };
        add("via", (*via != Via::Fetch).then(|| json!(via.as_str())));
        add("method", method.as_deref().map(|m| json!(characters(m))));
        add("mode", mode.map(|w| json!(w.as_str())));
        add("credentials", credentials.map(|w| json!(w.as_str())));
        let pairs: Vec<[String; 2]> = headers.iter().map(|(n, v)| [characters(n), characters(v)]).collect();
        add("headers", (!pairs.is_empty()).then(|| json!(pairs)));
        add("body", body.as_ref().map(self::body));
        add("redirect", redirect.map(|w| json!(w.as_str())));
        add("referrer", referrer.as_ref().map(|r| json!(r)));
        add("referrer_policy", referrer_policy.map(|w| json!(w.as_str())));
        add("cache", cache.map(|w| json!(w.as_str())));
        add("integrity", (!integrity.is_empty()).then(|| json!(integrity)));
        add("upload_listener", upload_listener.then(|| json!(true)));
        Value::Object(out)
    }
}

fn characters(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}

fn body(body: &InitBody) -> Value {
    let fields = |pairs: &[(String, String)]| -> Value {
        Value::Object(pairs.iter().map(|(n, v)| (n.clone(), json!(v))).collect())
    };
    match body {
        InitBody::Text(text) => json!(text),
        InitBody::Bytes(bytes) => hex(bytes),
        InitBody::UrlEncoded(pairs) => json!({ "urlencoded": fields(pairs) }),
        InitBody::Form(pairs) => json!({ "form": fields(pairs) }),
        InitBody::Blob { mime, bytes } => json!({ "blob": { "type": mime, "text": text_or_hex(bytes) } }),
        InitBody::Stream(chunks) => json!({ "stream": chunks.iter().map(|c| text_or_hex(c)).collect::<Vec<_>>() }),
    }
}

fn hex(bytes: &[u8]) -> Value {
    json!({ "hex": bytes.iter().map(|b| format!("{b:02x}")).collect::<String>() })
}

fn text_or_hex(bytes: &[u8]) -> Value {
    std::str::from_utf8(bytes).map_or_else(|_| hex(bytes), |text| json!(text))
}
