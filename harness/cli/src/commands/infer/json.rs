//! What was found, for programs.

use super::Found;
use super::facts::Grant;
use crosscheck_search::infer::{Conclusion, Means, describe, policy};
use serde_json::{Value, json};

pub(super) fn value(found: &Found) -> Value {
    let matcher = match (&found.base, found.inference.conclusion()) {
        (Some(_), Conclusion::Explained(matcher)) if found.changed.is_empty() => Some(matcher),
        _ => None,
    };
    let conclusion = match (&matcher, &found.base) {
        _ if !found.changed.is_empty() => "changes",
        (Some(_), _) => "explained",
        (None, None) => "nobody",
        (None, Some(_)) => "unexplained",
    };
    let grant = |grant: &Grant| match grant {
        Grant::Any => json!("any"),
        Grant::Only(names) => json!(names),
    };
    let answers = found.inference.answers().iter().zip(&found.seen);
    let asked: Vec<Value> = answers
        .map(|(answer, seen)| {
            json!({
                "origin": answer.query.origin.to_string(),
                "operator": answer.query.operator,
                "allowed": seen.allowed,
                "credentials": seen.credentials,
                "status": seen.status,
            })
        })
        .collect();
    let attacks: Vec<Value> = found
        .attacks
        .iter()
        .map(|attack| {
            json!({
                "origin": attack.origin.to_string(),
                "needs": means(attack.means),
                "credentials": found.has_credentials(&attack.origin),
            })
        })
        .collect();
    json!({
        "crosscheck": 1,
        "url": found.url,
        "conclusion": conclusion,
        "lets_in": matcher.as_ref().map(describe),
        "origins": matcher.as_ref().and_then(policy),
        "named_after": found.inference.named_after(),
        "requests": found.requests,
        "public": found.is_public(),
        "changed": found.changed.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "preflight": found.facts.as_ref().map(|facts| facts.preflight),
        "methods": found.facts.as_ref().map(|facts| grant(&facts.methods)),
        "headers": found.facts.as_ref().map(|facts| grant(&facts.headers)),
        "exposed": found.facts.as_ref().map(|facts| &facts.exposed),
        "max_age": found.facts.as_ref().and_then(|facts| facts.max_age),
        "attacks": attacks,
        "asked": asked,
    })
}

const fn means(means: Means) -> &'static str {
    match means {
        Means::Sandbox => "sandbox",
        Means::Domain => "domain",
        Means::Subdomain => "subdomain",
        Means::Network => "network",
    }
}
