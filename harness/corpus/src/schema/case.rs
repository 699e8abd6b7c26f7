//! The schema of a file of cases.

use super::parts::{any_of, boolean, described, int, list, object, of, or_null, string, word};
use super::policy::policy;
use crate::words::{FailKind, Level, Need, OpaqueKind, Phase};
use crosscheck_fetch::{CacheMode, CredentialsMode, Leniency, Mode, RedirectMode, ReferrerPolicy, ResponseType, Via};
use serde_json::{Value, json};
use std::iter::once;

/// A file of cases.
pub(super) fn file() -> Value {
    let mut properties = vec![("title", described("The topic.", string()))];
    properties.extend(annotations());
    let defaults = object(
        "Under every case: `request` and its headers merge, the rest is replaced whole, null removes.",
        &[],
        &shared(false),
    );
    properties.push(("defaults", defaults));
    let mut keys = vec![
        (
            "id",
            described(
                "Permanent; no other case of the file has it.",
                json!({ "type": "string", "pattern": "^[a-z0-9][a-z0-9._-]*$" }),
            ),
        ),
        ("title", described("A statement of what the case shows.", string())),
        ("rows", rows()),
    ];
    keys.extend(shared(true));
    let case = object(
        "One origin, one request, the answers, and what the page must get.",
        &["id", "title"],
        &keys,
    );
    properties.push(("cases", json!({ "type": "array", "minItems": 1, "items": case })));
    object("The cases of one topic.", &["title", "cases"], &properties)
}

fn rows() -> Value {
    let id = json!({ "type": ["string", "integer", "boolean", "null"] });
    let row = json!({ "type": "object", "required": ["id"], "properties": { "id": id } });
    described(
        "The case once per row: ${name} is replaced in every string and map key.",
        json!({ "type": "array", "minItems": 1, "items": row }),
    )
}

fn annotations() -> Vec<(&'static str, Value)> {
    vec![
        (
            "steps",
            described(
                "Requirements of the catalogue that hold here and matter.",
                list(string()),
            ),
        ),
        ("tags", list(string())),
        (
            "see",
            described(
                "A link, an id such as CVE-.. or wpt:path#subtest, or a list of them.",
                any_of(vec![string(), list(string())]),
            ),
        ),
        ("note", described("An explanation for the reader.", string())),
    ]
}

/// The keys that a case and `defaults` have; in a case null removes a default.
fn shared(in_case: bool) -> Vec<(&'static str, Value)> {
    let mut keys = annotations();
    keys.extend([
        (
            "not_steps",
            described("Requirements whose condition is just not met.", list(string())),
        ),
        ("origin", origin()),
        (
            "top_level",
            described("The top-level site, where it is not the origin's own.", string()),
        ),
        ("cookies", cookies()),
        ("request", request()),
        ("exchange", exchange()),
        ("expect", expect()),
        ("also_allowed", also_allowed()),
        ("then", then()),
        (
            "policy",
            described(
                "The name of a file under policies/, or a policy.",
                any_of(vec![string(), policy(true)]),
            ),
        ),
        ("send", send()),
        ("server", server()),
        (
            "cache",
            described(
                "For servers: the fetches pass through one shared cache.",
                json!({ "const": "shared" }),
            ),
        ),
        (
            "needs",
            described(
                "What a subject must offer beyond what shows in the case.",
                list(word(Need::WORDS.iter().copied())),
            ),
        ),
    ]);
    if in_case {
        return keys.into_iter().map(|(key, schema)| (key, or_null(schema))).collect();
    }
    keys
}

fn origin() -> Value {
    let opaque = object(
        "A page whose origin is null.",
        &["opaque"],
        &[("opaque", word(OpaqueKind::WORDS.iter().copied()))],
    );
    described(
        "The page: a serialized origin, or {opaque: sandbox}.",
        any_of(vec![string(), opaque]),
    )
}

fn cookies() -> Value {
    let cookie = object(
        "A cookie.",
        &["url", "set"],
        &[("url", string()), ("set", described("As in Set-Cookie.", string()))],
    );
    described("The jar before the first fetch.", list(cookie))
}

/// A word of a list of the model.
macro_rules! words {
    ($list:ty) => {
        word(<$list>::ALL.iter().map(|w| w.as_str()))
    };
}

fn request() -> Value {
    let blob = object("A blob.", &[], &[("type", string()), ("text", of("body"))]);
    let body = any_of(vec![
        string(),
        of("hex"),
        object(
            "A form, URL-encoded.",
            &["urlencoded"],
            &[("urlencoded", of("strings"))],
        ),
        object("A form, multipart.", &["form"], &[("form", of("strings"))]),
        object("A blob.", &["blob"], &[("blob", blob)]),
        object("A stream.", &["stream"], &[("stream", list(of("body")))]),
    ]);
    let policies = ReferrerPolicy::ALL.iter().map(|w| w.as_str());
    let keys = [
        ("url", described("An absolute URL.", string())),
        ("via", words!(Via)),
        ("method", string()),
        ("mode", words!(Mode)),
        ("credentials", words!(CredentialsMode)),
        ("headers", of("headers")),
        ("body", body),
        ("redirect", words!(RedirectMode)),
        ("referrer", string()),
        ("referrer_policy", word(once("").chain(policies))),
        ("cache", words!(CacheMode)),
        ("integrity", string()),
        ("upload_listener", boolean()),
    ];
    let keys: Vec<(&str, Value)> = keys.into_iter().map(|(key, schema)| (key, or_null(schema))).collect();
    object(
        "The request of the page; the defaults are those of fetch().",
        &[],
        &keys,
    )
}

fn exchange() -> Value {
    let matched = any_of(vec![
        string(),
        object(
            "There, with whatever value.",
            &["any"],
            &[("any", json!({ "const": true }))],
        ),
        object("There, with another value.", &["not"], &[("not", string())]),
    ]);
    let headers = any_of(vec![
        of("headers"),
        json!({ "type": "object", "additionalProperties": matched }),
    ]);
    let body = any_of(vec![
        of("body"),
        object(
            "A form, URL-encoded.",
            &["urlencoded"],
            &[("urlencoded", of("strings"))],
        ),
        object("A form, multipart.", &["form"], &[("form", of("strings"))]),
    ]);
    let request = object(
        "What must be seen; what is not listed is free.",
        &[],
        &[
            ("method", string()),
            ("url", string()),
            ("headers", headers),
            ("absent", list(string())),
            ("body", body),
        ],
    );
    let response = object(
        "The answer: parts, or raw, or fail.",
        &[],
        &[
            ("status", int(101, 999)),
            ("status_text", string()),
            ("headers", of("headers")),
            ("body", of("body")),
            ("raw", described("The bytes on the wire.", of("body"))),
            ("fail", word(FailKind::WORDS.iter().copied())),
        ],
    );
    let entry = object(
        "A request that must come, and its answer.",
        &["response"],
        &[
            ("request", any_of(vec![request, of("template")])),
            ("response", any_of(vec![response, of("template")])),
            (
                "optional",
                described(
                    "The leniency by which it comes; by the letter it does not.",
                    words!(Leniency),
                ),
            ),
        ],
    );
    described("The wire, in order.", any_of(vec![list(entry), of("template")]))
}

fn expect() -> Value {
    let outcome = object(
        "The outcome; what is not stated is not compared.",
        &[],
        &[
            ("type", words!(ResponseType)),
            ("status", int(0, 999)),
            ("status_text", string()),
            ("readable", of("headers")),
            ("hidden", list(string())),
            ("redirected", boolean()),
            ("url", string()),
            ("body", of("body")),
            ("decided_by", described("The step that decided an error.", string())),
            ("throws", word(["TypeError"])),
        ],
    );
    any_of(vec![outcome, of("template")])
}

fn also_allowed() -> Value {
    let entry = object(
        "What the standard permits besides.",
        &["leniency", "reason"],
        &[
            ("leniency", words!(Leniency)),
            ("reason", string()),
            ("exchange", exchange()),
            ("expect", expect()),
        ],
    );
    list(entry)
}

fn then() -> Value {
    let entry = object(
        "A further fetch by the same browser; its request merges with the file's defaults only.",
        &[],
        &[
            ("after", described("Seconds that pass before it.", int(0, i64::MAX / 4))),
            ("origin", origin()),
            ("top_level", string()),
            ("request", request()),
            ("exchange", exchange()),
            ("expect", expect()),
            ("also_allowed", also_allowed()),
        ],
    );
    list(entry)
}

fn send() -> Value {
    object(
        "Bytes that no browser would send, for servers only.",
        &["url"],
        &[
            ("method", string()),
            ("url", string()),
            ("headers", of("headers")),
            ("body", of("body")),
        ],
    )
}

fn server() -> Value {
    let status = any_of(vec![
        json!({ "type": "string", "pattern": "^([1-9]xx|\\$\\{.*)$" }),
        json!({ "type": "integer", "minimum": 100, "maximum": 999 }),
    ]);
    let assertion = object(
        "What a server must show beyond the outcome.",
        &["level", "at"],
        &[
            ("level", word(Level::WORDS.iter().copied())),
            ("at", word(Phase::WORDS.iter().copied())),
            ("vary", list(string())),
            ("present", list(string())),
            ("absent", list(string())),
            ("status", status),
        ],
    );
    list(assertion)
}
