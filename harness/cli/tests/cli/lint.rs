//! `crosscheck lint`.

use crate::program::{crosscheck, run_in};

#[test]
fn lint_reports_all_faults_of_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "title: t\ncases:\n  - id: a\n    title: t\n    origin: https://app.example/\n    requets: {}\n    exchange: []\n    expect: { type: erorr }\n";
    std::fs::write(folder.path().join("bad.yaml"), text).expect("a file");
    let ran = run_in(folder.path(), &["lint", "."], "");
    assert_eq!(ran.code, 2, "{}", ran.out);
    for part in ["requets", "erorr", "bad.yaml:"] {
        assert!(ran.out.contains(part), "`{part}` is not in\n{}", ran.out);
    }
    let value = run_in(folder.path(), &["lint", ".", "--format", "json"], "").json();
    assert!(value["diagnostics"].as_array().is_some_and(|d| d.len() >= 3), "{value}");
}

#[test]
fn lint_checks_the_list_of_published_vulnerabilities() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = "- { id: a, subject: no-such-server, bad: 1.0, good: 1.1, rules: [vary], source: s }\n- { id: b }\n";
    std::fs::write(folder.path().join("recall.yaml"), list).expect("a file");
    let ran = crosscheck(&["lint", "--format", "json", &folder.path().to_string_lossy()]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    let found = ran.json()["diagnostics"].as_array().expect("a list").clone();
    let first = |word: &str| {
        found
            .iter()
            .find(|d| d["message"].as_str().is_some_and(|m| m.contains(word)))
    };
    let subject = first("no subject `no-such-server`").expect("the subject");
    assert_eq!((&subject["severity"], &subject["line"]), (&"lint".into(), &1.into()));
    let missing = first("an entry has no `bad`").expect("the release");
    assert_eq!((&missing["severity"], &missing["line"]), (&"load".into(), &2.into()));
}

#[test]
fn no_name_and_no_text_of_a_file_forges_a_line() {
    const FORGED: &str = "::error file=forged::forged";
    let folder = tempfile::tempdir().expect("a folder");
    let name = format!("a\n{FORGED}\n\u{1b}[31m\u{202e}.yaml");
    let text = "title: t\ncases:\n  - id: \"a\\n::error file=forged::forged\"\n    \"key\\n::error file=forged::forged\": 1\n    title: t\n    origin: https://app.example\n    steps: [\"x\\n::error file=forged::forged\"]\n    request: { url: https://api.example/ }\n    exchange: []\n    expect: { type: error }\n";
    std::fs::write(folder.path().join(&name), text).expect("a file");
    std::fs::write(folder.path().join("b\r::error file=forged::forged.yaml"), "title: \"\n").expect("a file");
    let other = format!("c\n{FORGED}");
    for args in [
        vec!["lint", "."],
        vec!["lint", ".", "--format", "json"],
        vec!["lint", &other],
        vec!["run", "--cases", ".", "--client", "model"],
        vec!["run", "--cases", &other, "--client", "model"],
        vec!["run", "--client", &other, "--cases", "."],
        vec!["list", "--cases", "."],
        vec!["list", "--cases", ".", &other],
        vec!["explain", &other],
        vec!["report", &name],
        vec!["probe", "http://127.0.0.1:1/", "--policy", &name],
        vec![
            "bisect", "--server", &other, "--case", &other, "--good", "1", "--bad", "2",
        ],
        vec!["subjects", "check", &other],
    ] {
        let ran = run_in(folder.path(), &args, "");
        for line in ran.out.split(['\n', '\r']).chain(ran.err.split(['\n', '\r'])) {
            assert!(!line.trim_start().starts_with("::"), "{args:?} prints\n{line}");
            assert!(
                !line.contains(['\u{1b}', '\u{202e}', '\u{9b}']),
                "{args:?} prints\n{line:?}"
            );
        }
    }
}
