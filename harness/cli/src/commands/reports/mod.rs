//! The reports of `--report`: checked before a run starts, and written from its results file.

mod places;
mod target;

use crate::args::Format;
use crate::corpus::requirements;
use crate::exit::Failure;
use crate::output::Out;
use crosscheck_report::{ReportContext, ReportFormat, ReportSpec, ReportSpecError, ReportTarget, clean};
use crosscheck_results::{Run, read_brief};
use serde_json::{Value, json};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
pub(super) use target::Destination;
use target::resolved;

/// The reports to write, each to a destination that could be written when the command began.
pub(super) struct Reports(Vec<(ReportFormat, Destination)>);

impl Reports {
    /// Parses the values of `--report`, creates missing folders, and checks that each file can be written. `results` is the results
    /// file, which no report may replace.
    pub(super) fn open(texts: &[String], results: Option<&Path>, output: Format) -> Result<Self, Failure> {
        let mut reports = Vec::new();
        let mut taken: Vec<(PathBuf, String)> = Vec::new();
        for text in texts {
            let ReportSpec { format, target } = text.parse().map_err(bad_spec)?;
            let destination = match target {
                ReportTarget::Stdout if output == Format::Json => {
                    return Err(Failure::message(
                        format!("--report {text} and --format json both write to standard output"),
                        format!("name a file with --report {format}=FILE"),
                    ));
                }
                ReportTarget::Stdout => Destination::Stdout,
                ReportTarget::File(path) => {
                    Destination::open(&path).map_err(|error| cannot_write(format, &path, error))?
                }
            };
            let place = destination.path().map_or_else(|| PathBuf::from("-"), resolved);
            if let Some((_, other)) = taken.iter().find(|(known, _)| *known == place) {
                return Err(Failure::message(
                    format!("--report {other} and --report {text} write to the same file"),
                    "name another file for one of them",
                ));
            }
            if results.is_some_and(|results| destination.path().is_some() && resolved(results) == place) {
                return Err(Failure::message(
                    format!("--report {text} would replace the results file"),
                    format!("name another file with --report {format}=FILE"),
                ));
            }
            taken.push((place, text.clone()));
            reports.push((format, destination));
        }
        Ok(Self(reports))
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a report is all that standard output has. The commands of GitHub are lines among others.
    pub(super) fn take_stdout(&self) -> bool {
        let takes = |(format, to): &(ReportFormat, Destination)| *format != ReportFormat::Github && to.path().is_none();
        self.0.iter().any(takes)
    }

    /// Checks that the results file can be read back, since the reports are made from it.
    pub(super) fn check_results(&self, results: &Path) -> Result<(), Failure> {
        if !self.is_empty() && std::fs::metadata(results).is_ok_and(|m| !m.is_file()) {
            return Err(Failure::message(
                format!(
                    "--report reads the results back from {}, which is no regular file",
                    results.display()
                ),
                "name a file with --output FILE",
            ));
        }
        Ok(())
    }

    /// Writes all reports from a results file.
    pub(super) fn write_from(&self, results: &Path, out: &mut Out) -> Result<(), Failure> {
        if self.is_empty() {
            return Ok(());
        }
        let runs = read_brief(results).map_err(|e| {
            Failure::usage(
                e,
                "create the reports later, with `crosscheck report FILE --report FORMAT=FILE`",
            )
        })?;
        self.write(&runs, out)
    }

    /// Writes all reports. One that cannot be written does not prevent the others.
    pub(super) fn write(&self, runs: &[Run], out: &mut Out) -> Result<(), Failure> {
        let requirements = requirements();
        let places = places::of(runs);
        let context = ReportContext {
            requirements: &requirements,
            places: &places,
        };
        let mut failed = None;
        for (format, destination) in &self.0 {
            let written = destination.write(out, |to| format.write(to, runs, context));
            if let Err(error) = written {
                let path = destination.path().unwrap_or(Path::new("-"));
                failed = failed.or(Some(cannot_write(*format, path, error)));
            }
        }
        out.flush()?;
        failed.map_or(Ok(()), Err)
    }

    /// The files, a line each.
    pub(super) fn list(&self, out: &mut Out) -> io::Result<()> {
        let files = self.0.iter().filter_map(|(format, to)| Some((format, to.path()?)));
        for (format, path) in files {
            writeln!(out, "{format}: {}", clean(&path.display().to_string()))?;
        }
        Ok(())
    }

    /// The files, for programs.
    pub(super) fn json(&self) -> Value {
        let files = self.0.iter().filter_map(|(format, to)| Some((format, to.path()?)));
        files
            .map(|(format, path)| json!({ "format": format.as_str(), "file": path }))
            .collect()
    }
}

fn bad_spec(error: ReportSpecError) -> Failure {
    let words: Vec<&str> = ReportFormat::ALL.iter().map(|format| format.as_str()).collect();
    let help = format!(
        "write FORMAT=FILE, for example --report junit=crosscheck.xml; the formats are {}",
        words.join(", ")
    );
    Failure::usage(error, help)
}

fn cannot_write(format: ReportFormat, path: &Path, error: io::Error) -> Failure {
    let error = anyhow::Error::from(error).context(format!("cannot write the {format} report {}", path.display()));
    Failure::usage(
        error,
        format!("name a file that can be written with --report {format}=FILE"),
    )
}
