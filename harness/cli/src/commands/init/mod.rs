//! `crosscheck init`: writes what a project needs to test its CORS middleware.

mod ci;
mod detect;
mod files;
mod manifests;
mod next;

use crate::args::Init as Args;
use crate::exit::{Exit, Failure};
use crate::output::Out;
use ci::System;
use detect::detect;
use files::{WriteError, files, write};
use manifests::manifests;
use next::next;
use std::io::Write as _;
use std::path::Path;

/// The variables of an active environment of Python packages.
const ENVIRONMENTS: [&str; 2] = ["VIRTUAL_ENV", "CONDA_PREFIX"];

/// Writes the files and prints the next commands.
pub(crate) fn init(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let folder = Path::new("");
    let manifests = manifests(Path::new("."))
        .map_err(|error| Failure::usage(error, "correct the file, or write --framework NAME in another folder"))?;
    let framework = detect(&manifests, args.language, args.framework).map_err(|error| {
        let help = error.help();
        Failure::usage(error, help)
    })?;
    let system = if Path::new(".gitlab-ci.yml").exists() && !Path::new(".github").exists() {
        System::GitLab
    } else {
        System::GitHub
    };
    let files = files(framework, system).map_err(|error| Failure::usage(error, "install the program again"))?;
    write(folder, &files).map_err(|error| {
        let help = match error {
            WriteError::Exist(_) => "remove or rename what exists, and run `crosscheck init` again",
            WriteError::NotAFolder(..) => "move it, and run `crosscheck init` again",
            WriteError::Io(..) => "check the permissions of the folder and the disk",
        };
        Failure::usage(error, help)
    })?;
    let known = framework.known();
    writeln!(out, "a skeleton for {} ({}):", known.title, known.language.name())?;
    for file in &files {
        writeln!(out, "  {}", file.path)?;
    }
    writeln!(out, "\nnext:")?;
    let is_isolated = ENVIRONMENTS.iter().any(|name| std::env::var_os(name).is_some());
    for command in next(framework, &manifests, is_isolated) {
        writeln!(out, "  {command}")?;
    }
    if system == System::GitLab {
        writeln!(
            out,
            "\nadd this to .gitlab-ci.yml:\n  include: {{ local: {} }}",
            system.file()
        )?;
    }
    writeln!(
        out,
        "\ncrosscheck/ tests the CORS library of the framework; a comment in it shows where your own middleware goes."
    )?;
    Ok(Exit::Expected)
}

#[cfg(test)]
mod tests;
