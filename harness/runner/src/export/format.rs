//! The types of the exported file.

use super::check::Check;
use crosscheck_corpus::Facet;
use crosscheck_corpus::policy::Names;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// The version of the format. Keys may be added to a version; none changes its meaning.
pub const FORMAT: u32 = 1;

/// The cases, probes and expectations for servers, for a runner in any language.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "export.json"))]
pub struct Export {
    /// What comes before the cases.
    #[serde(flatten)]
    pub head: Head,
    /// The cases, sorted by id.
    pub cases: Vec<ExportedCase>,
    /// How many of the selected cases for servers are left out, by reason.
    pub left_out: BTreeMap<LeftOut, u64>,
}

/// What comes before the cases.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Head {
    /// The version of this format.
    pub crosscheck_export: u32,
    /// The version of the program that wrote the file.
    pub program: String,
    /// The SHA-256 of the corpus.
    pub corpus: String,
    /// Checks that hold for each response.
    pub response_checks: Vec<Check>,
    /// The response headers that a page reads without a grant.
    pub always_readable: Vec<&'static str>,
    /// The response headers that a page need not read where `must_read` is `any`, besides `vary` and those that begin with
    /// `access-control-`.
    pub incidental: Vec<&'static str>,
    /// The headers of a request that compares requesters, without Origin.
    pub plain_headers: Vec<(String, String)>,
    /// Rules that the checks of this file leave out.
    pub rules_left_out: Vec<&'static str>,
    /// The policies by id.
    pub policies: BTreeMap<String, ExportedPolicy>,
}

/// A policy that a server is configured with.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportedPolicy {
    /// The completed document, which a process gets in `CROSSCHECK_POLICY`; `null` for the library without a policy.
    pub document: Value,
    /// The flags that a server must have to be configured with it.
    pub flags: Vec<&'static str>,
    /// Why a server may refuse the policy; empty if it may not.
    pub risks: Vec<&'static str>,
}

/// A case.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportedCase {
    /// The id; permanent.
    pub id: String,
    /// A statement of what it shows.
    pub title: String,
    /// Whether a person wrote it.
    pub kind: Kind,
    /// The id of its policy.
    pub policy: String,
    /// The fetches, in order.
    pub fetches: Vec<ExportedFetch>,
}

/// Where a case comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A person wrote it.
    Case,
    /// A program derived it from the policy.
    Probe,
}

/// A fetch of a page, or a request that no page sends.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportedFetch {
    /// The serialized origin of the page; `null` as a value if no page sends the request.
    pub origin: Option<String>,
    /// Whether the credentials mode is include.
    pub credentials: bool,
    /// What the policy promises.
    pub expect: Expectation,
    /// The requests, in order.
    pub requests: Vec<ExportedRequest>,
}

/// What a policy promises for a fetch.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Expectation {
    /// Whether the preflight passes.
    pub preflight: Promise,
    /// Whether the page reads the response to the last request that is sent.
    pub read: Promise,
    /// A contradiction of `preflight` is advice, and no failure.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub advice: bool,
    /// A contradiction of `preflight` or `read` is advice, and no failure, for a server whose documentation states that an expression
    /// need not match the whole origin, but only its beginning (`prefix`) or any part (`search`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub advice_if_anchored: Vec<&'static str>,
    /// The response headers that the page must read if the response has them.
    pub must_read: ReadableNames,
    /// The response headers that the page may read.
    pub may_read: ReadableNames,
}

/// A facet: it must hold, must not, or the policy leaves it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    /// It must hold.
    Must,
    /// It must not hold.
    MustNot,
    /// Both are right.
    Unspecified,
}

impl From<Facet> for Promise {
    fn from(facet: Facet) -> Self {
        match facet {
            Facet::Must => Self::Must,
            Facet::MustNot => Self::MustNot,
            Facet::Unspecified => Self::Unspecified,
        }
    }
}

/// Names in lower case, or `any`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadableNames {
    /// Every name but those of `incidental` and cookies.
    Any,
    /// These.
    List(Vec<String>),
}

impl From<&Names> for ReadableNames {
    fn from(names: &Names) -> Self {
        match names {
            Names::Any => Self::Any,
            Names::List(list) => Self::List(list.iter().map(|name| name.to_ascii_lowercase()).collect()),
        }
    }
}

impl Serialize for ReadableNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_str("any"),
            Self::List(names) => names.serialize(serializer),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for ReadableNames {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ReadableNames".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Names in lower case, or `any`.",
            "oneOf": [{ "const": "any" }, { "type": "array", "items": { "type": "string" } }],
        })
    }
}

/// A request to send.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportedRequest {
    /// What the request is.
    pub kind: RequestKind,
    /// When it is sent.
    pub send_if: SendIf,
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names and values, in order, with Host.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// The request passes if all of these hold: for a preflight, the actual request may be sent; otherwise the page reads the response.
    pub passes_if: Vec<Check>,
    /// Checks of the response, besides `response_checks`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// Origins whose plain requests are compared with that of this requester; `null` sends no Origin.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requesters: Vec<Option<String>>,
}

/// What a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RequestKind {
    /// A CORS-preflight request.
    Preflight,
    /// The request of the page itself.
    Actual,
    /// A request that no browser sends.
    Raw,
}

/// When a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SendIf {
    /// In any case: it is the first one.
    Always,
    /// If the request before passes.
    Passes,
    /// If the request before passes, and its response has the status 301, 302, 303, 307 or 308 and a Location.
    Redirects,
}

/// Why a case is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// The cost of a header is measured.
    #[error("measures the CPU time of the server")]
    MeasuresTime,
    /// The server is compared before and after all other cases of the policy.
    #[error("compares the server before and after all other cases")]
    BeforeAndAfter,
    /// Several fetches in one case that a person wrote.
    #[error("has several fetches")]
    SeveralFetches,
    /// A request has bytes that many HTTP clients do not send.
    #[error("has bytes that many HTTP clients do not send")]
    UnusualBytes,
    /// The request of the page is not one of CORS.
    #[error("has a request that is not one of CORS")]
    NotCors,
    /// The model sends no request.
    #[error("sends no request")]
    NoRequest,
    /// Redirects are not followed.
    #[error("does not follow redirects")]
    RedirectMode,
}
