//! PyPI: a virtual environment. For the default version, `requirements.txt` pins everything by its hash, and only wheels are installed,
//! so that no code of a package runs during the installation. For another version, the package is installed together with
//! `requirements.in`, which lists the dependencies of the adapter itself; wheels are preferred, since old releases may have none.

use super::command::Line;
use super::{InstallStep, Recipe, Registry, copy};
use std::io;

const QUIET: [&str; 3] = ["--quiet", "--disable-pip-version-check", "--no-input"];

pub(super) struct PyPi;

impl InstallStep for PyPi {
    fn sources(&self) -> &'static [&'static str] {
        &["requirements.txt", "requirements.in"]
    }

    /// A virtual environment works with one Python in one location only.
    fn runtime(&self) -> Option<Line> {
        let which = "import sys; print(sys.version, sys.base_prefix)";
        Some(Line::new(Registry::PyPi, "python3", &["-c", which]))
    }

    fn commands(&self, recipe: &Recipe<'_>) -> io::Result<Vec<Line>> {
        copy(recipe, &["requirements.txt", "requirements.in"])?;
        let python = recipe.folder.join("venv/bin/python").to_string_lossy().into_owned();
        let pip = [&["-m", "pip", "install"][..], &QUIET].concat();
        let environment = Line::new(Registry::PyPi, "python3", &["-m", "venv", "--clear", "venv"]);
        let Some(version) = recipe.version else {
            let locked = [
                "--require-hashes",
                "--only-binary",
                ":all:",
                "--requirement",
                "requirements.txt",
            ];
            let arguments = [&pip[..], &locked].concat();
            return Ok(vec![environment, Line::new(Registry::PyPi, python, &arguments)]);
        };
        let package = format!("{}=={version}", recipe.package);
        let newest = ["--prefer-binary", "--requirement", "requirements.in", package.as_str()];
        let arguments = [&pip[..], &newest].concat();
        Ok(vec![environment, Line::new(Registry::PyPi, python, &arguments)])
    }
}
