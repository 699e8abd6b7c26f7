//! Checks the map in ARCHITECTURE.md: every folder exists, and every function is in the file that the table names.

use crate::blocks::{Block, read, root};
use std::path::{Path, PathBuf};

/// Each line of the layout begins with a path.
pub(crate) fn layout(block: &Block) -> Result<(), String> {
    let paths = block
        .text
        .lines()
        .filter(|l| !l.starts_with(' '))
        .filter_map(|l| l.split_whitespace().next());
    let missing: Vec<&str> = paths.filter(|path| !root().join(path).exists()).collect();
    match missing.as_slice() {
        [] => Ok(()),
        missing => Err(format!("the layout names {}, which does not exist", missing.join(", "))),
    }
}

/// The files of code below a folder.
fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs" || e == "js") {
            out.push(path);
        }
    }
}

/// Whether a text defines a function of that name.
fn defines(text: &str, name: &str) -> bool {
    ["fn ", "function "].iter().any(|word| {
        let defined = format!("{word}{name}");
        text.match_indices(&defined)
            .any(|(at, _)| text[at + defined.len()..].starts_with(['(', '<']))
    })
}

/// The code in backticks of a cell.
fn code(cell: &str) -> Option<&str> {
    cell.split('`').nth(1)
}

#[test]
fn the_table_of_stages_names_functions_where_they_are() {
    let text = read("ARCHITECTURE.md");
    let rows: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, _, function, file, _] = cells.as_slice() else {
                return None;
            };
            Some((code(function)?, code(file)?))
        })
        .collect();
    assert!(rows.len() >= 40, "the table has only {} rows", rows.len());
    let mut all = Vec::new();
    sources(&root().join("harness"), &mut all);
    let mut faults = Vec::new();
    for (function, file) in rows {
        let name = function.rsplit("::").next().unwrap_or(function);
        let there = std::fs::read_to_string(root().join(file)).is_ok_and(|text| defines(&text, name));
        if !there {
            let found: Vec<String> = all
                .iter()
                .filter(|path| std::fs::read_to_string(path).is_ok_and(|text| defines(&text, name)))
                .filter_map(|path| Some(path.strip_prefix(root()).ok()?.display().to_string()))
                .collect();
            faults.push(format!(
                "{function} is not in {file}; a function of that name is in: {}",
                found.join(", ")
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
