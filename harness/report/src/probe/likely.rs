//! What a server probably does, by the kinds of the origins that it allows. The kinds are in the ids of probes, which are permanent.

use super::example::allows_all;
use super::group::Group;
use crosscheck_results::{CaseResult, PageRequest, Verdict};

/// A kind of look-alike of a listed origin, and the comparison that takes it for the listed one. The first that applies is shown.
const KINDS: [(&str, &str); 16] = [
    (
        "suffix",
        "it compares only the end of the origin, so that evilapp.example passes for app.example",
    ),
    ("suffix-dash", "it compares only the end of the origin"),
    ("substring", "it searches for the listed name anywhere in the origin"),
    (
        "prefix",
        "it compares only the beginning of the origin, so that app.example.evil.test passes for app.example",
    ),
    ("prefix-dash", "it compares only the beginning of the origin"),
    ("longer-host", "it compares only the beginning of the origin"),
    (
        "dot-as-letter",
        "a dot of its regular expression is not escaped, and matches any letter",
    ),
    (
        "last-dot-as-letter",
        "a dot of its regular expression is not escaped, and matches any letter",
    ),
    ("shorter-host", "it searches for the origin in the text of the list"),
    ("beheaded-host", "it searches for the origin in the text of the list"),
    ("subdomain", "it allows subdomains of a listed origin"),
    ("www", "it allows subdomains of a listed origin"),
    ("other-scheme", "it does not compare the scheme"),
    ("other-port", "it does not compare the port"),
    ("sibling", "it allows every subdomain of the parent domain"),
    ("trailing-dot", "it ignores a dot at the end of the host"),
];
/// An origin that no policy lists.
const UNLISTED: &str = "https://evil.test";

/// What the server probably does.
pub(super) struct Likely {
    /// A sentence about the server, without its subject.
    pub(super) text: &'static str,
    /// The place of the case that shows it best.
    pub(super) example: Option<usize>,
}

/// What the server probably does.
pub(super) fn likely(group: &Group<'_>) -> Option<Likely> {
    if group.verdict != Verdict::OverGrant || group.header != Some("access-control-allow-origin") {
        return None;
    }
    let place = |is_one: &dyn Fn(&CaseResult) -> bool| group.cases.iter().position(|(case, _)| is_one(case));
    let is_simple = |case: &CaseResult| only(case).is_some_and(|page| page.origin == UNLISTED);
    let unlisted = place(&is_simple);
    let (case, deviation) = group.cases.get(unlisted.unwrap_or_default())?;
    if allows_all(case, deviation) {
        return Some(Likely {
            text: "it answers `Access-Control-Allow-Origin: *`, which allows every origin. If everybody may read the answers, \
                   write `origins: { any: true }` in the policy",
            example: unlisted,
        });
    }
    if unlisted.is_some() {
        return Some(Likely {
            text: "it allows every origin: it copies the Origin of the request into the answer",
            example: unlisted,
        });
    }
    let found = KINDS.iter().find_map(|(name, text)| {
        let example = place(&|case| kind(case) == Some(name))?;
        Some((text, example))
    });
    found.map(|(text, example)| Likely {
        text,
        example: Some(example),
    })
}

/// The origins that the server allows though the policy does not, each once.
pub(super) fn origins<'r>(group: &Group<'r>) -> Vec<&'r str> {
    let mut all: Vec<&str> = Vec::new();
    let asked = group.cases.iter().filter_map(|(case, _)| only(case));
    for page in asked {
        if !all.contains(&page.origin.as_str()) {
            all.push(&page.origin);
        }
    }
    all
}

/// The request of a case with a single one.
fn only(case: &CaseResult) -> Option<&PageRequest> {
    match case.asked.as_slice() {
        [page] => Some(page),
        _ => None,
    }
}

/// The kind of a look-alike: what is in front of the origin in the last part of the id.
fn kind(case: &CaseResult) -> Option<&str> {
    let (_, name) = case.id.as_str().rsplit_once('#')?;
    let (_, slug) = name.split_once('/')?;
    let at = slug.find("-http")?;
    slug.get(..at)
}
