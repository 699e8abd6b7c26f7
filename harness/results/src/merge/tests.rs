use super::merge;
use crate::file::read_file;
use crate::record::{CaseResult, Cause, FORMAT, Footer, Header, Line};
use crate::verdict::{Status, Verdict};
use std::path::{Path, PathBuf};

struct Bench(tempfile::TempDir);

/// A file of one subject: its header, its cases with their verdicts, its footer.
#[derive(Clone)]
struct Run {
    header: Header,
    cases: Vec<CaseResult>,
    footer: Option<Footer>,
}

impl Run {
    fn new(subject: &str, shard: Option<&str>, cases: &[(&str, Verdict)]) -> Self {
        let all: Vec<CaseResult> = cases
            .iter()
            .map(|(id, verdict)| CaseResult::new(subject, *id, *verdict))
            .collect();
        let mut footer = Footer {
            subject: subject.to_owned(),
            cases: cases.len(),
            complete: true,
            seconds: 1.5,
            examined: [("vary".to_owned(), 2), ("refuse".to_owned(), 0)].into(),
            ..Footer::default()
        };
        for (id, verdict) in cases {
            *footer.verdicts.entry(*verdict).or_default() += 1;
            if verdict.counts() {
                *footer.statuses.entry(Status::Unexpected).or_default() += 1;
                footer.unexpected.push((*id).into());
                footer.causes.push(Cause {
                    cause: format!("cause/{verdict}"),
                    rule: None,
                    verdict: *verdict,
                    status: Some(Status::Unexpected),
                    expired: None,
                    cases: vec![(*id).into()],
                    reason: None,
                    upstream: None,
                });
            }
        }
        Self {
            header: Header {
                crosscheck: FORMAT,
                tool: "1".to_owned(),
                corpus: "c".to_owned(),
                subject: subject.to_owned(),
                subjects: vec![subject.to_owned()],
                role: "server".to_owned(),
                version: "2".to_owned(),
                shard: shard.map(|text| text.parse().expect("a shard")),
                cases: cases.len(),
                started: 7,
                ..Header::default()
            },
            cases: all,
            footer: Some(footer),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl Bench {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, runs: &[Run]) -> Vec<PathBuf> {
        let write = |(at, run): (usize, &Run)| {
            let mut lines = vec![Line::Header(run.header.clone())];
            lines.extend(run.cases.iter().cloned().map(|case| Line::Case(Box::new(case))));
            lines.extend(run.footer.clone().map(Line::Footer));
            let text: String = lines
                .iter()
                .map(|l| serde_json::to_string(l).expect("a line") + "\n")
                .collect();
            let path = self.path(&format!("{at}.jsonl"));
            std::fs::write(&path, text).expect("a file");
            path
        };
        runs.iter().enumerate().map(write).collect()
    }
}

fn shards() -> Vec<Run> {
    vec![
        Run::new("s", Some("2/3"), &[("a#2", Verdict::Wire), ("a#5", Verdict::Pass)]),
        Run::new("s", Some("1/3"), &[("a#1", Verdict::Wire), ("a#4", Verdict::Broken)]),
        Run::new("s", Some("3/3"), &[("a#3", Verdict::Pass)]),
    ]
}

#[test]
fn the_shards_of_a_run_add_up_to_it() {
    let bench = Bench::new();
    let files = bench.write(&shards());
    let output = bench.path("out.jsonl");
    merge(&files, &output, false).expect("they belong together");
    let runs = read_file(&output).expect("results");
    let run = runs.first().expect("a subject");
    assert!(run.is_complete() && runs.len() == 1);
    assert_eq!((run.header.shard, run.header.cases), (None, 5));
    let ids: Vec<&str> = run.cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, ["a#1", "a#2", "a#3", "a#4", "a#5"]);
    let footer = run.footer.as_ref().expect("a footer");
    assert_eq!(
        footer.verdicts,
        [(Verdict::Broken, 1), (Verdict::Wire, 2), (Verdict::Pass, 2)].into()
    );
    assert_eq!(footer.statuses, [(Status::Unexpected, 3)].into());
    assert_eq!(footer.unexpected, ["a#1", "a#2", "a#4"]);
    assert_eq!(
        footer.examined,
        [("vary".to_owned(), 6), ("refuse".to_owned(), 0)].into()
    );
    assert!((footer.seconds - 4.5).abs() < 0.001);
    let causes: Vec<_> = footer.causes.iter().map(|c| (c.verdict, c.cases.len())).collect();
    assert_eq!(causes, [(Verdict::Broken, 1), (Verdict::Wire, 2)]);
}

#[test]
fn what_does_not_belong_together_is_refused_and_the_output_stays() {
    let pass = |id| [(id, Verdict::Pass)];
    let one = || Run::new("s", None, &pass("a#1"));
    let two = || Run::new("t", None, &pass("a#1"));
    let cut = |runs: Vec<Run>| {
        runs.into_iter()
            .map(|run| run.with(|run| run.footer = None))
            .collect::<Vec<_>>()
    };
    let interrupted = |run: &mut Run| {
        if let Some(footer) = &mut run.footer {
            footer.complete = false;
            footer.cases = 9;
            footer.interrupted = Some(crate::Interruption::Term);
        }
    };
    let table: Vec<(&str, Vec<Run>)> = vec![
        (
            "the corpus of",
            vec![one(), two().with(|run| run.header.corpus = "d".into())],
        ),
        (
            "the version of crosscheck of",
            vec![one(), two().with(|run| run.header.tool = "0".into())],
        ),
        (
            "the filter of",
            vec![one(), two().with(|run| run.header.filters = vec!["a".into()])],
        ),
        (
            "the choice of cases of",
            vec![one(), two().with(|run| run.header.rerun = true)],
        ),
        ("the case a#1 of s is in", vec![one(), one()]),
        (
            "the case a#1 of s is in",
            vec![
                Run::new("s", None, &[("a#1", Verdict::Pass), ("a#1", Verdict::Pass)])
                    .with(|run| run.footer = run.footer.take().map(|f| Footer { cases: 1, ..f })),
            ],
        ),
        (
            "shard 1/3 is missing",
            shards()
                .into_iter()
                .filter(|run| run.header.shard.is_some_and(|s| s.to_string() != "1/3"))
                .collect(),
        ),
        ("shard 2/3 is missing", shards().split_off(1)),
        (
            "shard 2/3 of s is in",
            vec![shards().remove(0), Run::new("s", Some("2/3"), &pass("a#9"))],
        ),
        (
            "s has shard 2/3 in",
            vec![shards().remove(0), Run::new("s", Some("2/4"), &pass("a#9"))],
        ),
        ("s is in", vec![shards().remove(0), Run::new("s", None, &pass("a#9"))]),
        ("the last line of s is missing", cut(vec![one()])),
        ("was interrupted by TERM", vec![one().with(interrupted)]),
        (
            "are not those that its last line counts",
            vec![one().with(|run| run.cases.push(CaseResult::new("s", "a#7", Verdict::Pass)))],
        ),
        (
            "the run was for t too",
            vec![one().with(|run| run.header.subjects.push("t".into()))],
        ),
        (
            "s differs: the version of",
            vec![
                Run::new("s", Some("1/2"), &pass("a#1")),
                Run::new("s", Some("2/2"), &pass("a#2")).with(|run| run.header.version = "3".into()),
            ],
        ),
        ("has no results", vec![]),
    ];
    for (message, runs) in table {
        let bench = Bench::new();
        let mut files = bench.write(&runs);
        if runs.is_empty() {
            files.push(bench.path("empty.jsonl"));
            std::fs::write(&files[0], "").expect("a file");
        }
        let output = bench.path("out.jsonl");
        for before in [None, Some("kept")] {
            if let Some(text) = before {
                std::fs::write(&output, text).expect("a file");
            }
            let error = merge(&files, &output, false).expect_err(message).to_string();
            assert!(error.contains(message), "`{message}` is not in {error}");
            assert_eq!(std::fs::read_to_string(&output).ok().as_deref(), before, "{message}");
        }
    }
}

#[test]
fn what_is_incomplete_is_marked_if_it_is_allowed() {
    let mut killed = shards();
    killed[1].footer = None;
    killed[1].header.cases = 3;
    let mut missing = shards();
    missing.remove(0);
    for (runs, cases, found, missing) in [(killed, 6, 5, ""), (missing, 3, 3, "2/3")] {
        let bench = Bench::new();
        let files = bench.write(&runs);
        let output = bench.path("out.jsonl");
        merge(&files, &output, true).expect("it is allowed");
        let runs = read_file(&output).expect("results");
        let run = runs.first().expect("a subject");
        assert!(!run.is_complete() && run.discrepancy.is_none(), "{:?}", run.discrepancy);
        let footer = run.footer.as_ref().expect("a footer");
        assert_eq!((footer.cases, run.cases.len()), (cases, found));
        let shards: Vec<String> = footer.missing_shards.iter().map(ToString::to_string).collect();
        assert_eq!(shards.join(" "), missing);
    }
}

#[test]
fn a_subject_that_could_not_run_stays_one() {
    let bench = Bench::new();
    let failed = Run::new("t", None, &[]).with(|run| {
        run.header.cases = 4;
        run.footer = Some(Footer {
            subject: "t".to_owned(),
            cases: 4,
            error: Some("not installed".to_owned()),
            ..Footer::default()
        });
    });
    let files = bench.write(&[Run::new("s", None, &[("a#1", Verdict::Pass)]), failed]);
    let output = bench.path("out.jsonl");
    merge(&files, &output, false).expect("a run may have such a subject");
    let runs = read_file(&output).expect("results");
    let names: Vec<_> = runs.iter().map(|run| run.header.subject.as_str()).collect();
    assert_eq!(names, ["s", "t"]);
    let error = runs[1].footer.as_ref().and_then(|footer| footer.error.as_deref());
    assert_eq!(error, Some("not installed"));
    assert!(
        output.parent().is_some_and(only_known_files),
        "a temporary file is left"
    );
}

/// Whether a folder has nothing but results.
fn only_known_files(folder: &Path) -> bool {
    let names = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name());
    names.into_iter().all(|name| !name.to_string_lossy().starts_with('.'))
}
