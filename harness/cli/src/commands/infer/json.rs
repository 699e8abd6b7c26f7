//! The report as JSON, for programs.

use super::grants::Names;
use super::report::{Outcome, Report};
use crosscheck_search::infer::{AttackerNeeds, describe, policy_origins};
use serde_json::{Value, json};

pub(super) fn value(report: &Report) -> Value {
    let (conclusion, explanation) = match report.outcome() {
        Outcome::Explained(explanation) => ("explained", Some(explanation)),
        Outcome::Unexplained => ("unexplained", None),
        Outcome::Changed => ("changed", None),
        Outcome::NoneAllowed => ("none-allowed", None),
    };
    let names = |names: &Names| match names {
        Names::Requested => json!("any"),
        Names::Wildcard => json!("*"),
        Names::Listed(names) => json!(names),
    };
    let grants = report.grants.as_ref().map(|grants| {
        json!({
            "methods": names(&grants.methods),
            "headers": names(&grants.headers),
            "exposed": grants.exposed,
            "max_age": grants.max_age,
        })
    });
    let results: Vec<Value> = report
        .results()
        .map(|(query, result)| {
            json!({
                "origin": query.origin.serialize(),
                "operator": query.operator,
                "allowed": result.allowed,
                "credentials": result.credentials,
                "wildcard": result.wildcard,
                "status": result.status,
            })
        })
        .collect();
    let attacks: Vec<Value> = report
        .attacks
        .iter()
        .map(|attack| {
            json!({
                "origin": attack.origin.serialize(),
                "needs": needs(attack.needs),
                "credentials": report.has_credentials(&attack.origin),
            })
        })
        .collect();
    json!({
        "crosscheck": 1,
        "url": report.url,
        "conclusion": conclusion,
        "allows": explanation.as_ref().map(describe),
        "policy_origins": explanation.as_ref().and_then(policy_origins),
        "wildcard": report.is_wildcard(),
        "named_after": report.inference.named_after(),
        "requests": report.requests,
        "changed": report.changed.iter().map(|origin| origin.serialize()).collect::<Vec<_>>(),
        "grants": grants,
        "attacks": attacks,
        "results": results,
    })
}

const fn needs(needs: AttackerNeeds) -> &'static str {
    match needs {
        AttackerNeeds::SandboxedFrame => "sandboxed-frame",
        AttackerNeeds::RegisteredDomain => "registered-domain",
        AttackerNeeds::Subdomain => "subdomain",
        AttackerNeeds::NetworkPosition => "network-position",
    }
}
