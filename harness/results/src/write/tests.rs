use super::{LinePosition, Position, WriteError, Writer, Written};
use crate::record::{CaseResult, Footer, Header, Line};
use crate::verdict::Verdict;
use rustix::fs::{OFlags, fcntl_setfl};
use std::io::Read as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

const SUBJECTS: [&str; 2] = ["one", "two"];

/// The line of a subject at a place, in a word: `header`, `footer`, or the number of a case.
fn add(writer: &mut Writer, subject: usize, word: &str) {
    let name = SUBJECTS[subject].to_owned();
    let (line, value) = match word {
        "header" => {
            let header = Header {
                crosscheck: crate::FORMAT,
                subject: name,
                ..Header::default()
            };
            (LinePosition::Header, Line::Header(header))
        }
        "footer" => {
            let footer = Footer {
                subject: name,
                ..Footer::default()
            };
            (LinePosition::Footer, Line::Footer(footer))
        }
        number => {
            let case = CaseResult::new(name, format!("a#{number}"), Verdict::Pass);
            let number = number.parse().expect("a number");
            (LinePosition::Case(number), Line::Case(Box::new(case)))
        }
    };
    writer.line(Position { subject, line }, &value).expect("a disk");
}

/// The lines of a file in words.
fn words(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("a file");
    let lines = text.lines().map(|line| {
        let line: Line = serde_json::from_str(line).expect("a line");
        match line {
            Line::Header(header) => format!("{} header", header.subject),
            Line::Case(case) => format!("{} {}", case.subject, case.id.as_str().trim_start_matches("a#")),
            Line::Footer(footer) => format!("{} footer", footer.subject),
        }
    });
    lines.collect()
}

#[test]
fn lines_are_in_the_file_as_they_come_and_in_order_at_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("new/results.jsonl");
    let mut writer = Writer::create(&path).expect("a file");
    let came = [
        (0, "header"),
        (1, "header"),
        (1, "4"),
        (0, "10"),
        (1, "3"),
        (1, "footer"),
        (0, "9"),
        (0, "footer"),
    ];
    for (n, (subject, word)) in came.into_iter().enumerate() {
        add(&mut writer, subject, word);
        // Headers wait for the first case.
        let expected = if n < 2 { 0 } else { n + 1 };
        assert_eq!(words(&path).len(), expected);
    }
    assert_eq!(words(&path).last().map(String::as_str), Some("one footer"));
    assert_eq!(writer.finish().expect("a disk"), Written::Results);
    let ordered = [
        "one header",
        "one 9",
        "one 10",
        "one footer",
        "two header",
        "two 3",
        "two 4",
        "two footer",
    ];
    assert_eq!(words(&path), ordered);
    let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        std::fs::read_dir(path.parent().expect("a folder"))
            .expect("a folder")
            .count(),
        1
    );
}

#[test]
fn an_earlier_file_stays_until_the_first_case() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results.jsonl");
    for (earlier, with_case, expected) in [
        (Some("earlier\n"), false, Some("earlier\n")),
        (Some(""), false, None),
        (None, false, None),
        (Some("earlier\n"), true, None),
    ] {
        let _ = std::fs::remove_file(&path);
        if let Some(earlier) = earlier {
            std::fs::write(&path, earlier).expect("a file");
        }
        let mut writer = Writer::create(&path).expect("a file");
        add(&mut writer, 0, "header");
        assert_eq!(
            std::fs::read_to_string(&path).expect("a file"),
            earlier.unwrap_or_default()
        );
        if with_case {
            add(&mut writer, 0, "1");
        }
        add(&mut writer, 0, "footer");
        writer.finish().expect("a disk");
        match expected {
            Some(expected) => assert_eq!(std::fs::read_to_string(&path).expect("a file"), expected),
            None => assert_eq!(words(&path).len(), if with_case { 3 } else { 2 }),
        }
    }
}

#[test]
fn a_writer_that_is_dropped_before_the_first_case_leaves_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results.jsonl");
    let mut writer = Writer::create(&path).expect("a file");
    add(&mut writer, 0, "header");
    drop(writer);
    assert!(!path.exists());
}

#[test]
fn a_second_writer_is_refused_with_the_process_of_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results.jsonl");
    let mut first = Writer::create(&path).expect("a file");
    let refused = |path: &Path| match Writer::create(path) {
        Err(WriteError::InUse { process, .. }) => {
            let own = cfg!(target_os = "linux").then(std::process::id);
            assert_eq!(process, own);
        }
        other => panic!("{other:?}"),
    };
    refused(&path);
    add(&mut first, 0, "header");
    add(&mut first, 0, "1");
    refused(&path);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    refused(&link);
    first.finish().expect("a disk");
    drop(Writer::create(&link).expect("the file is free again"));
    assert!(link.is_symlink() && words(&path).len() == 2);
}

#[test]
fn a_pipe_gets_the_lines_as_they_come() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .expect("a pipe");
    assert!(Writer::create(&path).is_err(), "the pipe has no reader");
    let mut pipe = std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(&path)
        .expect("a pipe");
    fcntl_setfl(&pipe, OFlags::empty()).expect("a pipe");
    let mut writer = Writer::create(&path).expect("a pipe");
    for word in ["header", "2", "1", "footer"] {
        add(&mut writer, 0, word);
    }
    assert_eq!(writer.finish().expect("a pipe"), Written::Results);
    let mut read = String::new();
    pipe.read_to_string(&mut read).expect("a pipe");
    assert_eq!(read.lines().count(), 4);
    assert!(read.lines().nth(1).is_some_and(|line| line.contains("a#2")));
}

#[test]
fn an_earlier_file_stays_until_its_successor_has_what_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results.jsonl");
    let mut writer = Writer::create(&path).expect("a file");
    for word in ["header", "7", "3"] {
        add(&mut writer, 1, word);
    }
    drop(writer);
    let mut writer = Writer::create(&path).expect("a file");
    let earlier = writer.earlier().expect("results").expect("results");
    let [subject] = earlier.subjects() else {
        panic!("{earlier:?}")
    };
    let ids: Vec<&str> = subject.cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, ["a#7", "a#3"]);
    let read = earlier.result(&subject.cases[1]).expect("a file");
    assert_eq!(read, CaseResult::new("two", "a#3", Verdict::Pass));
    assert!(!subject.is_complete() && subject.is_undamaged());

    let before = words(&path);
    writer.keep_earlier().expect("a folder");
    for word in ["header", "3"] {
        add(&mut writer, 1, word);
    }
    assert_eq!(words(&path), before);
    assert!(
        matches!(Writer::create(&path), Err(WriteError::InUse { .. })),
        "it is locked"
    );
    writer.replace_earlier().expect("a folder");
    assert_eq!(words(&path), ["two header", "two 3"]);
    assert!(
        matches!(Writer::create(&path), Err(WriteError::InUse { .. })),
        "it is locked"
    );
    add(&mut writer, 1, "1");
    assert_eq!(writer.finish().expect("a disk"), Written::Results);
    assert_eq!(words(&path), ["two header", "two 1", "two 3"]);
    let read = earlier
        .result(&earlier.subjects()[0].cases[0])
        .expect("the file that was replaced");
    assert_eq!(read.id.as_str(), "a#7");
}

#[test]
fn an_earlier_file_stays_if_its_successor_is_not_finished() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results.jsonl");
    std::fs::write(&path, "{\"kind\":\"header\",\"crosscheck\":2}\n").expect("a file");
    for is_dropped in [true, false] {
        let mut writer = Writer::create(&path).expect("a file");
        writer.keep_earlier().expect("a folder");
        add(&mut writer, 0, "1");
        if is_dropped {
            drop(writer);
        } else {
            assert_eq!(writer.finish().expect("a disk"), Written::EarlierFile);
        }
        let text = std::fs::read_to_string(&path).expect("a file");
        assert_eq!(text, "{\"kind\":\"header\",\"crosscheck\":2}\n");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
