//! Maven: `pom.xml` pins everything and compiles the sources that all adapters share besides its own; another version of the
//! library is its property `library.version`.

use super::command::{Excerpt, Line};
use super::{InstallStep, Recipe, copy, copy_whole};
use std::io;

pub(super) const HINT: &str = "`apt-get install maven default-jdk-headless` brings it";

/// The sources that the adapters share, in the sources and in an installation.
const SHARED: &str = "../java-common";
const SHARED_THERE: &str = "java-common";

pub(super) struct Maven;

impl InstallStep for Maven {
    fn sources(&self) -> &'static [&'static str] {
        &["pom.xml", "src", SHARED]
    }

    fn commands(&self, recipe: &Recipe<'_>) -> io::Result<Vec<Line>> {
        copy(recipe, &["pom.xml", "src"])?;
        copy_whole(&recipe.subject.join(SHARED), &recipe.folder.join(SHARED_THERE))?;
        let version = recipe.version.map(|v| format!("-Dlibrary.version={v}"));
        let mut arguments = vec!["--batch-mode", "--quiet", "--no-transfer-progress"];
        arguments.extend(version.as_deref());
        // target/adapter.jar, and beside it target/lib with everything it needs.
        arguments.push("package");
        let mut line = Line::new("mvn", &arguments, HINT);
        line.excerpt = Excerpt::Errors;
        Ok(vec![line])
    }
}
