//! The page of a case: what each subject made of it.

use super::Site;
use super::page::{anchor, page, step, verdict};
use super::snippets::{snippets, wire};
use crate::diff::{Mark, diff};
use crate::repeat::exhibit;
use crate::text::{clean, quoted};
use crosscheck_results::{CaseId, CaseResult, Deviation, ExchangeRecord, OutcomeRecord, Status, TraceEvent};
use maud::{Markup, html};

pub(super) fn render(site: &Site<'_>, id: &CaseId, results: &[(usize, &CaseResult)]) -> Markup {
    let first = results.first().map(|(_, case)| *case);
    let body = html! {
        @if let Some(case) = first {
            p { (clean(&case.title)) }
            @if !case.steps.is_empty() { p { "Steps: " @for id in &case.steps { (step(id.as_str(), site.requirements)) " " } } }
        }
        @for (run, case) in results {
            h2 {
                a href={ "../" (site.subject_file(*run)) } { (site.name(*run)) } " " (verdict(case.verdict))
                " " span.dim { (case.status.map_or("", Status::as_str)) }
            }
            (result(site, *run, case))
        }
    };
    page(id.as_str(), "../", &body)
}

fn result(site: &Site<'_>, run: usize, case: &CaseResult) -> Markup {
    let header = site.runs.get(run).map(|run| &run.header);
    let role = header.map_or("", |header| header.role.as_str());
    let flag = if role == "client" { "--client" } else { "--server" };
    html! {
        @if let Some(reason) = &case.reason { pre { (reason) } }
        @if !case.outcome.is_empty() { p { "The page got: " @for o in &case.outcome { (outcome(o)) " " } } }
        @for d in &case.deviations { (deviation(site, d)) }
        @if !case.transcript.is_empty() {
            h3 { "Wire" }
            @for (i, exchange) in case.transcript.iter().enumerate() { (transcript(i + 1, exchange)) }
        }
        @if !case.trace.is_empty() {
            h3 { "Trace" }
            ol.trace { @for e in &case.trace { (event(site, e)) } }
        }
        @if role == "server" && !case.transcript.is_empty() {
            h3 { "Repeat it without Crosscheck" }
            @if let Some(exchange) = exhibit(case) { p.dim { "The request: " (clean(&exchange.what)) } }
            (snippets(case, header))
        }
        p.dim { "Repeat: " code { "crosscheck run " (quoted(case.id.as_str())) " " (flag) " " (quoted(&case.subject)) } ", " (case.millis) " ms" }
    }
}

fn outcome(outcome: &OutcomeRecord) -> Markup {
    html! {
        code {
            (outcome.response_type)
            @if outcome.status > 0 { " " (outcome.status) }
            @if outcome.redirected { " redirected" }
            @if !outcome.readable.is_empty() { " reads " (outcome.readable.join(", ")) }
        }
    }
}

fn deviation(site: &Site<'_>, deviation: &Deviation) -> Markup {
    let side = |s: &Option<String>| s.clone().unwrap_or_default();
    html! {
        h3 {
            (verdict(deviation.verdict)) " "
            @if let Some(rule) = &deviation.rule { code { (rule) } " " }
            @if let Some(id) = &deviation.step { (step(id.as_str(), site.requirements)) }
        }
        p { (clean(&deviation.what)) " " span.dim { "cause " (deviation.cause) } }
        @if deviation.expected.is_some() || deviation.actual.is_some() {
            pre {
                @for (mark, line) in diff(&side(&deviation.expected), &side(&deviation.actual)) {
                    span class=(class(mark)) { (mark.sign()) " " (line) }
                }
            }
        }
    }
}

const fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Same => "same",
        Mark::Expected => "del",
        Mark::Actual => "ins",
    }
}

fn transcript(number: usize, exchange: &ExchangeRecord) -> Markup {
    html! {
        p.dim { (number) ": " (exchange.what) }
        (wire(exchange))
    }
}

fn event(site: &Site<'_>, event: &TraceEvent) -> Markup {
    html! {
        li class=[event.decisive.then_some("decisive")] {
            (anchor(&event.algorithm, &event.anchor)) ": " (clean(&event.detail))
            @if let Some(exchange) = event.exchange { " " span.dim { "exchange " (exchange + 1) } }
            @if !event.steps.is_empty() { " " span.dim { @for id in &event.steps { (step(id.as_str(), site.requirements)) " " } } }
        }
    }
}
