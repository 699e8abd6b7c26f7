//! The rules of the server judge: one static table that drives checks, help and documentation.

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
        "The process or the task dies, hangs, or does not speak HTTP. A request must never take a server down; what it wrote to stderr stands with the case.";
    UNSTABLE = "unstable", Broken, Must, ["server/origin-allowlist-exactness"],
        "Each request is asked twice. Two answers that differ in status, in whether the handler ran or in an Access-Control line show state between requests: what one page asks decides what another gets.";
    SLOW = "slow", Broken, Must, ["server/acrh-parsing"],
        "What a header costs grows faster than its size: 1, 2, 4 and 8 KiB of Origin and of Access-Control-Request-Headers, the best of five, in CPU time of the subject's processes. Of the two largest sizes that it does not answer 400, 413, 414 or 431, the larger costs over 8 times and over 50 ms more: anyone can keep the server busy with a few requests.";
    GRANT_WITH_CREDENTIALS = "grant-with-credentials", OverGrant, Must, ["server/no-echo-for-disallowed", "server/origin-allowlist-exactness"],
        "An origin that the policy does not list, and that a browser can send, reads with credentials: every page of that origin acts with the user's cookies.";
    GRANT_ANONYMOUS = "grant-anonymous", OverGrant, Must, ["server/no-echo-for-disallowed", "server/origin-allowlist-exactness"],
        "An origin that the policy does not list reads without credentials. What only the network position protects is open to it.";
    DEFAULT_GRANT = "default-grant", OverGrant, Must, ["server/no-echo-for-disallowed", "server/origin-allowlist-exactness"],
        "Called without arguments, or as its README shows, the library reflects an origin that nobody has listed, with credentials at worst. Who reads no further shares everything with everyone. A plain `*` is no reflection: it shares what anyone can fetch, and browsers send no cookies for it.";
    GRANT_CREDENTIALS = "grant-credentials", OverGrant, Must, ["server/credentials-true-exact", "server/no-wildcards-with-credentials"],
        "An allowed origin reads with credentials though the policy says that credentials are not shared.";
    GRANT_EXPOSE = "grant-expose", OverGrant, Must, ["server/expose-headers"],
        "The page reads a response header that the policy does not expose.";
    GRANT_NULL = "grant-null", OverGrant, Must, ["server/null-not-trusted", "server/acao-for-null"],
        "The origin `null` is let in though the policy does not list it. Any page can make a sandboxed frame whose origin is `null`.";
    GRANT_METHOD = "grant-method", OverGrant, Must, ["server/preflight-method-list"],
        "The preflight lets a method through that the policy does not list.";
    GRANT_HEADER = "grant-header", OverGrant, Must, ["server/preflight-header-list"],
        "The preflight lets a request header through that the policy does not list.";
    GRANT_PRIVATE_NETWORK = "grant-private-network", OverGrant, Must, ["server/wildcard-safe-for-public"],
        "Private network access is allowed though the policy does not allow it, or to an origin that is foreign.";
    GRANT_ROUTE = "grant-route", OverGrant, Must, ["server/no-echo-for-disallowed"],
        "A path without CORS, or under a stricter policy of its own, is open to an origin that only another path lists.";
    REFUSE = "refuse", OverDeny, Must, ["server/share-literal-origin", "server/headers-on-both"],
        "A request that the policy allows is blocked: fed with these answers, a browser gives the page nothing.";
    REFUSE_EXPOSE = "refuse-expose", OverDeny, Must, ["server/expose-headers"],
        "The page cannot read a response header that the policy exposes.";
    REFUSE_ERROR = "refuse-error", OverDeny, Must, ["server/actual-any-status"],
        "The CORS headers are missing on an error answer while they are present on 200: the page sees a network error instead of the status that would tell it what is wrong.";
    PREFLIGHT_AUTH = "preflight-auth", OverDeny, Must, ["server/preflight-unauthenticated", "server/preflight-ok-status"],
        "The OPTIONS request of a preflight that the policy grants is answered 401. Browsers send preflights without credentials, so no page can ever satisfy it: the check for a login must stand behind the answer to preflights.";
    PREFLIGHT_REDIRECT = "preflight-redirect", OverDeny, Must, ["server/preflight-ok-status"],
        "The OPTIONS request of a preflight that the policy grants is answered with a redirect. Browsers follow no redirect of a preflight: the request is blocked, though the same request without a preflight would pass.";
    REFUSE_CONFIG = "refuse-config", OverDeny, Must, [],
        "A policy that is not risky, and that the subject claims to support, is rejected when it is configured.";
    MAX_AGE = "max-age", Wire, Must, ["server/max-age", "server/max-age-covers-methods-headers-only"],
        "The preflight is cached for longer than the policy says.";
    VARY = "vary", Hygiene, Must, ["server/vary-origin-dynamic", "server/vary-on-non-cors-responses"],
        "Two requests to one URL get CORS answers that differ by who asks, and one that a cache may store does not name `Origin` in `Vary`: a cache hands one page's answer to another, which is then wrongly granted or denied.";
    VARY_OVERWRITTEN = "vary-overwritten", Hygiene, Must, ["server/vary-origin-dynamic"],
        "At /vary the application says `Vary: Accept-Encoding`, and the answer no longer does: caches hand one encoding to everyone. Or a text of the request stands in `Vary`: who asks then decides how caches tell answers apart.";
    VARY_PREFLIGHT = "vary-preflight", Advice, Should, ["server/vary-origin-dynamic"],
        "As `vary`, on OPTIONS: the answer to a preflight depends on a request header that `Vary` does not name. HTTP caches do not store answers to OPTIONS, some gateways do.";
    MALFORMED = "malformed", Hygiene, Must, ["server/single-acao-header", "server/credentials-true-exact", "server/wellformed-lists"],
        "A CORS header is not what the grammar or the standard wants: more than one Access-Control-Allow-Origin, a list in it, one for another origin than the one that asked, `True`, an empty or quoted value, a list with a bad token. Browsers refuse most of these; the next change of the server may make one a grant.";
    SERVER_ASSERTION = "server-assertion", Hygiene, Must, [],
        "Something that the case states beyond the outcome does not hold: a header that must be present or absent, a status, a name in `Vary`. `must` makes it hygiene, `should` advice.";
    SWALLOWS_OPTIONS = "swallows-options", Wire, Must, ["server/options-non-preflight"],
        "An OPTIONS request that is no preflight, because it lacks Access-Control-Request-Method or Origin, does not reach the application.";
    BLOCKS_ACTUAL = "blocks-actual", Advice, Should, ["server/deny-explicit-403"],
        "The handler does not run for a simple request at `/` whose origin the policy does not list. The standard allows it; it breaks uses of `Origin` that are not CORS, such as a form that posts to another site, and protects nothing that a request without `Origin` does not reach.";
    LENIENT_MATCH = "lenient-match", Advice, Should, ["server/origin-allowlist-exactness"],
        "A text that no browser sends as an Origin, and that the policy does not list, is let in by name: a host with another spelling, a path or user information behind a listed origin, the name of a property that every object has. No page gains by it; it shows that the comparison is not one of bytes. Or an origin is let in because a regular expression that does not anchor itself matches a part of it, as the library's documentation says that it does.";
    MEANINGLESS = "meaningless", Advice, Should, ["server/max-age-covers-methods-headers-only", "server/preflight-method-list"],
        "A CORS header stands where it has no meaning: Access-Control-Allow-Credentials without Access-Control-Allow-Origin, beside `*` or with the value `false`, or a preflight's header on an actual answer. Harmless, and a sign that the answer is not thought through.";
}

/// A rule by its id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|r| r.id == id).copied()
}
