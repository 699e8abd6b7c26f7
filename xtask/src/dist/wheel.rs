//! The Python wheel, which maturin makes. A static program runs with every C library, and the name of its wheel says so.

use super::{Build, FLAGS, flags, parts};
use crate::process::{command, run};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The programs from PyPI that make the wheel.
const TOOLS: [&str; 2] = ["maturin==1.16.0", "wheel==0.48.0"];
/// The platforms of a static program: those of glibc and of musl.
const PLATFORMS: &str = "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64";

/// Makes the wheel.
pub(super) fn make(build: &Build) -> Result<PathBuf> {
    let tools = tools(build)?;
    let folder = build.folder("wheel")?;
    let mut maturin = command(&tools.join("maturin").to_string_lossy());
    maturin
        .current_dir(parts("python"))
        .args(["build", "--profile", build.profile, "--out"])
        .arg(&folder);
    match build.triple {
        // The flags are those with which the program was built, so that it is not built again.
        Some(triple) => maturin
            .env(FLAGS, flags()?)
            .args(["--target", triple, "--compatibility", "linux"]),
        None => maturin.args(["--compatibility", "linux"]),
    };
    run(maturin)?;
    if build.triple.is_some() {
        let made = only_file(&folder)?;
        let mut tags = command(&tools.join("wheel").to_string_lossy());
        tags.args(["tags", "--remove", "--platform-tag", PLATFORMS]).arg(made);
        run(tags)?;
    }
    only_file(&folder)
}

/// Installs the tools into a folder of their own, once, and returns the folder of their programs.
fn tools(build: &Build) -> Result<PathBuf> {
    let folder = build.out.join("tools");
    let bin = folder.join("bin");
    if !bin.join("wheel").is_file() {
        let mut venv = command("python3");
        venv.args(["-m", "venv"]).arg(&folder);
        run(venv)?;
        let mut install = command(&bin.join("pip").to_string_lossy());
        install
            .args(["install", "--quiet", "--only-binary", ":all:"])
            .args(TOOLS);
        run(install)?;
    }
    Ok(bin)
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    files.next().with_context(|| format!("{} is empty", folder.display()))
}
