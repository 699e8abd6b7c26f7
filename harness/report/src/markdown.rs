//! A summary in Markdown, for a step summary or a comment of a pull request.

use crate::counts::{not_judged, results, verdicts};
use crate::findings::{UnexpectedCause, cases, faults, grouped, shortened, stale, subject, unexpected_causes};
use crate::repeat::command;
use crate::text::clean;
use crosscheck_results::{Run, Status, Verdict};
use std::fmt::Write as _;
use std::io::{self, Write};

/// The longest summary, in bytes. A comment on GitHub has at most 65,536 characters.
const LONGEST: usize = 60_000;
/// How much of it the table of the subjects may take.
const TABLE: usize = 24_000;
/// What the last line of a list needs.
const RESERVE: usize = 200;
/// The most characters of a text that came from outside.
const TEXT: usize = 400;

/// Writes the summary.
pub(crate) fn write(out: &mut dyn Write, runs: &[Run]) -> io::Result<()> {
    let mut text = String::from("## Crosscheck\n\n");
    text.push_str(&totals(runs));
    table(&mut text, runs);
    let blocks: Vec<String> = runs.iter().flat_map(of_run).collect();
    let mut shown = 0;
    for block in &blocks {
        if text.len() + block.len() + RESERVE > LONGEST {
            break;
        }
        text.push_str(block);
        shown += 1;
    }
    if shown < blocks.len() {
        let _ = writeln!(
            text,
            "\n{} more are left out: `crosscheck report` shows all.",
            grouped(blocks.len() - shown)
        );
    }
    out.write_all(text.as_bytes())
}

/// A line with the counts of all subjects.
fn totals(runs: &[Run]) -> String {
    let sum = |of: fn(&Run) -> usize| runs.iter().map(of).sum::<usize>();
    let (unexpected, stale) = (sum(unexpected_cases), sum(|run| stale(run).len()));
    let not_judged = sum(|run| count(run, Verdict::NotJudged));
    let faulty = runs.iter().filter(|run| !faults(run).is_empty()).count();
    let mut parts = vec![
        format!("{} on {}", cases(sum(results)), plural(runs.len(), "subject")),
        format!("{} unexpected", grouped(unexpected)),
        format!("{} stale", grouped(stale)),
        format!("{} not judged", grouped(not_judged)),
    ];
    if faulty > 0 {
        parts.push(format!("{} incomplete or could not run", plural(faulty, "subject")));
    }
    let is_expected = unexpected + stale + not_judged + faulty == 0 && !runs.is_empty();
    let word = if is_expected {
        "As expected"
    } else {
        "**Not as expected**"
    };
    format!("{word}: {}.\n\n", parts.join(", "))
}

fn plural(count: usize, word: &str) -> String {
    format!("{} {word}{}", grouped(count), if count == 1 { "" } else { "s" })
}

fn count(run: &Run, verdict: Verdict) -> usize {
    verdicts(run)
        .into_iter()
        .find(|(v, _)| *v == verdict)
        .map_or(0, |(_, n)| n)
}

fn unexpected_cases(run: &Run) -> usize {
    crate::counts::unexpected(run).len()
}

fn known_cases(run: &Run) -> usize {
    run.cases
        .iter()
        .filter(|case| case.status == Some(Status::Known))
        .count()
}

fn table(text: &mut String, runs: &[Run]) {
    text.push_str("| subject | cases | pass | allowed | advice | known | unexpected | stale | not judged | broken | not applicable |\n");
    text.push_str("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (i, run) in runs.iter().enumerate() {
        let of = |verdict| count(run, verdict);
        let mut name = code(&subject(&run.header));
        if !faults(run).is_empty() {
            name.push_str(" (incomplete)");
        }
        let numbers = [
            results(run),
            of(Verdict::Pass),
            of(Verdict::Allowed),
            of(Verdict::Advice),
            known_cases(run),
            unexpected_cases(run),
            stale(run).len(),
            of(Verdict::NotJudged),
            of(Verdict::Broken),
            of(Verdict::NotApplicable),
        ];
        let row = format!("| {name} | {} |\n", numbers.map(grouped).join(" | "));
        if text.len() + row.len() + RESERVE > TABLE {
            let _ = writeln!(text, "\n{} more are left out.", plural(runs.len() - i, "subject"));
            return;
        }
        text.push_str(&row);
    }
}

/// What makes a run fail, a block each.
fn of_run(run: &Run) -> Vec<String> {
    let name = code(&subject(&run.header));
    let mut blocks = Vec::new();
    for fault in faults(run) {
        blocks.push(format!(
            "\n**{name}: {}**\n\n{}\n",
            fault.kind.as_str(),
            code(&fault.text)
        ));
    }
    for (reason, count) in not_judged(run) {
        blocks.push(format!(
            "\n**{name}: {} not judged**\n\n{}\n",
            cases(count),
            code(reason)
        ));
    }
    let causes = unexpected_causes(run);
    blocks.extend(causes.iter().map(|found| of_cause(run, &name, found)));
    let stale = stale(run);
    if let Some(first) = stale.first() {
        blocks.push(format!(
            "\n**{name}: {} stale**\n\nListed in the baseline, and no longer deviating, for example {}.\n",
            cases(stale.len()),
            code(first.as_str())
        ));
    }
    blocks
}

fn of_cause(run: &Run, name: &str, found: &UnexpectedCause<'_>) -> String {
    let UnexpectedCause { cause, case, deviation } = found;
    let mut text = format!(
        "\n**{name}: {} {}**, {}\n\n",
        cause.verdict,
        code(&cause.cause),
        cases(cause.cases.len())
    );
    let mut item = |label: &str, value: &str| {
        let _ = writeln!(text, "- {label}: {}", code(value));
    };
    item("example", case.id.as_str());
    item("what", &deviation.what);
    if let Some(expected) = &deviation.expected {
        item("expected", expected);
    }
    if let Some(actual) = &deviation.actual {
        item("actual", actual);
    }
    item("repeat", &command(&run.header, &case.id));
    text
}

/// A text from outside as code, in which nothing is a mention, a link or an emoji. Each character that has a meaning in Markdown or HTML
/// is a numeric reference, which has none.
fn code(text: &str) -> String {
    let text = shortened(text, TEXT);
    let text = clean(&text);
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str("<code>");
    for (at, c) in text.char_indices() {
        let is_plain = match c {
            // `www.` begins a link.
            '.' => !text[..at].to_ascii_lowercase().ends_with("www"),
            '-' | '/' | ',' | '=' | '+' | '(' | ')' | ' ' => true,
            other => other.is_alphanumeric() || !other.is_ascii(),
        };
        if is_plain {
            out.push(c);
        } else {
            let _ = write!(out, "&#{};", u32::from(c));
        }
    }
    out.push_str("</code>");
    out
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn text_from_outside_is_only_text() {
        for (text, shown) in [
            ("a|b`c", "<code>a&#124;b&#96;c</code>"),
            ("<script>&@all", "<code>&#60;script&#62;&#38;&#64;all</code>"),
            ("a\nb\u{1b}", "<code>a&#92;nb&#92;u&#123;1b&#125;</code>"),
            ("https://x.example", "<code>https&#58;//x.example</code>"),
            ("www.x WWW.x", "<code>www&#46;x WWW&#46;x</code>"),
            ("vary/one#a-b", "<code>vary/one&#35;a-b</code>"),
        ] {
            assert_eq!(code(text), shown);
        }
    }
}
