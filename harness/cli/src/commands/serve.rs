//! `crosscheck subjects serve`: a server with one policy, for whoever wants to ask it by hand.

use super::run::until_interrupted;
use crate::args::Format;
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_corpus::Corpus;
use crosscheck_corpus::policy::{Configuration, Mode};
use crosscheck_report::clean;
use crosscheck_runner::run::all_cases;
use crosscheck_runner::server::ServerRun;
use crosscheck_runner::subject::{
    Configurations, PolicySupport, Role, RunningSubject, StartError, Subject, SubjectSpec,
};
use serde_json::json;
use std::io::Write as _;

/// Why there is nothing to ask.
enum Ended {
    Start(StartError),
    /// What the subject says of the policy in place of an address.
    Says(String),
    Died(String),
    Write(std::io::Error),
}

pub(super) fn serve(
    chosen: &[(&Subject, SubjectSpec)],
    corpus: &Corpus,
    policy: &str,
    format: Format,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let [(known, spec)] = chosen else {
        return Err(Failure::message("one subject is served at a time", "name one"));
    };
    if known.description.role == Role::Client {
        return Err(Failure::message(
            format!("`{spec}` is a client"),
            "`crosscheck serve-cases` serves the cases to a client",
        ));
    }
    let documents = documents(corpus, policy)?;
    let ended = until_interrupted(async {
        let running = RunningSubject::start(known, spec, &documents)
            .await
            .map_err(Ended::Start)?;
        for listening in running.listeners.values() {
            let address = match listening {
                PolicySupport::Ready(address) => address,
                PolicySupport::Refused(words) => return Err(Ended::Says(format!("refuses it: {words}"))),
                PolicySupport::Unsupported(lacking) => {
                    let lacking: Vec<String> = lacking.iter().map(ToString::to_string).collect();
                    return Err(Ended::Says(format!("cannot express it: {}", lacking.join(", "))));
                }
            };
            let url = format!("http://{address}");
            let written = match format {
                Format::Json => out.json(&json!({ "crosscheck": 1, "subject": spec.to_string(), "server": url })),
                Format::Text => writeln!(out, "SERVER={url}"),
            };
            written.and_then(|()| out.flush()).map_err(Ended::Write)?;
        }
        Err(Ended::Died(running.ended().await))
    })?;
    match ended {
        // Ctrl-C is how it ends.
        Ok(_) => Ok(Exit::Expected),
        Err(Ended::Start(error)) => {
            Err(Failure::usage(error, "`crosscheck subjects install NAME` installs it").with(Exit::Nothing))
        }
        Err(Ended::Says(what)) => Err(Failure::message(
            format!("{spec} {what}"),
            "`crosscheck subjects check NAME` shows what it does with each policy",
        )
        .with(Exit::Nothing)),
        Err(Ended::Died(how)) => Err(Failure::message(
            format!("the subject's process ended: {}", clean(&how)),
            "see what it wrote to stderr",
        )
        .with(Exit::Unexpected)),
        Err(Ended::Write(error)) => Err(error.into()),
    }
}

/// What the subject is started with: a policy of the corpus, a mode, or what a case has.
fn documents(corpus: &Corpus, name: &str) -> Result<Configurations, Failure> {
    let cases = all_cases(corpus);
    let case = cases.iter().find(|case| case.id == name);
    let id = case
        .and_then(|case| Some(case.policy.as_ref()?.id(case)))
        .unwrap_or(name);
    if let Some(mode) = Mode::named(id) {
        return Ok(Configurations::from([(id.to_owned(), Configuration::Mode(mode))]));
    }
    let named = corpus.policies.get(id).map(|named| named.policy.complete());
    let policy = named.or_else(|| Some(ServerRun::policies_of(corpus, &cases).get(id)?.complete()));
    let policy = policy.ok_or_else(|| {
        Failure::message(
            format!("`{name}` is no policy, and no case with one"),
            "the policies are the files below cases/policies; `crosscheck list` shows the cases",
        )
    })?;
    Ok(Configurations::from([(id.to_owned(), Configuration::Policy(policy))]))
}
