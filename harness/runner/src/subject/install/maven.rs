//! Maven: `pom.xml` pins everything and compiles the adapter's sources together with the shared ones. The property `library.version`
//! selects another version of the library.

use super::command::{Excerpt, Line};
use super::{InstallStep, Recipe, copy, copy_whole};
use std::io;

pub(super) const HINT: &str = "install it with `apt-get install maven default-jdk-headless`";

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
        // It creates target/adapter.jar, and target/lib with all dependencies.
        arguments.push("package");
        let mut line = Line::new("mvn", &arguments, HINT);
        line.excerpt = Excerpt::Errors;
        Ok(vec![line])
    }
}
