//! Installs subjects: each version into its own folder, with the package manager of its registry. A lock file pins the default
//! version; other versions come from the registry.

mod announce;
mod behind;
mod checksums;
mod command;
mod crates;
mod environment;
mod go;
mod listing;
mod maven;
mod npm;
mod place;
mod pypi;

pub(super) use announce::announce;
pub use announce::{Announcer, CommandLine, announce_commands};
pub use checksums::{checksums_file, record_checksums};
pub(super) use command::error_lines;
pub use listing::{ListError, list_versions};
pub use place::cache;
pub(super) use place::target;

use super::keywords::Registry;
use super::spec::SubjectSpec;
use super::subjects::{Backend, Subject};
use crate::process::OutputError;
use behind::{behind, written};
use command::run;
use place::{Place, has_build_folder};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use thiserror::Error;

/// How a package manager failed.
#[derive(Debug, Error)]
pub enum CommandFailure {
    /// It could not be run to its end.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Its exit status is not 0.
    #[error("{status}; {lines}")]
    Status {
        /// The status.
        status: ExitStatus,
        /// Lines of its output, escaped.
        lines: String,
    },
}

/// Why a version could not be installed.
#[derive(Debug, Error)]
pub enum InstallError {
    /// Files cannot be read or written.
    #[error("cannot install into {}: {source}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The package manager failed.
    #[error("`{command}` failed in {}: {failure}", folder.display())]
    Command {
        /// The command.
        command: String,
        /// The folder in which it ran.
        folder: PathBuf,
        /// How it failed.
        failure: CommandFailure,
    },
    /// A package has another content than the one whose checksum is listed.
    #[error("{} has the SHA-256 checksum {sum}, which checksums.sha256 does not list; if the package is the right one, `cargo xtask maven-checksums` lists it", package.display())]
    Checksum {
        /// The package.
        package: PathBuf,
        /// Its checksum.
        sum: String,
    },
    /// The package manager is not installed.
    #[error("`{program}` is not installed; {hint}")]
    Missing {
        /// The program.
        program: String,
        /// How to install it.
        hint: &'static str,
    },
    /// The subject is not installed, or was installed from other sources.
    #[error("{name} is not installed{}; install it with `crosscheck subjects install {name}`", if *.before { " from its current sources" } else { "" })]
    NotInstalled {
        /// The subject.
        name: String,
        /// Whether there is an installation from other sources.
        before: bool,
    },
    /// A subject that its `start` names does not exist.
    #[error("{name} is a stack in front of `{behind}`: {what}")]
    Behind {
        /// The subject.
        name: String,
        /// The subject behind it.
        behind: String,
        /// What is wrong.
        what: String,
    },
    /// There is no adapter for a release.
    #[error("{release} cannot be tested: {why}")]
    NoAdapter {
        /// The subject and its version.
        release: String,
        /// The reason.
        why: String,
    },
    /// Its registry offers no choice of versions.
    #[error("packages of {1} come in one version only; write `{0}` without a version")]
    NoVersions(String, Registry),
}

/// Returns the version of a spec, if that version has its own folder.
pub(super) fn other_version<'s>(subject: &'s Subject, spec: &'s SubjectSpec) -> Option<&'s str> {
    let bare = |v: &str| v.trim_start_matches('v').to_owned();
    let default = &subject.description.package.version;
    // The default version of a crate is a part of this program, or is built by hand next to it. An explicit version is built.
    let by_hand =
        subject.description.package.registry == Registry::Crates && matches!(subject.backend, Backend::Process);
    if by_hand && !has_build_folder() {
        return Some(spec.version.as_deref().unwrap_or(default));
    }
    let default = bare(default);
    spec.version.as_deref().filter(|v| by_hand || bare(v) != default)
}

/// Returns the command that starts a subject in the version of a spec. An explicit version is installed if it is missing. The
/// default version must have been installed with `crosscheck subjects install` or `cargo xtask setup`.
///
/// # Errors
/// If the version cannot be installed.
pub(crate) async fn start_command(subject: &Subject, spec: &SubjectSpec) -> Result<Vec<String>, InstallError> {
    let subject = &*subject.in_release(spec);
    if spec.version.is_some() {
        install(subject, spec).await?;
    }
    let version = other_version(subject, spec);
    let is_built = subject.description.package.registry == Registry::Crates && version.is_some();
    let folder = if is_built || starts_from_it(subject) {
        installed(subject, spec).await?
    } else {
        PathBuf::new()
    };
    if is_built {
        return Ok(vec![crates::program(&folder).to_string_lossy().into_owned()]);
    }
    if version.is_none() && crates::program_here(subject).is_some_and(|program| !program.is_file()) {
        let before = false;
        return Err(InstallError::NotInstalled {
            name: spec.to_string(),
            before,
        });
    }
    let mut places = vec![
        ("{target}".to_owned(), target()),
        ("{subject}".to_owned(), subject.folder.clone()),
        ("{install}".to_owned(), folder),
    ];
    for subject in behind(subject)? {
        let spec = SubjectSpec {
            name: subject.name.clone(),
            version: None,
        };
        places.push((written(&subject.name), installed(&subject, &spec).await?));
    }
    let fill = |word: &String| {
        let places = places.iter();
        places.fold(word.clone(), |word, (name, folder)| {
            word.replace(name, &folder.to_string_lossy())
        })
    };
    Ok(subject.description.start.iter().map(fill).collect())
}

/// Whether the command of its adapter uses an installation.
fn starts_from_it(subject: &Subject) -> bool {
    subject.description.start.iter().any(|word| word.contains("{install}"))
}

/// Whether the default version is installed, including the subjects behind it and the program that runs its adapter. System
/// packages are not checked.
///
/// # Errors
/// If that cannot be determined, or an installation that its `start` names does not exist.
pub(crate) async fn is_installed(subject: &Subject) -> Result<bool, InstallError> {
    let spec = |subject: &Subject| SubjectSpec {
        name: subject.name.clone(),
        version: None,
    };
    for subject in behind(subject)? {
        installed(&subject, &spec(&subject)).await?;
    }
    if starts_from_it(subject) {
        installed(subject, &spec(subject)).await?;
    }
    let own = spec(subject);
    if let Some(program) = crates::program_here(subject) {
        if other_version(subject, &own).is_some() {
            return installed(subject, &own).await.map(|_| true);
        }
        return Ok(program.is_file());
    }
    let program = subject.description.start.first();
    Ok(program.is_none_or(|program| program.starts_with('{') || crate::which::find(program).is_some()))
}

/// Returns the folder in which a subject is installed.
///
/// # Errors
/// If it is not installed.
async fn installed(subject: &Subject, spec: &SubjectSpec) -> Result<PathBuf, InstallError> {
    let version = other_version(subject, spec);
    let Some(step) = step_of(subject, version)? else {
        return Ok(PathBuf::new());
    };
    let place = Place::of(subject, version, &*step).await?;
    if !place.is_filled() {
        return Err(InstallError::NotInstalled {
            name: spec.to_string(),
            before: place.has_others(),
        });
    }
    place.touch();
    Ok(place.folder)
}

/// Where an installed subject comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installed {
    /// An installation of this program.
    Here,
    /// This program contains it.
    BuiltIn,
    /// A package of the system, which the system's package manager installs.
    BySystem,
}

/// Installs a version and the subjects behind it, unless they are already installed from the same sources.
///
/// # Errors
/// If the package manager is missing or fails. A failed installation never counts as complete.
pub async fn install(subject: &Subject, spec: &SubjectSpec) -> Result<Installed, InstallError> {
    for subject in behind(subject)? {
        let spec = SubjectSpec {
            name: subject.name.clone(),
            version: None,
        };
        install_alone(&subject, &spec).await?;
    }
    install_alone(subject, spec).await
}

async fn install_alone(subject: &Subject, spec: &SubjectSpec) -> Result<Installed, InstallError> {
    if let Some(why) = subject.no_adapter(spec) {
        return Err(InstallError::NoAdapter {
            release: spec.to_string(),
            why: why.to_owned(),
        });
    }
    let subject = &*subject.in_release(spec);
    let version = other_version(subject, spec);
    let Some(step) = step_of(subject, version)? else {
        return match (&subject.backend, crates::with_this_program(subject)) {
            (Backend::Process, Some(line)) => run(&line, &subject.folder).await.map(|_| Installed::Here),
            (Backend::Process | Backend::Engine | Backend::Address(_), _) => Ok(Installed::BySystem),
            (Backend::Model | Backend::InProcess(_), _) => Ok(Installed::BuiltIn),
        };
    };
    let place = Place::of(subject, version, &*step).await?;
    let is_complete = || place.is_filled() && step.is_whole(&place.folder);
    if is_complete() {
        return Ok(Installed::Here);
    }
    let _lock = place.lock().await?;
    if is_complete() {
        // Another process has just installed it.
        return Ok(Installed::Here);
    }
    let failed = |source| place.failed(source);
    place.open().map_err(failed)?;
    let recipe = Recipe {
        subject: &subject.folder,
        overlay: subject.overlay.as_deref(),
        folder: &place.folder,
        package: &subject.description.package.name,
        version,
    };
    let made = async {
        for command in step.commands(&recipe).map_err(failed)? {
            run(&command, &place.folder).await?;
        }
        step.verify(&recipe)?;
        place.close().map_err(failed)
    };
    let made = made.await;
    if made.is_err() {
        place.abandon();
    }
    made.map(|()| Installed::Here)
}

/// Returns the installation step for a version, or for the locked version if it is `None`. Returns `None` for subjects that are
/// built with this program or come with the system.
fn step_of<'k>(
    subject: &'k Subject,
    version: Option<&'k str>,
) -> Result<Option<Box<dyn InstallStep + 'k>>, InstallError> {
    let step: Box<dyn InstallStep> = match (subject.description.package.registry, version) {
        (Registry::Npm, _) => Box::new(npm::Npm),
        (Registry::PyPi, _) => Box::new(pypi::PyPi),
        (Registry::Go, _) => Box::new(go::Go),
        (Registry::Maven, _) => Box::new(maven::Maven),
        (Registry::Crates | Registry::Debian | Registry::This, None) => return Ok(None),
        (Registry::Crates, Some(version)) => Box::new(crates::Crates::of(subject, version)?),
        (registry @ (Registry::Debian | Registry::This), Some(_)) => {
            return Err(InstallError::NoVersions(subject.name.clone(), registry));
        }
    };
    Ok(Some(step))
}

/// The inputs of an installation.
struct Recipe<'a> {
    /// The folder of the adapter's sources.
    subject: &'a Path,
    /// The folder whose files replace those of the adapter, for older releases.
    overlay: Option<&'a Path>,
    /// The folder of the installation.
    folder: &'a Path,
    /// The package.
    package: &'a str,
    /// The version, if it is not the locked one.
    version: Option<&'a str>,
}

/// How a registry installs a package.
trait InstallStep: Send + Sync {
    /// The files and folders below the folder of the adapter that determine the installation.
    fn sources(&self) -> &'static [&'static str];
    /// The command that prints the version of a program on which the installation depends, if there is one.
    fn runtime(&self) -> Option<command::Line> {
        None
    }
    /// Whether the parts of an installation outside its folder still exist.
    fn is_whole(&self, _: &Path) -> bool {
        true
    }
    /// Checks what the commands have installed.
    fn verify(&self, _: &Recipe<'_>) -> Result<(), InstallError> {
        Ok(())
    }
    /// Prepares the folder and returns the commands to run in it.
    fn commands(&self, recipe: &Recipe<'_>) -> io::Result<Vec<command::Line>>;
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

#[cfg(test)]
mod tests;
