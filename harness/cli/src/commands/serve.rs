//! `crosscheck subjects serve`: starts a server with one policy, for requests by hand.

use crate::args::Format;
use crate::ending::Session;
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

/// Why the server does not run.
enum Ended {
    Start(StartError),
    /// The subject does not serve the policy; the text states why.
    NotServed(String),
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
        return Err(Failure::message(
            "only one subject can be served at a time",
            "name one subject",
        ));
    };
    if known.description.role == Role::Client {
        return Err(Failure::message(
            format!("`{spec}` is a client"),
            "`crosscheck serve-cases` serves the cases to a client",
        ));
    }
    let documents = documents(corpus, policy)?;
    let session = Session::new()?;
    let ended = session.run(async {
        let running = RunningSubject::start(known, spec, &documents)
            .await
            .map_err(Ended::Start)?;
        for support in running.listeners.values() {
            let address = match support {
                PolicySupport::Ready(address) => address,
                PolicySupport::Refused(reason) => {
                    return Err(Ended::NotServed(format!("refuses the policy: {reason}")));
                }
                PolicySupport::Unsupported(lacking) => {
                    let lacking: Vec<String> = lacking.iter().map(ToString::to_string).collect();
                    return Err(Ended::NotServed(format!(
                        "cannot express the policy: {}",
                        lacking.join(", ")
                    )));
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
    });
    match ended.interrupted() {
        // A signal is the expected end.
        Ok(_) => Ok(Exit::Expected),
        Err(Ended::Start(error)) => {
            Err(Failure::usage(error, "`crosscheck subjects install NAME` installs it").with(Exit::Nothing))
        }
        Err(Ended::NotServed(what)) => Err(Failure::message(
            format!("{spec} {what}"),
            "`crosscheck subjects check NAME` shows how it handles each policy",
        )
        .with(Exit::Nothing)),
        Err(Ended::Died(how)) => Err(Failure::message(
            format!("the subject's process ended: {}", clean(&how)),
            "read its output on stderr",
        )
        .with(Exit::Unexpected)),
        Err(Ended::Write(error)) => Err(error.into()),
    }
}

/// The configuration of the subject: a policy of the corpus, a mode, or the policy of a case.
fn documents(corpus: &Corpus, name: &str) -> Result<Configurations, Failure> {
    let cases = all_cases(corpus);
    let case = cases.iter().find(|case| case.id.as_str() == name);
    let id = case.and_then(|case| Some(case.policy()?.id(case))).unwrap_or(name);
    if let Some(mode) = Mode::named(id) {
        return Ok(Configurations::from([(id.to_owned(), Configuration::Mode(mode))]));
    }
    let named = corpus.policies.get(id).map(|named| named.policy.complete());
    let policy = named.or_else(|| Some(ServerRun::policies_of(corpus, &cases).get(id)?.complete()));
    let policy = policy.ok_or_else(|| {
        Failure::message(
            format!("`{name}` is not a policy, nor a case with a policy"),
            "the policies are the files below cases/policies; `crosscheck list` shows the cases",
        )
    })?;
    Ok(Configurations::from([(
        id.to_owned(),
        Configuration::Policy(Box::new(policy)),
    )]))
}
