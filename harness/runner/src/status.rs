//! Reports whether a subject can be tested on this machine, and which command installs it if not. The only program it starts is a
//! query of the package manager.

use crate::client::find_engine;
use crate::process::output;
use crate::subject::{InstallError, Registry, Subject, is_installed};
use std::time::Duration;
use tokio::process::Command;

/// How much of the query's output is read, in bytes.
const MAX_OUTPUT: usize = 1 << 20;
/// How long the query may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the implementation of a subject is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// In this program.
    BuiltIn,
    /// On this machine.
    Installed,
    /// Not installed: the command that installs it, or the reason why it cannot be installed.
    Missing(String),
    /// Unknown: the package manager of the system is not on this machine.
    Unknown,
}

impl Status {
    /// Returns the status of the default version of a subject.
    pub async fn of(subject: &Subject) -> Self {
        let install = match &*subject.description.install {
            "" => format!("crosscheck subjects install {}", subject.name),
            install => install.to_owned(),
        };
        if subject.is_built_in() {
            return match find_engine(subject) {
                None => Self::BuiltIn,
                Some(Ok(_)) => Self::Installed,
                Some(Err(_)) => Self::Missing(install),
            };
        }
        match is_installed(subject).await {
            Ok(false) | Err(InstallError::NotInstalled { .. }) => Self::Missing(install),
            Ok(true) if subject.description.package.registry == Registry::Debian => of_debian(&install).await,
            Ok(true) => Self::Installed,
            Err(error) => Self::Missing(error.to_string()),
        }
    }
}

/// Checks whether the packages that a command would install are installed.
async fn of_debian(install: &str) -> Status {
    let mut query = Command::new("dpkg-query");
    query
        .args(["--show", "--showformat=${db:Status-Status}\n"])
        .args(packages(install));
    match output(&mut query, MAX_OUTPUT, PATIENCE).await {
        // `dpkg-query` prints no line for an unknown package, and fails.
        Ok(printed) if printed.status.success() => {
            let printed = String::from_utf8_lossy(&printed.stdout);
            if printed.lines().all(|status| status == "installed") {
                Status::Installed
            } else {
                Status::Missing(install.to_owned())
            }
        }
        Ok(_) => Status::Missing(install.to_owned()),
        Err(_) => Status::Unknown,
    }
}

/// Returns the packages `a` and `b` of a command such as `apt-get install --yes a b && ...`.
fn packages(install: &str) -> impl Iterator<Item = &str> {
    let words = install.split("&&").next().unwrap_or_default().split(' ');
    words.skip(2).filter(|word| !word.is_empty() && !word.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subjects::tests::all as all_subjects;

    #[test]
    fn the_packages_are_those_that_the_install_command_names() {
        for (install, expected) in [
            ("apt-get install chromium", &["chromium"][..]),
            ("apt-get install --yes haproxy nodejs", &["haproxy", "nodejs"]),
            (
                "apt-get install --yes nginx-light nodejs && crosscheck subjects install a+b",
                &["nginx-light", "nodejs"],
            ),
        ] {
            assert_eq!(packages(install).collect::<Vec<_>>(), expected, "{install}");
        }
    }

    #[test]
    fn every_subject_of_debian_names_its_packages() {
        for subject in all_subjects().values() {
            let description = &subject.description;
            if description.package.registry == Registry::Debian {
                let packages: Vec<_> = packages(&description.install).collect();
                assert!(description.install.starts_with("apt-get install "), "{}", subject.name);
                assert!(!packages.is_empty(), "{}", subject.name);
            }
        }
    }

    #[tokio::test]
    async fn a_built_in_subject_needs_no_installation_and_another_one_does() {
        let all = all_subjects();
        for name in ["model", "tower-http", "actix-cors"] {
            assert_eq!(Status::of(&all[name]).await, Status::BuiltIn, "{name}");
        }
        // An adapter, and a browser from a package.
        for name in ["hono", "servo"] {
            let mut subject = all[name].clone();
            // Sources without an installation.
            subject.folder = subject.folder.join("no-such-folder");
            assert_eq!(
                Status::of(&subject).await,
                Status::Missing(format!("crosscheck subjects install {name}"))
            );
        }
    }
}
