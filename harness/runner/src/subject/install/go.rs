//! Go: the adapter is a module of its own; `go.sum` for the default version.

use super::command::Line;
use super::{InstallStep, Recipe, copy};
use std::io;

const HINT: &str = "install Go 1.24 or newer from go.dev, or `apt-get install golang`";

pub(super) struct Go;

impl InstallStep for Go {
    fn sources(&self) -> &'static [&'static str] {
        &["go.mod", "go.sum", "main.go", "internal"]
    }

    fn commands(&self, recipe: &Recipe<'_>) -> io::Result<Vec<Line>> {
        copy(recipe, self.sources())?;
        let build = Line::new("go", &["build", "-o", "adapter", "."], HINT);
        let mut lines = Vec::new();
        if let Some(version) = recipe.version {
            let package = format!("{}@v{}", recipe.package, version.trim_start_matches('v'));
            lines.push(Line::new("go", &["get", &package], HINT));
            lines.push(Line::new("go", &["mod", "tidy"], HINT));
        }
        lines.push(build);
        for line in &mut lines {
            // The toolchain that is there, whatever a module would like.
            line.environment.push(("GOTOOLCHAIN", "local".to_owned()));
            line.environment.push(("GOFLAGS", "-mod=mod".to_owned()));
        }
        Ok(lines)
    }
}
