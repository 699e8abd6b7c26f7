//! Runs the cases of Crosscheck for servers on the library, in this process.

mod served;

use crosscheck_corpus::{Case, Corpus, Flag};
use crosscheck_results::{CaseResult, Events, Footer, Header};
use crosscheck_runner::run::{RunOptions, all_cases, run};
use crosscheck_runner::subject::{Configurations, InProcess, InProcessServer, PolicySupport, Starting, Subject};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What the library can be configured with. The cases of policies that need more are not applicable.
const FLAGS: [Flag; 6] = [
    Flag::OriginsList,
    Flag::Credentials,
    Flag::MethodsList,
    Flag::HeadersList,
    Flag::ExposeList,
    Flag::MaxAge,
];

/// The library.
struct Library;

impl InProcess for Library {
    fn start<'a>(&'a self, configurations: &'a Configurations) -> Starting<'a> {
        Box::pin(async move {
            let mut servers = JoinSet::new();
            let mut listeners = BTreeMap::new();
            for (id, configuration) in configurations {
                let Some(policy) = configuration.policy().cloned() else {
                    continue;
                };
                let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
                listeners.insert(id.clone(), PolicySupport::Ready(listener.local_addr()?));
                servers.spawn(async move { served::serve(listener, &policy).await });
            }
            Ok(InProcessServer::new(listeners, servers))
        })
    }
}

/// Keeps the results.
#[derive(Default)]
struct Results(Vec<CaseResult>);

impl Events for Results {
    fn subject_started(&mut self, _: &Header) {}
    fn case_finished(&mut self, case: &CaseResult) {
        self.0.push(case.clone());
    }
    fn subject_finished(&mut self, _: &Footer) {}
}

/// Returns the corpus that the crate `crosscheck-bundle` carries.
fn corpus() -> Corpus {
    let files = crosscheck_bundle::below("cases").expect("the bundle");
    let text = |file: &crosscheck_bundle::CarriedFile| {
        Some((
            file.path.strip_prefix("cases/")?,
            std::str::from_utf8(file.content).ok()?,
        ))
    };
    Corpus::from_texts_and_paths("cases", files.iter().filter_map(text), &[])
}

#[tokio::test]
async fn the_library_shares_what_its_policy_promises() {
    let corpus = corpus();
    let selected: Vec<Arc<Case>> = all_cases(&corpus)
        .into_iter()
        .filter(|case| case.for_servers())
        .collect();
    let known = BTreeMap::from([(
        "cors-example".to_owned(),
        Subject::in_process("cors-example", &FLAGS, Arc::new(Library)),
    )]);
    let mut results = Results::default();
    let subjects = vec!["cors-example".parse().expect("a name")];
    let options = RunOptions {
        // A results file, which `crosscheck report` reads.
        output: std::env::var_os("VERDICTS").map(Into::into),
        // The folder of the known deviations.
        baselines: None,
        ..RunOptions::new(&corpus, &selected, &known, subjects)
    };
    let summary = run(options, &mut results).await.expect("a run");
    let footer = &summary.subjects[0].1;
    assert_eq!(footer.error, None);
    println!("{} cases: {:?}", footer.cases, footer.verdicts);
    let failed = results.0.iter().filter(|case| case.verdict.fails_run());
    let failures: Vec<String> = failed
        .map(|case| {
            let what: Vec<&str> = case
                .deviations
                .iter()
                .map(|deviation| deviation.what.as_str())
                .collect();
            format!(
                "{} {}: {}{}",
                case.id,
                case.verdict,
                what.join("; "),
                case.reason.as_deref().unwrap_or_default()
            )
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
