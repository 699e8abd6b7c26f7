//! The standard's closed lists of keywords, as enums.

use crosscheck_text::words;

words! {
    /// A [request's mode](https://fetch.spec.whatwg.org/#concept-request-mode).
    Mode {
        /// The response must pass the CORS check.
        Cors = "cors",
        /// Cross-origin responses are opaque.
        NoCors = "no-cors",
        /// Cross-origin requests fail.
        SameOrigin = "same-origin",
        /// A navigation.
        Navigate = "navigate",
        /// A WebSocket handshake.
        WebSocket = "websocket",
    }
}

words! {
    /// A [request's credentials mode](https://fetch.spec.whatwg.org/#concept-request-credentials-mode).
    CredentialsMode {
        /// Never.
        Omit = "omit",
        /// While response tainting is basic.
        SameOrigin = "same-origin",
        /// Always.
        Include = "include",
    }
}

words! {
    /// A [request's redirect mode](https://fetch.spec.whatwg.org/#concept-request-redirect-mode).
    RedirectMode {
        /// Redirects are followed.
        Follow = "follow",
        /// A redirect is a network error.
        Error = "error",
        /// A redirect is an opaque-redirect filtered response.
        Manual = "manual",
    }
}

words! {
    /// A [request's cache mode](https://fetch.spec.whatwg.org/#concept-request-cache-mode).
    CacheMode {
        /// Fresh responses are reused, stale ones validated.
        Default = "default",
        /// The HTTP cache is neither read nor written.
        NoStore = "no-store",
        /// The HTTP cache is written, not read.
        Reload = "reload",
        /// A stored response is validated first.
        NoCache = "no-cache",
        /// A stored response is used, fresh or not.
        ForceCache = "force-cache",
        /// Only a stored response is used.
        OnlyIfCached = "only-if-cached",
    }
}

words! {
    /// A [referrer policy](https://w3c.github.io/webappsec-referrer-policy/#referrer-policies).
    ReferrerPolicy {
        /// Nothing is sent.
        NoReferrer = "no-referrer",
        /// The full URL, except from https to an untrustworthy URL.
        NoReferrerWhenDowngrade = "no-referrer-when-downgrade",
        /// The full URL to the own origin only.
        SameOrigin = "same-origin",
        /// The origin.
        Origin = "origin",
        /// The origin, except from https to an untrustworthy URL.
        StrictOrigin = "strict-origin",
        /// The full URL to the own origin, otherwise the origin.
        OriginWhenCrossOrigin = "origin-when-cross-origin",
        /// The full URL to the own origin, otherwise the origin; nothing from https to an untrustworthy URL. The default.
        StrictOriginWhenCrossOrigin = "strict-origin-when-cross-origin",
        /// The full URL.
        UnsafeUrl = "unsafe-url",
    }
}

words! {
    /// The API or element that makes the request.
    Via {
        /// `fetch()`.
        Fetch = "fetch",
        /// `XMLHttpRequest`.
        Xhr = "xhr",
        /// An `img` element.
        Img = "img",
        /// A classic `script` element.
        Script = "script",
        /// A form that is submitted.
        Form = "form",
        /// A navigation.
        Navigate = "navigate",
        /// `new WebSocket()`.
        WebSocket = "websocket",
    }
}

words! {
    /// A [response's type](https://fetch.spec.whatwg.org/#concept-response-type), as the page sees it.
    ResponseType {
        /// A same-origin response.
        Basic = "basic",
        /// A cross-origin response that passed the CORS check.
        Cors = "cors",
        /// A cross-origin response to a no-cors request.
        Opaque = "opaque",
        /// A redirect that was not followed.
        OpaqueRedirect = "opaqueredirect",
        /// A network error.
        Error = "error",
    }
}

words! {
    /// A freedom that the standard leaves to clients; if it is switched on, the model uses it.
    Leniency {
        /// There is no CORS-preflight cache: every preflight is sent.
        NoPreflightCache = "no-preflight-cache",
        /// Access-Control-Max-Age is capped, here at 600 seconds.
        MaxAgeCap = "max-age-cap",
        /// A preflight whose Access-Control-Max-Age does not parse is not cached.
        MaxAgeInvalidNotCached = "max-age-invalid-not-cached",
        /// A cached `*` does not cover a request with credentials mode include, although the standard allows it.
        StoredWildcardInclude = "stored-wildcard-include",
        /// The forced flag does not replace an absent Access-Control-Allow-Methods, although the standard allows it.
        ForcedFlagNoAcam = "forced-flag-no-acam",
        /// A preflight carries Accept-Language.
        AcceptLanguageOnPreflight = "accept-language-on-preflight",
        /// Last-Event-ID is a safelisted request-header.
        LastEventIdSafelisted = "last-event-id-safelisted",
        /// The fragment is not compared when the CORS-preflight cache is looked up.
        FragmentInCacheKey = "fragment-in-cache-key",
        /// A failure after a redirect also clears the entries of the URLs before it.
        ClearAfterRedirect = "clear-after-redirect",
        /// A list with very many empty elements fails to parse; here with more than 16.
        MaxEmptyListItems = "max-empty-list-items",
    }
}

/// A set of [`Leniency`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leniencies(u16);

impl Leniencies {
    /// No leniency: exactly as the standard states.
    pub const NONE: Self = Self(0);

    /// The set with one more leniency.
    #[must_use]
    pub const fn with(self, leniency: Leniency) -> Self {
        Self(self.0 | 1 << leniency as u16)
    }

    /// Whether the set has it.
    #[must_use]
    pub const fn has(self, leniency: Leniency) -> bool {
        self.0 & (1 << leniency as u16) != 0
    }
}
