//! Findings of HTTP fetch and HTTP-redirect fetch in a response.

use super::{RedirectRefusal, Value, shown, value};
use crate::cors_check::Checked;
use crate::escape::escape;
use crate::header_list::ByteString;
use crate::keywords::ReferrerPolicy;
use std::borrow::Cow;
use std::fmt;

/// A finding of HTTP fetch or HTTP-redirect fetch in a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpFetchReason {
    /// A response undergoes the CORS check.
    CheckApplies {
        /// Its status.
        status: u16,
    },
    /// Access-Control-Allow-Origin was read.
    AcaoRead {
        /// Its value.
        value: Value,
    },
    /// The CORS check.
    CorsCheck(Box<Checked>),
    /// A redirect of the page's own origin undergoes no CORS check.
    OwnRedirect,
    /// Cross-Origin-Resource-Policy is ignored, because the response is not opaque.
    CorpIgnored,
    /// Cross-Origin-Resource-Policy blocks the response.
    CorpBlocks {
        /// Its value.
        policy: Value,
    },
    /// Cross-Origin-Resource-Policy does not block the response.
    CorpAllows {
        /// Its value.
        policy: Value,
    },
    /// A status from 300 to 399 that is not a redirect status.
    NotARedirect {
        /// The status.
        status: u16,
    },
    /// A redirect with redirect mode error.
    RedirectModeError {
        /// The status.
        status: u16,
    },
    /// A redirect with redirect mode manual.
    RedirectModeManual {
        /// The status.
        status: u16,
    },
    /// A redirect status without Location.
    NoLocation {
        /// The status.
        status: u16,
    },
    /// The Location is not a URL.
    BadLocation {
        /// Whether there are several.
        several: bool,
    },
    /// The redirect is not followed.
    RedirectRefused {
        /// The URL that it leads to, serialized.
        location: Box<str>,
        /// Why not.
        by: RedirectRefusal,
    },
    /// The redirect may be followed.
    RedirectFollowed {
        /// Its number, from 1.
        number: u32,
        /// The URL that it leads to, serialized.
        location: Box<str>,
    },
    /// A purely same-origin chain leads to a URL with credentials.
    CredentialsInLocation,
    /// The method with which a redirect is followed.
    MethodAfterRedirect {
        /// The status.
        status: u16,
        /// The method.
        method: ByteString,
    },
    /// Whether Authorization is kept on a redirect.
    AuthorizationAfterRedirect {
        /// Whether the origin changes, which removes it.
        removed: bool,
    },
    /// A Referrer-Policy came with a redirect.
    ReferrerPolicyUpdated {
        /// The policy.
        policy: ReferrerPolicy,
    },
    /// The serialized origin after a redirect.
    OriginAfterRedirect {
        /// The URL that it leads to, serialized.
        url: Box<str>,
        /// The serialized origin.
        origin: Cow<'static, str>,
    },
    /// Whether a preflight is needed is decided again.
    PreflightDecidedAnew,
}

impl fmt::Display for HttpFetchReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CheckApplies { status } => write!(f, "the final response, {status}, undergoes the CORS check"),
            Self::AcaoRead { value: v } => write!(f, "Access-Control-Allow-Origin reads as {}", value(v.as_deref())),
            Self::CorsCheck(checked) => checked.fmt(f),
            Self::OwnRedirect => f.write_str("a redirect of the page's own origin undergoes no CORS check"),
            Self::CorpIgnored => f.write_str("Cross-Origin-Resource-Policy is ignored: the response is not opaque"),
            Self::CorpBlocks { policy } => {
                write!(
                    f,
                    "blocked by Cross-Origin-Resource-Policy {}",
                    value(policy.as_deref())
                )
            }
            Self::CorpAllows { .. } => f.write_str("allowed"),
            Self::NotARedirect { status } => write!(f, "{status} is not a redirect status"),
            Self::RedirectModeError { status } => write!(f, "status {status} with redirect mode error"),
            Self::RedirectModeManual { status } => write!(
                f,
                "status {status} with redirect mode manual: opaque-redirect filtered response"
            ),
            Self::NoLocation { status } => write!(f, "{status} without Location is an ordinary response"),
            Self::BadLocation { several: true } => f.write_str("more than one Location header"),
            Self::BadLocation { several: false } => f.write_str("Location does not parse as a URL"),
            Self::RedirectRefused { location, by } => write!(f, "Location {}: {by}", shown(location)),
            Self::RedirectFollowed { number, location } => {
                write!(f, "redirect {number}: {} may be followed", shown(location))
            }
            Self::CredentialsInLocation => f.write_str("a purely same-origin chain may lead to a URL with credentials"),
            Self::MethodAfterRedirect { status, method } => {
                write!(f, "{status}: followed with method {}", escape(method))
            }
            Self::AuthorizationAfterRedirect { removed: true } => {
                f.write_str("the origin changes: a script-set Authorization is removed")
            }
            Self::AuthorizationAfterRedirect { removed: false } => {
                f.write_str("the origin stays: a script-set Authorization is kept")
            }
            Self::ReferrerPolicyUpdated { policy } => write!(f, "referrer policy is now {policy}"),
            Self::OriginAfterRedirect { url, origin } => {
                write!(f, "to {}, Origin would be {origin}", shown(url))
            }
            Self::PreflightDecidedAnew => f.write_str("whether a preflight is needed is decided again"),
        }
    }
}
