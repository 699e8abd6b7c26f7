//! Installing subjects: each version of each into a folder of its own in the build folder, by the package manager of its registry.
//! The default version comes from a lock file, another from the registry.

mod command;
mod crates;
mod go;
mod listing;
mod maven;
mod npm;
mod pypi;

pub use listing::{ListError, list_versions};

use super::description::{How, Known, SubjectSpec};
use command::run;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

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
    /// The package manager is not there.
    #[error("`{program}` is not installed; {hint}")]
    Missing {
        /// The program.
        program: String,
        /// What brings it.
        hint: &'static str,
    },
    /// There is no adapter for a release.
    #[error("{release} cannot be tested: {why}")]
    NoAdapter {
        /// The subject and its version.
        release: String,
        /// Why not.
        why: String,
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

/// The registry whose default versions are built with this program.
const CRATES: &str = "crates.io";

/// Where a version of a subject is installed: below `CROSSCHECK_INSTALLED`, else in the build folder.
#[must_use]
pub fn install_folder(known: &Known, spec: &SubjectSpec) -> PathBuf {
    let root = std::env::var_os("CROSSCHECK_INSTALLED").map_or_else(|| target().join("../subjects"), PathBuf::from);
    match other_version(known, spec) {
        None => root.join(&known.name),
        Some(version) => root.join(format!("{}@{version}", known.name)),
    }
}

/// The version, where it is one that has a folder of its own.
pub(super) fn other_version<'s>(known: &Known, spec: &'s SubjectSpec) -> Option<&'s str> {
    let bare = |v: &str| v.trim_start_matches('v').to_owned();
    let default = bare(&known.description.package.version);
    // The default version of a crate is a part of this program, or is built beside it by hand: who names a release of one that is
    // not wants it built.
    let by_hand = known.description.package.registry == CRATES && matches!(known.how, How::Process);
    spec.version.as_deref().filter(|v| by_hand || bare(v) != default)
}

/// The command that starts a subject, in the version that is asked for. A version that is named is installed if it was not; without
/// one the default is meant, which `crosscheck subjects install` or `cargo xtask setup` installs.
///
/// # Errors
/// Where the version cannot be installed.
pub(crate) async fn start_command(known: &Known, spec: &SubjectSpec) -> Result<Vec<String>, InstallError> {
    let known = &*known.in_release(spec);
    let folder = install_folder(known, spec);
    if spec.version.is_some() {
        install(known, spec).await?;
    }
    if known.description.package.registry == CRATES && other_version(known, spec).is_some() {
        return Ok(vec![crates::program(&folder).to_string_lossy().into_owned()]);
    }
    let replace = |word: &String| {
        word.replace("{target}", &target().to_string_lossy())
            .replace("{subject}", &known.folder.to_string_lossy())
            .replace("{install}", &folder.to_string_lossy())
    };
    Ok(known.description.start.iter().map(replace).collect())
}

/// Installs a version, unless it is there and its sources are the same.
///
/// # Errors
/// Where the package manager is missing or fails; what it left behind is not taken for an installation.
pub async fn install(known: &Known, spec: &SubjectSpec) -> Result<(), InstallError> {
    if let Some(why) = known.no_adapter(spec) {
        return Err(InstallError::NoAdapter {
            release: spec.to_string(),
            why: why.to_owned(),
        });
    }
    let known = &*known.in_release(spec);
    let package = &known.description.package;
    let version = other_version(known, spec);
    let folder = install_folder(known, spec);
    let recipe = Recipe {
        subject: &known.folder,
        overlay: known.overlay.as_deref(),
        folder: &folder,
        package: &package.name,
        version,
    };
    let release;
    let step: &dyn InstallStep = match package.registry.as_str() {
        "npm" => &npm::Npm,
        "PyPI" => &pypi::PyPi,
        "Go" => &go::Go,
        "Maven" => &maven::Maven,
        CRATES if version.is_some() => {
            release = crates::Crates::of(known, version.unwrap_or_default())?;
            &release
        }
        _ if version.is_none() => return Ok(()),
        other => return Err(InstallError::NoVersions(known.name.clone(), other.to_owned())),
    };
    let stamp = stamp(known, version, step.sources()).map_err(|source| InstallError::Io {
        path: known.folder.clone(),
        source,
    })?;
    let mark = folder.join(".crosscheck-installed");
    if step.is_whole(&folder) && std::fs::read_to_string(&mark).is_ok_and(|s| s == stamp) {
        return Ok(());
    }
    let failed = |source| InstallError::Io {
        path: folder.clone(),
        source,
    };
    match std::fs::remove_file(&mark) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(e)),
        _ => {}
    }
    std::fs::create_dir_all(&folder).map_err(failed)?;
    for command in step.commands(&recipe).map_err(failed)? {
        run(&command, &folder).await?;
    }
    std::fs::write(&mark, stamp).map_err(failed)
}

/// What an installation is made from.
struct Recipe<'a> {
    /// The folder of the adapter's sources.
    subject: &'a Path,
    /// What lies over it, for releases of another era.
    overlay: Option<&'a Path>,
    /// Where it goes.
    folder: &'a Path,
    /// The package.
    package: &'a str,
    /// Another version than the locked one.
    version: Option<&'a str>,
}

/// A registry.
trait InstallStep: Sync {
    /// The files that decide what is installed, below the folder of the adapter; folders whole.
    fn sources(&self) -> &'static [&'static str];
    /// Whether what an installation has outside its folder is still there.
    fn is_whole(&self, _: &Path) -> bool {
        true
    }
    /// Prepares the folder; the commands to run in it.
    fn commands(&self, recipe: &Recipe<'_>) -> io::Result<Vec<command::Line>>;
}

/// Changes when what is installed would.
fn stamp(known: &Known, version: Option<&str>, sources: &[&str]) -> io::Result<String> {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for source in sources {
        let mut files = Vec::new();
        for folder in [Some(&known.folder), known.overlay.as_ref()].into_iter().flatten() {
            collect(&folder.join(source), &mut files)?;
        }
        files.sort();
        for file in files {
            hash.update(file.to_string_lossy().as_bytes());
            hash.update(std::fs::read(&file)?);
        }
    }
    let hash: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    Ok(format!("{} {hash}\n", version.unwrap_or("locked")))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
    } else if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    }
    Ok(())
}

/// Copies files of the subject into the installation.
fn copy(recipe: &Recipe<'_>, names: &[&str]) -> io::Result<()> {
    for name in names {
        for folder in [Some(recipe.subject), recipe.overlay].into_iter().flatten() {
            copy_whole(&folder.join(name), &recipe.folder.join(name))?;
        }
    }
    Ok(())
}

fn copy_whole(from: &Path, to: &Path) -> io::Result<()> {
    if from.is_dir() {
        std::fs::create_dir_all(to)?;
        for entry in std::fs::read_dir(from)? {
            let entry = entry?;
            copy_whole(&entry.path(), &to.join(entry.file_name()))?;
        }
    } else if from.is_file() {
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::copy(from, to)?;
    }
    Ok(())
}
