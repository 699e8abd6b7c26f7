//! Go: each adapter is a module that uses one shared module. `go.sum` pins the default version. Small differences between version
//! ranges are in a file `era.go`.

use super::command::Line;
use super::{InstallStep, Recipe, Registry, copy, copy_whole};
use std::io;

/// The module that the adapters share, in the sources and in an installation.
const SHARED: &str = "../go-common";
const SHARED_THERE: &str = "go-common";

pub(super) struct Go;

impl InstallStep for Go {
    fn sources(&self) -> &'static [&'static str] {
        &["go.mod", "go.sum", "main.go", "era.go", SHARED]
    }

    fn commands(&self, recipe: &Recipe<'_>) -> io::Result<Vec<Line>> {
        copy(recipe, &["go.mod", "go.sum", "main.go", "era.go"])?;
        copy_whole(&recipe.subject.join(SHARED), &recipe.folder.join(SHARED_THERE))?;
        let replace = format!("-replace=crosscheck.example/go-common=./{SHARED_THERE}");
        let build = Line::new(Registry::Go, "go", &["build", "-o", "adapter", "."]);
        let mut lines = vec![Line::new(Registry::Go, "go", &["mod", "edit", &replace])];
        if let Some(version) = recipe.version {
            let package = format!("{}@v{}", recipe.package, version.trim_start_matches('v'));
            lines.push(Line::new(Registry::Go, "go", &["get", &package]));
            lines.push(Line::new(Registry::Go, "go", &["mod", "tidy"]));
        }
        lines.push(build);
        for line in &mut lines {
            // Uses the installed toolchain whatever a module requests, and ignores the repository around the build folder.
            line.environment.push(("GOTOOLCHAIN", "local".to_owned()));
            line.environment.push(("GOWORK", "off".to_owned()));
            // A module whose checksum `go.sum` does not have is an error, unless another version was requested.
            let modules = if recipe.version.is_some() { "mod" } else { "readonly" };
            let flags = format!("-mod={modules} -buildvcs=false");
            line.environment.push(("GOFLAGS", flags));
        }
        Ok(lines)
    }
}
