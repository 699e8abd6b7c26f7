//! What a run does if no argument says otherwise: what the `crosscheck.yaml` of the working folder says, or the defaults.

use crate::args::Run as Args;
use crate::commands::announce::show_commands;
use crate::exit::Failure;
use crate::known::report;
use crosscheck::project;
use crosscheck_corpus::Corpus;
use crosscheck_runner::project::{FILE, Project};
use crosscheck_runner::subject::{Role, Subject};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// The results file of a run outside a project.
const RESULTS: &str = "reports/out/results.jsonl";
/// The time limit for one case, in seconds.
const TIMEOUT: f64 = 10.0;

/// A run with all its settings.
pub(super) struct Settings {
    /// The arguments, completed from the project.
    pub(super) args: Args,
    /// The results file.
    pub(super) output: PathBuf,
    /// The time limit for one case, in seconds.
    pub(super) timeout: f64,
    project: Option<Project>,
}

impl Settings {
    /// Completes arguments from the project of the working folder.
    pub(super) fn of(args: &Args) -> Result<Self, Failure> {
        let project = read()?;
        let mut args = args.clone();
        if let Some(project) = &project {
            if project.subjects.iter().any(Subject::is_built) {
                show_commands();
            }
            complete(&mut args, project);
        }
        let results = project.as_ref().map(|project| project.results.clone());
        let seconds = project.as_ref().and_then(|project| project.timeout);
        Ok(Self {
            output: args.output.clone().or(results).unwrap_or_else(|| RESULTS.into()),
            timeout: args
                .timeout
                .or(seconds.map(|seconds| seconds as f64))
                .unwrap_or(TIMEOUT),
            args,
            project,
        })
    }

    /// Loads the cases: those of the arguments, or those of the program and of the project.
    pub(super) fn corpus(&self) -> Result<Corpus, Failure> {
        match &self.project {
            Some(project) if self.args.corpora.paths.is_empty() => crate::corpus::load_of_project(project),
            _ => crate::corpus::load(&self.args.corpora.paths),
        }
    }
}

/// Reads the project of the working folder. Its faults are written to stderr.
pub(crate) fn read() -> Result<Option<Project>, Failure> {
    project::here().map_err(|error| {
        report(&error.faults, &error.sources);
        Failure::message(
            format!("{FILE} cannot be used"),
            "correct the faults above; `crosscheck init` writes a new file in an empty folder",
        )
    })
}

/// Adds what the arguments leave open. Subjects that the command line names are those of the program or of the project.
fn complete(args: &mut Args, project: &Project) {
    if args.servers.is_empty() && args.clients.is_empty() && args.browser.is_none() {
        args.servers = project.names(Role::Server).map(str::to_owned).collect();
        args.clients = project.names(Role::Client).map(str::to_owned).collect();
    }
    if args.filters.is_empty() {
        args.filters.clone_from(&project.filters);
    }
    if args.part.fail_on.is_empty() {
        args.part.fail_on.clone_from(&project.fail_on);
    }
    if args.report_files.reports.is_empty() {
        args.report_files.reports.clone_from(&project.reports);
    }
    let is_own = |name: &String| project.subjects.iter().any(|subject| subject.name == *name);
    let has_own = args.servers.iter().chain(&args.clients).any(is_own);
    // The baselines of the program are those of its own subjects.
    if has_own && args.baseline.is_none() && !args.no_baseline {
        if project.baseline.is_dir() || args.update_baseline {
            args.baseline = Some(project.baseline.clone());
        } else {
            args.no_baseline = true;
        }
    }
    let jobs = project.jobs.and_then(|jobs| usize::try_from(jobs).ok());
    args.jobs = args.jobs.or(jobs.and_then(NonZeroUsize::new));
}
