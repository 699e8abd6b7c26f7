//! `crosscheck fuzz`: searches deviations of servers that no case names.

mod files;
mod known;
mod text;
mod worker;

use crate::args::{Format, Fuzz as Args};
use crate::ending::{Ended, Session};
use crate::exit::{Exit, Failure};
use crate::known::find;
use crate::output::Out;
use crosscheck::checkout::baselines_folder;
use crosscheck_report::quoted;
use crosscheck_results::Interruption;
use crosscheck_runner::baseline;
use crosscheck_runner::run::DEFAULT_TIMEOUT;
use crosscheck_runner::subject::{Role, SubjectSpec, Subjects};
use crosscheck_search::fuzz::{Search, Sizes};
use known::Known;
use serde_json::json;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use worker::Worker;

/// How many requests a search sends if neither a time nor a number is given.
const EXCHANGES: usize = 10_000;

/// When the search on a server ends.
#[derive(Clone, Copy, Debug)]
enum Budget {
    Time(Duration),
    Exchanges(usize),
}

/// How a search ended.
enum SearchEnd {
    /// The budget was used, or enough was found.
    Whole,
    /// The server could not be run.
    Failed(Failure),
    /// A signal ended it.
    Interrupted(Interruption),
}

pub(crate) fn fuzz(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    super::announce::show_each_command_once();
    let timeout = match args.timeout {
        Some(seconds) => super::run::seconds("--timeout", seconds)?,
        None => DEFAULT_TIMEOUT,
    };
    let sizes = sizes(args)?;
    let budget = match (args.seconds, args.exchanges) {
        (Some(seconds), _) => Budget::Time(Duration::from_secs(seconds)),
        (None, exchanges) => Budget::Exchanges(exchanges.unwrap_or(EXCHANGES)),
    };
    let subjects = crosscheck::subjects::load();
    let specs = servers(args, &subjects)?;
    let baselines = baselines(args)?;
    let seed = args.seed.unwrap_or_else(random_seed);
    let session = Session::new()?;
    let is_text = args.output.format == Format::Text;
    if is_text {
        writeln!(out, "seed {seed}")?;
        out.flush()?;
    }
    let mut exit = Exit::Expected;
    let mut reports = Vec::new();
    for spec in &specs {
        let known = find(&subjects, &spec.name, "`crosscheck list --subjects` lists all")?;
        let release = known.in_release(spec).into_owned();
        let causes = match &baselines {
            Some(folder) => baseline::load(folder, &spec.name)
                .map_err(|error| Failure::usage(error, "correct the baseline, or fuzz with --no-baseline"))?,
            None => Default::default(),
        };
        let mut worker = Worker::new(release, spec.clone(), timeout);
        let flags = worker.flags();
        let mut search = Search::new(seed, &spec.to_string(), flags, sizes);
        let began = Instant::now();
        let end = drive(&session, &mut search, &mut worker, budget, args.max_findings);
        let explained = Known::new(&causes, worker.version());
        let report = text::Report::new(&search, &worker, &explained, began.elapsed());
        let written = files::write(&args.findings, &report, seed)?;
        if is_text {
            text::write(out, &report, &written, args.show_known)?;
        }
        reports.push(report.json(&written));
        if !written.is_empty() {
            exit = exit.max(Exit::Unexpected);
        }
        match end {
            SearchEnd::Whole => {}
            SearchEnd::Failed(failure) => {
                failure.print();
                exit = exit.max(Exit::Nothing);
            }
            SearchEnd::Interrupted(why) => {
                exit = exit.max(Exit::Unexpected);
                if is_text {
                    writeln!(
                        out,
                        "\ninterrupted by {}; what was found until then is written",
                        why.as_str()
                    )?;
                }
                break;
            }
        }
        out.flush()?;
    }
    if !is_text {
        out.json(&json!({ "seed": seed, "servers": reports }))?;
    }
    Ok(exit)
}

fn sizes(args: &Args) -> Result<Sizes, Failure> {
    for (flag, number) in [("--policies", args.policies), ("--visits", args.visits)] {
        if !(1..=1000).contains(&number) {
            return Err(Failure::message(
                format!("{flag} {number} is not possible"),
                format!("write a number from 1 to 1000, for example {flag} 40"),
            ));
        }
    }
    Ok(Sizes {
        policies: args.policies,
        visits: args.visits,
    })
}

/// The servers, each once.
fn servers(args: &Args, subjects: &Subjects) -> Result<Vec<SubjectSpec>, Failure> {
    let help = "`crosscheck list --subjects` lists all; NAME@VERSION selects another version";
    let mut specs: Vec<SubjectSpec> = Vec::new();
    for text in &args.servers {
        let spec: SubjectSpec = text
            .parse()
            .map_err(|error| Failure::usage(anyhow::Error::new(error), help))?;
        let found = find(subjects, &spec.name, help)?;
        if found.description.role != Role::Server {
            return Err(Failure::message(format!("`{}` is not a server", spec.name), help));
        }
        if !specs.contains(&spec) {
            specs.push(spec);
        }
    }
    Ok(specs)
}

fn baselines(args: &Args) -> Result<Option<PathBuf>, Failure> {
    match &args.baseline {
        _ if args.no_baseline => Ok(None),
        None => Ok(baselines_folder()),
        Some(folder) if folder.is_dir() => Ok(Some(folder.clone())),
        Some(folder) => Err(Failure::message(
            format!(
                "the baseline folder {} does not exist",
                quoted(&folder.to_string_lossy())
            ),
            "name a folder with a file <subject>.yaml per subject, or fuzz with --no-baseline",
        )),
    }
}

/// A seed that a person can type.
fn random_seed() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(std::process::id()) % 1_000_000
}

/// Tries generations until the budget is used. What was found in the last one is minimised, too.
fn drive(
    session: &Session,
    search: &mut Search,
    worker: &mut Worker,
    budget: Budget,
    max_findings: Option<usize>,
) -> SearchEnd {
    let began = Instant::now();
    loop {
        if search.is_between_generations() {
            let is_used = match budget {
                Budget::Time(limit) => began.elapsed() >= limit,
                Budget::Exchanges(limit) => worker.searched() >= limit,
            };
            let is_enough = max_findings.is_some_and(|most| search.findings().len() >= most);
            if is_used || is_enough || search.is_over() {
                return SearchEnd::Whole;
            }
        }
        let (step, trials) = search.next_step();
        let judged = match session.run(worker.judge(step, &trials)) {
            Ended::ByItself(Ok(judged)) => judged,
            Ended::ByItself(Err(failure)) => return SearchEnd::Failed(failure),
            Ended::BySignal(why) => return SearchEnd::Interrupted(why),
        };
        search.record(judged);
        worker.show(search);
    }
}
