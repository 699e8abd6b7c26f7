//! Other versions than the default: `name@version` is installed into a folder of its own in the build folder.

use super::description::{Known, SubjectSpec};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use thiserror::Error;
use tokio::process::Command;

/// Why a version could not be installed.
#[derive(Debug, Error)]
pub enum InstallError {
    /// The files.
    #[error("cannot install into {}: {source}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The package manager.
    #[error("`{command}` failed in {}: {what}", folder.display())]
    Command {
        /// The command.
        command: String,
        /// Where it ran.
        folder: PathBuf,
        /// The end of what it said.
        what: String,
    },
    /// Its registry has no versions that can be chosen.
    #[error("packages of {1} come in one version only; ask for `{0}` alone")]
    NoVersions(String, String),
}

/// The folder of this program's build: adapters and their packages lie beside or below it.
pub(super) fn target() -> PathBuf {
    let exe = std::env::current_exe().unwrap_or_default();
    let folder = exe.parent().unwrap_or(Path::new("."));
    if folder.ends_with("deps") || folder.ends_with("examples") {
        return folder.parent().unwrap_or(folder).to_owned();
    }
    folder.to_owned()
}

/// The command that starts a subject, in the version that is asked for, which is installed if it was not.
///
/// # Errors
/// Where the version cannot be installed.
pub(crate) async fn start_command(known: &Known, spec: &SubjectSpec) -> Result<Vec<String>, InstallError> {
    let description = &known.description;
    let replace = |word: &String| {
        word.replace("{target}", &target().to_string_lossy())
            .replace("{subject}", &known.folder.to_string_lossy())
    };
    let words: Vec<String> = description.start.iter().map(replace).collect();
    let Some(version) = spec.version.as_ref().filter(|v| **v != description.package.version) else {
        return Ok(words);
    };
    let name = &description.name;
    if description.package.registry != "npm" {
        return Err(InstallError::NoVersions(
            name.clone(),
            description.package.registry.clone(),
        ));
    }
    let folder = target().join("../subjects").join(format!("{name}@{version}"));
    let error = |source| InstallError::Io {
        path: folder.clone(),
        source,
    };
    if !folder.join("node_modules").exists() {
        std::fs::create_dir_all(&folder).map_err(error)?;
        std::fs::copy(known.folder.join("package.json"), folder.join("package.json")).map_err(error)?;
        let package = format!("{}@{version}", description.package.name);
        npm(
            &[
                "install",
                "--save-exact",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                &package,
            ],
            &folder,
        )
        .await?;
    }
    let default = format!("/subjects/{name}");
    let own = format!("{default}@{version}");
    Ok(words
        .iter()
        .map(|w| {
            w.strip_suffix(&default)
                .map_or_else(|| w.clone(), |start| format!("{start}{own}"))
        })
        .collect())
}

async fn npm(arguments: &[&str], folder: &Path) -> Result<(), InstallError> {
    let failed = |what: String| InstallError::Command {
        command: format!("npm {}", arguments.join(" ")),
        folder: folder.to_owned(),
        what,
    };
    let output = Command::new("npm")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| failed(e.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let mut tail: Vec<&str> = said.lines().rev().take(5).collect();
    tail.reverse();
    Err(failed(format!(
        "{}; {}",
        output.status,
        crate::record::cut(tail.join(" / ").as_bytes(), 1000)
    )))
}
