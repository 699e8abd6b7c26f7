//! What the break of a rule means for the owner of a server, in a sentence.

use crosscheck_results::rules::rule;

/// Why a broken rule matters: its consequence for the pages and the users of the server.
pub(super) fn why(id: &str) -> &'static str {
    match id {
        "grant-with-credentials" => {
            "any page of such an origin can act as the user who is logged in, and read the answers."
        }
        "grant-anonymous" => {
            "pages of origins that the policy does not list read the answers, for example those of a server in the user's own network."
        }
        "grant-credentials" => {
            "pages read answers that contain the user's data, though the policy allows no credentials."
        }
        "grant-null" => {
            "every page can make a frame with the origin `null` (a sandbox), so that allowing `null` allows every site."
        }
        "grant-expose" => "pages read response headers that the policy does not expose.",
        "grant-method" => "pages can send requests with methods that the policy does not list, such as DELETE.",
        "grant-header" => "pages can send request headers that the policy does not list.",
        "grant-private-network" => "public pages can send requests to this server in a private network.",
        "grant-route" => "a path without CORS, or with a stricter policy, is open to origins of another path.",
        "refuse" => "pages that the policy allows get a network error in place of the answer.",
        "refuse-expose" => "pages cannot read a response header that the policy exposes.",
        "refuse-error" => "pages see a network error in place of the status of a failed request.",
        "preflight-auth" => {
            "browsers send preflights without credentials, so that no page can pass this check: answer OPTIONS before it."
        }
        "preflight-redirect" => "browsers do not follow the redirect of a preflight: the request is never sent.",
        "refuse-own" => "forms and scripts of the server's own pages fail: browsers add Origin to them, too.",
        "max-age" => "browsers keep a preflight longer than the policy allows, so that a change takes effect late.",
        "vary" => {
            "a cache can give the answer for one page to another one, which is then wrongly allowed or blocked. `Vary: Origin` on every answer prevents it."
        }
        "vary-overwritten" => "caches mix up answers, since Vary lost a name or contains a text of the request.",
        "vary-preflight" => {
            "answers to OPTIONS depend on a request header that Vary does not name; few caches store them."
        }
        "malformed" => "browsers reject or ignore the header; a small change of the server can turn it into a grant.",
        "fails-on-input" => "anyone can make the server fail by an odd Origin or preflight, and fill its logs.",
        "lenient-match" => "no page gains access by it, but the server does not compare origins byte by byte.",
        "blocks-actual" => "the standard allows it; it also blocks forms of other sites.",
        "meaningless" => "the header has no effect there, which suggests a mistake in the configuration.",
        "crash" => "a request gets no answer, or no valid HTTP.",
        "unstable" => "one page's request changes what another page gets.",
        id => rule(id).map_or("", |rule| rule.explanation),
    }
}
