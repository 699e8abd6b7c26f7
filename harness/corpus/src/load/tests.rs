use super::case::{CASE_KEYS, DEFAULT_KEYS};
use super::yaml::{COMPARED, Kind, Node, Value, parse};
use serde_yaml::Value as Plain;
use std::path::{Path, PathBuf};

/// Whether our tree equals that of `serde_yaml`.
fn same(node: &Node<'_>, plain: &Plain) -> bool {
    match (&node.value, plain) {
        (Value::Scalar(_, Kind::Null), Plain::Null) => true,
        (Value::Scalar(_, Kind::Bool(a)), Plain::Bool(b)) => a == b,
        (Value::Scalar(_, Kind::Int(a)), Plain::Number(b)) => b.as_i64() == Some(*a),
        (Value::Scalar(_, Kind::Number), Plain::Number(b)) => b.as_i64().is_none(),
        (Value::Scalar(a, Kind::Text), Plain::String(b)) => a == b,
        (Value::List(a), Plain::Sequence(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Map(a), Plain::Mapping(b)) => {
            let entry = |(k, v): (&Plain, &Plain), key: &str| k.as_str().is_none_or(|k| k == key) && !v.is_tagged();
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(e, (k, v))| entry((k, v), &e.key) && same(&e.value, v))
        }
        _ => false,
    }
}

trait Tagged {
    fn is_tagged(&self) -> bool;
}

impl Tagged for Plain {
    fn is_tagged(&self) -> bool {
        matches!(self, Self::Tagged(_))
    }
}

#[track_caller]
fn check(text: &str) {
    let mut faults = Vec::new();
    let node = parse(text, &mut faults).expect("well-formed").expect("a document");
    let plain: Plain = serde_yaml::from_str(text).expect("well-formed");
    assert!(faults.is_empty() && same(&node, &plain), "{node:#?}\n{plain:#?}");
}

#[test]
fn scalars_have_the_values_that_serde_yaml_reads() {
    for scalar in [
        "null",
        "Null",
        "~",
        "\"\"",
        "''",
        "nUll",
        "true",
        "True",
        "TRUE",
        "tRUE",
        "yes",
        "no",
        "on",
        "off",
        "y",
        "0",
        "-0",
        "+1",
        "1",
        "-1",
        "010",
        "00",
        "0x1F",
        "0o17",
        "0b11",
        "-0x1F",
        "1_000",
        "1e3",
        "1.5",
        "-1.5",
        ".5",
        "5.",
        ".inf",
        "-.inf",
        ".nan",
        "1e",
        "--1",
        "+-1",
        "0x",
        "0xg",
        "-",
        "a b",
        "\"1\"",
        "'true'",
        "2026-01-01",
        "1:2",
        "=",
        "\"\\xFF\\t\\u20AC\"",
        "|\n  a\n  b\n",
        ">-\n  a\n  b\n",
        "a: b",
    ] {
        check(&format!("k:\n  {scalar}\n"));
    }
    check("k: &a [1, {b: c}]\nl: *a\n");
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|e| e == "yaml") {
            out.push(path);
        }
    }
}

#[test]
fn every_file_of_the_corpus_reads_as_serde_yaml_reads_it() {
    let mut all = Vec::new();
    files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases")), &mut all);
    assert!(!all.is_empty());
    for path in all {
        check(&std::fs::read_to_string(path).expect("readable"));
    }
}

#[test]
fn defaults_have_every_key_of_a_case_but_three() {
    let own: Vec<_> = CASE_KEYS.iter().filter(|k| !DEFAULT_KEYS.contains(k)).collect();
    assert_eq!(own, [&"id", &"title", &"rows"]);
    assert!(DEFAULT_KEYS.iter().all(|k| CASE_KEYS.contains(k)));
}

#[test]
fn the_search_for_a_repeated_key_takes_time_linear_in_the_keys() {
    let compared = |keys: usize| {
        let text: String = (0..keys).map(|i| format!("k{i}: 1\n")).collect();
        let before = COMPARED.get();
        parse(&text, &mut Vec::new()).expect("well-formed");
        COMPARED.get() - before
    };
    let few = compared(100);
    assert!(few >= 100, "{few}");
    assert!(compared(10_000) <= few + 10_000, "{}", compared(10_000));
}
