use super::*;
use crosscheck_results::{
    CaseResult, Cause, Deviation, ExchangeRecord, Footer, Header, Level, PageRequest, Run, Status, TraceEvent, Verdict,
};

const EVIL: &str = "</script><script>alert(1)</script>\x1b[31m\u{202E}\r\n\"'&";

/// A run in which everything that may come off a wire is hostile.
fn run() -> Run {
    let case = CaseResult {
        title: EVIL.into(),
        verdict: Verdict::OverDeny,
        status: Some(Status::Unexpected),
        deviations: vec![Deviation {
            rule: Some("refuse".into()),
            step: Some("cors-check/missing-acao".into()),
            verdict: Verdict::OverDeny,
            level: Level::Must,
            header: Some("access-control-allow-origin".into()),
            what: EVIL.into(),
            expected: Some("cors 200\nreadable x-two".into()),
            actual: Some("error\nreadable x-two".into()),
            exchange: None,
            status: Some(Status::Unexpected),
            cause: "refuse/access-control-allow-origin".into(),
        }],
        asked: vec![PageRequest {
            origin: EVIL.into(),
            request: serde_json::json!({ "url": EVIL, "method": EVIL }),
        }],
        transcript: vec![ExchangeRecord {
            what: "actual".into(),
            request: format!("GET / HTTP/1.1\r\nX: {EVIL}\r\n\r\n").as_bytes().into(),
            response: format!("HTTP/1.1 200 {EVIL}\r\n\r\n").as_bytes().into(),
        }],
        trace: vec![TraceEvent {
            algorithm: "CORS check".into(),
            anchor: "#concept-cors-check".into(),
            steps: vec!["cors-check/missing-acao".into()],
            detail: EVIL.into(),
            exchange: Some(0),
            decisive: true,
        }],
        ..CaseResult::new("tower-http", "cors-check/presence#absent", Verdict::OverDeny)
    };
    let passing = CaseResult::new("tower-http", "expose/names#one", Verdict::Pass);
    Run {
        header: Header {
            crosscheck: 2,
            subject: "tower-http".into(),
            version: "0.7.1".into(),
            role: "server".into(),
            ..Header::default()
        },
        cases: vec![case, passing],
        footer: Some(Footer {
            subject: "tower-http".into(),
            cases: 2,
            verdicts: [(Verdict::OverDeny, 1), (Verdict::Pass, 1)].into(),
            statuses: [(Status::Unexpected, 1)].into(),
            unexpected: vec!["cors-check/presence#absent".into()],
            causes: vec![Cause {
                cause: "refuse/access-control-allow-origin".into(),
                rule: Some("refuse".into()),
                verdict: Verdict::OverDeny,
                status: Some(Status::Unexpected),
                cases: vec!["cors-check/presence#absent".into()],
                expired: None,
                reason: Some(EVIL.into()),
                upstream: Some("javascript:alert(1)".into()),
            }],
            examined: [("refuse".into(), 7), ("vary".into(), 0)].into(),
            seconds: 0.4,
            complete: true,
            ..Footer::default()
        }),
        ..Run::default()
    }
}

fn requirements() -> Requirements {
    let missing = Requirement {
        anchor: "#concept-cors-check".into(),
        summary: "Without Access-Control-Allow-Origin the check fails.".into(),
    };
    Requirements::from_iter([("cors-check/missing-acao".to_owned(), missing)])
}

fn terminal(runs: &[Run], options: &terminal::Options) -> String {
    let mut out = Vec::new();
    write_terminal(&mut out, runs, options).expect("memory");
    String::from_utf8(out).expect("text")
}

#[test]
fn the_terminal_report_goes_from_causes_to_the_command_that_repeats() {
    let text = terminal(&[run()], &terminal::Options::default());
    let parts = [
        "tower-http 0.7.1 (server): 2 cases in 0.4 s",
        "over-deny 1  pass 1",
        "against the baseline: unexpected 1",
        "examined nothing: vary",
        "causes",
        "refuse/access-control-allow-origin  1 case  unexpected",
        "[refuse, cors-check/missing-acao]",
        "- cors 200",
        "+ error",
        "  readable x-two",
        "wire 1: actual",
        "> GET / HTTP/1.1",
        "* CORS check (exchange 1)",
        "https://fetch.spec.whatwg.org/#concept-cors-check",
        "repeat: crosscheck run 'cors-check/presence#absent' --server tower-http",
    ];
    let mut from = 0;
    for part in parts {
        let at = text[from..]
            .find(part)
            .unwrap_or_else(|| panic!("`{part}` is missing or out of order in\n{text}"));
        from += at;
    }
}

#[test]
fn stale_cases_of_any_release_are_in_the_one_file_of_the_subject() {
    for subject in ["tower-http", "tower-http@0.6.0"] {
        let mut of_release = run();
        of_release.header.subject = subject.into();
        if let Some(footer) = &mut of_release.footer {
            footer.stale = vec!["expose/names#one".into()];
        }
        let text = terminal(&[of_release], &terminal::Options::default());
        assert!(text.contains("in reports/baselines/cases/tower-http.txt; "), "{text}");
    }
}

#[test]
fn nothing_off_a_wire_reaches_the_terminal_unescaped() {
    let text = terminal(&[run()], &terminal::Options::default());
    assert!(
        !text.contains('\x1b') && !text.contains('\r') && !text.contains('\u{202E}'),
        "{text:?}"
    );
    let coloured = terminal(
        &[run()],
        &terminal::Options {
            style: Style::Colour,
            ..terminal::Options::default()
        },
    );
    assert!(coloured.contains("\x1b[1m") && !coloured.contains('\r'));
}

#[test]
fn an_interrupted_run_and_one_that_could_not_start_say_so() {
    let mut interrupted = run();
    interrupted.footer = None;
    let text = terminal(&[interrupted], &terminal::Options::default());
    assert!(
        text.contains("incomplete") && text.contains("refuse/access-control-allow-origin  1 case"),
        "{text}"
    );
    let mut failed = run();
    failed.footer = Some(Footer {
        error: Some("no such program\nnode".into()),
        ..Footer::default()
    });
    let text = terminal(std::slice::from_ref(&failed), &terminal::Options::default());
    assert!(text.contains("could not run\n  no such program\n  node"), "{text}");
    assert_eq!(summary(&[failed])["subjects"][0]["error"], "no such program\nnode");
}

#[test]
fn the_summary_has_the_keys_that_are_promised() {
    let value = summary(&[run()]);
    assert_eq!(value["crosscheck"], 1);
    let subject = &value["subjects"][0];
    assert_eq!(subject["verdicts"], serde_json::json!({"over-deny": 1, "pass": 1}));
    for key in [
        "subject",
        "version",
        "role",
        "cases",
        "unexpected",
        "stale",
        "causes",
        "seconds",
    ] {
        assert!(!subject[key].is_null(), "{key}");
    }
    assert_eq!(subject["causes"][0]["status"], "unexpected");
}

#[test]
fn the_site_is_whole_and_escaped() {
    let folder = tempfile::tempdir().expect("a folder");
    let pages = write_html(&[run()], &requirements(), folder.path()).expect("a site");
    assert_eq!(pages, 5);
    let mut texts = Vec::new();
    for below in [folder.path().to_owned(), folder.path().join("case")] {
        for entry in std::fs::read_dir(below).expect("a folder").flatten() {
            if entry.path().is_file() {
                texts.push((entry.path(), std::fs::read_to_string(entry.path()).expect("text")));
            }
        }
    }
    assert_eq!(texts.len(), pages);
    for (path, text) in &texts {
        assert_eq!(text.matches("<script").count(), 1, "{}", path.display());
        let hidden = |c: char| c == '\u{202E}' || (c.is_control() && !matches!(c, '\n' | '\t'));
        assert!(!text.contains(hidden), "{}", path.display());
        assert!(!text.contains("href=\"javascript:"), "{}", path.display());
        for target in text.split("href=\"").skip(1).filter_map(|t| t.split('"').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let is_web = target.starts_with("https://fetch.spec.whatwg.org/#");
            assert!(
                is_web || path.parent().is_some_and(|p| p.join(file).is_file()),
                "{target} in {}",
                path.display()
            );
        }
    }
}

#[test]
fn arguments_are_quoted_for_a_shell() {
    assert_eq!(quoted("a/b:c"), "a/b:c");
    assert_eq!(quoted("a b'#"), "'a b'\\''#'");
}

#[test]
fn the_cases_in_full_come_from_all_causes() {
    let mut many = run();
    let template = many.cases[0].clone();
    many.cases.clear();
    for i in 0..9 {
        let mut case = template.clone();
        case.id = format!("a/b#{i}").into();
        case.deviations[0].cause = if i < 8 { "one" } else { "other" }.into();
        many.cases.push(case);
    }
    let options = terminal::Options {
        details: 3,
        ..terminal::Options::default()
    };
    let text = terminal(&[many], &options);
    let shown: Vec<_> = text
        .lines()
        .filter_map(|l| l.strip_prefix("  over-deny  a/b#"))
        .collect();
    assert_eq!(shown, ["0  unexpected", "1  unexpected", "8  unexpected"]);
    assert!(text.contains("6 more like these"));
}

#[test]
fn cases_without_a_result_are_listed_as_a_fault_of_the_program() {
    let mut lost = run();
    if let Some(footer) = &mut lost.footer {
        footer.missing = vec!["vary/one#a".into(), "vary/one#b".into()];
        footer.complete = false;
    }
    let text = terminal(&[lost], &terminal::Options::default());
    assert!(
        text.contains("2 cases without a result: a fault of crosscheck"),
        "{text}"
    );
    assert!(text.contains("    vary/one#a\n    vary/one#b\n"), "{text}");
}
