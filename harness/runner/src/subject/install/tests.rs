//! What an installation may run.

use super::{InstallStep, Recipe, npm::Npm, pypi::PyPi};
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
