//! Why a preflight is sent, passes or is refused.

use super::{Grant, List, Value, shown, value};
use crate::cors_check::Checked;
use crate::escape::escape;
use crate::header_list::ByteString;
use crate::preflight_cache::Miss;
use std::fmt;

/// Why a preflight is sent, passes or is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreflightReason {
    /// The CORS-preflight cache covers the request.
    Covered,
    /// A preflight is sent.
    Made {
        /// The URL, serialized.
        url: Box<str>,
        /// How many of the unsafe names the cache covers.
        covered: usize,
        /// Why entries that have the method or a name do not cover the request.
        missed: Vec<Miss>,
    },
    /// A header that the preflight carries.
    Header {
        /// Its name.
        name: ByteString,
        /// Its value.
        value: ByteString,
    },
    /// The preflight names no header, because none is unsafe.
    NoRequestHeadersNamed,
    /// The parts of the request that the preflight leaves out.
    LeavesOut,
    /// The preflight got no response.
    NoResponse,
    /// A preflight response passes the CORS check.
    CorsCheck(Box<Checked>),
    /// A preflight response fails the CORS check, has no ok status, or both.
    Refused {
        /// The status, if it is not an ok status.
        status: Option<u16>,
        /// The CORS check, if it fails.
        check: Option<Box<Checked>>,
    },
    /// The status of a preflight response is an ok status.
    OkStatus {
        /// The status.
        status: u16,
    },
    /// An item of a list is not a token, so the list does not parse.
    BadItem {
        /// Which list.
        list: List,
        /// The first such item.
        item: Vec<u8>,
    },
    /// A list of a preflight response does not parse.
    ListNotParsed {
        /// Which.
        list: List,
        /// Its value.
        value: Value,
    },
    /// A list of a response was read.
    ListRead {
        /// Which.
        list: List,
        /// The number of items; `None` if it is absent.
        items: Option<usize>,
    },
    /// The preflight response does not grant the method.
    MethodNotGranted {
        /// The method.
        method: ByteString,
        /// Access-Control-Allow-Methods.
        listed: Value,
    },
    /// The preflight response does not list Authorization.
    AuthorizationNotListed {
        /// Access-Control-Allow-Headers.
        listed: Value,
    },
    /// The preflight response does not grant a header.
    NameNotGranted {
        /// The header's name.
        name: ByteString,
        /// Access-Control-Allow-Headers.
        listed: Value,
    },
    /// The preflight response grants the method.
    MethodGranted {
        /// The method.
        method: ByteString,
        /// What grants it.
        by: Grant,
    },
    /// The preflight response grants every unsafe name.
    NamesGranted {
        /// Whether the wildcard was needed.
        wildcard: bool,
    },
    /// Access-Control-Allow-Credentials of a preflight response is ignored.
    AcacIgnored,
    /// The rest of a preflight response is ignored.
    RestIgnored,
    /// How long the grant of a preflight response is stored.
    MaxAge {
        /// Access-Control-Max-Age.
        stated: Value,
        /// The lifetime in seconds.
        seconds: u64,
    },
    /// The lists of a preflight response were stored.
    Cached {
        /// The number of new methods and names.
        created: usize,
        /// The number of those with a new lifetime.
        refreshed: usize,
    },
    /// The preflight was refused: none of it is stored.
    NothingCached,
}

impl fmt::Display for PreflightReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Covered => f.write_str("the CORS-preflight cache covers the request, no preflight"),
            Self::Made { url, covered: 0, .. } => write!(f, "preflight for {}", shown(url)),
            Self::Made { url, covered, .. } => write!(
                f,
                "preflight for {}: the CORS-preflight cache covers {covered} of the unsafe names only",
                shown(url)
            ),
            Self::Header { name, value } => write!(f, "{}: {}", escape(name), escape(value)),
            Self::NoRequestHeadersNamed => f.write_str("no Access-Control-Request-Headers"),
            Self::LeavesOut => f.write_str("without credentials, author headers and body; with Accept and Referer"),
            Self::NoResponse => f.write_str("the preflight got no response, or one that is not HTTP"),
            Self::CorsCheck(checked) => checked.fmt(f),
            Self::Refused { status, check } => {
                if let Some(status) = status {
                    write!(f, "status {status} is not an ok status")?;
                }
                match check {
                    Some(check) if status.is_some() => write!(f, "; {check}"),
                    Some(check) => check.fmt(f),
                    None => Ok(()),
                }
            }
            Self::OkStatus { status } => write!(f, "status {status} is an ok status"),
            Self::BadItem { list, item } => write!(f, "the item `{}` of {list} is not a token", escape(item)),
            Self::ListNotParsed { list, value: v } => write!(f, "{list} {} does not parse", value(v.as_deref())),
            Self::ListRead { list, items: None } => write!(f, "{list} is absent"),
            Self::ListRead { list, items: Some(n) } => write!(f, "{list} has {n} items"),
            Self::MethodNotGranted { method, listed } => write!(
                f,
                "method `{}` is not granted by {} {}",
                escape(method),
                List::AllowMethods,
                value(listed.as_deref())
            ),
            Self::AuthorizationNotListed { listed } => write!(
                f,
                "`authorization` is not listed in {} {}",
                List::AllowHeaders,
                value(listed.as_deref())
            ),
            Self::NameNotGranted { name, listed } => write!(
                f,
                "header `{}` is not granted by {} {}",
                escape(name),
                List::AllowHeaders,
                value(listed.as_deref())
            ),
            Self::MethodGranted { method, .. } => write!(f, "method {} passes", escape(method)),
            Self::NamesGranted { .. } => f.write_str("the unsafe header names pass"),
            Self::AcacIgnored => f.write_str("Access-Control-Allow-Credentials is ignored"),
            Self::RestIgnored => f.write_str("the rest of the preflight response is ignored"),
            Self::MaxAge { stated: None, seconds } => {
                write!(f, "Access-Control-Max-Age absent: {seconds} seconds")
            }
            Self::MaxAge {
                stated: Some(stated),
                seconds,
            } => {
                write!(f, "Access-Control-Max-Age: {}: {seconds} seconds", escape(stated))
            }
            Self::Cached { created, refreshed } => {
                write!(
                    f,
                    "the lists of the response are stored: {created} new, {refreshed} refreshed"
                )
            }
            Self::NothingCached => f.write_str("a refused preflight is not stored"),
        }
    }
}
