//! [Origins](https://html.spec.whatwg.org/multipage/browsers.html#concept-origin) and sites.

use std::borrow::Cow;
use thiserror::Error;
use url::{Host, ParseError, Url};

/// The schemes of pages of apps and browser extensions. The HTML Standard gives their URLs opaque origins, but web views and browsers
/// send the scheme and the host as the origin, as written and without a port.
pub const APP_SCHEMES: [&str; 7] = [
    "app",
    "capacitor",
    "chrome-extension",
    "ionic",
    "moz-extension",
    "safari-web-extension",
    "tauri",
];

/// The origin of a page or a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A tuple origin.
    Tuple {
        /// The scheme, lower-case.
        scheme: Cow<'static, str>,
        /// The host as it is serialized: A-labels, canonical IPv4, bracketed IPv6; with an app's scheme as it is written.
        host: String,
        /// The port, `None` for the scheme's default.
        port: Option<u16>,
    },
    /// An opaque origin: not same origin with any origin that the model can name; serialized as `null`.
    Opaque,
}

/// Why a text is not a serialized origin.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OriginError {
    /// The URL parser refuses it.
    #[error("`{0}` is not a URL: {1}")]
    NotAUrl(String, url::ParseError),
    /// Its scheme has no tuple origin.
    #[error("the scheme of `{0}` has no tuple origin; use http, https or one of {apps}", apps = APP_SCHEMES.join(", "))]
    NoTuple(String),
    /// It parses, but it is not in serialized form.
    #[error("`{written}` is not a serialized origin; write `{serialized}`")]
    NotSerialized {
        /// The text.
        written: String,
        /// The serialization of that origin.
        serialized: String,
    },
}

/// A site: a scheme and the last two labels of the host; an IP address or a single label is used whole. The hosts of cases
/// are under reserved top-level domains, so no public suffix list is needed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Site {
    /// The site of a tuple origin.
    Tuple {
        /// The scheme.
        scheme: Cow<'static, str>,
        /// The registrable domain, or the host if it has none.
        host: String,
    },
    /// The site of an opaque origin.
    Opaque,
}

impl Origin {
    /// The [origin of a URL](https://url.spec.whatwg.org/#concept-url-origin); opaque for a scheme without a tuple.
    #[must_use]
    pub fn of(url: &Url) -> Self {
        if url.scheme() == "blob" {
            return blob_path_url(url).map_or(Self::Opaque, |inner| Self::of(&inner));
        }
        let Some(host) = url.host_str() else {
            return Self::Opaque;
        };
        let scheme: Cow<'static, str> = match url.scheme() {
            "https" => "https".into(),
            "http" => "http".into(),
            "ws" => "ws".into(),
            "wss" => "wss".into(),
            "ftp" => "ftp".into(),
            _ => return Self::Opaque,
        };
        Self::Tuple {
            scheme,
            host: host.to_owned(),
            port: url.port(),
        }
    }

    /// Parses a serialized origin; the text must be exactly the output of [`Self::serialize`]. Besides the tuple origins of the
    /// standard, those with one of [`APP_SCHEMES`] are known.
    ///
    /// # Errors
    /// If the text is not a URL, has no tuple origin, or is not in serialized form.
    pub fn parse_serialized(text: &str) -> Result<Self, OriginError> {
        if text == "null" {
            return Ok(Self::Opaque);
        }
        if let Some(origin) = app_origin(text) {
            return origin;
        }
        let url = Url::parse(text).map_err(|e| OriginError::NotAUrl(text.to_owned(), e))?;
        let origin = Self::of(&url);
        if origin == Self::Opaque {
            return Err(OriginError::NoTuple(text.to_owned()));
        }
        let serialized = origin.serialize();
        if serialized == text {
            Ok(origin)
        } else {
            Err(OriginError::NotSerialized {
                written: text.to_owned(),
                serialized: serialized.into_owned(),
            })
        }
    }

    /// [Same origin](https://html.spec.whatwg.org/multipage/browsers.html#same-origin), steps 1 to 3. Two opaque origins are never the
    /// same: only the page can have an opaque origin in the model, and the opaque origin of a URL is a new one each time.
    #[must_use]
    pub fn same_origin(&self, other: &Self) -> bool {
        *self != Self::Opaque && self == other
    }

    /// Same origin with the origin of a URL, without building that origin.
    #[must_use]
    pub fn same_origin_with_url(&self, url: &Url) -> bool {
        match self {
            Self::Opaque => false,
            Self::Tuple { .. } if url.scheme() == "blob" => *self == Self::of(url),
            Self::Tuple { scheme, host, port } => {
                let is_equal = url.scheme() == scheme && url.port() == *port && url.host_str() == Some(host.as_str());
                // The origin of a URL with an app's scheme is opaque.
                is_equal && !APP_SCHEMES.contains(&url.scheme())
            }
        }
    }

    /// [Obtains the site](https://html.spec.whatwg.org/multipage/browsers.html#obtain-a-site) of the origin: steps 1 to 3.
    #[must_use]
    pub fn site(&self) -> Site {
        match self {
            Self::Opaque => Site::Opaque,
            Self::Tuple { scheme, host, .. } => Site::Tuple {
                scheme: scheme.clone(),
                host: registrable(host).to_owned(),
            },
        }
    }

    /// [Same site](https://html.spec.whatwg.org/multipage/browsers.html#same-site), steps 1 to 4: scheme and registrable domain are equal.
    #[must_use]
    pub fn same_site(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tuple { scheme: a, .. }, Self::Tuple { scheme: b, .. }) => {
                a == b && self.schemelessly_same_site(other)
            }
            _ => false,
        }
    }

    /// [Schemelessly same site](https://html.spec.whatwg.org/multipage/browsers.html#schemelessly-same-site): steps 2 and 3.
    #[must_use]
    pub fn schemelessly_same_site(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tuple { host: a, .. }, Self::Tuple { host: b, .. }) => registrable(a) == registrable(b),
            _ => false,
        }
    }

    /// The [serialization](https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin): steps 1 to 6.
    #[must_use]
    pub fn serialize(&self) -> Cow<'static, str> {
        match self {
            Self::Opaque => Cow::Borrowed("null"),
            Self::Tuple {
                scheme,
                host,
                port: None,
            } => Cow::Owned([scheme, "://", host].concat()),
            Self::Tuple {
                scheme,
                host,
                port: Some(port),
            } => Cow::Owned(format!("{scheme}://{host}:{port}")),
        }
    }

    /// Whether the scheme is one of [`APP_SCHEMES`].
    #[must_use]
    pub fn is_of_app(&self) -> bool {
        matches!(self, Self::Tuple { scheme, .. } if APP_SCHEMES.contains(&scheme.as_ref()))
    }

    /// Whether the scheme is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        matches!(self, Self::Tuple { scheme, .. } if scheme == "https")
    }
}

/// Parses an origin with one of [`APP_SCHEMES`]; `None` if the text has another scheme.
fn app_origin(text: &str) -> Option<Result<Origin, OriginError>> {
    let (written, rest) = text.split_once("://")?;
    let scheme = APP_SCHEMES.iter().find(|scheme| scheme.eq_ignore_ascii_case(written))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host_port.split(':').next().unwrap_or_default();
    let error = |error| Some(Err(OriginError::NotAUrl(text.to_owned(), error)));
    if host.is_empty() {
        return error(ParseError::EmptyHost);
    }
    if !host
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
    {
        return error(ParseError::InvalidDomainCharacter);
    }
    let origin = Origin::Tuple {
        scheme: Cow::Borrowed(scheme),
        host: host.to_owned(),
        port: None,
    };
    if written == *scheme && rest == host {
        return Some(Ok(origin));
    }
    Some(Err(OriginError::NotSerialized {
        written: text.to_owned(),
        serialized: origin.serialize().into_owned(),
    }))
}

/// The URL within a `blob:` URL, which names the origin of its creator as long as it is http or https.
fn blob_path_url(url: &Url) -> Option<Url> {
    Url::parse(url.path())
        .ok()
        .filter(|inner| matches!(inner.scheme(), "http" | "https"))
}

impl std::fmt::Display for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tuple { scheme, host } => write!(f, "{scheme}://{host}"),
            Self::Opaque => f.write_str("null"),
        }
    }
}

fn registrable(host: &str) -> &str {
    if host.starts_with('[') || matches!(Host::parse(host), Ok(Host::Ipv4(_))) {
        return host;
    }
    let labels = host.strip_suffix('.').unwrap_or(host);
    let mut dots = labels.rmatch_indices('.');
    dots.next();
    dots.next().map_or(host, |(i, _)| &host[i + 1..])
}

/// Whether two HTTP(S) URLs have the same origin, without building either.
pub(crate) fn are_same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme() && a.port() == b.port() && a.host_str() == b.host_str()
}

/// Whether a URL is [potentially trustworthy](https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy), steps 1 to 3, by
/// [its origin](https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy), steps 3 to 6 and 9.
#[must_use]
pub fn is_potentially_trustworthy(url: &Url) -> bool {
    match url.scheme() {
        "https" | "wss" | "data" | "file" => true,
        "about" => matches!(url.path(), "blank" | "srcdoc"),
        _ => match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(d)) => {
                let d = d.strip_suffix('.').unwrap_or(d);
                d == "localhost" || d.ends_with(".localhost")
            }
            None => false,
        },
    }
}

/// A page that makes requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its origin.
    pub origin: Origin,
    /// Its URL: the origin plus `/`; `about:blank` for an opaque one, which never sends a referrer.
    pub url: Url,
    /// The site of the top-level page.
    pub top_level: Site,
}

impl Page {
    /// A top-level page with that origin.
    #[must_use]
    pub fn new(origin: Origin) -> Self {
        let site = origin.site();
        Self::with_top_level(origin, site)
    }

    /// A page with that origin in a frame of a page of another site.
    #[must_use]
    pub fn with_top_level(origin: Origin, top_level: Site) -> Self {
        let url = match Url::parse(&origin.serialize()) {
            Ok(url) => url,
            Err(_) => blank(),
        };
        Self { origin, url, top_level }
    }
}

fn blank() -> Url {
    match Url::parse("about:blank") {
        Ok(url) => url,
        Err(e) => unreachable!("about:blank is a URL: {e}"),
    }
}
