//! What the tests need beside Rust: npm packages from lock files, and Debian packages.

use crate::process::{command, root, target};
use anyhow::{Context as _, Result, bail};
use std::path::Path;
use std::process::Command;

/// Debian packages, each with a program that proves it is there.
const DEBIAN: [(&str, &str); 4] = [
    ("nginx-light", "nginx"),
    ("nodejs", "node"),
    ("npm", "npm"),
    ("g++", "g++"),
];

/// Installs all of it.
pub(crate) fn run() -> Result<()> {
    debian()?;
    npm()
}

fn debian() -> Result<()> {
    let missing: Vec<&str> = DEBIAN
        .iter()
        .filter(|(_, program)| !is_on_path(program))
        .map(|(package, _)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !is_root()? {
        bail!(
            "these Debian packages are missing; run: sudo apt-get install --yes {}",
            missing.join(" ")
        );
    }
    let mut update = command("apt-get");
    update.args(["update", "--quiet"]);
    crate::process::run(update)?;
    let mut install = command("apt-get");
    install
        .args(["install", "--yes", "--quiet", "--no-install-recommends"])
        .args(&missing)
        .env("DEBIAN_FRONTEND", "noninteractive");
    crate::process::run(install)
}

/// `npm ci` of every subject with a lock file, into the build folder.
fn npm() -> Result<()> {
    for entry in std::fs::read_dir(root().join("harness/subjects"))? {
        let subject = entry?.path();
        let lock = subject.join("package-lock.json");
        if !lock.exists() {
            continue;
        }
        let name = subject.file_name().context("a subject without a name")?;
        let folder = target().join("subjects").join(name);
        if is_same(&lock, &folder.join("package-lock.json")) && folder.join("node_modules").exists() {
            continue;
        }
        std::fs::create_dir_all(&folder)?;
        for file in ["package.json", "package-lock.json"] {
            std::fs::copy(subject.join(file), folder.join(file))?;
        }
        let mut npm = command("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"])
            .arg(&folder);
        run_in(npm, &folder)?;
    }
    Ok(())
}

fn run_in(mut command: Command, folder: &Path) -> Result<()> {
    command.current_dir(folder);
    crate::process::run(command)
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((std::fs::read(a), std::fs::read(b)), (Ok(a), Ok(b)) if a == b)
}

fn is_on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path)
            .chain(["/usr/sbin".into(), "/sbin".into()])
            .any(|folder| folder.join(program).is_file())
    })
}

fn is_root() -> Result<bool> {
    let id = Command::new("id").arg("-u").output().context("cannot start `id -u`")?;
    Ok(String::from_utf8_lossy(&id.stdout).trim() == "0")
}
