//! The archive: the program, its completions, its manual pages and the licences.

use super::{Build, copy, parts};
use crate::process::{command, root, run, shown};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// The shells with completions, and the names of their files.
const SHELLS: [(&str, &str); 3] = [
    ("bash", "crosscheck.bash"),
    ("zsh", "_crosscheck"),
    ("fish", "crosscheck.fish"),
];

/// Makes the archive and the file with its checksum.
pub(super) fn make(build: &Build) -> Result<PathBuf> {
    let name = format!("crosscheck-{}-{}", build.version, build.target());
    let folder = build.folder(&name)?;
    fs::copy(&build.program, folder.join("crosscheck"))?;
    copy(&root(), &folder, &["README.md", "LICENSE-APACHE", "LICENSE-MIT"])?;
    copy(&parts("container"), &folder, &["Containerfile"])?;
    let completions = folder.join("completions");
    fs::create_dir(&completions)?;
    for (shell, file) in SHELLS {
        fs::write(completions.join(file), output(build, &["completions", shell])?)?;
    }
    let manual = folder.join("man");
    fs::create_dir(&manual)?;
    output(build, &["man", &manual.to_string_lossy()])?;
    let file = format!("{name}.tar.gz");
    pack(&build.out, &name, &file)?;
    let sum = output_of("sha256sum", &[&file], &build.out)?;
    fs::write(build.out.join(format!("{file}.sha256")), sum)?;
    Ok(build.out.join(file))
}

/// Packs a folder. The same files give the same archive.
fn pack(out: &Path, name: &str, file: &str) -> Result<()> {
    let mut tar = command("tar");
    tar.current_dir(out)
        .args([
            "--sort=name",
            "--owner=0",
            "--group=0",
            "--numeric-owner",
            "--mtime=@0",
            "--use-compress-program=gzip -n -9",
        ])
        .args(["--create", "--file", file, name]);
    run(tar)
}

/// Runs the built program and returns its stdout.
fn output(build: &Build, arguments: &[&str]) -> Result<Vec<u8>> {
    output_of(&build.program.to_string_lossy(), arguments, &root())
}

fn output_of(program: &str, arguments: &[&str], folder: &Path) -> Result<Vec<u8>> {
    let mut command = command(program);
    command.current_dir(folder).args(arguments);
    let shown = shown(&command);
    let output = command.output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        bail!(
            "`{shown}` failed: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(output.stdout)
}
