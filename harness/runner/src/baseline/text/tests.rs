use super::*;
use crosscheck_results::Verdict;

const OLD: &str = "\
# The head
# of the file.

- cause: one
  rule: refuse
  verdict: over-deny
  # Looked at twice.
  reason: >-
    folded over
    two lines

    and a paragraph
  cases:
    - \"a\"
    - b # said so by hand
# Before the second.
- cause: two
  rule: vary
  verdict: hygiene
  reason: 'quoted: in its own way'
  cases: [c, d]
# The end.
";

/// The old text with `edit` made to its entries, and `added` behind them.
fn change(old: &str, edit: impl Fn(&mut Entry) -> bool, added: Vec<Entry>) -> (Baseline, Change) {
    let before = Baseline::parse(old).unwrap();
    let mut kept = Vec::new();
    for (place, entry) in before.entries.iter().enumerate() {
        let mut entry = entry.clone();
        if edit(&mut entry) {
            kept.push((place, entry));
        }
    }
    let change = Change {
        kept,
        added,
        ..Change::default()
    };
    (before, change)
}

fn edit(old: &str, edit: impl Fn(&mut Entry) -> bool, added: Vec<Entry>) -> String {
    let (before, change) = change(old, edit, added);
    render("it", old, &before, &change).unwrap()
}

fn entry(cause: &str, reason: &str) -> Entry {
    Entry {
        cause: cause.to_owned(),
        rule: Some("refuse".to_owned()),
        step: None,
        verdict: Verdict::OverDeny,
        versions: Some(">=2".to_owned()),
        reason: reason.to_owned(),
        upstream: None,
        cases: vec!["x#y".to_owned()],
    }
}

fn without(id: &'static str) -> impl Fn(&mut Entry) -> bool {
    move |e| {
        e.cases.retain(|c| c != id);
        !e.cases.is_empty()
    }
}

#[test]
fn what_is_not_touched_keeps_its_text() {
    assert_eq!(edit(OLD, |_| true, Vec::new()), OLD);
}

#[test]
fn an_id_that_goes_takes_its_line() {
    assert_eq!(
        edit(OLD, without("a"), Vec::new()),
        OLD.replace("    - \"a\"\n    - b # said so by hand\n", "    - \"b\"\n")
    );
}

#[test]
fn cases_in_a_flow_list_become_a_block() {
    let text = edit(OLD, without("c"), Vec::new());
    assert!(
        text.contains("  reason: \"quoted: in its own way\"\n  cases:\n    - \"d\"\n# The end.\n"),
        "{text}"
    );
    assert!(text.contains("folded over\n"), "{text}");
}

#[test]
fn an_entry_that_goes_takes_its_comment() {
    let text = edit(OLD, |e| e.cause == "one", Vec::new());
    assert!(
        !text.contains("Before the second") && text.ends_with("by hand\n# The end.\n"),
        "{text}"
    );
    let text = edit(OLD, |e| e.cause == "two", Vec::new());
    assert!(
        text.starts_with("# The head\n# of the file.\n\n# Before the second.\n- cause: two\n"),
        "{text}"
    );
}

#[test]
fn new_entries_stand_at_the_end() {
    let text = edit(OLD.trim_end(), |_| true, vec![entry("three", "unexplained")]);
    let new = "- cause: three\n  rule: refuse\n  verdict: over-deny\n  versions: \">=2\"\n  reason: unexplained\n  cases:\n    - \"x#y\"\n";
    assert!(text.contains(new), "{text}");
}

#[test]
fn an_empty_baseline_keeps_its_head() {
    let text = edit(OLD, |_| false, Vec::new());
    assert_eq!(text, "# The head\n# of the file.\n\n[]\n# The end.\n");
    let again = edit(&text, |_| true, vec![entry("three", "r")]);
    assert!(
        again.starts_with("# The head\n# of the file.\n\n- cause: three\n"),
        "{again}"
    );
}

#[test]
fn a_new_file_says_what_it_is() {
    let text = edit("", |_| true, vec![entry("three", "r")]);
    assert!(
        text.starts_with("# Known deviations of it, by cause.\n- cause: three\n"),
        "{text}"
    );
}

#[test]
fn another_layout_is_written_anew_and_says_the_same() {
    for old in [
        "# Head\n[{ cause: a, rule: vary, verdict: hygiene, reason: r, cases: [c, d] }]\n",
        "# Head\n  - cause: a\n    rule: vary\n    verdict: hygiene\n    reason: r\n    cases: [c, d]\n",
        "# Head\n---\n- cause: a\n  rule: vary\n  verdict: hygiene\n  reason: r\n  cases: [c, d]\n",
        "# Head\n- cases:\n  - c\n  - d\n  cause: a\n  rule: vary\n  verdict: hygiene\n  reason: r\n",
    ] {
        let text = edit(old, without("c"), Vec::new());
        let expected = "# Head\n- cause: a\n  rule: vary\n  verdict: hygiene\n  reason: r\n  cases:\n    - \"d\"\n";
        assert_eq!(text, expected, "of {old}");
    }
}

#[test]
fn strings_read_back_as_themselves() {
    for text in [
        "plain", "yes", "true", "null", "~", "1", "1.5", "", " lead", "trail ", "a: b", "a #b", "#a", "- a", "[a",
        "{a", "a\nb", "a\tb", "\u{1}", "\u{7f}", "ü", "\u{2028}", "\"", "'", "\\", "*a", "&a", "!a", "%a", "@a", "`a",
        "a:", "? a", "---", "...", "=", "<<", "\u{feff}",
    ] {
        let (before, change) = change("", |_| true, vec![entry(text, text)]);
        let rendered = render("it", "", &before, &change).unwrap_or_else(|| panic!("{text:?} cannot be written"));
        assert_eq!(Baseline::parse(&rendered).unwrap().entries[0].reason, text);
    }
}

#[test]
fn the_committed_baselines_lose_lines_only() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/baselines");
    let mut files = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let old = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let text = edit(
            &old,
            |e| {
                // A file whose last case goes is written anew as an empty list.
                if e.cases.len() > 1 {
                    e.cases.remove(0);
                }
                true
            },
            Vec::new(),
        );
        let mut lines = old.lines();
        assert!(text.lines().all(|line| lines.any(|l| l == line)), "{text}");
        files += 1;
    }
    assert!(files > 0);
}
