//! Tests of the reports that CI systems read: what each has, and that hostile text stays text.

mod annotations;
mod badge;
mod junit;
mod markdown;
mod sarif;

use crate::{Places, PlacesOfSubject, ReportContext, ReportFormat, Requirement, Requirements};
use crosscheck_results::{
    CaseResult, Cause, Deviation, Footer, Header, Level, Run, RunExit, Status, Verdict, exit_code,
};

/// What ends a text, an element, a line or a command in some format.
const HOSTILE: &str = "]]></failure><script>&lt;\"'\0\u{1b}[31m\u{7f}\u{9b}\u{FFFE}\u{FFFF}\u{202E}\r\n::error::x%0A|`@all [a](b) $(id) ${{ x }}";

/// A header of a server.
fn header(subject: &str) -> Header {
    Header {
        crosscheck: 2,
        tool: "0.1.0".into(),
        subject: subject.into(),
        role: "server".into(),
        version: "1.0".into(),
        ..Header::default()
    }
}

/// A complete run with these cases, counted as the runner does.
fn run_of(subject: &str, cases: Vec<CaseResult>) -> Run {
    let mut footer = Footer {
        subject: subject.into(),
        cases: cases.len(),
        seconds: 1.5,
        complete: true,
        ..Footer::default()
    };
    for case in &cases {
        *footer.verdicts.entry(case.verdict).or_default() += 1;
        if case.status == Some(Status::Unexpected) {
            footer.unexpected.push(case.id.clone());
        }
        for deviation in case.deviations.iter().filter(|d| d.verdict.counts()) {
            let same = |cause: &&mut Cause| {
                (&cause.cause, cause.verdict, cause.status) == (&deviation.cause, deviation.verdict, deviation.status)
            };
            match footer.causes.iter_mut().find(same) {
                Some(cause) => cause.cases.push(case.id.clone()),
                None => footer.causes.push(Cause {
                    cause: deviation.cause.clone(),
                    rule: deviation.rule.clone(),
                    verdict: deviation.verdict,
                    status: deviation.status,
                    cases: vec![case.id.clone()],
                    reason: (deviation.status == Some(Status::Known)).then(|| format!("because {HOSTILE}")),
                    upstream: None,
                    expired: None,
                }),
            }
        }
    }
    Run {
        header: header(subject),
        cases,
        footer: Some(footer),
        discrepancy: None,
    }
}

fn deviation(rule: &str, verdict: Verdict, status: Option<Status>) -> Deviation {
    Deviation {
        rule: Some(rule.into()),
        step: None,
        verdict,
        level: Level::Must,
        header: Some("vary".into()),
        what: format!("what {HOSTILE}"),
        expected: Some(format!("expected\n{HOSTILE}")),
        actual: Some(format!("actual\n{HOSTILE}")),
        exchange: None,
        status,
        cause: format!("{rule}/vary"),
    }
}

/// A case with one deviation, which is unexpected if it counts.
fn deviating(id: &str, rule: &str, verdict: Verdict) -> CaseResult {
    with_status(id, rule, verdict, verdict.counts().then_some(Status::Unexpected))
}

fn with_status(id: &str, rule: &str, verdict: Verdict, status: Option<Status>) -> CaseResult {
    CaseResult {
        title: HOSTILE.into(),
        status,
        deviations: vec![deviation(rule, verdict, status)],
        millis: 1234,
        ..CaseResult::new("", id, verdict)
    }
}

fn with_reason(id: &str, verdict: Verdict) -> CaseResult {
    CaseResult {
        reason: Some(format!("reason {HOSTILE}")),
        ..CaseResult::new("", id, verdict)
    }
}

fn passing(id: &str) -> CaseResult {
    CaseResult::new("", id, Verdict::Pass)
}

/// A run with every kind of result, in which every text from outside is hostile.
fn hostile() -> Run {
    let hostile_id = format!("topic {HOSTILE}#case {HOSTILE}");
    let mut run = run_of(
        "server@1.0",
        vec![
            passing("a/b#pass"),
            deviating("a/b#grant", "grant-null", Verdict::OverGrant),
            deviating(&hostile_id, &format!("rule {HOSTILE}"), Verdict::OverDeny),
            deviating("policies/a/b#pass#vary/x", "vary", Verdict::Hygiene),
            with_status("a/b#known", "vary", Verdict::Hygiene, Some(Status::Known)),
            deviating("a/b#advice", "never-matches", Verdict::Advice),
            CaseResult {
                reason: Some(HOSTILE.into()),
                ..deviating("a/b#broken", "crash", Verdict::Broken)
            },
            with_reason("a/b#na", Verdict::NotApplicable),
            with_reason("a/b#not-judged", Verdict::NotJudged),
            CaseResult::new("", "a/b#allowed", Verdict::Allowed),
        ],
    );
    run.header.library = HOSTILE.into();
    run.header.version = HOSTILE.into();
    run.header.repeat = vec!["--cases".into(), HOSTILE.into()];
    if let Some(footer) = &mut run.footer {
        footer.stale = vec!["a/b#pass".into(), "a/b#gone".into()];
        footer.error = Some(HOSTILE.into());
        footer.missing = vec![hostile_id.as_str().into()];
        footer.complete = false;
    }
    run
}

fn places() -> Places {
    let file = "a b/é:%,\n.yaml".to_owned();
    let lines = [("vary/vary".to_owned(), 7)].into();
    Places::from_iter([("server@1.0".to_owned(), PlacesOfSubject { file, lines, line: 1 })])
}

fn report(format: ReportFormat, runs: &[Run]) -> String {
    let requirements = Requirements::from_iter([(
        "server/vary-origin-dynamic".to_owned(),
        Requirement {
            anchor: "#http-responses".into(),
            summary: "Vary has Origin.".into(),
        },
    )]);
    let context = ReportContext {
        requirements: &requirements,
        places: &places(),
    };
    let mut out = Vec::new();
    format.write(&mut out, runs, context).expect("memory");
    String::from_utf8(out).expect("text")
}

/// Runs of one subject with one thing that makes the run fail, and those that are as expected.
fn one_by_one() -> Vec<(&'static str, Run)> {
    let good = || vec![passing("a#1"), with_reason("a#2", Verdict::NotApplicable)];
    let and = |case: CaseResult| run_of("s", [good(), vec![case]].concat());
    let footer = |change: fn(&mut Footer)| {
        let mut run = run_of("s", good());
        run.footer.iter_mut().for_each(change);
        run
    };
    vec![
        ("good", run_of("s", good())),
        (
            "known",
            and(with_status("a#3", "vary", Verdict::Hygiene, Some(Status::Known))),
        ),
        (
            "known-broken",
            and(with_status("a#3", "crash", Verdict::Broken, Some(Status::Known))),
        ),
        ("advice", and(deviating("a#3", "never-matches", Verdict::Advice))),
        ("allowed", and(CaseResult::new("", "a#3", Verdict::Allowed))),
        ("unexpected", and(deviating("a#3", "vary", Verdict::Hygiene))),
        ("broken", and(deviating("a#3", "crash", Verdict::Broken))),
        ("not-judged", and(with_reason("a#3", Verdict::NotJudged))),
        ("stale", footer(|f| f.stale = vec!["a#1".into()])),
        ("stale-gone", footer(|f| f.stale = vec!["a#9".into()])),
        ("stale-not-applicable", footer(|f| f.stale = vec!["a#2".into()])),
        (
            "missing",
            footer(|f| (f.missing, f.complete) = (vec!["a#9".into()], false)),
        ),
        ("failed", footer(|f| f.error = Some("it died".into()))),
        (
            "could-not-run",
            footer(|f| (f.verdicts, f.error, f.complete) = ([].into(), Some("no node".into()), false)),
        ),
        (
            "no-footer",
            Run {
                footer: None,
                ..run_of("s", good())
            },
        ),
    ]
}

fn is_expected(run: &Run) -> bool {
    exit_code(std::slice::from_ref(run)) == RunExit::Expected
}

#[test]
fn no_report_has_a_character_that_a_terminal_acts_on() {
    for format in ReportFormat::ALL {
        let text = report(format, &[hostile()]);
        let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202E}';
        assert!(!text.contains(bad), "{format}: {text:?}");
    }
}

#[test]
fn every_format_reports_many_subjects_with_many_cases() {
    let run = |subject: usize| {
        let cases = (0..500).map(|i| match i % 5 {
            0 => deviating(&format!("a/b#{i}"), &format!("rule-{i}"), Verdict::Hygiene),
            1 => with_reason(&format!("a/b#{i}"), Verdict::NotApplicable),
            _ => passing(&format!("a/b#{i}")),
        });
        run_of(&format!("server-{subject}"), cases.collect())
    };
    let runs: Vec<Run> = (0..48).map(run).collect();
    let counts = |format, parts: &[&str]| -> Vec<usize> {
        let text = report(format, &runs);
        parts.iter().map(|part| text.matches(part).count()).collect()
    };
    let junit = counts(ReportFormat::Junit, &["<testcase ", "<failure ", "<skipped "]);
    assert_eq!(junit, [48 * 500, 48 * 100, 48 * 100]);
    assert_eq!(counts(ReportFormat::Sarif, &["\"ruleIndex\""]), [48 * 100]);
    assert_eq!(counts(ReportFormat::Markdown, &["| <code>server-"]), [48]);
    assert_eq!(counts(ReportFormat::Github, &["::warning "]), [10]);
    assert_eq!(counts(ReportFormat::Badge, &["\"14,400 of 19,200 pass\""]), [1]);
}
