//! `crosscheck lint`: reports errors in case files, baselines, recall.yaml and the descriptions of subjects.

use super::findings::{self, FINDINGS};
use super::run::read_project;
use crate::args::{Format, Lint};
use crate::corpus::{is_of_project, load_of_project};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck::checkout::{BASELINES, CASES};
use crosscheck_corpus::{Corpus, Diagnostic, Severity, Sources, lint as check};
use crosscheck_report::Style;
use crosscheck_runner::baseline::lint::{References, lint as check_baselines};
use crosscheck_runner::project::Project;
use crosscheck_runner::recall;
use crosscheck_runner::run::all_ids;
use crosscheck_runner::server::cases_at;
use crosscheck_runner::subject::Subject;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};

pub(crate) fn lint(args: &Lint, out: &mut Out) -> Result<Exit, Failure> {
    let project = if args.paths.is_empty() { read_project()? } else { None };
    let corpus = match &project {
        Some(project) => load_of_project(project)?,
        None => crate::corpus::load(&args.paths)?,
    };
    let mut found = corpus.problems.clone();
    found.extend(check(&corpus));
    let mut sources = corpus.sources.clone();
    let known = crosscheck::subjects::load();
    if is_of_project(&args.paths) {
        found.extend(known.unusable.values().flatten().cloned());
        sources.extend(known.sources.clone());
    }
    let of_addresses = project.as_ref().map_or_else(
        || Some(Vec::new()),
        |project| case_ids_of_addresses(project, &mut found, &mut sources),
    );
    let baselines = project
        .as_ref()
        .map_or(Path::new(BASELINES), |project| &project.baseline);
    if is_of_project(&args.paths) && baselines.is_dir() {
        let ids = all_ids(&corpus).filter(|_| of_addresses.is_some()).map(|mut ids| {
            ids.extend(of_addresses.unwrap_or_default());
            ids
        });
        let references = References {
            catalogue: &corpus.catalogue,
            ids: ids.as_ref(),
            subjects: &known.usable,
        };
        found.extend(check_baselines(baselines, references, &mut sources));
    }
    if is_of_project(&args.paths) {
        found.extend(findings::lint(Path::new(FINDINGS)));
    }
    for list in recall_lists(&args.paths) {
        found.extend(recall::lint(&list, &known.usable, &mut sources));
    }
    found.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    found.dedup();
    let load = found.iter().filter(|d| d.severity == Severity::Load).count();
    match args.output.format {
        Format::Json => out.json(&json!({
            "crosscheck": 1,
            "cases": corpus.cases.len(),
            "diagnostics": found.iter().map(value).collect::<Vec<_>>(),
        }))?,
        Format::Text => {
            for diagnostic in &found {
                writeln!(out, "{}\n", diagnostic.render(&sources, out.style == Style::Colour))?;
            }
            let files = if load > 0 {
                format!(", {load} of them prevent a file from loading")
            } else {
                String::new()
            };
            match found.len() {
                0 => writeln!(out, "{} cases OK", corpus.cases.len())?,
                n => writeln!(out, "{} cases, {n} faults{files}", corpus.cases.len())?,
            }
        }
    }
    out.flush()?;
    Ok(match (load, found.len()) {
        (0, 0) => Exit::Expected,
        (0, _) => Exit::Unexpected,
        _ => Exit::Usage,
    })
}

/// The ids of the cases for servers that are already running; `None` if one of their policies does not load.
fn case_ids_of_addresses(project: &Project, found: &mut Vec<Diagnostic>, sources: &mut Sources) -> Option<Vec<String>> {
    let mut ids = Some(Vec::new());
    for address in project.subjects.iter().filter_map(Subject::address) {
        let corpus = Corpus::load_policy(&address.policy);
        let cases = corpus
            .policies
            .values()
            .flat_map(|named| cases_at(address.url.expose(), &named.name, &named.policy));
        ids = ids.filter(|_| corpus.problems.is_empty()).map(|mut ids| {
            ids.extend(cases.map(|case| case.id.to_string()));
            ids
        });
        found.extend(corpus.problems);
        sources.extend(corpus.sources);
    }
    ids
}

/// The lists of published vulnerabilities among the paths, or directly below them.
fn recall_lists(paths: &[PathBuf]) -> Vec<PathBuf> {
    let default = [PathBuf::from(CASES)];
    let paths = if paths.is_empty() { &default[..] } else { paths };
    let list = |path: &PathBuf| {
        let list = if path.is_dir() {
            path.join(recall::FILE)
        } else {
            path.clone()
        };
        (list.ends_with(recall::FILE) && list.symlink_metadata().is_ok()).then_some(list)
    };
    paths.iter().filter_map(list).collect()
}

/// A fault as JSON.
pub(super) fn value(diagnostic: &Diagnostic) -> Value {
    let severity = match diagnostic.severity {
        Severity::Load => "load",
        Severity::Lint => "lint",
    };
    json!({
        "severity": severity,
        "file": diagnostic.file,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "case": diagnostic.case,
    })
}
