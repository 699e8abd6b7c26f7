//! Maven: `pom.xml` pins everything and compiles the adapter's sources together with the shared ones, and `checksums.sha256` has the
//! checksum of everything. The property `library.version` selects another version of the library, for which there are no checksums.

use super::checksums;
use super::command::{Excerpt, Line};
use super::{InstallError, InstallStep, Recipe, Registry, copy, copy_whole};
use std::io;

/// The sources that the adapters share, in the sources and in an installation.
pub(super) const SHARED: &str = "../java-common";
pub(super) const SHARED_THERE: &str = "java-common";

/// The folder of a project's configuration. Maven searches the folders above for the nearest one.
pub(super) const PROJECT: &str = ".mvn";

pub(super) struct Maven;

impl InstallStep for Maven {
    fn sources(&self) -> &'static [&'static str] {
        &["pom.xml", "src", SHARED]
    }

    fn verify(&self, recipe: &Recipe<'_>) -> Result<(), InstallError> {
        match recipe.version {
            None => checksums::verify(recipe.folder),
            Some(_) => Ok(()),
        }
    }

    fn commands(&self, recipe: &Recipe<'_>) -> io::Result<Vec<Line>> {
        copy(recipe, &["pom.xml", "src"])?;
        copy_whole(&recipe.subject.join(SHARED), &recipe.folder.join(SHARED_THERE))?;
        std::fs::create_dir_all(recipe.folder.join(PROJECT))?;
        let version = recipe.version.map(|v| format!("-Dlibrary.version={v}"));
        let mut arguments = vec![
            "--batch-mode",
            "--quiet",
            "--no-transfer-progress",
            "--strict-checksums",
        ];
        arguments.extend(version.as_deref());
        let checksums = match version {
            None => checksums::flags(recipe.folder, false)?,
            Some(_) => Vec::new(),
        };
        arguments.extend(checksums.iter().map(String::as_str));
        // It creates target/adapter.jar, and target/lib with all dependencies.
        arguments.push("package");
        let mut line = Line::new(Registry::Maven, "mvn", &arguments);
        line.excerpt = Excerpt::Errors;
        Ok(vec![line])
    }
}
