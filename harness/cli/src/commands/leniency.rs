//! The explanations of the leniencies: freedoms that the standard leaves to clients.

use crosscheck_fetch::Leniency;

/// Why the leniency exists, and what a client that uses it does.
pub(crate) const fn explanation(leniency: Leniency) -> &'static str {
    match leniency {
        Leniency::NoPreflightCache => {
            "The CORS-preflight cache is optional: a browser may remove entries at any time, so it may send every preflight again. A case marks the preflights that a cache would save as optional."
        }
        Leniency::MaxAgeCap => {
            "A browser may limit max-age. Chromium keeps a preflight for at most two hours, Gecko for a day, and the model, with this leniency, for 600 seconds."
        }
        Leniency::MaxAgeInvalidNotCached => {
            "If Access-Control-Max-Age does not parse, the standard sets max-age to 5. A browser that does not cache such an answer only sends more preflights."
        }
        Leniency::StoredWildcardInclude => {
            "According to the standard, a stored `*` answers a later request with credentials mode include, if the entry was created with credentials. A browser that sends a new preflight is stricter."
        }
        Leniency::ForcedFlagNoAcam => {
            "If Access-Control-Allow-Methods is absent and an upload listener or a stream forced the preflight, the standard uses the request's method instead. A browser that does not do this is stricter."
        }
        Leniency::AcceptLanguageOnPreflight => {
            "A browser may add Accept-Language to any request, including preflights. No server may depend on its absence."
        }
        Leniency::LastEventIdSafelisted => {
            "Browsers send Last-Event-ID for EventSource without a preflight. Some treat the name as safelisted everywhere, which the standard does not."
        }
        Leniency::FragmentInCacheKey => {
            "The key of the CORS-preflight cache includes the URL, and a URL has a fragment. According to the standard two fragments are two keys. A browser that ignores the fragment sends fewer preflights."
        }
        Leniency::ClearAfterRedirect => {
            "On failure the standard clears the cache entries of the request's current URL, after redirects. A browser that also clears the entries of the earlier URLs only sends more preflights."
        }
        Leniency::MaxEmptyListItems => {
            "List grammars require a recipient to ignore a reasonable number of empty elements. Beyond that number a parser may fail. With this leniency, the model fails beyond 16."
        }
    }
}
