//! crates.io: the default version is built with this program. Another version is built from the adapter's sources in its own
//! package, with the manifest of its version range. All of them share a build folder, so that common dependencies compile once.

use super::command::{Excerpt, Line};
use super::{InstallError, InstallStep, Recipe, Registry, copy, copy_whole, target};
use crate::subject::compat::Compat;
use crate::subject::subjects::Subject;
use std::io;
use std::path::{Path, PathBuf};

/// The sources from which a release is built: those of the adapter, those that adapters share, and the policy of the harness.
const SOURCES: [&str; 8] = [
    "src",
    "releases",
    "build.rs",
    "subject.yaml",
    "../rust-common/src",
    "../rust-common/build.rs",
    "../../corpus/src/application.rs",
    "../../corpus/src/policy",
];
/// The manifest of a version range, in its folder.
const MAX_MANIFEST: u64 = 1 << 20;
const MANIFEST: &str = "manifest.toml";

/// A release to build.
pub(super) struct Crates<'k> {
    version: &'k str,
    compat: &'k Compat,
    folder: &'k str,
}

impl<'k> Crates<'k> {
    /// Returns the release with the first version range that contains it.
    ///
    /// # Errors
    /// If no range with a folder contains it.
    pub(super) fn of(subject: &'k Subject, version: &'k str) -> Result<Self, InstallError> {
        if let Some(compat) = subject.description.compat_of(version)
            && let Some(folder) = &compat.folder
        {
            return Ok(Self {
                version,
                compat,
                folder,
            });
        }
        let ranges = || {
            let built = subject
                .description
                .compat
                .iter()
                .filter(|compat| compat.folder.is_some());
            let ranges: Vec<&str> = built.map(|compat| compat.versions.as_str()).collect();
            format!("its adapter supports the releases {}", ranges.join("; "))
        };
        Err(InstallError::NoAdapter {
            release: format!("{}@{version}", subject.name),
            why: ranges(),
        })
    }
}

/// The path of the adapter in the build folder of this program, if the default version is a crate of this workspace.
pub(super) fn program_here(subject: &Subject) -> Option<PathBuf> {
    let name = subject.description.start.first()?.strip_prefix("{target}/")?;
    Some(target().join(name))
}

/// Returns the command that builds it like this program; cargo detects changes.
pub(super) fn with_this_program(subject: &Subject) -> Option<Line> {
    let program = program_here(subject)?;
    let (package, folder) = (program.file_name()?.to_string_lossy(), program.parent()?);
    let profile = match folder.file_name()?.to_string_lossy() {
        debug if debug == "debug" => "dev".into(),
        profile => profile,
    };
    let build = folder.parent()?.to_string_lossy();
    let arguments = ["build", "--locked", "--message-format", "short", "--target-dir", &build];
    let arguments = [&arguments[..], &["--profile", &profile, "--package", &package]].concat();
    let mut line = Line::new(Registry::Crates, "cargo", &arguments);
    line.excerpt = Excerpt::Errors;
    Some(line)
}

/// The path of the built program of a release.
pub(super) fn program(folder: &Path) -> PathBuf {
    shared(folder).join("debug").join(package(folder))
}

/// The build folder that all releases share, next to their own folders.
fn shared(folder: &Path) -> PathBuf {
    folder.parent().unwrap_or(folder).join(".crates")
}

/// The package name of a release. It is unique, because all programs are in one folder.
fn package(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    format!("release-{}", name.chars().map(plain).collect::<String>())
}

impl InstallStep for Crates<'_> {
    fn sources(&self) -> &'static [&'static str] {
        &SOURCES
    }

    fn is_whole(&self, folder: &Path) -> bool {
        program(folder).is_file()
    }

    /// Creates the package from the adapter's sources, the replacing sources of the version range, its manifest, and the lock file of
    /// the harness. With this lock file, dependencies that the release does not determine are those of the default version.
    fn commands(&self, recipe: &Recipe<'_>) -> io::Result<Vec<Line>> {
        let own = recipe.folder.join("src");
        if own.exists() {
            // Files of another layout must not become part of this one.
            std::fs::remove_dir_all(&own)?;
        }
        copy(recipe, &["src", "build.rs", "subject.yaml"])?;
        let of_range = recipe.subject.join(self.folder);
        copy_whole(&of_range, recipe.folder)?;
        let subjects = std::fs::canonicalize(recipe.subject)?;
        let subjects = subjects.parent().unwrap_or(Path::new("/"));
        let harness = subjects.parent().unwrap_or(Path::new("/"));
        let manifest = crosscheck_input::read_text(&of_range.join(MANIFEST), MAX_MANIFEST)
            .map_err(io::Error::other)?
            .replace("{package}", &package(recipe.folder))
            .replace("{version}", self.version)
            .replace("{subjects}", &subjects.to_string_lossy())
            .replace("{harness}", &harness.to_string_lossy());
        std::fs::write(recipe.folder.join("Cargo.toml"), manifest)?;
        let lock = recipe.folder.join("Cargo.lock");
        let harness_lock = harness.with_file_name("Cargo.lock");
        if harness_lock.is_file() {
            std::fs::copy(harness_lock, &lock)?;
        }
        let features = self.compat.features.join(",");
        let manifest = std::path::absolute(recipe.folder.join("Cargo.toml"))?;
        let manifest = manifest.to_string_lossy();
        let arguments = ["build", "--message-format", "short", "--manifest-path", &manifest];
        let arguments = [&arguments[..], &["--features", features.as_str()]].concat();
        let mut line = Line::new(Registry::Crates, "cargo", &arguments);
        line.excerpt = Excerpt::Errors;
        // Cargo reads the configuration of the working folder and those above: here, the one with which this program was built.
        line.folder = Some(subjects.to_owned());
        let absolute = |path: &Path| Ok::<_, io::Error>(std::path::absolute(path)?.to_string_lossy().into_owned());
        line.environment = vec![
            ("CARGO_TARGET_DIR", absolute(&shared(recipe.folder))?),
            // An adapter reports the version from this lock file.
            ("CROSSCHECK_LOCK", absolute(&lock)?),
            ("CARGO_INCREMENTAL", "0".to_owned()),
            ("CARGO_PROFILE_DEV_DEBUG", "0".to_owned()),
        ];
        Ok(vec![line])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::Registry;
    use crate::subjects::tests::all as all_subjects;

    #[test]
    fn every_range_of_a_crate_has_a_manifest_or_a_reason() {
        let all = all_subjects();
        let crates = all
            .values()
            .filter(|k| k.description.package.registry == Registry::Crates);
        for subject in crates {
            let ranges = &subject.description.compat;
            assert!(!ranges.is_empty(), "{} has none", subject.name);
            for compat in ranges {
                let name = format!("{} {}", subject.name, compat.versions);
                match &compat.folder {
                    Some(folder) => {
                        let manifest = std::fs::read_to_string(subject.folder.join(folder).join(MANIFEST));
                        let manifest = manifest.unwrap_or_else(|e| panic!("{name}: {e}"));
                        assert!(manifest.contains("={version}"), "{name}");
                    }
                    None => assert!(compat.reason.is_some(), "{name}"),
                }
            }
            assert!(
                Crates::of(subject, &subject.description.package.version).is_ok(),
                "{} has no range for its own version",
                subject.name
            );
        }
    }

    #[test]
    fn a_release_is_built_with_the_first_range_that_contains_it_or_fails_with_a_reason() {
        let all = all_subjects();
        for (name, version, expected) in [
            ("tower-http", "0.5.2", Ok("releases/http-1")),
            ("tower-http-process", "0.6.0", Ok("releases/http-1")),
            ("tower-http", "0.4.4", Ok("releases/http-0.2")),
            ("actix-cors", "0.6.3", Ok("releases/0.6")),
            ("actix-cors", "0.6.4", Ok("releases/0.7")),
            (
                "poem",
                "0.0.1",
                Err("poem@0.0.1 cannot be tested: its adapter supports the releases >="),
            ),
        ] {
            let found = Crates::of(&all[name], version)
                .map(|c| c.folder)
                .map_err(|e| e.to_string());
            match (&found, expected) {
                (Ok(folder), Ok(expected)) => assert_eq!(*folder, expected, "{name}@{version}"),
                (Err(error), Err(expected)) => assert!(error.starts_with(expected), "{error}"),
                _ => panic!("{name}@{version}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_default_version_is_built_into_the_folder_in_which_it_is_searched() {
        let all = all_subjects();
        let line = with_this_program(&all["poem"]).unwrap();
        assert_eq!(line.program, "cargo");
        let after = |option| {
            let at = line.arguments.iter().position(|a| a == option).unwrap();
            line.arguments[at + 1].clone()
        };
        let profile = after("--profile").replace("dev", "debug");
        let built = Path::new(&after("--target-dir")).join(profile).join(after("--package"));
        assert_eq!(Some(built), program_here(&all["poem"]));
        assert!(with_this_program(&all["hono"]).is_none());
    }

    #[test]
    fn releases_have_separate_programs_in_one_build_folder() {
        let program = program(Path::new("/installed/actix-cors@0.6.0-beta.1"));
        assert_eq!(
            program,
            Path::new("/installed/.crates/debug/release-actix-cors-0-6-0-beta-1")
        );
    }
}
