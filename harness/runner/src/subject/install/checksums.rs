//! The SHA-256 checksums of everything that Maven downloads for the default releases: packages, their descriptions and plugins. Maven
//! 3.9 and newer compare each file before they use it. An older Maven ignores the flags, so the packages with which an adapter
//! starts are compared after the build as well.

use super::command::run;
use super::maven::{Maven, SHARED, SHARED_THERE};
use super::{InstallError, InstallStep as _, Recipe};
use crate::subject::keywords::Registry;
use crate::subject::subjects::Subject;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// The file with the checksums, in the folder of the sources that the adapters share. Maven defines its name and its format, which is
/// that of `sha256sum`.
const FILE: &str = "checksums.sha256";
const MAX_FILE: u64 = 16 << 20;
const MAX_PACKAGE: u64 = 256 << 20;
/// The folders in which a build collects packages.
const PACKAGES: &str = "lib";
/// The flag that switches the comparison on.
const VERIFY: &str = "-Daether.artifactResolver.postProcessor.trustedChecksums";
const SOURCE: &str = "-Daether.trustedChecksumsSource.summaryFile";

/// The flags with which Maven compares everything with the checksums in an installation, or records them.
pub(super) fn flags(installation: &Path, record: bool) -> io::Result<Vec<String>> {
    let folder = std::path::absolute(installation.join(SHARED_THERE))?;
    let strict = if record { "record" } else { "failIfMissing" };
    Ok(vec![
        format!("{VERIFY}=true"),
        format!("{VERIFY}.checksumAlgorithms=SHA-256"),
        format!("{VERIFY}.{strict}=true"),
        format!("{SOURCE}=true"),
        format!("{SOURCE}.originAware=false"),
        format!("{SOURCE}.basedir={}", folder.display()),
    ])
}

/// Returns the checksums by the paths of the files in a repository.
fn parse(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter_map(|line| line.split_once("  "));
    lines.map(|(sum, path)| (path.to_owned(), sum.to_owned())).collect()
}

fn read(installation: &Path) -> io::Result<BTreeMap<String, String>> {
    let file = installation.join(SHARED_THERE).join(FILE);
    let text = crosscheck_input::read_text(&file, MAX_FILE).map_err(io::Error::other)?;
    Ok(parse(&text))
}

/// Compares the packages that a build has collected.
///
/// # Errors
/// If one of them has another checksum than a listed file, or if there are none.
pub(super) fn verify(installation: &Path) -> Result<(), InstallError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| InstallError::Io { path, source }
    };
    let listed: BTreeSet<String> = read(installation)
        .map_err(failed(installation))?
        .into_values()
        .collect();
    let target = installation.join("target");
    let mut packages = Vec::new();
    collect(&target, false, &mut packages).map_err(failed(&target))?;
    if packages.is_empty() {
        let none = io::Error::new(io::ErrorKind::NotFound, "the build has collected no packages");
        return Err(failed(&target)(none));
    }
    for package in packages {
        let bytes = crosscheck_input::read(&package, MAX_PACKAGE).map_err(io::Error::other);
        let hash = Sha256::digest(bytes.map_err(failed(&package))?);
        let sum: String = hash.iter().map(|b| format!("{b:02x}")).collect();
        if !listed.contains(&sum) {
            return Err(InstallError::Checksum { package, sum });
        }
    }
    Ok(())
}

/// Collects the packages in folders named `lib`, and below them.
fn collect(folder: &Path, is_packages: bool, packages: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, is_packages || path.ends_with(PACKAGES), packages)?;
        } else if is_packages && path.extension().is_some_and(|e| e == "jar") {
            packages.push(path);
        }
    }
    Ok(())
}

/// Installs the default releases of subjects from Maven into a new folder, with a new local repository, and returns the text of the file
/// with the checksums of everything that was downloaded.
///
/// # Errors
/// If a build fails, or if Maven is older than 3.9 and writes no checksums.
pub async fn record_checksums<'s>(
    subjects: impl IntoIterator<Item = &'s Subject>,
    folder: &Path,
) -> Result<String, InstallError> {
    let repository = format!("-Dmaven.repo.local={}", folder.join("repository").display());
    let mut all = BTreeMap::new();
    let from_maven = |s: &&Subject| s.description.package.registry == Registry::Maven;
    for subject in subjects.into_iter().filter(from_maven) {
        let installation = folder.join(&subject.name);
        let failed = |source| InstallError::Io {
            path: installation.clone(),
            source,
        };
        let recipe = Recipe {
            subject: &subject.folder,
            overlay: None,
            folder: &installation,
            package: &subject.description.package.name,
            version: None,
        };
        for mut line in Maven.commands(&recipe).map_err(failed)? {
            std::fs::remove_file(installation.join(SHARED_THERE).join(FILE))
                .or_else(ignore_missing)
                .map_err(failed)?;
            line.arguments.retain(|argument| !argument.starts_with("-Daether"));
            line.arguments.extend(flags(&installation, true).map_err(failed)?);
            line.arguments.push(repository.clone());
            run(&line, &installation).await?;
        }
        all.extend(read(&installation).map_err(failed)?);
    }
    Ok(all.iter().map(|(path, sum)| format!("{sum}  {path}\n")).collect())
}

fn ignore_missing(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}

/// The file with the checksums, for a folder of subjects.
#[must_use]
pub fn checksums_file(subjects: &Path) -> PathBuf {
    subjects.join(SHARED.trim_start_matches("../")).join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subjects::tests::all as all_subjects;

    #[test]
    fn a_package_with_another_content_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let lib = folder.path().join("target/app/lib/main");
        std::fs::create_dir_all(&lib).unwrap();
        std::fs::create_dir(folder.path().join(SHARED_THERE)).unwrap();
        let list = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  a/a/1/a-1.jar\n";
        std::fs::write(folder.path().join(SHARED_THERE).join(FILE), list).unwrap();
        assert!(verify(folder.path()).unwrap_err().to_string().contains("no packages"));
        std::fs::write(lib.join("a-1.jar"), "hello").unwrap();
        std::fs::write(folder.path().join("target/adapter.jar"), "built here").unwrap();
        assert!(verify(folder.path()).is_ok());
        std::fs::write(lib.join("b-1.jar"), "hello!").unwrap();
        let error = verify(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("b-1.jar") && error.contains("checksums.sha256"),
            "{error}"
        );
    }

    #[test]
    fn every_direct_dependency_of_a_default_release_has_a_checksum() {
        let all = all_subjects();
        for subject in all.values() {
            let package = &subject.description.package;
            if package.registry != Registry::Maven {
                continue;
            }
            let file = checksums_file(subject.folder.parent().unwrap());
            let listed = parse(&std::fs::read_to_string(file).unwrap());
            let (group, artifact) = package.name.split_once(':').unwrap();
            let version = &package.version;
            let path = format!(
                "{}/{artifact}/{version}/{artifact}-{version}.jar",
                group.replace('.', "/")
            );
            assert!(listed.contains_key(&path), "{}: {path}", subject.name);
        }
    }
}
