//! The schema of a policy.

use super::parts::{any_of, described, int, list, object, or_null, string};
use crate::policy::Globbing;
use serde_json::{Value, json};

/// A policy file.
pub(super) fn file() -> Value {
    object(
        "What a server shares, in no library's language.",
        &["title", "policy"],
        &[
            ("title", described("What the policy is.", string())),
            ("note", described("An explanation for the reader.", string())),
            ("policy", policy(true)),
        ],
    )
}

/// A policy; one that is not a route's may have routes.
pub(super) fn policy(outer: bool) -> Value {
    let names = |what: &str| {
        let list =
            json!({ "type": "array", "items": { "type": "string", "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" } });
        described(what, any_of(vec![json!({ "const": "any" }), list]))
    };
    let boolean = |what: &str| described(what, json!({ "type": "boolean" }));
    let mut keys = vec![
        ("origins", origins()),
        ("credentials", credentials()),
        ("methods", names("Methods beyond GET, HEAD, POST; or any.")),
        (
            "headers",
            names("Request headers beyond the safelisted ones, or patterns of their names such as x-amz-*; or any."),
        ),
        ("expose", names("Response headers that the page may read; or any.")),
        (
            "max_age",
            described(
                "Seconds that a preflight may be cached; null is unset, 0 is not at all.",
                or_null(int(0, i64::from(i32::MAX))),
            ),
        ),
        ("private_network", boolean("Whether private network access is allowed.")),
    ];
    if outer {
        let route = object(
            "A path under a policy of its own, which inherits nothing.",
            &["path", "policy"],
            &[
                (
                    "path",
                    described("The exact path.", json!({ "type": "string", "pattern": "^/" })),
                ),
                (
                    "methods",
                    described(
                        "The methods to which the policy applies; all of them if absent.",
                        list(string()),
                    ),
                ),
                (
                    "policy",
                    described("Its policy; null disables CORS there.", or_null(policy(false))),
                ),
            ],
        );
        keys.push(("routes", list(route)));
    }
    object(
        "A promise in both directions: what it lists must work, what it does not list must not.",
        &["origins"],
        &keys,
    )
}

fn credentials() -> Value {
    let some = object(
        "Only these origins, of those that the policy allows.",
        &["list"],
        &[(
            "list",
            described("Serialized origins, compared byte by byte.", list(string())),
        )],
    );
    described(
        "Whether with credentials.",
        any_of(vec![json!({ "type": "boolean" }), some]),
    )
}

fn origins() -> Value {
    let under = object(
        "Proper subdomains at any depth, same scheme and port.",
        &["scheme", "host"],
        &[
            ("scheme", json!({ "enum": ["http", "https"] })),
            ("host", string()),
            (
                "port",
                json!({ "type": ["integer", "null"], "minimum": 1, "maximum": 65535 }),
            ),
        ],
    );
    let predicate = json!({
        "type": "string",
        "pattern": "^(never|always|(host-ends-with|host-equals|scheme-is|origin-in):.+)$",
    });
    object(
        "Exactly one of any, list (with under and glob beside it), regex, predicate.",
        &[],
        &[
            (
                "any",
                described("Every origin, null included.", json!({ "const": true })),
            ),
            (
                "list",
                described("Serialized origins, compared byte by byte.", list(string())),
            ),
            ("under", list(under)),
            (
                "glob",
                described("Patterns with `*` that the library gets unchanged.", list(string())),
            ),
            (
                "globbing",
                described(
                    "What a `*` of glob matches: characters of one label of a host, or any. If absent, what the library documents.",
                    json!({ "enum": Globbing::WORDS }),
                ),
            ),
            (
                "meant",
                described(
                    "The origin that the only entry of list was meant to be, if it is misspelt so that no browser sends it.",
                    string(),
                ),
            ),
            ("regex", described("Each must match the whole origin.", list(string()))),
            ("predicate", described("A function of the table.", predicate)),
        ],
    )
}
