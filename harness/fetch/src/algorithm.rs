//! The algorithms of the standard that an event of a trace can belong to.

macro_rules! algorithms {
    ($($(#[$meta:meta])* $name:ident = $title:literal, $anchor:literal;)+) => {
        /// An algorithm of the standard, or of an API on top of it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Algorithm { $($(#[$meta])* $name,)+ }

        impl Algorithm {
            /// Its name in the standard.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }

            /// Its anchor in the standard, with `#`.
            #[must_use]
            pub const fn anchor(self) -> &'static str {
                match self { $(Self::$name => $anchor),+ }
            }
        }
    };
}

algorithms! {
    /// The arguments of `fetch()` and of the other APIs.
    NewRequest = "new Request()", "#dom-request";
    /// A header that script sets.
    HeadersAppend = "Headers append", "#concept-headers-append";
    /// What the page gets from a network error.
    FetchMethod = "fetch()", "#dom-global-fetch";
    /// Main fetch.
    MainFetch = "main fetch", "#concept-main-fetch";
    /// Port blocking.
    BadPort = "should fetching request be blocked due to a bad port", "#block-bad-port";
    /// Mixed content blocking, which main fetch calls.
    MixedContent = "should fetching request be blocked as mixed content", "#concept-main-fetch";
    /// Blocking of scripts by type.
    MimeTypeBlocking = "should response to request be blocked due to its MIME type", "#should-response-to-request-be-blocked-due-to-mime-type?";
    /// Blocking of scripts by `X-Content-Type-Options`.
    NosniffBlocking = "should response to request be blocked due to nosniff", "#should-response-to-request-be-blocked-due-to-nosniff?";
    /// Scheme fetch.
    SchemeFetch = "scheme fetch", "#concept-scheme-fetch";
    /// The data: URL processor.
    DataUrlProcessor = "data: URL processor", "#data-url-processor";
    /// Whether one header is safelisted.
    SafelistedRequestHeader = "CORS-safelisted request-header", "#cors-safelisted-request-header";
    /// The names of a request's headers that are not.
    UnsafeRequestHeaderNames = "CORS-unsafe request-header names", "#cors-unsafe-request-header-names";
    /// Their order and case.
    SortedLowercaseSet = "convert header names to a sorted-lowercase set", "#convert-header-names-to-a-sorted-lowercase-set";
    /// HTTP fetch.
    HttpFetch = "HTTP fetch", "#concept-http-fetch";
    /// HTTP-redirect fetch.
    HttpRedirectFetch = "HTTP-redirect fetch", "#concept-http-redirect-fetch";
    /// A request's redirect-taint.
    RedirectTaint = "redirect-taint", "#concept-request-tainted-origin";
    /// HTTP-network-or-cache fetch.
    HttpNetworkOrCacheFetch = "HTTP-network-or-cache fetch", "#concept-http-network-or-cache-fetch";
    /// HTTP-network fetch.
    HttpNetworkFetch = "HTTP-network fetch", "#concept-http-network-fetch";
    /// What a Set-Cookie does.
    SetCookie = "parse and store response `Set-Cookie` headers", "#parse-and-store-response-set-cookie-headers";
    /// The Origin header.
    OriginHeader = "append a request Origin header", "#append-a-request-origin-header";
    /// The text of the Origin header.
    SerializeOrigin = "serializing a request origin", "#serializing-a-request-origin";
    /// CORS-preflight fetch.
    PreflightFetch = "CORS-preflight fetch", "#cors-preflight-fetch-0";
    /// The CORS-preflight cache.
    CorsPreflightCache = "CORS-preflight cache", "#concept-cache";
    /// Removal from the CORS-preflight cache.
    ClearPreflightCache = "clear cache entries", "#concept-cache-clear";
    /// The CORS check.
    CorsCheck = "CORS check", "#concept-cors-check";
    /// The cross-origin resource policy check.
    CorpCheck = "cross-origin resource policy check", "#cross-origin-resource-policy-internal-check";
    /// Reading a header that is a list.
    ExtractHeaderListValues = "extract header list values", "#extract-header-list-values";
    /// Reading a header by its name.
    GetHeader = "get", "#concept-header-list-get";
    /// What belongs to a header's value.
    HeaderValue = "header value", "#header-value";
    /// A basic filtered response.
    BasicFilter = "basic filtered response", "#concept-filtered-response-basic";
    /// A CORS filtered response.
    CorsFilter = "CORS filtered response", "#concept-filtered-response-cors";
    /// An opaque filtered response.
    OpaqueFilter = "opaque filtered response", "#concept-filtered-response-opaque";
    /// An opaque-redirect filtered response.
    OpaqueRedirectFilter = "opaque-redirect filtered response", "#concept-filtered-response-opaque-redirect";
    /// How the HTML Standard loads a classic script.
    ClassicScript = "fetch a classic script", "#concept-fetch";
    /// The WebSocket opening handshake.
    WebSocketHandshake = "WebSocket handshake", "#concept-http-network-fetch";
}

impl std::fmt::Display for Algorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
