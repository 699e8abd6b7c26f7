//! The npm package, which has the program in it.

use super::{Build, copy, parts};
use crate::process::{command, root, run};
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// Makes the package.
pub(super) fn make(build: &Build) -> Result<PathBuf> {
    let folder = build.folder("npm")?;
    let manifest = fs::read_to_string(parts("npm").join("package.json"))?;
    let mut manifest: Value = serde_json::from_str(&manifest)?;
    manifest["version"] = build.version.clone().into();
    fs::write(folder.join("package.json"), serde_json::to_vec_pretty(&manifest)?)?;
    copy(&parts("npm"), &folder, &["README.md"])?;
    copy(&root(), &folder, &["LICENSE-APACHE", "LICENSE-MIT"])?;
    fs::create_dir(folder.join("bin"))?;
    fs::copy(&build.program, folder.join("bin/crosscheck"))?;
    let mut pack = command("npm");
    pack.current_dir(&folder)
        .args(["pack", "--silent", "--pack-destination"])
        .arg(&build.out);
    run(pack)?;
    let name = manifest["name"].as_str().context("package.json has no name")?;
    Ok(build.out.join(format!("{name}-{}.tgz", build.version)))
}
