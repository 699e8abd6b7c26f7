//! Whether a subject can be tested on this machine, and what brings it if not; nothing is started but its package manager's own question.

use crate::client::find_engine;
use crate::subject::{InstallError, Known, is_installed};
use std::process::Stdio;
use tokio::process::Command;

/// Where the implementation of a subject is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// In this program.
    BuiltIn,
    /// On this machine.
    Installed,
    /// Not there; what brings it, or what is in its way.
    Missing(String),
    /// Its package manager, which is not this program's business, is not here to be asked.
    Unknown,
}

impl Status {
    /// Of the default version of a subject.
    pub async fn of(known: &Known) -> Self {
        let install = match &*known.description.install {
            "" => format!("crosscheck subjects install {}", known.name),
            install => install.to_owned(),
        };
        if known.is_built_in() {
            return match find_engine(&known.name) {
                None => Self::BuiltIn,
                Some(Ok(_)) => Self::Installed,
                Some(Err(_)) => Self::Missing(install),
            };
        }
        match is_installed(known).await {
            Ok(false) | Err(InstallError::NotInstalled { .. }) => Self::Missing(install),
            Ok(true) if known.description.package.registry == "Debian" => of_debian(&install).await,
            Ok(true) => Self::Installed,
            Err(error) => Self::Missing(error.to_string()),
        }
    }
}

/// Whether the packages that a command would install are there.
async fn of_debian(install: &str) -> Status {
    let mut query = Command::new("dpkg-query");
    query
        .args(["--show", "--showformat=${db:Status-Status}\n"])
        .args(packages(install));
    let said = query.stdin(Stdio::null()).stderr(Stdio::null()).output().await;
    match said {
        // A package that it never heard of has no line, and makes it fail.
        Ok(said) if said.status.success() => {
            let said = String::from_utf8_lossy(&said.stdout);
            if said.lines().all(|status| status == "installed") {
                Status::Installed
            } else {
                Status::Missing(install.to_owned())
            }
        }
        Ok(_) => Status::Missing(install.to_owned()),
        Err(_) => Status::Unknown,
    }
}

/// The packages in `apt-get install --yes a b && ...`.
fn packages(install: &str) -> impl Iterator<Item = &str> {
    let words = install.split("&&").next().unwrap_or_default().split(' ');
    words.skip(2).filter(|word| !word.is_empty() && !word.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::subjects_folder;

    #[test]
    fn what_is_asked_of_debian_is_what_its_command_would_install() {
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
    fn every_subject_of_debian_says_which_packages_it_needs() {
        for known in Known::all(&subjects_folder()).unwrap().values() {
            let description = &known.description;
            if description.package.registry == "Debian" {
                let packages: Vec<_> = packages(&description.install).collect();
                assert!(description.install.starts_with("apt-get install "), "{}", known.name);
                assert!(!packages.is_empty(), "{}", known.name);
            }
        }
    }

    #[tokio::test]
    async fn what_is_in_this_program_needs_no_installation_and_what_nobody_has_does() {
        let all = Known::all(&subjects_folder()).unwrap();
        for name in ["model", "tower-http", "actix-cors"] {
            assert_eq!(Status::of(&all[name]).await, Status::BuiltIn, "{name}");
        }
        let mut hono = all["hono"].clone();
        // Sources that nobody has installed from.
        hono.folder = hono.folder.join("no-such-folder");
        assert_eq!(
            Status::of(&hono).await,
            Status::Missing("crosscheck subjects install hono".to_owned())
        );
    }
}
