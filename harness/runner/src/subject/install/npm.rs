//! npm: `package-lock.json` pins the default version.

use super::command::Line;
use super::{InstallStep, Recipe, Registry, copy};
use std::io;

/// No code of a package runs, and no workspace in the folders above is searched for.
const COMMON: [&str; 4] = ["--ignore-scripts", "--no-workspaces", "--no-audit", "--no-fund"];

pub(super) struct Npm;

impl InstallStep for Npm {
    fn sources(&self) -> &'static [&'static str] {
        &["package.json", "package-lock.json"]
    }

    fn commands(&self, recipe: &Recipe<'_>) -> io::Result<Vec<Line>> {
        copy(recipe, &["package.json"])?;
        let Some(version) = recipe.version else {
            copy(recipe, &["package-lock.json"])?;
            let arguments = [&["ci"][..], &COMMON].concat();
            return Ok(vec![Line::new(Registry::Npm, "npm", &arguments)]);
        };
        let package = format!("{}@{version}", recipe.package);
        let arguments = [&["install", "--save-exact"][..], &COMMON, &[package.as_str()]].concat();
        Ok(vec![Line::new(Registry::Npm, "npm", &arguments)])
    }
}
