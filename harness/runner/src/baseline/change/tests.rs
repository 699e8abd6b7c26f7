use super::*;

fn baseline(text: &str) -> Baseline {
    Baseline::parse(text).unwrap()
}

const OLD: &str = "
- { cause: doubled, rule: malformed, verdict: hygiene, reason: r, upstream: u, cases: [b, a] }
- { cause: refuse/x, rule: refuse, verdict: over-deny, reason: r, cases: [a] }
- { cause: old, rule: vary, verdict: hygiene, versions: \"<2\", reason: r, cases: [a] }
";

fn of_rule(rule: &str, verdict: Verdict, cause: &str) -> Deviation {
    Deviation {
        rule: Some(rule.to_owned()),
        step: Some("cors-check/wildcard".to_owned()),
        verdict,
        cause: cause.to_owned(),
        ..Deviation::of_step("", "", verdict, "")
    }
}

fn of_step(step: &str) -> Deviation {
    Deviation::of_step(step, "x", Verdict::OverGrant, "")
}

/// The entries after a run, each as `cause: case case`, and how many ids came in, went out, and broke.
fn after(old: &str, ran: &[(&str, &[Deviation])]) -> (Vec<String>, usize, usize, usize) {
    let ran: Ran = ran.iter().map(|(id, d)| ((*id).to_owned(), d.to_vec())).collect();
    let change = Change::of(&baseline(old), "2.1", &ran);
    let entries = change.baseline().entries;
    let lines = entries.iter().map(|e| format!("{}: {}", e.cause, e.cases.join(" ")));
    (
        lines.collect(),
        change.ids_added,
        change.ids_removed,
        change.broken.len(),
    )
}

#[track_caller]
fn check(ran: &[(&str, &[Deviation])], entries: &[&str], counts: (usize, usize, usize)) {
    let (lines, added, removed, broken) = after(OLD, ran);
    assert_eq!(lines, entries);
    assert_eq!((added, removed, broken), counts);
}

fn malformed() -> Deviation {
    of_rule("malformed", Verdict::Hygiene, "malformed/x")
}

fn refused() -> Deviation {
    of_rule("refuse", Verdict::OverDeny, "refuse/x")
}

#[test]
fn what_did_not_run_stays() {
    check(&[], &["doubled: a b", "refuse/x: a", "old: a"], (0, 0, 0));
}

#[test]
fn what_deviates_as_listed_stays() {
    let both = [malformed(), refused()];
    check(&[("a", &both)], &["doubled: a b", "refuse/x: a", "old: a"], (0, 0, 0));
}

#[test]
fn a_stale_id_goes_from_its_entry_alone() {
    check(
        &[("a", &[refused()])],
        &["doubled: b", "refuse/x: a", "old: a"],
        (0, 1, 0),
    );
}

#[test]
fn an_entry_without_cases_goes_and_one_of_other_versions_stays() {
    check(&[("a", &[]), ("b", &[])], &["old: a"], (0, 3, 0));
}

#[test]
fn a_deviation_joins_the_entry_of_its_own_cause() {
    check(
        &[("a", &[malformed()]), ("c", &[refused()])],
        &["doubled: a b", "refuse/x: c", "old: a"],
        (1, 1, 0),
    );
}

#[test]
fn a_deviation_of_another_cause_or_verdict_makes_an_entry() {
    let wire = of_rule("refuse", Verdict::Wire, "refuse/x");
    check(
        &[("d", &[malformed()]), ("c", &[malformed(), wire])],
        &[
            "doubled: a b",
            "refuse/x: a",
            "old: a",
            "malformed/x: c d",
            "refuse/x: c",
        ],
        (3, 0, 0),
    );
}

#[test]
fn new_entries_are_unexplained_and_name_the_rule_or_the_step() {
    let ran = [
        ("s", [of_step("cors-check/wildcard")]),
        ("r", [of_rule("vary", Verdict::Hygiene, "vary/x")]),
    ];
    let ran: Ran = ran.iter().map(|(id, d)| ((*id).to_owned(), d.to_vec())).collect();
    let entries = Change::of(&Baseline::default(), "1", &ran).baseline().entries;
    let named: Vec<_> = entries
        .iter()
        .map(|e| (e.rule.as_deref(), e.step.as_deref(), e.reason.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            (None, Some("cors-check/wildcard"), UNEXPLAINED),
            (Some("vary"), None, UNEXPLAINED)
        ]
    );
}

#[test]
fn what_needs_no_baseline_enters_none() {
    for verdict in [Verdict::Advice, Verdict::Allowed, Verdict::Pass, Verdict::NotApplicable] {
        let deviation = of_rule("meaningless", verdict, "meaningless/x");
        assert_eq!(after("[]", &[("a", &[deviation])]), (Vec::new(), 0, 0, 0));
    }
}

#[test]
fn a_crash_is_left_out_and_keeps_what_it_hides() {
    let crash = of_rule("crash", Verdict::Broken, "crash/x");
    check(
        &[("a", &[crash])],
        &["doubled: a b", "refuse/x: a", "old: a"],
        (0, 0, 1),
    );
}

#[test]
fn a_crash_that_is_known_stays_known() {
    let old = "[{ cause: c, rule: crash, verdict: broken, reason: r, cases: [a] }]";
    let crash = of_rule("crash", Verdict::Broken, "crash/x");
    assert_eq!(after(old, &[("a", &[crash])]), (vec!["c: a".to_owned()], 0, 0, 0));
}

#[test]
fn a_deviation_that_names_nothing_enters_none() {
    let nameless = Deviation {
        step: None,
        ..Deviation::of_step("", "", Verdict::Wire, "")
    };
    assert_eq!(after("[]", &[("a", &[nameless])]), (Vec::new(), 0, 0, 0));
}
