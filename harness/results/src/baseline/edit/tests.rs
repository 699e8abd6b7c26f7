use super::*;
use crate::Verdict;
use crate::baseline::cases::CaseLists;

/// The reader of the tests.
struct Yaml;

impl ReadYaml for Yaml {
    fn causes(&self, text: &str) -> Option<Vec<Cause>> {
        parse(text).ok()
    }

    fn is_plain(&self, text: &str) -> bool {
        serde_yaml::from_str::<serde_yaml::Value>(text).is_ok_and(|read| read.as_str() == Some(text))
    }
}

fn parse(text: &str) -> serde_yaml::Result<Vec<Cause>> {
    let causes: Option<Vec<Cause>> = serde_yaml::from_str(text)?;
    Ok(causes.unwrap_or_default())
}

const OLD: &str = "\
# The head
# of the file.

- cause: one
  rule: refuse
  verdict: over-deny
  where: [\"*\"]
  # Looked at twice.
  reason: >-
    folded over
    two lines

    and a paragraph
# Before the second.
- cause: two
  rule: [vary, malformed]
  verdict: hygiene
  where: ['policies/*', \"x#y\"]
  reason: 'quoted: in its own way' # and annotated
# The end.
";

/// The old text, with the causes kept that have these names, and others added.
fn edit(old: &str, kept: &[&str], added: Vec<Cause>) -> Option<String> {
    let before = parse(old).unwrap();
    let change = Change {
        kept: before.iter().map(|c| kept.contains(&c.name.as_str())).collect(),
        added,
        lists: CaseLists::default(),
        ..Change::default()
    };
    edit_causes(&Yaml, "it", old, &before, &change)
}

fn cause(name: &str, reason: &str) -> Cause {
    Cause {
        name: name.parse().unwrap(),
        rule: None,
        step: Some(OneOrMore::One("cors-check/wildcard".to_owned())),
        verdict: OneOrMore::More(vec![Verdict::OverGrant, Verdict::Wire]),
        places: vec!["x#{a,b}".parse().unwrap(), "*".parse().unwrap()],
        versions: Some("=2".parse().unwrap()),
        when: Vec::new(),
        until: Some("3".to_owned()),
        reason: reason.to_owned(),
        upstream: None,
    }
}

#[test]
fn a_text_without_changes_is_kept() {
    assert_eq!(edit(OLD, &["one", "two"], Vec::new()).unwrap(), OLD);
}

#[test]
fn a_removed_cause_takes_its_comment_with_it() {
    let text = edit(OLD, &["one"], Vec::new()).unwrap();
    assert!(text.ends_with("and a paragraph\n# The end.\n"), "{text}");
    let text = edit(OLD, &["two"], Vec::new()).unwrap();
    assert!(
        text.starts_with("# The head\n# of the file.\n\n# Before the second.\n- cause: two\n"),
        "{text}"
    );
    assert!(text.contains("way' # and annotated\n"), "{text}");
}

#[test]
fn new_causes_are_appended() {
    let text = edit(OLD.trim_end(), &["one", "two"], vec![cause("three", "unexplained")]).unwrap();
    let new = "- cause: three\n  step: cors-check/wildcard\n  verdict: [over-grant, wire]\n  where: [\"x#{a,b}\", \"*\"]\n  \
               versions: =2\n  until: \"3\"\n  reason: unexplained\n";
    assert!(text.contains(new), "{text}");
}

#[test]
fn an_empty_baseline_keeps_its_comments() {
    let text = edit(OLD, &[], Vec::new()).unwrap();
    assert_eq!(text, "# The head\n# of the file.\n\n[]\n# The end.\n");
    let again = edit(&text, &[], vec![cause("three", "r")]).unwrap();
    assert!(
        again.starts_with("# The head\n# of the file.\n\n- cause: three\n"),
        "{again}"
    );
}

#[test]
fn a_new_file_states_what_it_is() {
    let text = edit("", &[], vec![cause("three", "r")]).unwrap();
    let head = "# Known deviations of it, by cause. The exact cases are in cases/it.txt.\n- cause: three\n";
    assert!(text.starts_with(head), "{text}");
}

#[test]
fn another_layout_is_rewritten() {
    for old in [
        "# Head\n[{ cause: a, rule: vary, verdict: hygiene, where: ['*'], reason: r }]\n",
        "# Head\n  - cause: a\n    rule: vary\n    verdict: hygiene\n    where: ['*']\n    reason: r\n",
    ] {
        let text = edit(old, &["a"], vec![cause("b", "r")]).unwrap();
        let kept = "# Head\n- cause: a\n  rule: vary\n  verdict: hygiene\n  where: [\"*\"]\n  reason: r\n- cause: b\n";
        assert!(text.starts_with(kept), "{text}");
    }
}

#[test]
fn strings_read_back_as_themselves() {
    for text in [
        "plain", "yes", "true", "null", "~", "1", "1.5", "", " lead", "trail ", "a: b", "a #b", "#a", "- a", "[a",
        "{a", "a\nb", "a\tb", "\u{1}", "\u{7f}", "ü", "\u{2028}", "\"", "'", "\\", "*a", "&a", "!a", "%a", "@a", "`a",
        "a:", "? a", "---", "...", "=", "<<", "\u{feff}",
    ] {
        let rendered = edit("", &[], vec![cause("c", text)]).unwrap_or_else(|| panic!("{text:?} cannot be written"));
        assert_eq!(parse(&rendered).unwrap()[0].reason, text);
    }
}

#[test]
fn long_lists_are_wrapped() {
    let ids: Vec<String> = (0..40).map(|n| format!("cors-check/step-{n}")).collect();
    let long = Cause {
        step: Some(OneOrMore::More(ids)),
        ..cause("c", "r")
    };
    let text = edit("", &[], vec![long]).unwrap();
    assert!(text.lines().all(|line| line.len() <= 130), "{text}");
}

#[test]
fn an_update_of_a_committed_baseline_only_removes_the_lines_of_the_removed_cause() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/baselines");
    let mut files = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let old = std::fs::read_to_string(path).unwrap();
        let causes = parse(&old).unwrap();
        let kept: Vec<&str> = causes.iter().skip(1).map(|c| c.name.as_str()).collect();
        let text = edit(&old, &kept, Vec::new()).unwrap();
        let mut lines = old.lines();
        assert!(
            text.lines().filter(|l| *l != "[]").all(|line| lines.any(|l| l == line)),
            "{text}"
        );
        files += 1;
    }
    assert!(files > 0);
}
