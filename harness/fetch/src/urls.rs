//! Properties of URLs that several algorithms test.

use url::Url;

/// Whether the URL [includes credentials](https://url.spec.whatwg.org/#include-credentials).
pub(crate) fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some_and(|p| !p.is_empty())
}

/// An [HTTP(S) scheme](https://fetch.spec.whatwg.org/#http-scheme).
pub(crate) fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}
