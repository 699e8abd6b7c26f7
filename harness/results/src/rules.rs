//! The rules of the server judge: one static table that the checks, `crosscheck explain` and the documentation read.

use crate::verdict::{Level, Verdict};

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its id.
    pub id: &'static str,
    /// The verdict of a case that breaks it.
    pub verdict: Verdict,
    /// How binding it is.
    pub level: Level,
    /// The catalogue steps it rests on.
    pub steps: &'static [&'static str],
    /// What it looks at, and why.
    pub explanation: &'static str,
    /// A published fault that it catches; where none is known, what breaks it.
    pub fault: &'static str,
    /// Where the fault is published; empty if it is not.
    pub source: &'static str,
}

macro_rules! rules {
    ($($name:ident = $id:literal, $verdict:ident, $level:ident, [$($step:literal),*], $text:literal, $fault:literal, $source:literal;)+) => {
        $(#[doc = $text] pub static $name: Rule = Rule { id: $id, verdict: Verdict::$verdict, level: Level::$level, steps: &[$($step),*], explanation: $text, fault: $fault, source: $source };)+
        /// Every rule, in the order in which reports list them.
        pub static RULES: &[&Rule] = &[$(&$name),+];
    };
}

rules! {
    CRASH = "crash", Broken, Must, [],
        "The process or the task dies, hangs, or does not speak HTTP. A request must never take a server down. The result of the case includes what the process wrote to stderr.",
        "An error that the handler raised ended the process of an adapter for the Fetch API.", "https://github.com/ardatan/whatwg-node/pull/753";
    UNSTABLE = "unstable", Broken, Must, ["server/origin-allowlist-exactness"],
        "The harness sends each request twice. Two answers that differ in status, in an Access-Control header, or in whether the handler ran show that the server keeps state between requests: the request of one page changes what another page gets. Besides, some requests are sent before all other cases of a policy and after them; where the answers differ, the case whose request changes them is named.",
        "With every origin allowed, the first origin that sent a cookie was written into all following answers.", "https://github.com/Kludex/starlette/pull/511";
    SLOW = "slow", Broken, Must, ["server/acrh-parsing"],
        "The cost of a header grows faster than its size. The harness sends six sizes of Origin and of Access-Control-Request-Headers, from 256 bytes to 8 KiB, and measures the CPU time of the subject's processes. The sizes are sent in turn, at least five times, and the median of the CPU times of each counts. A power of the size is fitted to the last three increases of the cost over the sizes that are not answered with 400, 413, 414 or 431. The rule is broken if the exponent is over 1.5 after further requests, and these increases can be measured; or if a size gets no answer, and used more than 8 times the CPU time of the size before. Anyone can then keep the server busy with a few requests.",
        "A preflight with a long run of spaces in Access-Control-Request-Headers took seconds of CPU time, since each space began a new search.", "https://github.com/advisories/GHSA-8j4g-w8fx-2239";
    GRANT_WITH_CREDENTIALS = "grant-with-credentials", OverGrant, Must, ["server/no-echo-for-disallowed", "server/origin-allowlist-exactness"],
        "An origin that the policy does not list, and that a browser can send, can read responses with credentials. Every page of that origin acts with the user's cookies.",
        "With every origin and credentials allowed, the request's Origin was reflected.", "https://github.com/rs/cors/issues/55";
    GRANT_ANONYMOUS = "grant-anonymous", OverGrant, Must, ["server/no-echo-for-disallowed", "server/origin-allowlist-exactness"],
        "An origin that the policy does not list can read responses without credentials. Content that only a network boundary protects is open to it.",
        "A pattern of origins had to match only the beginning, so that a longer host was allowed.", "https://github.com/Kludex/starlette/pull/801";
    DEFAULT_GRANT = "default-grant", OverGrant, Must, ["server/no-echo-for-disallowed", "server/origin-allowlist-exactness"],
        "Configured without arguments, or as its README shows, the library reflects an unlisted origin, in the worst case with credentials. A user who follows the README shares everything with every origin. A plain `*` is not a reflection: it shares what anyone can fetch, and browsers send no cookies for it.",
        "Without parameters, the filter allowed every origin with credentials.", "https://nvd.nist.gov/vuln/detail/CVE-2018-8014";
    GRANT_CREDENTIALS = "grant-credentials", OverGrant, Must, ["server/credentials-true-exact", "server/no-wildcards-with-credentials"],
        "A listed origin can read responses with credentials, although the policy has `credentials: false`.",
        "The setting False became a string, which is true, so that credentials were allowed although the setting forbade them.", "https://github.com/corydolphin/flask-cors/issues/115";
    GRANT_EXPOSE = "grant-expose", OverGrant, Must, ["server/expose-headers"],
        "The page can read a response header that the policy does not expose.",
        "None is in `cases/recall.yaml`; servers that write `*` or a fixed list break it.", "";
    GRANT_NULL = "grant-null", OverGrant, Must, ["server/null-not-trusted", "server/acao-for-null"],
        "The origin `null` is allowed, although the policy does not list it. Any page can create a sandboxed frame whose origin is `null`.",
        "An unlisted origin got `null`, which allows every page with an opaque origin.", "https://github.com/ardatan/whatwg-node/blob/master/packages/server/CHANGELOG.md";
    GRANT_METHOD = "grant-method", OverGrant, Must, ["server/preflight-method-list"],
        "The preflight allows a method that the policy does not list. OPTIONS is advice only: many libraries list it, and a page gains nothing by it.",
        "Methods were compared in upper case, so that a listed `patch` allowed PATCH.", "https://github.com/rs/cors/releases/tag/v1.10.0";
    GRANT_HEADER = "grant-header", OverGrant, Must, ["server/preflight-header-list"],
        "The preflight allows a request header that the policy does not list.",
        "None is in `cases/recall.yaml`; libraries that reflect the requested names under a list break it.", "";
    GRANT_PRIVATE_NETWORK = "grant-private-network", OverGrant, Must, ["server/wildcard-safe-for-public"],
        "Private network access is allowed, although the policy does not allow it, or it is allowed for an unlisted origin.",
        "Every preflight that requested private network access got it, and no setting prevented that.", "https://github.com/advisories/GHSA-hxwh-jpp2-84pm";
    GRANT_ROUTE = "grant-route", OverGrant, Must, ["server/no-echo-for-disallowed"],
        "A path without CORS, or with a stricter policy of its own, is open to an origin that only the policy of another path lists.",
        "The longest path pattern was tried first instead of the most specific one, so that a strict path got a lax policy.", "https://github.com/advisories/GHSA-7rxf-gvfg-47g4";
    REFUSE = "refuse", OverDeny, Must, ["server/share-literal-origin", "server/headers-on-both"],
        "A request that the policy allows is blocked: with these answers, a browser does not share the response with the page.",
        "A listed header name with capitals never matched the name that a browser sends.", "https://github.com/Kludex/starlette/pull/411";
    REFUSE_EXPOSE = "refuse-expose", OverDeny, Must, ["server/expose-headers"],
        "The page cannot read a response header that the policy exposes.",
        "The exposed headers were sent as the allowed request headers, and the other way round.", "https://github.com/corydolphin/flask-cors/blob/main/CHANGELOG.md";
    REFUSE_ERROR = "refuse-error", OverDeny, Must, ["server/actual-any-status"],
        "The CORS headers are missing on an error answer, while they are present on a 200. The page sees a network error instead of the status that explains what went wrong, and cannot tell the 401 of a login from a server that is down.",
        "The 401 of a failed login had no CORS headers, so that a page took it for a network error.", "https://github.com/quarkusio/quarkus/issues/3685";
    PREFLIGHT_AUTH = "preflight-auth", OverDeny, Must, ["server/preflight-unauthenticated", "server/preflight-ok-status"],
        "A preflight that the policy grants is answered with 401, or with 403 although the actual request is shared and other preflights get 403, too. Browsers send preflights without credentials, so no page can ever pass this check. The authentication check must run after the preflight is answered.",
        "An application that was mounted below the middleware answered preflights itself, with its 401.", "https://github.com/litestar-org/litestar/pull/3401";
    PREFLIGHT_REDIRECT = "preflight-redirect", OverDeny, Must, ["server/preflight-ok-status"],
        "A preflight that the policy grants is answered with a redirect. Browsers do not follow redirects of a preflight. The request is blocked, although the same request without a preflight would pass.",
        "An application that was mounted below the middleware answered preflights itself, with its redirect.", "https://github.com/litestar-org/litestar/pull/3401";
    REFUSE_CONFIG = "refuse-config", OverDeny, Must, [],
        "The library rejects a policy that is not risky and that the subject claims to support.",
        "None is in `cases/recall.yaml`; a release that rejects a list it documents breaks it.", "";
    REFUSE_OWN = "refuse-own", OverDeny, Must, ["origin-header/not-a-reliable-cors-marker"],
        "A request of a page of the server's own origin does not reach the application, and the same request without Origin does. Browsers send Origin with every request that is neither GET nor HEAD, whether it is cross-origin or not. CORS has no say in such a request, whatever the policy lists.",
        "A POST of the server's own page was refused with 403, since its Origin was not listed.", "https://github.com/quarkusio/quarkus/issues/29542";
    MAX_AGE = "max-age", Wire, Must, ["server/max-age", "server/max-age-covers-methods-headers-only"],
        "The preflight may be cached for longer than the policy allows.",
        "A maximum age of 0 was never sent, so that browsers kept every preflight for five seconds.", "https://github.com/rs/cors/issues/152";
    VARY = "vary", Hygiene, Must, ["server/vary-origin-dynamic", "server/vary-on-non-cors-responses"],
        "Two requests to one URL get CORS answers that depend on the request's origin, and an answer that a cache may store does not name `Origin` in `Vary`. A cache can give the answer for one page to another page, which is then wrongly granted or denied.",
        "The filter sent no Vary, so that a cache served the answer for one listed origin to another one.", "https://nvd.nist.gov/vuln/detail/CVE-2017-7674";
    VARY_OVERWRITTEN = "vary-overwritten", Hygiene, Must, ["server/vary-origin-dynamic"],
        "The application sets `Vary: Accept-Encoding` at /vary, and the answer no longer has it, so that a cache gives one encoding to every client. Or a text of the request appears in `Vary`, so that a client decides how caches distinguish answers.",
        "The Vary header of a request was copied into the answer.", "https://github.com/advisories/GHSA-q7jf-gf43-6x6p";
    VARY_PREFLIGHT = "vary-preflight", Advice, Should, ["server/vary-origin-dynamic"],
        "The same as `vary`, for OPTIONS: the answer to a preflight depends on a request header that `Vary` does not name. HTTP caches do not store answers to OPTIONS, but some gateways do.",
        "Answers to preflights depended on Origin and did not list it in Vary.", "https://github.com/tower-rs/tower-http/pull/216";
    MALFORMED = "malformed", Hygiene, Must, ["server/single-acao-header", "server/credentials-true-exact", "server/wellformed-lists"],
        "A CORS header does not match the grammar or the standard: more than one Access-Control-Allow-Origin, a list in it, a value for another origin than the requester's, `True`, an empty or quoted value, a list with an invalid token. Browsers reject most of these. The next change of the server may turn one into a grant.",
        "An unlisted origin got all listed origins in one Access-Control-Allow-Origin.", "https://github.com/hapijs/hapi/issues/2850";
    FAILS_ON_INPUT = "fails-on-input", Hygiene, Must, ["server/deny-explicit-403", "server/acrh-parsing"],
        "An Origin or a preflight is answered with a 5xx status, and the same request without CORS headers is not. An origin that is refused is no failure of the server: the error fills its logs, and anyone can raise it.",
        "With every origin allowed, a request with the origin `null` got an error.", "https://github.com/vert-x3/vertx-web/issues/1933";
    SERVER_ASSERTION = "server-assertion", Hygiene, Must, [],
        "An assertion of the case beyond the outcome does not hold: a header that must be present or absent, a status, a name in `Vary`. With level `must` the verdict is hygiene, with `should` it is advice.",
        "Answers that depend on Origin did not list it in Vary.", "https://github.com/quarkusio/quarkus/pull/54795";
    SWALLOWS_OPTIONS = "swallows-options", Wire, Must, ["server/options-non-preflight"],
        "An OPTIONS request that is not a preflight, because it lacks Access-Control-Request-Method or Origin, does not reach the application.",
        "Every OPTIONS request was treated as a preflight, even without Access-Control-Request-Method.", "https://github.com/actix/actix-extras/pull/226";
    BLOCKS_ACTUAL = "blocks-actual", Advice, Should, ["server/deny-explicit-403"],
        "The handler does not run for a simple request at `/` from an unlisted origin. The standard allows this. It breaks uses of `Origin` that are not CORS, such as a form that posts to another site, and it protects nothing that a request without `Origin` cannot reach.",
        "None is a fault: several libraries answer 403 to unlisted origins on purpose.", "";
    LENIENT_MATCH = "lenient-match", Advice, Should, ["server/origin-allowlist-exactness"],
        "A text that no browser sends as an Origin, and that the policy does not list, is allowed by name: a host in another spelling, a listed origin followed by a path, the name of a property that every object has. No page gains access by it, but it shows that the server does not compare bytes. Or an origin is allowed because an unanchored regular expression matches a part of it, as the library's documentation promises.",
        "None is in `cases/recall.yaml`; libraries that fold the case of origins break it.", "";
    NEVER_MATCHES = "never-matches", Advice, Should, ["server/origin-allowlist-exactness"],
        "The library accepts a listed origin that is written as no browser sends it, with a trailing slash, upper-case letters, a default port or a path, and then never matches it. The page of the intended origin is blocked, and nothing reports why. A library should refuse the value at its start, or treat it as the intended origin.",
        "An origin that was entered with a trailing slash never matched.", "https://github.com/metabase/metabase/issues/75839";
    MEANINGLESS = "meaningless", Advice, Should, ["server/max-age-covers-methods-headers-only", "server/preflight-method-list"],
        "A CORS header appears where it has no meaning: Access-Control-Allow-Credentials without Access-Control-Allow-Origin, together with `*`, or with the value `false`, or a header of preflights on an actual answer, or a list without Access-Control-Allow-Origin. It is harmless, but it suggests a mistake in the configuration.",
        "Answers that allowed no origin still allowed credentials.", "https://github.com/adamchainz/django-cors-headers/pull/888";
}

/// A rule by its id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|r| r.id == id).copied()
}
