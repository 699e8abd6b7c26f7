//! crates.io: the default version is built with this program; another one from the adapter's sources, in a package of its own whose
//! manifest the release's era gives. All of them share a build folder, so that what they have in common is compiled once.

use super::command::{Line, Tell};
use super::{InstallError, InstallStep, Recipe, copy, copy_whole};
use crate::baseline::matches_version;
use crate::subject::description::{Era, Known};
use std::io;
use std::path::{Path, PathBuf};

pub(super) const HINT: &str = "install Rust by rustup from rustup.rs";

/// What decides how a release is built: the adapter's sources, and what they share. Of the harness only the policy matters.
const SOURCES: [&str; 7] = [
    "src",
    "releases",
    "build.rs",
    "subject.yaml",
    "../rust-common/src",
    "../rust-common/build.rs",
    "../../corpus/src/policy",
];
/// The manifest of an era, in its folder.
const MANIFEST: &str = "manifest.toml";

/// A release that is to be built.
pub(super) struct Crates<'k> {
    version: &'k str,
    era: &'k Era,
    folder: &'k str,
}

impl<'k> Crates<'k> {
    /// The release, built as the first era that it lies in.
    ///
    /// # Errors
    /// Where it lies in none, or in one that cannot be built.
    pub(super) fn of(known: &'k Known, version: &'k str) -> Result<Self, InstallError> {
        let eras = &known.description.releases;
        let lies_in = |era: &&Era| matches_version(&era.versions, version) == Some(true);
        let era = eras.iter().find(lies_in);
        if let Some(era) = era
            && let Some(folder) = &era.folder
        {
            return Ok(Self { version, era, folder });
        }
        let ranges = || {
            let built = eras.iter().filter(|era| era.folder.is_some());
            let ranges: Vec<&str> = built.map(|era| era.versions.as_str()).collect();
            format!("its adapter is for releases {}", ranges.join("; "))
        };
        Err(InstallError::NoAdapter {
            release: format!("{}@{version}", known.name),
            why: era.and_then(|era| era.reason.clone()).unwrap_or_else(ranges),
        })
    }
}

/// The program of a release, once it is built.
pub(super) fn program(folder: &Path) -> PathBuf {
    shared(folder).join("debug").join(package(folder))
}

/// The build folder that all releases share, beside their own folders.
fn shared(folder: &Path) -> PathBuf {
    folder.parent().unwrap_or(folder).join(".crates")
}

/// The name of the package of a release: one each, since their programs lie in one folder.
fn package(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    format!("release-{}", name.chars().map(plain).collect::<String>())
}

impl InstallStep for Crates<'_> {
    fn sources(&self) -> &'static [&'static str] {
        &SOURCES
    }

    /// Lays out the package: the adapter's sources, those of the era over them, its manifest, and the lock file of the harness, so
    /// that what the release does not decide is as in the default version.
    fn commands(&self, recipe: &Recipe<'_>) -> io::Result<Vec<Line>> {
        let own = recipe.folder.join("src");
        if own.exists() {
            // What another layout left there must not be taken for a part of this one.
            std::fs::remove_dir_all(&own)?;
        }
        copy(recipe, &["src", "build.rs", "subject.yaml"])?;
        let of_era = recipe.subject.join(self.folder);
        copy_whole(&of_era, recipe.folder)?;
        let subjects = std::fs::canonicalize(recipe.subject)?;
        let subjects = subjects.parent().unwrap_or(Path::new("/"));
        let harness = subjects.parent().unwrap_or(Path::new("/"));
        let manifest = std::fs::read_to_string(of_era.join(MANIFEST))?
            .replace("{package}", &package(recipe.folder))
            .replace("{version}", self.version)
            .replace("{subjects}", &subjects.to_string_lossy())
            .replace("{harness}", &harness.to_string_lossy());
        std::fs::write(recipe.folder.join("Cargo.toml"), manifest)?;
        let lock = recipe.folder.join("Cargo.lock");
        let of_harness = harness.with_file_name("Cargo.lock");
        if of_harness.is_file() {
            std::fs::copy(of_harness, &lock)?;
        }
        let features = self.era.features.join(",");
        let arguments = ["build", "--message-format", "short", "--features", features.as_str()];
        let mut line = Line::new("cargo", &arguments, HINT);
        line.tell = Tell::Errors;
        let absolute = |path: &Path| Ok::<_, io::Error>(std::path::absolute(path)?.to_string_lossy().into_owned());
        line.environment = vec![
            ("CARGO_TARGET_DIR", absolute(&shared(recipe.folder))?),
            // The version that an adapter tells is the one that it was built with.
            ("CROSSCHECK_LOCK", absolute(&lock)?),
            ("CARGO_INCREMENTAL", "0".to_owned()),
            ("CARGO_PROFILE_DEV_DEBUG", "0".to_owned()),
        ];
        Ok(vec![line])
    }
}
