//! The first page: the subjects, and the matrices by topic and by rule.

use super::page::{filter, page, verdict};
use super::{Site, marks};
use crate::counts::{causes, unexpected, verdicts};
use crate::interop::clients;
use crate::matrix::Grade;
use crosscheck_results::{Run, Verdict};
use maud::{Markup, html};
use std::collections::BTreeSet;

pub(super) fn render(site: &Site<'_>) -> Markup {
    let body = html! {
        (subjects(site))
        @if site.runs.iter().any(|r| r.header.role == "server") {
            p { a href=(super::matrix::FILE) { "Matrix" } ": servers by rule and topic, sorted by grade." }
        }
        @if !clients(site.runs).is_empty() {
            p { a href=(super::interop::FILE) { "Interop" } ": where clients differ from the standard, one row per cause." }
        }
        h2 { "By topic" }
        p.dim { "Each cell: how many cases deviate, of how many that ran; its colour is the worst verdict. Advice has a colour and \
             does not count." }
        (filter(&[]))
        (topics(site))
        h2 { "By rule" }
        p.dim { "Each cell: how many cases break the rule, be it advice; a rule that examined nothing is marked, it did not pass." }
        (rules(site))
    };
    page("Results", "", &body)
}

fn subjects(site: &Site<'_>) -> Markup {
    html! {
        table {
            tr { th { "subject" } th { "version" } th { "role" } th { "grade" } th { "cases" } th { "verdicts" } th { "causes" } th { "unexpected" } th { "stale" } }
            @for (i, run) in site.runs.iter().enumerate() {
                @let footer = run.footer.as_ref();
                tr {
                    td { a href=(site.subject_file(i)) { (run.header.subject) } }
                    td { (run.header.version) }
                    td { (run.header.role) }
                    td { @if run.header.role == "server" { (super::matrix::grade(Grade::of(run))) } }
                    td.n { (footer.map_or(run.cases.len(), |f| f.cases)) }
                    td {
                        @for (v, n) in verdicts(run) { (verdict(v)) " " (n) " " }
                        @if let Some(error) = footer.and_then(|f| f.error.as_deref()) { span.v.broken { "could not run" } " " (error) }
                        @else if !run.is_complete() { span.v.broken { "incomplete" } }
                    }
                    td.n { (causes(run).len()) }
                    td.n { (unexpected(run).len()) }
                    td.n { (footer.map_or(0, |f| f.stale.len())) }
                }
            }
        }
    }
}

fn topics(site: &Site<'_>) -> Markup {
    html! {
        table {
            tr { th { "topic" } @for i in 0..site.runs.len() { th { (site.name(i)) } } }
            @for name in site.topics() {
                tr data-text=(name.to_lowercase()) data-verdict=(worst_of_all(site, name).as_str()) {
                    td { (name) }
                    @for (i, run) in site.runs.iter().enumerate() { (topic_cell(site, i, run, name)) }
                }
            }
        }
    }
}

fn worst_of_all(site: &Site<'_>, name: &str) -> Verdict {
    let cases = site
        .runs
        .iter()
        .flat_map(|r| &r.cases)
        .filter(|c| c.id.folder() == name);
    cases.map(|c| c.verdict).min().unwrap_or(Verdict::NotApplicable)
}

fn topic_cell(site: &Site<'_>, index: usize, run: &Run, name: &str) -> Markup {
    let cases = run.cases.iter().filter(|c| c.id.folder() == name);
    let ran: Vec<Verdict> = cases
        .map(|c| c.verdict)
        .filter(|v| !matches!(v, Verdict::NotJudged | Verdict::NotApplicable))
        .collect();
    let deviating = ran.iter().filter(|v| v.counts()).count();
    let worst = ran.iter().min().copied().unwrap_or(Verdict::NotApplicable);
    html! {
        td {
            @if ran.is_empty() { span.dim { "–" } }
            @else { a class={ "v " (worst.as_str()) } href={ (site.subject_file(index)) "#" (marks::folder(name)) } { (deviating) " of " (ran.len()) } }
        }
    }
}

fn rules(site: &Site<'_>) -> Markup {
    let named = |run: &Run| -> BTreeSet<String> {
        let broken = run
            .cases
            .iter()
            .flat_map(|c| &c.deviations)
            .filter_map(|d| d.rule.clone());
        let examined = run.footer.iter().flat_map(|f| f.examined.keys().cloned());
        broken.chain(examined).collect()
    };
    let all: BTreeSet<String> = site.runs.iter().flat_map(named).collect();
    html! {
        table {
            tr { th { "rule" } @for i in 0..site.runs.len() { th { (site.name(i)) } } }
            @for rule in &all {
                tr {
                    td { (rule) }
                    @for (i, run) in site.runs.iter().enumerate() { (rule_cell(site, i, run, rule)) }
                }
            }
        }
    }
}

fn rule_cell(site: &Site<'_>, index: usize, run: &Run, rule: &str) -> Markup {
    let breaks = |c: &&crosscheck_results::CaseResult| c.deviations.iter().any(|d| d.rule.as_deref() == Some(rule));
    let cases: Vec<_> = run.cases.iter().filter(breaks).collect();
    let found = cases
        .iter()
        .flat_map(|c| &c.deviations)
        .filter(|d| d.rule.as_deref() == Some(rule))
        .map(|d| d.verdict)
        .min();
    let examined = run
        .footer
        .as_ref()
        .and_then(|f| f.examined.get(rule).copied())
        .unwrap_or_default();
    html! {
        td {
            @match found {
                Some(worst) => { a class={ "v " (worst.as_str()) } href={ (site.subject_file(index)) "#" (marks::rule(rule)) } { (cases.len()) " cases" } }
                None if examined > 0 => { span.v.pass { "0 of " (examined) " looked at" } }
                None => { span.dim { "examined nothing" } }
            }
        }
    }
}
