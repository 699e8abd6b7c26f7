//! Checks that the reference is complete: it describes every key and every word of the schemas, every page is in the book, and every
//! link of the documents at the root leads to a file.

use crate::blocks::{pages, read, root};
use serde_json::Value;
use std::collections::BTreeSet;

/// The pages, and the schemas whose keys and words each describes.
const DESCRIBED: [(&str, &str); 6] = [
    ("docs/src/reference/case-format.md", "cases/schema/case.schema.json"),
    ("docs/src/reference/policy.md", "cases/schema/policy.schema.json"),
    ("docs/src/reference/project.md", "cases/schema/crosscheck.schema.json"),
    ("docs/src/reference/subject.md", "cases/schema/subject.schema.json"),
    ("docs/src/reference/results.md", "cases/schema/results.schema.json"),
    ("docs/src/reference/export.md", "cases/schema/export.schema.json"),
];
/// Words that have a page of their own: (page, the words as the program lists them).
const ELSEWHERE: [&str; 5] = [
    "docs/src/reference/verdicts.md",
    "docs/src/reference/leniencies.md",
    "docs/src/reference/policy.md",
    "docs/src/reference/subject.md",
    "docs/src/reference/case-format.md",
];

/// The names of all properties, and all words of enumerations, below a schema.
fn words(schema: &Value, out: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                out.extend(properties.keys().cloned());
            }
            for key in ["enum", "const"] {
                let listed = map
                    .get(key)
                    .into_iter()
                    .flat_map(|v| v.as_array().map_or(vec![v], |a| a.iter().collect()));
                out.extend(listed.filter_map(Value::as_str).map(str::to_owned));
            }
            map.values().for_each(|value| words(value, out));
        }
        Value::Array(list) => list.iter().for_each(|value| words(value, out)),
        _ => {}
    }
}

/// The words in the code spans of a page, without those of its blocks.
fn in_code(text: &str) -> BTreeSet<String> {
    let mut in_block = false;
    let mut words = BTreeSet::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            let spans = line.split('`').skip(1).step_by(2);
            let of = |span: &str| -> Vec<String> {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
                span.split(|c| !is_part(c)).map(str::to_owned).collect()
            };
            words.extend(spans.clone().map(str::to_owned));
            words.extend(spans.flat_map(of));
        }
    }
    words
}

#[test]
fn every_key_and_word_of_the_formats_is_described() {
    let elsewhere: BTreeSet<String> = ELSEWHERE.iter().flat_map(|page| in_code(&read(page))).collect();
    let mut missing = Vec::new();
    for (page, schema) in DESCRIBED {
        let text = read(page);
        let schema: Value = serde_json::from_str(&read(schema)).expect("a schema");
        let mut all = BTreeSet::new();
        words(&schema, &mut all);
        assert!(all.len() > 10, "{page}: the schema has only {all:?}");
        let described = in_code(&text);
        let undescribed = all
            .iter()
            .filter(|word| !word.is_empty() && !described.contains(*word) && !elsewhere.contains(*word));
        missing.extend(undescribed.map(|word| format!("{page}: `{word}`")));
    }
    assert!(missing.is_empty(), "not described:\n{}", missing.join("\n"));
}

#[test]
fn every_page_of_the_book_is_in_its_summary() {
    let summary = read("docs/src/SUMMARY.md");
    let listed: BTreeSet<String> = links(&summary)
        .into_iter()
        .map(|link| format!("docs/src/{link}"))
        .collect();
    let book = pages()
        .into_iter()
        .filter(|p| p.starts_with("docs/src/") && !p.ends_with("SUMMARY.md"));
    assert_eq!(book.collect::<BTreeSet<_>>(), listed);
}

#[test]
fn every_link_of_the_documents_at_the_root_leads_to_a_file() {
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        for link in links(&read(page)) {
            let file = link.split('#').next().unwrap_or_default();
            let exists = link.starts_with("https://") || root().join(file).exists();
            assert!(exists, "{page}: {link} does not exist");
        }
    }
}

/// The targets of the links in a text.
fn links(text: &str) -> Vec<&str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .collect()
}

#[test]
fn every_variable_of_the_program_is_on_its_page() {
    let page = in_code(&read("docs/src/reference/environment.md"));
    let mut found = BTreeSet::new();
    for folder in ["harness", "xtask/src", "fuzz"] {
        variables(&root().join(folder), &mut found);
    }
    assert!(found.len() > 5, "{found:?}");
    let missing: Vec<&String> = found.iter().filter(|name| !page.contains(*name)).collect();
    assert!(missing.is_empty(), "not described: {missing:?}");
}

/// The names that begin with `CROSSCHECK_` in the sources below a folder.
fn variables(folder: &std::path::Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            variables(&path, found);
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        for rest in text.split("CROSSCHECK_").skip(1) {
            let name: String = rest
                .chars()
                .take_while(|c| c.is_ascii_uppercase() || *c == '_')
                .collect();
            if !name.is_empty() {
                found.insert(format!("CROSSCHECK_{name}"));
            }
        }
    }
}
