//! What an installation may run.

use super::command::Line;
use super::crates::with_this_program;
use super::{InstallStep, Recipe, Registry, go::Go, maven::Maven, npm::Npm, pypi::PyPi};
use std::path::Path;

/// The last command of an installation of that version, in one line.
fn command(step: &dyn InstallStep, version: Option<&str>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let recipe = Recipe {
        subject: Path::new("/no/subject"),
        overlay: None,
        folder: folder.path(),
        package: "one",
        version,
    };
    let commands = step.commands(&recipe).unwrap();
    commands.last().unwrap().arguments.join(" ")
}

#[test]
fn no_code_of_a_locked_package_runs_during_its_installation() {
    for (step, version, parts) in [
        (&Npm as &dyn InstallStep, None, &["ci", "--ignore-scripts"][..]),
        (&Npm, Some("1.2.3"), &["one@1.2.3", "--ignore-scripts"]),
        (&PyPi, None, &["--require-hashes", "--only-binary :all:"]),
        (&PyPi, Some("1.2.3"), &["one==1.2.3", "--prefer-binary"]),
    ] {
        let command = command(step, version);
        for part in parts {
            assert!(command.contains(part), "`{part}` is not in `{command}`");
        }
    }
}

#[test]
fn a_locked_package_is_compared_with_its_checksum_in_every_registry() {
    let all = |step: &dyn InstallStep, version| {
        let folder = tempfile::tempdir().unwrap();
        let recipe = Recipe {
            subject: Path::new("/no/subject"),
            overlay: None,
            folder: folder.path(),
            package: "one",
            version,
        };
        let lines = step.commands(&recipe).unwrap();
        let words = |line: Line| {
            let variables = line.environment.iter().map(|(name, value)| format!("{name}={value}"));
            variables.chain(line.arguments).collect::<Vec<_>>().join(" ")
        };
        lines.into_iter().map(words).collect::<Vec<_>>().join("\n")
    };
    let trusted = "artifactResolver.postProcessor.trustedChecksums";
    for (step, flags) in [
        (&Npm as &dyn InstallStep, vec!["ci ".to_owned()]),
        (&PyPi, vec!["--require-hashes ".to_owned()]),
        (&Go, vec!["-mod=readonly ".to_owned()]),
        (
            &Maven,
            vec![
                format!("-Daether.{trusted}=true "),
                format!("-Daether.{trusted}.failIfMissing=true "),
                format!("-Daether.{trusted}.checksumAlgorithms=SHA-256 "),
                "-Daether.trustedChecksumsSource.summaryFile=true ".to_owned(),
            ],
        ),
    ] {
        let (locked, other) = (all(step, None), all(step, Some("1.2.3")));
        for flag in flags {
            assert!(locked.contains(&flag), "`{flag}` is not in `{locked}`");
            assert!(!other.contains(&flag), "`{flag}` is in `{other}`");
        }
    }
    let poem = &crate::subjects::tests::all()["poem"];
    let build = with_this_program(poem).unwrap();
    assert!(build.arguments.iter().any(|argument| argument == "--locked"));
}

#[test]
fn every_default_release_has_a_lock_file_with_checksums() {
    for subject in crate::subjects::tests::all().values() {
        let file = match subject.description.package.registry {
            Registry::Npm => "package-lock.json",
            Registry::PyPi => "requirements.txt",
            Registry::Go => "go.sum",
            Registry::Maven => "../java-common/checksums.sha256",
            Registry::Crates | Registry::Debian | Registry::This => continue,
        };
        let text = std::fs::read_to_string(subject.folder.join(file)).unwrap();
        let mark = match subject.description.package.registry {
            Registry::Npm => "\"integrity\": \"sha512-",
            Registry::PyPi => "--hash=sha256:",
            Registry::Go => " h1:",
            _ => ".jar",
        };
        assert!(text.contains(mark), "{}: {file}", subject.name);
    }
}
