//! `crosscheck bisect`: finds the release that changed a verdict.

use crate::args::{Bisect as Args, Format};
use crate::corpus::{load, report_problems};
use crate::ending::{Ended, Session};
use crate::exit::{Exit, Failure};
use crate::known::find;
use crate::output::Out;
use crosscheck_corpus::{Case, Corpus};
use crosscheck_report::{clean, quoted};
use crosscheck_runner::bisect::{Answer, EndsError, Search, Step, answer, between, compare, rules};
use crosscheck_runner::release::{Release, ask};
use crosscheck_runner::run::all_cases;
use crosscheck_runner::subject::{ListError, Role, Subject, SubjectSpec, Subjects, list_versions};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn bisect(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    super::announce::show_commands();
    let timeout = super::run::seconds("--timeout", args.timeout)?;
    let known = crosscheck::subjects::load();
    let subject = server(&args.server, &known)?;
    let corpus = load(&args.corpora.paths)?;
    let bad_files = report_problems(&corpus);
    let case = case(&args.case, &corpus)?;
    if compare(&args.good, &args.bad).is_eq() {
        return Err(Failure::message(
            format!("--good {} and --bad {} are the same release", args.good, args.bad),
            "name a release on which the case has no deviation, and one on which it deviates",
        ));
    }
    let session = Session::new()?;
    let releases = releases(args, subject, &session)?;
    let bisection = Bisection {
        corpus: &corpus,
        case: &case,
        known: &known.usable,
        subject,
        timeout,
        session: &session,
    };
    let mut steps = StepReport::new(args, out, case.id.as_str(), releases.len())?;
    let outcome = bisection.search(args, &releases, &mut steps)?;
    steps.end(&outcome, &releases)?;
    let exit = match outcome.end {
        Step::Among(_) => Exit::Unexpected,
        _ => Exit::Expected,
    };
    Ok(if bad_files { exit.max(Exit::Usage) } else { exit })
}

fn server<'k>(name: &str, known: &'k Subjects) -> Result<&'k Subject, Failure> {
    let help = "`crosscheck subjects` lists all; --good and --bad name the releases";
    let found = find(known, name, help)?;
    if found.description.role == Role::Server {
        Ok(found)
    } else {
        Err(Failure::message(format!("`{name}` is not a server"), help))
    }
}

fn case(id: &str, corpus: &Corpus) -> Result<Arc<Case>, Failure> {
    let found = all_cases(corpus).into_iter().find(|c| c.id.as_str() == id);
    let case = found.ok_or_else(|| {
        Failure::message(
            format!("there is no case `{id}`"),
            "give a whole id, quoted; a run of the bad release shows which cases deviate",
        )
    })?;
    if case.for_servers() {
        Ok(case)
    } else {
        Err(Failure::message(
            format!("the case `{id}` is not for servers"),
            "name a case that has a policy",
        ))
    }
}

/// Waits for work, which a signal ends.
fn wait<T>(session: &Session, work: impl Future<Output = T>) -> Result<T, Failure> {
    match session.run(work) {
        Ended::ByItself(done) => Ok(done),
        Ended::BySignal(why) => Err(Failure::message(
            format!("interrupted by {}", why.as_str()),
            "what was installed is kept; run the command again",
        )
        .with(Exit::Unexpected)),
    }
}

/// The releases from one end to the other, in ascending order.
fn releases(args: &Args, subject: &Subject, session: &Session) -> Result<Vec<String>, Failure> {
    let failed = |e: ListError| {
        let (help, exit) = match &e {
            ListError::OneVersion(_) => ("name a server from npm, PyPI, Go, Maven or crates.io", Exit::Usage),
            _ => (
                "the package manager could not list the releases; check its network and settings",
                Exit::Nothing,
            ),
        };
        Failure::usage(e, help).with(exit)
    };
    // Older releases may have another package name.
    let mut listed: Vec<String> = Vec::new();
    let mut names = BTreeSet::new();
    for end in [&args.good, &args.bad] {
        let then = subject.in_release(&spec(subject, end));
        if names.insert(then.description.package.name.clone()) {
            listed.extend(wait(session, list_versions(&then))?.map_err(failed)?);
        }
    }
    for end in [&args.good, &args.bad] {
        if between(&listed, [end, end]).is_none() {
            let mut near = listed.clone();
            near.sort_by(|a, b| compare(a, b));
            let at = near.iter().position(|v| compare(v, end).is_gt()).unwrap_or(near.len());
            let shown = near
                .iter()
                .skip(at.saturating_sub(3))
                .take(6)
                .cloned()
                .collect::<Vec<_>>();
            let package = &subject.description.package;
            return Err(Failure::message(
                format!("{} lists no version {end} of {}", package.registry, package.name),
                format!("the nearest are {}", shown.join(", ")),
            ));
        }
    }
    Ok(between(&listed, [&args.good, &args.bad]).unwrap_or_default())
}

/// A release as a subject, without a leading `v`.
fn spec(subject: &Subject, version: &str) -> SubjectSpec {
    let bare = version.strip_prefix('v').unwrap_or(version);
    SubjectSpec {
        name: subject.name.clone(),
        version: Some(bare.to_owned()),
    }
}

/// The result of a search.
struct Outcome {
    rules: BTreeSet<String>,
    end: Step,
    /// Whether the first of the releases is the good one.
    introduced: bool,
}

struct Bisection<'a> {
    corpus: &'a Corpus,
    case: &'a Arc<Case>,
    known: &'a BTreeMap<String, Subject>,
    subject: &'a Subject,
    timeout: Duration,
    session: &'a Session,
}

impl Bisection<'_> {
    fn release(&self, version: &str) -> Result<Release, Failure> {
        let spec = spec(self.subject, version);
        let specs = [spec.clone()];
        let cases = [Arc::clone(self.case)];
        let mut ignore = |_: &SubjectSpec, _: &Release| {};
        let how = (1, self.timeout);
        let results = ask(self.corpus, &cases, self.known, &specs, how, &mut ignore);
        let mut releases =
            wait(self.session, results)?.map_err(|e| Failure::usage(e, "the releases could not be run"))?;
        Ok(releases.remove(&spec).unwrap_or_default())
    }

    fn search(&self, args: &Args, releases: &[String], steps: &mut StepReport<'_, '_>) -> Result<Outcome, Failure> {
        let (Some(first), Some(last)) = (releases.first(), releases.last()) else {
            return Err(Failure::message("there is no release to test", "name other releases"));
        };
        let introduced = compare(&args.good, &args.bad).is_lt();
        let (good, bad) = if introduced { (first, last) } else { (last, first) };
        let (kept, broken) = (self.release(good)?, self.release(bad)?);
        let rules = rules(self.case.id.as_str(), (good, &kept), (bad, &broken)).map_err(|error| {
            let (help, exit) = match &error {
                EndsError::Silent { .. } => ("name another release as this end", Exit::Nothing),
                EndsError::Same { .. } => (
                    "`crosscheck run --no-baseline --server NAME@VERSION` shows which cases a release breaks",
                    Exit::Usage,
                ),
                EndsError::Swapped { .. } => ("give that one as --bad, and the other as --good", Exit::Usage),
            };
            Failure::usage(error, help).with(exit)
        })?;
        steps.step(good, Answer::Good, None)?;
        steps.step(bad, Answer::Bad, None)?;
        let first_is = if introduced { Answer::Good } else { Answer::Bad };
        let mut search = Search::new(releases.len() - 1, first_is);
        let end = loop {
            let next = search.next();
            let Step::Ask(index) = next else { break next };
            let Some(version) = releases.get(index) else { break next };
            let (answer, why) = answer(self.case.id.as_str(), &rules, &self.release(version)?);
            steps.step(version, answer, why)?;
            search.tell(index, answer);
        };
        Ok(Outcome { rules, end, introduced })
    }
}

/// Reports each step as soon as it is known.
struct StepReport<'t, 'o> {
    args: &'t Args,
    out: &'o mut Out,
    case: &'t str,
    steps: Vec<Value>,
}

impl<'t, 'o> StepReport<'t, 'o> {
    fn new(args: &'t Args, out: &'o mut Out, case: &'t str, releases: usize) -> Result<Self, Failure> {
        if args.output.format == Format::Text {
            let (server, good, bad) = (&args.server, &args.good, &args.bad);
            let text = format!("{server}: {releases} releases with {good} (good) and {bad} (bad), case {case}");
            writeln!(out, "{}", clean(&text))?;
            out.flush()?;
        }
        Ok(Self {
            args,
            out,
            case,
            steps: Vec::new(),
        })
    }

    fn step(&mut self, version: &str, answer: Answer, why: Option<String>) -> Result<(), Failure> {
        let word = match answer {
            Answer::Good => "good",
            Answer::Bad => "bad",
            Answer::Skip => "skipped",
        };
        if self.args.output.format == Format::Text {
            let why = why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            writeln!(self.out, "  {} {word}{}", clean(version), clean(&why))?;
            self.out.flush()?;
        }
        self.steps
            .push(json!({ "version": version, "answer": word, "why": why }));
        Ok(())
    }

    fn end(self, outcome: &Outcome, releases: &[String]) -> Result<(), Failure> {
        let name = |i: usize| releases.get(i).cloned().unwrap_or_default();
        let rules: Vec<&String> = outcome.rules.iter().collect();
        let (first, before) = match &outcome.end {
            Step::Among(list) => {
                let before = list.first().map_or(0, |i| i.saturating_sub(1));
                (list.iter().map(|i| name(*i)).collect(), name(before))
            }
            Step::Found(i) | Step::Ask(i) => (vec![name(*i)], name(i.saturating_sub(1))),
        };
        let server = &self.args.server;
        if self.args.output.format == Format::Json {
            self.out.json(&json!({
                "crosscheck": 1,
                "subject": server,
                "case": self.case,
                "good": self.args.good,
                "bad": self.args.bad,
                "releases": releases,
                "rules": rules,
                "steps": self.steps,
                "change": if outcome.introduced { "introduced" } else { "mended" },
                "first": first,
                "before": before,
            }))?;
        } else {
            let verb = if outcome.introduced { "breaks" } else { "keeps" };
            let rules = rules.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(", ");
            let text = match first.as_slice() {
                [one] => format!(
                    "{server} {one} is the first release that {verb} {rules}; the release before it is {before}"
                ),
                several => format!(
                    "the first release that {verb} {rules} is one of {server} {}; all but the last of these could not be tested, and {before} is the release before them",
                    several.join(", ")
                ),
            };
            writeln!(self.out, "{}", clean(&text))?;
            let last = first.last().map(String::as_str).unwrap_or_default();
            let bare = |v: &str| v.strip_prefix('v').unwrap_or(v).to_owned();
            let repeat = format!(
                "repeat: crosscheck run {} --no-baseline --server {server}@{} --server {server}@{}",
                quoted(self.case),
                bare(&before),
                bare(last)
            );
            writeln!(self.out, "{}", clean(&repeat))?;
        }
        self.out.flush()?;
        Ok(())
    }
}
