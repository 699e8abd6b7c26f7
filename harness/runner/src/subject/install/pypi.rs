//! PyPI: a virtual environment with `requirements.txt`, which pins everything, for the default version. For another one the
//! package is put over `requirements.in`, which names what the adapter itself needs.

use super::command::Line;
use super::{InstallStep, Recipe, copy};
use std::io;

pub(super) const HINT: &str = "`apt-get install python3 python3-venv` brings it";
const QUIET: [&str; 3] = ["--quiet", "--disable-pip-version-check", "--no-input"];

pub(super) struct PyPi;

impl InstallStep for PyPi {
    fn sources(&self) -> &'static [&'static str] {
        &["requirements.txt", "requirements.in"]
    }

    /// An environment belongs to one Python in one place.
    fn runtime(&self) -> Option<Line> {
        let which = "import sys; print(sys.version, sys.base_prefix)";
        Some(Line::new("python3", &["-c", which], HINT))
    }

    fn commands(&self, recipe: &Recipe<'_>) -> io::Result<Vec<Line>> {
        copy(recipe, &["requirements.txt", "requirements.in"])?;
        let python = recipe.folder.join("venv/bin/python").to_string_lossy().into_owned();
        let pip = [&["-m", "pip", "install"][..], &QUIET].concat();
        let environment = Line::new("python3", &["-m", "venv", "--clear", "venv"], HINT);
        let Some(version) = recipe.version else {
            let arguments = [&pip[..], &["--requirement", "requirements.txt"]].concat();
            return Ok(vec![environment, Line::new(python, &arguments, HINT)]);
        };
        let package = format!("{}=={version}", recipe.package);
        let arguments = [&pip[..], &["--requirement", "requirements.in", package.as_str()]].concat();
        Ok(vec![environment, Line::new(python, &arguments, HINT)])
    }
}
