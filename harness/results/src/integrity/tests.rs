use super::Discrepancy;
use crate::{CaseResult, Footer, Header, Line, Run, RunExit, Verdict, exit_code, read_file};

/// The lines of a complete run of two subjects, two cases each.
fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for subject in ["a", "b"] {
        lines.push(Line::Header(Header {
            crosscheck: crate::FORMAT,
            subject: subject.to_owned(),
            subjects: vec!["a".to_owned(), "b".to_owned()],
            ..Header::default()
        }));
        for (id, verdict) in [
            ("t#1", Verdict::Pass),
            ("t#2", Verdict::Pass),
            ("t#3", Verdict::Allowed),
        ] {
            lines.push(Line::Case(Box::new(CaseResult::new(subject, id, verdict))));
        }
        lines.push(Line::Footer(Footer {
            subject: subject.to_owned(),
            cases: 3,
            verdicts: [(Verdict::Pass, 2), (Verdict::Allowed, 1)].into(),
            complete: true,
            ..Footer::default()
        }));
    }
    lines
}

/// Writes lines and reads them back; `None` where the file is refused.
fn read(lines: &[Line]) -> Option<Vec<Run>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results.jsonl");
    let lines = lines
        .iter()
        .map(|line| serde_json::to_string(line).expect("a line") + "\n");
    std::fs::write(&path, lines.collect::<String>()).expect("a file");
    read_file(&path).ok()
}

#[test]
fn a_whole_file_is_complete() {
    let runs = read(&lines()).expect("results");
    assert!(runs.len() == 2 && runs.iter().all(Run::is_complete), "{runs:?}");
    assert_eq!(exit_code(&runs), RunExit::Expected);
}

#[test]
fn a_file_without_some_of_its_lines_is_never_complete() {
    let all = lines();
    for from in 0..all.len() {
        for to in from + 1..=all.len() {
            let mut rest = all.clone();
            rest.drain(from..to);
            // Without any header there is no run; a result before its header is refused.
            let Some(runs) = read(&rest).filter(|runs| !runs.is_empty()) else {
                continue;
            };
            assert!(runs.iter().any(|run| !run.is_complete()), "{from}..{to}: {runs:?}");
            assert_eq!(exit_code(&runs), RunExit::Unexpected, "{from}..{to}");
        }
    }
}

#[test]
fn the_discrepancy_is_named() {
    type Change = fn(&mut Vec<Line>);
    fn case(lines: &mut [Line], at: usize) -> &mut CaseResult {
        match &mut lines[at] {
            Line::Case(case) => case,
            other => panic!("no case: {other:?}"),
        }
    }
    let table: [(Change, usize, Discrepancy, &str); 5] = [
        (
            |lines| drop(lines.remove(2)),
            0,
            Discrepancy::Results { counted: 3, found: 2 },
            "the footer counts 3, and the file has 2 results",
        ),
        (
            |lines| lines.insert(2, lines[2].clone()),
            0,
            Discrepancy::Results { counted: 3, found: 4 },
            "the footer counts 3, and the file has 4 results",
        ),
        (
            |lines| case(lines, 2).id = "t#1".into(),
            0,
            Discrepancy::Cases { counted: 3, found: 2 },
            "the footer counts 3 cases, and the file has results for 2",
        ),
        (
            |lines| case(lines, 7).verdict = Verdict::OverGrant,
            1,
            Discrepancy::Verdict {
                verdict: Verdict::OverGrant,
                counted: 0,
                found: 1,
            },
            "the footer counts 0 `over-grant`, and the file has 1",
        ),
        (
            |lines| lines.truncate(5),
            1,
            Discrepancy::NoLines,
            "the run was for this subject, and the file has no line about it",
        ),
    ];
    for (change, at, expected, text) in table {
        let mut lines = lines();
        change(&mut lines);
        let runs = read(&lines).expect("results");
        assert_eq!(runs.len(), 2);
        assert_eq!(runs[at].discrepancy, Some(expected));
        assert_eq!(expected.to_string(), text);
        assert_eq!(runs[1 - at].discrepancy, None);
    }
}

#[test]
fn an_interrupted_run_has_nothing_to_compare() {
    let mut lines = lines();
    lines.truncate(8);
    let runs = read(&lines).expect("results");
    assert_eq!(runs[1].discrepancy, None);
    assert!(!runs[1].is_complete() && runs[0].is_complete());
}
