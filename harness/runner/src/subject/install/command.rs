//! A package manager's command.

use super::InstallError;
use std::io;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

/// A command line, run in the folder of the installation.
pub(super) struct Line {
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(&'static str, String)>,
    /// What brings the program.
    pub(super) hint: &'static str,
}

impl Line {
    pub(super) fn new(program: impl Into<String>, arguments: &[&str], hint: &'static str) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.iter().map(|a| (*a).to_owned()).collect(),
            environment: Vec::new(),
            hint,
        }
    }
}

/// Runs it to the end.
pub(super) async fn run(line: &Line, folder: &Path) -> Result<(), InstallError> {
    let shown = format!("{} {}", line.program, line.arguments.join(" "));
    let failed = |what: String| InstallError::Command {
        command: shown.clone(),
        folder: folder.to_owned(),
        what,
    };
    let output = Command::new(&line.program)
        .args(&line.arguments)
        .envs(line.environment.iter().map(|(k, v)| (*k, v.as_str())))
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => InstallError::Missing {
                program: line.program.clone(),
                hint: line.hint,
            },
            _ => failed(e.to_string()),
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let mut tail: Vec<&str> = said.lines().filter(|l| !l.trim().is_empty()).rev().take(6).collect();
    tail.reverse();
    Err(failed(format!(
        "{}; {}",
        output.status,
        crate::record::cut(tail.join(" / ").as_bytes(), 1500)
    )))
}
