//! The freedoms that the standard leaves, explained.

use crosscheck_fetch::Leniency;

/// Why a leniency exists.
pub(crate) const fn explanation(leniency: Leniency) -> &'static str {
    match leniency {
        Leniency::NoPreflightCache => {
            "The CORS-preflight cache is optional: entries may be removed at any time, so a browser may make every preflight anew. A case marks the preflights that a cache would save as optional."
        }
        Leniency::MaxAgeCap => {
            "A browser may impose a limit on max-age. Chromium keeps a preflight for two hours at the most, Gecko for a day; the model, with this leniency, for 600 seconds."
        }
        Leniency::MaxAgeInvalidNotCached => {
            "Where Access-Control-Max-Age does not parse, the standard sets max-age to 5. A browser that does not cache such an answer only asks more often."
        }
        Leniency::StoredWildcardInclude => {
            "By the letter a stored `*` answers a later request with credentials mode include, if the entry was made with credentials. A browser that asks again is stricter."
        }
        Leniency::ForcedFlagNoAcam => {
            "Where Access-Control-Allow-Methods is absent and the preflight was forced, by an upload listener or a stream, the standard puts the request's method in its place. A browser that does not is stricter."
        }
        Leniency::AcceptLanguageOnPreflight => {
            "A browser may add Accept-Language to any request, preflights included; no server may depend on its absence."
        }
        Leniency::LastEventIdSafelisted => {
            "Browsers send Last-Event-ID for EventSource without a preflight; some treat the name as safelisted everywhere, which the standard does not."
        }
        Leniency::FragmentInCacheKey => {
            "The CORS-preflight cache is keyed by URL, and a URL has a fragment. By the letter two fragments are two keys; a browser that leaves the fragment out makes fewer preflights."
        }
        Leniency::ClearAfterRedirect => {
            "On failure the standard clears the cache for the request as it is then, after redirects. A browser that also clears the entries of the URLs before them only asks more often."
        }
        Leniency::MaxEmptyListItems => {
            "List grammars oblige a recipient to ignore a reasonable number of empty elements. Beyond that number a parser may fail; the model, with this leniency, beyond 16."
        }
    }
}
