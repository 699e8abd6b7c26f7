//! The cases for servers as one JSON file, for a runner in any language: requests, expectations and simple comparisons.
//!
//! The expectation comes from the policy and the model alone.

mod cases;
mod check;
mod format;
mod requests;
mod responses;

pub use check::Check;
pub use format::{
    Expectation, Export, ExportedCase, ExportedFetch, ExportedPolicy, ExportedRequest, FORMAT, Head, Kind, LeftOut,
    Promise, ReadableNames, RequestKind, SendIf,
};

use crate::net::browser_headers;
use crosscheck_corpus::policy::{Configuration, SAFELISTED_RESPONSE_HEADERS};
use crosscheck_corpus::{Case, Corpus, Policy, PolicyRef};
use crosscheck_fetch::HeaderList;
use crosscheck_judge::server::INCIDENTAL;
use crosscheck_results::rules;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// How many cases were written, and how many left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The cases in the file.
    pub cases: u64,
    /// The cases that are left out, by reason.
    pub left_out: BTreeMap<LeftOut, u64>,
}

/// Writes those of the cases that are for servers. Each is written as it is made, so that only the cases themselves are in memory.
///
/// # Errors
/// Returns an error if nothing can be written.
pub fn write<'c>(
    corpus: &Corpus,
    cases: impl Iterator<Item = &'c Case> + Clone,
    program: &str,
    to: &mut dyn Write,
) -> io::Result<Counts> {
    let head = serde_json::to_string(&head(corpus, cases.clone(), program))?;
    // The head is an object, which goes on.
    let head = head.strip_suffix('}').unwrap_or(&head);
    write!(to, "{head},\"cases\":[")?;
    let mut counts = Counts::default();
    for case in cases {
        let Some(reference) = case.policy() else { continue };
        match cases::exported(case, policy(corpus, reference), reference) {
            Ok(exported) => {
                to.write_all(if counts.cases == 0 { b"\n" } else { b",\n" })?;
                serde_json::to_writer(&mut *to, &exported)?;
                counts.cases += 1;
            }
            Err(reason) => *counts.left_out.entry(reason).or_default() += 1,
        }
    }
    let left_out = serde_json::to_string(&counts.left_out)?;
    writeln!(to, "\n],\"left_out\":{left_out}}}")?;
    Ok(counts)
}

fn policy<'p>(corpus: &'p Corpus, reference: &'p PolicyRef) -> Option<&'p Policy> {
    match reference {
        PolicyRef::Named(name) => corpus.policies.get(name).map(|named| &named.policy),
        PolicyRef::Mode(_) => None,
        PolicyRef::Inline(policy) => Some(policy),
    }
}

fn head<'c>(corpus: &Corpus, cases: impl Iterator<Item = &'c Case>, program: &str) -> Head {
    let mut policies = BTreeMap::new();
    for case in cases {
        let Some(reference) = case.policy() else { continue };
        let id = reference.id(case);
        if policies.contains_key(id) {
            continue;
        }
        let policy = policy(corpus, reference);
        let configuration = match reference {
            PolicyRef::Mode(mode) => Some(Configuration::Mode(*mode)),
            _ => policy.map(|policy| Configuration::Policy(Box::new(policy.complete()))),
        };
        if let Some(configuration) = configuration {
            let exported = ExportedPolicy {
                document: serde_json::to_value(&configuration).unwrap_or_default(),
                flags: configuration.flags_needed().iter().map(|flag| flag.as_str()).collect(),
                risks: policy.map(Policy::risks).unwrap_or_default(),
            };
            policies.insert(id.to_owned(), exported);
        }
    }
    let mut plain = HeaderList::new();
    plain.push(&b"Accept"[..], &b"*/*"[..]);
    browser_headers::add(&mut plain, false);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let left_out = [
        &rules::UNSTABLE,
        &rules::SLOW,
        &rules::VARY_PREFLIGHT,
        &rules::BLOCKS_ACTUAL,
        &rules::LENIENT_MATCH,
        &rules::NEVER_MATCHES,
        &rules::MEANINGLESS,
    ];
    Head {
        crosscheck_export: FORMAT,
        program: program.to_owned(),
        corpus: corpus.digest.clone(),
        response_checks: responses::of_each(),
        always_readable: SAFELISTED_RESPONSE_HEADERS.to_vec(),
        incidental: INCIDENTAL.to_vec(),
        plain_headers: plain.iter().map(|h| (text(&h.name), text(&h.value))).collect(),
        rules_left_out: left_out.iter().map(|rule| rule.id).collect(),
        policies,
    }
}

/// Generates the schema of the file.
#[cfg(feature = "schema")]
#[must_use]
pub fn schema() -> serde_json::Value {
    serde_json::to_value(schemars::schema_for!(Export)).unwrap_or_default()
}
