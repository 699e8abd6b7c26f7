//! The closed word lists of the case and policy formats.

use thiserror::Error;

/// A word that is not in the list it was looked up in.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{word}` is not one of {allowed}")]
pub struct UnknownWord {
    /// What was written.
    pub word: String,
    /// The words of the list, joined by `, `.
    pub allowed: String,
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }

        impl $name {
            /// Every word of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Every word of the list, as it is written.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { word: word.to_owned(), allowed: Self::WORDS.join(", ") }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

words! {
    /// What a subject must offer to run a case.
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
    }
}

words! {
    /// How much a server assertion weighs.
    Level {
        /// A failure is `hygiene`.
        Must = "must",
        /// A failure is `advice`.
        Should = "should",
    }
}

words! {
    /// Which exchange a server assertion looks at.
    Phase {
        /// The answer to the preflight.
        Preflight = "preflight",
        /// The answer to the actual request.
        Actual = "actual",
    }
}

words! {
    /// What makes a page's origin opaque.
    OpaqueKind {
        /// A sandboxed frame.
        Sandbox = "sandbox",
        /// A document of a `data:` URL.
        Data = "data",
    }
}

words! {
    /// How a connection fails.
    FailKind {
        /// Reset before an answer.
        Reset = "reset",
        /// Closed before an answer.
        Close = "close",
    }
}

words! {
    /// What a subject must be able to express to get a policy; never written in a case.
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
        /// A list and subdomains at once.
        OriginsMixed = "origins-mixed",
        /// Credentials.
        Credentials = "credentials",
        /// Every origin, with credentials.
        AnyCredentials = "any-credentials",
        /// Every method.
        MethodsAny = "methods-any",
        /// A list of methods beyond GET, HEAD, POST.
        MethodsList = "methods-list",
        /// Every request header.
        HeadersAny = "headers-any",
        /// A list of request headers.
        HeadersList = "headers-list",
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
