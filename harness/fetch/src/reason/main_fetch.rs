//! Which branch of main fetch or scheme fetch a request took.

use super::{Basic, shown};
use crate::keywords::RedirectMode;
use std::borrow::Cow;
use std::fmt;

/// Which branch of main fetch or scheme fetch a request took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MainFetchReason {
    /// The port of the URL is blocked.
    BadPort {
        /// The port.
        port: u16,
    },
    /// A trustworthy page requests a URL that is not trustworthy.
    MixedContent {
        /// The URL, serialized.
        url: Box<str>,
        /// The page's origin.
        origin: Cow<'static, str>,
    },
    /// Response tainting is basic.
    TaintingBasic {
        /// The URL, serialized.
        url: Box<str>,
        /// The condition that holds.
        by: Basic,
    },
    /// Mode same-origin, and the URL is cross-origin.
    CrossOriginInSameOriginMode {
        /// The URL, serialized.
        url: Box<str>,
    },
    /// Mode no-cors, cross-origin, and the redirect mode is not follow.
    RedirectModeInNoCors {
        /// The redirect mode.
        redirect: RedirectMode,
    },
    /// Response tainting is opaque.
    TaintingOpaque {
        /// The URL, serialized.
        url: Box<str>,
    },
    /// Mode cors, and the scheme is not HTTP(S).
    NotHttp {
        /// The scheme.
        scheme: String,
    },
    /// Response tainting is cors, and a preflight is needed.
    PreflightNeeded {
        /// The URL, serialized.
        url: Box<str>,
    },
    /// Response tainting is cors, and no preflight is needed.
    NoPreflightNeeded {
        /// The URL, serialized.
        url: Box<str>,
    },
    /// The scheme is not fetched.
    SchemeNotFetched {
        /// The URL, serialized.
        url: Box<str>,
    },
    /// The URL is answered without a network.
    LocalResponse {
        /// The URL, serialized.
        url: Box<str>,
    },
    /// The data: URL does not parse.
    BadDataUrl,
    /// The CORS-preflight cache is cleared for a request that failed.
    PreflightCacheCleared {
        /// The serialized origin.
        origin: Cow<'static, str>,
        /// The URL, serialized.
        url: Box<str>,
    },
    /// A network error gives the page no details.
    TypeErrorWithoutDetails,
}

impl fmt::Display for MainFetchReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadPort { port } => write!(f, "port {port} is a bad port"),
            Self::MixedContent { url, origin } => {
                write!(f, "{} is mixed content for a page of {origin}", shown(url))
            }
            Self::TaintingBasic { url, .. } => write!(f, "response tainting basic for {}", shown(url)),
            Self::CrossOriginInSameOriginMode { url } => {
                write!(f, "mode same-origin, and {} is cross-origin", shown(url))
            }
            Self::RedirectModeInNoCors { redirect } => {
                write!(f, "mode no-cors, cross-origin, redirect mode {redirect}")
            }
            Self::TaintingOpaque { url } => {
                write!(f, "mode no-cors: response tainting opaque for {}", shown(url))
            }
            Self::NotHttp { scheme } => write!(f, "mode cors, and the scheme `{scheme}` is not HTTP(S)"),
            Self::PreflightNeeded { url } => {
                write!(f, "response tainting cors for {}, a preflight is needed", shown(url))
            }
            Self::NoPreflightNeeded { url } => {
                write!(f, "response tainting cors for {}, no preflight needed", shown(url))
            }
            Self::SchemeNotFetched { url } => write!(f, "`{}` is not fetched", shown(url)),
            Self::LocalResponse { url } => write!(f, "{} is answered locally", shown(url)),
            Self::BadDataUrl => f.write_str("the data: URL does not parse"),
            Self::PreflightCacheCleared { origin, url } => {
                write!(f, "CORS-preflight cache cleared for {origin} and {}", shown(url))
            }
            Self::TypeErrorWithoutDetails => f.write_str("the page gets a TypeError without details"),
        }
    }
}
