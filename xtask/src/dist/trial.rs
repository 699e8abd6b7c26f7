//! Installs a package into an empty folder, as a user does, and runs a few cases with it.

use super::Package;
use crate::process::command;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The cases, and the server that runs them.
const RUN: [&str; 6] = ["run", "policies/one#*", "--server", "tower-http", "--format", "json"];
/// The smallest number of cases that must have run.
const MIN_CASES: u64 = 5;

/// Runs cases with an installed program.
fn run_in_empty_folder(program: &Path, folder: &Path) -> Result<()> {
    let empty = folder.join("empty");
    fs::create_dir(&empty)?;
    let mut command = Command::new(program);
    command
        .args(RUN)
        .current_dir(&empty)
        .env("XDG_CACHE_HOME", folder.join("cache"));
    let output = command
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let report: serde_json::Value = serde_json::from_str(&text).with_context(|| {
        format!(
            "{}: {text}{}",
            program.display(),
            String::from_utf8_lossy(&output.stderr)
        )
    })?;
    let cases = report["subjects"][0]["cases"].as_u64().unwrap_or_default();
    if !output.status.success() || cases < MIN_CASES {
        bail!("{} ran {cases} cases: {}, {text}", program.display(), output.status);
    }
    println!("  {cases} cases with {}", program.display());
    Ok(())
}

/// Installs a package, and runs cases with it.
pub(super) fn run(package: Package, file: &Path) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot create a folder")?;
    let folder = folder.path();
    let program = match package {
        Package::Archive => unpacked(file, folder)?,
        Package::Wheel => from_wheel(file, folder)?,
        Package::Npm => from_npm(file, folder)?,
        // What it installs is the wheel.
        Package::PreCommit => return Ok(()),
    };
    run_in_empty_folder(&program, folder)
}

fn unpacked(file: &Path, folder: &Path) -> Result<PathBuf> {
    let mut check = command("sha256sum");
    let sum = format!("{}.sha256", file.file_name().unwrap_or_default().to_string_lossy());
    check
        .current_dir(file.parent().unwrap_or(folder))
        .args(["--check", "--quiet", &sum]);
    super::run(check)?;
    let mut tar = command("tar");
    tar.current_dir(folder)
        .args(["--extract", "--strip-components=1", "--file"])
        .arg(file);
    super::run(tar)?;
    Ok(folder.join("crosscheck"))
}

fn from_wheel(file: &Path, folder: &Path) -> Result<PathBuf> {
    let venv = folder.join("venv");
    let mut create = command("python3");
    create.args(["-m", "venv"]).arg(&venv);
    super::run(create)?;
    let mut install = command(&venv.join("bin/pip").to_string_lossy());
    install.args(["install", "--quiet", "--no-index"]).arg(file);
    super::run(install)?;
    Ok(venv.join("bin/crosscheck"))
}

fn from_npm(file: &Path, folder: &Path) -> Result<PathBuf> {
    let project = folder.join("project");
    fs::create_dir(&project)?;
    fs::write(project.join("package.json"), "{ \"private\": true }\n")?;
    let mut install = command("npm");
    install
        .current_dir(&project)
        .args(["install", "--silent", "--offline", "--ignore-scripts"])
        .arg(file);
    super::run(install)?;
    Ok(project.join("node_modules/.bin/crosscheck"))
}
