//! npm: `package-lock.json` pins the default version.

use super::command::Line;
use super::{InstallStep, Recipe, copy};
use std::io;

pub(super) const HINT: &str = "install it with `apt-get install nodejs npm`";
const QUIET: [&str; 3] = ["--ignore-scripts", "--no-audit", "--no-fund"];

pub(super) struct Npm;

impl InstallStep for Npm {
    fn sources(&self) -> &'static [&'static str] {
        &["package.json", "package-lock.json"]
    }

    fn commands(&self, recipe: &Recipe<'_>) -> io::Result<Vec<Line>> {
        copy(recipe, &["package.json"])?;
        let Some(version) = recipe.version else {
            copy(recipe, &["package-lock.json"])?;
            let arguments = [&["ci"][..], &QUIET].concat();
            return Ok(vec![Line::new("npm", &arguments, HINT)]);
        };
        let package = format!("{}@{version}", recipe.package);
        let arguments = [&["install", "--save-exact"][..], &QUIET, &[package.as_str()]].concat();
        Ok(vec![Line::new("npm", &arguments, HINT)])
    }
}
