//! Generates pages of the book in `docs/`, builds the book, and checks its links.

mod links;
mod pages;

use crate::process::{PROFILE, cargo, command, root, run as run_command, target};
use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;

/// The release of mdBook that builds the book.
const MDBOOK: &str = "0.5.4";

/// Writes the generated pages, then builds the book and checks its links. With `check`, fails if a committed page differs. The pages
/// show the tables of the program, which is built first unless `no_build` is set.
pub(crate) fn run(check: bool, no_build: bool) -> Result<()> {
    if !no_build {
        build_crosscheck()?;
    }
    let folder = root().join("docs/src/reference");
    let mut stale = Vec::new();
    for (name, text) in pages::all()? {
        let path = folder.join(name);
        if !check {
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        } else if std::fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            stale.push(name);
        }
    }
    if !stale.is_empty() {
        bail!(
            "the committed pages {} of docs/src/reference are out of date; run `cargo xtask docs` and commit",
            stale.join(", ")
        );
    }
    let mut build = command(&mdbook()?.to_string_lossy());
    build.args(["build", "docs"]);
    run_command(build)?;
    let checked = links::check(&target_book())?;
    println!("checked {checked} links in the book: {}", target_book().display());
    Ok(())
}

/// Returns the folder that `docs/book.toml` names for the book.
fn target_book() -> PathBuf {
    root().join("target/book")
}

/// Returns the program of mdBook. Each release is installed into the user's cache once.
fn mdbook() -> Result<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))
        .context("neither XDG_CACHE_HOME nor HOME is set; mdBook is installed into the user's cache")?;
    let folder = cache.join("crosscheck").join(format!("mdbook-{MDBOOK}"));
    let program = folder.join("bin/mdbook");
    if !program.is_file() {
        let mut install = cargo();
        install
            .args([
                "install",
                "mdbook",
                "--debug",
                "--locked",
                "--no-default-features",
                "--version",
                MDBOOK,
                "--root",
            ])
            .arg(&folder)
            // The book is small, so an optimised build would cost more time than it saves.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            // A tool must not be built in the build folder of the project.
            .env_remove("CARGO_TARGET_DIR");
        run_command(install)?;
    }
    Ok(program)
}

/// Returns what the program prints with these arguments.
fn crosscheck(arguments: &[&str]) -> Result<String> {
    let binary = target().join(PROFILE).join("crosscheck");
    let output = command(&binary.to_string_lossy())
        .args(arguments)
        .output()
        .with_context(|| format!("cannot start {}", binary.display()))?;
    if !output.status.success() {
        bail!(
            "`crosscheck {}` failed: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    String::from_utf8(output.stdout).context("the output of `crosscheck` is not UTF-8")
}

/// Builds the program whose tables the pages show.
fn build_crosscheck() -> Result<()> {
    let mut build = cargo();
    build.args(["build", "--quiet", "--profile", PROFILE, "--package", "crosscheck"]);
    run_command(build)
}
