use super::*;
use crate::Style;
use crosscheck_results::{CaseId, Cause, Footer, Header, RULES, rules};

/// A server with one deviating case per rule.
fn server(name: &str, broken: &[&str]) -> Run {
    let verdict = |rule: &str| {
        RULES
            .iter()
            .find(|r| r.id == rule)
            .map_or(Verdict::Hygiene, |r| r.verdict)
    };
    let mut run = Run {
        header: Header {
            subject: name.into(),
            role: "server".into(),
            ..Header::default()
        },
        ..Run::default()
    };
    let mut footer = Footer {
        subject: name.into(),
        complete: true,
        verdicts: [(Verdict::Pass, 1)].into(),
        examined: RULES.iter().map(|r| (r.id.to_owned(), 3)).collect(),
        ..Footer::default()
    };
    for (i, rule) in broken.iter().enumerate() {
        let id = CaseId::from(format!("policies/any#origin/{i}"));
        run.cases.push(CaseResult {
            deviations: vec![rules::rule(rule).map_or_else(
                || Deviation::of_step(*rule, "", verdict(rule), ""),
                |known| Deviation::of_rule(known, None, ""),
            )],
            ..CaseResult::new(name, &id, verdict(rule))
        });
        *footer.verdicts.entry(verdict(rule)).or_default() += 1;
        if verdict(rule).counts() {
            footer.causes.push(Cause {
                cause: (*rule).to_owned(),
                rule: Some((*rule).to_owned()),
                verdict: verdict(rule),
                status: Some(crosscheck_results::Status::Known),
                cases: vec![id],
                expired: None,
                reason: Some("a baseline explains it".into()),
                upstream: None,
            });
        }
    }
    run.cases.push(CaseResult::new(name, "server/vary#one", Verdict::Pass));
    run.footer = Some(footer);
    run
}

/// A server that never started.
fn missing(name: &str) -> Run {
    let mut run = server(name, &[]);
    run.cases.clear();
    run.footer = Some(Footer {
        subject: name.into(),
        error: Some("no such program".into()),
        ..Footer::default()
    });
    run
}

#[test]
fn the_grade_is_the_worst_of_all_causes_and_a_known_one_counts() {
    for (broken, grade) in [
        (&[][..], Grade::A),
        (&["meaningless", "vary-preflight"], Grade::A),
        (&["vary"], Grade::B),
        (&["swallows-options", "malformed"], Grade::B),
        (&["refuse", "vary"], Grade::C),
        (&["grant-method", "refuse"], Grade::D),
        (&["default-grant"], Grade::D),
        (&["crash", "grant-null"], Grade::E),
        (&["unstable"], Grade::E),
        (&["grant-with-credentials", "crash"], Grade::F),
    ] {
        assert_eq!(Grade::of(&server("x", broken)), Some(grade), "{broken:?}");
    }
    assert_eq!(Grade::of(&missing("x")), None);
}

#[test]
fn a_default_that_shares_with_credentials_is_an_f() {
    let mut run = server("x", &["default-grant"]);
    for (header, grade) in [
        ("access-control-allow-credentials", Grade::F),
        ("access-control-allow-origin", Grade::D),
    ] {
        run.cases[0].deviations[0].header = Some(header.to_owned());
        assert_eq!(Grade::of(&run), Some(grade), "{header}");
    }
}

#[test]
fn a_server_whose_cases_are_all_not_applicable_has_no_grade() {
    let mut run = server("x", &[]);
    let footer = run.footer.as_mut().expect("a footer");
    footer.verdicts = [(Verdict::NotApplicable, 4)].into();
    assert_eq!(Grade::of(&run), None);
}

#[test]
fn every_rule_is_in_a_known_group() {
    for rule in RULES {
        let group = group::of_rule(rule.id);
        assert!(group::OF_RULES.contains(&group), "{}: {group}", rule.id);
        assert_eq!(group == group::ADVICE, rule.verdict == Verdict::Advice, "{}", rule.id);
    }
}

#[test]
fn a_topic_is_the_generator_or_the_folder() {
    for (id, topic, group) in [
        ("policies/any#origin/https-evil.test", "origin", "origin"),
        ("policies/any#method-credentials/put", "method", "preflight"),
        ("policies/any#vary-leak/one", "vary-leak", "caching"),
        ("policies/defaults#later/one", "later", "later"),
        ("server/vary#one/row", "server", "cases"),
        ("odd", "odd", "cases"),
    ] {
        let id = CaseId::from(id);
        assert_eq!((topic_of(&id), group::of_case(&id)), (topic, group), "{id}");
    }
}

#[test]
fn servers_are_sorted_by_grade_then_by_causes_and_those_without_a_grade_come_last() {
    let runs = [
        missing("gone"),
        server("two", &["vary", "malformed"]),
        server("worst", &["grant-with-credentials"]),
        server("one", &["vary"]),
        server("fine", &[]),
    ];
    let matrix = Matrix::of(&runs);
    let names: Vec<&str> = matrix
        .rows
        .iter()
        .map(|r| runs[r.run].header.subject.as_str())
        .collect();
    assert_eq!(names, ["fine", "one", "two", "worst", "gone"]);
    assert_eq!(matrix.rules.groups, ["grant", "vary", "syntax"]);
    assert_eq!(
        matrix.topics.groups,
        ["origin"],
        "nothing deviates among the written cases"
    );
}

#[test]
fn a_case_counts_once_in_a_column() {
    let mut run = server("x", &["grant-method"]);
    let again = run.cases[0].deviations[0].clone();
    run.cases[0].deviations.push(Deviation {
        rule: Some("grant-header".into()),
        ..again
    });
    let matrix = Matrix::of(&[run]);
    let counts = |cells: &[Cell]| cells.iter().map(|c| c.deviating).collect::<Vec<_>>();
    assert_eq!(counts(&matrix.rows[0].rules.groups), [1]);
    assert_eq!(counts(&matrix.rows[0].rules.members), [1, 1]);
}

fn terminal(runs: &[Run]) -> String {
    let mut out = Vec::new();
    write_matrix(&mut out, runs, Style::Plain).expect("memory");
    String::from_utf8(out).expect("text")
}

#[test]
fn the_table_marks_what_was_not_examined_and_explains_the_grades() {
    let mut blind = server("blind", &["refuse"]);
    let examined = &mut blind.footer.as_mut().expect("a footer").examined;
    examined.insert("vary".into(), 0);
    examined.insert("vary-overwritten".into(), 0);
    let all: Vec<&str> = RULES.iter().map(|r| r.id).collect();
    let text = terminal(&[server("all", &all), blind, missing("gone")]);
    let line = |start: &str| {
        let line = text.lines().find(|l| l.starts_with(start));
        line.unwrap_or_else(|| panic!("{start} in\n{text}"))
    };
    let blind: Vec<&str> = line("  C      blind").split_whitespace().collect();
    assert_eq!(blind, ["C", "blind", "0", "0", "1d", "0", "0", "-", "0", "0", "0"]);
    assert!(line("  -      gone").ends_with("nothing could run"));
    assert!(text.contains("\n  F  an unlisted origin"), "{text}");
    assert!(
        !text.contains("\n  A  "),
        "only the grades that occur are explained\n{text}"
    );
}

#[test]
fn whatever_the_names_the_table_fits_and_is_escaped() {
    let all: Vec<&str> = RULES.iter().map(|r| r.id).collect();
    let long = format!("{}\x1b[31m", "n".repeat(200));
    let mut many = server(&long, &all);
    for i in 0..40 {
        let mut case = many.cases[0].clone();
        case.id = format!("policies/any#generator-{i}\x1b{}/x", "g".repeat(60)).into();
        many.cases.push(case);
    }
    let text = terminal(&[many]);
    assert!(text.lines().all(|l| l.chars().count() <= 120), "{text}");
    assert!(!text.contains('\x1b'), "{text}");
}

#[test]
fn an_interrupted_run_is_marked() {
    let mut half = server("half", &["vary"]);
    half.footer = None;
    let text = terminal(&[half]);
    assert!(
        text.contains("B      half*") && text.contains("*  incomplete"),
        "{text}"
    );
}

#[test]
fn without_servers_there_is_no_table() {
    let mut client = server("x", &[]);
    client.header.role = "client".into();
    assert_eq!(terminal(&[client]), "");
}

#[test]
fn every_cell_of_the_pages_leads_to_as_many_rows_as_it_counts() {
    let runs = [
        server(
            "a",
            &[
                "vary",
                "vary-preflight",
                "vary",
                "refuse",
                "refuse-expose",
                "meaningless",
            ],
        ),
        server("b", &["max-age", "grant-null", "meaningless", "server-assertion"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    crate::write_html(&runs, &crate::Requirements::default(), folder.path()).unwrap();
    let page = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let mut cells = 0;
    for from in ["matrix.html", "index.html"] {
        for link in page(from).split("href=\"").skip(1) {
            let (target, rest) = link.split_once('"').unwrap();
            let Some((subject, mark)) = target.split_once('#') else {
                continue;
            };
            let text = rest.split_once('>').unwrap().1;
            let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap();
            let counted: usize = text[..digits].parse().unwrap();
            let rows = page(subject);
            let marks = rows
                .split("data-marks=\"")
                .skip(1)
                .map(|row| row.split('"').next().unwrap());
            let marked = marks.filter(|marks| marks.split(' ').any(|m| m == mark)).count();
            assert_eq!(marked, counted, "{from}: {target}");
            cells += 1;
        }
    }
    assert!(cells > 15, "{cells}");
}

#[test]
fn the_matrix_for_programs_counts_as_that_for_people() {
    let runs = [
        server("a", &["vary", "vary", "meaningless"]),
        server("b", &["grant-null"]),
    ];
    let json = matrix_json(&runs);
    assert_eq!(json["matrix"][0]["subject"], "a");
    assert_eq!(json["matrix"][1]["grade"], "D");
    let vary = serde_json::json!({ "cases": 2, "worst": "hygiene" });
    assert_eq!(json["matrix"][0]["rules"]["vary"]["vary"], vary);
    assert_eq!(
        json["matrix"][1]["rules"]["vary"]["vary"],
        serde_json::json!({ "cases": 0 })
    );
    assert_eq!(json["matrix"][0]["rules"]["advice"]["meaningless"]["worst"], "advice");
}
