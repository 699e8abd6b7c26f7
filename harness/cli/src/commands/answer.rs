//! Prints why the user's own request fails: the verdict and the remedy first, then what is not known, then the fetch.

use super::explain::fetch_value;
use super::show;
use crate::output::Out;
use crosscheck_explain::{AdHoc, Assessment, ConsoleMessage, Variant, Verdict, assess};
use crosscheck_report::clean;
use serde_json::{Value, json};
use std::io::{self, Write as _};

/// Prints the answer as text.
pub(super) fn text(adhoc: &AdHoc, out: &mut Out) -> io::Result<()> {
    let answer = assess(adhoc);
    head(out, &answer.headline, &answer.remedy)?;
    lines(out, "not known", &answer.unknown)?;
    lines(out, "assumed", &answer.assumed)?;
    lines(out, "note", &adhoc.notes)?;
    writeln!(out)?;
    show::request(out, &adhoc.page, &adhoc.init)?;
    for variant in &answer.variants {
        if answer.variants.len() > 1 {
            writeln!(
                out,
                "\n{}",
                out.style.bold(&format!("with credentials {}", mode(variant)))
            )?;
        }
        show::fetch(out, &variant.run, &variant.fix)?;
    }
    Ok(())
}

fn head(out: &mut Out, headline: &str, remedy: &str) -> io::Result<()> {
    let style = out.style;
    writeln!(out, "{}: {}", style.bold("verdict"), clean(headline))?;
    writeln!(out, "{}: {}", style.bold("remedy"), clean(remedy))
}

fn lines(out: &mut Out, title: &str, sentences: &[String]) -> io::Result<()> {
    for sentence in sentences {
        writeln!(out, "{title}: {}", clean(sentence))?;
    }
    Ok(())
}

fn mode(variant: &Variant) -> &'static str {
    variant.credentials.map_or("same-origin or omit", |c| c.as_str())
}

/// Prints the answer as JSON.
pub(super) fn json(adhoc: &AdHoc, out: &mut Out) -> io::Result<()> {
    let answer = assess(adhoc);
    let fetch = |variant: &Variant| {
        let mut value = fetch_value(&variant.run, &variant.fix);
        value["verdict"] = verdict(
            variant.verdict,
            variant.step.map(|s| s.as_str()),
            &variant.sentence,
            &variant.remedy,
        );
        value["credentials"] = variant
            .credentials
            .or(adhoc.init.credentials)
            .map(|c| c.as_str())
            .into();
        value
    };
    let mut value =
        json!({ "crosscheck": 1, "kind": "ad-hoc", "origin": adhoc.page.origin.serialize(), "notes": adhoc.notes });
    value["verdict"] = verdict(
        answer.verdict,
        answer.step.map(|s| s.as_str()),
        &answer.headline,
        &answer.remedy,
    );
    value["unknown"] = json!(answer.unknown);
    value["assumed"] = json!(assumed(adhoc, &answer));
    value["fetches"] = answer.variants.iter().map(fetch).collect();
    out.json(&value)
}

/// The assumptions, and the conditions of the verdict.
fn assumed(adhoc: &AdHoc, answer: &Assessment) -> Vec<String> {
    let conditions = adhoc.doubts.iter().map(ToString::to_string);
    answer.assumed.iter().cloned().chain(conditions).collect()
}

fn verdict(verdict: Verdict, step: Option<&str>, text: &str, remedy: &str) -> Value {
    json!({ "result": verdict.as_str(), "step": step, "text": text, "remedy": remedy })
}

/// Prints what a console message says, as text.
pub(super) fn console_text(message: &ConsoleMessage, out: &mut Out) -> io::Result<()> {
    head(out, &message.headline, &message.remedy)?;
    lines(out, "not known", &message.unknown)
}

/// Prints what a console message says, as JSON.
pub(super) fn console_json(message: &ConsoleMessage, out: &mut Out) -> io::Result<()> {
    let step = message.step.map(|s| s.as_str());
    out.json(&json!({
        "crosscheck": 1,
        "kind": "console",
        "origin": message.origin,
        "url": message.url,
        "verdict": verdict(message.verdict, step, &message.headline, &message.remedy),
        "unknown": message.unknown,
        "assumed": [],
        "notes": [],
        "fetches": [],
    }))
}
