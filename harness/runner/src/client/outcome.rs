//! The outcome that a client reports: JSON of an adapter or of the self-driving page, treated as untrusted input.

use super::relocate;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crosscheck_fetch::{HeaderList, Outcome, ResponseType, Url};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;

/// The maximum number of headers of an outcome.
const MAX_HEADERS: usize = 1024;
/// The maximum length of its URL and of its status text, in bytes.
const MAX_TEXT: usize = 64 << 10;

/// An outcome in the form of a client's report.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Reported {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    status: u16,
    #[serde(default, rename = "statusText")]
    status_text: String,
    #[serde(default, deserialize_with = "pairs")]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    redirected: bool,
    #[serde(default)]
    url: String,
    /// The name of the error.
    #[serde(default)]
    pub(super) name: String,
    /// Whether the time limit of the page passed without an outcome.
    #[serde(default)]
    pub(super) hung: bool,
    /// The result of the no-cors control request: whether the client can parse the last response at all.
    #[serde(default)]
    pub(super) control: Option<bool>,
    /// What the client has no interface for, if it could not run the fetch.
    #[serde(default)]
    pub(super) unsupported: Option<String>,
}

/// Why a report is not a valid outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ReportError {
    #[error("unknown outcome type `{0}`")]
    Type(String),
    #[error("the outcome has a character above U+00FF in a header")]
    Character,
    #[error("the outcome's body is not base64")]
    Base64,
    #[error("the outcome has more than {MAX_HEADERS} headers, or a URL or status text of more than {MAX_TEXT} bytes")]
    TooLarge,
}

impl Reported {
    /// Converts the report to an outcome with the URLs of the case.
    pub(super) fn outcome(&self, n: usize) -> Result<Outcome, ReportError> {
        let kind: ResponseType = self
            .kind
            .parse()
            .map_err(|_| ReportError::Type(crosscheck_text::escape_truncated(self.kind.as_bytes(), 40)))?;
        let long = |t: &String| t.len() > MAX_TEXT;
        if self.headers.len() > MAX_HEADERS || long(&self.url) || long(&self.status_text) {
            return Err(ReportError::TooLarge);
        }
        let mut headers = HeaderList::new();
        for (name, value) in &self.headers {
            headers.push(bytes(name)?, relocate::restored(&bytes(value)?, n));
        }
        let url = match Url::parse(&self.url) {
            Ok(url) => relocate::restored_url(&url).into(),
            Err(_) => self.url.clone(),
        };
        Ok(Outcome {
            response_type: kind,
            status: self.status,
            status_text: Cow::Owned(bytes(&self.status_text)?),
            headers,
            redirected: self.redirected,
            url,
            body: STANDARD.decode(&self.body).map_err(|_| ReportError::Base64)?,
        })
    }
}

/// Deserializes `[["name", "value"], ..]`; the error message describes this form.
fn pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    let pair = |value: Value| {
        let text = |i: usize| value.get(i).and_then(Value::as_str).map(str::to_owned);
        let is_pair = value.as_array().is_some_and(|a| a.len() == 2);
        text(0).zip(text(1)).filter(|_| is_pair).ok_or_else(|| {
            let shown = crosscheck_text::escape_truncated(value.to_string().as_bytes(), 60);
            serde::de::Error::custom(format!("a header is not a pair of strings, [name, value]: {shown}"))
        })
    };
    Vec::<Value>::deserialize(deserializer)?.into_iter().map(pair).collect()
}

/// Isomorphic encoding.
fn bytes(text: &str) -> Result<Vec<u8>, ReportError> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).map_err(|_| ReportError::Character))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(json: &str) -> Reported {
        serde_json::from_str(json).expect("a report")
    }

    #[test]
    fn an_outcome_is_restored() {
        let report = reported(
            r#"{"type":"cors","status":200,"headers":[["x-a","\u00ff"],["location","/~4/x"]],"body":"b2s=","url":"https://api.example/~4/data"}"#,
        );
        let outcome = report.outcome(4).expect("an outcome");
        assert_eq!(outcome.url, "https://api.example/data");
        assert_eq!(outcome.headers.get(b"x-a").as_deref(), Some(&b"\xFF"[..]));
        assert_eq!(outcome.headers.get(b"location").as_deref(), Some(&b"/x"[..]));
        assert_eq!(outcome.body, b"ok");
    }

    #[test]
    fn invalid_outcomes_are_refused() {
        for (json, error) in [
            (r#"{"type":"great"}"#, ReportError::Type("great".to_owned())),
            (r#"{"type":"cors","headers":[["x","\u0100"]]}"#, ReportError::Character),
            (r#"{"type":"cors","body":"%"}"#, ReportError::Base64),
        ] {
            assert_eq!(reported(json).outcome(1).unwrap_err(), error);
        }
        let long = format!(r#"{{"type":"cors","url":"{}"}}"#, "a".repeat(MAX_TEXT + 1));
        assert_eq!(reported(&long).outcome(1).unwrap_err(), ReportError::TooLarge);
    }
}
