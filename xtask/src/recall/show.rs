//! Renders the outcome of the entries as text and as JSON.

use super::tracker::EntryReport;
use crosscheck_report::clean;
use crosscheck_runner::recall::{Difference, Finding};
use serde_json::{Value, json};

/// How many cases are named. The others are counted.
const EXAMPLES: usize = 3;

/// Renders an entry as a line, followed by indented details.
pub(super) fn text(report: &EntryReport) -> String {
    let entry = &report.entry;
    let mut out = format!(
        "{:<7} {}  {} {} -> {}  ",
        word(&report.finding),
        entry.id,
        entry.subject,
        entry.bad,
        entry.good
    );
    let mut below = Vec::new();
    match &report.finding {
        Finding::Caught(caught) => {
            let each = caught.iter().map(|c| format!("{} on {}", c.rule, cases(&c.cases)));
            out.push_str(&each.collect::<Vec<_>>().join("; "));
        }
        Finding::Missed { rules, differs } => {
            let each = rules.iter().map(|miss| match (miss.broken, miss.both) {
                (0, _) => format!("the bad release keeps {} on every case", miss.rule),
                (n, m) if n == m => format!("both releases break {} on {n} cases", miss.rule),
                (n, m) => {
                    let rest = n - m;
                    format!(
                        "both releases break {} on {m} cases; {rest} more cases did not run on {}",
                        miss.rule, entry.good
                    )
                }
            });
            out.push_str(&each.collect::<Vec<_>>().join("; "));
            below.extend(differs.iter().map(difference));
            if differs.is_empty() {
                below.push("no rule distinguishes the releases".to_owned());
            }
        }
        Finding::Unrun(why) => out.push_str(&why.join("; ")),
    }
    below.extend(report.notes.iter().map(|note| format!("note: {note}")));
    let mut text = clean(&out).into_owned();
    for line in below {
        text.push_str("\n          ");
        text.push_str(&clean(&line));
    }
    text
}

const fn word(finding: &Finding) -> &'static str {
    match finding {
        Finding::Caught(_) => "caught",
        Finding::Missed { .. } => "missed",
        Finding::Unrun(_) => "unrun",
    }
}

fn cases(ids: &[String]) -> String {
    let shown = ids.iter().take(EXAMPLES).cloned().collect::<Vec<_>>().join(", ");
    let rest = ids.len().saturating_sub(EXAMPLES);
    let more = if rest > 0 {
        format!(", {rest} more")
    } else {
        String::new()
    };
    format!(
        "{} {}: {shown}{more}",
        ids.len(),
        if ids.len() == 1 { "case" } else { "cases" }
    )
}

fn difference(difference: &Difference) -> String {
    let sides = [
        ("only the bad release breaks", &difference.bad),
        ("only the good release breaks", &difference.good),
    ];
    let sides = sides.iter().filter(|(_, ids)| !ids.is_empty());
    let sides: Vec<String> = sides
        .map(|(side, ids)| format!("{side} {} on {}", difference.rule, cases(ids)))
        .collect();
    sides.join("; ")
}

/// Renders the last line, with the counts.
pub(super) fn summary(reports: &[EntryReport]) -> String {
    let count = |which: &str| reports.iter().filter(|r| word(&r.finding) == which).count();
    format!(
        "{} entries: {} caught, {} missed, {} could not run",
        reports.len(),
        count("caught"),
        count("missed"),
        count("unrun")
    )
}

/// Renders the entries as JSON.
pub(super) fn json(reports: &[EntryReport]) -> Value {
    let count = |which: &str| reports.iter().filter(|r| word(&r.finding) == which).count();
    json!({
        "crosscheck": 1,
        "caught": count("caught"),
        "missed": count("missed"),
        "unrun": count("unrun"),
        "entries": reports.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn entry(report: &EntryReport) -> Value {
    let entry = &report.entry;
    let mut value = json!({
        "id": entry.id,
        "subject": entry.subject,
        "bad": entry.bad,
        "good": entry.good,
        "rules": entry.rules,
        "source": entry.source,
        "outcome": word(&report.finding),
        "notes": report.notes,
    });
    match &report.finding {
        Finding::Caught(caught) => {
            value["caught"] = caught
                .iter()
                .map(|c| json!({ "rule": c.rule, "cases": c.cases }))
                .collect();
        }
        Finding::Missed { rules, differs } => {
            value["missed"] = rules
                .iter()
                .map(|m| json!({ "rule": m.rule, "broken": m.broken, "broken_by_both": m.both }))
                .collect();
            value["differs"] = differs
                .iter()
                .map(|d| json!({ "rule": d.rule, "only_bad": d.bad, "only_good": d.good }))
                .collect();
        }
        Finding::Unrun(why) => value["why"] = json!(why),
    }
    value
}
