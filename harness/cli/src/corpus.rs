//! The corpus that a command works on.

use crate::exit::Failure;
use crate::known::report;
use crosscheck::checkout::{CASES, is_corpus};
use crosscheck_corpus::{Case, Catalogue, Corpus, Filter};
use crosscheck_report::{Requirement, Requirements};
use crosscheck_results::Verdict;
use crosscheck_results::rules::{self, RULES};
use crosscheck_runner::project::{FILE, Project};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Whether the given paths contain the whole corpus of the project.
pub(crate) fn is_of_project(paths: &[PathBuf]) -> bool {
    let project = Path::new(CASES).canonicalize().ok();
    paths.is_empty() || (project.is_some() && paths.iter().any(|p| p.canonicalize().ok() == project))
}

/// The requirements of the catalogue, to which reports link.
pub(crate) fn requirements() -> Arc<Requirements> {
    let requirement = |step: &crosscheck_corpus::Step| {
        let (anchor, summary) = (step.anchor.clone(), step.summary.clone());
        (step.id.to_string(), Requirement { anchor, summary })
    };
    Arc::new(Catalogue::embedded().steps().iter().map(requirement).collect())
}

/// Loads the given paths; if there are none, `./cases` of a checkout, or the corpus that the program carries.
pub(crate) fn load(paths: &[PathBuf]) -> Result<Corpus, Failure> {
    let default = [PathBuf::from(CASES)];
    let paths = match paths {
        [] if is_corpus(&default[0]) => &default[..],
        [] => return carried(),
        given => given,
    };
    if let Some(missing) = paths.iter().find(|p| !p.exists()) {
        return Err(Failure::message(
            format!("{} does not exist", missing.display()),
            "name a folder of cases, or a file",
        ));
    }
    Ok(Corpus::load(paths))
}

/// Loads the corpus that the program carries.
fn carried() -> Result<Corpus, Failure> {
    carried_with(&[])
}

/// Loads the cases of a project: those that the program carries, unless it leaves them out, and its own.
pub(crate) fn load_of_project(project: &Project) -> Result<Corpus, Failure> {
    if let Some(missing) = project.cases.iter().find(|path| !path.exists()) {
        return Err(Failure::message(
            format!("{} does not exist", missing.display()),
            format!("correct `cases` in {FILE}"),
        ));
    }
    if project.has_corpus {
        carried_with(&project.cases)
    } else {
        Ok(Corpus::load(&project.cases))
    }
}

/// Loads the corpus that the program carries, and the cases of other paths.
fn carried_with(paths: &[PathBuf]) -> Result<Corpus, Failure> {
    Ok(Corpus::from_texts_and_paths(CASES, carried_texts()?, paths))
}

/// The files of the corpus that the program carries, each with its path below the folder.
fn carried_texts() -> Result<Vec<(&'static str, &'static str)>, Failure> {
    let files = crosscheck_bundle::below(CASES).map_err(|e| Failure::usage(e, "install crosscheck again"))?;
    let texts = files.iter().filter_map(|file| {
        let below = file.path.strip_prefix(CASES)?.trim_start_matches('/');
        Some((below, std::str::from_utf8(file.content).ok()?))
    });
    Ok(texts.collect())
}

/// The version of the program, and the digest of the corpus that it carries, which results files have too.
pub(crate) fn long_version() -> Result<String, Failure> {
    let digest = Corpus::digest_of_texts(carried_texts()?);
    Ok(format!("{}\ncorpus {digest}", env!("CARGO_PKG_VERSION")))
}

/// Reports on stderr the files that do not load; returns whether there are any.
pub(crate) fn report_problems(corpus: &Corpus) -> bool {
    report(&corpus.problems, &corpus.sources);
    !corpus.problems.is_empty()
}

/// Parses filters.
pub(crate) fn filters(texts: &[String]) -> Result<Vec<Filter>, Failure> {
    let parse = |text: &String| {
        let filter = Filter::parse(text).map_err(|e| {
            Failure::usage(
                e,
                "`crosscheck list` shows the ids; `crosscheck --help` describes filters",
            )
        })?;
        let (unknown, all) = match &filter {
            Filter::Rule(id) if rules::rule(id).is_none() => ("rule", words(RULES.iter().map(|r| r.id))),
            Filter::Verdict(word) if word.parse::<Verdict>().is_err() => {
                ("verdict", words(Verdict::ALL.iter().map(|v| v.as_str())))
            }
            _ => return Ok(filter),
        };
        let message = format!("`{text}`: there is no such {unknown}");
        Err(Failure::message(message, format!("use one of: {all}")))
    };
    texts.iter().map(parse).collect()
}

fn words<'w>(all: impl Iterator<Item = &'w str>) -> String {
    all.collect::<Vec<_>>().join(", ")
}

/// Returns an error if a filter over ids and contents selects no case: it may be misspelt while the other filters select some.
pub(crate) fn check_filters_match<'c>(
    filters: &[Filter],
    texts: &[String],
    cases: impl Iterator<Item = &'c Case> + Clone,
) -> Result<(), Failure> {
    let idle = |(filter, _): &(&Filter, &String)| !cases.clone().any(|case| filter.matches(case));
    match filters.iter().zip(texts).find(idle) {
        Some((_, text)) => Err(nothing_selected(std::slice::from_ref(text))),
        None => Ok(()),
    }
}

/// Whether any of the filters over ids and contents selects a case; without such a filter every case is selected.
pub(crate) fn selects(filters: &[Filter], case: &Case) -> bool {
    let mut of_cases = filters.iter().filter(|f| !f.of_results()).peekable();
    of_cases.peek().is_none() || of_cases.any(|f| f.matches(case))
}

/// The cases that the filters select.
pub(crate) fn select<'a>(corpus: &'a Corpus, filters: &[Filter]) -> Vec<&'a Case> {
    corpus
        .cases
        .iter()
        .map(|case| &**case)
        .filter(|case| selects(filters, case))
        .collect()
}

/// The name of a case's policy.
pub(crate) fn policy_name(case: &Case) -> Option<&str> {
    Some(case.policy()?.name().unwrap_or("inline"))
}

/// The error for filters that select no case.
pub(crate) fn nothing_selected(texts: &[String]) -> Failure {
    let given = texts.join(" ");
    Failure::message(
        format!("no case matches {given}"),
        "`crosscheck list` shows all ids; quote globs, or the shell expands them; key:value filters are step:, tag:, policy:, need:, see:",
    )
}
