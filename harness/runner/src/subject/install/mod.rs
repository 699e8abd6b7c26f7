//! Installing subjects: each version of each into a folder of its own, by the package manager of its registry. The default version
//! comes from a lock file, another from the registry.

mod behind;
mod command;
mod crates;
mod go;
mod listing;
mod maven;
mod npm;
mod place;
mod pypi;

pub use listing::{ListError, list_versions};
pub(super) use place::target;

use super::description::{How, Known, SubjectSpec};
use behind::{behind, written};
use command::run;
use place::Place;
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
    /// It has not been, or from other sources.
    #[error("{name} is not installed{}; `crosscheck subjects install {name}` installs it", if *.before { " from its present sources" } else { "" })]
    NotInstalled {
        /// The subject.
        name: String,
        /// Whether there is an installation from other sources.
        before: bool,
    },
    /// What its `start` names is not there.
    #[error("{name} stands in front of `{behind}`: {what}")]
    Behind {
        /// The subject.
        name: String,
        /// The one behind it.
        behind: String,
        /// What is wrong.
        what: String,
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

/// The registry whose default versions are built with this program.
const CRATES: &str = "crates.io";

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
    if spec.version.is_some() {
        install(known, spec).await?;
    }
    let version = other_version(known, spec);
    let is_built = known.description.package.registry == CRATES && version.is_some();
    let folder = if is_built || starts_from_it(known) {
        installed(known, spec).await?
    } else {
        PathBuf::new()
    };
    if is_built {
        return Ok(vec![crates::program(&folder).to_string_lossy().into_owned()]);
    }
    if version.is_none() && crates::program_here(known).is_some_and(|program| !program.is_file()) {
        let before = false;
        return Err(InstallError::NotInstalled {
            name: spec.to_string(),
            before,
        });
    }
    let mut places = vec![
        ("{target}".to_owned(), target()),
        ("{subject}".to_owned(), known.folder.clone()),
        ("{install}".to_owned(), folder),
    ];
    for known in behind(known)? {
        let spec = SubjectSpec {
            name: known.name.clone(),
            version: None,
        };
        places.push((written(&known.name), installed(&known, &spec).await?));
    }
    let fill = |word: &String| {
        let places = places.iter();
        places.fold(word.clone(), |word, (name, folder)| {
            word.replace(name, &folder.to_string_lossy())
        })
    };
    Ok(known.description.start.iter().map(fill).collect())
}

/// Whether its adapter looks for its installation: one that is somebody's own need not.
fn starts_from_it(known: &Known) -> bool {
    known.description.start.iter().any(|word| word.contains("{install}"))
}

/// Whether the default version is installed, with what stands behind it and the program that runs its adapter; packages of the system
/// apart, which are not looked for.
///
/// # Errors
/// Where that cannot be told, or an installation that its `start` names is not there.
pub(crate) async fn is_installed(known: &Known) -> Result<bool, InstallError> {
    let spec = |known: &Known| SubjectSpec {
        name: known.name.clone(),
        version: None,
    };
    for known in behind(known)? {
        installed(&known, &spec(&known)).await?;
    }
    if starts_from_it(known) {
        installed(known, &spec(known)).await?;
    }
    if let Some(program) = crates::program_here(known) {
        return Ok(program.is_file());
    }
    let program = known.description.start.first();
    Ok(program.is_none_or(|program| program.starts_with('{') || crate::path::find(program).is_some()))
}

/// Where a subject is installed.
///
/// # Errors
/// Where it is not.
async fn installed(known: &Known, spec: &SubjectSpec) -> Result<PathBuf, InstallError> {
    let version = other_version(known, spec);
    let Some(step) = step_of(known, version)? else {
        return Ok(PathBuf::new());
    };
    let place = Place::of(known, version, &*step).await?;
    if !place.is_filled() {
        return Err(InstallError::NotInstalled {
            name: spec.to_string(),
            before: place.has_others(),
        });
    }
    place.touch();
    Ok(place.folder)
}

/// Where an implementation is, once it is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installed {
    /// Where its adapter looks for it.
    Here,
    /// In this program.
    BuiltIn,
    /// Among the system's packages, which this program leaves to their own manager.
    BySystem,
}

/// Installs a version, unless it is there and its sources are the same; and what stands behind it.
///
/// # Errors
/// Where the package manager is missing or fails; what it left behind is not taken for an installation.
pub async fn install(known: &Known, spec: &SubjectSpec) -> Result<Installed, InstallError> {
    for known in behind(known)? {
        let spec = SubjectSpec {
            name: known.name.clone(),
            version: None,
        };
        install_alone(&known, &spec).await?;
    }
    install_alone(known, spec).await
}

async fn install_alone(known: &Known, spec: &SubjectSpec) -> Result<Installed, InstallError> {
    if let Some(why) = known.no_adapter(spec) {
        return Err(InstallError::NoAdapter {
            release: spec.to_string(),
            why: why.to_owned(),
        });
    }
    let known = &*known.in_release(spec);
    let version = other_version(known, spec);
    let Some(step) = step_of(known, version)? else {
        return match (&known.how, crates::with_this_program(known)) {
            (How::Process, Some(line)) => run(&line, &known.folder).await.map(|_| Installed::Here),
            (How::Process | How::Engine, _) => Ok(Installed::BySystem),
            (How::Model | How::Embedded | How::InProcess(_), _) => Ok(Installed::BuiltIn),
        };
    };
    let place = Place::of(known, version, &*step).await?;
    let is_there = || place.is_filled() && step.is_whole(&place.folder);
    if is_there() {
        return Ok(Installed::Here);
    }
    let _lock = place.lock().await?;
    if is_there() {
        // Another program has just made it.
        return Ok(Installed::Here);
    }
    let failed = |source| place.failed(source);
    place.open().map_err(failed)?;
    let recipe = Recipe {
        subject: &known.folder,
        overlay: known.overlay.as_deref(),
        folder: &place.folder,
        package: &known.description.package.name,
        version,
    };
    let made = async {
        for command in step.commands(&recipe).map_err(failed)? {
            run(&command, &place.folder).await?;
        }
        place.close().map_err(failed)
    };
    let made = made.await;
    if made.is_err() {
        place.abandon();
    }
    made.map(|()| Installed::Here)
}

/// How a version is installed; without one the locked version is meant. None for what is built with this program or comes with the
/// system.
fn step_of<'k>(known: &'k Known, version: Option<&'k str>) -> Result<Option<Box<dyn InstallStep + 'k>>, InstallError> {
    let step: Box<dyn InstallStep> = match known.description.package.registry.as_str() {
        "npm" => Box::new(npm::Npm),
        "PyPI" => Box::new(pypi::PyPi),
        "Go" => Box::new(go::Go),
        "Maven" => Box::new(maven::Maven),
        _ if version.is_none() => return Ok(None),
        CRATES => return Ok(Some(Box::new(crates::Crates::of(known, version.unwrap_or_default())?))),
        other => return Err(InstallError::NoVersions(known.name.clone(), other.to_owned())),
    };
    Ok(Some(step))
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
trait InstallStep: Send + Sync {
    /// The files that decide what is installed, below the folder of the adapter; folders whole.
    fn sources(&self) -> &'static [&'static str];
    /// What tells the version of the program that an installation is tied to, if it is to one.
    fn runtime(&self) -> Option<command::Line> {
        None
    }
    /// Whether what an installation has outside its folder is still there.
    fn is_whole(&self, _: &Path) -> bool {
        true
    }
    /// Prepares the folder; the commands to run in it.
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
