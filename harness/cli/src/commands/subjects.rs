//! `crosscheck subjects`: lists and installs the subjects, and checks their adapters.

use crate::args::{Format, Subjects as Args, SubjectsTask};
use crate::ending::{Ended, Session};
use crate::exit::{Exit, Failure};
use crate::known::{find, report_unusable};
use crate::output::Out;
use crosscheck_corpus::policy::{Configuration, Mode};
use crosscheck_corpus::{Case, CaseIdParts, Corpus, Policy};
use crosscheck_report::clean;
use crosscheck_results::Verdict;
use crosscheck_runner::release::ask;
use crosscheck_runner::run::all_cases;
use crosscheck_runner::subject::{
    Configurations, Installed, PolicySupport, Role, RunningSubject, Subject, SubjectSpec, Subjects, check_contract,
    install,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The generator of smoke cases, and what their slugs start with: a page of a listed origin.
const SMOKE: (&str, &str) = ("origin", "listed-");
/// The time limit of the smoke case.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn subjects(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let known = crosscheck::subjects::load();
    match &args.task {
        None | Some(SubjectsTask::List) => {
            let exit = super::list::subjects(args.output.format, out)?;
            out.flush()?;
            Ok(exit)
        }
        Some(SubjectsTask::Install { names }) => {
            super::announce::show_commands();
            let exit = each(args, out, &chosen(names, &known)?, install_one)?;
            Ok(exit.max(unusable(names, &known)))
        }
        Some(SubjectsTask::Check { names }) => {
            let corpus = crate::corpus::load(&[])?;
            let check = async |subject: &Subject, spec: &SubjectSpec| check_one(subject, spec, &corpus).await;
            let exit = each(args, out, &chosen(names, &known)?, check)?;
            Ok(exit.max(unusable(names, &known)))
        }
        Some(SubjectsTask::Serve { name, policy, corpora }) => super::serve::serve(
            &chosen(std::slice::from_ref(name), &known)?,
            &crate::corpus::load(&corpora.paths)?,
            policy,
            args.output.format,
            out,
        ),
    }
}

/// Without names, all subjects are meant: reports those that cannot be used.
fn unusable(names: &[String], known: &Subjects) -> Exit {
    if names.is_empty() && report_unusable(known) {
        Exit::Usage
    } else {
        Exit::Expected
    }
}

/// The named subjects, or all that come from a registry.
fn chosen<'k>(names: &[String], known: &'k Subjects) -> Result<Vec<(&'k Subject, SubjectSpec)>, Failure> {
    let help = "`crosscheck subjects` lists all; NAME@VERSION selects another version";
    if names.is_empty() {
        return Ok(known
            .usable
            .values()
            .filter(|k| !k.is_built_in())
            .filter_map(|k| Some((k, k.name.parse().ok()?)))
            .collect());
    }
    names
        .iter()
        .map(|name| {
            let spec: SubjectSpec = name.parse().map_err(|e| Failure::usage(anyhow::Error::new(e), help))?;
            Ok((find(known, &spec.name, help)?, spec))
        })
        .collect()
}

/// The result for one subject: a line, and its details as JSON.
struct Checked {
    fine: bool,
    line: String,
    details: Value,
}

fn each(
    args: &Args,
    out: &mut Out,
    chosen: &[(&Subject, SubjectSpec)],
    work: impl AsyncFn(&Subject, &SubjectSpec) -> Checked,
) -> Result<Exit, Failure> {
    let session = Session::new()?;
    let mut all = Vec::new();
    let mut good = 0;
    for (subject, spec) in chosen {
        // A signal drops the work, which ends every process that it started.
        let checked = match session.run(work(subject, spec)) {
            Ended::ByItself(checked) => checked,
            Ended::BySignal(why) => {
                return Err(Failure::message(
                    format!("interrupted by {}", why.as_str()),
                    "everything installed so far is kept; run the command again",
                )
                .with(Exit::Unexpected));
            }
        };
        good += usize::from(checked.fine);
        if args.output.format == Format::Text {
            writeln!(out, "{}: {}", clean(&spec.to_string()), checked.line)?;
            out.flush()?;
        }
        let mut entry = json!({ "subject": spec.to_string(), "fine": checked.fine });
        if let (Value::Object(entry), Value::Object(details)) = (&mut entry, checked.details) {
            entry.extend(details);
        }
        all.push(entry);
    }
    if args.output.format == Format::Json {
        out.json(&json!({ "crosscheck": 1, "subjects": all }))?;
    }
    Ok(match good {
        n if n == chosen.len() => Exit::Expected,
        0 => Exit::Nothing,
        _ => Exit::Unexpected,
    })
}

async fn install_one(subject: &Subject, spec: &SubjectSpec) -> Checked {
    match install(subject, spec).await {
        Ok(installed) => {
            let command = &subject.description.install;
            let (line, is) = match installed {
                Installed::Here => ("installed".to_owned(), "installed"),
                Installed::BuiltIn => ("part of this program".to_owned(), "built in"),
                Installed::BySystem => (
                    format!("install it with the package manager of the system: {}", clean(command)),
                    "by the system",
                ),
            };
            Checked {
                fine: true,
                line,
                details: json!({ "is": is, "command": command }),
            }
        }
        Err(error) => failed(&error.to_string()),
    }
}

fn failed(error: &str) -> Checked {
    Checked {
        fine: false,
        line: clean(error).into_owned(),
        details: json!({ "error": error }),
    }
}

/// Starts a subject with every policy of the corpus and the modes that it claims, and reports the result of each: whether
/// the subject serves it, whether its application follows the contract, and whether a listed origin can read an answer.
async fn check_one(subject: &Subject, spec: &SubjectSpec, corpus: &Corpus) -> Checked {
    let subject = &*subject.in_release(spec);
    if subject.description.role == Role::Client {
        return failed("check a client with `crosscheck check-client` or `crosscheck run`");
    }
    let (mut name, mut version) = (String::new(), String::new());
    let mut listeners = BTreeMap::new();
    let mut differences = Vec::new();
    for configurations in subject.processes(configurations(subject, corpus)) {
        let mut running = match RunningSubject::start(subject, spec, &configurations).await {
            Ok(running) => running,
            Err(error) => return failed(&error.to_string()),
        };
        // One application serves all policies, so one check is enough.
        let is_checked = differences.is_empty() && !listeners.values().any(is_ready);
        if let Some(address) = least_policy(&running.listeners).filter(|_| is_checked) {
            differences = check_contract(address, &subject.description, PATIENCE).await;
        }
        listeners.append(&mut running.listeners);
        name.clone_from(&running.library);
        version.clone_from(&running.version);
        running.stop().await;
    }
    let mut lines = vec![format!("{} {}", clean(&name), clean(&version))];
    let mut fine = differences.is_empty();
    let mut details = serde_json::Map::new();
    for (id, support) in &listeners {
        let checked = policy_support(
            subject,
            spec,
            corpus.policies.get(id).map(|named| &named.policy),
            id,
            support,
        );
        fine &= checked.fine;
        lines.push(format!("  {id}: {}", clean(&checked.line)).trim_end().to_owned());
        details.insert(id.clone(), checked.details);
    }
    let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
    lines.extend(differences.iter().map(|d| format!("  contract: {}", clean(d))));
    let smoke = smoke(subject, spec, corpus, &listeners).await;
    if let Some(smoke) = &smoke {
        fine &= smoke.fine;
        lines.push(format!("  {}", clean(&smoke.line)));
    }
    Checked {
        fine,
        line: lines.join("\n"),
        details: json!({
            "version": version,
            "policies": details,
            "contract": differences,
            "smoke": smoke.map(|smoke| smoke.details),
        }),
    }
}

/// Every policy of the corpus, and the modes that a subject supports.
fn configurations(subject: &Subject, corpus: &Corpus) -> Configurations {
    let policies = corpus.policies.iter();
    let mut all: Configurations = policies
        .map(|(name, named)| (name.clone(), Configuration::Policy(Box::new(named.policy.complete()))))
        .collect();
    let flags = &subject.description.flags;
    let modes = Mode::ALL.into_iter().filter(|m| flags.contains(&m.flag()));
    all.extend(modes.map(|mode| (mode.as_str().to_owned(), Configuration::Mode(mode))));
    all
}

const fn is_ready(support: &PolicySupport) -> bool {
    matches!(support, PolicySupport::Ready(_))
}

/// The address of the policy with which the library changes answers to requests without an origin the least: several listed
/// origins, or otherwise any policy that is served.
fn least_policy(listeners: &BTreeMap<String, PolicySupport>) -> Option<SocketAddr> {
    let address = |support: &PolicySupport| match support {
        PolicySupport::Ready(address) => Some(*address),
        PolicySupport::Refused(_) | PolicySupport::Unsupported(_) => None,
    };
    let named = ["several", "pair", "one"]
        .iter()
        .find_map(|id| address(listeners.get(*id)?));
    named.or_else(|| listeners.values().find_map(address))
}

/// What a subject does with one policy, or with a mode if there is no policy.
fn policy_support(
    subject: &Subject,
    spec: &SubjectSpec,
    policy: Option<&Policy>,
    id: &str,
    support: &PolicySupport,
) -> Checked {
    let (word, what, fine) = match support {
        PolicySupport::Ready(_) => ("ready", String::new(), true),
        // No document requires that a library starts without a policy.
        PolicySupport::Refused(reason) => ("refused", reason.clone(), policy.is_none_or(Policy::risky)),
        PolicySupport::Unsupported(lacking) => {
            let needed = match policy {
                Some(policy) => policy.flags_needed(),
                None => Mode::named(id).map(Mode::flag).into_iter().collect(),
            };
            let reasons = subject.description.unsupported_reasons(spec, &needed, lacking);
            let fine = reasons.is_ok();
            let what = reasons.unwrap_or_else(|unfounded| unfounded.to_string());
            ("unsupported", what, fine)
        }
    };
    Checked {
        fine,
        line: format!("{word} {what}"),
        details: json!({ "is": word, "what": what }),
    }
}

/// Runs one case, in which a listed origin reads an answer. The page must get the answer, even if the server breaks other rules.
async fn smoke(
    subject: &Subject,
    spec: &SubjectSpec,
    corpus: &Corpus,
    listeners: &BTreeMap<String, PolicySupport>,
) -> Option<Checked> {
    let is_ready = |policy: &str| matches!(listeners.get(policy), Some(PolicySupport::Ready(_)));
    let is_generated = |case: &Case| {
        let generated = case.id.generated();
        generated.is_some_and(|(generator, slug)| generator == SMOKE.0 && slug.starts_with(SMOKE.1))
    };
    let is_smoke = |case: &&Arc<Case>| is_generated(case) && case.policy().is_some_and(|p| is_ready(p.id(case)));
    let cases = all_cases(corpus);
    // A policy that does not allow every origin is the better test.
    let is_selective =
        |case: &&Arc<Case>| !matches!(case.id.parts(), CaseIdParts::Probe { policy, .. } if policy.starts_with("any"));
    let chosen = cases
        .iter()
        .filter(is_smoke)
        .find(is_selective)
        .or_else(|| cases.iter().find(is_smoke));
    let case = Arc::clone(chosen?);
    let one = BTreeMap::from([(subject.name.clone(), subject.clone())]);
    let outcome = ask(
        corpus,
        &[Arc::clone(&case)],
        &one,
        std::slice::from_ref(spec),
        (1, PATIENCE),
        &mut |_, _| {},
    )
    .await;
    let release = match outcome {
        Ok(mut releases) => releases.remove(spec)?,
        Err(error) => return Some(failed(&format!("{}: {error}", case.id))),
    };
    if let Some(error) = &release.error {
        return Some(failed(&format!("{}: {error}", case.id)));
    }
    let result = release.cases.get(&case.id)?;
    let fine = !matches!(result.verdict, Verdict::Broken | Verdict::OverDeny | Verdict::OverGrant);
    let broken: Vec<&str> = result.broken.iter().map(String::as_str).collect();
    let rules = if broken.is_empty() {
        String::new()
    } else {
        format!(" ({})", broken.join(", "))
    };
    Some(Checked {
        fine,
        line: format!("case {}: {}{rules}", case.id, result.verdict),
        details: json!({ "case": case.id, "verdict": result.verdict.as_str(), "rules": broken }),
    })
}
