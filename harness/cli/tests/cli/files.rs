//! Files that cannot be used: each command reports them at once, in the same words.

use crate::program::{Ran, root};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// After this time, a command is taken to wait for ever.
const PATIENCE: Duration = Duration::from_secs(20);

const POLICY: &str = "title: t\npolicy: { origins: { list: [https://app.example] } }\n";

/// Runs the program in the root of the project, with the subjects of a folder.
fn run(folder: &Path, args: &[&str]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_crosscheck"))
        .args(args)
        .current_dir(root())
        .env("CROSSCHECK_SUBJECTS", folder.join("subjects"))
        .stdin(Stdio::null())
        .stdout(fs::File::create(folder.join("out")).expect("a file"))
        .stderr(fs::File::create(folder.join("err")).expect("a file"))
        .spawn()
        .expect("the program starts");
    let began = Instant::now();
    let status = loop {
        match child.try_wait().expect("a child") {
            Some(status) => break status,
            None if began.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(10)),
            None => {
                child.kill().expect("killed");
                child.wait().expect("ended");
                panic!("{args:?} did not end");
            }
        }
    };
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect("text");
    Ran {
        code: status.code().expect("no signal"),
        out: text("out"),
        err: text("err"),
    }
}

/// A folder with a device, a named pipe, a folder and a text in UTF-16 in place of files, and a valid policy.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    symlink("/dev/zero", at("device")).expect("a link");
    let pipe = Command::new("mkfifo").arg(at("pipe")).status();
    assert!(pipe.expect("mkfifo").success());
    fs::create_dir(at("folder")).expect("a folder");
    fs::write(at("utf16"), b"\xFF\xFEt\0").expect("written");
    fs::write(at("policy.yaml"), POLICY).expect("written");
    fs::create_dir(at("subjects")).expect("a folder");
    folder
}

#[test]
fn a_file_that_is_none_is_reported_at_once_by_every_command() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name).display().to_string();
    for (name, message) in [
        ("device", "this is not a regular file, but a device"),
        ("pipe", "this is not a regular file, but a named pipe"),
        ("folder", "this is not a regular file, but a folder"),
        ("none", "there is no such file"),
    ] {
        let (file, policy, response) = (at(name), at("policy.yaml"), format!("@{}", at(name)));
        let url = "http://127.0.0.1:9/";
        for args in [
            &["probe", url, "--policy", &policy, "--ca", &file][..],
            &["probe", url, "--policy", &file],
            &[
                "explain",
                "--origin",
                "https://a.example",
                "--url",
                "https://b.example",
                "--response",
                &response,
            ],
        ] {
            let ran = run(folder.path(), args);
            assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
            assert!(ran.err.contains(message), "{args:?}: {}", ran.err);
            assert!(
                ran.err.contains(&file) && ran.err.contains("help:"),
                "{args:?}: {}",
                ran.err
            );
        }
    }
}

#[test]
fn a_response_is_read_as_utf8_and_another_encoding_is_named() {
    let folder = folder();
    let text = "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: https://a.example\r\n\r\n";
    let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let latin1 = [b"HTTP/1.1 200 OK\r\nX: \xE9\r\n", &text.as_bytes()[17..]].concat();
    let (marked, bare) = (utf16(&format!("\u{FEFF}{text}")), utf16(text));
    for (bytes, fault) in [
        (text.as_bytes(), None),
        (format!("\u{FEFF}{text}").as_bytes(), None),
        (&latin1, None),
        (&marked, Some("the file is in UTF-16, not in UTF-8")),
        (
            &bare,
            Some("the file is in UTF-16 without a byte order mark, not in UTF-8"),
        ),
    ] {
        let file = folder.path().join("response");
        fs::write(&file, bytes).expect("written");
        let response = format!("@{}", file.display());
        let args = [
            "explain",
            "--origin",
            "https://a.example",
            "--url",
            "https://b.example/",
            "--response",
            &response,
        ];
        let ran = run(folder.path(), &args);
        let Some(fault) = fault else {
            assert_eq!(ran.code, 0, "{}", ran.err);
            let shown = "\n  < Access-Control-Allow-Origin: https://a.example\n";
            assert!(ran.out.contains(shown), "{}", ran.out);
            continue;
        };
        assert_eq!(ran.code, 2, "{}", ran.out);
        for part in [fault, &file.display().to_string(), "help:  save the file as UTF-8"] {
            assert!(ran.err.contains(part), "`{part}` is not in {}", ran.err);
        }
    }
}

#[test]
fn a_file_of_authorities_that_has_none_is_reported_with_what_to_do() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    for (bytes, fault, help) in [
        (
            &b"\xFF\xFE-\0-\0"[..],
            "the file is in UTF-16, not in UTF-8",
            "save the file as UTF-8",
        ),
        (
            b"\x30\x82\x01\x0A",
            "a certificate in DER, not in PEM",
            "openssl x509 -inform der",
        ),
        (
            key.as_bytes(),
            "the file has no certificate in PEM",
            "-----BEGIN CERTIFICATE-----",
        ),
        (b"", "the file has no certificate in PEM", "-----BEGIN CERTIFICATE-----"),
    ] {
        fs::write(at("ca.pem"), bytes).expect("written");
        let args = [
            "probe",
            "https://127.0.0.1:9/",
            "--policy",
            &at("policy.yaml"),
            "--ca",
            &at("ca.pem"),
        ];
        let ran = run(folder.path(), &args);
        assert_eq!(ran.code, 2, "{}", ran.err);
        for part in [fault, help, &at("ca.pem")] {
            assert!(ran.err.contains(part), "`{part}` is not in {}", ran.err);
        }
    }
}

#[test]
fn a_list_of_vulnerabilities_that_is_a_device_is_reported() {
    let folder = folder();
    symlink("/dev/zero", folder.path().join("folder/recall.yaml")).expect("a link");
    for path in ["folder", "folder/recall.yaml"] {
        let path = folder.path().join(path).display().to_string();
        let ran = run(folder.path(), &["lint", &path]);
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert!(
            ran.out.contains("this is not a regular file, but a device"),
            "{}",
            ran.out
        );
    }
}

/// The subjects `bad`, whose description is this, and `good`.
fn subjects(folder: &Path, bad: &str) {
    for (name, text) in [("bad", bad), ("good", "name: good\n")] {
        let rest = "role: server\npackage: { registry: npm, name: x, version: 1.2.3 }\nstart: [\"true\"]\n";
        fs::create_dir_all(folder.join("subjects").join(name)).expect("a folder");
        fs::write(
            folder.join("subjects").join(name).join("subject.yaml"),
            format!("{text}{rest}"),
        )
        .expect("written");
    }
}

#[test]
fn a_bad_description_is_reported_where_its_subject_is_needed_and_disturbs_no_other() {
    let folder = folder();
    subjects(folder.path(), "name: ../../x\n");
    let output = folder.path().join("results").display().to_string();
    let case = "cors-check/wildcard#*";
    let run_on = |arguments: &[&str]| {
        let mut args = vec!["run", case, "--no-baseline", "--output", &output];
        args.extend(arguments);
        run(folder.path(), &args)
    };
    let fault = "error: `name` is \"../../x\", and the folder is `bad`";
    let excerpt = "1 | name: ../../x\n  |       ^^^^^^^";
    for ran in [
        run_on(&["--server", "bad"]),
        run_on(&["--server", "good", "--server", "bad@1.2.4"]),
        run(folder.path(), &["subjects", "check", "bad"]),
        run(
            folder.path(),
            &["bisect", "--server", "bad", "--case", "x", "--good", "1", "--bad", "2"],
        ),
    ] {
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains(fault) && ran.err.contains(excerpt), "{}", ran.err);
        assert!(
            ran.err.contains("error: the subject `bad` cannot be used"),
            "{}",
            ran.err
        );
    }
    let ran = run_on(&["--server", "no-such"]);
    assert!(
        ran.err.contains("the subject.yaml of bad cannot be used"),
        "{}",
        ran.err
    );
    assert!(!folder.path().join("results").exists(), "nothing ran");
    let ran = run_on(&["--client", "model"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    for args in [&["subjects"][..], &["list", "--subjects"]] {
        let ran = run(folder.path(), args);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains(fault) && ran.err.contains(excerpt), "{}", ran.err);
        assert!(
            ran.out
                .contains("\nbad                  cannot be used: its subject.yaml has faults\n"),
            "{}",
            ran.out
        );
        assert!(ran.out.contains("\ngood "), "{}", ran.out);
        let args = [args, &["--format", "json"]].concat();
        let listed = run(folder.path(), &args).json();
        let bad = listed
            .as_array()
            .expect("a list")
            .iter()
            .find(|s| s["name"] == "bad")
            .expect("an entry")
            .clone();
        assert_eq!(bad["faults"][0]["line"], 1, "{bad}");
    }
}

#[test]
fn a_baseline_with_a_fault_is_reported_by_run_as_by_lint() {
    let folder = folder();
    let baselines = folder.path().join("baselines");
    fs::create_dir(&baselines).expect("a folder");
    let (dir, output) = (
        baselines.display().to_string(),
        folder.path().join("results").display().to_string(),
    );
    let right = "- { cause: c, rule: vary, verdict: hygiene, where: [\"x#*\"], reason: r }\n";
    let utf16: Vec<u8> = format!("\u{FEFF}{right}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let typo = right.replace("hygiene", "hygeine");
    for (bytes, parts) in [
        (
            typo.as_bytes(),
            &[
                "model.yaml:1:36",
                "| - { cause: c",
                "^^^^^^^",
                "did you mean `hygiene`?",
            ][..],
        ),
        (
            &utf16,
            &[
                "model.yaml",
                "the file is in UTF-16, not in UTF-8",
                "save the file as UTF-8",
            ],
        ),
        (b"- \xFF", &["model.yaml:1:3", "the byte 0xFF is not UTF-8", "^"]),
        (format!("\u{FEFF}{right}").as_bytes(), &[]),
    ] {
        fs::write(baselines.join("model.yaml"), bytes).expect("written");
        let ran = run(
            folder.path(),
            &[
                "run",
                "cors-check/wildcard#*",
                "--client",
                "model",
                "--baseline",
                &dir,
                "--output",
                &output,
            ],
        );
        assert_eq!(
            ran.code,
            if parts.is_empty() { 0 } else { 2 },
            "{}\n{}",
            ran.err,
            ran.out
        );
        for part in parts {
            assert!(ran.err.contains(part), "`{part}` is not in\n{}", ran.err);
        }
    }
}

#[test]
fn zero_listeners_at_a_time_are_refused() {
    let folder = folder();
    let ran = run(folder.path(), &["run", "--jobs", "0"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("invalid value '0' for '--jobs <N>'"), "{}", ran.err);
}
