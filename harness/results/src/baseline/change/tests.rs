use super::*;
use crate::baseline::UNEXPLAINED;

/// The day of the runs, 1970-01-01.
fn today() -> Date {
    Date::of_unix(0)
}

fn baseline(causes: &str, cases: &str) -> Baseline {
    Baseline::new(serde_yaml::from_str(causes).unwrap(), CaseLists::parse(cases).unwrap())
}

/// Causes of a rule over all cases: `NAME RULE VERDICT`, and `VERSIONS` if there are any.
fn causes(lines: &[&str]) -> String {
    lines
        .iter()
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let versions = words
                .get(3)
                .map_or_else(String::new, |v| format!(", versions: \"{v}\""));
            format!(
                "- {{ cause: {}, rule: {}, verdict: {}, where: [\"*\"], reason: r{versions} }}\n",
                words[0], words[1], words[2]
            )
        })
        .collect()
}

const CAUSES: &[&str] = &[
    "doubled malformed hygiene",
    "refused refuse over-deny",
    "old vary hygiene <2",
];
const CASES: &str = "\
cause doubled
 rule malformed hygiene
  a
  b
cause old
 rule vary hygiene
  a
cause refused
 rule refuse over-deny
  a
";

fn of_rule(rule: &str, verdict: Verdict) -> Deviation {
    Deviation {
        rule: Some(rule.to_owned()),
        cause: format!("{rule}/x"),
        ..Deviation::of_step("cors-check/wildcard", "x", verdict, "")
    }
}

fn of_step(step: &str) -> Deviation {
    Deviation::of_step(step, "x", Verdict::OverGrant, "")
}

fn malformed() -> Deviation {
    of_rule("malformed", Verdict::Hygiene)
}

fn refused() -> Deviation {
    of_rule("refuse", Verdict::OverDeny)
}

fn vary() -> Deviation {
    of_rule("vary", Verdict::Hygiene)
}

/// What a run on version 2.1 makes of a baseline.
fn change(causes: &str, cases: &str, ran: &[(&str, &[Deviation])]) -> (Baseline, Change) {
    let before = baseline(causes, cases);
    let ran: Ran = ran.iter().map(|(id, d)| ((*id).to_owned(), d.to_vec())).collect();
    let change = Change::of(&before, "2.1", today(), &ran, None);
    (change.baseline(&before), change)
}

/// The lists of a baseline, each as `cause: case case`.
fn lines(baseline: &Baseline) -> Vec<String> {
    let line = |(key, cases): (&ListKey, &BTreeSet<String>)| {
        let cases: Vec<&str> = cases.iter().map(String::as_str).collect();
        format!("{}: {}", key.cause, cases.join(" "))
    };
    baseline.lists.iter().map(line).collect()
}

#[track_caller]
fn check(ran: &[(&str, &[Deviation])], expected: &[&str], counts: (usize, usize, usize)) {
    let (after, change) = change(&causes(CAUSES), CASES, ran);
    assert_eq!(lines(&after), expected);
    assert_eq!((change.cases_added, change.cases_removed, change.broken.len()), counts);
}

#[test]
fn cases_that_did_not_run_stay() {
    check(&[], &["doubled: a b", "old: a", "refused: a"], (0, 0, 0));
}

#[test]
fn cases_that_deviate_as_listed_stay() {
    let both = [malformed(), refused()];
    check(&[("a", &both)], &["doubled: a b", "old: a", "refused: a"], (0, 0, 0));
}

#[test]
fn a_stale_case_leaves_its_own_list_only() {
    check(
        &[("a", &[refused()])],
        &["doubled: b", "old: a", "refused: a"],
        (0, 1, 0),
    );
}

#[test]
fn a_cause_without_cases_is_removed_unless_it_is_of_other_versions_or_written_ahead() {
    let all = [CAUSES, &["ahead malformed wire"]].concat();
    let (after, change) = change(&causes(&all), CASES, &[("a", &[]), ("b", &[])]);
    let names: Vec<&str> = after.causes.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["old", "ahead"]);
    assert_eq!(lines(&after), ["old: a"]);
    assert_eq!((change.kept, change.cases_removed), (vec![false, false, true, true], 3));
}

#[test]
fn a_new_deviation_joins_the_only_cause_that_covers_it() {
    check(
        &[("a", &[malformed()]), ("c", &[refused()])],
        &["doubled: a b", "old: a", "refused: c"],
        (1, 1, 0),
    );
}

#[test]
fn a_deviation_that_no_cause_covers_adds_an_unexplained_cause() {
    let wire = of_rule("refuse", Verdict::Wire);
    let (after, change) = change(
        &causes(CAUSES),
        CASES,
        &[("c", &[wire]), ("policies/any#vary/x", &[vary()])],
    );
    assert_eq!(
        lines(&after),
        [
            "doubled: a b",
            "old: a",
            "refuse/x: c",
            "refused: a",
            "vary/x: policies/any#vary/x"
        ]
    );
    let [refuse, vary] = change.added.as_slice() else {
        panic!("{:?}", change.added)
    };
    assert_eq!(
        (refuse.reason.as_str(), vary.reason.as_str()),
        (UNEXPLAINED, UNEXPLAINED)
    );
    assert_eq!((&refuse.versions, &vary.versions), (&None, &None));
    let broken = Broken::Rule("vary".to_owned());
    assert!(vary.covers(&broken, Verdict::Hygiene, "policies/any#vary/x"));
    assert!(!vary.covers(&broken, Verdict::Hygiene, "policies/one#vary/x"));
}

#[test]
fn a_deviation_that_two_causes_cover_adds_an_unexplained_cause() {
    let two = causes(&["one vary hygiene", "two vary hygiene"]);
    let lists = "cause one\n rule vary hygiene\n  a\ncause two\n rule vary hygiene\n  b\n";
    let ran: [(&str, &[Deviation]); 3] = [("a", &[vary()]), ("b", &[vary()]), ("c", &[vary()])];
    let (after, _) = change(&two, lists, &ran);
    assert_eq!(lines(&after), ["one: a", "two: b", "vary/x: c"]);
}

#[test]
fn a_new_cause_has_a_name_that_no_other_cause_has() {
    let (after, _) = change(&causes(&["vary/x refuse over-deny"]), "", &[("c", &[vary()])]);
    assert_eq!(lines(&after), ["vary/x-2: c"]);
}

#[test]
fn new_causes_name_the_rule_or_the_steps() {
    let second = Deviation {
        cause: "cors-check/wildcard/x".to_owned(),
        ..of_step("cors-check/missing-acao")
    };
    let (after, _) = change("", "", &[("s", &[of_step("cors-check/wildcard"), second])]);
    assert_eq!(lines(&after), ["cors-check/wildcard/x: s", "cors-check/wildcard/x: s"]);
    let [cause] = after.causes.as_slice() else {
        panic!("{after:?}")
    };
    for step in ["cors-check/wildcard", "cors-check/missing-acao"] {
        assert!(cause.covers(&Broken::Step(step.to_owned()), Verdict::OverGrant, "s"));
    }
}

#[test]
fn verdicts_that_need_no_baseline_are_not_listed() {
    for verdict in Verdict::ALL.into_iter().filter(|v| !v.counts()) {
        let (after, _) = change("", "", &[("a", &[of_rule("meaningless", verdict)])]);
        assert_eq!(after, Baseline::default());
    }
}

#[test]
fn a_crash_is_not_listed_and_keeps_what_it_hides() {
    let crash = of_rule("crash", Verdict::Broken);
    check(&[("a", &[crash])], &["doubled: a b", "old: a", "refused: a"], (0, 0, 1));
}

#[test]
fn a_crash_is_not_listed_under_a_cause_that_covers_it() {
    let crash = of_rule("crash", Verdict::Broken);
    let (after, change) = change(&causes(&["c crash broken"]), "", &[("a", &[crash])]);
    assert!(after.lists.is_empty() && change.added.is_empty() && change.broken.contains("a"));
}

#[test]
fn a_crash_that_is_listed_by_hand_stays_known() {
    let crash = of_rule("crash", Verdict::Broken);
    let lists = "cause c\n rule crash broken\n  a\n";
    let (after, change) = change(&causes(&["c crash broken"]), lists, &[("a", &[crash])]);
    assert_eq!(lines(&after), ["c: a"]);
    assert!(change.broken.is_empty());
}

#[test]
fn a_deviation_without_rule_and_step_is_not_listed() {
    let nameless = Deviation {
        rule: None,
        step: None,
        ..malformed()
    };
    let (after, _) = change("", "", &[("a", &[nameless])]);
    assert_eq!(after, Baseline::default());
}

#[test]
fn a_case_of_other_versions_is_listed_only_for_the_version_that_ran() {
    let (after, change) = change(&causes(CAUSES), CASES, &[("a", &[malformed(), refused(), vary()])]);
    assert_eq!(lines(&after), ["doubled: a b", "old: a", "refused: a", "vary/x: a"]);
    let [added] = change.added.as_slice() else {
        panic!("{:?}", change.added)
    };
    assert_eq!(
        added.versions.as_ref().map(ToString::to_string).as_deref(),
        Some("=2.1")
    );
    let old = after.causes.iter().find(|c| c.name.as_str() == "old").unwrap();
    assert!(!old.shares_version(added));
}

#[test]
fn a_case_of_other_versions_does_not_join_a_cause_that_shares_one_of_them() {
    let all = causes(&["old vary hygiene <2", "all vary hygiene"]);
    let (after, _) = change(
        &all,
        "cause old\n rule vary hygiene\n  a\n",
        &[("a", &[vary()]), ("b", &[vary()])],
    );
    assert_eq!(lines(&after), ["all: b", "old: a", "vary/x: a"]);
}

#[test]
fn an_update_of_an_update_changes_nothing() {
    let ran: [(&str, &[Deviation]); 2] = [
        ("a", &[malformed(), vary()]),
        ("d", &[of_rule("refuse", Verdict::Wire)]),
    ];
    let (first, _) = change(&causes(CAUSES), CASES, &ran);
    let ran: Ran = ran.iter().map(|(id, d)| ((*id).to_owned(), d.to_vec())).collect();
    let second = Change::of(&first, "2.1", today(), &ran, None);
    assert_eq!(second.baseline(&first), first);
    assert_eq!((second.cases_added, second.cases_removed), (0, 0));
}

#[test]
fn the_cases_of_a_renamed_cause_follow_it() {
    let renamed = causes(&[
        "twice malformed hygiene",
        "refused refuse over-deny",
        "old vary hygiene <2",
    ]);
    let (after, _) = change(&renamed, CASES, &[]);
    assert_eq!(lines(&after), ["old: a", "refused: a", "twice: a b"]);
}

#[test]
fn cases_that_no_longer_exist_are_removed_if_all_cases_are_known() {
    let before = baseline(&causes(CAUSES), CASES);
    let existing = BTreeSet::from(["b".to_owned()]);
    let after = Change::of(&before, "2.1", today(), &Ran::new(), Some(&existing)).baseline(&before);
    assert_eq!(lines(&after), ["doubled: b"]);
}

#[test]
fn globs_of_new_causes_name_files_folders_generators_or_policies() {
    let many: Vec<String> = (0..9).map(|n| format!("f/{n}#a")).collect();
    let folders: Vec<String> = (0..9).map(|n| format!("f{n}/g#a")).collect();
    for (cases, globs) in [
        (vec!["f/a#x", "f/b#x", "g/a#x"], vec!["f/{a,b}#*", "g/a#*"]),
        (many.iter().map(String::as_str).collect(), vec!["f/*"]),
        (folders.iter().map(String::as_str).collect(), vec!["*"]),
        (
            vec!["policies/any#vary/x", "policies/any#origin/y"],
            vec!["policies/any#*"],
        ),
        (
            vec!["policies/any#vary/x", "policies/one#vary/y"],
            vec!["policies/*#vary/*"],
        ),
        (vec!["f{#x"], vec!["*"]),
        (vec!["a", "b"], vec!["*"]),
    ] {
        let written: Vec<String> = adding::places(cases.iter().copied())
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(written, globs, "{cases:?}");
        let places = adding::places(cases.iter().copied());
        assert!(cases.iter().all(|case| places.iter().any(|glob| glob.matches(case))));
    }
}

#[test]
fn a_new_deviation_of_an_expired_cause_is_not_listed() {
    let written = |until: &str| {
        format!(
            "- {{ cause: doubled, rule: malformed, verdict: hygiene, where: [\"*\"], until: {until}, reason: r }}\n"
        )
    };
    let lists = "cause doubled\n rule malformed hygiene\n  a\n";
    let ran = Ran::from([("a", vec![malformed()]), ("b", vec![malformed()])].map(|(id, d)| (id.to_owned(), d)));
    let before = baseline(&written("1969-12-31"), lists);
    let change = Change::of(&before, "1", today(), &ran, None);
    assert_eq!(change.lists, before.lists);
    assert!(change.added.is_empty() && change.kept == [true], "{change:?}");
    let (name, cases) = change.expired.first_key_value().unwrap();
    assert_eq!((name.as_str(), cases), ("doubled", &BTreeSet::from(["b".to_owned()])));
    // The last day counts, and another cause takes what an expired one does not.
    let last_day = Change::of(&baseline(&written("1970-01-01"), lists), "1", today(), &ran, None);
    assert!(last_day.expired.is_empty() && last_day.cases_added == 1, "{last_day:?}");
    let both = baseline(&(written("1969-12-31") + &causes(&["other malformed hygiene"])), lists);
    let change = Change::of(&both, "1", today(), &ran, None);
    assert!(change.expired.is_empty() && change.cases_added == 1, "{change:?}");
}
