//! Maven: `pom.xml` pins everything; another version of the library is its property `library.version`.

use super::command::Line;
use super::{InstallStep, Recipe, copy};
use std::io;

const HINT: &str = "`apt-get install maven default-jdk-headless` brings it";

pub(super) struct Maven;

impl InstallStep for Maven {
    fn sources(&self) -> &'static [&'static str] {
        &["pom.xml", "src"]
    }

    fn commands(&self, recipe: &Recipe<'_>) -> io::Result<Vec<Line>> {
        copy(recipe, self.sources())?;
        let version = recipe.version.map(|v| format!("-Dlibrary.version={v}"));
        let mut arguments = vec!["--batch-mode", "--quiet", "--no-transfer-progress"];
        arguments.extend(version.as_deref());
        // target/adapter.jar, and beside it target/lib with everything it needs.
        arguments.push("package");
        Ok(vec![Line::new("mvn", &arguments, HINT)])
    }
}
