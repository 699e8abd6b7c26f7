use super::read_outline;
use crate::file::read_file;
use crate::record::{CaseResult, Deviation, FORMAT, Footer, Header, Line};
use crate::rules::RULES;
use crate::verdict::{Status, Verdict};
use std::fmt::Write as _;

/// Lines of two subjects, of more than one part.
fn text() -> String {
    let mut text = String::new();
    let mut line = |line: &Line| writeln!(text, "{}", serde_json::to_string(line).expect("a line")).expect("text");
    for subject in ["one", "two"] {
        line(&Line::Header(Header {
            crosscheck: FORMAT,
            subject: subject.to_owned(),
            subjects: vec!["two".to_owned(), "one".to_owned()],
            ..Header::default()
        }));
    }
    for n in 0..4000_u32 {
        for subject in ["one", "two"] {
            let rule = RULES.iter().find(|rule| rule.verdict.counts()).expect("a rule");
            let deviates = n.is_multiple_of(7);
            let mut case = CaseResult::new(
                subject,
                format!("a#{n:05}"),
                if deviates { rule.verdict } else { Verdict::Pass },
            );
            case.title = "a \"title\" with é".repeat(1 + n as usize % 30);
            if deviates {
                case.status = Some(Status::Unexpected);
                case.deviations
                    .push(Deviation::of_rule(rule, Some("vary"), "what \\ \"quoted\""));
            }
            line(&Line::Case(Box::new(case)));
        }
    }
    for subject in ["one", "two"] {
        let deviating = 4000_usize.div_ceil(7);
        let rule = RULES.iter().find(|rule| rule.verdict.counts()).expect("a rule");
        line(&Line::Footer(Footer {
            subject: subject.to_owned(),
            cases: 4000,
            verdicts: [(rule.verdict, deviating), (Verdict::Pass, 4000 - deviating)].into(),
            complete: true,
            ..Footer::default()
        }));
    }
    text
}

#[test]
fn an_outline_has_what_the_results_have_however_many_threads_read_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results.jsonl");
    let text = text();
    assert!(text.len() > 3 << 20, "{} bytes are one part", text.len());
    // At every cut of the last line, and whole.
    let last = text.trim_end().rfind('\n').expect("lines") + 1;
    for end in [text.len(), last, last + 20, text.len() - 1] {
        std::fs::write(&path, &text[..end]).expect("a file");
        let (outlines, runs) = (
            read_outline(&path).expect("results"),
            read_file(&path).expect("results"),
        );
        assert_eq!(outlines.len(), 2);
        for (outline, run) in outlines.iter().zip(&runs) {
            assert_eq!(outline.header, run.header);
            assert_eq!(outline.footer, run.footer);
            assert_eq!(
                (outline.discrepancy, outline.is_complete()),
                (run.discrepancy, run.is_complete())
            );
            assert_eq!(outline.cases.len(), run.cases.len());
            for (short, long) in outline.cases.iter().zip(&run.cases) {
                assert_eq!(
                    (&short.id, short.verdict, short.status),
                    (&long.id, long.verdict, long.status)
                );
                let names = |d: &Deviation| (d.verdict, d.rule.clone(), d.cause.clone());
                let long: Vec<_> = long.deviations.iter().map(names).collect();
                let short: Vec<_> = short
                    .deviations
                    .iter()
                    .cloned()
                    .map(|d| (d.verdict, d.broken, d.cause))
                    .collect();
                assert_eq!(short, long);
            }
        }
    }
}

#[test]
fn a_fault_has_the_line_that_the_other_reader_states() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results.jsonl");
    for number in [1, 100, 3000, 7500] {
        let text: Vec<String> = text().lines().map(str::to_owned).collect();
        let mut lines = text.clone();
        lines[number] = "{\"kind\":\"case\"".to_owned();
        std::fs::write(&path, lines.join("\n") + "\n").expect("a file");
        let (outline, file) = (read_outline(&path), read_file(&path));
        let (outline, file) = (
            outline.expect_err("a fault").to_string(),
            file.expect_err("a fault").to_string(),
        );
        let place = |text: &str| text.split(": ").next().map(str::to_owned);
        assert_eq!(place(&outline), place(&file), "{outline}\n{file}");
    }
}

#[test]
fn a_named_subject_without_a_line_and_a_subject_without_a_header_are_faults_of_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results.jsonl");
    let text = text();
    let lines = |keep: fn(&str) -> bool| {
        text.lines()
            .filter(|l| keep(l))
            .map(|l| format!("{l}\n"))
            .collect::<String>()
    };
    std::fs::write(&path, lines(|line| line.contains("\"subject\":\"one\""))).expect("a file");
    let outlines = read_outline(&path).expect("results");
    let complete: Vec<_> = outlines
        .iter()
        .map(|o| (o.header.subject.as_str(), o.is_complete()))
        .collect();
    assert_eq!(complete, [("two", false), ("one", true)]);
    std::fs::write(&path, lines(|line| !line.contains("\"kind\":\"header\""))).expect("a file");
    let error = read_outline(&path).expect_err("no header").to_string();
    assert!(error.contains("which has no header"), "{error}");
}
