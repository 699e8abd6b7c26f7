//! Builds fuzz targets with sanitizer coverage, using only stable Rust and g++, and runs them for a number of executions.

use crate::process::{PROFILE, cargo, root, shown, target};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use crosscheck_fuzz::seeded;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Every target.
pub(crate) const TARGETS: [&str; 4] = ["header_list", "fetch", "case_file", "servers"];

/// The flags that cargo-fuzz passes to rustc with `-s none`. They are used with `--target`, so that build scripts are not instrumented.
const RUSTFLAGS: &[&str] = &[
    "--cfg",
    "fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "-Cdebug-assertions",
    "-Ccodegen-units=1",
];

/// Which parts of the work to do.
#[derive(Args, Clone, Copy)]
pub(crate) struct Build {
    /// Build only.
    #[arg(long, conflicts_with = "no_build")]
    no_run: bool,
    /// Run the targets that were built before.
    #[arg(long)]
    no_build: bool,
}

/// Builds and runs one target or all of them. Fails if a binary is not instrumented.
pub(crate) fn run(name: &str, runs: u64, seeded_bug: Option<&str>, build: Build) -> Result<()> {
    let targets: Vec<&str> = match name {
        "all" => TARGETS.to_vec(),
        name if TARGETS.contains(&name) => vec![name],
        name => bail!(
            "there is no fuzz target `{name}`; the targets are {}, or `all`",
            TARGETS.join(", ")
        ),
    };
    let folder = build.perform(&targets)?;
    if build.no_run {
        return Ok(());
    }
    for target in targets {
        let corpus = root().join("fuzz/corpus").join(target);
        let found = execute(&folder, target, runs, seeded_bug, &corpus)?;
        match (found.is_some(), seeded_bug) {
            (false, None) => println!("{target}: {runs} executions, no divergence"),
            (true, None) => bail!("{target} found a divergence; see above and fuzz/artifacts/{target}"),
            (true, Some(bug)) => println!("{target}: found `{bug}`"),
            (false, Some(bug)) => bail!("{target} did not find `{bug}` within {runs} executions"),
        }
    }
    Ok(())
}

/// Finds every seeded bug from an empty corpus within its stated number of executions.
pub(crate) fn seeded(build: Build) -> Result<()> {
    let folder = build.perform(&TARGETS)?;
    if build.no_run {
        return Ok(());
    }
    let mut missed = Vec::new();
    for bug in seeded::BUGS {
        let empty = target().join("fuzz-seeded").join(bug.target);
        if empty.exists() {
            std::fs::remove_dir_all(&empty)?;
        }
        match execute(&folder, bug.target, u64::from(bug.within), Some(bug.name), &empty)? {
            Some(executions) => println!("{}: `{}` found after {executions} executions", bug.target, bug.name),
            None => missed.push(format!(
                "{}: `{}` not found within {}",
                bug.target, bug.name, bug.within
            )),
        }
    }
    if missed.is_empty() {
        return Ok(());
    }
    bail!("seeded bugs were missed:\n{}", missed.join("\n"))
}

impl Build {
    /// Builds targets unless `no_build` is set, and returns their folder. All runs use the same build: an environment variable switches
    /// a seeded bug on.
    fn perform(self, targets: &[&str]) -> Result<PathBuf> {
        let triple = triple()?;
        let folder = target().join(&triple).join(PROFILE);
        if self.no_build {
            return Ok(folder);
        }
        let mut command = cargo();
        command
            .args(["build", "--quiet", "--profile", PROFILE, "--package", "crosscheck-fuzz"])
            .args(["--features", "libfuzzer,seeded-bugs", "--target", &triple])
            .env("CARGO_ENCODED_RUSTFLAGS", RUSTFLAGS.join("\u{1f}"))
            .env_remove("RUSTFLAGS");
        for target in targets {
            command.args(["--bin", target]);
        }
        crate::process::run(command)?;
        Ok(folder)
    }
}

/// Runs a target. Returns the number of executions until a finding, or `None` if there is no finding.
fn execute(folder: &Path, target: &str, runs: u64, seeded_bug: Option<&str>, corpus: &Path) -> Result<Option<u64>> {
    let artifacts = root().join("fuzz/artifacts").join(target);
    std::fs::create_dir_all(&artifacts)?;
    std::fs::create_dir_all(corpus)?;
    let mut command = Command::new(folder.join(target));
    command
        .current_dir(root())
        .arg(corpus)
        .arg(format!("-runs={runs}"))
        .args([
            "-seed=1",
            "-max_len=512",
            "-rss_limit_mb=1024",
            "-timeout=20",
            "-print_final_stats=1",
        ])
        .arg(format!("-dict={}", root().join("fuzz/http.dict").display()))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command.env_remove("CROSSCHECK_SEEDED_BUG");
    if let Some(bug) = seeded_bug {
        command.env("CROSSCHECK_SEEDED_BUG", bug);
    }
    let shown = shown(&command);
    let output = command.output().with_context(|| format!("cannot start `{shown}`"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !text.contains("inline 8-bit counters") {
        bail!("{target} is not instrumented, so it would run without coverage; build it with `cargo xtask fuzz`");
    }
    let executions = text
        .lines()
        .filter_map(|line| line.strip_prefix("stat::number_of_executed_units:"))
        .filter_map(|n| n.trim().parse::<u64>().ok())
        .next_back()
        .unwrap_or(0);
    if output.status.success() {
        if executions < runs {
            bail!("{target} stopped after {executions} of {runs} executions:\n{text}");
        }
        return Ok(None);
    }
    if seeded_bug.is_none() {
        eprintln!("{text}");
    }
    Ok(Some(executions))
}

fn triple() -> Result<String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("cannot start `rustc -vV`")?;
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_owned))
        .context("`rustc -vV` names no host")
}
