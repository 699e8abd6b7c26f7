//! Checks the schema line, ids, contradicting steps and unused policies.

use super::{at, at_case, at_text, place};
use crate::case::{Case, PolicyRef};
use crate::diagnostic::{Diagnostic, Severity};
use crate::load::Corpus;
use std::collections::{BTreeMap, BTreeSet};

/// The first line of each file names its schema, so that editors complete and check.
pub(super) fn files(corpus: &Corpus, out: &mut Vec<Diagnostic>) {
    let mut files: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for case in corpus.cases.iter().chain(&corpus.withheld) {
        if let Some(at) = case.at() {
            files.insert(&at.file, (case.id.topic().matches('/').count(), "case"));
        }
    }
    for policy in corpus.policies.values() {
        files.insert(&policy.at.file, (policy.name.matches('/').count() + 1, "policy"));
    }
    for (file, (depth, kind)) in files {
        let text = corpus.sources.get(file);
        let first = text.as_deref().and_then(|t| t.lines().next()).unwrap_or_default();
        let schema = format!("{}schema/{kind}.schema.json", "../".repeat(depth));
        let required = format!("# yaml-language-server: $schema={schema}");
        // Cases outside the project may have the schema elsewhere.
        let elsewhere = first
            .strip_prefix("# yaml-language-server: $schema=")
            .is_some_and(|path| path.ends_with(&format!("{kind}.schema.json")) && corpus.catalogue_file.is_none());
        if first.trim_end() != required && !elsewhere {
            out.push(Diagnostic {
                line: 1,
                column: 1,
                ..Diagnostic::of_file(
                    Severity::Lint,
                    file,
                    "the first line does not name the schema, so editors cannot help",
                    format!("write as the first line: {required}"),
                )
            });
        }
    }
}

/// Checks the id and the steps of a case.
pub(super) fn case(corpus: &Corpus, case: &Case, out: &mut Vec<Diagnostic>) {
    for part in case.id.names() {
        if !is_good_id(part) {
            let help = "use lower-case letters and digits, with `-`, `.` or `_` between them; ids are permanent and typed by hand";
            out.push(at_case(
                case,
                format!("`{part}` in the id {} is not a valid part of an id", case.id),
                help,
            ));
        }
    }
    for step in case.steps.iter().filter(|s| case.not_steps.contains(s)) {
        let message = format!("{step} is listed in `steps` and in `not_steps`");
        let help = "list it in `steps` if it holds in the case, or in `not_steps` if its condition is just not met";
        out.push(at_text(
            corpus,
            &place(case),
            step.as_str(),
            message,
            help,
            Some(case.id.to_string()),
        ));
    }
    let decided = case.fetches().iter().any(|f| f.expect.decided_by.is_some());
    if case.steps.is_empty() && case.not_steps.is_empty() && !decided && case.policy().is_none() {
        let message = format!("{} names no step of the catalogue", case.id);
        out.push(at_case(
            case,
            message,
            "list in `steps` the requirement that the case is for; the ids are in cases/steps.yaml",
        ));
    }
    if let Some(policy) = case.policy()
        && corpus.policy_of(case).is_none()
        && let PolicyRef::Named(name) = policy
    {
        let message = format!("the policy {name} of {} does not load", case.id);
        out.push(at_case(case, message, "correct the policy's file"));
    }
}

fn is_good_id(part: &str) -> bool {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends = bytes.first().copied().is_some_and(good) && bytes.last().copied().is_some_and(good);
    ends && part.len() <= 80 && bytes.iter().all(|b| good(*b) || matches!(b, b'-' | b'.' | b'_'))
}

/// Reports policies that no case names, if the whole corpus is loaded.
pub(super) fn policies(corpus: &Corpus, out: &mut Vec<Diagnostic>) {
    if corpus.catalogue_file.is_none() {
        return;
    }
    let cases = corpus.cases.iter().chain(&corpus.withheld);
    let used: BTreeSet<&str> = cases
        .filter_map(|c| match c.policy() {
            Some(PolicyRef::Named(name)) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    for policy in corpus.policies.values().filter(|p| !used.contains(p.name.as_str())) {
        let message = format!("no case uses the policy {}", policy.name);
        out.push(at(
            &policy.at,
            message,
            "write a case that uses it, or remove the file",
            None,
        ));
    }
}
