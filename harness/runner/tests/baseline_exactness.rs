//! The committed baselines are exact: a run that deviates as listed has no unexpected result, and any other run is reported.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crosscheck_results::baseline::{Baseline, BaselineComparison, Broken, ListKey};
use crosscheck_results::{CaseResult, Date, Deviation, Footer, Status, Verdict};
use crosscheck_runner::baseline::{load, parse};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A version that every range of a committed baseline contains.
const VERSION: &str = "99999";

/// The rules or steps that each case of a subject breaks, with verdicts.
type Run = BTreeMap<String, BTreeSet<(Broken, Verdict)>>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/baselines")
}

fn subjects() -> Vec<String> {
    let names = std::fs::read_dir(folder()).unwrap();
    let names = names.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter_map(|name| Some(name.strip_suffix(".yaml")?.to_owned()))
        .collect();
    names.sort();
    assert!(!names.is_empty());
    names
}

/// Returns the run of a subject that deviates exactly as listed.
fn as_listed(baseline: &Baseline) -> Run {
    let mut run = Run::new();
    for (key, cases) in baseline.lists().iter() {
        for case in cases {
            run.entry(case.clone())
                .or_default()
                .insert((key.broken.clone(), key.verdict));
        }
    }
    run
}

fn result(id: &str, deviations: &BTreeSet<(Broken, Verdict)>) -> CaseResult {
    let deviation = |(broken, verdict): &(Broken, Verdict)| {
        let (rule, step) = match broken {
            Broken::Rule(id) => (Some(id.clone()), None),
            Broken::Step(id) => (None, Some(id.as_str().into())),
        };
        Deviation {
            rule,
            step,
            ..Deviation::of_step("", "", *verdict, "")
        }
    };
    let worst = deviations.iter().map(|(_, verdict)| *verdict).min();
    CaseResult {
        deviations: deviations.iter().map(deviation).collect(),
        ..CaseResult::new("", id, worst.unwrap_or(Verdict::Pass))
    }
}

/// Returns the unexpected cases and the stale ones.
fn compare(baseline: &Baseline, run: &Run) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut comparison = BaselineComparison::new(Some(baseline), VERSION);
    let mut unexpected = BTreeSet::new();
    for (id, deviations) in run {
        let mut case = result(id, deviations);
        comparison.classify(&mut case);
        if case.status == Some(Status::Unexpected) {
            unexpected.insert(id.clone());
        }
    }
    let mut footer = Footer::default();
    comparison.finish(&mut footer, &run.keys().map(|id| id.as_str().into()).collect());
    (unexpected, footer.stale.iter().map(ToString::to_string).collect())
}

/// A random number generator with a fixed seed, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Flip {
    Removed,
    Added,
    OtherVerdict,
    OtherRule,
    OtherCause,
}

const FLIPS: [Flip; 5] = [
    Flip::Removed,
    Flip::Added,
    Flip::OtherVerdict,
    Flip::OtherRule,
    Flip::OtherCause,
];

/// Changes one deviation of a run. Returns the case, and whether it must be unexpected and whether stale. Returns `None` if the
/// picked deviation does not allow the flip.
fn flip(
    flip: Flip,
    run: &mut Run,
    keys: &[ListKey],
    elsewhere: &[String],
    random: &mut Random,
) -> Option<(String, bool, bool)> {
    let ids: Vec<String> = run.keys().map(|id| id.as_str().into()).collect();
    let id = random.pick(&ids).clone();
    let deviations = run.get_mut(&id)?;
    let all: Vec<(Broken, Verdict)> = deviations.iter().cloned().collect();
    let old = random.pick(&all).clone();
    let key = random.pick(keys);
    let new = match flip {
        Flip::Removed => {
            deviations.remove(&old);
            return Some((id, false, true));
        }
        Flip::Added => {
            let id = random.pick(elsewhere).clone();
            let fresh = (key.broken.clone(), key.verdict);
            return run
                .entry(id.clone())
                .or_default()
                .insert(fresh)
                .then_some((id, true, false));
        }
        Flip::OtherVerdict => {
            let others: Vec<Verdict> = Verdict::ALL.into_iter().filter(|v| v.counts() && *v != old.1).collect();
            (old.0.clone(), *random.pick(&others))
        }
        Flip::OtherRule => {
            let others = ["grant-null", "refuse", "vary", "malformed", "cors-check/wildcard"];
            let other = (*random.pick(&others)).to_owned();
            let other = match old.0 {
                Broken::Rule(_) => Broken::Rule(other),
                Broken::Step(_) => Broken::Step(other),
            };
            (other, old.1)
        }
        Flip::OtherCause => (key.broken.clone(), key.verdict),
    };
    if deviations.contains(&new) {
        return None;
    }
    deviations.remove(&old);
    deviations.insert(new);
    Some((id, true, true))
}

#[test]
fn a_run_that_deviates_as_listed_has_nothing_unexpected_and_nothing_stale() {
    for subject in subjects() {
        let baseline = load(&folder(), &subject).unwrap();
        let run = as_listed(&baseline);
        assert!(!run.is_empty(), "{subject}");
        assert_eq!(
            compare(&baseline, &run),
            (BTreeSet::new(), BTreeSet::new()),
            "{subject}"
        );
    }
}

#[test]
fn each_of_a_hundred_changed_verdicts_is_reported() {
    let baselines: Vec<(String, Baseline)> = subjects()
        .into_iter()
        .map(|subject| (subject.clone(), load(&folder(), &subject).unwrap()))
        .collect();
    let everywhere: BTreeSet<String> = baselines.iter().flat_map(|(_, b)| as_listed(b).into_keys()).collect();
    let everywhere: Vec<String> = everywhere.into_iter().collect();
    let mut random = Random(20_260_729);
    let mut flipped: BTreeMap<Flip, usize> = BTreeMap::new();
    for round in 0.. {
        if flipped.values().sum::<usize>() == 100 {
            break;
        }
        let kind = FLIPS[round % FLIPS.len()];
        if flipped.get(&kind) == Some(&20) {
            continue;
        }
        let (subject, baseline) = random.pick(&baselines);
        let keys: Vec<ListKey> = baseline.lists().iter().map(|(key, _)| key.clone()).collect();
        let mut run = as_listed(baseline);
        let Some((id, is_unexpected, is_stale)) = flip(kind, &mut run, &keys, &everywhere, &mut random) else {
            continue;
        };
        let one = |is: bool| {
            if is {
                BTreeSet::from([id.clone()])
            } else {
                BTreeSet::new()
            }
        };
        assert_eq!(
            compare(baseline, &run),
            (one(is_unexpected), one(is_stale)),
            "{kind:?} of `{id}` on {subject}"
        );
        *flipped.entry(kind).or_default() += 1;
    }
    assert_eq!(flipped.len(), FLIPS.len());
}

#[test]
fn a_baseline_distinguishes_the_rules_and_verdicts_of_a_case() {
    let causes = "- { cause: a, rule: vary, verdict: hygiene, where: [\"x#*\"], reason: r }\n\
                  - { cause: b, rule: refuse, verdict: [over-deny, wire], where: [\"x#*\"], reason: r }\n\
                  - { cause: c, rule: malformed, verdict: hygiene, where: [\"x#*\"], versions: <2, reason: r }\n";
    let cases = "cause a\n rule vary hygiene\n  x#1\ncause b\n rule refuse over-deny\n  x#1\n  y#1\n\
                 cause c\n rule malformed hygiene\n  x#1\ncause gone\n rule slow broken\n  x#1\n";
    let baseline = parse(causes, cases).unwrap();
    let mut comparison = BaselineComparison::new(Some(&baseline), VERSION);
    let rule = |id: &str, verdict| (Broken::Rule(id.to_owned()), verdict);
    let statuses: Vec<_> = [
        ("x#1", rule("vary", Verdict::Hygiene), Status::Known),
        ("x#1", rule("refuse", Verdict::OverDeny), Status::Known),
        ("x#1", rule("refuse", Verdict::Wire), Status::Unexpected),
        (
            "x#1",
            (Broken::Step("vary".to_owned()), Verdict::Hygiene),
            Status::Unexpected,
        ),
        ("x#2", rule("vary", Verdict::Hygiene), Status::Unexpected),
        ("y#1", rule("refuse", Verdict::OverDeny), Status::Unexpected),
        ("x#1", rule("malformed", Verdict::Hygiene), Status::Unexpected),
        ("x#1", rule("slow", Verdict::Broken), Status::Unexpected),
    ]
    .into_iter()
    .map(|(id, deviation, expected)| {
        let mut case = result(id, &BTreeSet::from([deviation.clone()]));
        comparison.classify(&mut case);
        (id, deviation, expected, case.status == Some(expected))
    })
    .collect();
    assert!(statuses.iter().all(|(.., is_right)| *is_right), "{statuses:?}");
}

#[test]
fn a_cause_covers_its_deviations_until_its_last_day_has_passed() {
    let causes = "- { cause: a, rule: vary, verdict: hygiene, where: [\"x#*\"], until: 2026-01-31, reason: r }\n\
                  - { cause: b, rule: refuse, verdict: wire, where: [\"x#*\"], until: \"3\", reason: r }\n\
                  - { cause: c, rule: refuse, verdict: wire, where: [\"x#*\"], until: 2026-01-31, reason: r }\n";
    let cases = "cause a\n rule vary hygiene\n  x#1\n  x#3\ncause b\n rule refuse wire\n  x#2\ncause c\n rule refuse wire\n  x#2\n";
    let baseline = parse(causes, cases).unwrap();
    let rule = |id: &str, verdict| BTreeSet::from([(Broken::Rule(id.to_owned()), verdict)]);
    for (today, expired) in [
        (None, false),
        (Some("2026-01-30"), false),
        (Some("2026-01-31"), false),
        (Some("2026-02-01"), true),
        (Some("2030-12-31"), true),
    ] {
        let today = today.map(|text| text.parse::<Date>().unwrap());
        let mut comparison = BaselineComparison::new(Some(&baseline), "2");
        if let Some(today) = today {
            comparison = comparison.on(today);
        }
        let mut footer = Footer::default();
        let mut first = result("x#1", &rule("vary", Verdict::Hygiene));
        // Another cause, which has not expired, covers this one too.
        let mut second = result("x#2", &rule("refuse", Verdict::Wire));
        let mut third = CaseResult::new("", "x#3", Verdict::Pass);
        for case in [&mut first, &mut second, &mut third] {
            comparison.classify(case);
        }
        let ran: BTreeSet<_> = ["x#1", "x#2", "x#3"].map(Into::into).into();
        comparison.finish(&mut footer, &ran);
        let status = if expired { Status::Unexpected } else { Status::Known };
        assert_eq!(
            (first.status, second.status),
            (Some(status), Some(Status::Known)),
            "{today:?}"
        );
        assert_eq!(first.deviations[0].cause, "a");
        // A case that no longer deviates is stale, also below a cause that has expired.
        assert_eq!(footer.stale, ["x#3"]);
        let cause = footer.causes.iter().find(|cause| cause.cause == "a").unwrap();
        assert_eq!(
            cause.expired.map(|day| day.to_string()),
            expired.then(|| "2026-01-31".to_owned())
        );
        assert_eq!(cause.reason.as_deref(), Some("r"));
    }
}
