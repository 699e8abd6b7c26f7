//! Reads the arguments of `crosscheck run`.

use crate::args::Run as Args;
use crate::exit::Failure;
use crate::known::find;
use crosscheck::checkout::{BASELINES, baselines_folder};
use crosscheck_runner::subject::{Role, Subject, SubjectSpec, Subjects};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The subjects that run by default: those that are part of the program.
const EMBEDDED: [&str; 3] = ["model", "tower-http", "actix-cors"];

/// The name of the browser of `--browser`.
pub(super) const BROWSER: &str = "browser";

/// The browser that a command starts.
pub(super) fn browser(command: &str) -> Result<Subject, Failure> {
    let help = "write the program and its arguments, for example --browser 'servo --proxy={proxy} {url}'";
    let words = shell_words::split(command).map_err(|e| Failure::usage(e, format!("close the quote; {help}")))?;
    let has = |placeholder: &str| words.iter().any(|word| word.contains(placeholder));
    if words.is_empty() || !has("{url}") || !has("{proxy}") {
        return Err(Failure::message(
            "the command of --browser needs a program, {proxy} and {url}",
            help,
        ));
    }
    Ok(Subject::browser(BROWSER, words))
}

/// The arguments that name the corpus in a command.
pub(in crate::commands) fn corpus_arguments(paths: &[PathBuf]) -> Vec<String> {
    let named = |path: &PathBuf| ["--cases".to_owned(), path.display().to_string()];
    paths.iter().flat_map(named).collect()
}

/// The number of listeners that are tested at the same time if no argument gives it.
pub(crate) fn default_jobs() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Parses a time limit in seconds.
pub(crate) fn seconds(flag: &str, value: f64) -> Result<Duration, Failure> {
    let duration = Duration::try_from_secs_f64(value).ok().filter(|d| !d.is_zero());
    duration.ok_or_else(|| {
        Failure::message(
            format!("{flag} {value} is not a valid time limit"),
            format!("give a number of seconds above 0, for example {flag} 5"),
        )
    })
}

/// `ENGINE=FILE` pairs.
pub(super) fn engine_paths(texts: &[String]) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let pair = |text: &String| {
        let (name, file) = text.split_once('=').filter(|(n, f)| !n.is_empty() && !f.is_empty())?;
        Some((name.to_owned(), PathBuf::from(file)))
    };
    texts
        .iter()
        .map(|text| {
            pair(text).ok_or_else(|| {
                Failure::message(
                    format!("--engine-path {text} does not name an engine and a file"),
                    "write ENGINE=FILE, for example --engine-path chromium=/usr/bin/chromium",
                )
            })
        })
        .collect()
}

/// The folder of the baselines; `None` if there is none to compare with.
pub(super) fn baselines(args: &Args) -> Result<Option<PathBuf>, Failure> {
    let default = PathBuf::from(BASELINES);
    match &args.baseline {
        _ if args.no_baseline => Ok(None),
        given if args.update_baseline => Ok(Some(given.clone().unwrap_or(default))),
        None => Ok(baselines_folder()),
        Some(folder) if folder.is_dir() => Ok(Some(folder.clone())),
        Some(folder) => Err(Failure::message(
            format!("the baseline folder {} does not exist", folder.display()),
            "name a folder with a file <subject>.yaml per subject, or run with --no-baseline",
        )),
    }
}

/// The subjects to run: the named ones, otherwise the embedded ones.
pub(super) fn subjects(args: &Args, known: &Subjects) -> Result<Vec<SubjectSpec>, Failure> {
    let help = "`crosscheck list --subjects` lists all; NAME@VERSION selects another version";
    let parse = |text: &String, role: Role| -> Result<SubjectSpec, Failure> {
        let spec: SubjectSpec = text.parse().map_err(|e| Failure::usage(anyhow::Error::new(e), help))?;
        let found = find(known, &spec.name, help)?.description.role;
        if found == role {
            return Ok(spec);
        }
        Err(Failure::message(
            format!("`{}` is a {}", spec.name, found.as_str()),
            format!("write --{} {spec}", found.as_str()),
        ))
    };
    let mut specs = Vec::new();
    if args.browser.is_some() {
        specs.extend(BROWSER.parse().ok());
    }
    for (names, role) in [(&args.clients, Role::Client), (&args.servers, Role::Server)] {
        for name in names {
            let spec = parse(name, role)?;
            if !specs.contains(&spec) {
                specs.push(spec);
            }
        }
    }
    if specs.is_empty() {
        let embedded = EMBEDDED.iter().filter_map(|n| n.parse().ok());
        specs.extend(embedded);
    }
    Ok(specs)
}
