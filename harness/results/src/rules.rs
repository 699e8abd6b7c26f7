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
}

macro_rules! rules {
    ($($name:ident = $id:literal, $verdict:ident, $level:ident, [$($step:literal),*], $text:literal;)+) => {
        $(#[doc = $text] pub static $name: Rule = Rule { id: $id, verdict: Verdict::$verdict, level: Level::$level, steps: &[$($step),*], explanation: $text };)+
        /// Every rule, in the order in which reports list them.
        pub static RULES: &[&Rule] = &[$(&$name),+];
    };
}

rules! {
    CRASH = "crash", Broken, Must, [],
        "The process or the task dies, hangs, or does not speak HTTP. A request must never take a server down. The result of the case includes what the process wrote to stderr.";
    UNSTABLE = "unstable", Broken, Must, ["server/origin-allowlist-exactness"],
        "The harness sends each request twice. Two answers that differ in status, in an Access-Control header, or in whether the handler ran show that the server keeps state between requests: the request of one page changes what another page gets.";
    SLOW = "slow", Broken, Must, ["server/acrh-parsing"],
        "The cost of a header grows faster than its size. The harness sends six sizes of Origin and of Access-Control-Request-Headers, from 256 bytes to 8 KiB, and measures the CPU time of the subject's processes, the best of five. A power of the size is fitted to the increases of the cost over the sizes that are not answered with 400, 413, 414 or 431. The rule is broken if the exponent is over 1.5 in two measurements, and three increases at least can be measured; or if a size gets no answer, and used more than 8 times the CPU time of the size before. Anyone can then keep the server busy with a few requests.";
    GRANT_WITH_CREDENTIALS = "grant-with-credentials", OverGrant, Must, ["server/no-echo-for-disallowed", "server/origin-allowlist-exactness"],
        "An origin that the policy does not list, and that a browser can send, can read responses with credentials. Every page of that origin acts with the user's cookies.";
    GRANT_ANONYMOUS = "grant-anonymous", OverGrant, Must, ["server/no-echo-for-disallowed", "server/origin-allowlist-exactness"],
        "An origin that the policy does not list can read responses without credentials. Content that only a network boundary protects is open to it.";
    DEFAULT_GRANT = "default-grant", OverGrant, Must, ["server/no-echo-for-disallowed", "server/origin-allowlist-exactness"],
        "Configured without arguments, or as its README shows, the library reflects an unlisted origin, in the worst case with credentials. A user who follows the README shares everything with every origin. A plain `*` is not a reflection: it shares what anyone can fetch, and browsers send no cookies for it.";
    GRANT_CREDENTIALS = "grant-credentials", OverGrant, Must, ["server/credentials-true-exact", "server/no-wildcards-with-credentials"],
        "A listed origin can read responses with credentials, although the policy has `credentials: false`.";
    GRANT_EXPOSE = "grant-expose", OverGrant, Must, ["server/expose-headers"],
        "The page can read a response header that the policy does not expose.";
    GRANT_NULL = "grant-null", OverGrant, Must, ["server/null-not-trusted", "server/acao-for-null"],
        "The origin `null` is allowed, although the policy does not list it. Any page can create a sandboxed frame whose origin is `null`.";
    GRANT_METHOD = "grant-method", OverGrant, Must, ["server/preflight-method-list"],
        "The preflight allows a method that the policy does not list. OPTIONS is advice only: many libraries list it, and a page gains nothing by it.";
    GRANT_HEADER = "grant-header", OverGrant, Must, ["server/preflight-header-list"],
        "The preflight allows a request header that the policy does not list.";
    GRANT_PRIVATE_NETWORK = "grant-private-network", OverGrant, Must, ["server/wildcard-safe-for-public"],
        "Private network access is allowed, although the policy does not allow it, or it is allowed for an unlisted origin.";
    GRANT_ROUTE = "grant-route", OverGrant, Must, ["server/no-echo-for-disallowed"],
        "A path without CORS, or with a stricter policy of its own, is open to an origin that only the policy of another path lists.";
    REFUSE = "refuse", OverDeny, Must, ["server/share-literal-origin", "server/headers-on-both"],
        "A request that the policy allows is blocked: with these answers, a browser does not share the response with the page.";
    REFUSE_EXPOSE = "refuse-expose", OverDeny, Must, ["server/expose-headers"],
        "The page cannot read a response header that the policy exposes.";
    REFUSE_ERROR = "refuse-error", OverDeny, Must, ["server/actual-any-status"],
        "The CORS headers are missing on an error answer, while they are present on a 200. The page sees a network error instead of the status that explains what went wrong, and cannot tell the 401 of a login from a server that is down.";
    PREFLIGHT_AUTH = "preflight-auth", OverDeny, Must, ["server/preflight-unauthenticated", "server/preflight-ok-status"],
        "A preflight that the policy grants is answered with 401, or with 403 while every other preflight gets 403, too, and the actual request is shared. Browsers send preflights without credentials, so no page can ever pass this check. The authentication check must run after the preflight is answered.";
    PREFLIGHT_REDIRECT = "preflight-redirect", OverDeny, Must, ["server/preflight-ok-status"],
        "A preflight that the policy grants is answered with a redirect. Browsers do not follow redirects of a preflight. The request is blocked, although the same request without a preflight would pass.";
    REFUSE_CONFIG = "refuse-config", OverDeny, Must, [],
        "The library rejects a policy that is not risky and that the subject claims to support.";
    REFUSE_OWN = "refuse-own", OverDeny, Must, ["origin-header/not-a-reliable-cors-marker"],
        "A request of a page of the server's own origin does not reach the application, and the same request without Origin does. Browsers send Origin with every request that is neither GET nor HEAD, whether it is cross-origin or not. CORS has no say in such a request, whatever the policy lists.";
    MAX_AGE = "max-age", Wire, Must, ["server/max-age", "server/max-age-covers-methods-headers-only"],
        "The preflight may be cached for longer than the policy allows.";
    VARY = "vary", Hygiene, Must, ["server/vary-origin-dynamic", "server/vary-on-non-cors-responses"],
        "Two requests to one URL get CORS answers that depend on the request's origin, and an answer that a cache may store does not name `Origin` in `Vary`. A cache can give the answer for one page to another page, which is then wrongly granted or denied.";
    VARY_OVERWRITTEN = "vary-overwritten", Hygiene, Must, ["server/vary-origin-dynamic"],
        "The application sets `Vary: Accept-Encoding` at /vary, and the answer no longer has it, so that a cache gives one encoding to every client. Or a text of the request appears in `Vary`, so that a client decides how caches distinguish answers.";
    VARY_PREFLIGHT = "vary-preflight", Advice, Should, ["server/vary-origin-dynamic"],
        "The same as `vary`, for OPTIONS: the answer to a preflight depends on a request header that `Vary` does not name. HTTP caches do not store answers to OPTIONS, but some gateways do.";
    MALFORMED = "malformed", Hygiene, Must, ["server/single-acao-header", "server/credentials-true-exact", "server/wellformed-lists"],
        "A CORS header does not match the grammar or the standard: more than one Access-Control-Allow-Origin, a list in it, a value for another origin than the requester's, `True`, an empty or quoted value, a list with an invalid token. Browsers reject most of these. The next change of the server may turn one into a grant.";
    FAILS_ON_INPUT = "fails-on-input", Hygiene, Must, ["server/deny-explicit-403", "server/acrh-parsing"],
        "An Origin or a preflight is answered with a 5xx status, and the same request without CORS headers is not. An origin that is refused is no failure of the server: the error fills its logs, and anyone can raise it.";
    SERVER_ASSERTION = "server-assertion", Hygiene, Must, [],
        "An assertion of the case beyond the outcome does not hold: a header that must be present or absent, a status, a name in `Vary`. With level `must` the verdict is hygiene, with `should` it is advice.";
    SWALLOWS_OPTIONS = "swallows-options", Wire, Must, ["server/options-non-preflight"],
        "An OPTIONS request that is not a preflight, because it lacks Access-Control-Request-Method or Origin, does not reach the application.";
    BLOCKS_ACTUAL = "blocks-actual", Advice, Should, ["server/deny-explicit-403"],
        "The handler does not run for a simple request at `/` from an unlisted origin. The standard allows this. It breaks uses of `Origin` that are not CORS, such as a form that posts to another site, and it protects nothing that a request without `Origin` cannot reach.";
    LENIENT_MATCH = "lenient-match", Advice, Should, ["server/origin-allowlist-exactness"],
        "A text that no browser sends as an Origin, and that the policy does not list, is allowed by name: a host in another spelling, a listed origin followed by a path, the name of a property that every object has. No page gains access by it, but it shows that the server does not compare bytes. Or an origin is allowed because an unanchored regular expression matches a part of it, as the library's documentation promises.";
    MEANINGLESS = "meaningless", Advice, Should, ["server/max-age-covers-methods-headers-only", "server/preflight-method-list"],
        "A CORS header appears where it has no meaning: Access-Control-Allow-Credentials without Access-Control-Allow-Origin, together with `*`, or with the value `false`, or a header of preflights on an actual answer, or a list without Access-Control-Allow-Origin. It is harmless, but it suggests a mistake in the configuration.";
}

/// A rule by its id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|r| r.id == id).copied()
}
