//! The [cross-origin resource policy internal check](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-internal-check),
//! under the embedder policy `unsafe-none`.

use crate::header_list::HeaderList;
use crate::origin::Origin;
use url::Url;

/// What the check returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corp {
    /// The response may be used.
    Allowed,
    /// The response is blocked, which is a network error.
    Blocked,
}

/// Checks Cross-Origin-Resource-Policy of a response from `url` for a no-cors request of `origin`: steps 2, 3 and 5, since the
/// others do nothing under `unsafe-none`. Only the three exact values count (step 3); anything else, including combined duplicates
/// (step 2), is not a policy.
#[must_use]
pub fn cross_origin_resource_policy_internal_check(origin: &Origin, url: &Url, headers: &HeaderList) -> Corp {
    let policy = headers.get(b"cross-origin-resource-policy");
    let allowed = match policy.as_deref() {
        Some(b"same-origin") => origin.same_origin_with_url(url),
        Some(b"same-site") => {
            origin.schemelessly_same_site(&Origin::of(url)) && (origin.is_https() || url.scheme() != "https")
        }
        _ => true,
    };
    if allowed { Corp::Allowed } else { Corp::Blocked }
}
