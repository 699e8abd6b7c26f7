//! The summary in Markdown.

use super::{HOSTILE, deviating, hostile, is_expected, one_by_one, report, run_of};
use crate::ReportFormat;
use crosscheck_results::{Run, Verdict};

/// Removes the markup that the summary itself has.
fn without_markup(text: &str) -> String {
    text.lines()
        .filter(|line| !line.starts_with("|---") && !line.starts_with("| subject |"))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("<code>", "")
        .replace("</code>", "")
        .replace("`crosscheck report`", "")
}

#[test]
fn hostile_text_stays_text() {
    let text = without_markup(&report(ReportFormat::Markdown, &[hostile()]));
    assert!(
        text.contains("&#60;script&#62;&#38;lt&#59;&#34;&#39;&#92;u&#123;0&#125;"),
        "{text}"
    );
    assert!(
        !text.contains(['<', '>', '`', '@', '[', ']', '$', '"', '\'', '~', '\\']),
        "{text}"
    );
    for line in text.lines().filter(|line| line.contains('|')) {
        assert!(line.starts_with("| ") && line.matches('|').count() == 12, "{line}");
    }
    let is_own = |line: &str| {
        ["", "#", "*", "|", "-", "N", "L", "s", "&", "r"]
            .iter()
            .any(|start| line.starts_with(start))
    };
    assert!(text.lines().all(is_own) && !text.contains("::error"), "{text}");
}

#[test]
fn the_summary_has_counts_subjects_and_causes_with_an_example() {
    let run = run_of(
        "server",
        vec![
            super::passing("a/b#1"),
            deviating("a/b#2", "vary", Verdict::Hygiene),
            deviating("a/b#3", "vary", Verdict::Hygiene),
        ],
    );
    let text = report(ReportFormat::Markdown, &[run]);
    for part in [
        "**Not as expected**: 3 cases on 1 subject, 2 unexpected, 0 stale, 0 not judged.",
        "| <code>server 1.0</code> | 3 | 1 | 0 | 0 | 0 | 2 | 0 | 0 | 0 | 0 |",
        "**<code>server 1.0</code>: hygiene <code>vary/vary</code>**, 2 cases",
        "- example: <code>a/b&#35;2</code>",
        "- repeat: <code>crosscheck run &#39;a/b&#35;2&#39; --server server</code>",
    ] {
        assert!(text.contains(part), "`{part}` is not in {text}");
    }
}

#[test]
fn the_summary_is_as_expected_exactly_if_the_run_is() {
    for (what, run) in one_by_one() {
        let text = report(ReportFormat::Markdown, std::slice::from_ref(&run));
        assert_eq!(text.contains("\nAs expected: "), is_expected(&run), "{what}: {text}");
    }
    assert!(report(ReportFormat::Markdown, &[]).contains("Not as expected"));
}

#[test]
fn the_length_is_bounded_and_what_is_left_out_is_counted() {
    let run = |subject: usize| {
        let cases = (0..40).map(|i| deviating(&format!("a#{i}"), &format!("{i} {HOSTILE}"), Verdict::Wire));
        run_of(&format!("{subject} {}", HOSTILE.repeat(20)), cases.collect())
    };
    let runs: Vec<Run> = (0..60).map(run).collect();
    let text = report(ReportFormat::Markdown, &runs);
    assert!(text.len() < 60_000 && text.len() > 50_000, "{}", text.len());
    assert!(
        text.contains(" subjects more are left out.") || text.contains(" more are left out.\n"),
        "{text}"
    );
    assert!(
        text.ends_with(" more are left out: `crosscheck report` shows all.\n"),
        "{text}"
    );
}
