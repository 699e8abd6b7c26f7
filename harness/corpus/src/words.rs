//! The closed word lists of the case and policy formats.

pub use crosscheck_text::UnknownWord;
use crosscheck_text::words;
use serde::{Deserialize, Serialize};

words! {
    /// What a subject must offer to run a case.
    #[derive(Serialize, Deserialize)]
    #[serde(into = "&'static str", try_from = "String")]
    Need {
        /// TLS: the page or a server of the case is https.
        Https = "https",
        /// Bytes that an HTTP library would not write, or would refuse to read.
        RawBytes = "raw-bytes",
        /// A cookie jar.
        Cookies = "cookies",
        /// `data:` URLs.
        DataUrls = "data-urls",
        /// A page whose origin serializes to `null`.
        OpaqueOrigin = "opaque-origin",
        /// Referer and referrer policy.
        Referrer = "referrer",
        /// A CORS-preflight cache.
        PreflightCache = "preflight-cache",
        /// A private HTTP cache.
        HttpCache = "http-cache",
        /// A clock that really runs while the case waits.
        WallClock = "wall-clock",
        /// Redirects that are followed.
        Redirects = "redirects",
        /// `XMLHttpRequest`.
        Xhr = "xhr",
        /// Request bodies that are streams.
        Streams = "streams",
        /// Something other than `fetch()` that makes the request.
        Initiators = "initiators",
        /// Trailers.
        Trailers = "trailers",
        /// Caches partitioned by the top-level site.
        Partitions = "partitions",
        /// Hosts on loopback addresses.
        LoopbackOrigin = "loopback-origin",
        /// A page of an app or a browser extension, whose origin has a scheme of its own.
        AppOrigin = "app-origin",
    }
}

words! {
    /// How much a server assertion weighs.
    #[derive(Serialize, Deserialize)]
    #[serde(into = "&'static str", try_from = "String")]
    Level {
        /// A failure is `hygiene`.
        Must = "must",
        /// A failure is `advice`.
        Should = "should",
    }
}

words! {
    /// Which exchange a server assertion looks at.
    #[derive(Serialize, Deserialize)]
    #[serde(into = "&'static str", try_from = "String")]
    Phase {
        /// The answer to the preflight.
        Preflight = "preflight",
        /// The answer to the actual request.
        Actual = "actual",
    }
}

words! {
    /// What makes a page's origin opaque.
    #[derive(Serialize, Deserialize)]
    #[serde(into = "&'static str", try_from = "String")]
    OpaqueKind {
        /// A sandboxed frame.
        Sandbox = "sandbox",
        /// A document of a `data:` URL.
        Data = "data",
    }
}

words! {
    /// How a connection fails.
    #[derive(Serialize, Deserialize)]
    #[serde(into = "&'static str", try_from = "String")]
    FailKind {
        /// Reset before an answer.
        Reset = "reset",
        /// Closed before an answer.
        Close = "close",
    }
}

words! {
    /// What a subject must be able to express to get a policy; never written in a case.
    #[derive(Serialize, Deserialize)]
    #[serde(into = "&'static str", try_from = "String")]
    Flag {
        /// Every origin.
        OriginsAny = "origins-any",
        /// A list of origins.
        OriginsList = "origins-list",
        /// `null` in the list.
        OriginsNull = "origins-null",
        /// Subdomains.
        OriginsUnder = "origins-under",
        /// Regular expressions.
        OriginsRegex = "origins-regex",
        /// A function.
        OriginsPredicate = "origins-predicate",
        /// Patterns of the library's own.
        OriginsGlob = "origins-glob",
        /// Origins of apps and extensions, whose schemes are not those of the Web.
        OriginsScheme = "origins-scheme",
        /// A list, subdomains and patterns, more than one of them at once.
        OriginsMixed = "origins-mixed",
        /// Credentials.
        Credentials = "credentials",
        /// Credentials for some origins only.
        CredentialsPerOrigin = "credentials-per-origin",
        /// Every origin, with credentials.
        AnyCredentials = "any-credentials",
        /// Every method.
        MethodsAny = "methods-any",
        /// A list of methods beyond GET, HEAD, POST.
        MethodsList = "methods-list",
        /// A policy per path and method.
        MethodsPerRoute = "methods-per-route",
        /// Every request header.
        HeadersAny = "headers-any",
        /// A list of request headers.
        HeadersList = "headers-list",
        /// Request headers by a pattern of their names.
        HeadersPattern = "headers-pattern",
        /// Request headers only as an echo of the requested ones.
        HeadersEchoOnly = "headers-echo-only",
        /// Every response header.
        ExposeAny = "expose-any",
        /// A list of response headers.
        ExposeList = "expose-list",
        /// A max-age.
        MaxAge = "max-age",
        /// A max-age of zero.
        MaxAgeZero = "max-age-zero",
        /// Private network access.
        PrivateNetwork = "private-network",
        /// Policies per path.
        Routes = "routes",
        /// The library called without arguments.
        Defaults = "defaults",
        /// The snippet of its README.
        Docs = "docs",
    }
}
