//! The groups of rules and topics that share a column where there is no room for each.

use crosscheck_results::rules;
use crosscheck_results::{CaseId, Verdict};

/// The group of advice, whatever the rule.
pub(crate) const ADVICE: &str = "advice";
/// The groups of the rules, worst first.
pub(crate) const OF_RULES: [&str; 9] = [
    "broken", "grant", "refuse", "options", "age", "vary", "syntax", "stated", ADVICE,
];
/// The groups of the topics.
pub(crate) const OF_TOPICS: [&str; 9] = [
    "origin",
    "creds",
    "preflight",
    "expose",
    "error",
    "caching",
    "route",
    "cost",
    WRITTEN,
];
/// What no generator made.
const WRITTEN: &str = "cases";

/// The group of a rule: rules that go wrong for the same reader.
pub(crate) fn of_rule(rule: &str) -> &str {
    match (rule, rules::rule(rule).map(|known| known.verdict)) {
        ("swallows-options", _) => "options",
        ("max-age", _) => "age",
        ("vary-overwritten", _) => "vary",
        // What a server makes of odd input, and what it writes.
        ("malformed" | "fails-on-input", _) => "syntax",
        ("server-assertion", _) => "stated",
        (_, Some(Verdict::Broken)) => "broken",
        (_, Some(Verdict::OverGrant)) => "grant",
        (_, Some(Verdict::OverDeny)) => "refuse",
        (_, Some(Verdict::Advice)) => ADVICE,
        // One of its own: `vary`, and what comes to be.
        _ => rule,
    }
}

/// The topic of a case of servers: of a probe the generator that made it, with or without credentials; else the first folder.
pub(crate) fn topic_of(id: &CaseId) -> &str {
    generator(id).unwrap_or_else(|| id.folder())
}

fn generator(id: &CaseId) -> Option<&str> {
    let (generator, _) = id.generated()?;
    Some(generator.strip_suffix("-credentials").unwrap_or(generator))
}

/// The group of a case's topic.
pub(crate) fn of_case(id: &CaseId) -> &str {
    match generator(id) {
        Some("origin" | "alphabet" | "no-origin" | "state") => "origin",
        Some("credentials") => "creds",
        Some(
            "preflight" | "odd-preflight" | "method" | "header" | "max-age" | "private-network" | "options"
            | "plain-options",
        ) => "preflight",
        Some("error" | "auth" | "redirect") => "error",
        Some("vary" | "vary-leak" | "cache") => "caching",
        Some("slow") => "cost",
        // One of its own: `expose`, `route`, and what comes to be.
        Some(other) => other,
        None => WRITTEN,
    }
}
