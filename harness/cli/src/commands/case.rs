//! `crosscheck explain CASE`: a case on the model, step by step.

use super::explain::fetch_value;
use super::show;
use crate::args::Format;
use crate::corpus::{policy_name, report_problems};
use crate::exit::{Exit, Failure};
use crate::json;
use crate::output::Out;
use crosscheck_corpus::replay::{Replay, replay};
use crosscheck_corpus::{Case, CaseId, Catalogue, Corpus, Expect, ExpectedOutcome, Filter};
use crosscheck_explain::{FetchRun, Fix, RecordedFetches, find_fix};
use crosscheck_fetch::escape;
use crosscheck_report::clean;
use crosscheck_runner::run::all_cases;
use serde_json::{Value, json};
use std::io::{self, Write as _};

/// The maximum number of ids that are suggested.
const NAMED: usize = 20;

pub(super) fn explain(what: &str, corpus: &Corpus, format: Format, out: &mut Out) -> Result<Exit, Failure> {
    let with_probes = all_cases(corpus);
    let all: Vec<&Case> = with_probes
        .iter()
        .map(AsRef::as_ref)
        .filter(|c| !c.is_probe() || CaseId::is_of_probes(what))
        .collect();
    let case = find(what, corpus, &all)?;
    if case.is_probe() {
        probe(case, format, out)?;
        return Ok(Exit::Expected);
    }
    let replayed = replay(case);
    let fetches: Vec<(FetchRun, Fix)> = (0..case.fetches().len())
        .filter_map(|i| {
            let recorded = RecordedFetches::of_replay(case, &replayed, i);
            let run = recorded.run(&[]).pop()?;
            Some((run, find_fix(&recorded)))
        })
        .collect();
    match format {
        Format::Json => out.json(&value(case, &replayed, &fetches))?,
        Format::Text => text(case, &replayed, &fetches, &corpus.catalogue, out)?,
    }
    Ok(if replayed.mismatches.is_empty() {
        Exit::Expected
    } else {
        Exit::Unexpected
    })
}

/// The case with that id, or the only case below it.
fn find<'a>(what: &str, corpus: &Corpus, all: &[&'a Case]) -> Result<&'a Case, Failure> {
    if let Some(case) = all.iter().find(|c| c.id.as_str() == what) {
        return Ok(case);
    }
    let below: Vec<&Case> = match Filter::parse(what) {
        Ok(filter) if !filter.of_results() => all.iter().copied().filter(|c| filter.matches(c)).collect(),
        _ => Vec::new(),
    };
    match below.as_slice() {
        [case] => Ok(case),
        [] => {
            report_problems(corpus);
            let close: Vec<_> = all
                .iter()
                .filter(|c| c.id.as_str().contains(what))
                .take(NAMED)
                .map(|c| c.id.as_str())
                .collect();
            let help = match (close.is_empty(), corpus.catalogue.closest(what)) {
                (false, _) => format!("did you mean one of {}?", close.join(", ")),
                (true, Some(step)) => format!(
                    "did you mean the step {step}? `crosscheck list` shows the cases, `crosscheck list --coverage` the steps, `crosscheck explain rules` the rules"
                ),
                (true, None) => "`crosscheck list` shows the cases, `crosscheck list --coverage` the steps, `crosscheck explain rules` the rules".to_owned(),
            };
            Err(Failure::message(
                format!("`{what}` is not a case, rule, verdict, step or leniency"),
                help,
            ))
        }
        several => {
            let ids: Vec<_> = several.iter().take(NAMED).map(|c| c.id.as_str()).collect();
            let more = several.len().saturating_sub(NAMED);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            Err(Failure::message(
                format!("`{what}` matches {} cases", several.len()),
                format!("name one of them: {}{more}", ids.join(", ")),
            ))
        }
    }
}

/// Prints a probe. It has no recorded answer: the policy determines what a server must do.
fn probe(case: &Case, format: Format, out: &mut Out) -> io::Result<()> {
    let policy = policy_name(case);
    if format == Format::Json {
        let requests = case.fetches().iter().map(|f| json!({ "origin": f.page.origin.serialize(), "method": f.request.method.as_deref().map_or_else(|| "GET".to_owned(), escape), "url": f.request.url }));
        return out.json(&json!({ "crosscheck": 1, "kind": "probe", "id": case.id, "title": case.title, "policy": policy, "steps": case.steps, "send": send(case), "requests": requests.collect::<Vec<_>>() }));
    }
    writeln!(out, "{}", out.style.bold(&clean(case.id.as_str())))?;
    writeln!(out, "  {}", clean(&case.title))?;
    writeln!(
        out,
        "  derived from the policy {}, for servers only: the policy determines what the server must do",
        clean(policy.unwrap_or_default())
    )?;
    sent(case, out)?;
    for fetch in case.fetches() {
        write!(out, "  ")?;
        show::request(out, &fetch.page, &fetch.request)?;
    }
    writeln!(
        out,
        "  run it on a server: crosscheck run {} --server NAME",
        clean(&crosscheck_report::quoted(case.id.as_str()))
    )
}

/// Prints the bytes that no browser sends, if the case has any.
fn sent(case: &Case, out: &mut Out) -> io::Result<()> {
    let Some(send) = case.send() else { return Ok(()) };
    writeln!(
        out,
        "\nbytes that no browser sends, for servers only; the policy determines what the answer must be"
    )?;
    writeln!(out, "  > {} {}", escape(&send.method), clean(send.url.as_str()))?;
    for header in &send.headers {
        writeln!(out, "  > {}: {}", escape(&header.name), escape(&header.value))?;
    }
    Ok(())
}

fn send(case: &Case) -> Value {
    let value = |s: &crosscheck_corpus::Send| json!({ "method": escape(&s.method), "url": s.url.as_str(), "headers": json::headers(&s.headers) });
    case.send().map(value).unwrap_or_default()
}

fn value(case: &Case, replayed: &Replay, fetches: &[(FetchRun, Fix)]) -> Value {
    json!({
        "crosscheck": 1,
        "kind": "case",
        "id": case.id,
        "title": case.title,
        "steps": case.steps,
        "not_steps": case.not_steps,
        "policy": policy_name(case),
        "file": case.at().map(|at| &*at.file),
        "line": case.at().map(|at| at.line),
        "send": send(case),
        "fetches": fetches.iter().map(|(run, fix)| fetch_value(run, fix)).collect::<Vec<_>>(),
        "mismatches": replayed.mismatches.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn text(
    case: &Case,
    replayed: &Replay,
    fetches: &[(FetchRun, Fix)],
    catalogue: &Catalogue,
    out: &mut Out,
) -> io::Result<()> {
    let style = out.style;
    writeln!(
        out,
        "{}  {}",
        style.bold(&clean(case.id.as_str())),
        style.dim(&clean(&case.at().map(ToString::to_string).unwrap_or_default()))
    )?;
    writeln!(out, "  {}", clean(&case.title))?;
    if let Some(note) = &case.note {
        writeln!(out, "  {}", clean(note))?;
    }
    for (what, ids) in [("rests on", &*case.steps), ("just misses", &*case.not_steps)] {
        for id in ids {
            let link = catalogue.get(id.as_str()).map_or_else(String::new, |s| s.link());
            writeln!(out, "  {what} {} {}", clean(id.as_str()), style.dim(&clean(&link)))?;
        }
    }
    if let Some(policy) = policy_name(case) {
        writeln!(out, "  also runs on servers, with the policy {}", clean(policy))?;
    }
    sent(case, out)?;
    for (i, ((run, fix), spec)) in fetches.iter().zip(case.fetches()).enumerate() {
        writeln!(out)?;
        if case.fetches().len() > 1 {
            write!(out, "fetch {}: ", i + 1)?;
        }
        show::request(out, &spec.page, &spec.request)?;
        writeln!(out, "expected: {}", expected(&spec.expect))?;
        show::fetch(out, run, fix)?;
    }
    for mismatch in &replayed.mismatches {
        writeln!(
            out,
            "\nthe model disagrees with the case: {}",
            clean(&mismatch.to_string())
        )?;
    }
    Ok(())
}

fn expected(expect: &Expect) -> String {
    let ExpectedOutcome::Response(response) = &expect.outcome else {
        return "the call throws a TypeError".to_owned();
    };
    let mut parts: Vec<String> = response.response_type.iter().map(ToString::to_string).collect();
    parts.extend(response.status.map(|s| s.to_string()));
    parts.extend(
        response
            .readable
            .iter()
            .map(|(n, v)| format!("reads {}: {}", escape(n), escape(v))),
    );
    parts.extend(response.hidden.iter().map(|n| format!("does not see {}", escape(n))));
    parts.extend(
        expect
            .decided_by
            .iter()
            .map(|s| format!("decided by {}", clean(s.as_str()))),
    );
    if parts.is_empty() {
        "only the requests on the wire are checked".to_owned()
    } else {
        parts.join(", ")
    }
}
