//! Checks that all sources in Rust are formatted, including those that belong to no package of the workspace.

use crate::pipeline::Runner;
use crate::process::{cargo, command, root};
use anyhow::{Context as _, Result, bail};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Fails if `cargo fmt` would change a file, or if `rustfmt` would change the adapter sources for old releases.
pub(crate) fn check(output: &impl Runner) -> Result<()> {
    let mut packages = cargo();
    packages.args(["fmt", "--all", "--check"]);
    output.run(packages)?;
    let mut sources = Vec::new();
    for subject in std::fs::read_dir(root().join("harness/subjects"))? {
        collect(&subject?.path().join("releases"), &mut sources)?;
    }
    let mut changed = Vec::new();
    for source in sources {
        if !is_formatted(&source)? {
            changed.push(source.display().to_string());
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    bail!(
        "format these files with `rustfmt --edition 2024`:\n{}",
        changed.join("\n")
    )
}

/// Collects the sources below a folder, if it exists.
fn collect(folder: &Path, sources: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, sources)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            sources.push(path);
        }
    }
    Ok(())
}

/// Checks one source. `rustfmt` reads it from stdin, since the modules that it names are in other folders.
fn is_formatted(source: &Path) -> Result<bool> {
    let mut rustfmt = command("rustfmt");
    rustfmt.args(["--edition", "2024", "--config-path", "rustfmt.toml"]);
    rustfmt.stdin(Stdio::from(File::open(source)?));
    let output = rustfmt.output().context("cannot start `rustfmt`")?;
    if !output.status.success() {
        bail!("{}: {}", source.display(), String::from_utf8_lossy(&output.stderr));
    }
    Ok(output.stdout == std::fs::read(source)?)
}
