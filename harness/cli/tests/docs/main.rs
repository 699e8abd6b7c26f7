//! Tests the documentation: blocks load, commands run and print the shown output, transcripts are real, links have targets,
//! and every key of a format is described.

mod application;
mod blocks;
mod ci;
mod commands;
mod load;
mod map;
mod project;
mod reference;
mod session;
mod transcripts;

use blocks::{Block, blocks, pages, root};
use project::Project;
use std::collections::BTreeSet;

/// The folder of the pages whose commands are typed one after the other.
const START: &str = "docs/src/start/";

/// The commands that are shown but not run, each with its page and first line. The marker `not-run` of the block has the reason.
const NOT_RUN: &[(&str, &str)] = &[
    (
        "docs/src/guides/fuzz.md",
        "crosscheck fuzz --server tower-http --seconds 60",
    ),
    (
        "docs/src/guides/fuzz.md",
        "crosscheck run --cases reports/findings/flask-cors/refuse-list-ipv6/case.yaml --server flask-cors",
    ),
    (
        "README.md",
        "cargo run --release -- run     # runs the whole corpus on the model and on the embedded servers",
    ),
    (
        "docs/src/guides/add-fuzz-target.md",
        "cargo xtask fuzz header_list --runs 100000",
    ),
    ("docs/src/guides/add-subject.md", "crosscheck run --client <name>"),
    ("docs/src/guides/add-subject.md", "crosscheck run --server <name>"),
    ("docs/src/guides/add-subject.md", "crosscheck subjects install <name>"),
    (
        "docs/src/guides/add-vulnerability.md",
        "cargo xtask recall --only flask-cors/cve-2024-6839",
    ),
    (
        "docs/src/guides/client.md",
        "crosscheck run cors-check --client chromium --client firefox",
    ),
    (
        "docs/src/guides/client.md",
        "crosscheck run cors-check --browser 'my-browser --proxy-server={proxy} --ca={ca} --profile={profile} {url}'",
    ),
    (
        "docs/src/guides/client.md",
        "crosscheck serve-cases cors-check --port 8080",
    ),
    (
        "docs/src/guides/continuous-integration.md",
        "crosscheck probe http://localhost:3000/api/data --policy cors-policy.yaml \\",
    ),
    (
        "docs/src/guides/infer.md",
        "crosscheck infer http://localhost:3000/api/data --origin https://app.example",
    ),
    (
        "docs/src/guides/explain.md",
        "crosscheck explain - --url /api/data < recording.har",
    ),
    ("docs/src/guides/own-project.md", "crosscheck run --update-baseline"),
    ("docs/src/guides/own-project.md", "npm install --save-dev express cors"),
    (
        "docs/src/guides/own-language.md",
        "python3 runner.py cases.json --flags origins-list,credentials,methods-list,headers-list,expose-list -- node server.cjs",
    ),
    (
        "docs/src/guides/own-language.md",
        "python3 runner.py cases.json --url pair=http://127.0.0.1:8080",
    ),
    (
        "docs/src/guides/probe.md",
        "crosscheck probe http://localhost:3000/api/data --policy my-policy.yaml",
    ),
    (
        "docs/src/guides/probe.md",
        "crosscheck probe http://localhost:3000/api/data --policy my-policy.yaml --baseline known.yaml --update-baseline",
    ),
    (
        "docs/src/guides/probe.md",
        "crosscheck probe http://localhost:3000/api/data --policy my-policy.yaml --quiet --fail-on grade:D,rule:vary",
    ),
    (
        "docs/src/guides/probe.md",
        "crosscheck probe http://localhost:3000 --openapi openapi.yaml --policy my-policy.yaml",
    ),
    (
        "docs/src/guides/report.md",
        "crosscheck subjects serve tower-http 'policies/any#plain-options/own'",
    ),
    (
        "docs/src/guides/server-library.md",
        "crosscheck bisect --server hono --case 'policies/one#vary-leak/get-foreign' --good 4.10.8 --bad 4.9.0",
    ),
    (
        "docs/src/guides/server-library.md",
        "crosscheck run --server express-cors",
    ),
    (
        "docs/src/guides/server-library.md",
        "crosscheck run --server express-cors@2.8.5",
    ),
    (
        "docs/src/guides/server-library.md",
        "crosscheck subjects install express-cors",
    ),
    ("docs/src/quick-start.md", "cargo run --release -- run"),
    (
        "docs/src/start/browser.md",
        "crosscheck run cors-check --browser 'my-browser --proxy-server={proxy} --ca={ca} --profile={profile} {url}'",
    ),
    (
        "docs/src/start/browser.md",
        "crosscheck run cors-check --client chromium --engine-path chromium=out/Release/chrome",
    ),
    (
        "docs/src/start/browser.md",
        "crosscheck serve-cases cors-check --port 8080",
    ),
    ("docs/src/start/library.md", "cargo install --locked --path harness/cli"),
    ("docs/src/start/library.md", "crosscheck run"),
    ("docs/src/start/library.md", "npm install --save-dev express cors"),
];

/// Tests one block; returns what is wrong.
fn check(project: &Project, block: &Block, defaults: Option<&Block>) -> Result<(), String> {
    if let Some(file) = block.included() {
        let folder = root().join(&block.page);
        let found = folder.parent().is_some_and(|page| page.join(file).is_file());
        return if found {
            Ok(())
        } else {
            Err(format!("{file} does not exist"))
        };
    }
    match block.language.as_str() {
        "yaml" | "groovy" if block.kind == "ci" => commands::of_ci(project, block),
        "yaml" if block.kind == "jobs" => ci::check(project, block),
        "yaml" => load::load(project, block, defaults),
        "sh" | "console" if block.attributes.contains_key("not-run") => Ok(()),
        "sh" => commands::script(project, block),
        "console" => commands::console(project, block),
        "jsonl" if block.kind == "results" => {
            project.write("results.jsonl", &block.text);
            match project.shell("crosscheck report results.jsonl --format json") {
                // The results that are shown have an unexpected deviation.
                project::Output { code: 0 | 1, .. } => Ok(()),
                project::Output { text, .. } => Err(text),
            }
        }
        "jsonl" => transcripts::replay(project, block),
        "json" => serde_json::from_str::<serde_json::Value>(&block.text)
            .map(drop)
            .map_err(|e| e.to_string()),
        "text" if block.page == "ARCHITECTURE.md" => map::layout(block),
        // It needs a server: `harness/cli/tests/probe/docs.rs`.
        "text" if block.kind == "report" => Ok(()),
        other => Err(format!("a block of `{other}` has no test")),
    }
}

fn check_pages(of: impl Fn(&str) -> bool) {
    let mut faults = Vec::new();
    for page in pages().into_iter().filter(|page| of(page)) {
        let project = if page.starts_with(START) {
            Project::session()
        } else {
            Project::new()
        };
        let all = blocks(&page);
        for (i, block) in all.iter().enumerate() {
            let defaults = all[..i].iter().rfind(|earlier| earlier.kind == "defaults");
            if let Err(what) = check(&project, block, defaults) {
                faults.push(format!("{}: {what}", block.place()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn the_examples_of_the_guides_work() {
    check_pages(|page| page.starts_with("docs/src/guides/"));
}

#[test]
fn the_examples_of_the_reference_work() {
    check_pages(|page| page.starts_with("docs/src/reference/"));
}

#[test]
fn the_first_steps_work_one_after_the_other() {
    check_pages(|page| page.starts_with(START));
}

#[test]
fn the_examples_of_the_other_pages_work() {
    let others = ["docs/src/guides/", "docs/src/reference/", START];
    check_pages(|page| !others.iter().any(|folder| page.starts_with(folder)));
}

#[test]
fn commands_that_are_not_run_are_listed_with_a_reason() {
    let all: Vec<Block> = pages().iter().flat_map(|page| blocks(page)).collect();
    let skipped = all.iter().filter(|block| block.attributes.contains_key("not-run"));
    let found: BTreeSet<(&str, &str)> = skipped.clone().map(|b| (b.page.as_str(), b.first_line())).collect();
    let listed: BTreeSet<(&str, &str)> = NOT_RUN.iter().copied().collect();
    assert_eq!(
        found, listed,
        "the blocks with the marker `not-run`, and the list of this test"
    );
    for block in skipped {
        assert!(
            block.attributes["not-run"].split(' ').count() > 1,
            "{}: the reason is missing",
            block.place()
        );
    }
}
