//! [Referrer policy](https://w3c.github.io/webappsec-referrer-policy/), the parts that Origin and Referer need.

use crate::header_list::{HeaderList, decode_and_split};
use crate::keywords::ReferrerPolicy;
use crate::origin::{Origin, are_same_origin, is_potentially_trustworthy};
use crate::urls::has_credentials;
use url::Url;

/// The maximum length of a referrer; a longer one is replaced by its origin.
const LONGEST: usize = 4096;

/// A [request's referrer](https://fetch.spec.whatwg.org/#concept-request-referrer).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Referrer {
    None,
    Client,
    Url(Url),
}

/// [Determine request's referrer](https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer), steps 3 to 6 and 8:
/// the value of the Referer header, or `None`. The URL is [stripped](https://w3c.github.io/webappsec-referrer-policy/#strip-url),
/// steps 2 to 7.
pub(crate) fn determine_referrer(
    referrer: &Referrer,
    policy: ReferrerPolicy,
    page_origin: &Origin,
    page_url: &Url,
    current: &Url,
) -> Option<String> {
    let source = match referrer {
        Referrer::None => return None,
        Referrer::Client if *page_origin == Origin::Opaque => return None,
        Referrer::Client => page_url,
        Referrer::Url(url) => url,
    };
    if !matches!(source.scheme(), "http" | "https") {
        return None;
    }
    let origin_only = || match source.path() {
        // The usual page URL is its origin plus `/`, so there is nothing to strip.
        "/" if source.query().is_none() && source.fragment().is_none() && !has_credentials(source) => {
            source.as_str().to_owned()
        }
        _ => format!("{}/", Origin::of(source).serialize()),
    };
    let same_origin = are_same_origin(source, current);
    let downgrade = is_potentially_trustworthy(source) && !is_potentially_trustworthy(current);
    let full = || {
        let mut stripped = source.clone();
        stripped.set_fragment(None);
        let _ = stripped.set_username("");
        let _ = stripped.set_password(None);
        if stripped.as_str().len() > LONGEST {
            origin_only()
        } else {
            stripped.into()
        }
    };
    match policy {
        ReferrerPolicy::NoReferrer => None,
        ReferrerPolicy::Origin => Some(origin_only()),
        ReferrerPolicy::UnsafeUrl => Some(full()),
        ReferrerPolicy::StrictOrigin => (!downgrade).then(origin_only),
        ReferrerPolicy::StrictOriginWhenCrossOrigin if same_origin => Some(full()),
        ReferrerPolicy::StrictOriginWhenCrossOrigin => (!downgrade).then(origin_only),
        ReferrerPolicy::SameOrigin => same_origin.then(full),
        ReferrerPolicy::OriginWhenCrossOrigin if same_origin => Some(full()),
        ReferrerPolicy::OriginWhenCrossOrigin => Some(origin_only()),
        ReferrerPolicy::NoReferrerWhenDowngrade => (!downgrade).then(full),
    }
}

/// [Parse a referrer policy from a Referrer-Policy header](https://w3c.github.io/webappsec-referrer-policy/#parse-referrer-policy-from-header),
/// steps 1 to 4: the last known token.
pub(crate) fn parse_referrer_policy(headers: &HeaderList) -> Option<ReferrerPolicy> {
    let value = headers.get(b"referrer-policy")?;
    decode_and_split(&value)
        .into_iter()
        .filter_map(|token| std::str::from_utf8(&token.to_ascii_lowercase()).ok()?.parse().ok())
        .next_back()
}
