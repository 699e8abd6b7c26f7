//! What is said of the entries, for people and for programs.

use super::board::Told;
use crosscheck_report::clean;
use crosscheck_runner::recall::{Difference, Finding};
use serde_json::{Value, json};

/// How many cases are named; the rest is a number.
const EXAMPLES: usize = 3;

/// A line of an entry, and what belongs to it below.
pub(super) fn text(told: &Told) -> String {
    let entry = &told.entry;
    let mut out = format!(
        "{:<7} {}  {} {} -> {}  ",
        word(&told.finding),
        entry.id,
        entry.subject,
        entry.bad,
        entry.good
    );
    let mut below = Vec::new();
    match &told.finding {
        Finding::Caught(caught) => {
            let each = caught.iter().map(|c| format!("{} on {}", c.rule, cases(&c.cases)));
            out.push_str(&each.collect::<Vec<_>>().join("; "));
        }
        Finding::Missed { rules, differs } => {
            let each = rules.iter().map(|miss| match (miss.broken, miss.both) {
                (0, _) => format!("{} is kept on every case", miss.rule),
                (n, m) if n == m => format!("{} is broken by both, on {n} cases", miss.rule),
                (n, m) => {
                    let rest = n - m;
                    format!(
                        "{} is broken by both on {m} cases; on {rest} more {} could not be asked",
                        miss.rule, entry.good
                    )
                }
            });
            out.push_str(&each.collect::<Vec<_>>().join("; "));
            below.extend(differs.iter().map(difference));
            if differs.is_empty() {
                below.push("nothing tells the releases apart".to_owned());
            }
        }
        Finding::Unrun(why) => out.push_str(&why.join("; ")),
    }
    below.extend(told.notes.iter().map(|note| format!("note: {note}")));
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
        ("only the bad one breaks", &difference.bad),
        ("only the good one breaks", &difference.good),
    ];
    let sides = sides.iter().filter(|(_, ids)| !ids.is_empty());
    let sides: Vec<String> = sides
        .map(|(who, ids)| format!("{who} {} on {}", difference.rule, cases(ids)))
        .collect();
    sides.join("; ")
}

/// The last line.
pub(super) fn summary(told: &[Told]) -> String {
    let count = |which: &str| told.iter().filter(|t| word(&t.finding) == which).count();
    format!(
        "{} entries: {} caught, {} missed, {} could not run",
        told.len(),
        count("caught"),
        count("missed"),
        count("unrun")
    )
}

/// The same for programs.
pub(super) fn json(told: &[Told]) -> Value {
    let count = |which: &str| told.iter().filter(|t| word(&t.finding) == which).count();
    json!({
        "crosscheck": 1,
        "caught": count("caught"),
        "missed": count("missed"),
        "unrun": count("unrun"),
        "entries": told.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn entry(told: &Told) -> Value {
    let entry = &told.entry;
    let mut value = json!({
        "id": entry.id,
        "subject": entry.subject,
        "bad": entry.bad,
        "good": entry.good,
        "rules": entry.rules,
        "source": entry.source,
        "outcome": word(&told.finding),
        "notes": told.notes,
    });
    match &told.finding {
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
