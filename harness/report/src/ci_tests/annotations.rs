//! The workflow commands of GitHub, read as its runner does.

use super::{deviating, hostile, is_expected, one_by_one, report, run_of};
use crate::ReportFormat;
use crosscheck_results::{Run, Verdict};
use std::collections::BTreeMap;

/// A command: its word, its properties, its text.
type Command = (String, BTreeMap<String, String>, String);

fn unescaped(text: &str) -> String {
    text.replace("%0D", "\r")
        .replace("%0A", "\n")
        .replace("%3A", ":")
        .replace("%2C", ",")
        .replace("%25", "%")
}

fn read(runs: &[Run]) -> Vec<Command> {
    let parse = |line: &str| {
        let (head, text) = line.strip_prefix("::")?.split_once("::")?;
        let (word, properties) = head.split_once(' ')?;
        let pairs: Option<BTreeMap<String, String>> = properties
            .split(',')
            .map(|pair| {
                pair.split_once('=')
                    .map(|(key, value)| (key.to_owned(), unescaped(value)))
            })
            .collect();
        Some((word.to_owned(), pairs?, unescaped(text)))
    };
    let text = report(ReportFormat::Github, runs);
    text.lines()
        .map(|line| parse(line).unwrap_or_else(|| panic!("no command: {line}")))
        .collect()
}

#[test]
fn hostile_text_begins_no_command_and_ends_no_property() {
    let commands = read(&[hostile()]);
    let words: Vec<&str> = commands.iter().map(|(word, ..)| word.as_str()).collect();
    assert_eq!(
        words,
        [
            "error", "error", "error", "error", "error", "error", "warning", "warning", "warning"
        ]
    );
    for (_, properties, text) in &commands {
        assert_eq!(properties.keys().collect::<Vec<_>>(), ["file", "line", "title"]);
        assert_eq!(properties["file"], "a b/é:%,\\n.yaml");
        assert!(!properties["title"].contains('\n'));
        assert!(text.lines().all(|line| !line.starts_with("::")), "{text}");
    }
    let of_cause = |cause: &str| {
        let found = commands
            .iter()
            .find(|(_, properties, _)| properties["title"].contains(cause));
        found.unwrap_or_else(|| panic!("nothing about {cause}"))
    };
    assert_eq!(of_cause("vary/vary").1["line"], "7");
    assert_eq!(of_cause("grant-null/vary").1["line"], "1");
    assert!(
        of_cause("grant-null/vary")
            .2
            .starts_with("a/b#grant\nwhat ]]></failure>")
    );
}

#[test]
fn there_is_a_command_exactly_if_the_run_fails() {
    for (what, run) in one_by_one() {
        assert_eq!(read(std::slice::from_ref(&run)).is_empty(), is_expected(&run), "{what}");
    }
}

#[test]
fn the_worst_come_first_and_those_that_are_not_shown_are_counted() {
    let cases = |verdict: Verdict, count: usize| {
        (0..count).map(move |i| deviating(&format!("a#{verdict}{i}"), &format!("{verdict}-{i}"), verdict))
    };
    let all = cases(Verdict::Hygiene, 9)
        .chain(cases(Verdict::OverDeny, 4))
        .chain(cases(Verdict::OverGrant, 11));
    let commands = read(&[run_of("s", all.collect())]);
    let count = |word: &str| commands.iter().filter(|(w, ..)| w == word).count();
    assert_eq!((count("error"), count("warning"), count("notice")), (10, 10, 1));
    let over_deny = commands.iter().position(|(_, p, _)| p["title"].contains("over-deny"));
    let hygiene = commands.iter().position(|(_, p, _)| p["title"].contains("hygiene"));
    assert!(over_deny < hygiene);
    let (word, _, text) = commands.last().expect("a command");
    assert_eq!(word, "notice");
    assert!(
        text.starts_with("1 more error and 3 more warnings left out: "),
        "{text}"
    );
}

#[test]
fn a_subject_without_a_file_has_no_place() {
    let commands = read(&[run_of("elsewhere", vec![deviating("a#1", "vary", Verdict::Wire)])]);
    assert_eq!(commands[0].1.keys().collect::<Vec<_>>(), ["title"]);
}
