use super::*;
use crate::release::ReleaseResult;

/// Parses `case:verdict:rule,rule` for each case. The verdict `refused` is a rightly refused policy.
fn release(text: &str) -> Release {
    let mut release = Release::default();
    for case in text.split_whitespace() {
        let mut parts = case.split(':');
        let id = parts.next().unwrap().to_owned();
        let word = parts.next().unwrap();
        let refused = word == "refused";
        let verdict = if refused { "not-applicable" } else { word }.parse().unwrap();
        let rules = parts.next().unwrap_or_default();
        let broken = rules.split(',').filter(|r| !r.is_empty()).map(str::to_owned).collect();
        let result = ReleaseResult {
            verdict,
            broken,
            refused,
        };
        release.cases.insert(id.into(), result);
    }
    release
}

fn finding(rules: &[&str], bad: &Release, good: &Release) -> Finding {
    let entry = Entry {
        id: "e".to_owned(),
        subject: "s".to_owned(),
        bad: "1".to_owned(),
        good: "2".to_owned(),
        rules: rules.iter().map(|r| (*r).to_owned()).collect(),
        source: Vec::new(),
    };
    judge(&entry, bad, good)
}

#[test]
fn an_entry_is_caught_if_only_the_bad_release_breaks_a_named_rule() {
    type Expected = &'static [(&'static str, &'static [&'static str])];
    let table: [(&str, &str, Expected); 10] = [
        // One case is enough.
        ("a:hygiene:vary b:pass", "a:pass b:pass", &[("vary", &["a"])]),
        // A rule that both break does not count.
        ("a:hygiene:vary", "a:hygiene:vary", &[]),
        // A rule that the entry does not name does not count.
        ("a:wire:max-age", "a:pass", &[]),
        // Another rule that the good release breaks changes nothing.
        ("a:hygiene:vary", "a:wire:max-age", &[("vary", &["a"])]),
        // A case that did not run on the good release does not count.
        ("a:hygiene:vary b:pass", "a:not-applicable b:pass", &[]),
        ("a:hygiene:vary b:pass", "a:broken:crash b:pass", &[]),
        // A good release that refuses the policy keeps every rule.
        ("a:hygiene:vary b:pass", "a:refused b:pass", &[("vary", &["a"])]),
        ("a:hygiene:vary b:pass", "b:pass", &[]),
        // A rule may be one that makes the case `broken`.
        ("a:broken:crash b:pass", "a:pass b:pass", &[("crash", &["a"])]),
        ("a:broken:crash", "a:pass", &[("crash", &["a"])]),
    ];
    for (bad, good, expected) in table {
        let found = match finding(&["vary", "crash"], &release(bad), &release(good)) {
            Finding::Caught(caught) => caught.into_iter().map(|c| (c.rule, c.cases)).collect(),
            Finding::Missed { .. } => Vec::new(),
            Finding::Unrun(why) => panic!("{bad} against {good}: {why:?}"),
        };
        let expected: Vec<(String, Vec<String>)> = expected
            .iter()
            .map(|(rule, cases)| ((*rule).to_owned(), cases.iter().map(|c| (*c).to_owned()).collect()))
            .collect();
        assert_eq!(found, expected, "{bad} against {good}");
    }
}

#[test]
fn a_missed_entry_counts_its_broken_rules_and_lists_the_differences() {
    let bad = release("a:hygiene:vary b:hygiene:vary c:over-grant:grant-null d:pass");
    let good = release("a:hygiene:vary b:not-applicable c:pass d:wire:max-age");
    let Finding::Missed { rules, differs } = finding(&["vary"], &bad, &good) else {
        panic!("caught")
    };
    let expected = Miss {
        rule: "vary".to_owned(),
        broken: 2,
        both: 1,
    };
    assert_eq!(rules, [expected]);
    let difference = |rule: &str, bad: &[&str], good: &[&str]| Difference {
        rule: rule.to_owned(),
        bad: bad.iter().map(|c| (*c).to_owned()).collect(),
        good: good.iter().map(|c| (*c).to_owned()).collect(),
    };
    assert_eq!(
        differs,
        [
            difference("grant-null", &["c"], &[]),
            difference("max-age", &[], &["d"])
        ]
    );
}

#[test]
fn an_entry_with_a_release_that_could_not_run_is_unrun() {
    let failed = |error: &str| Release {
        error: Some(error.to_owned()),
        ..Release::default()
    };
    let silent = |cases: &str, reason: &str| Release {
        reason: Some(reason.to_owned()),
        ..release(cases)
    };
    let fine = || release("a:pass");
    let table = [
        (failed("no network"), fine(), "s@1: no network"),
        (fine(), failed("no network"), "s@2: no network"),
        (
            silent("a:not-applicable", "refused"),
            fine(),
            "s@1: no case applies: refused",
        ),
        (
            silent("a:broken:slow", "it died"),
            fine(),
            "s@1: every case breaks it: it died",
        ),
        (Release::default(), fine(), "s@1: no case ran on it"),
    ];
    for (bad, good, expected) in table {
        assert_eq!(
            finding(&["vary"], &bad, &good),
            Finding::Unrun(vec![expected.to_owned()])
        );
    }
    // A release that died after some cases has results.
    let early = Release {
        error: Some("it died".to_owned()),
        ..release("a:hygiene:vary")
    };
    assert!(matches!(finding(&["vary"], &early, &fine()), Finding::Caught(_)));
}
