//! The page of a subject: its causes, then its cases.

use super::matrix::grade;
use super::page::{filter, link, page, step, verdict};
use super::snippets::{snippets, wire};
use super::{Site, case_file, marks};
use crate::counts::{causes, incomplete};
use crate::matrix::{Grade, rule_column, topic_of};
use crate::repeat::exhibit;
use crate::text::clean;
use crosscheck_results::{CaseId, CaseResult, Cause, Deviation, Run, Status, Verdict};
use maud::{Markup, html};
use std::collections::BTreeSet;

pub(super) fn render(site: &Site<'_>, index: usize) -> Markup {
    let Some(run) = site.runs.get(index) else {
        return html! {};
    };
    let all = causes(run);
    let body = html! {
        (about(run))
        @if let Some(footer) = &run.footer {
            @if let Some(error) = &footer.error { h2 { "Could not run" } pre { (error) } }
        }
        @if !all.is_empty() {
            h2 { "Causes" }
            @for one in &all { (cause(site, index, one)) }
        }
        @if let Some(footer) = &run.footer {
            @if !footer.stale.is_empty() {
                h2 { "Stale" }
                p { "The baseline lists these, and they deviate no longer." }
                ul { @for id in &footer.stale { li { (named(site, id)) } } }
            }
        }
        h2 { "Cases" }
        (filter(&Verdict::ALL))
        table {
            tr { th { "verdict" } th { "case" } th { "deviation" } }
            @for case in &run.cases { (row(site, case)) }
        }
    };
    page(&site.name(index), "", &body)
}

fn about(run: &Run) -> Markup {
    let header = &run.header;
    html! {
        p {
            (header.role)
            @if !header.library.is_empty() { ", library " (header.library) " " (header.version) }
            ", " (run.cases.len()) " results"
            @if let Some(footer) = &run.footer { " in " (format!("{:.1}", footer.seconds)) " s" }
            ". " span.dim { "crosscheck " (header.tool) ", corpus " (header.corpus) ", " (header.platform) }
        }
        @if header.role == "server" {
            @let got = Grade::of(run);
            p { "Grade " (grade(got)) @if let Some(got) = got { ": " (got.meaning()) "." } }
        }
        @if !header.filters.is_empty() { p { "Filtered by " code { (header.filters.join(" ")) } "." } }
        @if let Some(text) = incomplete(run) { p { span.v.broken { "incomplete" } ": " (text) "." } }
    }
}

/// The first case of a cause whose wire was kept.
fn example<'a>(site: &Site<'a>, index: usize, cause: &Cause) -> Option<&'a CaseResult> {
    let cases = cause.cases.iter().filter_map(|id| site.result(index, id));
    cases.into_iter().find(|case| !case.transcript.is_empty())
}

fn cause(site: &Site<'_>, index: usize, cause: &Cause) -> Markup {
    let header = site.runs.get(index).map(|run| &run.header);
    let is_server = header.is_some_and(|header| header.role == "server");
    html! {
        h3 {
            (verdict(cause.verdict)) " " (cause.cause) " "
            span.dim { (cause.status.map_or("", Status::as_str)) }
            @if let Some(rule) = &cause.rule { " " code { (rule) } }
        }
        @if let Some(last) = cause.expired { p { "the cause " code { (cause.cause) } " expired on " (last.to_string()) } }
        @if let Some(reason) = &cause.reason { p { (reason) } }
        @if let Some(upstream) = &cause.upstream { p { (link(upstream)) } }
        details {
            summary { (cause.cases.len()) @if cause.cases.len() == 1 { " case" } @else { " cases" } }
            ul { @for id in &cause.cases { li { (named(site, id)) } } }
        }
        @if let Some(case) = example(site, index, cause) {
            details open[is_server] {
                summary { "an example" }
                p { (named(site, &case.id)) ": " (clean(&case.title)) }
                @for deviation in case.deviations.iter().filter(|d| d.cause == cause.cause) { p { (clean(&deviation.what)) } }
                @if let Some(exchange) = exhibit(case) { (wire(exchange)) }
                @if is_server { (snippets(case, header)) }
            }
        }
    }
}

/// A case by its id, linked if it has a page: the results may be of a part of the corpus.
fn named(site: &Site<'_>, id: &CaseId) -> Markup {
    if site.cases.contains_key(id) {
        html! { a href=(case_file(id)) { (id.as_str()) } }
    } else {
        html! { (id.as_str()) }
    }
}

/// What the links of the tables look for: the columns in which the case counts.
fn marks(case: &CaseResult) -> String {
    let rules = case
        .deviations
        .iter()
        .filter_map(|d| d.rule.as_deref())
        .map(marks::rule);
    let columns = case.deviations.iter().filter_map(rule_column);
    let columns = columns.map(|(group, rule, _)| marks::column(group, rule));
    let topics = [marks::topic(topic_of(&case.id)), marks::folder(case.id.folder())];
    let topics = topics.into_iter().filter(|_| case.verdict.counts());
    let all: BTreeSet<String> = rules.chain(columns).chain(topics).collect();
    all.into_iter().collect::<Vec<_>>().join(" ")
}

fn row(site: &Site<'_>, case: &CaseResult) -> Markup {
    let words: Vec<&str> = case.deviations.iter().flat_map(Deviation::names).collect();
    let status = case.status.map_or("", Status::as_str);
    let text = format!("{} {} {} {status}", case.id, case.title, words.join(" ")).to_lowercase();
    html! {
        tr data-text=(text) data-marks=(marks(case)) data-verdict=(case.verdict.as_str()) {
            td { (verdict(case.verdict)) " " span.dim { (status) } }
            td { a href=(case_file(&case.id)) { (case.id.as_str()) } br; span.dim { (clean(&case.title)) } }
            td {
                @for deviation in &case.deviations {
                    div {
                        @if let Some(rule) = &deviation.rule { code { (rule) } " " }
                        @if let Some(id) = &deviation.step { (step(id.as_str(), site.requirements)) " " }
                        (clean(&deviation.what))
                    }
                }
                @if let Some(reason) = &case.reason { div.dim { (clean(reason)) } }
            }
        }
    }
}
