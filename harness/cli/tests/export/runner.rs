//! The runner in Python and the program give each case the same class of verdict, on a right server and on faulty ones.

use super::{FLAGS, crosscheck, root};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Whether each case fails, by id; `None` is not applicable.
type Fails = BTreeMap<String, Option<bool>>;

/// The least share of the probes that the file must have.
const LEAST_SHARE: f64 = 0.95;

/// A fault: its name, the text in the server, the text that replaces it, and a filter.
const FAULTS: [(&str, &str, &str, &str); 4] = [
    (
        "reflects every origin where it has a list of several",
        "= options.origins.includes(origin);",
        "= options.origins.includes(origin) || (origin !== undefined && options.origins.length > 1);",
        "policies",
    ),
    (
        "matches the end of an origin",
        "= options.origins.includes(origin);",
        "= options.origins.some((o) => origin !== undefined && origin.endsWith(o.slice('https://'.length)));",
        "policies/pair",
    ),
    (
        "sends no credentials header",
        "if (allowed && options.credentials)",
        "if (false)",
        "policies/list-credentials",
    ),
    (
        "sends no Vary",
        "response.setHeader('Vary', 'Origin');",
        "",
        "policies/pair",
    ),
];

/// Runs the program on the server in a folder.
fn by_program(folder: &Path, filter: Option<&str>) -> Fails {
    let mut args = vec![
        "run",
        "--no-baseline",
        "--server",
        "example-process",
        "--output",
        "results.jsonl",
    ];
    args.extend(filter);
    let ran = crosscheck(folder, &args);
    let text = std::fs::read_to_string(folder.join("results.jsonl")).expect("results");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let mut fails = Fails::new();
    for line in lines {
        let Some(verdict) = line["verdict"].as_str() else {
            continue;
        };
        let class = match verdict {
            "not-applicable" => None,
            "pass" | "advice" | "allowed" => Some(false),
            "broken" | "over-grant" | "over-deny" | "wire" | "hygiene" => Some(true),
            other => panic!("{other}: {line}"),
        };
        fails.insert(line["id"].as_str().expect("an id").to_owned(), class);
    }
    assert!(!fails.is_empty(), "{}", String::from_utf8_lossy(&ran.stdout));
    fails
}

/// Runs the runner on the server in a folder.
fn by_runner(folder: &Path, filter: Option<&str>) -> Fails {
    let mut args = vec!["export", "--output", "cases.json"];
    args.extend(filter);
    let exported = crosscheck(folder, &args);
    assert!(exported.status.success(), "{exported:?}");
    let ran = Command::new("python3")
        .arg(root().join("docs/examples/python-runner/runner.py"))
        .args([
            "cases.json",
            "--flags",
            FLAGS,
            "--json",
            "verdicts.json",
            "--",
            "node",
            "server.cjs",
        ])
        .current_dir(folder)
        .output()
        .expect("python3 starts");
    let text = std::fs::read_to_string(folder.join("verdicts.json"))
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&ran.stderr)));
    let verdicts: BTreeMap<String, Value> = serde_json::from_str(&text).expect("JSON");
    let fails: Fails = verdicts
        .into_iter()
        .map(|(id, failures)| (id, failures.as_array().map(|list| !list.is_empty())))
        .collect();
    let any = fails.values().any(|fails| *fails == Some(true));
    assert_eq!(ran.status.code(), Some(i32::from(any)));
    fails
}

/// Compares both, and returns how many cases fail and the share of the program's probes that the runner has.
fn compare(name: &str, from: &str, to: &str, filter: Option<&str>) -> (usize, f64) {
    let folder = tempfile::tempdir().expect("a folder");
    let example = root().join("docs/examples/process");
    let server = std::fs::read_to_string(example.join("server.cjs")).expect("a server");
    assert!(server.contains(from), "{from}");
    std::fs::write(folder.path().join("server.cjs"), server.replace(from, to)).expect("a file");
    std::fs::copy(example.join("crosscheck.yaml"), folder.path().join("crosscheck.yaml")).expect("a file");
    let program = by_program(folder.path(), filter);
    let runner = by_runner(folder.path(), filter);
    let differ = |(id, fails): (&String, &Option<bool>)| {
        let expected = program.get(id).copied();
        (expected != Some(*fails)).then(|| format!("{id}: {expected:?} by the program, {fails:?} by the runner"))
    };
    let differences: Vec<String> = runner.iter().filter_map(differ).collect();
    assert_eq!(differences, Vec::<String>::new(), "{name}");
    let probes = || program.keys().filter(|id| id.starts_with("policies/"));
    let replayed = probes().filter(|id| runner.contains_key(*id)).count();
    #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
    let share = replayed as f64 / probes().count() as f64;
    let failed = runner.values().filter(|fails| **fails == Some(true)).count();
    println!(
        "{name}: {} cases, {failed} fail, {:.1} % of the probes",
        runner.len(),
        share * 100.0
    );
    (failed, share)
}

#[test]
fn the_runner_agrees_with_the_program_on_a_right_server() {
    let (_, share) = compare("the example", "", "", None);
    assert!(share >= LEAST_SHARE, "{share}");
}

#[test]
fn the_runner_agrees_with_the_program_on_faulty_servers() {
    for (name, from, to, filter) in FAULTS {
        let (failed, _) = compare(name, from, to, Some(filter));
        assert!(failed > 10, "{name}: {failed} cases fail");
    }
}
