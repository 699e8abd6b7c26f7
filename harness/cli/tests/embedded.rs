//! The subjects that the program contains.

use crosscheck::subjects;
use crosscheck_corpus::policy::{Configuration, Mode};
use crosscheck_runner::subject::{Configurations, PolicySupport, RunningSubject, check_contract};
use std::time::Duration;

/// The embedded subjects conform to the contract.
#[tokio::test]
async fn embedded_subjects_keep_the_contract() {
    let all = subjects::all().expect("the descriptions are right");
    for name in ["tower-http", "actix-cors"] {
        let subject = &all[name];
        assert!(subject.is_built_in(), "{name}");
        let mode = ("defaults".to_owned(), Configuration::Mode(Mode::Defaults));
        let spec = name.parse().expect("a subject");
        let running = RunningSubject::start(subject, &spec, &Configurations::from([mode]))
            .await
            .expect("it starts");
        let Some(PolicySupport::Ready(address)) = running.listeners.get("defaults") else {
            panic!("{:?}", running.listeners)
        };
        let found = check_contract(*address, &subject.description, Duration::from_secs(10)).await;
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, [""; 0], "{name}");
    }
}

#[tokio::test]
async fn an_embedded_subject_has_one_version() {
    let all = subjects::all().expect("the descriptions are right");
    for name in ["tower-http", "actix-cors"] {
        let subject = &all[name];
        let spec = format!("{name}@v{}", subject.description.package.version);
        let spec = spec.parse().expect("a release");
        let error = RunningSubject::start(subject, &spec, &Configurations::new()).await;
        let error = error.expect_err("the version is spelt in another way").to_string();
        assert!(error.contains("is built in at version"), "{error}");
    }
}
