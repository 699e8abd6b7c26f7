//! `crosscheck subjects`: what can be tested, installing it, and asking an adapter what it can express.

use crate::args::{Format, Subjects as Args, SubjectsTask};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_corpus::policy::Mode;
use crosscheck_corpus::{Case, Corpus};
use crosscheck_report::clean;
use crosscheck_results::Verdict;
use crosscheck_runner::release::ask;
use crosscheck_runner::run::all_cases;
use crosscheck_runner::subject::{
    Description, Documents, Installed, Known, Listening, Role, Running, SubjectSpec, install, subjects_folder,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

/// What the id of the smoke case has in it: an origin that the policy lists.
const SMOKE: &str = "#origin/listed-";
/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn subjects(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let known = Known::all(&subjects_folder()).map_err(|e| {
        Failure::usage(
            e,
            "correct the file, or point CROSSCHECK_SUBJECTS at the folder of the subjects",
        )
    })?;
    match &args.task {
        None | Some(SubjectsTask::List) => {
            super::list::subjects(args.output.format, out)?;
            out.flush()?;
            Ok(Exit::Expected)
        }
        Some(SubjectsTask::Install { names }) => each(args, out, &chosen(names, &known)?, install_one),
        Some(SubjectsTask::Check { names }) => {
            let corpus = crate::corpus::load(&[])?;
            let check = async |known: &Known, spec: &SubjectSpec| check_one(known, spec, &corpus).await;
            each(args, out, &chosen(names, &known)?, check)
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

/// The subjects that are named, or all that are made from a registry.
fn chosen<'k>(names: &[String], known: &'k BTreeMap<String, Known>) -> Result<Vec<(&'k Known, SubjectSpec)>, Failure> {
    let help = "`crosscheck subjects` shows all; another version is NAME@VERSION";
    if names.is_empty() {
        return Ok(known
            .values()
            .filter(|k| !k.is_built_in())
            .filter_map(|k| Some((k, k.name.parse().ok()?)))
            .collect());
    }
    names
        .iter()
        .map(|name| {
            let spec: SubjectSpec = name.parse().map_err(|e| Failure::usage(anyhow::Error::new(e), help))?;
            let found = known.get(&spec.name);
            let known = found.ok_or_else(|| Failure::message(format!("there is no subject `{}`", spec.name), help))?;
            Ok((known, spec))
        })
        .collect()
}

/// What became of one subject: a line, and its details as JSON.
struct Told {
    fine: bool,
    line: String,
    details: Value,
}

fn each(
    args: &Args,
    out: &mut Out,
    chosen: &[(&Known, SubjectSpec)],
    work: impl AsyncFn(&Known, &SubjectSpec) -> Told,
) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Failure::usage(e, "the system gives no threads; end other programs"))?;
    let mut all = Vec::new();
    let mut good = 0;
    for (known, spec) in chosen {
        let told = runtime.block_on(work(known, spec));
        good += usize::from(told.fine);
        if args.output.format == Format::Text {
            writeln!(out, "{}: {}", clean(&spec.to_string()), told.line)?;
            out.flush()?;
        }
        let mut entry = json!({ "subject": spec.to_string(), "fine": told.fine });
        if let (Value::Object(entry), Value::Object(details)) = (&mut entry, told.details) {
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

async fn install_one(known: &Known, spec: &SubjectSpec) -> Told {
    match install(known, spec).await {
        Ok(installed) => {
            let command = &known.description.install;
            let (line, is) = match installed {
                Installed::Here => ("installed".to_owned(), "installed"),
                Installed::BuiltIn => ("a part of this program".to_owned(), "built in"),
                Installed::BySystem => (format!("comes with the system: {}", clean(command)), "by the system"),
            };
            Told {
                fine: true,
                line,
                details: json!({ "is": is, "command": command }),
            }
        }
        Err(error) => failed(&error.to_string()),
    }
}

fn failed(error: &str) -> Told {
    Told {
        fine: false,
        line: clean(error).into_owned(),
        details: json!({ "error": error }),
    }
}

/// Starts it with every policy of the corpus and the modes that it has, and shows what it says of each.
async fn check_one(known: &Known, spec: &SubjectSpec, corpus: &Corpus) -> Told {
    let known = &*known.in_release(spec);
    if known.description.role == Role::Client {
        return failed("a client is checked by `crosscheck check-client`, or by a run");
    }
    let policies = corpus.policies.iter();
    let mut documents: Documents = policies
        .map(|(name, named)| (name.clone(), Some(named.policy.complete())))
        .collect();
    let modes = Mode::ALL
        .into_iter()
        .filter(|m| known.description.flags.contains(&m.flag()));
    documents.extend(modes.map(|mode| (mode.as_str().to_owned(), None)));
    let (mut name, mut version) = (String::new(), String::new());
    let mut listeners = BTreeMap::new();
    for documents in known.processes(documents) {
        let mut running = match Running::start(known, spec, &documents).await {
            Ok(running) => running,
            Err(error) => return failed(&error.to_string()),
        };
        listeners.append(&mut running.listeners);
        name.clone_from(&running.library);
        version.clone_from(&running.version);
        running.stop().await;
    }
    let mut lines = vec![format!("{} {}", clean(&name), clean(&version))];
    let mut fine = true;
    let mut details = serde_json::Map::new();
    for (id, listening) in &listeners {
        let (word, what) = match listening {
            Listening::Ready(_) => ("ready", String::new()),
            Listening::Refused(words) => ("refused", words.clone()),
            Listening::Unsupported(flags) => {
                let policy = corpus.policies.get(id).map(|named| &named.policy);
                let needed = Description::needed(id, policy);
                let said = known.description.unsupported(spec, &needed, flags);
                fine &= said.is_ok();
                ("unsupported", said.unwrap_or_else(|unfounded| unfounded.to_string()))
            }
        };
        // Nothing says that a library must start without a policy.
        let may_refuse = corpus.policies.get(id).is_none_or(|p| p.policy.risky());
        fine &= word != "refused" || may_refuse;
        lines.push(format!("  {id}: {word} {}", clean(&what)).trim_end().to_owned());
        details.insert(id.clone(), json!({ "is": word, "what": what }));
    }
    let smoke = smoke(known, spec, corpus, &listeners).await;
    if let Some(smoke) = &smoke {
        fine &= smoke.fine;
        lines.push(format!("  {}", clean(&smoke.line)));
    }
    Told {
        fine,
        line: lines.join("\n"),
        details: json!({ "version": version, "policies": details, "smoke": smoke.map(|smoke| smoke.details) }),
    }
}

/// Asks one case: an origin that the policy lists reads an answer. Whatever rule the server breaks beside it, the page must get it.
async fn smoke(
    known: &Known,
    spec: &SubjectSpec,
    corpus: &Corpus,
    listeners: &BTreeMap<String, Listening>,
) -> Option<Told> {
    let is_ready = |policy: &str| matches!(listeners.get(policy), Some(Listening::Ready(_)));
    let is_smoke =
        |case: &&Arc<Case>| case.id.contains(SMOKE) && case.policy.as_ref().is_some_and(|p| is_ready(p.id(case)));
    let cases = all_cases(corpus);
    // Of two policies the one that not every origin passes says more.
    let asks_more = |case: &&Arc<Case>| !case.id.starts_with("policies/any");
    let chosen = cases
        .iter()
        .filter(is_smoke)
        .find(asks_more)
        .or_else(|| cases.iter().find(is_smoke));
    let case = Arc::clone(chosen?);
    let one = BTreeMap::from([(known.name.clone(), known.clone())]);
    let asked = ask(
        corpus,
        &[Arc::clone(&case)],
        &one,
        std::slice::from_ref(spec),
        (1, PATIENCE),
        &mut |_, _| {},
    )
    .await;
    let release = match asked {
        Ok(mut asked) => asked.remove(spec)?,
        Err(error) => return Some(failed(&format!("{}: {error}", case.id))),
    };
    if let Some(error) = &release.error {
        return Some(failed(&format!("{}: {error}", case.id)));
    }
    let answered = release.cases.get(&case.id)?;
    let fine = !matches!(
        answered.verdict,
        Verdict::Broken | Verdict::OverDeny | Verdict::OverGrant
    );
    let broken: Vec<&str> = answered.broken.iter().map(String::as_str).collect();
    let rules = if broken.is_empty() {
        String::new()
    } else {
        format!(" ({})", broken.join(", "))
    };
    Some(Told {
        fine,
        line: format!("case {}: {}{rules}", case.id, answered.verdict),
        details: json!({ "case": case.id, "verdict": answered.verdict.as_str(), "rules": broken }),
    })
}
