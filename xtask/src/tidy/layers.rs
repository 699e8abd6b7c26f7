//! Checks which crate depends on which, and that the top-level modules of a crate have no cycles.

use super::cycles::{Graph, cycles};
use super::uses::{exports, modules};
use crate::process::root;
use anyhow::{Context as _, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The crates of the program from the bottom layer to the top layer, each with the crates of the project that it may depend on.
const CRATES: [(&str, &[&str]); 12] = [
    ("crosscheck-text", &[]),
    ("crosscheck-input", &[]),
    ("crosscheck-bundle", &["input"]),
    ("crosscheck-fetch", &["text"]),
    ("crosscheck-corpus", &["text", "input", "fetch"]),
    ("crosscheck-explain", &["text", "fetch", "corpus"]),
    ("crosscheck-results", &["text", "input"]),
    ("crosscheck-judge", &["text", "fetch", "corpus", "results"]),
    ("crosscheck-report", &["text", "results"]),
    (
        "crosscheck-runner",
        &["text", "input", "fetch", "corpus", "explain", "results", "judge"],
    ),
    (
        "crosscheck-search",
        &[
            "text", "input", "fetch", "corpus", "explain", "results", "judge", "runner",
        ],
    ),
    (
        "crosscheck",
        &[
            "text",
            "input",
            "bundle",
            "fetch",
            "corpus",
            "explain",
            "results",
            "judge",
            "report",
            "runner",
            "search",
            "adapter-*",
        ],
    ),
];
/// The crates that an adapter in Rust may depend on.
const ADAPTER: &[&str] = &["corpus", "adapter-common"];

/// Returns one line for each fault.
pub(super) fn check() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let harness = root().join("harness");
    for folder in folders(&harness)?
        .into_iter()
        .chain(folders(&harness.join("subjects"))?)
    {
        let Ok(manifest) = fs::read_to_string(harness.join(&folder).join("Cargo.toml"))
            .or_else(|_| fs::read_to_string(harness.join("subjects").join(&folder).join("Cargo.toml")))
        else {
            continue;
        };
        let (name, dependencies) = crate_of(&manifest);
        faults.extend(directions(&name, &dependencies));
        let sources = harness.join(&folder).join("src");
        if sources.is_dir() {
            let graph = module_graph(&sources)?;
            faults.extend(
                cycles(&graph)
                    .into_iter()
                    .map(|c| format!("module cycle in {name}: {}", c.join(" "))),
            );
        }
    }
    Ok(faults)
}

fn folders(folder: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        names.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

/// Returns the name of a crate and the crates of the project that it depends on, without those of its tests.
fn crate_of(manifest: &str) -> (String, Vec<String>) {
    let mut section = "";
    let mut name = String::new();
    let mut dependencies = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let key = key.trim();
        match section {
            "[package]" if key == "name" => value.trim().trim_matches('"').clone_into(&mut name),
            "[dependencies]" if key.starts_with("crosscheck") => {
                dependencies.push(key.split('.').next().unwrap_or(key).to_owned());
            }
            _ => {}
        }
    }
    (name, dependencies)
}

/// Returns one line for each dependency that the layers do not allow.
fn directions(name: &str, dependencies: &[String]) -> Vec<String> {
    let allowed = CRATES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, allowed)| *allowed);
    let allowed = match allowed {
        Some(allowed) => allowed,
        None if name.starts_with("crosscheck-adapter-") => ADAPTER,
        None => {
            return vec![format!(
                "crate {name} belongs to no layer; add it to xtask/src/tidy/layers.rs"
            )];
        }
    };
    let is_allowed = |dependency: &str| {
        let short = dependency.strip_prefix("crosscheck-").unwrap_or(dependency);
        allowed.iter().any(|a| {
            a.strip_suffix('*')
                .map_or(*a == short, |start| short.starts_with(start))
        })
    };
    let wrong = dependencies.iter().filter(|d| !is_allowed(d));
    wrong.map(|d| format!("crate {name} must not depend on {d}")).collect()
}

/// Returns, for each top-level module, the others that it names.
fn module_graph(sources: &Path) -> Result<Graph> {
    let mut texts: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    collect(sources, &mut Vec::new(), &mut texts)?;
    let root = texts.remove("").unwrap_or_default();
    let exports = root
        .iter()
        .map(|(_, text)| exports(text))
        .fold(BTreeMap::new(), |mut all, one| {
            all.extend(one);
            all
        });
    let names: BTreeSet<String> = texts.keys().cloned().collect();
    let graph = texts.iter().map(|(name, texts)| {
        let mut named: BTreeSet<String> = texts
            .iter()
            .flat_map(|(depth, text)| modules(text, *depth, &names, &exports))
            .collect();
        named.remove(name);
        (name.clone(), named)
    });
    Ok(graph.collect())
}

/// Reads the sources below a folder by top-level module, each with its depth below the root of the crate. The root has an empty name.
fn collect(folder: &Path, path: &mut Vec<String>, texts: &mut BTreeMap<String, Vec<(usize, String)>>) -> Result<()> {
    for name in folders(folder)? {
        let entry = folder.join(&name);
        if entry.is_dir() && name != "tests" {
            path.push(name);
            collect(&entry, path, texts)?;
            path.pop();
            continue;
        }
        let Some(stem) = name.strip_suffix(".rs").filter(|stem| *stem != "tests") else {
            continue;
        };
        let is_root = path.is_empty() && matches!(stem, "lib" | "main");
        let own = (!is_root && stem != "mod").then(|| stem.to_owned());
        let module: Vec<&String> = path.iter().chain(&own).collect();
        let text = fs::read_to_string(&entry).with_context(|| format!("cannot read {}", entry.display()))?;
        let top = module.first().map(|name| (*name).clone()).unwrap_or_default();
        texts.entry(top).or_default().push((module.len(), text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_that_the_layers_do_not_allow_is_a_fault() {
        let manifest = "[package]\nname = \"crosscheck-corpus\"\n[dependencies]\ncrosscheck-fetch.workspace = true\n\
                        crosscheck-runner = { path = \"../runner\" }\nurl = \"2\"\n[dev-dependencies]\ncrosscheck-report = \"1\"\n";
        let (name, dependencies) = crate_of(manifest);
        assert_eq!((name.as_str(), dependencies.len()), ("crosscheck-corpus", 2));
        assert_eq!(
            directions(&name, &dependencies),
            ["crate crosscheck-corpus must not depend on crosscheck-runner"]
        );
        assert_eq!(directions("crosscheck-other", &[]).len(), 1);
        assert!(directions("crosscheck", &["crosscheck-adapter-warp".to_owned()]).is_empty());
    }
}
